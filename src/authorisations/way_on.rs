//! What a person can do after a trip that led nowhere.

use super::Failure;
use crate::{i18n::Language, ids::ConnectionId};

/// The button that helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOn {
    /// Choose a point of sale again.
    Connect,
    /// Look at the connection that was to be repaired: the repair begins at its card.
    Connection(ConnectionId),
    /// Look at all connections.
    Services,
    /// Begin again in HubRise's back office.
    HubRise,
    /// Sign in, and choose a point of sale.
    SignInAndConnect,
    /// Sign in again.
    SignIn,
    /// Sign in, after a trip that was to do that.
    BackToSignIn,
    /// Go back to the settings, where the trip began.
    Settings,
    /// Follow the manager's link again, which this browser remembers.
    Link,
    /// Open the manager's link again, which this browser does not know.
    OpenLink,
    /// Nothing here.
    Nowhere,
}

impl WayOn {
    /// For whoever was to repair a connection: to its card, unless there is none any more.
    #[must_use]
    pub const fn repairing(connection: ConnectionId, failure: Failure) -> Self {
        match failure {
            Failure::PointOfSaleGone | Failure::ConnectionGone => Self::Connect,
            _ => Self::Connection(connection),
        }
    }

    /// Whether the button leads to Services tiers: then no second one need do so.
    #[must_use]
    pub const fn shows_services(self) -> bool {
        matches!(self, Self::Connection(_) | Self::Services)
    }

    /// The key of what to do there, where the button does not say it.
    #[must_use]
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::Connection(_) => Some("failure-reconnect-hint"),
            Self::OpenLink => Some("failure-open-link-hint"),
            _ => None,
        }
    }

    /// Where the button leads, and what it says. HubRise's back office is wherever `hubrise` is.
    #[must_use]
    pub fn button(self, language: Language, hubrise: &str) -> Option<(String, String)> {
        let (address, words) = match self {
            Self::Connect => ("/services/hubrise/connect", language.text("failure-start-again")),
            Self::Connection(id) => {
                return Some((format!("/services#connection-{id}"), language.text("failure-see-connection")));
            }
            Self::Services => ("/services", language.text("frame-to-services")),
            Self::HubRise => (hubrise, language.text("failure-start-at-hubrise")),
            Self::SignInAndConnect => ("/login?return_to=/services/hubrise/connect", language.text("failure-sign-in")),
            Self::SignIn => ("/login", language.text("failure-sign-in-again")),
            Self::BackToSignIn => ("/login", language.text("password-back")),
            Self::Settings => ("/settings", language.text("settings-back")),
            Self::Link => ("/links/again", language.text("failure-start-again")),
            Self::OpenLink | Self::Nowhere => return None,
        };
        Some((address.to_owned(), words))
    }
}
