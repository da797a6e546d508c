//! The delivery of an order, as a carrier tells of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::form::{Form, Reading};
use super::status::{DeliveryStatus, ServiceType};
use super::{Order, OrderRefusal};
use crate::state::callbacks::EventType;
use crate::state::events::{Happening, States, Subject};
use crate::state::identifiers::{ClientId, ElementId, LocationId, OrderId};
use crate::state::numbers::{Money, Number};
use crate::state::{Directory, World};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: ElementId,
    pub(crate) carrier: String,
    pub(crate) carrier_ref: Option<String>,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) status: DeliveryStatus,
    pub(crate) fee: Option<Money>,
    pub(crate) tracking_url: Option<String>,
    pub(crate) driver_pickup_url: Option<String>,
    pub(crate) driver_name: Option<String>,
    pub(crate) driver_phone: Option<String>,
    pub(crate) driver_phone_access_code: Option<String>,
    driver_latitude: Option<Number>,
    driver_longitude: Option<Number>,
    estimated_pickup_at: Option<DateTime<Utc>>,
    estimated_dropoff_at: Option<DateTime<Utc>>,
    assigned_at: Option<DateTime<Utc>>,
    pickup_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
}

impl World {
    /// Attaches a delivery to an order for delivery that has none yet.
    pub(crate) fn create_delivery(
        &mut self,
        by: &ClientId,
        location: &LocationId,
        order: &OrderId,
        body: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), OrderRefusal> {
        let before = self.records.order(location, order).ok_or(OrderRefusal::Unknown)?.clone();
        let reading = Reading::new(Some(by), &before.currency, Vec::new());
        let form = reading.form(body);
        if before.service_type != Some(ServiceType::Delivery) {
            form.refuse("service_type", "of the order must be delivery");
        }
        if before.delivery.is_some() {
            form.refuse("delivery", "already exists");
        }
        if !form.has("status") || form.is_null("status") {
            form.refuse("status", "can't be blank");
        }
        let delivery = Delivery::read(&form, now);
        reading.finish().map_err(OrderRefusal::Invalid)?;
        self.replace_delivery(by, &before, delivery, now);
        Ok(())
    }

    /// Changes the fields that are given, but neither the carrier nor the fee.
    pub(crate) fn update_delivery(
        &mut self,
        by: &ClientId,
        location: &LocationId,
        order: &OrderId,
        body: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), OrderRefusal> {
        let before = self.records.order(location, order).ok_or(OrderRefusal::Unknown)?.clone();
        let mut delivery = before.delivery.clone().ok_or(OrderRefusal::NoDelivery)?;
        let reading = Reading::new(Some(by), &before.currency, Vec::new());
        let form = reading.form(body);
        if form.is_null("status") {
            form.refuse("status", "can't be blank");
        }
        delivery.apply(&form, now);
        reading.finish().map_err(OrderRefusal::Invalid)?;
        self.replace_delivery(by, &before, delivery, now);
        Ok(())
    }

    /// Tells of the delivery, then of the order, which shows it but for where the driver is.
    fn replace_delivery(&mut self, by: &ClientId, before: &Order, delivery: Delivery, now: DateTime<Utc>) {
        let mut after = before.clone();
        after.delivery = Some(delivery);
        let previous_state = before.shown_delivery(&self.directory);
        let new_state = after.shown_delivery(&self.directory);
        let account_id = self.directory.location(&after.location_id).map(|(account, _)| account.id.clone());
        if let Some(account_id) = account_id.filter(|_| previous_state != new_state) {
            let event_type = if previous_state.is_some() { EventType::Update } else { EventType::Create };
            let subject = Subject::Delivery { location_id: after.location_id.clone(), order_id: after.id.clone() };
            let happening = Happening { by: Some(by.clone()), event_type, account_id, subject };
            self.publish(&happening, now, |_, _| States {
                previous_state: previous_state.clone(),
                new_state: new_state.clone(),
                state_change: None,
            });
        }
        self.replace_order(Some(by), before, after, now);
    }
}

