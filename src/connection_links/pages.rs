//! **Envoyer un lien au propriétaire**

use askama::Template;
use chrono::{DateTime, Utc};

use crate::web::Frame;

/// A link in the list.
pub(super) struct Row {
    pub id: String,
    pub point_of_sale_name: String,
    pub account_name: String,
    pub location_name: String,
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// A word: `open`, `overtaken`, `used`, `expired` or `cancelled`.
    pub standing: &'static str,
    pub used_at: Option<DateTime<Utc>>,
    /// The location that it was used for.
    pub used_location: Option<String>,
}

/// A point of sale to choose.
pub(super) struct Choice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}

/// `/services/hubrise/links`
#[derive(Template)]
#[template(path = "connection_links/links.html")]
pub(super) struct LinksPage {
    pub frame: Frame,
    pub base: String,
    pub organisation_name: String,
    pub rows: Vec<Row>,
    pub choices: Vec<Choice>,
    pub new_chosen: bool,
    pub new_name: String,
    pub account_name: String,
    pub location_name: String,
    pub error: Option<String>,
}

/// `/services/hubrise/links/{id}`
#[derive(Template)]
#[template(path = "connection_links/link.html")]
pub(super) struct LinkPage {
    pub frame: Frame,
    pub base: String,
    pub row: Row,
    /// The link, its QR code's width and outline, while it is of any use, for whoever may see it.
    pub address: Option<(String, usize, String)>,
}

/// `/links/{secret}` when it is of no use
#[derive(Template)]
#[template(path = "connection_links/over.html")]
pub(super) struct OverPage {
    pub frame: Frame,
    pub title: String,
    pub text: String,
}
