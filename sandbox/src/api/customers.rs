//! The customers of a list: searched, read, written and made nameless.

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::access::{Access, HeavyAccess};
use super::body::Body;
use super::customer_lists;
use super::error::ApiError;
use super::paging::{Page, Paging};
use crate::app::Shared;
use crate::state::{Customer, CustomerId, CustomerListId, World};

/// What a search may ask for; `*` stands for anything, and case does not matter.
#[derive(Debug, Deserialize)]
struct Search {
    private_ref: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

type OneCustomer = Path<(CustomerListId, CustomerId)>;

pub(super) fn router() -> Router<Shared> {
    let one = get(show_customer).patch(update_customer).put(update_customer);
    Router::new()
        .route("/customer_lists/{id}/customers", get(list_customers).post(create_customer))
        .route("/customer_lists/{id}/customers/{customer}", one)
        .route("/customer_lists/{id}/customers/{customer}/anonymise", post(anonymise_customer))
}

async fn list_customers(
    State(app): State<Shared>,
    HeavyAccess(access): HeavyAccess,
    Path(list): Path<CustomerListId>,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Page, ApiError> {
    app.store.read(|world| {
        customer_lists::find(world, &access, &list)?;
        paging.page_of_wanted(
            world.records.customers_of(&list),
            |customer| search.finds(customer, &access),
            |customer| customer.id.as_str(),
            |customer| customer.seen_by(&access.client_id),
        )
    })
}

async fn show_customer(
    State(app): State<Shared>,
    access: Access,
    Path((list, customer)): OneCustomer,
) -> Result<Json<Value>, ApiError> {
    app.store.read(|world| show(world, &access, &list, &customer))
}

async fn create_customer(
    State(app): State<Shared>,
    access: Access,
    Path(list): Path<CustomerListId>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        let account = customer_lists::find_to_write(world, &access, &list)?.id.clone();
        let created = world.create_customer((&account, &list), &body.0, Some(&access.client_id), app.clock.now());
        show(world, &access, &list, &created.map_err(ApiError::invalid)?)
    })
}

async fn update_customer(
    State(app): State<Shared>,
    access: Access,
    Path((list, customer)): OneCustomer,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        find(world, &access, &list, &customer)?;
        customer_lists::find_to_write(world, &access, &list)?;
        let updated = world.update_customer(&customer, &body.0, Some(&access.client_id), app.clock.now());
        updated.map_err(ApiError::invalid)?;
        show(world, &access, &list, &customer)
    })
}

async fn anonymise_customer(
    State(app): State<Shared>,
    access: Access,
    Path((list, customer)): OneCustomer,
) -> Result<Json<Value>, ApiError> {
    app.store.change(|world| {
        find(world, &access, &list, &customer)?;
        customer_lists::find_to_write(world, &access, &list)?;
        world.anonymise_customer(&customer, Some(&access.client_id), app.clock.now());
        show(world, &access, &list, &customer)
    })
}

fn show(world: &World, access: &Access, list: &CustomerListId, customer: &CustomerId) -> Result<Json<Value>, ApiError> {
    find(world, access, list, customer).map(|customer| Json(customer.seen_by(&access.client_id)))
}

fn find<'a>(
    world: &'a World,
    access: &Access,
    list: &CustomerListId,
    customer: &CustomerId,
) -> Result<&'a Customer, ApiError> {
    customer_lists::find(world, access, list)?;
    let found = world.records.customer(customer).filter(|customer| customer.customer_list_id == *list);
    found.ok_or_else(|| ApiError::not_found("Customer"))
}

impl Search {
    fn finds(&self, customer: &Customer, access: &Access) -> bool {
        let private_ref = customer.private_refs.get(&access.client_id);
        let details = &customer.details;
        self.private_ref.as_ref().is_none_or(|wanted| private_ref == Some(wanted))
            && matches(self.email.as_deref(), details.email.as_deref())
            && matches(self.phone.as_deref(), details.phone.as_deref())
    }
}

fn matches(pattern: Option<&str>, value: Option<&str>) -> bool {
    let Some(pattern) = pattern else {
        return true;
    };
    value.is_some_and(|value| is_like(&pattern.to_lowercase(), &value.to_lowercase()))
}

/// Whether a text is like a pattern, in which `*` stands for any text, also none.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(beginning) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').map_or(("", rest), |(middle, end)| (middle, end));
    // The first place is the best one: it leaves the most to find the others in.
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("a*", "a"),
            ("a*", "abc"),
            ("*c", "abc"),
            ("a*c", "abc"),
            ("*b*", "abc"),
            ("a*b*c*d", "axbxcxd"),
        ] {
            assert!(is_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*a", "a"), ("*b", "abc"), ("*b*b", "abc"), ("a*b*c", "acb"), ("", "a")]
        {
            assert!(!is_like(pattern, text), "{pattern} {text}");
        }
    }
}
