//! The calls to HubRise's API that a connection needs: the location behind a token, and the names of its catalog and
//! customer list; its callback; and the profile of a user who signs in. Documented at
//! <https://developers.hubrise.com/api/locations>, <https://developers.hubrise.com/api/callbacks> and
//! <https://developers.hubrise.com/api/users>.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use http::{Method, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    AccessToken, AccountId, Answer, CallError, CatalogId, CustomerListId, HubRise, HubRiseUserId, LocationId, Named,
    ledger::{Made, Weight},
    names::clean_name,
    send,
};

/// A location, and the account that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The location.
    pub location: Named<LocationId>,
    /// Its account.
    pub account: Named<AccountId>,
}

/// A user of HubRise, as their profile tells.
#[derive(Clone)]
pub struct Profile {
    /// Who.
    pub id: HubRiseUserId,
    /// Their address, as HubRise wrote it; not told without the scope `profile_with_email`.
    pub email: Option<String>,
    /// First and last name.
    pub name: Option<String>,
    /// Their languages, the preferred one first: `fr-FR`.
    pub locales: Vec<String>,
}

/// Where HubRise sends which events of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The address; without one, events wait to be fetched.
    pub url: Option<String>,
    /// For each type of resource, the types of events: `order` → `create`, `update`.
    pub events: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct CallbackBody {
    url: Option<String>,
    #[serde(default)]
    events: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct LocationBody {
    id: LocationId,
    name: Option<String>,
    account: AccountBody,
}

#[derive(Deserialize)]
struct AccountBody {
    id: AccountId,
    name: Option<String>,
}

#[derive(Deserialize)]
struct ProfileBody {
    id: HubRiseUserId,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    locales: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct NameBody {
    name: Option<String>,
}

/// Waits between the tries of a reading call. Together with the calls they stay below what a person waits for.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(600)];
/// The longest silence that is believed of a server that is out of order.
const LONGEST_OUTAGE: Duration = Duration::from_mins(15);
const READ_LIMIT: Duration = Duration::from_secs(12);

impl HubRise {
    /// `GET /location`: proves that the token works, and tells what it opens.
    ///
    /// # Errors
    /// [`CallError::AccessLost`] on a 401, or what any call can end with. A passing trouble is tried thrice.
    pub async fn location(&self, token: &AccessToken) -> Result<Location, CallError> {
        let body: LocationBody = self.read("location", token, Weight::Light).await?;
        Ok(Location {
            location: Named { id: body.id, name: clean_name(body.name.as_deref()) },
            account: Named { id: body.account.id, name: clean_name(body.account.name.as_deref()) },
        })
    }

    /// `GET /user`: whose profile the token opens.
    ///
    /// # Errors
    /// As for [`HubRise::location`].
    pub async fn profile(&self, token: &AccessToken) -> Result<Profile, CallError> {
        let body: ProfileBody = self.read("user", token, Weight::Light).await?;
        let names = [body.first_name, body.last_name];
        let name = names.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        let locales = body.locales.unwrap_or_default();
        Ok(Profile { id: body.id, email: body.email, name: clean_name(Some(&name)), locales })
    }

    /// The name of a catalog (`GET /catalogs/:id?hide_data=true`).
    ///
    /// # Errors
    /// What any call can end with.
    pub async fn catalog_name(&self, token: &AccessToken, id: &CatalogId) -> Result<Option<String>, CallError> {
        let body: NameBody = self.read(&format!("catalogs/{id}?hide_data=true"), token, Weight::Light).await?;
        Ok(clean_name(body.name.as_deref()))
    }

    /// The name of a customer list (`GET /customer_lists/:id`).
    ///
    /// # Errors
    /// What any call can end with.
    pub async fn customer_list_name(
        &self,
        token: &AccessToken,
        id: &CustomerListId,
    ) -> Result<Option<String>, CallError> {
        let body: NameBody = self.read(&format!("customer_lists/{id}"), token, Weight::Heavy).await?;
        Ok(clean_name(body.name.as_deref()))
    }

    /// The callback as HubRise knows it (`GET /callback`).
    ///
    /// # Errors
    /// What any call can end with.
    pub async fn callback(&self, token: &AccessToken) -> Result<Callback, CallError> {
        let body: CallbackBody = self.read("callback", token, Weight::Light).await?;
        Ok(Callback { url: body.url, events: body.events })
    }

    /// Creates the callback of a connection, or puts it in the place of the one there is (`POST /callback`). Asked
    /// once: the caller tries again.
    ///
    /// # Errors
    /// [`CallError::Refused`] with a 422 where HubRise does not allow one of the events, or what any call can end with.
    pub async fn set_callback(&self, token: &AccessToken, callback: &Callback) -> Result<(), CallError> {
        let body = serde_json::json!({ "url": callback.url, "events": callback.events }).to_string();
        self.call(Method::POST, "callback", token, Weight::Light, Some(body)).await?;
        Ok(())
    }

    /// Since when the oldest of the events waits that HubRise could not hand over (`GET /callback/events`). Of many, that
    /// of the first page: whichever those are, HubRise keeps none for much longer than an hour. Asked once: the caller
    /// comes again.
    ///
    /// # Errors
    /// What any call can end with.
    pub async fn oldest_waiting_event(&self, token: &AccessToken) -> Result<Option<DateTime<Utc>>, CallError> {
        let events: Vec<Value> = self.read_once("callback/events", token, Weight::Light).await?;
        Ok(events.iter().filter_map(created_at).min())
    }

    /// Removes the callback of a connection (`DELETE /callback`). Asked once: the caller tries again.
    ///
    /// # Errors
    /// What any call can end with.
    pub async fn delete_callback(&self, token: &AccessToken) -> Result<(), CallError> {
        self.call(Method::DELETE, "callback", token, Weight::Light, None).await?;
        Ok(())
    }

    /// A reading call is safe to repeat, so a passing trouble is given two more chances; a wish for silence is heard.
    async fn read<T: DeserializeOwned>(&self, path: &str, token: &AccessToken, weight: Weight) -> Result<T, CallError> {
        let tries = async {
            for pause in PAUSES {
                match self.read_once(path, token, weight).await {
                    Err(CallError::Unavailable(_) | CallError::Unanswered(_)) => {}
                    outcome => return outcome,
                }
                #[expect(clippy::disallowed_methods, reason = "HubRise is given a moment before the next try")]
                tokio::time::sleep(pause).await;
            }
            self.read_once(path, token, weight).await
        };
        tokio::time::timeout(READ_LIMIT, tries).await.unwrap_or_else(|_| Err(CallError::Unanswered("time-out")))
    }

    async fn read_once<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &AccessToken,
        weight: Weight,
    ) -> Result<T, CallError> {
        let body = self.call(Method::GET, path, token, weight, None).await?;
        serde_json::from_slice(&body).map_err(|_| CallError::Unintelligible("not the JSON that HubRise documents"))
    }

    /// One call with a token: counted before, noted after.
    async fn call(
        &self,
        method: Method,
        path: &str,
        token: &AccessToken,
        weight: Weight,
        body: Option<String>,
    ) -> Result<Vec<u8>, CallError> {
        self.ledger.admit(token, weight).await?;
        let address = format!("{}/{path}", self.config.api_url.as_str().trim_end_matches('/'));
        let mut request = self.http.request(method.clone(), address).header("X-Access-Token", token.header()?);
        if let Some(body) = &body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let started = Instant::now();
        let answer = send(request).await;
        let (outcome, response) = match &answer {
            Ok(answer) => (answer.status.as_u16().to_string(), answer.body.as_slice()),
            Err(error) => (error.to_string(), [].as_slice()),
        };
        let path = format!("/{path}");
        let (method, took) = (method.as_str(), started.elapsed());
        self.ledger.note(token, Made { method, path: &path, outcome, took, request: body.as_deref(), response }).await;
        let Answer { status, retry_after, body } = answer?;
        if status.is_success() {
            return Ok(body);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(CallError::RateLimited(self.ledger.pause(token, retry_after).await));
        }
        // What stands before HubRise may ask for a day of silence, and be mended in a minute.
        if let Some(wish) = retry_after.filter(|_| status.is_server_error()) {
            return Err(CallError::RateLimited(self.ledger.pause(token, Some(wish.min(LONGEST_OUTAGE))).await));
        }
        Err(CallError::of_api_answer(status, &body))
    }
}

/// When an event came about, if it says so in a way that we know.
fn created_at(event: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(event.get("created_at")?.as_str()?).ok().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_does_not_say_when_it_came_about_says_nothing() {
        let at = |event| created_at(&event).map(|at| at.to_rfc3339());
        let known = serde_json::json!({ "id": "5dpm9", "created_at": "2026-11-23T18:02:00+01:00" });
        assert_eq!(at(known).as_deref(), Some("2026-11-23T17:02:00+00:00"));
        for odd in ["{}", "7", "null", r#"{"created_at":7}"#, r#"{"created_at":"yesterday"}"#] {
            assert_eq!(at(serde_json::from_str(odd).unwrap()), None, "{odd}");
        }
    }

    #[test]
    fn fuzz_api_answers() {
        crate::fuzz::bytes("api-answers", |body| {
            if let Ok(events) = serde_json::from_slice::<Vec<Value>>(body) {
                let known: Vec<_> = events.iter().filter_map(created_at).collect();
                assert!(known.len() <= events.len());
            }
            if let Ok(location) = serde_json::from_slice::<LocationBody>(body) {
                assert!(LocationId::parse(location.id.as_str()).is_some());
                assert!(AccountId::parse(location.account.id.as_str()).is_some());
            }
            if let Ok(profile) = serde_json::from_slice::<ProfileBody>(body) {
                assert!(HubRiseUserId::parse(profile.id.as_str()).is_some());
            }
            if let Ok(callback) = serde_json::from_slice::<CallbackBody>(body) {
                let again = serde_json::json!({ "url": callback.url, "events": callback.events }).to_string();
                let again: CallbackBody = serde_json::from_str(&again).unwrap();
                assert_eq!((again.url, again.events), (callback.url, callback.events));
            }
            let name = serde_json::from_slice::<NameBody>(body).ok().and_then(|body| body.name);
            let clean = clean_name(name.as_deref());
            assert_eq!(clean_name(clean.as_deref()), clean, "a clean name stays as it is");
            assert!(clean.is_none_or(|name| !name.is_empty() && !name.chars().any(char::is_control)));
        });
    }
}
