//! The signature of an event: lowercase hex of the HMAC-SHA256 over the bytes as they came, keyed with the client
//! secret. While the secret is being changed, HubRise may sign with either. Documented at
//! <https://developers.hubrise.com/api/callbacks>.

use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::config::HubRiseConfig;

/// The header that carries it.
pub(super) const HEADER: &str = "x-hubrise-hmac-sha256";

/// Whether one of our secrets made this signature of these bytes; compared in constant time.
pub(super) fn is_ours(config: &HubRiseConfig, signature: &[u8], body: &[u8]) -> Result<bool> {
    let Some(signature) = parse(signature) else { return Ok(false) };
    for secret in [Some(&config.client_secret), config.other_client_secret.as_ref()].into_iter().flatten() {
        if mac(secret, body)?.verify_slice(&signature).is_ok() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn mac(secret: &SecretString, body: &[u8]) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())?;
    mac.update(body);
    Ok(mac)
}

/// 64 lowercase hex digits, and nothing else.
fn parse(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    if pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second case of RFC 4231.
    #[test]
    fn a_published_signature_is_made() {
        let made = mac(&"Jefe".into(), b"what do ya want for nothing?").unwrap();
        let published = parse(b"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap();
        assert!(made.verify_slice(&published).is_ok());
    }

    #[test]
    fn only_64_lowercase_hex_digits_are_a_signature() {
        let good = [b'a'; 64];
        assert_eq!(parse(&good), Some([0xaa; 32]));
        for bad in [&[b'A'; 64][..], &[b'a'; 63], &[b'a'; 62], &[b'a'; 65], &[b'a'; 66], &[b'g'; 64], b""] {
            assert_eq!(parse(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn fuzz_signatures() {
        crate::fuzz::bytes("signatures", |text| {
            if let Some(parsed) = parse(text) {
                let written = parsed.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
                assert_eq!(written.as_bytes(), text, "only one spelling is taken");
            }
        });
    }
}
