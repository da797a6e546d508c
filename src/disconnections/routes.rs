//! The page that asks before a connection is cut, and the receipt.

use axum::{extract::State, response::Response, routing::get};

use super::{
    Requester,
    pages::{DisconnectPage, ReceiptPage},
    service,
};
use crate::{
    app::App,
    connections,
    ids::{ConnectionId, DisconnectionId},
    organisations::{Manager, Member},
    web::{AppError, Frame, PathId, Routes, Section, page, see},
};

/// `/services/hubrise/connections/{id}/disconnect`, `/receipts/{id}`
pub fn router() -> Routes {
    Routes::new()
        .route("/services/hubrise/connections/{id}/disconnect", get(confirm_disconnection).post(disconnect))
        .route("/receipts/{id}", get(show_receipt))
}

async fn confirm_disconnection(
    State(app): State<App>,
    PathId(id): PathId<ConnectionId>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let connection = connections::service::find(&mut *app.db.acquire().await?, member.organisation, id).await?;
    let connection = connection.ok_or(AppError::NotFound)?;
    page(&DisconnectPage {
        frame: frame.at(Section::Services).of(&member.acting),
        id: id.to_string(),
        link: connection.link(),
        point_of_sale_name: connection.point_of_sale_name,
    })
}

async fn disconnect(
    State(app): State<App>,
    PathId(id): PathId<ConnectionId>,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let requester = Requester::User(member.acting.user);
    let receipt =
        service::disconnect(&app, member.organisation, id, requester, None).await?.ok_or(AppError::NotFound)?;
    Ok(see(&format!("/receipts/{receipt}")))
}

async fn show_receipt(
    State(app): State<App>,
    PathId(id): PathId<DisconnectionId>,
    frame: Frame,
    member: Member,
) -> Result<Response, AppError> {
    let receipt = service::receipt(&app, member.organisation, id).await?.ok_or(AppError::NotFound)?;
    page(&ReceiptPage { frame: frame.at(Section::PointsOfSale).of(&member.acting), receipt, back: None })
}
