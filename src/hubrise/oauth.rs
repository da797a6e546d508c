//! HubRise's OAuth server: where to send the browser, the exchange of a code, and the revocation of a token.
//! HubRise's documentation of all three: <https://developers.hubrise.com/api/authentication>.

use std::{pin::Pin, sync::atomic::Ordering};

use http::{HeaderValue, StatusCode};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    AccessToken, AccountId, AppInstanceId, AuthorisationCode, CallError, CatalogId, CustomerListId, HubRise,
    LocationId, Named, names::clean_name, send,
};

/// One of the two client secrets that may be configured while ours is being changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Ours,
    Other,
}

/// The answer to a code: a token that must not be lost, and what it opens, if that can be understood.
#[derive(Debug)]
pub struct TokenAnswer {
    /// The key to what was granted.
    pub token: AccessToken,
    /// What was granted.
    pub grant: Result<Grant, CallError>,
}

/// What a restaurant granted.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its account, if the answer told.
    pub account: Option<Named<AccountId>>,
    /// Its location; a grant for a whole account has none.
    pub location: Option<Named<LocationId>>,
    /// The one catalog that was chosen.
    pub catalog: Option<Named<CatalogId>>,
    /// The one customer list that was chosen.
    pub customer_list: Option<Named<CustomerListId>>,
    /// The install; told to apps that are listed at HubRise. Seen in HubRise's own app engine.
    pub app_instance: Option<AppInstanceId>,
}

/// What somebody is asked for at HubRise's authorise page.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Access to a location of their choice. The names fill in HubRise's form for whoever has no account there yet.
    Location {
        /// The account's name.
        account_name: Option<String>,
        /// The location's name.
        location_name: Option<String>,
    },
    /// Proof that they have access to an install that exists: HubRise asks nothing that was granted before. Without a
    /// scope, which HubRise documents as allowed here.
    AppInstance(AppInstanceId),
    /// Who they are. Never together with access to a location, which other users could then not share.
    Profile,
}

/// The fields that HubRise adds to a token answer. Older answers lack the names. They are looked at one by one: an odd
/// one must not take the token with it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct GrantFields {
    #[serde(default)]
    account_id: Value,
    #[serde(default)]
    account_name: Value,
    #[serde(default)]
    location_id: Value,
    #[serde(default)]
    location_name: Value,
    #[serde(default)]
    catalog_id: Value,
    #[serde(default)]
    catalog_name: Value,
    #[serde(default)]
    customer_list_id: Value,
    #[serde(default)]
    customer_list_name: Value,
    #[serde(default)]
    app_instance_id: Value,
}

impl ExtraTokenFields for GrantFields {}

type OAuthClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<GrantFields, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl HubRise {
    /// Where to send the browser to ask somebody for something.
    #[must_use]
    pub fn authorise_url(&self, ask: Ask, redirect_uri: &Url, state: &SecretString) -> Url {
        let state = CsrfToken::new(state.expose_secret().to_owned());
        let client =
            self.oauth_client(&self.config.client_secret).set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
        let mut request = client.authorize_url(|| state);
        match ask {
            Ask::Location { account_name, location_name } => {
                request = request.add_scope(Scope::new(self.config.scope.clone()));
                for (parameter, name) in [("account_name", account_name), ("location_name", location_name)] {
                    if let Some(name) = name {
                        request = request.add_extra_param(parameter, name);
                    }
                }
            }
            Ask::AppInstance(id) => request = request.add_extra_param("app_instance_id", id.to_string()),
            Ask::Profile => request = request.add_scope(Scope::new("profile_with_email".to_owned())),
        }
        let (url, _state) = request.url();
        url
    }

    /// Turns a code into a token (HTTP Basic). Never retried: a code has one use, and an answer may have been lost.
    /// Only a refusal of our client secret leaves the code as it was: then the other secret is tried, if there is one.
    ///
    /// # Errors
    /// [`CallError::CodeRejected`], [`CallError::ClientRejected`], or what any call can end with.
    pub async fn exchange(&self, code: &AuthorisationCode, redirect_uri: &Url) -> Result<TokenAnswer, CallError> {
        let mut outcome = Err(CallError::ClientRejected);
        for (which, secret) in self.secrets() {
            outcome = self.exchange_with(secret, code, redirect_uri).await;
            if self.is_settled(which, outcome.as_ref().err()) {
                break;
            }
        }
        outcome
    }

    async fn exchange_with(
        &self,
        secret: &SecretString,
        code: &AuthorisationCode,
        redirect_uri: &Url,
    ) -> Result<TokenAnswer, CallError> {
        let code = AuthorizationCode::new(code.secret().expose_secret().to_owned());
        let answer = self
            .oauth_client(secret)
            .set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()))
            .exchange_code(code)
            .request_async(&TokenEndpoint(self.clone()))
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(error) => error,
                // The other variants may hold the raw answer, token included: they are dropped unseen.
                _ => CallError::Unintelligible("the token answer is not what HubRise documents"),
            })?;
        let token = AccessToken::new(answer.access_token().secret().clone().into());
        let token = token.ok_or(CallError::Unintelligible("the token is not one"))?;
        Ok(TokenAnswer { token, grant: grant(answer.extra_fields()) })
    }

    /// Takes a token back. HubRise then answers 401 to it at once.
    ///
    /// # Errors
    /// [`CallError::ClientRejected`], [`CallError::Refused`], or what any call can end with.
    pub async fn revoke(&self, token: &AccessToken) -> Result<(), CallError> {
        let mut outcome = Err(CallError::ClientRejected);
        for (which, secret) in self.secrets() {
            outcome = self.revoke_with(secret, token).await;
            if self.is_settled(which, outcome.as_ref().err()) {
                break;
            }
        }
        outcome
    }

    async fn revoke_with(&self, secret: &SecretString, token: &AccessToken) -> Result<(), CallError> {
        let request = self
            .http
            .post(self.oauth_address("revoke"))
            .basic_auth(&self.config.client_id, Some(secret.expose_secret()))
            .form(&[("token", token.secret().expose_secret())]);
        let status = send(request).await?.status;
        if status.is_success() { Ok(()) } else { Err(CallError::of_oauth_answer(status)) }
    }

    /// The client secrets to call with, the one that HubRise took the last time first.
    fn secrets(&self) -> Vec<(Which, &SecretString)> {
        let mut secrets = vec![(Which::Ours, &self.config.client_secret)];
        secrets.extend(self.config.other_client_secret.as_ref().map(|other| (Which::Other, other)));
        if self.takes_other_secret.load(Ordering::Relaxed) {
            secrets.reverse();
        }
        secrets
    }

    /// Whether a call need not be made again with the other client secret, after this answer: HubRise looks at who asks
    /// before it looks at anything else. Which secret it took is remembered.
    fn is_settled(&self, which: Which, error: Option<&CallError>) -> bool {
        if error == Some(&CallError::ClientRejected) {
            return false;
        }
        let is_other = which == Which::Other;
        if error.is_none_or(|error| !error.is_passing())
            && self.takes_other_secret.swap(is_other, Ordering::Relaxed) != is_other
        {
            tracing::warn!(secret = ?which, "HubRise takes another one of the two client secrets than before");
        }
        true
    }

    fn oauth_address(&self, endpoint: &str) -> Url {
        let mut url = self.config.oauth_url.clone();
        url.set_path(&format!("{}/{endpoint}", self.config.oauth_url.path().trim_end_matches('/')));
        url
    }

    fn oauth_client(&self, secret: &SecretString) -> OAuthClient {
        Client::new(ClientId::new(self.config.client_id.clone()))
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_auth_uri(AuthUrl::from_url(self.oauth_address("authorize")))
            .set_token_uri(TokenUrl::from_url(self.oauth_address("token")))
    }

    /// Sends what the OAuth library prepared. Only a success goes back to it, in the form that it insists on.
    async fn post_token_request(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let (parts, body) = request.into_parts();
        let request = self.http.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        let super::Answer { status, body, .. } = send(request).await?;
        match status {
            StatusCode::OK => {}
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => return Err(CallError::CodeRejected),
            status => return Err(CallError::of_oauth_answer(status)),
        }
        let mut response = HttpResponse::new(as_the_library_wants(&body)?);
        response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

/// A token answer in the form that the library insists on.
fn as_the_library_wants(body: &[u8]) -> Result<Vec<u8>, CallError> {
    let unintelligible = || CallError::Unintelligible("the token answer is not a JSON object");
    let mut answer: serde_json::Map<_, _> = serde_json::from_slice(body).map_err(|_| unintelligible())?;
    // The library reads these too, and refuses an answer for an odd one; HubRise documents none of them.
    answer.retain(|field, _| !["expires_in", "refresh_token", "scope"].contains(&field.as_str()));
    // Older answers lack it, and the library refuses an answer without it.
    answer.insert("token_type".to_owned(), "bearer".into());
    serde_json::to_vec(&answer).map_err(|_| unintelligible())
}

/// What the OAuth library sends its requests with: its own client is tied to another version of the HTTP library.
struct TokenEndpoint(HubRise);

impl<'c> AsyncHttpClient<'c> for TokenEndpoint {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.post_token_request(request))
    }
}

