//! The list of orders.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::pages::Pages;
use super::words::Words;
use crate::app::Shared;
use crate::state::{LocationId, Order, OrderStatus, World};
use crate::web::{Frame, Member, Menu};

struct OrderRow {
    id: String,
    time: String,
    location: String,
    status: OrderStatus,
    service_type: &'static str,
    customer: String,
    total: String,
    created_by: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/orders.html")]
pub(super) struct OrdersPage {
    frame: Frame,
    words: &'static Words,
    status: Option<OrderStatus>,
    orders: Vec<OrderRow>,
    pages: Pages,
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
    page: Option<String>,
}

pub(super) async fn list_orders(State(app): State<Shared>, member: Member, Query(filter): Query<Filter>) -> OrdersPage {
    let words = Words::of(member.visitor.language);
    let status = filter.status.as_deref().and_then(OrderStatus::parse);
    let page = filter.page.and_then(|page| page.parse().ok());
    let (pages, orders) = app.store.read(|world| {
        let account = member.places.account.as_ref().and_then(|id| world.directory.account(id));
        let shown = |id: &LocationId| {
            account.and_then(|account| account.location(id)).is_some_and(|location| member.places.includes(location))
        };
        let all = world.records.orders.iter().rev().filter(|order| shown(&order.location_id));
        let wanted: Vec<&Order> = all.filter(|order| status.is_none_or(|status| order.status == status)).collect();
        let status = status.map_or("", OrderStatus::as_str);
        let (pages, orders) = Pages::cut(wanted, page, "/data/orders", &[("status", status)]);
        (pages, orders.into_iter().map(|order| row(world, order, words)).collect())
    });
    OrdersPage { words, status, orders, pages, frame: Frame::within(member, Menu::Orders) }
}

fn row(world: &World, order: &Order, words: &Words) -> OrderRow {
    OrderRow {
        id: order.id.to_string(),
        time: time_at(world, &order.location_id, order.created_at),
        location: world
            .directory
            .location(&order.location_id)
            .map_or_else(|| order.location_id.to_string(), |(_, location)| location.label()),
        status: order.status,
        service_type: order.service_type.map_or(words.none, |service_type| (words.service_type)(service_type)),
        customer: customer_name(order),
        total: order.total().to_string(),
        created_by: world.directory.client_name(&order.created_by).to_owned(),
    }
}

/// Empty where there is none.
pub(super) fn customer_name(order: &Order) -> String {
    let names = ["first_name", "last_name"].into_iter().filter_map(|name| order.customer.text(name));
    names.collect::<Vec<_>>().join(" ")
}

/// In the time of the location.
pub(super) fn time_at(world: &World, location: &LocationId, moment: DateTime<Utc>) -> String {
    let account = world.directory.location(location).map(|(account, _)| &account.id);
    match account {
        Some(account) => world.directory.time_at(account, Some(location), moment).format("%d/%m/%Y %H:%M").to_string(),
        None => moment.format("%d/%m/%Y %H:%M").to_string(),
    }
}
