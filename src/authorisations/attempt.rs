//! An attempt, as the database keeps it: its purpose, how far it has come, and what it came to.

use chrono::{DateTime, Utc};

use super::{
    Failure,
    service::{Opener, Purpose},
};
use crate::{
    connections::{Former, Target},
    hubrise::{AppInstanceId, AuthorisationCode, HubRiseUserId},
    ids::{
        AttemptId, BrowserId, ConnectionId, ConnectionLinkId, OrganisationId, PendingConnectionId, PointOfSaleId,
        UserId,
    },
    secrets::Digest,
};

/// How far an attempt has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    /// Claimed, or granted: a request talks to HubRise.
    UnderWay,
    Completed(Outcome),
    Failed(Failure),
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A connection that was made, updated, or opened.
    Connected(ConnectionId),
    /// A grant that waits for a person's word.
    Held(PendingConnectionId),
    /// Somebody who has proved to be this user of HubRise.
    Proved(HubRiseUserId),
}

#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) purpose: Purpose,
    pub(super) status: Status,
    pub(super) browser: Option<BrowserId>,
    pub(super) claimed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) obstacle: Option<PointOfSaleId>,
    pub(super) former: Former,
    session_digest: Option<Vec<u8>>,
    code_digest: Option<Vec<u8>>,
}

impl Attempt {
    pub(super) fn began_in(&self, session: &Digest) -> bool {
        self.session_digest.as_deref() == Some(session.as_bytes())
    }

    pub(super) fn was_claimed_with(&self, code: &AuthorisationCode) -> bool {
        self.code_digest.as_deref() == Some(code.digest().as_bytes())
    }
}

impl Purpose {
    /// Its word in the database and in the log.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::Install => "install",
            Self::Link { .. } => "link",
            Self::Open { .. } => "open",
            Self::SignIn { .. } => "sign_in",
        }
    }
}

pub(super) struct Row {
    pub(super) id: AttemptId,
    pub(super) purpose: String,
    pub(super) organisation_id: Option<OrganisationId>,
    pub(super) user_id: Option<UserId>,
    pub(super) session_digest: Option<Vec<u8>>,
    pub(super) browser_id: Option<BrowserId>,
    pub(super) point_of_sale_id: Option<PointOfSaleId>,
    pub(super) new_point_of_sale_name: Option<String>,
    pub(super) reconnects: Option<ConnectionId>,
    pub(super) connection_link_id: Option<ConnectionLinkId>,
    pub(super) app_instance_id: Option<AppInstanceId>,
    pub(super) return_to: Option<String>,
    pub(super) hubrise_user_id: Option<HubRiseUserId>,
    pub(super) status: String,
    pub(super) failure: Option<String>,
    pub(super) code_digest: Option<Vec<u8>>,
    pub(super) connection_id: Option<ConnectionId>,
    pub(super) pending_connection_id: Option<PendingConnectionId>,
    pub(super) obstacle_point_of_sale_id: Option<PointOfSaleId>,
    pub(super) former_catalog: Option<String>,
    pub(super) former_customer_list: Option<String>,
    pub(super) claimed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
}

impl Row {
    /// `None` for a combination that the table's checks forbid.
    fn purpose(&self) -> Option<Purpose> {
        let target =
            || self.point_of_sale_id.map_or(Target::New(self.new_point_of_sale_name.clone()), Target::Existing);
        Some(match self.purpose.as_str() {
            "connect" => Purpose::Connect {
                organisation: self.organisation_id?,
                user: self.user_id?,
                target: target(),
                reconnects: self.reconnects,
            },
            "install" => Purpose::Install,
            "link" => Purpose::Link { organisation: self.organisation_id?, link: self.connection_link_id? },
            "open" => Purpose::Open {
                opener: match self.user_id {
                    Some(user) => Opener::User(user),
                    None => Opener::Newcomer(self.hubrise_user_id.clone()?),
                },
                app_instance: self.app_instance_id.clone()?,
                return_to: self.return_to.clone()?,
            },
            "sign_in" => Purpose::SignIn { return_to: self.return_to.clone()? },
            _ => return None,
        })
    }

    fn status(&self) -> Option<Status> {
        Some(match self.status.as_str() {
            "pending" => Status::Pending,
            "claimed" | "granted" => Status::UnderWay,
            "failed" => {
                let failure = self.failure.as_deref().and_then(Failure::parse);
                Status::Failed(failure.unwrap_or(Failure::Interrupted))
            }
            _ => Status::Completed(match (self.connection_id, self.pending_connection_id) {
                (Some(connection), _) => Outcome::Connected(connection),
                (None, Some(pending)) => Outcome::Held(pending),
                (None, None) => Outcome::Proved(self.hubrise_user_id.clone()?),
            }),
        })
    }

    pub(super) fn read(self) -> sqlx::Result<Attempt> {
        let (Some(purpose), Some(status)) = (self.purpose(), self.status()) else {
            return Err(sqlx::Error::Decode(format!("the attempt {} makes no sense", self.id).into()));
        };
        Ok(Attempt {
            id: self.id,
            purpose,
            status,
            browser: self.browser_id,
            claimed_at: self.claimed_at,
            expires_at: self.expires_at,
            obstacle: self.obstacle_point_of_sale_id,
            former: Former { catalog: self.former_catalog, customer_list: self.former_customer_list },
            session_digest: self.session_digest,
            code_digest: self.code_digest,
        })
    }
}

/// A purpose, taken apart into the columns that keep it.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) organisation: Option<OrganisationId>,
    pub(super) user: Option<UserId>,
    pub(super) point_of_sale: Option<PointOfSaleId>,
    pub(super) new_name: Option<&'a str>,
    pub(super) reconnects: Option<ConnectionId>,
    pub(super) link: Option<ConnectionLinkId>,
    pub(super) app_instance: Option<&'a AppInstanceId>,
    pub(super) return_to: Option<&'a str>,
    pub(super) newcomer: Option<&'a HubRiseUserId>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(purpose: &'a Purpose) -> Self {
        let none = Self::default();
        match purpose {
            Purpose::Connect { organisation, user, target, reconnects } => {
                let (point_of_sale, new_name) = match target {
                    Target::Existing(id) => (Some(*id), None),
                    Target::New(name) => (None, name.as_deref()),
                };
                let (organisation, user) = (Some(*organisation), Some(*user));
                Self { organisation, user, point_of_sale, new_name, reconnects: *reconnects, ..none }
            }
            Purpose::Install => none,
            Purpose::Link { organisation, link } => {
                Self { organisation: Some(*organisation), link: Some(*link), ..none }
            }
            Purpose::Open { opener, app_instance, return_to } => {
                let (user, newcomer) = match opener {
                    Opener::User(user) => (Some(*user), None),
                    Opener::Newcomer(id) => (None, Some(id)),
                };
                Self { user, newcomer, app_instance: Some(app_instance), return_to: Some(return_to), ..none }
            }
            Purpose::SignIn { return_to } => Self { return_to: Some(return_to), ..none },
        }
    }
}
