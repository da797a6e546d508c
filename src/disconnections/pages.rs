//! The page that asks before a connection is cut, and the receipt afterwards.

use askama::Template;
use axum::response::Response;

use super::Receipt;
use crate::{
    connections::Link,
    web::{AppError, Frame, page},
};

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
    /// Where TicknCook's support goes back to.
    pub back: Option<String>,
}

/// The page of any receipt, for TicknCook's support; `back` is a path of the console.
///
/// # Errors
/// When the template fails, which would be a fault of ours.
pub fn show_to_support(frame: Frame, receipt: Receipt, back: String) -> Result<Response, AppError> {
    page(&ReceiptPage { frame, receipt, back: Some(back) })
}
