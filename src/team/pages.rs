//! **Équipe**: who has access.

use askama::Template;
use chrono::{DateTime, Utc};

use super::service::Member;
use crate::{organisations::Role, web::Frame};

/// One person in the list.
pub(super) struct Row {
    pub id: String,
    pub member: Member,
    /// Whether it is the reader.
    pub is_reader: bool,
    /// Whether the role at HubRise must be proved again.
    pub has_lapsed: bool,
}

/// One invitation in the list.
pub(super) struct InvitationRow {
    pub id: String,
    pub note: Option<String>,
    pub is_manager: bool,
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// A word: `open`, `used`, `expired` or `cancelled`.
    pub standing: &'static str,
    pub used_at: Option<DateTime<Utc>>,
    pub used_by: Option<String>,
}

/// `/settings/team`
#[derive(Template)]
#[template(path = "team/team.html")]
pub(super) struct TeamPage {
    pub frame: Frame,
    pub rows: Vec<Row>,
    pub invitations: Vec<InvitationRow>,
    /// Whether anybody came in by a role at HubRise.
    pub any_by_hubrise: bool,
    /// What was typed for a new invitation.
    pub note: String,
    pub error: Option<String>,
}

/// `/settings/team/{user}/remove`
#[derive(Template)]
#[template(path = "team/remove.html")]
pub(super) struct RemovePage {
    pub frame: Frame,
    pub id: String,
    pub member: Member,
    pub is_reader: bool,
    pub error: Option<String>,
}

/// `/settings/team/invitations/{id}`
#[derive(Template)]
#[template(path = "team/invitation.html")]
pub(super) struct InvitationPage {
    pub frame: Frame,
    pub row: InvitationRow,
    /// The link, while it is of any use, for whoever made it.
    pub address: Option<String>,
}
