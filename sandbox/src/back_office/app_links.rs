//! Where the back office sends a user to connect, reconnect or open an app that is listed.

use url::Url;

use crate::state::{AccountId, AppInstanceId, Client, Connection, Level, Listing, Scope};

impl Listing {
    pub(super) fn scope_at(&self, level: Level) -> Option<&Scope> {
        match level {
            Level::Location => self.location_scope.as_ref(),
            Level::Account => self.account_scope.as_ref(),
        }
    }
}

/// The authorise page for a new connection, as HubRise starts it: without a state. `None` for an app that cannot be
/// connected from here.
pub(super) fn connect_address(client: &Client, level: Level, account: &AccountId) -> Option<String> {
    let listing = client.listing.as_ref()?;
    let scope = listing.scope_at(level)?;
    Some(authorise_address(client, listing.connect_url.as_ref()?, scope, account, None))
}

/// The authorise page for a connection that there is.
pub(super) fn reconnect_address(client: &Client, connection: &Connection) -> Option<String> {
    let listing = client.listing.as_ref()?;
    let grant = &connection.grant;
    let scope = grant.scope.level().and_then(|level| listing.scope_at(level)).unwrap_or(&grant.scope);
    let connect_url = listing.connect_url.as_ref()?;
    let account = grant.account_id.as_ref()?;
    Some(authorise_address(client, connect_url, scope, account, Some(&connection.app_instance_id)))
}

/// The app's Open URL, told which of its connections it is about.
pub(super) fn open_address(client: &Client, connection: &Connection) -> Option<Url> {
    let mut address = client.listing.as_ref()?.open_url.clone()?;
    address.query_pairs_mut().append_pair("app_instance_id", connection.app_instance_id.as_str());
    Some(address)
}

fn authorise_address(
    client: &Client,
    connect_url: &Url,
    scope: &Scope,
    account: &AccountId,
    app_instance: Option<&AppInstanceId>,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client.id()).append_pair("redirect_uri", connect_url.as_str());
    query.append_pair("scope", &scope.to_string());
    if let Some(app_instance) = app_instance {
        query.append_pair("app_instance_id", app_instance.as_str());
    }
    query.append_pair("account_id", account.as_str());
    format!("/oauth2/v1/authorize?{}", query.finish())
}
