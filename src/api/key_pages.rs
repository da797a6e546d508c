//! The keys, as the organisation's managers see them.

use askama::Template;

use super::keys::Key;
use crate::web::Frame;

/// One key in the list.
pub(super) struct Row {
    pub id: String,
    pub key: Key,
    pub has_expired: bool,
}

/// `/settings/keys`
#[derive(Template)]
#[template(path = "api/keys.html")]
pub(super) struct KeysPage {
    pub frame: Frame,
    pub rows: Vec<Row>,
}

/// `/settings/keys/{id}/revoke`
#[derive(Template)]
#[template(path = "api/revoke_key.html")]
pub(super) struct RevokePage {
    pub frame: Frame,
    pub row: Row,
}
