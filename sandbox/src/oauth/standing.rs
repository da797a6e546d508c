//! Whether a user may grant anything of an account.

use axum::http::StatusCode;

use super::words::ConsentWords;
use crate::state::{Account, User, World};
use crate::web::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    MayGrant,
    /// The user's role manages no connections.
    WithoutRole,
    /// The account has not paid its subscription.
    Suspended,
}

impl Standing {
    pub(super) fn of(world: &World, user: &User, account: &Account) -> Self {
        if world.records.suspended_accounts.contains(&account.id) {
            return Self::Suspended;
        }
        match user.role_at(&account.id) {
            Some(role) if role.manages_connections() => Self::MayGrant,
            _ => Self::WithoutRole,
        }
    }

    /// The answer to whoever tries all the same.
    pub(super) fn problem(self) -> Option<Problem> {
        let forbidden = |explanation| Some(Problem { status: StatusCode::FORBIDDEN, explanation });
        match self {
            Self::MayGrant => None,
            Self::WithoutRole => forbidden(|words| words.not_your_role),
            Self::Suspended => forbidden(|words| words.account_suspended),
        }
    }

    /// What the consent page says in the place of the account.
    pub(super) fn notice(self, account: &Account, words: &ConsentWords) -> Option<String> {
        let sentence = match self {
            Self::MayGrant => return None,
            Self::WithoutRole => words.role_connects_nothing,
            Self::Suspended => words.account_suspended,
        };
        Some(sentence.replace("{account}", &format!("{} ({})", account.name, account.id)))
    }
}
