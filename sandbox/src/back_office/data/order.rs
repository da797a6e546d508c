//! One order, and changing where it stands. The private refs of clients are theirs alone, and are not shown.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::orders::{customer_name, time_at};
use super::refuse;
use super::words::Words;
use crate::app::Shared;
use crate::state::{AccountId, Item, ItemOption, LocationId, Order, OrderId, OrderStatus, Role, User, World};
use crate::web::{Frame, Member, Menu};

struct ItemRow {
    name: String,
    quantity: String,
    subtotal: String,
    deleted: bool,
    /// Name of the deal, and of the item's place in it.
    deal: Option<String>,
    notes: Option<String>,
    options: Vec<OptionRow>,
}

struct OptionRow {
    list: String,
    name: String,
    price: Option<String>,
    removed: bool,
}

/// A discount, a charge or a payment.
struct AmountRow {
    name: String,
    amount: String,
    deleted: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/order.html")]
struct OrderPage {
    frame: Frame,
    words: &'static Words,
    id: String,
    status: OrderStatus,
    may_change: bool,
    /// What there is to say of the order, with its label.
    facts: Vec<(&'static str, String)>,
    customer: Vec<(&'static str, String)>,
    items: Vec<ItemRow>,
    discounts: Vec<AmountRow>,
    charges: Vec<AmountRow>,
    payments: Vec<AmountRow>,
    total: String,
}

/// The order with its account, if one of the user's.
fn order_of<'a>(world: &'a World, user: &User, id: &OrderId) -> Option<(&'a AccountId, &'a Order)> {
    let order = world.records.orders.iter().find(|order| order.id == *id)?;
    let (account, _) = world.directory.location_of(user, &order.location_id)?;
    Some((&account.id, order))
}

pub(super) async fn show_order(State(app): State<Shared>, Path(id): Path<OrderId>, member: Member) -> Response {
    let words = Words::of(member.visitor.language);
    let found = app.store.read(|world| {
        let (account, order) = order_of(world, &member.user, &id)?;
        let may_change = member.role_at(account).is_some_and(Role::manages_connections);
        Some((order.clone(), facts(world, order, words), may_change))
    });
    let Some((order, facts, may_change)) = found else {
        return member.not_found();
    };
    let page =
        OrderPage {
            words,
            id: order.id.to_string(),
            status: order.status,
            may_change,
            facts,
            customer: customer(&order, words),
            items: order.items.iter().map(|item| item_row(&order, &item.content, item.deleted)).collect(),
            discounts: rows(order.discounts.iter().map(|element| {
                (element.content.name.as_str(), element.content.price_off.to_string(), element.deleted)
            })),
            charges: rows(
                order
                    .charges
                    .iter()
                    .map(|element| (element.content.name.as_str(), element.content.price.to_string(), element.deleted)),
            ),
            payments: rows(order.payments.iter().map(|element| {
                let name = element.content.name.as_deref().unwrap_or(words.none);
                (name, element.content.amount.to_string(), element.deleted)
            })),
            total: order.total().to_string(),
            frame: Frame::within(member, Menu::Orders),
        };
    page.into_response()
}

fn rows<'a>(amounts: impl Iterator<Item = (&'a str, String, bool)>) -> Vec<AmountRow> {
    amounts.map(|(name, amount, deleted)| AmountRow { name: name.to_owned(), amount, deleted }).collect()
}

fn facts(world: &World, order: &Order, words: &Words) -> Vec<(&'static str, String)> {
    let time = |moment| time_at(world, &order.location_id, moment);
    let location = world.directory.location(&order.location_id).map(|(_, location)| location.label());
    let all = [
        (words.location, location),
        (words.created_at, Some(time(order.created_at))),
        (words.created_by, Some(world.directory.client_name(&order.created_by).to_owned())),
        (words.reference, order.reference.clone()),
        (words.service, order.service_type.map(|service_type| (words.service_type)(service_type).to_owned())),
        (words.service_ref, order.service_type_ref.clone()),
        (words.collection_code, order.collection_code.clone()),
        (words.expected_time, order.expected_time.map(time)),
        (words.confirmed_time, order.confirmed_time.map(time)),
        (words.customer_notes, order.customer_notes.clone()),
        (words.seller_notes, order.seller_notes.clone()),
        (words.coupons, Some(order.coupon_codes.join(", "))),
    ];
    let known = all.into_iter().filter_map(|(label, fact)| Some((label, fact.filter(|fact| !fact.is_empty())?)));
    known.collect()
}

fn customer(order: &Order, words: &Words) -> Vec<(&'static str, String)> {
    let text =
        |names: &[&str]| names.iter().filter_map(|name| order.customer.text(name)).collect::<Vec<_>>().join(", ");
    let all = [
        (words.name, customer_name(order)),
        (words.phone, text(&["phone"])),
        (words.email, text(&["email"])),
        (words.address, text(&["address_1", "address_2", "postal_code", "city", "country"])),
        (words.delivery_notes, text(&["delivery_notes"])),
    ];
    all.into_iter().filter(|(_, fact)| !fact.is_empty()).collect()
}

fn item_row(order: &Order, item: &Item, deleted: bool) -> ItemRow {
    let size = item.sku_name.as_deref().map_or_else(String::new, |size| format!(", {size}"));
    let deal = item.deal_line.as_ref().and_then(|line| {
        let deal = &order.deals.get(line.deal)?.name;
        Some(line.label.as_ref().map_or_else(|| deal.clone(), |label| format!("{deal} · {label}")))
    });
    ItemRow {
        name: format!("{}{size}", item.product_name),
        quantity: item.quantity.value().normalize().to_string(),
        subtotal: item.subtotal().to_string(),
        deleted,
        deal,
        notes: item.customer_notes.clone(),
        options: item.options.iter().map(option_row).collect(),
    }
}

fn option_row(option: &ItemOption) -> OptionRow {
    let times = if option.quantity == 1 { String::new() } else { format!("{} × ", option.quantity) };
    OptionRow {
        list: option.option_list_name.clone(),
        name: format!("{times}{}", option.name),
        price: option.price.as_ref().map(ToString::to_string),
        removed: option.removed,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct StatusForm {
    status: String,
}

pub(super) async fn change_status(
    State(app): State<Shared>,
    Path(id): Path<OrderId>,
    member: Member,
    Form(form): Form<StatusForm>,
) -> Response {
    let found: Option<(AccountId, LocationId)> = app.store.read(|world| {
        let (account, order) = order_of(world, &member.user, &id)?;
        Some((account.clone(), order.location_id.clone()))
    });
    let Some((account, location)) = found else {
        return member.not_found();
    };
    if !member.role_at(&account).is_some_and(Role::manages_connections) {
        return member.forbidden();
    }
    let body = Map::from_iter([("status".to_owned(), Value::String(form.status))]);
    if app.store.change(|world| world.update_order(None, &location, &id, &body, app.clock.now())).is_err() {
        return refuse(member);
    }
    Redirect::to(&format!("/data/orders/{id}")).into_response()
}
