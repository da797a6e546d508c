//! What HubRise leaves open, as switches: a client must survive either reading. Each default is the harsher reading, or
//! the documented one.

use serde::{Deserialize, Serialize};

macro_rules! settings {
    ($($(#[$about:meta])* $name:ident: $kind:ty = $default:expr),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct Settings {
            $($(#[$about])* pub(crate) $name: $kind,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        /// A change of some of the switches.
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct SettingsChange {
            $($name: Option<$kind>,)+
        }

        impl Settings {
            pub(crate) fn apply(&mut self, change: &SettingsChange) {
                $(self.$name = change.$name.unwrap_or(self.$name);)+
            }
        }
    };
}

settings! {
    token_after_revoke: AfterRevoke = AfterRevoke::New,
    revoke_twice: RevokeTwice = RevokeTwice::NotFound,
    /// The status that answers an authorisation code which is unknown, used or expired.
    bad_code: BadCode = BadCode::BadRequest,
    /// Whether `state` comes back with an error, as OAuth requires and HubRise does not say.
    state_with_error: bool = true,
    redirect_uri_of_apps: RedirectUriOfApps = RedirectUriOfApps::Any,
    bad_scope: BadScope = BadScope::Page,
    app_instance_id_in: AppInstanceIdIn = AppInstanceIdIn::Query,
    /// Whether the limits on requests hold.
    limits: bool = true,
    /// The form of a 429.
    too_many_requests: TooManyRequests = TooManyRequests::Json,
    /// The status of a suspended, revoked or blocked connection: an older version of HubRise answered 429.
    no_access: NoAccess = NoAccess::Unauthorized,
    /// How long a callback may take to answer.
    callback_timeout_milliseconds: u64 = 20_000,
    /// Which secret signs events while a client has two.
    sign_with: SignWith = SignWith::NewSecret,
    /// Whether an app is also told when it was its own revoke that disconnected it.
    notice_after_own_revoke: bool = false,
    /// Whether the disconnect callback is also called for a connection that is blocked.
    notice_after_block: bool = false,
    /// Whether the disconnect callback is also called when an account is suspended.
    notice_after_suspension: bool = false,
    /// The word for a location that takes orders: HubRise's documents have both.
    taking_orders: TakingOrders = TakingOrders::Online,
}

macro_rules! switch {
    ($($(#[$about:meta])* $name:ident { $($(#[$choice_about:meta])* $choice:ident),+ })+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$choice_about])* $choice),+ }
    )+};
}

switch! {
    /// The token a location gets when it is authorised again after a revoke.
    AfterRevoke { New, Same }
    /// The answer to revoking a token that is revoked already, or that never was.
    RevokeTwice { Ok, NotFound }
    BadCode {
        BadRequest,
        /// As HubRise's SDK expects.
        NotFound
    }
    /// Where a listed app may have its users sent back to.
    RedirectUriOfApps {
        Any,
        /// As its Connect URL has.
        SameOrigin
    }
    /// The answer to a scope that cannot be granted.
    BadScope {
        Page,
        /// To the client, with `error=invalid_scope`.
        Redirect
    }
    /// Where an event carries the app instance.
    AppInstanceIdIn { Query, Body, Both, Neither }
    TooManyRequests { Json, PlainText }
    NoAccess { Unauthorized, TooManyRequests }
    SignWith { NewSecret, PreviousSecret }
    TakingOrders { Online, Normal }
}
