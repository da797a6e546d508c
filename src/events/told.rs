//! What an event says of itself, as far as the bridge needs it. It comes from outside, and any of it may be missing or
//! be something else than a word.

use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::secrets::Digest;

/// What an event says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// HubRise's id of it, or else the digest of its bytes.
    pub(super) id: String,
    pub(super) resource_type: Option<String>,
    pub(super) event_type: Option<String>,
    /// Where it happened.
    pub(super) location_id: Option<String>,
    /// For which install HubRise sends it.
    pub(super) app_instance_id: Option<String>,
}

#[derive(Deserialize)]
struct EventBody {
    id: Word,
    #[serde(default)]
    resource_type: Word,
    #[serde(default)]
    event_type: Word,
    #[serde(default)]
    location_id: Word,
    #[serde(default)]
    app_instance_id: Word,
}

/// A short printable text, if it is one.
#[derive(Default)]
struct Word(Option<String>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Anything {
            Text(String),
            Other(IgnoredAny),
        }
        let text = match Anything::deserialize(deserializer)? {
            Anything::Text(text) => Some(text),
            Anything::Other(_) => None,
        };
        let fits = |text: &String| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        Ok(Self(text.filter(fits)))
    }
}

impl Told {
    /// Reads it. One that cannot be understood, or has no id, tells nothing but its bytes.
    pub(super) fn of(body: &[u8]) -> Self {
        let parsed = serde_json::from_slice::<EventBody>(body).ok();
        if let Some(EventBody { id: Word(Some(id)), resource_type, event_type, location_id, app_instance_id }) = parsed
        {
            return Self {
                id,
                resource_type: resource_type.0,
                event_type: event_type.0,
                location_id: location_id.0,
                app_instance_id: app_instance_id.0,
            };
        }
        Self { id: format!("sha256:{}", Digest::of(body).hex()), ..Self::default() }
    }

    /// Whether something that a connection shows may have another name now.
    pub(super) fn is_about_names(&self) -> bool {
        matches!(self.resource_type.as_deref(), Some("location" | "catalog" | "customer_list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_it_is_about() {
        let told =
            Told::of(br#"{"id":"5dpm9","resource_type":"location","event_type":"update","location_id":"3r4s3-0"}"#);
        assert_eq!((told.id.as_str(), told.location_id.as_deref()), ("5dpm9", Some("3r4s3-0")));
        assert!(told.is_about_names());
        assert!(!Told::of(br#"{"id":"5dpm9","resource_type":"order"}"#).is_about_names());
    }

    #[test]
    fn what_has_no_id_is_known_by_its_bytes_and_is_about_nothing() {
        let odd = [
            &b"not JSON"[..],
            b"",
            b"[]",
            br#"{"resource_type":"location"}"#,
            br#"{"id":7,"resource_type":"location"}"#,
            br#"{"id":"","resource_type":"location"}"#,
            br#"{"id":"a\u0000b","resource_type":"location"}"#,
            br#"{"id":null,"resource_type":"location"}"#,
        ];
        for body in odd {
            let told = Told::of(body);
            assert!(told.id.starts_with("sha256:") && told.id.len() == 71, "{told:?}");
            assert_eq!(told, Told { id: told.id.clone(), ..Told::default() });
        }
        let told = Told::of(br#"{"id":"5dpm9","resource_type":["order"],"location_id":null}"#);
        assert_eq!(told, Told { id: "5dpm9".to_owned(), ..Told::default() });
    }

    #[test]
    fn fuzz_event_bodies() {
        crate::fuzz::bytes("event-bodies", |body| {
            let told = Told::of(body);
            assert_eq!(told, Told::of(body), "the same bytes are the same event");
            let words =
                [Some(&told.id), told.resource_type.as_ref(), told.event_type.as_ref(), told.location_id.as_ref()];
            for word in words.into_iter().flatten().chain(told.app_instance_id.as_ref()) {
                assert!(
                    (1..=128).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic()),
                    "{word:?}"
                );
            }
        });
    }
}
