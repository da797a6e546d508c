//! OAuth clients, plain or listed as an app. A listed app can be connected and opened from the back office, and is told
//! when it was disconnected there.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::identifiers::{AccountId, ClientId};
use super::scope::{Level, Scope};
use super::secrets::{ClientSecret, random_digits};

/// An OAuth client.
#[derive(Clone, Serialize, Deserialize)]
pub struct Client {
    pub(crate) id: ClientId,
    pub(crate) name: String,
    pub(crate) secret: ClientSecret,
    /// Still good for OAuth while a new secret is brought in.
    #[serde(default)]
    pub(crate) previous_secret: Option<ClientSecret>,
    /// `None` for a plain client, which is listed nowhere.
    #[serde(default)]
    pub(crate) listing: Option<Listing>,
    /// The account whose developers made it; `None` for those that the sandbox was started with.
    #[serde(default)]
    pub(crate) owner: Option<AccountId>,
}

/// What an app is listed with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Listing {
    /// In a sentence or two, for the app's page.
    pub(crate) description: String,
    /// What it asks for at a location; `None` if it is not for locations.
    pub(crate) location_scope: Option<Scope>,
    /// What it asks for at an account; `None` if it is not for accounts.
    pub(crate) account_scope: Option<Scope>,
    /// Where the code arrives when the app is connected from here.
    pub(crate) connect_url: Option<Url>,
    pub(crate) open_url: Option<Url>,
    pub(crate) disconnect_url: Option<Url>,
}

/// What an app is listed with, as a person writes it. An empty text leaves the field out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListingForm {
    /// In a sentence or two, for the app's page.
    pub description: String,
    /// What the app asks for at a location, such as `location[orders.write]`.
    pub location_scope: String,
    /// What the app asks for at an account, such as `account[orders.read]`.
    pub account_scope: String,
    /// Where the code arrives when the app is connected from the back office.
    pub connect_url: String,
    /// Where **Ouvrir** leads, with `app_instance_id`.
    pub open_url: String,
    /// What is called when the app is disconnected in the back office, with `app_instance_id`.
    pub disconnect_url: String,
}

/// Why an app cannot be listed.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ListingFlaw {
    #[error("{field}: {reason}")]
    Scope { field: &'static str, reason: String },
    #[error("{field}: `{value}` is not an http or https address")]
    Address { field: &'static str, value: String },
}

impl Listing {
    pub(crate) fn checked(form: &ListingForm) -> Result<Self, ListingFlaw> {
        Ok(Self {
            description: form.description.trim().to_owned(),
            location_scope: scope("location_scope", &form.location_scope, Level::Location)?,
            account_scope: scope("account_scope", &form.account_scope, Level::Account)?,
            connect_url: address("connect_url", &form.connect_url)?,
            open_url: address("open_url", &form.open_url)?,
            disconnect_url: address("disconnect_url", &form.disconnect_url)?,
        })
    }
}

fn scope(field: &'static str, text: &str, level: Level) -> Result<Option<Scope>, ListingFlaw> {
    let flaw = |reason: String| ListingFlaw::Scope { field, reason };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let scope = Scope::parse(text.trim()).map_err(|error| flaw(error.to_string()))?;
    if scope.level() != Some(level) {
        return Err(flaw("it is of the other level".to_owned()));
    }
    Ok(Some(scope))
}

fn address(field: &'static str, text: &str) -> Result<Option<Url>, ListingFlaw> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(Some).ok_or_else(|| ListingFlaw::Address { field, value: text.to_owned() })
}

impl Client {
    /// A plain client; an empty id or secret has one made up.
    #[must_use]
    pub fn new(id: &str, secret: &str, name: &str) -> Self {
        let id = if id.is_empty() { format!("{}.clients.hubrise.com", random_digits(12)) } else { id.to_owned() };
        let secret = if secret.is_empty() { ClientSecret::generate() } else { secret.to_owned().into() };
        Self { id: id.into(), name: name.to_owned(), secret, previous_secret: None, listing: None, owner: None }
    }

    /// The client as a listed app.
    ///
    /// # Errors
    /// When a scope or an address of the form is not one.
    pub fn listed(self, form: &ListingForm) -> anyhow::Result<Self> {
        Ok(Self { listing: Some(Listing::checked(form)?), ..self })
    }

    /// The client id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The client secret, in the clear.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// Whether a secret is this client's, the previous one included.
    pub(crate) fn authenticates(&self, secret: &str) -> bool {
        let previous = self.previous_secret.as_ref().is_some_and(|previous| previous.matches(secret));
        self.secret.matches(secret) || previous
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}
