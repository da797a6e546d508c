//! What a disconnection did, and when.

use chrono::{DateTime, Utc};

use crate::connections::Link;

/// The receipt of a disconnection. It holds the names as they were.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its own id.
    pub id: crate::ids::DisconnectionId,
    /// Whose it is.
    pub organisation: crate::ids::OrganisationId,
    /// The point of sale.
    pub point_of_sale_id: crate::ids::PointOfSaleId,
    /// Its name.
    pub point_of_sale_name: String,
    /// Whether the point of sale was deleted too.
    pub point_of_sale_deleted: bool,
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
    /// What became of the token at HubRise.
    pub revocation: Revocation,
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
