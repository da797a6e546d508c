//! Makes an order of what a client sends.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value};

use super::customer::OrderCustomer;
use super::elements::Element;
use super::form::{Form, Reading};
use super::status::{OrderStatus, ServiceType};
use super::{Deal, LoyaltyOperation, Order};
use crate::state::World;
use crate::state::callbacks::EventType;
use crate::state::events::{Happening, States, Subject};
use crate::state::fields::FieldError;
use crate::state::identifiers::{ClientId, LocationId, OrderId};
use crate::state::private_refs::PrivateRefs;

impl World {
    /// Checks and keeps the order, and tells those who listen. Nothing is kept of an order that has anything wrong.
    pub(crate) fn create_order(
        &mut self,
        by: &ClientId,
        location: &LocationId,
        body: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<OrderId, Vec<FieldError>> {
        let found = self.directory.location(location);
        let (account, _) = found.ok_or_else(|| vec![FieldError::new("location_id", "does not exist")])?;
        let (account_id, currency) = (account.id.clone(), account.currency.clone());
        let deal_keys = body.get("deals").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect();
        let reading = Reading::new(Some(by), &currency, deal_keys);
        let form = reading.form(body);
        let mut order = Order::read(&form, by, location, now);
        let customer = self.customer_named_in(&form, location);
        let private_ref = order.private_refs.of(Some(by));
        if private_ref.is_some_and(|reference| self.records.is_private_ref_taken(&order, by, reference)) {
            form.refuse("private_ref", "has already been taken");
        }
        reading.finish()?;
        if let Some(customer) = &customer {
            self.attach_customer(&mut order, customer);
        }
        let order_id = order.id.clone();
        self.records.orders.push(order.clone());
        let happening = Happening {
            by: Some(by.clone()),
            event_type: EventType::Create,
            account_id,
            subject: Subject::Order { location_id: location.clone(), order_id: order_id.clone() },
        };
        self.publish(&happening, now, |world, client| States {
            new_state: Some(order.seen_by(Some(client), &world.directory)),
            ..States::default()
        });
        if let Some(customer) = &customer {
            self.operate_cards(&order, customer, by, now);
        }
        Ok(order_id)
    }
}

impl Order {
    pub(super) fn read(form: &Form<'_>, by: &ClientId, location: &LocationId, now: DateTime<Utc>) -> Self {
        let currency = form.reading.currency;
        if !form.has("status") {
            form.refuse("status", "can't be blank");
        }
        let mut private_refs = PrivateRefs::default();
        private_refs.set(by, form.private_ref());
        Self {
            id: OrderId::generate(),
            location_id: location.clone(),
            created_at: now.trunc_subsecs(0),
            created_by: by.clone(),
            currency: currency.to_owned(),
            private_refs,
            reference: form.text("ref"),
            status: form.status().unwrap_or(OrderStatus::New),
            service_type: form.word("service_type", ServiceType::parse),
            service_type_ref: form.text("service_type_ref"),
            expected_time: form.time("expected_time"),
            confirmed_time: form.time("confirmed_time"),
            customer_notes: form.text("customer_notes"),
            seller_notes: form.text("seller_notes"),
            collection_code: form.text("collection_code"),
            coupon_codes: form.texts("coupon_codes"),
            items: form.list("items").iter().map(Element::read).collect(),
            deals: form.deals(),
            discounts: form.list("discounts").iter().map(Element::read).collect(),
            charges: form.list("charges").iter().map(Element::read).collect(),
            payments: form.list("payments").iter().map(Element::read).collect(),
            customer: OrderCustomer::guest(form.inner("customer").as_ref(), currency),
            delivery: None,
            loyalty_operations: form.list("loyalty_operations").iter().map(LoyaltyOperation::read).collect(),
            custom_fields: form.object("custom_fields").cloned().unwrap_or_default(),
        }
    }
}

impl Form<'_> {
    /// A status that is there must be one: null is none.
    pub(super) fn status(&self) -> Option<OrderStatus> {
        let status = self.word("status", OrderStatus::parse);
        if self.is_null("status") {
            self.refuse("status", "can't be blank");
        }
        status
    }

    fn deals(&self) -> Vec<Deal> {
        let Some(deals) = self.inner("deals") else {
            return Vec::new();
        };
        let deal = |key| {
            let Some(form) = deals.inner(key) else {
                deals.refuse(key, "must be an object");
                return Deal { name: String::new(), reference: None };
            };
            Deal { name: form.required_text("name"), reference: form.text("ref") }
        };
        deals.names().map(deal).collect()
    }
}

impl LoyaltyOperation {
    fn read(form: &Form<'_>) -> Self {
        Self {
            reference: form.text("ref"),
            name: form.text("name"),
            delta: form.required_number("delta"),
            reason: form.text("reason"),
        }
    }
}
