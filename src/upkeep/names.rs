//! Names follow HubRise: what is renamed there is renamed here, and the history tells.

use anyhow::Result;
use sqlx::PgConnection;

use super::store::{self, Known, Names, Subject};
use crate::{
    app::App,
    connections::name_and_id,
    history::{self, Action, Actor, Change, Entry},
    hubrise::{AccessToken, CallError, CatalogId, CustomerListId, Location},
    ids::ConnectionId,
};

/// The names of a catalog and of a customer list, each with its id: by the time that they are kept, the connection may
/// have others.
#[derive(Debug, Default)]
pub(super) struct Told {
    catalog: Option<(CatalogId, String)>,
    customer_list: Option<(CustomerListId, String)>,
}

/// The names of the catalog and the customer list; one that HubRise does not tell is none.
pub(super) async fn of_catalog_and_list(app: &App, subject: &Subject, token: &AccessToken) -> Result<Told, CallError> {
    let mut names = Told::default();
    if let Some(id) = subject.catalog_id.as_deref().and_then(CatalogId::parse) {
        names.catalog = told(subject, app.hubrise.catalog_name(token, &id).await)?.map(|name| (id, name));
    }
    if let Some(id) = subject.customer_list_id.as_deref().and_then(CustomerListId::parse) {
        names.customer_list = told(subject, app.hubrise.customer_list_name(token, &id).await)?.map(|name| (id, name));
    }
    Ok(names)
}

/// A catalog that was deleted at HubRise has no name any more; that is no trouble of the connection.
fn told(subject: &Subject, name: Result<Option<String>, CallError>) -> Result<Option<String>, CallError> {
    match name {
        Err(error) if error.is_passing() || error.loss().is_some() => Err(error),
        Err(error) => {
            tracing::warn!(connection = %subject.id, %error, "HubRise did not tell a name");
            Ok(None)
        }
        name => name,
    }
}

/// Keeps what HubRise calls things now, within the caller's transaction. A name that it does not tell stays, and so does
/// that of what the connection has had since HubRise was asked.
pub(super) async fn follow(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    known: &Known,
    location: &Location,
    told: Told,
) -> Result<()> {
    let before = Names {
        account: known.account_name.clone(),
        location: known.location_name.clone(),
        catalog: known.catalog_name.clone(),
        customer_list: known.customer_list_name.clone(),
    };
    let catalog = told.catalog.filter(|(id, _)| Some(id.as_str()) == known.catalog_id.as_deref());
    let customer_list = told.customer_list.filter(|(id, _)| Some(id.as_str()) == known.customer_list_id.as_deref());
    let after = Names {
        account: location.account.name.clone().or_else(|| before.account.clone()),
        location: location.location.name.clone().or_else(|| before.location.clone()),
        catalog: catalog.map(|(_, name)| name).or_else(|| before.catalog.clone()),
        customer_list: customer_list.map(|(_, name)| name).or_else(|| before.customer_list.clone()),
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