impl Order {
    /// The delivery as the API shows it by itself.
    pub(crate) fn shown_delivery(&self, directory: &Directory) -> Option<Value> {
        let delivery = self.delivery.as_ref()?;
        let mut shown = delivery.in_order(&|moment| directory.time_of(&self.location_id, moment));
        shown["id"] = json!(delivery.id);
        shown["order_id"] = json!(self.id);
        shown["location_id"] = json!(self.location_id);
        shown["driver_latitude"] = json!(delivery.driver_latitude);
        shown["driver_longitude"] = json!(delivery.driver_longitude);
        Some(shown)
    }
}

impl Delivery {
    fn read(form: &Form<'_>, now: DateTime<Utc>) -> Self {
        let mut delivery = Self {
            id: ElementId::generate(),
            carrier: form.required_text("carrier"),
            carrier_ref: form.text("carrier_ref"),
            fee: form.money("fee"),
            status: DeliveryStatus::Pending,
            reference: None,
            tracking_url: None,
            driver_pickup_url: None,
            driver_name: None,
            driver_phone: None,
            driver_phone_access_code: None,
            driver_latitude: None,
            driver_longitude: None,
            estimated_pickup_at: None,
            estimated_dropoff_at: None,
            assigned_at: None,
            pickup_at: None,
            delivered_at: None,
            cancelled_at: None,
        };
        delivery.apply(form, now);
        delivery
    }

    fn apply(&mut self, form: &Form<'_>, now: DateTime<Utc>) {
        let texts = [
            ("ref", &mut self.reference),
            ("tracking_url", &mut self.tracking_url),
            ("driver_pickup_url", &mut self.driver_pickup_url),
            ("driver_name", &mut self.driver_name),
            ("driver_phone", &mut self.driver_phone),
            ("driver_phone_access_code", &mut self.driver_phone_access_code),
        ];
        texts.into_iter().filter(|(name, _)| form.has(name)).for_each(|(name, field)| *field = form.text(name));
        let numbers =
            [("driver_latitude", &mut self.driver_latitude), ("driver_longitude", &mut self.driver_longitude)];
        numbers.into_iter().filter(|(name, _)| form.has(name)).for_each(|(name, field)| *field = form.number(name));
        if let Some(status) = form.word("status", DeliveryStatus::parse).filter(|status| *status != self.status) {
            self.status = status;
            if let Some(reached_at) = self.time_of_reaching(status) {
                *reached_at = Some(now);
            }
        }
        // After the status: a time that is given overrides the one that the status sets.
        let times = [
            ("estimated_pickup_at", &mut self.estimated_pickup_at),
            ("estimated_dropoff_at", &mut self.estimated_dropoff_at),
            ("assigned_at", &mut self.assigned_at),
            ("pickup_at", &mut self.pickup_at),
            ("delivered_at", &mut self.delivered_at),
            ("cancelled_at", &mut self.cancelled_at),
        ];
        times.into_iter().filter(|(name, _)| form.has(name)).for_each(|(name, field)| *field = form.time(name));
    }

    fn time_of_reaching(&mut self, status: DeliveryStatus) -> Option<&mut Option<DateTime<Utc>>> {
        match status {
            DeliveryStatus::PickupEnroute => Some(&mut self.assigned_at),
            DeliveryStatus::DropoffEnroute => Some(&mut self.pickup_at),
            DeliveryStatus::Delivered => Some(&mut self.delivered_at),
            DeliveryStatus::Cancelled => Some(&mut self.cancelled_at),
            _ => None,
        }
    }

    /// As its order shows it.
    pub(super) fn in_order(&self, time: &impl Fn(DateTime<Utc>) -> String) -> Value {
        json!({
            "carrier": self.carrier,
            "carrier_ref": self.carrier_ref,
            "ref": self.reference,
            "status": self.status,
            "fee": self.fee,
            "estimated_pickup_at": self.estimated_pickup_at.map(time),
            "estimated_dropoff_at": self.estimated_dropoff_at.map(time),
            "tracking_url": self.tracking_url,
            "driver_pickup_url": self.driver_pickup_url,
            "driver_name": self.driver_name,
            "driver_phone": self.driver_phone,
            "driver_phone_access_code": self.driver_phone_access_code,
            "assigned_at": self.assigned_at.map(time),
            "pickup_at": self.pickup_at.map(time),
            "delivered_at": self.delivered_at.map(time),
            "cancelled_at": self.cancelled_at.map(time),
        })
    }
}
