//! Who is signed in to the back office, browser by browser. Kept in memory only: a new start signs everyone out.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::secrets::SessionToken;

#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Vec<Session>>);

#[derive(Debug)]
struct Session {
    token: SessionToken,
    email: String,
}

impl Sessions {
    pub(crate) fn sign_in(&self, email: &str) -> SessionToken {
        let token = SessionToken::generate();
        self.lock().push(Session { token: token.clone(), email: email.to_owned() });
        token
    }

    /// The e-mail address of the user that this session belongs to.
    pub(crate) fn email(&self, token: &str) -> Option<String> {
        self.lock().iter().find(|session| session.token.matches(token)).map(|session| session.email.clone())
    }

    pub(crate) fn sign_out(&self, token: &str) {
        self.lock().retain(|session| !session.token.matches(token));
    }

    pub(crate) fn sign_everyone_out(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
