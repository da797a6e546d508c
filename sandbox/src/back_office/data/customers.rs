//! Customer lists, who is on them, and correcting a name.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::pages::Pages;
use super::refuse;
use super::words::Words;
use crate::app::Shared;
use crate::state::{Account, Customer, CustomerId, CustomerList, CustomerListId, Location, Role, User, World};
use crate::web::{Frame, Member, Menu};

struct ListRow {
    id: String,
    label: String,
    /// `None` for the whole account.
    location: Option<String>,
    customers: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/customer_lists.html")]
pub(super) struct CustomerListsPage {
    frame: Frame,
    words: &'static Words,
    lists: Vec<ListRow>,
}

struct CustomerRow {
    id: String,
    name: String,
    phone: String,
    email: String,
    city: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/customers.html")]
struct CustomersPage {
    frame: Frame,
    words: &'static Words,
    list: CustomerListId,
    label: String,
    query: String,
    customers: Vec<CustomerRow>,
    pages: Pages,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/customer.html")]
struct CustomerPage {
    frame: Frame,
    words: &'static Words,
    list: CustomerListId,
    list_label: String,
    customer: Customer,
    facts: Vec<(&'static str, String)>,
    may_change: bool,
}

pub(super) async fn list_customer_lists(State(app): State<Shared>, member: Member) -> CustomerListsPage {
    let lists = app.store.read(|world| {
        let account = member.places.account.as_ref().and_then(|id| world.directory.account(id));
        account.map(|account| lists_of(world, account, &member)).unwrap_or_default()
    });
    CustomerListsPage {
        words: Words::of(member.visitor.language),
        lists,
        frame: Frame::within(member, Menu::Customers),
    }
}

fn lists_of(world: &World, account: &Account, member: &Member) -> Vec<ListRow> {
    let row = |location: Option<&Location>, list: &CustomerList| ListRow {
        id: list.id.to_string(),
        label: list.label(),
        location: location.map(Location::label),
        customers: world.records.customers_of(&list.id).count(),
    };
    let own = account.customer_lists.iter().map(|list| row(None, list));
    let locations = account.locations.iter().filter(|location| member.places.includes(location));
    let located =
        locations.flat_map(|location| location.customer_lists.iter().map(move |list| row(Some(location), list)));
    own.chain(located).collect()
}

/// A list with its account, if one of the user's.
fn list_of<'a>(world: &'a World, user: &User, id: &CustomerListId) -> Option<(&'a Account, &'a CustomerList)> {
    world.directory.accounts_of(user).find_map(|account| Some((account, account.customer_list(id)?.1)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    q: Option<String>,
    page: Option<String>,
}

pub(super) async fn list_customers(
    State(app): State<Shared>,
    Path(id): Path<CustomerListId>,
    member: Member,
    Query(search): Query<Search>,
) -> Response {
    let query = search.q.unwrap_or_default().trim().to_owned();
    let page = search.page.and_then(|page| page.parse().ok());
    let found = app.store.read(|world| {
        let (_, list) = list_of(world, &member.user, &id)?;
        let mut customers: Vec<&Customer> =
            world.records.customers_of(&id).filter(|customer| matches(customer, &query)).collect();
        customers.reverse();
        let (pages, customers) = Pages::cut(customers, page, &format!("/data/customers/{id}"), &[("q", &query)]);
        Some((list.label(), pages, customers.into_iter().map(customer_row).collect()))
    });
    let Some((label, pages, customers)) = found else {
        return member.not_found();
    };
    let words = Words::of(member.visitor.language);
    let frame = Frame::within(member, Menu::Customers);
    CustomersPage { frame, words, list: id, label, query, customers, pages }.into_response()
}

fn customer_row(customer: &Customer) -> CustomerRow {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    CustomerRow {
        id: customer.id.to_string(),
        name: customer.name(),
        phone: text(&customer.details.phone),
        email: text(&customer.details.email),
        city: text(&customer.details.city),
    }
}

/// By name, e-mail address or telephone number, of which the blanks count for nothing.
fn matches(customer: &Customer, query: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<String>();
    let query = plain(query);
    let details = [&customer.details.email, &customer.details.phone];
    plain(&customer.name()).contains(&query) || details.into_iter().flatten().any(|text| plain(text).contains(&query))
}

pub(super) async fn show_customer(
    State(app): State<Shared>,
    Path((list_id, id)): Path<(CustomerListId, CustomerId)>,
    member: Member,
) -> Response {
    let found = app.store.read(|world| {
        let (account, list) = list_of(world, &member.user, &list_id)?;
        let customer = world.records.customers_of(&list_id).find(|customer| customer.id == id)?;
        Some((customer.clone(), list.label(), member.role_at(&account.id).is_some_and(Role::manages_connections)))
    });
    let Some((customer, list_label, may_change)) = found else {
        return member.not_found();
    };
    let words = Words::of(member.visitor.language);
    let page = CustomerPage {
        words,
        list: list_id,
        list_label,
        facts: facts(&customer, words),
        customer,
        may_change,
        frame: Frame::within(member, Menu::Customers),
    };
    page.into_response()
}

fn facts(customer: &Customer, words: &Words) -> Vec<(&'static str, String)> {
    let details = &customer.details;
    let joined =
        |parts: &[&Option<String>]| parts.iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join(", ");
    let shown = [
        (words.email, joined(&[&details.email])),
        (words.phone, joined(&[&details.phone, &details.phone_access_code])),
        (words.company, joined(&[&details.company_name])),
        (
            words.address,
            joined(&[
                &details.address_1,
                &details.address_2,
                &details.postal_code,
                &details.city,
                &details.state,
                &details.country,
            ]),
        ),
        (words.delivery_notes, joined(&[&details.delivery_notes])),
        (words.created_at, customer.created_at.format("%d/%m/%Y %H:%M").to_string()),
    ];
    shown.into_iter().filter(|(_, fact)| !fact.is_empty()).collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct NameForm {
    first_name: String,
    last_name: String,
}

pub(super) async fn rename_customer(
    State(app): State<Shared>,
    Path((list_id, id)): Path<(CustomerListId, CustomerId)>,
    member: Member,
    Form(form): Form<NameForm>,
) -> Response {
    let found = app.store.read(|world| {
        let (account, _) = list_of(world, &member.user, &list_id)?;
        world.records.customers_of(&list_id).find(|customer| customer.id == id)?;
        Some(account.id.clone())
    });
    let Some(account) = found else {
        return member.not_found();
    };
    if !member.role_at(&account).is_some_and(Role::manages_connections) {
        return member.forbidden();
    }
    let name = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map_or(Value::Null, |text| json!(text));
    let body = Map::from_iter([
        ("first_name".to_owned(), name(&form.first_name)),
        ("last_name".to_owned(), name(&form.last_name)),
    ]);
    if app.store.change(|world| world.update_customer(&id, &body, None, app.clock.now())).is_err() {
        return refuse(member);
    }
    Redirect::to(&format!("/data/customers/{list_id}/{id}")).into_response()
}
