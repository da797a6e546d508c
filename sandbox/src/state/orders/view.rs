//! An order as a client sees it: with its own private refs, and times in the location's offset.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::Order;
use super::elements::{Content, Element};
use crate::state::directory::Directory;
use crate::state::identifiers::ClientId;

impl Order {
    /// The whole order; `None` sees no private ref.
    pub(crate) fn seen_by(&self, client: Option<&ClientId>, directory: &Directory) -> Value {
        let time = |moment: DateTime<Utc>| directory.time_of(&self.location_id, moment);
        let deals = self.deals.iter().enumerate();
        let deals: Map<String, Value> = deals.map(|(key, deal)| (key.to_string(), json!(deal))).collect();
        json!({
            "id": self.id,
            "location_id": self.location_id,
            "ref": self.reference,
            "private_ref": self.private_refs.of(client),
            "status": self.status,
            "service_type": self.service_type,
            "service_type_ref": self.service_type_ref,
            "created_at": time(self.created_at),
            "created_by": directory.client_name(&self.created_by),
            "expected_time": self.expected_time.map(time),
            "confirmed_time": self.confirmed_time.map(time),
            "customer_notes": self.customer_notes,
            "seller_notes": self.seller_notes,
            "collection_code": self.collection_code,
            "coupon_codes": self.coupon_codes,
            "total": self.total(),
            "total_discrepancy": null,
            "payment_discrepancy": self.payment_discrepancy(),
            "items": elements(&self.items, client),
            "deals": deals,
            "discounts": elements(&self.discounts, client),
            "charges": elements(&self.charges, client),
            "payments": elements(&self.payments, client),
            "customer": self.customer.seen_by(client),
            "delivery": self.delivery.as_ref().map(|delivery| delivery.in_order(&time)),
            "loyalty_operations": self.loyalty_operations,
            "custom_fields": self.custom_fields,
        })
    }
}

fn elements<T: Content>(all: &[Element<T>], client: Option<&ClientId>) -> Vec<Value> {
    all.iter().map(|element| element.seen_by(client)).collect()
}

impl Directory {
    /// As the API writes a moment for a location: with its offset, to the second.
    pub(crate) fn time_of(&self, location: &crate::state::LocationId, moment: DateTime<Utc>) -> String {
        let local = match self.location(location) {
            Some((account, _)) => self.time_at(&account.id, Some(location), moment),
            None => moment.fixed_offset(),
        };
        local.to_rfc3339_opts(SecondsFormat::Secs, false)
    }
}
