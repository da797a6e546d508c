//! The tenants, who belongs to them, and for which of them a request acts. [`Member`] and [`Manager`] are the only
//! ways to an [`OrganisationId`](crate::ids::OrganisationId) in a page's route: a row is always read through one.

mod acting;
mod routes;
pub mod service;
mod store;
mod support;

pub use acting::{Acting, Manager, Member, Sessions};
pub use routes::router;
pub use support::Support;

/// What somebody may do in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Connects, disconnects, adds and deletes.
    Manager,
    /// Looks.
    Staff,
}

impl Role {
    /// From its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "manager" => Some(Self::Manager),
            "staff" => Some(Self::Staff),
            _ => None,
        }
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Staff => "staff",
        }
    }
}
