//! Private refs: a client's own reference for a thing of HubRise's, which no other client sees.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::identifiers::ClientId;

/// One reference a client at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PrivateRefs(BTreeMap<ClientId, String>);

impl PrivateRefs {
    /// The longest that HubRise takes, in characters.
    pub(crate) const LONGEST: usize = 255;

    /// What the client sees; nothing, for the back office.
    pub(crate) fn of(&self, client: Option<&ClientId>) -> Option<&str> {
        client.and_then(|client| self.0.get(client)).map(String::as_str)
    }

    pub(crate) fn set(&mut self, client: &ClientId, reference: Option<String>) {
        match reference {
            Some(reference) => self.0.insert(client.clone(), reference),
            None => self.0.remove(client),
        };
    }
}

impl From<BTreeMap<ClientId, String>> for PrivateRefs {
    fn from(references: BTreeMap<ClientId, String>) -> Self {
        Self(references)
    }
}
