//! The callback of a connection at HubRise: where it sends which events. An opaque key of ours stands in the address;
//! it is in no log. With each hourly check HubRise is asked for it: one that was lost there, or leads to a former
//! address of ours, costs orders that HubRise repeats for an hour. Then it is asked what it could not hand to us.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};

use super::{replaced, store};
use crate::{
    app::App,
    clock::CLOCKS_APART,
    hubrise::{AccessToken, CallError, Callback},
    ids::ConnectionId,
    secrets::random_secret,
    web::EVENTS_PATH,
};

/// After this long, HubRise is asked whether it still has the callback that we want.
const CHECK_AFTER: TimeDelta = TimeDelta::minutes(55);
/// The same where HubRise has none that we know of, or cannot reach it: at most as often as a connection is checked.
const REGISTER_AFTER: TimeDelta = TimeDelta::minutes(1);
/// HubRise tries again after one, two and four minutes: what waits for longer did not get through.
const FIRST_TRIES: TimeDelta = TimeDelta::minutes(10);
/// HubRise gives an event up after 63 minutes: what was known to wait for longer says nothing any more.
const KEPT_FOR: TimeDelta = TimeDelta::hours(2);
/// The resource without which there is no use in a callback.
pub(super) const ORDERS: &str = "order";
/// The resource that HubRise's documentation does not list: where it is refused, the callback goes without.
const UNDOCUMENTED: &str = "customer_list";

/// How a connection's callback is known to stand.
#[derive(Clone, Debug)]
pub struct Registration {
    /// In its address; connections of earlier versions may have none yet.
    pub key: Option<SecretString>,
    /// The host that it was registered or found under last.
    pub host: Option<String>,
    /// Since when HubRise has it, if it does.
    pub registered_at: Option<DateTime<Utc>>,
    /// When it was looked after last.
    pub checked_at: Option<DateTime<Utc>>,
    /// Since when it is told that another was found in its place.
    pub replaced_at: Option<DateTime<Utc>>,
    /// Since when looking after it has come to nothing, if it does.
    pub missing_since: Option<DateTime<Utc>>,
    /// Since when HubRise has had events that it could not hand to us, if it has for long.
    pub waiting_since: Option<DateTime<Utc>>,
}

impl Registration {
    /// Whether HubRise may have it: what was registered once may have outlived the renewal of its access.
    const fn was_registered(&self) -> bool {
        self.registered_at.is_some() || self.host.is_some()
    }

    /// Whether the callback is to be looked after.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let is_well = self.registered_at.is_some() && self.waiting_since.is_none();
        let after = if is_well { CHECK_AFTER } else { REGISTER_AFTER };
        // One that is still to come was kept while the clock was ahead.
        self.checked_at.is_none_or(|checked_at| now - checked_at >= after || checked_at > now + CLOCKS_APART)
    }
}

/// How a callback stands once it was looked after.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Since when HubRise has it, unless it does not allow it.
    pub registered_at: Option<DateTime<Utc>>,
    /// Since when HubRise has had events that it could not hand to us, if it has for long.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Registers the callback of a connection, or compares the one that HubRise has. That HubRise does not allow it is no
/// error. `None` if there is no such connection any more.
///
/// # Errors
/// When HubRise or the database does not answer, or HubRise refuses the token: the caller comes again.
pub async fn look_after(
    app: &App,
    id: ConnectionId,
    token: &AccessToken,
    known: &Registration,
) -> Result<Option<Standing>> {
    let key = match &known.key {
        Some(key) => key.clone(),
        None => match store::callback_key(&mut *app.db.acquire().await?, id, &random_secret()).await? {
            Some(key) => key,
            None => return Ok(None),
        },
    };
    let wanted = wanted(app, &key);
    let found = if known.was_registered() { found(app, id, token, known).await? } else { None };
    if found.as_ref().is_some_and(|found| is_good(found, &wanted)) {
        if known.replaced_at.is_some() {
            replaced::over(app, id).await?;
        }
        let waiting_since = waiting_since(app, id, token, known).await;
        let registered_at = known.registered_at.or_else(|| Some(app.clock.now()));
        return Ok(Some(Standing { registered_at, waiting_since }));
    }
    if let Some(registered_at) = known.registered_at {
        let elsewhere = found.and_then(|found| replaced::elsewhere(&found, &app.config.public_url, known, &key));
        // HubRise itself drops it with an access that is lost, or granted anew: then it is compared out of turn.
        if let Some((elsewhere, seen_at)) = elsewhere.zip(known.checked_at) {
            replaced::found(app, id, registered_at, seen_at, &elsewhere).await?;
        } else {
            store::callback_is_gone(&mut *app.db.acquire().await?, id, registered_at).await?;
        }
    }
    let is_taken = register(app, id, token, wanted).await.context("HubRise does not take the callback")?;
    // What waits is asked for with the next comparison.
    Ok(Some(Standing { registered_at: is_taken.then(|| app.clock.now()), waiting_since: None }))
}

/// Since when events wait that HubRise could not hand to us in its first tries: a firewall, a certificate or a secret
/// may keep it from that although all that we ask is answered. Where HubRise does not tell, that says nothing.
async fn waiting_since(
    app: &App,
    id: ConnectionId,
    token: &AccessToken,
    known: &Registration,
) -> Option<DateTime<Utc>> {
    match app.hubrise.oldest_waiting_event(token).await {
        Ok(oldest) => oldest.filter(|oldest| app.clock.now() - *oldest > FIRST_TRIES),
        Err(error) => {
            if let CallError::Refused(StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) = error {
                tracing::debug!(connection = %id, "HubRise does not tell which events wait");
            } else {
                tracing::warn!(connection = %id, %error, "HubRise does not tell which events wait");
            }
            known.waiting_since.filter(|since| app.clock.now() - *since < KEPT_FOR)
        }
    }
}

