//! Who somebody has proved to be, and until when that holds.

use crate::ids::UserId;

/// Somebody has proved who they are. It holds until their sessions are ended: what was on its way then, with a former
/// password or with a session that was read before, lets nobody in when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Who.
    pub user: UserId,
    /// How often their sessions had been ended, read together with what proves who they are.
    pub(super) epoch: i32,
}

impl Proof {
    /// Of somebody whose account was made by this very transaction.
    pub(super) const fn of_new(user: UserId) -> Self {
        Self { user, epoch: 0 }
    }
}
