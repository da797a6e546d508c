//! Loyalty cards of the customers on a list, and the operations that change their balances.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::access::Access;
use super::body::Body;
use super::customer_lists;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::Shared;
use crate::state::{
    CardForm, Customer, CustomerId, CustomerListId, LoyaltyCard, LoyaltyCardId, LoyaltyOperation, LoyaltyOperationId,
    OperationForm, OrderId, World,
};

#[derive(Debug, Deserialize)]
struct Search {
    customer_id: Option<String>,
    name: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

type OneCard = Path<(CustomerListId, LoyaltyCardId)>;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/customer_lists/{id}/loyalty_cards", get(list_cards).post(create_card))
        .route("/customer_lists/{id}/loyalty_cards/{card}", get(show_card).patch(update_card).put(update_card))
        .route("/customer_lists/{id}/loyalty_cards/{card}/operations", get(list_operations).post(create_operation))
        .route("/customer_lists/{id}/loyalty_cards/{card}/operations/{operation}", get(show_operation))
}

async fn list_cards(
    State(app): State<Shared>,
    access: Access,
    Path(list): Path<CustomerListId>,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        customer_lists::find(world, &access, &list)?;
        let customers = world.records.customers_of(&list);
        let cards = customers.flat_map(|customer| customer.loyalty_cards.iter().map(move |card| (customer, card)));
        let cards: Vec<_> = cards.collect();
        paging.page_of_wanted(
            cards.iter(),
            |(customer, card)| search.finds(customer, card),
            |(_, card)| card.id.as_str(),
            |(customer, card)| card.shown(&customer.id),
        )
    })
}

async fn show_card(
    State(app): State<Shared>,
    access: Access,
    Path((list, card)): OneCard,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| {
        let (customer, card) = find(world, &access, &list, &card)?;
        Ok(Json(card.shown(&customer.id)))
    })
}

async fn create_card(
    State(app): State<Shared>,
    access: Access,
    Path(list): Path<CustomerListId>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        customer_lists::find_to_write(world, &access, &list)?;
        let holder = CustomerId::from(body.text("customer_id")?.unwrap_or_default());
        if !world.records.customers_of(&list).any(|customer| customer.id == holder) {
            return Err(ApiError::invalid_field("customer_id", "does not exist"));
        }
        let form = card_form(&body)?;
        let id = world.write_loyalty_card(&holder, None, form, &access.client_id, app.clock.now());
        let (customer, card) = find(world, &access, &list, &id.map_err(ApiError::invalid)?)?;
        Ok(Json(card.shown(&customer.id)))
    })
}

async fn update_card(
    State(app): State<Shared>,
    access: Access,
    Path((list, card)): OneCard,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let holder = find(world, &access, &list, &card)?.0.id.clone();
        customer_lists::find_to_write(world, &access, &list)?;
        let form = card_form(&body)?;
        let written = world.write_loyalty_card(&holder, Some(&card), form, &access.client_id, app.clock.now());
        written.map_err(ApiError::invalid)?;
        Ok(Json(find(world, &access, &list, &card)?.1.shown(&holder)))
    })
}

/// The newest first.
async fn list_operations(
    State(app): State<Shared>,
    access: Access,
    Path((list, card)): OneCard,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        let (customer, card) = find(world, &access, &list, &card)?;
        let operations = card.operations.iter().rev();
        paging.page(operations, |operation| operation.id.as_str(), |operation| operation.shown(&customer.id))
    })
}

async fn show_operation(
    State(app): State<Shared>,
    access: Access,
    Path((list, card, operation)): Path<(CustomerListId, LoyaltyCardId, LoyaltyOperationId)>,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| {
        let (customer, card) = find(world, &access, &list, &card)?;
        show(customer, card, &operation)
    })
}

async fn create_operation(
    State(app): State<Shared>,
    access: Access,
    Path((list, card)): OneCard,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let holder = find(world, &access, &list, &card)?.0.id.clone();
        customer_lists::find_to_write(world, &access, &list)?;
        let delta = body.0.get("delta").and_then(Value::as_str).and_then(|text| text.parse::<Decimal>().ok());
        let delta = delta.ok_or_else(|| ApiError::invalid_field("delta", "must be a decimal, as a string"))?;
        let order = match body.text("order_id")?.map(OrderId::from) {
            None => None,
            Some(id) => {
                let account = access.account(&world.directory)?;
                let found = world.records.orders.iter().find(|order| order.id == id);
                let found = found.filter(|order| account.location(&order.location_id).is_some());
                let order = found.ok_or_else(|| ApiError::invalid_field("order_id", "does not exist"))?;
                Some((order.location_id.clone(), id))
            }
        };
        let form = OperationForm { order, reason: body.text("reason")?, delta };
        let made = world.operate_loyalty_card(&holder, &card, form, &access.client_id, app.clock.now());
        let made = made.map_err(ApiError::invalid)?;
        let (customer, card) = find(world, &access, &list, &card)?;
        show(customer, card, &made)
    })
}

fn show(customer: &Customer, card: &LoyaltyCard, id: &LoyaltyOperationId) -> Result<Json<Value>, ApiError> {
    let found = card.operations.iter().find(|operation: &&LoyaltyOperation| operation.id == *id);
    found.map(|operation| Json(operation.shown(&customer.id))).ok_or_else(|| ApiError::not_found("Loyalty operation"))
}

fn find<'a>(
    world: &'a World,
    access: &Access,
    list: &CustomerListId,
    card: &LoyaltyCardId,
) -> Result<(&'a Customer, &'a LoyaltyCard), ApiError> {
    customer_lists::find(world, access, list)?;
    let found = world.records.loyalty_card(card).filter(|(customer, _)| customer.customer_list_id == *list);
    found.ok_or_else(|| ApiError::not_found("Loyalty card"))
}

fn card_form(body: &Body) -> Result<CardForm, ApiError> {
    let field = |name: &str| body.0.contains_key(name).then(|| body.text(name)).transpose();
    Ok(CardForm { name: field("name")?, reference: field("ref")? })
}

impl Search {
    fn finds(&self, customer: &Customer, card: &LoyaltyCard) -> bool {
        self.customer_id.as_deref().is_none_or(|wanted| customer.id.as_str() == wanted)
            && self.name.as_ref().is_none_or(|wanted| card.name.as_ref() == Some(wanted))
            && self.reference.as_ref().is_none_or(|wanted| card.reference.as_ref() == Some(wanted))
    }
}
