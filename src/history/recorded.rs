//! An entry of the history as it is read back.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::ids::{ConnectionId, DisconnectionId, HistoryEntryId};

/// Of which kind somebody is who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A member of the organisation.
    Person,
    /// TicknCook's support.
    Support,
    /// TicknCook's back office, by a key.
    Api,
    /// The owner of the HubRise account.
    Owner,
    /// HubRise.
    HubRise,
    /// The bridge itself, or its operator.
    System,
}

impl ActorKind {
    /// All of them, in the order in which the filter offers them.
    pub const ALL: [Self; 6] = [Self::Person, Self::Support, Self::Api, Self::Owner, Self::HubRise, Self::System];

    /// Its word, in the database and in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Support => "support",
            Self::Api => "api",
            Self::Owner => "owner",
            Self::HubRise => "hubrise",
            Self::System => "system",
        }
    }

    /// From its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The key of what the filter calls it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Person => "history-who-person",
            Self::Support => "history-who-support",
            Self::Api => "history-who-api",
            Self::Owner => "history-who-owner",
            Self::HubRise => "history-who-hubrise",
            Self::System => "history-who-system",
        }
    }
}

/// What was written down.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its id, in the order of time.
    pub id: HistoryEntryId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: ActorKind,
    /// The person's address, or the key's name, at that time.
    pub actor_name: Option<String>,
    /// What was done: an [`Action`](super::Action)'s word, or that of one which a newer version of the bridge knows.
    pub action: String,
    /// On what.
    pub subject_id: Option<Uuid>,
    /// Its name at that time.
    pub subject_name: Option<String>,
    /// The connection that it concerns.
    pub connection: Option<ConnectionId>,
    /// The fields that changed, as they were.
    pub before: Map<String, Value>,
    /// The fields that changed, as they became.
    pub after: Map<String, Value>,
    /// The receipt of the disconnection that it was.
    pub receipt: Option<DisconnectionId>,
    /// Why, in the words of whoever did it.
    pub reason: Option<String>,
}
