//! The page that asks before a connection is cut, and the receipt afterwards.

use askama::Template;

use super::Receipt;
use crate::{connections::Link, web::Frame};

/// `/services/hubrise/connections/{id}/disconnect`
#[derive(Template)]
#[template(path = "disconnections/disconnect.html")]
pub(super) struct DisconnectPage {
    pub frame: Frame,
    pub id: String,
    pub point_of_sale_name: String,
    pub link: Link,
}

/// `/receipts/{id}`
#[derive(Template)]
#[template(path = "disconnections/receipt.html")]
pub(super) struct ReceiptPage {
    pub frame: Frame,
    pub receipt: Receipt,
}
