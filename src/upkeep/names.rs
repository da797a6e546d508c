//! Names follow HubRise: what is renamed there is renamed here, and the history tells. So does what HubRise gives no
//! access to any more: a catalog or a list that was deleted, or taken away as the location was authorised elsewhere with
//! another (<https://developers.hubrise.com/api/authentication>).

use anyhow::Result;
use chrono::{DateTime, Utc};
use http::StatusCode;
use sqlx::PgConnection;

use super::store::{
    Known, Subject,
    names::{self as store, Names},
};
use crate::{
    app::App,
    connections::{Gone, name_and_id},
    history::{self, Action, Actor, Change, Entry},
    hubrise::{AccessToken, CallError, CatalogId, CustomerListId, Location},
    ids::ConnectionId,
};

/// What HubRise says of a catalog or a customer list.
#[derive(Debug)]
enum Said {
    /// It is there, under this name if it has one.
    Given(Option<String>),
    /// It is not there for this connection.
    Gone,
}

impl Said {
    fn name(self) -> Option<String> {
        match self {
            Self::Given(name) => name,
            Self::Gone => None,
        }
    }
}

/// The same of both, each with its id: by the time that it is kept, the connection may have others.
#[derive(Debug, Default)]
pub(super) struct Told {
    catalog: Option<(CatalogId, Said)>,
    customer_list: Option<(CustomerListId, Said)>,
}

/// The names of the catalog and the customer list; of one that HubRise does not tell, nothing is said.
pub(super) async fn of_catalog_and_list(app: &App, subject: &Subject, token: &AccessToken) -> Result<Told, CallError> {
    let mut names = Told::default();
    if let Some(id) = subject.catalog_id.as_deref().and_then(CatalogId::parse) {
        names.catalog = said(subject, app.hubrise.catalog_name(token, &id).await)?.map(|said| (id, said));
    }
    if let Some(id) = subject.customer_list_id.as_deref().and_then(CustomerListId::parse) {
        names.customer_list = said(subject, app.hubrise.customer_list_name(token, &id).await)?.map(|said| (id, said));
    }
    Ok(names)
}

/// That one is gone is no trouble of the connection. Only a 404 says so: a 403 also comes where the scope allows no
/// catalogs or lists, and HubRise does not tell which scope it has granted.
fn said(subject: &Subject, name: Result<Option<String>, CallError>) -> Result<Option<Said>, CallError> {
    match name {
        Ok(name) => Ok(Some(Said::Given(name))),
        Err(CallError::Refused(StatusCode::NOT_FOUND)) => Ok(Some(Said::Gone)),
        Err(error) if error.is_passing() || error.loss().is_some() => Err(error),
        Err(error) => {
            tracing::warn!(connection = %subject.id, %error, "HubRise did not tell a name");
            Ok(None)
        }
    }
}

/// Keeps what HubRise calls things now, and what it gives no more, within the caller's transaction. A name that it does
/// not tell stays, and so does what is known of what the connection has had since HubRise was asked.
pub(super) async fn follow(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    known: &Known,
    location: &Location,
    told: Told,
) -> Result<()> {
    let catalog = told.catalog.filter(|(id, _)| Some(id.as_str()) == known.catalog_id.as_deref());
    let customer_list = told.customer_list.filter(|(id, _)| Some(id.as_str()) == known.customer_list_id.as_deref());
    let (catalog, customer_list) = (catalog.map(|(_, said)| said), customer_list.map(|(_, said)| said));
    follow_access(app, transaction, id, known, (catalog.as_ref(), customer_list.as_ref())).await?;
    let before = Names {
        account: known.account_name.clone(),
        location: known.location_name.clone(),
        catalog: known.catalog_name.clone(),
        customer_list: known.customer_list_name.clone(),
    };
    let after = Names {
        account: location.account.name.clone().or_else(|| before.account.clone()),
        location: location.location.name.clone().or_else(|| before.location.clone()),
        catalog: catalog.and_then(Said::name).or_else(|| before.catalog.clone()),
        customer_list: customer_list.and_then(Said::name).or_else(|| before.customer_list.clone()),
    };
    if before == after {
        return Ok(());
    }
    store::rename(transaction, id, &after).await?;
    let entry = Entry::new(known.organisation, Actor::HubRise, Action::Renamed);
    let entry = entry.on(known.point_of_sale, &known.point_of_sale_name).about(id);
    let entry = entry.changed(shown(known, &before, &after), shown(known, &after, &before));
    history::record(transaction, entry, app.clock.now()).await
}

/// Keeps what is gone, and what is there again.
async fn follow_access(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    known: &Known,
    (catalog, customer_list): (Option<&Said>, Option<&Said>),
) -> Result<()> {
    let now = app.clock.now();
    let before = Gone { catalog: known.catalog_gone_since, customer_list: known.customer_list_gone_since };
    let after = Gone {
        catalog: gone_since(before.catalog, catalog, now),
        customer_list: gone_since(before.customer_list, customer_list, now),
    };
    if before == after {
        return Ok(());
    }
    store::set_gone(transaction, id, after).await?;
    let entry = |action| {
        let entry = Entry::new(known.organisation, Actor::HubRise, action);
        entry.on(known.point_of_sale, &known.point_of_sale_name).about(id)
    };
    let lost = newly_gone(known, before, after);
    if !lost.is_empty() {
        let entry = entry(Action::AccessGone).changed(lost, Change::default());
        history::record(transaction, entry, now).await?;
    }
    let found = newly_gone(known, after, before);
    if !found.is_empty() {
        let entry = entry(Action::AccessBack).changed(Change::default(), found);
        history::record(transaction, entry, now).await?;
    }
    Ok(())
}

/// A time that is still to come was kept while the clock was ahead.
fn gone_since(known: Option<DateTime<Utc>>, said: Option<&Said>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match said {
        Some(Said::Gone) => Some(known.map_or(now, |since| since.min(now))),
        Some(Said::Given(_)) => None,
        None => known,
    }
}

/// What is gone on the second side and is not on the first.
fn newly_gone(known: &Known, first: Gone, second: Gone) -> Change {
    let named = |first: Option<_>, second: Option<_>, id: &Option<String>, name: &Option<String>| {
        (first.is_none() && second.is_some()).then(|| name_and_id(id.as_deref(), name.as_deref()))
    };
    let catalog = named(first.catalog, second.catalog, &known.catalog_id, &known.catalog_name);
    let list = named(first.customer_list, second.customer_list, &known.customer_list_id, &known.customer_list_name);
    Change::of([("catalog", catalog.as_deref()), ("customer_list", list.as_deref())])
}

/// Those names of one side that the other side has not.
fn shown(known: &Known, side: &Names, other: &Names) -> Change {
    let named = |id: Option<&str>, name: &Option<String>, other: &Option<String>| {
        (name != other).then(|| name_and_id(id, name.as_deref()))
    };
    let account = named(Some(&known.account_id), &side.account, &other.account);
    let location = named(Some(&known.location_id), &side.location, &other.location);
    let catalog = named(known.catalog_id.as_deref(), &side.catalog, &other.catalog);
    let list = named(known.customer_list_id.as_deref(), &side.customer_list, &other.customer_list);
    Change::of([
        ("account", account.as_deref()),
        ("location", location.as_deref()),
        ("catalog", catalog.as_deref()),
        ("customer_list", list.as_deref()),
    ])
}
