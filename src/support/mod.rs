//! The console of TicknCook's support: find any restaurant, see how its connections are and what happened to them, and
//! help. Nobody enters without a second factor, nothing is done as the restaurant, no token is shown, and what is done
//! stands in the restaurant's history.

mod actions;
mod attempts;
mod case;
mod filters;
mod looking;
mod pages;
mod routes;
mod search;
mod store;
mod summary;
mod timeline;
mod verification;
mod waiting;

pub use routes::{ROUTES, router};

/// The key of what people call an alarm's kind.
fn alarm_key(kind: &str) -> &'static str {
    match kind {
        "revocation_overdue" => "console-alarm-revocation-overdue",
        "bad_signature" => "console-alarm-bad-signature",
        "oversized_event" => "console-alarm-oversized-event",
        "client_rejected" => "console-alarm-client-rejected",
        "unknown_refusal" => "console-alarm-unknown-refusal",
        "mails_refused" => "console-alarm-mails-refused",
        "events_waiting" => "console-alarm-events-waiting",
        "callback_replaced" => "console-alarm-callback-replaced",
        "callback_missing" => "console-alarm-callback-missing",
        "grant_unaccounted" => "console-alarm-grant-unaccounted",
        _ => "console-alarm-other",
    }
}
