//! What HubRise leaves open, as switches: a client must survive either reading.

use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) token_after_revoke: AfterRevoke,
    pub(crate) revoke_twice: RevokeTwice,
}

/// The token a location gets when it is authorised again after a revoke.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AfterRevoke {
    #[default]
    New,
    Same,
}

/// The answer to revoking a token that is revoked already, or that never was.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RevokeTwice {
    Ok,
    /// The harsher reading, and so the better default for a test.
    #[default]
    NotFound,
}

/// A change of some of the switches.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    token_after_revoke: Option<AfterRevoke>,
    revoke_twice: Option<RevokeTwice>,
}

impl Settings {
    pub(crate) fn apply(&mut self, change: &SettingsChange) {
        self.token_after_revoke = change.token_after_revoke.unwrap_or(self.token_after_revoke);
        self.revoke_twice = change.revoke_twice.unwrap_or(self.revoke_twice);
    }
}
