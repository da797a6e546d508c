//! Whether somebody knows the organisations that their account belongs to.

use serde::Deserialize;

use crate::team::belonging::Belonging;

/// What somebody says of them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It is their team.
    Known,
    /// They know nothing of it.
    Strange,
}

/// What a form answers. Said of nothing but what its page listed.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// As [`listed`] writes it.
    #[serde(default)]
    pub(super) listed: String,
    #[serde(default)]
    pub(super) verdict: Option<Verdict>,
}

/// Why nothing can be done by an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doubt {
    /// There is none.
    Unsaid,
    /// It is about others than those that the account belongs to now.
    Others,
}

impl Doubt {
    /// The key of what it is told with.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Unsaid => "password-team-unsaid",
            Self::Others => "password-team-others-now",
        }
    }
}

impl Answer {
    /// What is in the way of it, where these are in doubt.
    pub(super) fn doubt(&self, doubtful: &[Belonging]) -> Option<Doubt> {
        if doubtful.is_empty() {
            return None;
        }
        match self.verdict {
            None => Some(Doubt::Unsaid),
            Some(_) if self.listed != listed(doubtful) => Some(Doubt::Others),
            Some(_) => None,
        }
    }
}

/// Which are listed, for the form to say.
pub(super) fn listed(belongings: &[Belonging]) -> String {
    let mut ids: Vec<_> = belongings.iter().map(|belonging| belonging.organisation.to_string()).collect();
    ids.sort_unstable();
    ids.join(",")
}
