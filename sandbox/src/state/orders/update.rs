//! Changes an order: a few fields by their new value, and its elements by adding and deleting them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use thiserror::Error;

use super::Order;
use super::elements::{Content, Element};
use super::form::{Form, Reading};
use crate::state::World;
use crate::state::callbacks::EventType;
use crate::state::events::{Happening, States, Subject};
use crate::state::fields::FieldError;
use crate::state::identifiers::{ClientId, LocationId, OrderId};

/// Why an order stays as it is.
#[derive(Debug, Error)]
pub(crate) enum OrderRefusal {
    #[error("the order does not exist")]
    Unknown,
    #[error("the order has no delivery")]
    NoDelivery,
    #[error("the order cannot become that")]
    Invalid(Vec<FieldError>),
}

impl World {
    /// Applies what is right as a whole or nothing, and tells those who listen if there is anything to tell. `by` is
    /// `None` for the back office, which has no private refs.
    pub(crate) fn update_order(
        &mut self,
        by: Option<&ClientId>,
        location: &LocationId,
        order: &OrderId,
        body: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), OrderRefusal> {
        let previous = self.records.order(location, order).ok_or(OrderRefusal::Unknown)?.clone();
        let mut changed = previous.clone();
        let deal_keys = (0..previous.deals.len()).map(|key| key.to_string()).collect();
        let reading = Reading::new(by, &previous.currency, deal_keys);
        let form = reading.form(body);
        changed.apply(&form);
        if let Some(by) = by
            && let Some(reference) = changed.private_refs.of(Some(by))
            && form.has("private_ref")
            && self.records.is_private_ref_taken(&changed, by, reference)
        {
            form.refuse("private_ref", "has already been taken");
        }
        reading.finish().map_err(OrderRefusal::Invalid)?;
        self.replace_order(by, &previous, changed, now);
        Ok(())
    }

    /// Keeps the order as it has become. A change that no other client can see is no event.
    pub(super) fn replace_order(&mut self, by: Option<&ClientId>, before: &Order, after: Order, now: DateTime<Utc>) {
        let visible = before.seen_by(None, &self.directory) != after.seen_by(None, &self.directory);
        let account_id = self.directory.location(&after.location_id).map(|(account, _)| account.id.clone());
        if let Some(account_id) = account_id.filter(|_| visible) {
            let happening = Happening {
                by: by.cloned(),
                event_type: EventType::Update,
                account_id,
                subject: Subject::Order { location_id: after.location_id.clone(), order_id: after.id.clone() },
            };
            self.publish(&happening, now, |world, client| States {
                previous_state: Some(before.seen_by(Some(client), &world.directory)),
                new_state: Some(after.seen_by(Some(client), &world.directory)),
                ..States::default()
            });
        }
        if let Some(kept) = self.records.order_mut(&after.location_id, &after.id) {
            *kept = after;
        }
    }
}

impl Order {
    /// Fields that cannot be changed are ignored.
    fn apply(&mut self, form: &Form<'_>) {
        if form.has("status") {
            self.status = form.status().unwrap_or(self.status);
        }
        if form.has("confirmed_time") {
            self.confirmed_time = form.time("confirmed_time");
        }
        if form.has("seller_notes") {
            self.seller_notes = form.text("seller_notes");
        }
        if form.has("collection_code") {
            self.collection_code = form.text("collection_code");
        }
        if form.has("custom_fields") {
            self.custom_fields = form.object("custom_fields").cloned().unwrap_or_default();
        }
        if let Some(by) = form.reading.by.filter(|_| form.has("private_ref")) {
            self.private_refs.set(by, form.private_ref());
        }
        update_elements(&mut self.items, form, "items");
        update_elements(&mut self.discounts, form, "discounts");
        update_elements(&mut self.charges, form, "charges");
        update_elements(&mut self.payments, form, "payments");
    }
}

fn update_elements<T: Content>(elements: &mut Vec<Element<T>>, form: &Form<'_>, collection: &str) {
    for form in form.list(collection) {
        match form.text("id") {
            None => elements.push(Element::read(&form)),
            Some(id) => match elements.iter_mut().find(|element| element.id.as_str() == id) {
                Some(element) => element.update(&form),
                None => form.refuse("id", "does not exist"),
            },
        }
    }
}

impl<T> Element<T> {
    /// An element is deleted or given a private ref: for anything else, it is to be deleted and another one added.
    fn update(&mut self, form: &Form<'_>) {
        for name in form.names().filter(|name| !matches!(*name, "id" | "deleted" | "private_ref")) {
            form.refuse(name, "cannot be changed: delete the element and add another one");
        }
        match form.flag("deleted") {
            Some(true) => self.deleted = true,
            Some(false) if self.deleted => form.refuse("deleted", "cannot be reverted"),
            _ => {}
        }
        if let Some(by) = form.reading.by.filter(|_| form.has("private_ref")) {
            self.private_refs.set(by, form.private_ref());
        }
    }
}
