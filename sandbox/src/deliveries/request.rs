//! What a delivery carries: the event, its signature, and the app instance where the settings want it.

use std::time::Duration;

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use crate::state::{AppInstanceId, AppInstanceIdIn, Client, ConnectionId, SignWith, Turn, World, hex};

/// A call to be made.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) connection: ConnectionId,
    pub(super) at: DateTime<Utc>,
    pub(super) url: Url,
    /// An event is posted; a notice has no body.
    pub(super) event: Option<Signed>,
    pub(super) timeout: Duration,
}

#[derive(Debug)]
pub(super) struct Signed {
    pub(super) body: Bytes,
    pub(super) signature: String,
}

/// The event as it is sent now; `None` if it, its callback or its client is no more.
pub(super) fn with_event(world: &World, turn: &Turn) -> Option<Outgoing> {
    let settings = world.records.settings;
    let event = world.records.events.iter().find(|event| event.id == turn.event_id)?;
    let connection = world.records.connection(&event.connection_id)?;
    let client = world.directory.client(connection.client_id.as_str())?;
    let mut url = Url::parse(connection.callback.as_ref()?.url.as_ref()?).ok()?;
    let mut body = event.whole();
    if matches!(settings.app_instance_id_in, AppInstanceIdIn::Query | AppInstanceIdIn::Both) {
        add_app_instance(&mut url, &connection.app_instance_id);
    }
    if matches!(settings.app_instance_id_in, AppInstanceIdIn::Body | AppInstanceIdIn::Both) {
        body.insert("app_instance_id".to_owned(), json!(connection.app_instance_id));
    }
    let body = Bytes::from(Value::Object(body).to_string());
    let signature = signature(client, settings.sign_with, &body)?;
    Some(Outgoing {
        connection: connection.id.clone(),
        at: turn.began,
        url,
        event: Some(Signed { body, signature }),
        timeout: Duration::from_millis(settings.callback_timeout_milliseconds),
    })
}

/// The call that says that a connection is no more; `None` if its app no longer has an address for that.
pub(super) fn with_notice(world: &World, connection: &ConnectionId, at: DateTime<Utc>) -> Option<Outgoing> {
    let connection = world.records.connection(connection)?;
    let client = world.directory.client(connection.client_id.as_str())?;
    let mut url = client.listing.as_ref()?.disconnect_url.clone()?;
    add_app_instance(&mut url, &connection.app_instance_id);
    let timeout = Duration::from_millis(world.records.settings.callback_timeout_milliseconds);
    Some(Outgoing { connection: connection.id.clone(), at, url, event: None, timeout })
}

fn add_app_instance(url: &mut Url, id: &AppInstanceId) {
    url.query_pairs_mut().append_pair("app_instance_id", id.as_str());
}

/// Lowercase hex of the HMAC-SHA256 over the exact bytes, the key being the client's secret.
fn signature(client: &Client, sign_with: SignWith, body: &[u8]) -> Option<String> {
    let previous = client.previous_secret.as_ref().filter(|_| sign_with == SignWith::PreviousSecret);
    let secret = previous.unwrap_or(&client.secret);
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    hmac.update(body);
    Some(hex(&hmac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"id":"ks8f6","name":"Café"}"#;
    /// As computed by OpenSSL.
    const WITH_NEW: &str = "7b973cf3fe3df59b37ca578247a2d797e71c20535bc653f172114b29bdef0c42";
    const WITH_PREVIOUS: &str = "0f5d32caadb72b04244909c9f57e47f44b7106ce5a1e1f1150d70859b87532c5";

    fn signed(client: &Client, sign_with: SignWith) -> String {
        signature(client, sign_with, BODY.as_bytes()).expect("a signature")
    }

    #[test]
    fn the_signature_is_lowercase_hex_over_the_bytes_with_the_secret() {
        let client = Client::new("id", "new-secret", "App");
        assert_eq!(signed(&client, SignWith::NewSecret), WITH_NEW);
        assert_eq!(signed(&client, SignWith::PreviousSecret), WITH_NEW, "there is no previous secret");
    }

    #[test]
    fn while_a_client_has_two_secrets_a_switch_says_which_one_signs() {
        let mut client = Client::new("id", "new-secret", "App");
        client.previous_secret = Some("old-secret".to_owned().into());
        assert_eq!(signed(&client, SignWith::NewSecret), WITH_NEW);
        assert_eq!(signed(&client, SignWith::PreviousSecret), WITH_PREVIOUS);
    }

    #[test]
    fn an_address_keeps_its_query_as_it_is() {
        for (address, expected) in [
            ("https://app.example/hook", "https://app.example/hook?app_instance_id=ai5"),
            ("https://app.example/hook?key=a%20b+c&x", "https://app.example/hook?key=a%20b+c&x&app_instance_id=ai5"),
        ] {
            let mut url = Url::parse(address).expect("an address");
            add_app_instance(&mut url, &AppInstanceId::from("ai5"));
            assert_eq!(url.as_str(), expected);
        }
    }
}
