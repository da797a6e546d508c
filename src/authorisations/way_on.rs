//! What a person can do after a trip that led nowhere.

use crate::i18n::Language;

/// The button that helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOn {
    /// Choose a point of sale again.
    Connect,
    /// Begin again in HubRise's back office.
    HubRise,
    /// Sign in, and choose a point of sale.
    SignInAndConnect,
    /// Sign in again.
    SignIn,
    /// Follow the manager's link again, which this browser remembers.
    Link,
    /// Nothing here.
    Nowhere,
}

impl WayOn {
    /// Where the button leads, and what it says. HubRise's back office is wherever `hubrise` is.
    #[must_use]
    pub fn button(self, language: Language, hubrise: &str) -> Option<(String, String)> {
        let (address, words) = match self {
            Self::Connect => ("/services/hubrise/connect", language.text("failure-start-again")),
            Self::HubRise => (hubrise, language.text("failure-start-at-hubrise")),
            Self::SignInAndConnect => ("/login?return_to=/services/hubrise/connect", language.text("failure-sign-in")),
            Self::SignIn => ("/login", language.text("failure-sign-in-again")),
            Self::Link => ("/links/again", language.text("failure-start-again")),
            Self::Nowhere => return None,
        };
        Some((address.to_owned(), words))
    }
}
