//! The page of the points of sale, and the one that asks before one is deleted.

use askama::Template;

use crate::{
    connections::{Link, service::Occupied},
    web::Frame,
};

/// One point of sale in the list.
pub(super) struct Row {
    pub id: String,
    pub name: String,
    /// What it is linked to, if it is.
    pub connection: Option<Occupied>,
    /// The receipt of a former connection, while HubRise has not confirmed its revocation.
    pub revoking: Option<String>,
}

/// `/points-of-sale`
#[derive(Template)]
#[template(path = "points_of_sale/list.html")]
pub(super) struct ListPage {
    pub frame: Frame,
    pub rows: Vec<Row>,
    /// Whether this person may add and delete.
    pub may_change: bool,
}

/// `/points-of-sale/{id}/delete`
#[derive(Template)]
#[template(path = "points_of_sale/delete.html")]
pub(super) struct DeletePage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    /// What it is linked to, if it is.
    pub link: Option<Link>,
}
