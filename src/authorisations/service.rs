//! Why browsers go to HubRise, and their departure.

use std::net::IpAddr;

use anyhow::Result;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower_sessions::Session;
use url::Url;

use super::attempts;
use crate::{
    app::App,
    connections::Target,
    hubrise::{AppInstanceId, Ask, HubRiseUserId},
    ids::{AttemptId, BrowserId, ConnectionId, ConnectionLinkId, OrganisationId, UserId},
    secrets::{Digest, random_secret},
    users::Trip,
    web::{AppError, browser},
};

/// Why a browser goes to HubRise.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// A manager connects a point of sale, or repairs its connection.
    Connect {
        /// For whom.
        organisation: OrganisationId,
        /// Who.
        user: UserId,
        /// What.
        target: Target,
        /// The connection to repair.
        reconnects: Option<ConnectionId>,
    },
    /// HubRise began it: nothing says for whom.
    Install,
    /// The owner of a HubRise account follows a manager's link.
    Link {
        /// For whom.
        organisation: OrganisationId,
        /// Which link.
        link: ConnectionLinkId,
    },
    /// Somebody opens TicknCook from HubRise's back office, and proves that they may.
    Open {
        /// Who.
        opener: Opener,
        /// Which install; it proves nothing.
        app_instance: AppInstanceId,
        /// The path of ours to go on to.
        return_to: String,
    },
    /// Somebody signs in with HubRise.
    SignIn {
        /// The path of ours to go on to.
        return_to: String,
    },
}

/// Who opens TicknCook from HubRise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// Somebody with an account.
    User(UserId),
    /// Somebody who has proved to be this user of HubRise, and has no account yet.
    Newcomer(HubRiseUserId),
}

/// To what a trip is bound.
#[derive(Clone, Copy, Debug)]
pub struct Traveller {
    /// The browser.
    pub browser: BrowserId,
    /// Its session, where somebody is signed in: another sign-in on the way ends the trip of a manager.
    pub session: Option<Digest>,
}

impl Traveller {
    /// Anybody, from this address. Counted before the browser gets its mark: who is turned away leaves nothing behind.
    ///
    /// # Errors
    /// When the database does not answer; or when from there too many went without coming back.
    pub async fn of_anybody(app: &App, session: &Session, from: IpAddr) -> Result<Self, AppError> {
        if let Some(wait) = Trip::from(from).begin(app).await? {
            return Err(AppError::TooOften(wait));
        }
        Ok(Self { browser: browser(session).await?, session: None })
    }
}

/// Where HubRise sends browsers back to. Each takes its own kinds of trips only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// `/hubrise_oauth/connect_callback`
    Connect,
    /// `/hubrise_oauth/login_callback`
    Login,
    /// `/hubrise_oauth/authorize_callback`
    Authorize,
}

impl Door {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Connect => "/hubrise_oauth/connect_callback",
            Self::Login => "/hubrise_oauth/login_callback",
            Self::Authorize => "/hubrise_oauth/authorize_callback",
        }
    }

    /// The address that HubRise is given.
    pub(super) fn redirect_uri(self, app: &App) -> Url {
        app.config.absolute(self.path())
    }
}

impl Purpose {
    /// Whether it takes no account to go.
    pub(super) const fn is_anybodys(&self) -> bool {
        matches!(self, Self::Link { .. } | Self::Open { .. } | Self::SignIn { .. })
    }

    pub(super) const fn door(&self) -> Door {
        match self {
            Self::Connect { .. } | Self::Install | Self::Link { .. } => Door::Connect,
            Self::Open { .. } => Door::Authorize,
            Self::SignIn { .. } => Door::Login,
        }
    }
}

/// Begins a trip to HubRise. Returns the answer that sends the browser there. `names` are the account's and the
/// location's, where they are known: HubRise fills in its sign-up form with them.
///
/// # Errors
/// When the database does not answer.
pub async fn start(
    app: &App,
    traveller: Traveller,
    purpose: Purpose,
    names: Option<(String, String)>,
) -> Result<Response, AppError> {
    let ask = match &purpose {
        Purpose::Connect { .. } | Purpose::Install | Purpose::Link { .. } => {
            let (account_name, location_name) = names.unzip();
            Ask::Location { account_name, location_name }
        }
        Purpose::Open { app_instance, .. } => Ask::AppInstance(app_instance.clone()),
        Purpose::SignIn { .. } => Ask::Profile,
    };
    let state = random_secret();
    let id = AttemptId::new();
    let now = app.clock.now();
    attempts::insert(&mut *app.db.acquire().await?, id, &purpose, traveller, &state, now).await?;
    tracing::info!(attempt = %id, purpose = purpose.word(), "a trip to HubRise begins");
    let address = app.hubrise.authorise_url(ask, &purpose.door().redirect_uri(app), &state);
    Ok(Redirect::to(address.as_str()).into_response())
}
