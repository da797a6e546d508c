//! A callback that was refused, and where its reader goes from there.

use super::{Failure, WayOn, service::Purpose};
use crate::organisations::{Acting, Role};

/// What a refused trip was for, where that is known. Anybody can write it into an address: it proves nothing and opens
/// nothing, it only chooses the way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// The owner of a HubRise account followed a manager's link.
    Link,
    /// Somebody signed in with HubRise, or proved whose profile belongs to their account.
    SignIn,
    /// Somebody opened TicknCook from HubRise's back office.
    Open,
}

impl Errand {
    const ALL: [Self; 3] = [Self::Link, Self::SignIn, Self::Open];

    /// Its word in addresses: that of the purpose.
    const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::SignIn => "sign_in",
            Self::Open => "open",
        }
    }

    /// From its word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|errand| errand.word() == word)
    }

    /// `None` for a trip that connects for a manager, or that HubRise began.
    pub(super) fn of(purpose: &Purpose) -> Option<Self> {
        Self::parse(purpose.word())
    }
}

/// A refused callback; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) failure: Failure,
    pub(super) errand: Option<Errand>,
}

impl Refusal {
    /// Where it is told.
    pub(super) fn address(self) -> String {
        let errand = self.errand.map(|errand| format!("?trip={}", errand.word())).unwrap_or_default();
        format!("/services/hubrise/refused/{}{errand}", self.failure.word())
    }

    /// Where its reader goes next, given who they are and whether their browser follows a link.
    pub(super) fn way_on(self, acting: Option<&Acting>, follows_link: bool) -> WayOn {
        if matches!(self.failure, Failure::NoCookies | Failure::TooMany) {
            return WayOn::HubRise;
        }
        match (self.errand, acting) {
            (Some(Errand::Link), _) if follows_link => WayOn::Link,
            (Some(Errand::Link), None) => WayOn::OpenLink,
            (Some(Errand::SignIn | Errand::Open), None) => WayOn::BackToSignIn,
            (None, None) => WayOn::SignInAndConnect,
            (Some(Errand::SignIn), Some(_)) => WayOn::Settings,
            (None, Some(acting)) if matches!(acting.organisation(), Some((_, Role::Manager))) => WayOn::Connect,
            (_, Some(_)) => WayOn::Services,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_is_known_by_its_word_and_no_other() {
        for errand in Errand::ALL {
            assert_eq!(Errand::parse(errand.word()), Some(errand));
        }
        let sign_in = Purpose::SignIn { return_to: "/".to_owned() };
        assert_eq!(Errand::of(&sign_in), Some(Errand::SignIn));
        assert_eq!(Errand::of(&Purpose::Install), None);
        for word in ["", "connect", "LINK", "link "] {
            assert_eq!(Errand::parse(word), None, "{word}");
        }
    }

    #[test]
    fn the_address_tells_the_errand_where_there_is_one() {
        let failure = Failure::StateExpired;
        let told = Refusal { failure, errand: Some(Errand::Link) }.address();
        assert_eq!(told, "/services/hubrise/refused/state-expired?trip=link");
        assert_eq!(Refusal { failure, errand: None }.address(), "/services/hubrise/refused/state-expired");
    }
}
