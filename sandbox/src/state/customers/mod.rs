//! Customers: who is on a customer list, with what each client may see of them. Loyalty cards are kept with the
//! customer who holds them.

mod changes;
mod form;
mod lists;
mod loyalty;

pub(crate) use loyalty::{CardForm, LoyaltyCard, LoyaltyOperation, OperationForm};

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::identifiers::{AccountId, ClientId, CustomerId, CustomerListId};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "HubRise calls it `customer_list_id`")]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    pub(crate) account_id: AccountId,
    pub(crate) customer_list_id: CustomerListId,
    /// In the time of the list's location.
    pub(crate) created_at: DateTime<FixedOffset>,
    pub(crate) anonymised: bool,
    /// Each is visible to the client that set it.
    pub(crate) private_refs: BTreeMap<ClientId, String>,
    pub(crate) details: CustomerDetails,
    pub(crate) orders: OrderCount,
    pub(crate) loyalty_cards: Vec<LoyaltyCard>,
}

/// What a client writes about a customer, named as the API names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CustomerDetails {
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) gender: Option<String>,
    pub(crate) birth_date: Option<String>,
    pub(crate) company_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) phone_access_code: Option<String>,
    pub(crate) address_1: Option<String>,
    pub(crate) address_2: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) latitude: Option<String>,
    pub(crate) longitude: Option<String>,
    pub(crate) delivery_notes: Option<String>,
    pub(crate) sms_marketing: bool,
    pub(crate) email_marketing: bool,
    pub(crate) custom_fields: Map<String, Value>,
}

/// The customer's orders so far, in figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OrderCount {
    count: u32,
    total_cents: i64,
    currency: String,
    first: Option<DateTime<FixedOffset>>,
    last: Option<DateTime<FixedOffset>>,
}

impl OrderCount {
    fn none_in(currency: &str) -> Self {
        Self { count: 0, total_cents: 0, currency: currency.to_owned(), first: None, last: None }
    }

    fn total(&self) -> String {
        let sign = if self.total_cents < 0 { "-" } else { "" };
        let cents = self.total_cents.unsigned_abs();
        format!("{sign}{}.{:02} {}", cents / 100, cents % 100, self.currency)
    }
}

impl Customer {
    /// As the API shows it to a client.
    pub(crate) fn seen_by(&self, client: &ClientId) -> Value {
        let time = |moment: Option<DateTime<FixedOffset>>| moment.map(|moment| moment.to_rfc3339());
        let mut customer = self.details.to_map();
        let more = [
            ("id", json!(self.id)),
            ("customer_list_id", json!(self.customer_list_id)),
            ("anonymised", json!(self.anonymised)),
            ("private_ref", json!(self.private_refs.get(client))),
            ("created_at", json!(self.created_at.to_rfc3339())),
            ("nb_orders", json!(self.orders.count)),
            ("order_total", json!(self.orders.total())),
            ("first_order_date", json!(time(self.orders.first))),
            ("last_order_date", json!(time(self.orders.last))),
            ("loyalty_cards", self.loyalty_cards.iter().map(LoyaltyCard::in_customer).collect()),
        ];
        customer.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(customer)
    }

    /// First and last name; empty for someone who gave neither.
    pub(crate) fn name(&self) -> String {
        let names = [&self.details.first_name, &self.details.last_name];
        names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Adds an order to the figures.
    pub(crate) fn count_order(&mut self, total_cents: i64, at: DateTime<FixedOffset>) {
        self.orders.count += 1;
        self.orders.total_cents = self.orders.total_cents.saturating_add(total_cents);
        self.orders.first = self.orders.first.or(Some(at));
        self.orders.last = Some(at);
    }
}

impl CustomerDetails {
    fn to_map(&self) -> Map<String, Value> {
        // Plain data: it cannot fail, and is an object.
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// Nothing personal is left; where the customer lived, roughly, and what clients attached, is.
    fn anonymise(&mut self) {
        let Self { city, state, country, sms_marketing, email_marketing, custom_fields, .. } = std::mem::take(self);
        *self = Self { city, state, country, sms_marketing, email_marketing, custom_fields, ..Self::default() };
    }
}
