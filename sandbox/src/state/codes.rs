//! Authorisation codes: issued by the consent page, good for one exchange, by their client, within ten minutes.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::connections::{Connection, Grant};
use super::identifiers::{ClientId, ConnectionId};
use super::secrets::AuthorizationCode;
use super::{Records, Settings};

const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long a dead code is remembered, so that the answer can say what was wrong with it.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    value: AuthorizationCode,
    client_id: ClientId,
    pub(crate) grant: Grant,
    /// The connection that it stands for, if it was issued without asking anybody.
    #[serde(default)]
    renews: Option<ConnectionId>,
    expires_at: DateTime<Utc>,
    used: bool,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// Never issued, or issued to another client.
    #[error("the authorization code is unknown")]
    Unknown,
    #[error("the authorization code has expired")]
    Expired,
    #[error("the authorization code has already been used")]
    Used,
}

impl Records {
    /// `renews` is the connection whose grant this is, where nobody was asked to consent to anything.
    pub(crate) fn issue_code(
        &mut self,
        client_id: ClientId,
        grant: Grant,
        renews: Option<ConnectionId>,
        now: DateTime<Utc>,
    ) -> AuthorizationCode {
        self.codes.retain(|code| code.expires_at + REMEMBERED > now);
        let value = AuthorizationCode::generate();
        let expires_at = now + LIFETIME;
        self.codes.push(Code { value: value.clone(), client_id, grant, renews, expires_at, used: false });
        value
    }

    /// Turns a code into a connection. Only here does a grant take effect: an authorisation that is never exchanged
    /// changes nothing. A code that nobody consented to changes nothing either: it is good as long as its connection is
    /// what it was.
    pub(crate) fn exchange(
        &mut self,
        client_id: &ClientId,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<&Connection, ExchangeError> {
        let issued = self
            .codes
            .iter_mut()
            .find(|issued| issued.client_id == *client_id && issued.value.matches(code))
            .ok_or(ExchangeError::Unknown)?;
        if issued.used {
            return Err(ExchangeError::Used);
        }
        if issued.expires_at <= now {
            return Err(ExchangeError::Expired);
        }
        issued.used = true;
        let (grant, renews) = (issued.grant.clone(), issued.renews.clone());
        if let Some(id) = renews {
            let unchanged = |own: &&Connection| own.is_live() && !own.blocked && own.grant == grant;
            return self.connection(&id).filter(unchanged).ok_or(ExchangeError::Expired);
        }
        let Settings { token_after_revoke, .. } = self.settings;
        Ok(self.connect(client_id, grant, token_after_revoke, now))
    }

    /// Ends the life of every code that could still be exchanged, and says how many there were.
    pub(crate) fn expire_codes(&mut self, now: DateTime<Utc>) -> usize {
        let outstanding = self.codes.iter_mut().filter(|code| !code.used && code.expires_at > now);
        outstanding.map(|code| code.expires_at = now).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Scope;

    #[test]
    fn a_code_lives_for_ten_minutes() {
        let client_id = ClientId::from("client");
        let grant = Grant {
            user: "thomas@bellapizza.example".to_owned(),
            account_id: Some("3r4s3".into()),
            location_id: None,
            catalog_id: None,
            customer_list_id: None,
            scope: Scope::parse("account[orders.read]").expect("a scope"),
            device_id: None,
        };
        let issued_at = DateTime::UNIX_EPOCH;
        let after = |seconds| {
            let mut records = Records::default();
            let code = records.issue_code(client_id.clone(), grant.clone(), None, issued_at);
            records.exchange(&client_id, code.expose(), issued_at + TimeDelta::seconds(seconds)).map(|_| ())
        };
        assert_eq!(after(599), Ok(()));
        assert_eq!(after(600), Err(ExchangeError::Expired));
    }
}
