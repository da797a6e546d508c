//! What a client asks for in the address of the authorise page, checked before anything is shown.
//!
//! `account_name`, `location_name` and `country` may be there: they pre-fill the sign-up form, which reads them itself.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::renewal::Renewal;
use super::way_back::WayBack;
use crate::app::{App, Shared};
use crate::state::{
    Account, AccountId, AppInstanceId, BadScope, Client, ClientId, Level, LocationId, RedirectUriOfApps, Scope, World,
};
use crate::web::{Problem, Visitor, Words};

/// Longer than any device's id.
const LONGEST_DEVICE_ID: usize = 255;

#[derive(Debug)]
pub(super) struct AuthorizeRequest {
    pub(super) client_id: ClientId,
    pub(super) client_name: String,
    pub(super) scope: Scope,
    pub(super) device_id: Option<String>,
    /// The connection to authorise again.
    pub(super) renewal: Option<Renewal>,
    /// The account that HubRise started the flow for.
    account_id: Option<AccountId>,
    pub(super) way_back: WayBack,
    /// As it came, to lead from one page of the flow to the next.
    query: String,
}

/// Why the flow ends before it begins.
pub(super) enum Refusal {
    /// Nobody is sent back to the client: it cannot be trusted to be the one that asked. With a detail for its
    /// developer.
    OnTheSpot(Problem, String),
    SentBack(Box<Response>),
}

impl FromRequestParts<Shared> for AuthorizeRequest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Response> {
        match Self::parse(app, parts.uri.query().unwrap_or_default()) {
            Ok(request) => Ok(request),
            Err(Refusal::SentBack(response)) => Err(*response),
            Err(Refusal::OnTheSpot(problem, detail)) => {
                let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
                Err(problem.page(visitor, detail))
            }
        }
    }
}

impl AuthorizeRequest {
    fn parse(app: &App, query: &str) -> Result<Self, Refusal> {
        let parameter = |wanted: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        let given = |wanted: &str| parameter(wanted).filter(|value| !value.is_empty());
        app.store.read(|world| {
            let client_id = parameter("client_id").unwrap_or_default();
            let client = world.directory.client(&client_id);
            let client =
                client.ok_or_else(|| Refusal::new(|words| words.unknown_client, format!("client_id={client_id}")))?;
            let redirect_uri = parameter("redirect_uri").unwrap_or_default();
            let settings = world.records.settings;
            let way_back = WayBack::parse(&redirect_uri, parameter("state"), settings.state_with_error)
                .filter(|way_back| {
                    settings.redirect_uri_of_apps == RedirectUriOfApps::Any || is_at_home(client, way_back)
                })
                .ok_or_else(|| Refusal::new(|words| words.bad_redirect_uri, format!("redirect_uri={redirect_uri}")))?;
            let renewal = given("app_instance_id").map(|id| renewal(world, &client.id, id)).transpose()?;
            let scope = asked_scope(&parameter("scope").unwrap_or_default(), renewal.as_ref());
            let scope = scope.map_err(|refusal| match settings.bad_scope {
                BadScope::Page => refusal,
                BadScope::Redirect => way_back.failed("invalid_scope").map_or(refusal, Refusal::sent_back),
            })?;
            let device_id = given("device_id").map(checked_device_id).transpose()?;
            Ok(Self {
                client_id: client.id.clone(),
                client_name: client.name.clone(),
                scope,
                // A connection that is authorised again stays that of its device.
                device_id: renewal.as_ref().map_or(device_id, |renewal| renewal.grant.device_id.clone()),
                renewal,
                account_id: given("account_id").map(AccountId::from),
                way_back,
                query: query.to_owned(),
            })
        })
    }

    /// Whether this is the back office's **Reconnecter**, which names the account beside the install: the user came to
    /// choose another catalog or list, even where nothing new is asked for.
    pub(super) fn is_reconnection(&self) -> bool {
        self.renewal.is_some() && self.begins_in_the_back_office()
    }

    /// Whether the flow began in the back office, which names the account.
    pub(super) fn begins_in_the_back_office(&self) -> bool {
        self.account_id.is_some()
    }

    /// Whether an account is among those that may be chosen.
    pub(super) fn is_about_account(&self, account: &Account) -> bool {
        let named = self.account_id.as_ref().is_none_or(|id| *id == account.id);
        let renewed = self.renewal.as_ref().and_then(|renewal| renewal.grant.account_id.as_ref());
        named && renewed.is_none_or(|id| *id == account.id)
    }

    /// Whether a location is among those that may be chosen, given that its account is.
    pub(super) fn is_about_location(&self, location: &LocationId) -> bool {
        let renewed = self.renewal.as_ref().and_then(|renewal| renewal.grant.location_id.as_ref());
        renewed.is_none_or(|id| id == location)
    }

    /// The address of the first page of the flow.
    pub(super) fn first_page(&self) -> String {
        format!("/oauth2/v1/authorize?{}", self.query)
    }

    /// The address of the page with the drop-downs of a location.
    pub(super) fn drop_downs_page(&self, location_id: &str) -> String {
        format!("/oauth2/v1/authorize/{location_id}?{}", self.query)
    }
}

impl Refusal {
    fn new(explanation: fn(&Words) -> &'static str, detail: String) -> Self {
        Self::OnTheSpot(Problem { status: StatusCode::BAD_REQUEST, explanation }, detail)
    }

    fn sent_back(response: Response) -> Self {
        Self::SentBack(Box::new(response))
    }
}

/// Whether users come back to where the app says that it is, if it does.
fn is_at_home(client: &Client, way_back: &WayBack) -> bool {
    let connect_url = client.listing.as_ref().and_then(|listing| listing.connect_url.as_ref());
    connect_url.is_none_or(|connect_url| way_back.stays_at(connect_url))
}

/// The scope that was written, or, where a connection is authorised again without one, that connection's.
fn asked_scope(text: &str, renewal: Option<&Renewal>) -> Result<Scope, Refusal> {
    let bad = |reason: String| Refusal::new(|words| words.bad_scope, format!("scope={text}: {reason}"));
    if let Some(renewal) = renewal.filter(|_| text.is_empty()) {
        return Ok(renewal.grant.scope.clone());
    }
    let scope = Scope::parse(text).map_err(|error| bad(error.to_string()))?;
    let level =
        renewal.map(|renewal| if renewal.grant.location_id.is_some() { Level::Location } else { Level::Account });
    if level.zip(scope.level()).is_some_and(|(own, asked)| own != asked) {
        return Err(bad("the app instance is of the other level".to_owned()));
    }
    Ok(scope)
}

fn renewal(world: &World, client_id: &ClientId, id: String) -> Result<Renewal, Refusal> {
    let detail = format!("app_instance_id={id}");
    let renewal = Renewal::of(world, client_id, &AppInstanceId::from(id));
    renewal.ok_or_else(|| Refusal::new(|words| words.unknown_app_instance, detail))
}

fn checked_device_id(id: String) -> Result<String, Refusal> {
    if id.chars().count() > LONGEST_DEVICE_ID || id.chars().any(char::is_control) {
        let detail = format!("device_id: at most {LONGEST_DEVICE_ID} characters, none of them a control character");
        return Err(Refusal::new(|words| words.bad_device_id, detail));
    }
    Ok(id)
}
