//! Who may do what on the pages of the back office. What is another account's does not exist.

use axum::response::{IntoResponse, Redirect, Response};

use crate::state::{AccountId, Role};
use crate::web::Member;

/// Why a member may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    NotFound,
    /// It is theirs to look at, and not to change.
    Role,
}

impl Refusal {
    pub(super) fn page(self, member: Member) -> Response {
        match self {
            Self::NotFound => member.not_found(),
            Self::Role => member.forbidden(),
        }
    }
}

/// Whether the member's role at the account lets them do something.
pub(super) fn require(member: &Member, account: &AccountId, allows: fn(Role) -> bool) -> Result<(), Refusal> {
    match member.role_at(account) {
        None => Err(Refusal::NotFound),
        Some(role) if allows(role) => Ok(()),
        Some(_) => Err(Refusal::Role),
    }
}

/// Whether the member may do something at the account of the top bar.
pub(super) fn may(member: &Member, allows: fn(Role) -> bool) -> bool {
    member.places.account.as_ref().is_some_and(|account| require(member, account, allows).is_ok())
}

/// Back to a page after a change, or the page that says why there was none.
pub(super) fn back_to(page: &str, outcome: Result<(), Refusal>, member: Member) -> Response {
    match outcome {
        Ok(()) => Redirect::to(page).into_response(),
        Err(refusal) => refusal.page(member),
    }
}
