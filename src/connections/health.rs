//! How a connection is, as its rows say it. What an answer of HubRise means for it is the business of `upkeep`.

use chrono::{DateTime, Utc};

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// When HubRise last answered for its token.
    pub verified_at: DateTime<Utc>,
    /// Since when, and why, HubRise refuses its token.
    pub failure: Option<Failing>,
    /// Since when HubRise has not answered with yes or no, which says nothing of the connection.
    pub unreachable_since: Option<DateTime<Utc>>,
    /// Since when it has answered all the same, and not as it documents.
    pub unexpected_since: Option<DateTime<Utc>>,
    /// Since when no orders come, although HubRise does not refuse the token: graver than that it does not answer now.
    pub no_orders_since: Option<DateTime<Utc>>,
    /// Why they do not come, then.
    pub no_orders_cause: Cause,
}

/// HubRise refuses a connection's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub cause: Cause,
}

/// Why no orders come. The cause decides what helps, and who must do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The HubRise subscription is not paid: the owner of the account pays.
    Unpaid,
    /// Somebody blocked the connection at HubRise: it is unblocked there.
    Blocked,
    /// The token was revoked.
    Revoked,
    /// Somebody disconnected TicknCook in HubRise's back office, as HubRise itself announced.
    Disconnected,
    /// HubRise says why in words that we do not know.
    Unknown,
    /// HubRise does not refuse the token, but sends nothing: it does not take our callback.
    NoOrders,
    /// HubRise takes our callback, and does not get through to it: what it sends waits there.
    EventsWaiting,
}

impl Cause {
    /// Why no orders come although HubRise answers, as it is kept.
    #[must_use]
    pub const fn of_no_orders(events_wait: bool) -> Self {
        if events_wait { Self::EventsWaiting } else { Self::NoOrders }
    }

    /// From its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "unpaid" => Self::Unpaid,
            "blocked" => Self::Blocked,
            "revoked" => Self::Revoked,
            "disconnected" => Self::Disconnected,
            "unknown" => Self::Unknown,
            "no_orders" => Self::NoOrders,
            "events_waiting" => Self::EventsWaiting,
            _ => return None,
        })
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Blocked => "blocked",
            Self::Revoked => "revoked",
            Self::Disconnected => "disconnected",
            Self::Unknown => "unknown",
            Self::NoOrders => "no_orders",
            Self::EventsWaiting => "events_waiting",
        }
    }

    /// The key of the sentence that says since when.
    #[must_use]
    pub const fn since_key(self) -> &'static str {
        match self {
            Self::NoOrders => "health-no-orders",
            Self::EventsWaiting => "health-events-waiting",
            _ => "health-failing",
        }
    }

    /// The key of the sentence that says what happened.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unpaid => "health-unpaid",
            Self::Blocked => "health-blocked",
            Self::Revoked => "health-revoked",
            Self::Disconnected => "health-disconnected",
            Self::Unknown => "health-unknown",
            Self::NoOrders => "health-no-orders-cause",
            Self::EventsWaiting => "health-events-waiting-cause",
        }
    }

    /// The key of the sentence that says what helps, and who must do it.
    #[must_use]
    pub const fn remedy_key(self) -> &'static str {
        match self {
            Self::Unpaid => "health-unpaid-remedy",
            Self::Blocked => "health-blocked-remedy",
            Self::Revoked => "health-revoked-remedy",
            Self::Disconnected => "health-disconnected-remedy",
            Self::Unknown => "health-unknown-remedy",
            Self::NoOrders => "health-no-orders-remedy",
            Self::EventsWaiting => "health-events-waiting-remedy",
        }
    }
}

impl Health {
    /// A word for machines, for the gravest: `failing`, `no_orders`, `unreachable` or `verified`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self { failure: Some(_), .. } => "failing",
            Self { no_orders_since: Some(_), .. } => "no_orders",
            Self { unreachable_since: Some(_), .. } => "unreachable",
            _ => "verified",
        }
    }

    /// Since when HubRise has said neither yes nor no, with the key of the sentence that tells it.
    #[must_use]
    pub fn silence(&self) -> Option<(DateTime<Utc>, &'static str)> {
        let unexpected = self.unexpected_since.map(|since| (since, "health-unexpected"));
        unexpected.or_else(|| self.unreachable_since.map(|since| (since, "health-unreachable")))
    }

    /// Why no orders come, if they do not.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        let no_orders = self.no_orders_since.map(|_| self.no_orders_cause);
        self.failure.map(|failing| failing.cause).or(no_orders)
    }

    /// From a row's columns.
    #[must_use]
    pub fn of_columns(
        verified_at: DateTime<Utc>,
        failed_since: Option<DateTime<Utc>>,
        failure: Option<&str>,
        unreachable_since: Option<DateTime<Utc>>,
        unexpected_since: Option<DateTime<Utc>>,
        no_orders_since: Option<DateTime<Utc>>,
        events_wait: bool,
    ) -> Self {
        let failure = failed_since.map(|since| {
            // The column's check knows no other word.
            let cause = failure.and_then(Cause::parse).unwrap_or(Cause::Unknown);
            Failing { since, cause }
        });
        let no_orders_since = no_orders_since.filter(|_| failure.is_none());
        let no_orders_cause = Cause::of_no_orders(events_wait);
        let unexpected_since = unexpected_since.filter(|_| unreachable_since.is_some());
        Self { verified_at, failure, unreachable_since, unexpected_since, no_orders_since, no_orders_cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_is_what_is_said() {
        let at = DateTime::UNIX_EPOCH;
        let health = |failed: bool, is_silent: bool, no_orders: Option<Cause>| {
            let (since, waits) = (|is_so: bool| is_so.then_some(at), no_orders == Some(Cause::EventsWaiting));
            let no_orders = since(no_orders.is_some());
            Health::of_columns(at, since(failed), Some("blocked"), since(is_silent), None, no_orders, waits)
        };
        for (failed, is_silent, no_orders, word, cause) in [
            (false, false, None, "verified", None),
            (false, true, None, "unreachable", None),
            (false, false, Some(Cause::NoOrders), "no_orders", Some(Cause::NoOrders)),
            (false, true, Some(Cause::EventsWaiting), "no_orders", Some(Cause::EventsWaiting)),
            (true, true, Some(Cause::NoOrders), "failing", Some(Cause::Blocked)),
        ] {
            let health = health(failed, is_silent, no_orders);
            assert_eq!((health.word(), health.cause()), (word, cause));
        }
    }
}
