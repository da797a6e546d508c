//! Users, and what they may do at which account.

use serde::{Deserialize, Serialize};

use super::identifiers::{AccountId, UserId};
use super::secrets::Password;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    #[serde(default = "UserId::generate")]
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) password: Password,
    pub(crate) first_name: String,
    #[serde(default)]
    pub(crate) last_name: String,
    /// In order of preference, such as `fr-FR`.
    #[serde(default = "french")]
    pub(crate) locales: Vec<String>,
    #[serde(default = "paris")]
    pub(crate) timezone: chrono_tz::Tz,
    #[serde(rename = "accounts")]
    pub(crate) memberships: Vec<Membership>,
}

/// A user's access to an account. A seed may give the account's id alone, for a full administrator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "MembershipForm")]
pub(crate) struct Membership {
    pub(crate) id: AccountId,
    pub(crate) role: Role,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MembershipForm {
    Administrator(AccountId),
    WithRole { id: AccountId, role: Role },
}

/// The predefined roles of the back office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    FullAdministrator,
    /// Connections, data and developer settings, but neither permissions nor payments.
    TechnicalPartner,
    /// Looks, and changes nothing.
    ReadOnly,
}

fn french() -> Vec<String> {
    vec!["fr-FR".to_owned()]
}

fn paris() -> chrono_tz::Tz {
    chrono_tz::Europe::Paris
}

impl From<MembershipForm> for Membership {
    fn from(form: MembershipForm) -> Self {
        match form {
            MembershipForm::Administrator(id) => Self { id, role: Role::FullAdministrator },
            MembershipForm::WithRole { id, role } => Self { id, role },
        }
    }
}

impl User {
    pub(crate) fn role_at(&self, account: &AccountId) -> Option<Role> {
        self.memberships.iter().find(|membership| membership.id == *account).map(|membership| membership.role)
    }

    pub(crate) fn has_access_to(&self, account: &AccountId) -> bool {
        self.role_at(account).is_some()
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::FullAdministrator, Self::TechnicalPartner, Self::ReadOnly];

    /// Whether this role connects, blocks and disconnects apps, and changes data.
    pub(crate) fn manages_connections(self) -> bool {
        self != Self::ReadOnly
    }

    /// Whether this role says who has access, renames locations and pays.
    pub(crate) fn administers(self) -> bool {
        self == Self::FullAdministrator
    }
}
