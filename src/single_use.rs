//! Links that can be used once, within a week, unless they are taken back: how things stand with one.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::UserId;

/// How many of each kind an organisation has open at most.
pub const OPEN_AT_MOST: i64 = 50;

/// How long such a link can be used.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Which open links are taken back.
#[derive(Clone, Copy, Debug)]
pub enum Cancelled<Id> {
    /// One.
    This(Id),
    /// All that somebody made.
    MadeBy(UserId),
}

impl<Id> Cancelled<Id> {
    /// The id of the one, or of the maker.
    pub(crate) fn columns(self) -> (Option<Id>, Option<UserId>) {
        match self {
            Self::This(id) => (Some(id), None),
            Self::MadeBy(user) => (None, Some(user)),
        }
    }
}

/// How things stand with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be used.
    Open,
    /// It was.
    Used,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Cancelled,
}

impl Standing {
    /// From what is known of a link.
    #[must_use]
    pub fn of(
        used_at: Option<DateTime<Utc>>,
        cancelled_at: Option<DateTime<Utc>>,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        match (used_at, cancelled_at) {
            (Some(_), _) => Self::Used,
            (None, Some(_)) => Self::Cancelled,
            (None, None) if expires_at <= now => Self::Expired,
            (None, None) => Self::Open,
        }
    }

    /// A word for pages to tell them apart by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}
