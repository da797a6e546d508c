//! Identifiers of our own rows, one type a table, so that one cannot stand where another belongs.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// A new identifier, ordered by the time it was made.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that makes identifiers")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new one.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "a default id would be a surprise")]
            pub fn new() -> Self {
                Self(new_id())
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A TicknCook customer: the tenant.
    OrganisationId,
    /// A person.
    UserId,
    /// TicknCook's point of sale.
    PointOfSaleId,
    /// A point of sale linked to a HubRise location.
    ConnectionId,
    /// One trip to HubRise's authorise page.
    AttemptId,
    /// A grant of HubRise that waits for a person's word.
    PendingConnectionId,
    /// A link for the owner of a HubRise account.
    ConnectionLinkId,
    /// A link that lets somebody into an organisation.
    InvitationId,
    /// A browser, from when we first need to know it again until its sign-out.
    BrowserId,
    /// What a person calls one of their sessions by.
    SessionHandle,
    /// The receipt of a disconnection.
    DisconnectionId,
    /// A token to take back at HubRise.
    RevocationId,
    /// A key of TicknCook's back office.
    ApiKeyId,
    /// What somebody did, or what happened.
    HistoryEntryId,
    /// What HubRise sent.
    EventId,
    /// A link to choose a password by.
    PasswordLinkId,
    /// A mail.
    MailId,
    /// What needs a person of TicknCook's.
    AlarmId,
}
