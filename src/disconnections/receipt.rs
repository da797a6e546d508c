//! What a disconnection did, and when.

use chrono::{DateTime, Utc};

use crate::{
    connections::Link,
    ids::{ConnectionId, DisconnectionId, PointOfSaleId},
};

/// The receipt of a disconnection. It holds the names as they were.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its own id.
    pub id: DisconnectionId,
    /// The point of sale.
    pub point_of_sale_id: PointOfSaleId,
    /// Its name.
    pub point_of_sale_name: String,
    /// Whether the point of sale was deleted too.
    pub point_of_sale_deleted: bool,
    /// The connection that was cut, if it was connected.
    pub connection_id: Option<ConnectionId>,
    /// What it was linked to; none if it was not connected.
    pub link: Option<Link>,
    /// When TicknCook let go.
    pub disconnected_at: DateTime<Utc>,
    /// Who asked for it: a person's e-mail address, or an API key's name.
    pub requested_by: Option<String>,
    /// Whether that person asked as TicknCook's support.
    pub by_support: bool,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What became of the callback, by which HubRise sends us events.
    pub callback: Callback,
    /// What became of the token at HubRise.
    pub revocation: Revocation,
}

impl Receipt {
    /// What became of our own copy of the token.
    #[must_use]
    pub const fn purge(&self) -> Purge {
        match self.revocation {
            Revocation::NotNeeded => Purge::NotNeeded,
            Revocation::Pending => Purge::Pending,
            Revocation::Confirmed(at) => Purge::Purged(at),
            Revocation::Superseded(_) => Purge::Kept,
        }
    }
}

/// A receipt whose revocation HubRise has not confirmed.
#[derive(Clone, Debug)]
pub struct OpenReceipt {
    /// Its own id.
    pub id: DisconnectionId,
    /// The point of sale, which may be deleted.
    pub point_of_sale_id: PointOfSaleId,
    /// Its name as it was.
    pub point_of_sale_name: String,
    /// What it was linked to, as `Name - id`.
    pub location: String,
}

/// What became of the callback, by which HubRise sends us events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback {
    /// There was none.
    NotNeeded,
    /// HubRise has not removed it yet; it is asked again.
    Pending,
    /// HubRise has removed it.
    Removed(DateTime<Utc>),
    /// HubRise did not remove it, and it ended with the access.
    Ended(DateTime<Utc>),
    /// The same location was connected again: it serves that connection, or was put in its place.
    Kept,
}

impl Callback {
    /// A word for pages and the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Pending => "pending",
            Self::Removed(_) => "removed",
            Self::Ended(_) => "ended",
            Self::Kept => "kept",
        }
    }

    /// When it ended.
    #[must_use]
    pub const fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::NotNeeded | Self::Pending | Self::Kept => None,
            Self::Removed(at) | Self::Ended(at) => Some(*at),
        }
    }
}

/// What became of our own copy of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// There was none.
    NotNeeded,
    /// It is kept, sealed, until HubRise has confirmed the revocation.
    Pending,
    /// The last one is wiped.
    Purged(DateTime<Utc>),
    /// A live connection needs it.
    Kept,
}

impl Purge {
    /// A word for pages and the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Pending => "pending",
            Self::Purged(_) => "purged",
            Self::Kept => "kept",
        }
    }

    /// When it was wiped.
    #[must_use]
    pub const fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Purged(at) => Some(*at),
            Self::NotNeeded | Self::Pending | Self::Kept => None,
        }
    }
}

/// What became of the token at HubRise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// There was none.
    NotNeeded,
    /// HubRise has not confirmed yet; it is asked again until it does.
    Pending,
    /// HubRise has confirmed, and our copy was wiped at the same time.
    Confirmed(DateTime<Utc>),
    /// The same location was connected again before HubRise confirmed: the token serves again, and was kept.
    Superseded(DateTime<Utc>),
}

impl Revocation {
    /// As the database keeps it.
    pub(super) fn of_columns(status: Option<&str>, finished_at: Option<DateTime<Utc>>) -> Self {
        match (status, finished_at) {
            (None, _) => Self::NotNeeded,
            (Some("confirmed"), Some(at)) => Self::Confirmed(at),
            (Some("superseded"), Some(at)) => Self::Superseded(at),
            (Some(_), _) => Self::Pending,
        }
    }

    /// A word for pages and the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Pending => "pending",
            Self::Confirmed(_) => "confirmed",
            Self::Superseded(_) => "superseded",
        }
    }

    /// When it ended.
    #[must_use]
    pub const fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::NotNeeded | Self::Pending => None,
            Self::Confirmed(at) | Self::Superseded(at) => Some(*at),
        }
    }
}
