//! Which orders of a list are wanted.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::ApiError;
use crate::state::{ClientId, Directory, FieldError, Order, OrderStatus, parse_time};

/// The query, as it comes. What is empty is left out.
#[derive(Debug, Deserialize)]
pub(super) struct OrderFilter {
    after: Option<String>,
    before: Option<String>,
    status: Option<String>,
    created_by: Option<String>,
    private_ref: Option<String>,
    customer_id: Option<String>,
}

/// The query, understood.
#[derive(Debug)]
pub(super) struct Criteria<'a> {
    /// Inclusive.
    after: Option<DateTime<Utc>>,
    /// Exclusive.
    before: Option<DateTime<Utc>>,
    status: Option<OrderStatus>,
    /// A client's name.
    created_by: Option<&'a str>,
    private_ref: Option<&'a str>,
    customer_id: Option<&'a str>,
}

impl OrderFilter {
    pub(super) fn criteria(&self) -> Result<Criteria<'_>, ApiError> {
        let mut errors = Vec::new();
        let mut refuse = |name, message| errors.push(FieldError::new(name, message));
        let mut time = |name, text| {
            let time = text_of(text).map(query_time);
            if time == Some(None) {
                refuse(name, "is not a valid ISO 8601 time");
            }
            time.flatten()
        };
        let (after, before) = (time("after", self.after.as_ref()), time("before", self.before.as_ref()));
        let status = text_of(self.status.as_ref()).map(OrderStatus::parse);
        if status == Some(None) {
            refuse("status", "is not included in the list");
        }
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        Ok(Criteria {
            after,
            before,
            status: status.flatten(),
            created_by: text_of(self.created_by.as_ref()),
            private_ref: text_of(self.private_ref.as_ref()),
            customer_id: text_of(self.customer_id.as_ref()),
        })
    }
}

impl Criteria<'_> {
    pub(super) fn admit(&self, order: &Order, client: &ClientId, directory: &Directory) -> bool {
        let customer_id = order.customer.id.as_ref().map(AsRef::as_ref);
        self.after.is_none_or(|after| order.created_at >= after)
            && self.before.is_none_or(|before| order.created_at < before)
            && self.status.is_none_or(|status| order.status == status)
            && self.created_by.is_none_or(|name| directory.client_name(&order.created_by) == name)
            && self.private_ref.is_none_or(|reference| order.private_refs.of(Some(client)) == Some(reference))
            && self.customer_id.is_none_or(|id| customer_id == Some(id))
    }
}

fn text_of(parameter: Option<&String>) -> Option<&str> {
    parameter.map(String::as_str).filter(|text| !text.is_empty())
}

/// A `+` that was sent as it is arrives as a space: HubRise's own examples write it so.
fn query_time(text: &str) -> Option<DateTime<Utc>> {
    parse_time(&text.replace(' ', "+"))
}
