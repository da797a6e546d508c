//! One entry of the history: who did what, on what, and what changed.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::ActorKind;
use crate::ids::{ApiKeyId, ConnectionId, OrganisationId, UserId};

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member of the organisation.
    Person(UserId),
    /// TicknCook's support.
    Support(UserId),
    /// TicknCook's back office, by a key.
    Api(ApiKeyId),
    /// The owner of the HubRise account, by a link and without an account here.
    Owner,
    /// HubRise.
    HubRise,
    /// The bridge itself.
    System,
}

impl Actor {
    /// Of which kind they are.
    #[must_use]
    pub const fn kind(self) -> ActorKind {
        match self {
            Self::Person(_) => ActorKind::Person,
            Self::Support(_) => ActorKind::Support,
            Self::Api(_) => ActorKind::Api,
            Self::Owner => ActorKind::Owner,
            Self::HubRise => ActorKind::HubRise,
            Self::System => ActorKind::System,
        }
    }

    /// The account or the key.
    #[must_use]
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Person(id) | Self::Support(id) => Some(id.uuid()),
            Self::Api(id) => Some(id.uuid()),
            Self::Owner | Self::HubRise | Self::System => None,
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $key:literal;)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// All of them, in the order in which the filter offers them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word, in the database, in addresses and in exports.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The key of what people read.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }
        }
    };
}

actions! {
    /// A point of sale was linked to a location.
    Connected = "connected", "history-connected";
    /// A connection was authorised again.
    Reconnected = "reconnected", "history-reconnected";
    /// HubRise refuses the connection's token.
    Failed = "failed", "history-failed";
    /// HubRise takes it again.
    Recovered = "recovered", "history-recovered";
    /// HubRise calls something by another name.
    Renamed = "renamed", "history-renamed";
    /// HubRise has given the connection's token another catalog or customer list.
    AccessChanged = "access_changed", "history-access-changed";
    /// HubRise gives no access any more to a connection's catalog or customer list.
    AccessGone = "access_gone", "history-access-gone";
    /// HubRise gives it again.
    AccessBack = "access_back", "history-access-back";
    /// HubRise was found to send a connection's events elsewhere.
    CallbackReplaced = "callback_replaced", "history-callback-replaced";
    /// A connection was cut.
    Disconnected = "disconnected", "history-disconnected";
    /// HubRise confirmed that the token is revoked, and our copy was wiped.
    Revoked = "revoked", "history-revoked";
    /// A cut connection's token was kept, because it serves a live one.
    TokenKept = "token_kept", "history-token-kept";
    /// A point of sale was added.
    PointOfSaleAdded = "point_of_sale_added", "history-point-of-sale-added";
    /// A point of sale was deleted.
    PointOfSaleDeleted = "point_of_sale_deleted", "history-point-of-sale-deleted";
    /// The organisation began.
    OrganisationFounded = "organisation_founded", "history-organisation-founded";
    /// What is kept about the organisation was downloaded.
    OrganisationExported = "organisation_exported", "history-organisation-exported";
    /// Somebody was invited.
    Invited = "invited", "history-invited";
    /// An invitation was taken back.
    InvitationCancelled = "invitation_cancelled", "history-invitation-cancelled";
    /// Somebody came in by an invitation.
    Joined = "joined", "history-joined";
    /// Somebody came in by a role at HubRise.
    Admitted = "admitted", "history-admitted";
    /// The operator gave somebody access.
    MemberAdded = "member_added", "history-member-added";
    /// Somebody's access was taken away.
    MemberRemoved = "member_removed", "history-member-removed";
    /// Roles at HubRise must be proved again.
    AccessesChecked = "accesses_checked", "history-accesses-checked";
    /// The operator made a key for TicknCook's back office.
    ApiKeyAdded = "api_key_added", "history-api-key-added";
    /// A key for TicknCook's back office was revoked.
    ApiKeyRevoked = "api_key_revoked", "history-api-key-revoked";
    /// A link for the owner was made.
    LinkMade = "link_made", "history-link-made";
    /// A link for the owner was taken back.
    LinkCancelled = "link_cancelled", "history-link-cancelled";
    /// A grant was given up by the person who brought it.
    GrantDeclined = "grant_declined", "history-grant-declined";
    /// Support looked at a connection.
    SupportLooked = "support_looked", "history-support-looked";
    /// Somebody had a connection checked.
    Checked = "checked", "history-checked";
    /// Support had a job tried again.
    JobReplayed = "job_replayed", "history-job-replayed";
    /// Support looked into an alarm, and ended it.
    AlarmDismissed = "alarm_dismissed", "history-alarm-dismissed";
}

impl Action {
    /// From its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.word() == word)
    }
}

/// What is written down.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub(super) organisation: OrganisationId,
    pub(super) actor: Actor,
    pub(super) action: Action,
    /// With its name, but for an account, which is called by its address.
    pub(super) subject: Option<(Uuid, Option<&'a str>)>,
    pub(super) connection: Option<ConnectionId>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
    pub(super) reason: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Somebody did something.
    #[must_use]
    pub const fn new(organisation: OrganisationId, actor: Actor, action: Action) -> Self {
        let (subject, connection, before, after, reason) = (None, None, None, None, None);
        Self { organisation, actor, action, subject, connection, before, after, reason }
    }

    /// On what, under the name it has now.
    #[must_use]
    pub fn on(mut self, id: impl Into<Uuid>, name: &'a str) -> Self {
        self.subject = Some((id.into(), Some(name)));
        self
    }

    /// On somebody's account or access, under the address that it has now.
    #[must_use]
    pub const fn on_person(mut self, id: UserId) -> Self {
        self.subject = Some((id.uuid(), None));
        self
    }

    /// It concerns this connection.
    #[must_use]
    pub const fn about(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    /// What changed: from the first, to the second, by the names of the fields. Never a secret.
    #[must_use]
    pub fn changed(mut self, before: Change, after: Change) -> Self {
        (self.before, self.after) = (before.0, after.0);
        self
    }

    /// Why, in the words of whoever did it.
    #[must_use]
    pub const fn because(mut self, reason: Option<&'a str>) -> Self {
        self.reason = reason;
        self
    }
}

/// One side of a change: fields by their names, as people read them.
#[derive(Clone, Debug, Default)]
pub struct Change(Option<Value>);

impl Change {
    /// Whether it has no field.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// These fields; those without a value are left out.
    #[must_use]
    pub fn of<const N: usize>(fields: [(&str, Option<&str>); N]) -> Self {
        let told = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        let fields: Map<_, _> = told.collect();
        Self((!fields.is_empty()).then_some(Value::Object(fields)))
    }
}