fn grant(fields: &GrantFields) -> Result<Grant, CallError> {
    Ok(Grant {
        account: named(AccountId::parse, &fields.account_id, &fields.account_name)?,
        location: named(LocationId::parse, &fields.location_id, &fields.location_name)?,
        catalog: named(CatalogId::parse, &fields.catalog_id, &fields.catalog_name)?,
        customer_list: named(CustomerListId::parse, &fields.customer_list_id, &fields.customer_list_name)?,
        // Worth less than the grant: an odd one is none.
        app_instance: fields.app_instance_id.as_str().and_then(AppInstanceId::parse),
    })
}

fn named<Id>(parse: impl Fn(&str) -> Option<Id>, id: &Value, name: &Value) -> Result<Option<Named<Id>>, CallError> {
    let id = match id {
        Value::Null => return Ok(None),
        Value::String(id) if id.is_empty() => return Ok(None),
        Value::String(id) => parse(id),
        _ => None,
    };
    let id = id.ok_or(CallError::Unintelligible("an id in the token answer is not one"))?;
    Ok(Some(Named { id, name: clean_name(name.as_str()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_token_answers() {
        use crate::fuzz::{SECRET, assert_kept_secret, bytes};
        bytes("token-answers", |body| {
            let body = match as_the_library_wants(body) {
                Ok(body) => body,
                Err(error) => return assert_kept_secret(&error),
            };
            assert_eq!(as_the_library_wants(&body).unwrap(), body, "it stays as it is");
            let Ok(answer) = serde_json::from_slice::<StandardTokenResponse<GrantFields, BasicTokenType>>(&body) else {
                return;
            };
            let token = AccessToken::new(answer.access_token().secret().clone().into());
            assert_kept_secret(&token);
            if let Some(token) = token {
                assert!(token.header().is_ok_and(|header| header.is_sensitive()), "what is taken can be sent");
            }
            match grant(answer.extra_fields()) {
                Ok(grant) => {
                    let ids = [
                        grant.account.map(|named| named.id.as_str().to_owned()),
                        grant.location.map(|named| named.id.as_str().to_owned()),
                        grant.catalog.map(|named| named.id.as_str().to_owned()),
                        grant.customer_list.map(|named| named.id.as_str().to_owned()),
                    ];
                    for id in ids.into_iter().flatten() {
                        assert!(LocationId::parse(&id).is_some(), "{id:?} could change the path of a call");
                    }
                }
                Err(error) => assert!(!error.to_string().contains(SECRET)),
            }
        });
    }
}
