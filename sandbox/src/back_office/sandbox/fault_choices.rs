//! The faults that the page offers, each a fault of the control interface under a name that needs no manual.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::control::{Action, Fault};
use crate::deliveries::EventFaultKind as Kind;
use crate::state::ResourceType;

macro_rules! choices {
    ($($(#[$about:meta])* $name:ident { $($choice:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub(super) enum $name { $(#[serde(rename = $code)] $choice),+ }

        impl $name {
            pub(super) const ALL: &'static [Self] = &[$(Self::$choice),+];

            pub(super) fn code(self) -> &'static str {
                match self { $(Self::$choice => $code),+ }
            }
        }
    )+};
}

choices! {
    /// What goes wrong.
    Trouble {
        Down = "down",
        InternalError = "internal_error",
        TooManyRequests = "too_many_requests",
        PlainTooManyRequests = "plain_too_many_requests",
        Slow = "slow",
        SlowAnswer = "slow_answer",
        Cut = "cut",
        LostAnswer = "lost_answer",
        CutMidway = "cut_midway",
        BrokenJson = "broken_json",
        Page = "page",
        EmptyBody = "empty_body",
        NoNames = "no_names",
        NoLocation = "no_location",
    }
    /// To which calls it happens.
    Calls {
        Api = "api",
        OAuth = "oauth",
        Token = "token",
        Revoke = "revoke",
        Location = "location",
        Catalogs = "catalogs",
        CustomerLists = "customer_lists",
        Orders = "orders",
        Callback = "callback",
        User = "user",
    }
    /// What goes wrong with events, and with notices of a disconnection.
    EventTrouble {
        Twice = "twice",
        Lost = "lost",
        MinuteLate = "minute_late",
        HourLate = "hour_late",
        Reordered = "reordered",
        LostNotice = "lost_notice",
        RepeatedNotice = "repeated_notice",
    }
    /// To which events it happens.
    Events {
        All = "all",
        Orders = "orders",
        Catalogs = "catalogs",
        Customers = "customers",
        Locations = "locations",
    }
    /// How often.
    Times {
        Once = "1",
        Thrice = "3",
        UntilStopped = "always",
    }
}

const SLOW_MILLISECONDS: u64 = 30_000;

impl Trouble {
    pub(super) fn action(self) -> Action {
        let without = |fields: &[&str]| Action::Without { fields: fields.iter().map(ToString::to_string).collect() };
        match self {
            Self::Down => error(503, None, "", &[]),
            Self::InternalError => error(500, Some("internal_error"), "Internal error", &[]),
            Self::TooManyRequests => {
                error(429, Some("too_many_requests"), "Too many requests", &[("Retry-After", "30")])
            }
            Self::PlainTooManyRequests => error(429, None, "Too many requests", &[("Retry-After", "30")]),
            Self::Slow => Action::Delay { milliseconds: SLOW_MILLISECONDS },
            Self::SlowAnswer => Action::DelayAfter { milliseconds: SLOW_MILLISECONDS },
            Self::Cut => Action::Drop,
            Self::LostAnswer => Action::DropAfter,
            Self::CutMidway => Action::Truncate,
            Self::BrokenJson => Action::BrokenJson,
            Self::Page => Action::Body {
                body: "<!doctype html><title>Maintenance</title><p>Maintenance".to_owned(),
                content_type: Some("text/html; charset=utf-8".to_owned()),
            },
            Self::EmptyBody => Action::Body { body: String::new(), content_type: Some("application/json".to_owned()) },
            Self::NoNames => {
                without(&["token_type", "account_name", "location_name", "catalog_name", "customer_list_name"])
            }
            Self::NoLocation => {
                let gone = ["location_id", "location_name", "catalog_id", "catalog_name"];
                let gone = gone.into_iter().chain(["customer_list_id", "customer_list_name"]);
                Action::With { fields: gone.map(|name| (name.to_owned(), Value::Null)).collect::<Map<_, _>>() }
            }
        }
    }
}

/// With an `error_type` in JSON, without one in plain text.
fn error(status: u16, error_type: Option<&str>, message: &str, headers: &[(&str, &str)]) -> Action {
    let json = |error_type| json!({ "message": message, "error_type": error_type }).to_string();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Action::Status {
        status,
        body: Some(error_type.map_or_else(|| message.to_owned(), json)),
        headers: headers.collect::<BTreeMap<_, _>>(),
        content_type: None,
    }
}

impl Calls {
    pub(super) fn method_and_path(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::Api => (None, "/v1/*"),
            Self::OAuth => (None, "/oauth2/v1/*"),
            Self::Token => (Some("POST"), "/oauth2/v1/token"),
            Self::Revoke => (Some("POST"), "/oauth2/v1/revoke"),
            Self::Location => (Some("GET"), "/v1/location"),
            Self::Catalogs => (None, "/v1/catalogs/*"),
            Self::CustomerLists => (None, "/v1/customer_lists/*"),
            Self::Orders => (None, "/v1/location/orders*"),
            Self::Callback => (None, "/v1/callback*"),
            Self::User => (Some("GET"), "/v1/user"),
        }
    }

    pub(super) fn of(fault: &Fault) -> Option<Self> {
        let known = (fault.method.as_deref(), fault.path.as_str());
        Self::ALL.iter().copied().find(|calls| calls.method_and_path() == known)
    }
}

impl EventTrouble {
    pub(super) fn kind_and_seconds(self) -> (Kind, Option<u32>) {
        match self {
            Self::Twice => (Kind::Duplicate, None),
            Self::Lost => (Kind::Lose, None),
            Self::MinuteLate => (Kind::Delay, Some(60)),
            Self::HourLate => (Kind::Delay, Some(3_600)),
            Self::Reordered => (Kind::Reorder, None),
            Self::LostNotice => (Kind::LoseNotice, None),
            Self::RepeatedNotice => (Kind::RepeatNotice, None),
        }
    }

    pub(super) fn is_about_notices(self) -> bool {
        matches!(self, Self::LostNotice | Self::RepeatedNotice)
    }
}

impl Events {
    pub(super) fn resource_type(self) -> Option<ResourceType> {
        match self {
            Self::All => None,
            Self::Orders => Some(ResourceType::Order),
            Self::Catalogs => Some(ResourceType::Catalog),
            Self::Customers => Some(ResourceType::Customer),
            Self::Locations => Some(ResourceType::Location),
        }
    }
}

impl Times {
    pub(super) fn count(self) -> Option<u32> {
        match self {
            Self::Once => Some(1),
            Self::Thrice => Some(3),
            Self::UntilStopped => None,
        }
    }
}