/// The host that callbacks lead to now.
#[must_use]
pub fn host(app: &App) -> Option<String> {
    replaced::host(&app.config.public_url)
}

/// The callback that HubRise has. What is no answer to that, and does not pass, is like none: HubRise is given ours
/// again. So it is after a renewal, whatever the answer.
async fn found(app: &App, id: ConnectionId, token: &AccessToken, known: &Registration) -> Result<Option<Callback>> {
    match app.hubrise.callback(token).await {
        Ok(found) => Ok(Some(found)),
        Err(error) => {
            let is_no_answer = matches!(error, CallError::Refused(_) | CallError::Unintelligible(_));
            if !is_no_answer && known.registered_at.is_some() {
                return Err(error).context("HubRise does not tell the callback");
            }
            tracing::warn!(connection = %id, %error, "HubRise does not tell the callback, and is given it again");
            Ok(None)
        }
    }
}

fn wanted(app: &App, key: &SecretString) -> Callback {
    let mut url = app.config.absolute(EVENTS_PATH);
    url.query_pairs_mut().append_pair("key", key.expose_secret());
    let events = [
        (ORDERS, &["create", "update"][..]),
        ("location", &["update"]),
        ("catalog", &["update"]),
        (UNDOCUMENTED, &["update"]),
    ];
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let events = events.map(|(resource, types)| (resource.to_owned(), words(types)));
    Callback { url: Some(url.into()), events: BTreeMap::from(events) }
}

/// Whether the callback that HubRise has sends us all that we want. What HubRise refused, it would refuse again.
fn is_good(found: &Callback, wanted: &Callback) -> bool {
    let has = |resource: &String, event| found.events.get(resource).is_some_and(|types| types.contains(event));
    let is_all_there_is = found.events.keys().eq([ORDERS]);
    found.url == wanted.url
        && wanted.events.iter().all(|(resource, types)| {
            let may_be_refused = resource == UNDOCUMENTED || (is_all_there_is && resource != ORDERS);
            may_be_refused || types.iter().all(|event| has(resource, event))
        })
}

/// Whether HubRise takes it: with all events, without the one that it may not know, or with orders alone, for which the
/// scope must allow nothing else.
async fn register(app: &App, id: ConnectionId, token: &AccessToken, mut wanted: Callback) -> Result<bool, CallError> {
    const NOT_ALLOWED: CallError = CallError::Refused(StatusCode::UNPROCESSABLE_ENTITY);
    let narrower: [fn(&str) -> bool; 3] =
        [|_| true, |resource| resource != UNDOCUMENTED, |resource| resource == ORDERS];
    for is_wanted in narrower {
        wanted.events.retain(|resource, _| is_wanted(resource));
        match app.hubrise.set_callback(token, &wanted).await {
            Err(NOT_ALLOWED) => {}
            outcome => {
                outcome?;
                let events: Vec<_> = wanted.events.keys().collect();
                tracing::info!(connection = %id, ?events, "the callback is registered at HubRise");
                return Ok(true);
            }
        }
    }
    tracing::error!(connection = %id, "HubRise allows no callback: the connection gets no events");
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback(url: &str, events: &[(&str, &[&str])]) -> Callback {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let events = events.iter().map(|(resource, types)| ((*resource).to_owned(), words(types))).collect();
        Callback { url: Some(url.to_owned()), events }
    }

    #[test]
    fn a_callback_is_good_if_it_sends_us_all_that_hubrise_documents() {
        let orders: (&str, &[&str]) = ("order", &["create", "update"]);
        let wanted = callback("a", &[orders, ("catalog", &["update"]), ("customer_list", &["update"])]);
        let good: [&[(&str, &[&str])]; 3] = [
            &[orders],
            &[orders, ("catalog", &["update"])],
            &[("order", &["update", "create"]), ("catalog", &["create", "update"]), ("customer", &["create"])],
        ];
        for events in good {
            assert!(is_good(&callback("a", events), &wanted), "{events:?}");
            assert!(!is_good(&callback("b", events), &wanted), "{events:?}");
        }
        assert!(!is_good(&callback("a", &[("order", &["create"])]), &wanted));
        assert!(!is_good(&callback("a", &[orders, ("customer_list", &["update"])]), &wanted), "it takes catalogs");
        assert!(!is_good(&Callback { url: None, events: wanted.events.clone() }, &wanted));
    }

    #[test]
    fn it_is_due_once_and_then_with_each_hourly_check_and_with_every_check_while_there_is_none() {
        let now = DateTime::UNIX_EPOCH;
        let known = |registered_at, checked_at| Registration {
            key: None,
            host: None,
            registered_at,
            checked_at,
            replaced_at: None,
            missing_since: None,
            waiting_since: None,
        };
        assert!(known(None, None).is_due(now));
        assert!(!known(Some(now), Some(now)).is_due(now + TimeDelta::minutes(54)));
        assert!(known(Some(now), Some(now)).is_due(now + TimeDelta::minutes(60)));
        assert!(!known(None, Some(now)).is_due(now + TimeDelta::seconds(59)));
        assert!(known(None, Some(now)).is_due(now + TimeDelta::minutes(2)));
        let waiting = Registration { waiting_since: Some(now), ..known(Some(now), Some(now)) };
        assert!(waiting.is_due(now + TimeDelta::minutes(2)));
    }
}
