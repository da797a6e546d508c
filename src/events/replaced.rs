//! A callback that led elsewhere, or nowhere, where HubRise had ours before: somebody has changed it, and orders may have
//! gone astray. While it is registered again, the restaurant's history tells it, and support is told.

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{
    callback::{ORDERS, Registration},
    store,
};
use crate::{
    alarms::{self, About, Kind},
    app::App,
    database,
    history::{self, Action, Actor, Change, Entry},
    hubrise::Callback,
    ids::ConnectionId,
};

/// Where events go that are sent to an address.
pub(super) fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Where a callback leads that sends us no orders, for support: without what stands behind the host, which may be
/// somebody's secret. `None` for one that is ours, be it under a former address.
pub(super) fn elsewhere(found: &Callback, public: &Url, known: &Registration, key: &SecretString) -> Option<String> {
    let url = found.url.as_deref().and_then(|url| Url::parse(url).ok());
    let Some((url, found_host)) = url.and_then(|url| host(&url).map(|host| (url, host))) else {
        return Some("no address".to_owned());
    };
    let has_our_key = url.query_pairs().any(|(name, value)| name == "key" && value == key.expose_secret());
    let is_our_host = [host(public), known.host.clone()].contains(&Some(found_host.clone()));
    if !has_our_key || !is_our_host {
        return Some(found_host);
    }
    let has = |event: &str| found.events.get(ORDERS).is_some_and(|types| types.iter().any(|found| found == event));
    (!has("create") || !has("update")).then(|| "no events of orders".to_owned())
}

/// Keeps that HubRise has another callback than the one that was registered then and seen last at `seen_at`, and tells
/// it: the restaurant once, however often it is changed before ours is found again.
pub(super) async fn found(
    app: &App,
    id: ConnectionId,
    registered_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    elsewhere: &str,
) -> Result<()> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    let replaced = store::callback_is_replaced(&mut transaction, id, registered_at, now).await?;
    let Some(replaced) = replaced else { return Ok(()) };
    let about = About { organisation: Some(replaced.organisation), connection: Some(id) };
    alarms::raise(app, &mut transaction, Kind::CallbackReplaced, &id.to_string(), about, Some(elsewhere)).await?;
    if replaced.is_news {
        let since = seen_at.min(now).with_timezone(&app.config.time_zone).to_rfc3339_opts(SecondsFormat::Secs, false);
        let entry = Entry::new(replaced.organisation, Actor::HubRise, Action::CallbackReplaced);
        let entry = entry.on(replaced.point_of_sale, &replaced.point_of_sale_name).about(id);
        let entry = entry.changed(Change::default(), Change::of([("doubtful_since", Some(since.as_str()))]));
        history::record(&mut transaction, entry, now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Ours has been found again.
pub(super) async fn over(app: &App, id: ConnectionId) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    store::callback_is_ours_again(&mut transaction, id).await?;
    alarms::end(&mut transaction, Kind::CallbackReplaced, &id.to_string(), app.clock.now()).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_leads_elsewhere_unless_key_and_host_are_ours_now_or_were() {
        let public = Url::parse("https://bridge.example").unwrap();
        let key = SecretString::from("k".to_owned());
        let known = |host: Option<&str>| Registration {
            key: None,
            host: host.map(str::to_owned),
            registered_at: None,
            checked_at: None,
            replaced_at: None,
            missing_since: None,
            waiting_since: None,
        };
        let leads = |url: &str, orders: &[&str], known: &Registration| {
            let orders = orders.iter().map(|word| (*word).to_owned()).collect();
            let events = [(ORDERS.to_owned(), orders)].into();
            elsewhere(&Callback { url: Some(url.to_owned()), events }, &public, known, &key)
        };
        let (all, unknown): (&[&str], _) = (&["create", "update"], known(None));
        assert_eq!(leads("https://bridge.example/hubrise_callback/event?key=k", all, &unknown), None);
        assert_eq!(leads("http://bridge.example/elsewhere?key=k", all, &unknown), None);
        assert_eq!(leads("https://bridge.example/x?key=other", all, &unknown).as_deref(), Some("bridge.example"));
        assert_eq!(leads("https://copy.example:8443/x?key=k", all, &unknown).as_deref(), Some("copy.example:8443"));
        let moved = known(Some("former.example"));
        assert_eq!(leads("https://former.example/x?key=k", all, &moved), None);
        assert_eq!(leads("https://copy.example/x?key=k", all, &moved).as_deref(), Some("copy.example"));
        assert!(leads("https://bridge.example/x?key=k", &["create"], &moved).is_some());
        assert!(leads("nonsense", all, &unknown).is_some());
        let none = Callback { url: None, events: [].into() };
        assert!(elsewhere(&none, &public, &unknown, &key).is_some());
    }
}
