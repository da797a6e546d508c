//! What a guest sees of an invitation.

use askama::Template;

use crate::web::Frame;

/// `/invitation`
#[derive(Template)]
#[template(path = "team/join.html")]
pub(super) struct JoinPage {
    pub frame: Frame,
    /// Which invitation it is about.
    pub id: String,
    pub organisation_name: String,
    /// Whether the guest will manage.
    pub is_manager: bool,
    pub invited_by: Option<String>,
    /// Who the guest is, if that is known: signed in, or known to HubRise.
    pub who: Option<String>,
    pub email: String,
    pub error: Option<String>,
}

/// `/invitation` when it is of no use
#[derive(Template)]
#[template(path = "team/join_over.html")]
pub(super) struct JoinOverPage {
    pub frame: Frame,
    pub title: String,
    pub text: String,
}
