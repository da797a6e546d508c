//! The pages of the points of sale.

use axum::{extract::State, response::Response, routing::get};

use super::{
    pages::{DeletePage, ListPage, Row},
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

async fn show_points_of_sale(State(app): State<App>, frame: Frame, member: Member) -> Result<Response, AppError> {
    let places = connections::service::places_verified(&app, member.organisation).await?;
    let revoking = disconnections::service::open_receipts(&app, &member).await?;
    let receipt_of = |id| revoking.iter().find(|open| open.point_of_sale_id == id).map(|open| open.id.to_string());
    let rows = places.into_iter().map(|place| Row {
        connection: place.occupied,
        revoking: receipt_of(place.point_of_sale.id),
        id: place.point_of_sale.id.to_string(),
        name: place.point_of_sale.name,
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
    let link = connection.map(|connection| connection.link());
    let frame = frame.at(Section::PointsOfSale).of(&member.acting);
    page(&DeletePage { frame, id: id.to_string(), name: found.name, link })
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
