//! How a trip to HubRise, or a grant that waits, can end other than well, and the sentence for each. The words are
//! stored with the attempt.

use http::StatusCode;

use super::InTheWay;
use crate::i18n::Language;

macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $status:ident;)*) => {
        /// Why a trip to HubRise, or what it brought, did not lead anywhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Failure {
            $($(#[$doc])* $name,)*
        }

        impl Failure {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word in the database and in addresses.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The status of the page that tells it.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

failures! {
    /// The person chose Refuser at HubRise.
    Denied = "denied", OK;
    /// The code was used or has expired.
    CodeRejected = "code-rejected", GONE;
    /// HubRise does not know us: the operator's fault.
    ClientRejected = "client-rejected", BAD_GATEWAY;
    /// HubRise was down or slow when the code was to be exchanged.
    ExchangeUnavailable = "exchange-unavailable", BAD_GATEWAY;
    /// HubRise was down or slow when the token was to be proven.
    ProofUnavailable = "proof-unavailable", BAD_GATEWAY;
    /// HubRise refuses the token that it has just given: unpaid subscription.
    Unpaid = "unpaid", CONFLICT;
    /// HubRise refuses the token that it has just given: blocked.
    Blocked = "blocked", CONFLICT;
    /// HubRise refuses the token that it has just given.
    AccessLost = "access-lost", BAD_GATEWAY;
    /// An answer that is not what HubRise documents.
    Unintelligible = "unintelligible", BAD_GATEWAY;
    /// A grant for a whole account.
    NoLocation = "no-location", CONFLICT;
    /// The location is connected to another point of sale of this organisation.
    LocationTaken = "location-taken", CONFLICT;
    /// The location is connected to somebody else's point of sale.
    LocationTakenElsewhere = "location-taken-elsewhere", CONFLICT;
    /// The point of sale is connected to another location.
    PointOfSaleTaken = "point-of-sale-taken", CONFLICT;
    /// The point of sale was deleted meanwhile.
    PointOfSaleGone = "point-of-sale-gone", CONFLICT;
    /// The connection was cut meanwhile.
    ConnectionGone = "connection-gone", CONFLICT;
    /// The organisation was deleted meanwhile.
    OrganisationGone = "organisation-gone", CONFLICT;
    /// An earlier disconnection of the same location was being finished at the same moment.
    Overtaken = "overtaken", CONFLICT;
    /// The bridge was stopped in the middle.
    Interrupted = "interrupted", SERVICE_UNAVAILABLE;
    /// The state is not one of ours.
    StateUnknown = "state-unknown", BAD_REQUEST;
    /// The state is older than 10 minutes.
    StateExpired = "state-expired", GONE;
    /// The state was used with another code.
    StateUsed = "state-used", CONFLICT;
    /// The attempt began in another browser, or before this sign-in.
    OtherBrowser = "other-browser", FORBIDDEN;
    /// The attempt began for another organisation.
    OtherOrganisation = "other-organisation", FORBIDDEN;
    /// Neither a code nor an error.
    Malformed = "malformed", BAD_REQUEST;
    /// A trip that HubRise began, with a browser that keeps no cookies: nobody could be asked anything.
    NoCookies = "no-cookies", BAD_REQUEST;
    /// Many codes that HubRise does not know came from the same address.
    TooMany = "too-many", TOO_MANY_REQUESTS;
    /// HubRise tells no e-mail address of the person who signs in.
    NoProfile = "no-profile", CONFLICT;
    /// Somebody opened one install, and allowed another location.
    OtherInstall = "other-install", CONFLICT;
    /// A manager has removed this person, who comes again by their role at HubRise.
    AccessRemoved = "access-removed", FORBIDDEN;
    /// Whoever went to connect did not manage the organisation any more when HubRise had answered.
    RoleGone = "role-gone", FORBIDDEN;
    /// An account with the newcomer's e-mail address was made on the way.
    EmailTaken = "email-taken", CONFLICT;
    /// Nobody confirmed within the hour.
    NotConfirmed = "not-confirmed", GONE;
    /// The person said no.
    Withdrawn = "withdrawn", OK;
    /// The link that brought the person was used, cancelled, or has expired meanwhile.
    LinkOver = "link-over", GONE;
}

impl Failure {
    /// The key of what its page adds about the connections of who reads it. A grant for a connected location has another
    /// catalog replace the former one at HubRise, although it was refused here.
    #[must_use]
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::LocationTaken | Self::OtherInstall => Some("failure-catalog-changed"),
            Self::LocationTakenElsewhere | Self::PointOfSaleGone | Self::ConnectionGone | Self::RoleGone => None,
            _ => Some("failure-unchanged"),
        }
    }

    /// From its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|failure| failure.word() == word)
    }

    /// Whether it is told without an attempt: the callback itself was refused.
    #[must_use]
    pub const fn refuses_the_callback(self) -> bool {
        matches!(
            self,
            Self::StateUnknown
                | Self::StateExpired
                | Self::StateUsed
                | Self::OtherBrowser
                | Self::OtherOrganisation
                | Self::Malformed
                | Self::NoCookies
                | Self::TooMany
                | Self::Denied
        )
    }

    /// A heading of a few words.
    #[must_use]
    pub fn title(self, language: Language) -> String {
        let key = match self {
            Self::Denied => "failure-denied-title",
            Self::ClientRejected => "failure-operator-title",
            Self::ExchangeUnavailable | Self::ProofUnavailable => "failure-unavailable-title",
            Self::Unpaid => "failure-unpaid-title",
            Self::Blocked => "failure-blocked-title",
            Self::LocationTaken | Self::LocationTakenElsewhere => "failure-location-taken-title",
            Self::PointOfSaleTaken => "failure-point-of-sale-taken-title",
            Self::PointOfSaleGone => "failure-point-of-sale-gone-title",
            Self::ConnectionGone => "failure-connection-gone-title",
            Self::OrganisationGone => "failure-organisation-gone-title",
            Self::NoLocation => "failure-no-location-title",
            Self::CodeRejected | Self::StateExpired | Self::NotConfirmed => "failure-expired-title",
            Self::AccessLost | Self::Unintelligible | Self::Interrupted | Self::Overtaken => "failure-unfinished-title",
            Self::StateUnknown | Self::StateUsed | Self::OtherBrowser | Self::OtherOrganisation | Self::Malformed => {
                "failure-refused-title"
            }
            Self::NoCookies => "failure-no-cookies-title",
            Self::TooMany => "failure-too-many-title",
            Self::NoProfile | Self::EmailTaken => "failure-sign-in-title",
            Self::OtherInstall => "failure-other-install-title",
            Self::AccessRemoved => "failure-access-removed-title",
            Self::RoleGone => "failure-role-gone-title",
            Self::Withdrawn => "failure-withdrawn-title",
            Self::LinkOver => "failure-link-over-title",
        };
        language.text(key)
    }

    /// What happened, and what to do.
    #[must_use]
    pub fn text(self, language: Language, in_the_way: &InTheWay) -> String {
        match (self, in_the_way) {
            (Self::LocationTaken | Self::PointOfSaleTaken, InTheWay::Gone) => {
                return language.text("failure-obstacle-gone");
            }
            (Self::LocationTaken, InTheWay::Untold) => return language.text("failure-location-taken-untold"),
            (Self::PointOfSaleTaken, InTheWay::Untold) => return language.text("failure-point-of-sale-taken-untold"),
            (Self::ConnectionGone, InTheWay::Untold) => return language.text("failure-connection-gone-untold"),
            _ => {}
        }
        let name = if let InTheWay::Own(name) = in_the_way { name } else { "" };
        let key = match self {
            Self::Denied => "failure-denied",
            Self::CodeRejected => "failure-code-rejected",
            Self::ClientRejected => "failure-client-rejected",
            Self::ExchangeUnavailable => "failure-exchange-unavailable",
            Self::ProofUnavailable => "failure-proof-unavailable",
            Self::Unpaid => "failure-unpaid",
            Self::Blocked => "failure-blocked",
            Self::AccessLost => "failure-access-lost",
            Self::Unintelligible => "failure-unintelligible",
            Self::NoLocation => "failure-no-location",
            Self::LocationTaken => "failure-location-taken",
            Self::LocationTakenElsewhere => "failure-location-taken-elsewhere",
            Self::PointOfSaleTaken => "failure-point-of-sale-taken",
            Self::PointOfSaleGone => "failure-point-of-sale-gone",
            Self::ConnectionGone => "failure-connection-gone",
            Self::OrganisationGone => "failure-organisation-gone",
            Self::Overtaken => "failure-overtaken",
            Self::Interrupted => "failure-interrupted",
            Self::StateUnknown => "failure-state-unknown",
            Self::StateExpired => "failure-state-expired",
            Self::StateUsed => "failure-state-used",
            Self::OtherBrowser => "failure-other-browser",
            Self::OtherOrganisation => "failure-other-organisation",
            Self::Malformed => "failure-malformed",
            Self::NoCookies => "failure-no-cookies",
            Self::TooMany => "failure-too-many",
            Self::NoProfile => "failure-no-profile",
            Self::OtherInstall => "failure-other-install",
            Self::AccessRemoved => "failure-access-removed",
            Self::RoleGone => "failure-role-gone",
            Self::EmailTaken => "failure-email-taken",
            Self::NotConfirmed => "failure-not-confirmed",
            Self::Withdrawn => "failure-withdrawn",
            Self::LinkOver => "failure-link-over",
        };
        language.with(key, [("pointOfSale", name)])
    }
}
