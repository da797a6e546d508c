//! The pages of the points of sale.

use std::collections::HashMap;

use axum::{extract::State, response::Response, routing::get};

use super::{
    pages::{DeletePage, ListPage, Row, RowConnection},
    service,
};
use crate::{
    app::App,
    connections,
    disconnections::{self, Requester},
    ids::PointOfSaleId,
    organisations::{Manager, Member},
    web::{AppError, Frame, PathId, Routes, Section, page, see},
};

/// `/points-of-sale`
pub fn router() -> Routes {
    Routes::new()
        .route("/points-of-sale", get(show_points_of_sale))
        .route("/points-of-sale/{id}/delete", get(confirm_deletion).post(delete_point_of_sale))
}

impl From<connections::Connection> for RowConnection {
    fn from(connection: connections::Connection) -> Self {
        Self { link: connection.link(), health: connection.health() }
    }
}

async fn show_points_of_sale(State(app): State<App>, frame: Frame, member: Member) -> Result<Response, AppError> {
    let connections = connections::service::list_verified(&app, member.organisation).await?;
    let mut connections: HashMap<_, _> =
        connections.into_iter().map(|connection| (connection.point_of_sale, connection)).collect();
    let mut db = app.db.acquire().await?;
    let revoking = disconnections::service::open_receipts(&mut db, member.organisation).await?;
    let receipt_of = |id| revoking.iter().find(|open| open.point_of_sale_id == id).map(|open| open.id.to_string());
    let rows = service::list(&mut db, member.organisation).await?.into_iter().map(|found| Row {
        connection: connections.remove(&found.id).map(RowConnection::from),
        revoking: receipt_of(found.id),
        id: found.id.to_string(),
        name: found.name,
    });
    let frame = frame.at(Section::PointsOfSale).of(&member.acting);
    page(&ListPage { frame, rows: rows.collect(), may_change: member.may_change() })
}

async fn confirm_deletion(
    State(app): State<App>,
    PathId(id): PathId<PointOfSaleId>,
    frame: Frame,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let mut db = app.db.acquire().await?;
    let found = service::find(&mut db, member.organisation, id).await?.ok_or(AppError::NotFound)?;
    let connection = connections::service::of_point_of_sale(&mut db, member.organisation, id).await?;
    let connection = connection.map(RowConnection::from);
    let row = Row { id: id.to_string(), name: found.name, connection, revoking: None };
    page(&DeletePage { frame: frame.at(Section::PointsOfSale).of(&member.acting), row })
}

async fn delete_point_of_sale(
    State(app): State<App>,
    PathId(id): PathId<PointOfSaleId>,
    Manager(member): Manager,
) -> Result<Response, AppError> {
    let requester = Requester::User(member.acting.user);
    let receipt = disconnections::service::delete_point_of_sale(&app, member.organisation, id, requester, None).await?;
    let receipt = receipt.ok_or(AppError::NotFound)?;
    Ok(see(&format!("/receipts/{receipt}")))
}
