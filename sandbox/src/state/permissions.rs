//! Who may do what at an account, as its administrators decide. An account is never left without one.

use thiserror::Error;

use super::directory::Directory;
use super::identifiers::{AccountId, UserId};
use super::users::{Membership, Role, User};

/// The password of everyone who was added in the back office: nobody real has it, and the sign-in page shows it.
pub(crate) const DEMO_PASSWORD: &str = "hubrise-demo";

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum PermissionError {
    #[error("the account would have no administrator left")]
    LastAdministrator,
    #[error("nobody of this e-mail address has access")]
    NoAccess,
}

impl Directory {
    /// Whoever has access to the account, with their role.
    pub(crate) fn members_of(&self, account: &AccountId) -> impl Iterator<Item = (&User, Role)> {
        self.users.iter().filter_map(|user| Some((user, user.role_at(account)?)))
    }

    /// Gives a role to whoever has this e-mail address, who is made up if nobody has it.
    pub(crate) fn set_role(&mut self, email: &str, account: &AccountId, role: Role) -> Result<(), PermissionError> {
        if !role.administers() && self.is_last_administrator(email, account) {
            return Err(PermissionError::LastAdministrator);
        }
        let membership = Membership { id: account.clone(), role };
        match self.users.iter_mut().find(|user| user.email.eq_ignore_ascii_case(email)) {
            Some(user) => {
                user.memberships.retain(|membership| membership.id != *account);
                user.memberships.push(membership);
            }
            None => self.users.push(made_up(email, membership)),
        }
        Ok(())
    }

    pub(crate) fn remove_access(&mut self, email: &str, account: &AccountId) -> Result<(), PermissionError> {
        if self.role(email, account).is_none() {
            return Err(PermissionError::NoAccess);
        }
        if self.is_last_administrator(email, account) {
            return Err(PermissionError::LastAdministrator);
        }
        for user in self.users.iter_mut().filter(|user| user.email.eq_ignore_ascii_case(email)) {
            user.memberships.retain(|membership| membership.id != *account);
        }
        Ok(())
    }

    fn is_last_administrator(&self, email: &str, account: &AccountId) -> bool {
        let mut administrators = self.members_of(account).filter(|(_, role)| role.administers());
        administrators.next().is_some_and(|(user, _)| user.email.eq_ignore_ascii_case(email))
            && administrators.next().is_none()
    }
}

/// A user who was invited: called after the address, until they say better.
fn made_up(email: &str, membership: Membership) -> User {
    User {
        id: UserId::generate(),
        email: email.to_owned(),
        password: DEMO_PASSWORD.to_owned().into(),
        first_name: email.split('@').next().unwrap_or_default().to_owned(),
        last_name: String::new(),
        locales: vec!["fr-FR".to_owned()],
        timezone: chrono_tz::Europe::Paris,
        memberships: vec![membership],
    }
}
