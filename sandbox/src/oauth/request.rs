//! What a client asks for in the address of the authorise page, checked before anything is shown.
//!
//! `account_name`, `location_name`, `country` and `app_instance_id` may be there and change nothing yet.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use url::Url;

use crate::app::{App, Shared};
use crate::state::{AuthorizationCode, ClientId, Scope};
use crate::web::{Problem, Visitor, Words};

#[derive(Debug)]
pub(super) struct AuthorizeRequest {
    pub(super) client_id: ClientId,
    pub(super) client_name: String,
    pub(super) scope: Scope,
    redirect_uri: Url,
    state: Option<String>,
    /// As it came, to lead from one page of the flow to the next.
    query: String,
}

/// Why nobody is sent back to the client: it cannot be trusted to be the one that asked. With a detail for its
/// developer.
struct Refusal(Problem, String);

impl FromRequestParts<Shared> for AuthorizeRequest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Response> {
        match Self::parse(app, parts.uri.query().unwrap_or_default()) {
            Ok(request) => Ok(request),
            Err(Refusal(problem, detail)) => {
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
        let client_id = parameter("client_id").unwrap_or_default();
        let client = app
            .store
            .read(|world| world.directory.client(&client_id).cloned())
            .ok_or_else(|| Refusal(bad_request(|words| words.unknown_client), format!("client_id={client_id}")))?;
        let redirect_uri = parameter("redirect_uri").unwrap_or_default();
        let redirect_uri = redirect_target(&redirect_uri).ok_or_else(|| {
            Refusal(bad_request(|words| words.bad_redirect_uri), format!("redirect_uri={redirect_uri}"))
        })?;
        let scope = parameter("scope").unwrap_or_default();
        let scope = Scope::parse(&scope)
            .map_err(|error| Refusal(bad_request(|words| words.bad_scope), format!("scope={scope}: {error}")))?;
        Ok(Self {
            client_id: client.id,
            client_name: client.name,
            scope,
            redirect_uri,
            state: parameter("state"),
            query: query.to_owned(),
        })
    }

    /// The address of the first page of the flow.
    pub(super) fn first_page(&self) -> String {
        format!("/oauth2/v1/authorize?{}", self.query)
    }

    /// The address of the page with the drop-downs of a location.
    pub(super) fn drop_downs_page(&self, location_id: &str) -> String {
        format!("/oauth2/v1/authorize/{location_id}?{}", self.query)
    }

    pub(super) fn granted(&self, code: &AuthorizationCode) -> String {
        self.back_with("code", code.expose())
    }

    pub(super) fn denied(&self) -> String {
        self.back_with("error", "access_denied")
    }

    /// The redirect URI, its own query kept, with an answer and the state. The state comes back with an error too:
    /// HubRise does not say, OAuth requires it.
    fn back_with(&self, name: &str, value: &str) -> String {
        let mut target = self.redirect_uri.clone();
        let mut query = target.query_pairs_mut();
        query.append_pair(name, value);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        drop(query);
        target.into()
    }
}

fn bad_request(explanation: fn(&Words) -> &'static str) -> Problem {
    Problem { status: StatusCode::BAD_REQUEST, explanation }
}

fn redirect_target(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.fragment().is_none()).then_some(url)
}
