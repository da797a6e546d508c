//! Orders of a known customer: which customer is meant, what the order keeps of them, and what it does to their figures
//! and loyalty cards.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use super::customer::OrderCustomer;
use super::form::Form;
use super::{LoyaltyOperation, Order};
use crate::state::World;
use crate::state::customers::{CardForm, Customer, OperationForm};
use crate::state::identifiers::{ClientId, CustomerId, CustomerListId, LocationId, LoyaltyCardId};

/// What anonymising takes away.
const PERSONAL: [&str; 14] = [
    "email",
    "first_name",
    "last_name",
    "gender",
    "birth_date",
    "company_name",
    "phone",
    "phone_access_code",
    "address_1",
    "address_2",
    "postal_code",
    "latitude",
    "longitude",
    "delivery_notes",
];

impl World {
    /// The customer that an order names, by id or by list and private ref. `None` is a guest.
    pub(super) fn customer_named_in(&self, form: &Form<'_>, location: &LocationId) -> Option<CustomerId> {
        let (id, list) = (form.text("customer_id"), form.text("customer_list_id"));
        let private_ref = form.text("customer_private_ref");
        let by_ref = list.is_some() || private_ref.is_some();
        if (id.is_some() && by_ref) || (form.object("customer").is_some() && (id.is_some() || by_ref)) {
            form.refuse("customer", "is given in more than one way");
            return None;
        }
        let named = match (id, list, private_ref) {
            (Some(id), _, _) => self.records.customer(&id.into()).ok_or("customer_id"),
            (None, None, None) => {
                if !form.list("loyalty_operations").is_empty() {
                    form.refuse("loyalty_operations", "need a customer");
                }
                return None;
            }
            (None, None, Some(_)) => Err("customer_list_id"),
            (None, Some(list), private_ref) => {
                let mut customers = self.records.customers.iter();
                customers
                    .find(|customer| {
                        let own_ref = form.reading.by.and_then(|client| customer.private_refs.get(client));
                        customer.customer_list_id.as_str() == list
                            && own_ref.is_some()
                            && own_ref == private_ref.as_ref()
                    })
                    .ok_or("customer_private_ref")
            }
        };
        let named = named.and_then(|customer| {
            let usable = self.is_list_used_at(location, &customer.customer_list_id);
            if usable { Ok(customer.id.clone()) } else { Err("customer_id") }
        });
        named.map_err(|field| form.refuse(field, "does not exist")).ok()
    }

    /// Whether a customer list is the location's own, or its account's.
    fn is_list_used_at(&self, location: &LocationId, list: &CustomerListId) -> bool {
        self.directory
            .location(location)
            .is_some_and(|(account, location)| account.customer_lists_at(location).any(|known| known.id == *list))
    }

    /// Counts the order among the customer's, and keeps in it what the customer is like now.
    pub(super) fn attach_customer(&mut self, order: &mut Order, id: &CustomerId) {
        let total = (order.total().amount() * Decimal::ONE_HUNDRED).try_into().unwrap_or(i64::MAX);
        let found = self.directory.location(&order.location_id).map(|(account, _)| account.id.clone());
        let created_at = found.map_or_else(
            || order.created_at.fixed_offset(),
            |account| self.directory.time_at(&account, Some(&order.location_id), order.created_at),
        );
        if let Some(customer) = self.records.customer_mut(id) {
            customer.count_order(total, created_at);
            order.customer = OrderCustomer::known(customer, &order.created_by);
        }
    }

    /// Adds the order's points to the customer's cards, or takes them off. A card that is missing is made.
    pub(super) fn operate_cards(&mut self, order: &Order, holder: &CustomerId, by: &ClientId, now: DateTime<Utc>) {
        for operation in &order.loyalty_operations {
            let form = OperationForm {
                order: Some((order.location_id.clone(), order.id.clone())),
                reason: operation.reason.clone(),
                delta: operation.delta.value(),
            };
            let done = self
                .card_for(operation, holder, by, now)
                .and_then(|card| self.operate_loyalty_card(holder, &card, form, by, now));
            if let Err(errors) = done {
                tracing::warn!(order = %order.id, ?errors, "a loyalty operation of an order could not be carried out");
            }
        }
    }

    fn card_for(
        &mut self,
        operation: &LoyaltyOperation,
        holder: &CustomerId,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Result<LoyaltyCardId, Vec<crate::state::FieldError>> {
        let cards = self.records.customer(holder).into_iter().flat_map(|customer| &customer.loyalty_cards);
        let card = cards.into_iter().find(|card| card.reference == operation.reference);
        let id = card.map(|card| card.id.clone());
        let renamed = operation.name.is_some() && card.is_none_or(|card| card.name != operation.name);
        match id {
            Some(id) if !renamed => Ok(id),
            id => {
                let name = operation.name.is_some().then(|| operation.name.clone());
                let form = CardForm { name, reference: Some(operation.reference.clone()) };
                self.write_loyalty_card(holder, id.as_ref(), form, by, now)
            }
        }
    }

    /// Takes what is personal out of a customer's orders.
    pub(in crate::state) fn anonymise_orders_of(
        &mut self,
        customer: &CustomerId,
        by: Option<&ClientId>,
        now: DateTime<Utc>,
    ) {
        let theirs = self.records.orders.iter().filter(|order| order.customer.id.as_ref() == Some(customer));
        for before in theirs.cloned().collect::<Vec<_>>() {
            let mut after = before.clone();
            after.customer.details.insert("anonymised".to_owned(), Value::Bool(true));
            for name in PERSONAL {
                after.customer.details.insert(name.to_owned(), Value::Null);
            }
            self.replace_order(by, &before, after, now);
        }
    }
}

impl OrderCustomer {
    fn known(customer: &Customer, by: &ClientId) -> Self {
        let mut details = match customer.seen_by(by) {
            Value::Object(details) => details,
            _ => serde_json::Map::new(),
        };
        // Those of the order itself are kept apart, and shown to the client that they belong to.
        for name in ["id", "customer_list_id", "private_ref", "created_at"] {
            details.remove(name);
        }
        Self {
            id: Some(customer.id.clone()),
            customer_list_id: Some(customer.customer_list_id.clone()),
            private_refs: customer.private_refs.clone().into(),
            details,
        }
    }
}
