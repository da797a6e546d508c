//! An e-mail address, checked once.

use std::fmt;

/// An address in lower case: one address is one person. Does not print itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Something before and after one `@`, without white space, of at most 254 characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.split_once('@')?;
        let valid = !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && text.len() <= 254
            && !text.chars().any(|character| character.is_whitespace() || character.is_control());
        valid.then_some(Self(text))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case_and_nonsense_is_refused() {
        assert_eq!(EmailAddress::parse(" Gerant@BellaPizza.example ").unwrap().as_str(), "gerant@bellapizza.example");
        for text in ["", "gerant", "@example", "gerant@", "a@b@c", "a b@c", "a@b\nc"] {
            assert!(EmailAddress::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn fuzz_email_addresses() {
        crate::fuzz::text("email-addresses", |text| {
            let Some(address) = EmailAddress::parse(text) else { return };
            let known = address.as_str();
            assert!(known.len() <= 254 && known.matches('@').count() == 1, "{known:?}");
            assert!(!known.chars().any(|character| character.is_whitespace() || character.is_control()), "{known:?}");
            assert_eq!(EmailAddress::parse(known).as_ref(), Some(&address), "one address is one person");
            assert!(!format!("{address:?}").contains('@'), "it is not for logs");
        });
    }
}
