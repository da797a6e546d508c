//! Orders: what a client sent of one, what was computed from it, and how each client sees it.

mod attachment;
mod creation;
mod customer;
mod delivery;
mod elements;
mod form;
mod items;
mod status;
mod totals;
mod update;
mod view;

pub(crate) use customer::OrderCustomer;
pub(crate) use delivery::Delivery;
pub(crate) use elements::{Charge, Discount, Element, Payment};
pub(crate) use form::parse_time;
pub(crate) use items::{Item, ItemOption};
pub(crate) use status::{OrderStatus, ServiceType};
pub(crate) use update::OrderRefusal;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Records;
use super::identifiers::{ClientId, LocationId, OrderId};
use super::numbers::Number;
use super::private_refs::PrivateRefs;

/// An order. Elements are never taken away: they are marked as deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) location_id: LocationId,
    /// To the second, as HubRise shows it.
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: ClientId,
    /// Of the account, in which all its prices are.
    pub(crate) currency: String,
    pub(crate) private_refs: PrivateRefs,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) status: OrderStatus,
    pub(crate) service_type: Option<ServiceType>,
    pub(crate) service_type_ref: Option<String>,
    pub(crate) expected_time: Option<DateTime<Utc>>,
    pub(crate) confirmed_time: Option<DateTime<Utc>>,
    pub(crate) customer_notes: Option<String>,
    pub(crate) seller_notes: Option<String>,
    pub(crate) collection_code: Option<String>,
    pub(crate) coupon_codes: Vec<String>,
    pub(crate) items: Vec<Element<Item>>,
    /// Their keys are their places here.
    pub(crate) deals: Vec<Deal>,
    pub(crate) discounts: Vec<Element<Discount>>,
    pub(crate) charges: Vec<Element<Charge>>,
    pub(crate) payments: Vec<Element<Payment>>,
    pub(crate) customer: OrderCustomer,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) loyalty_operations: Vec<LoyaltyOperation>,
    pub(crate) custom_fields: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deal {
    pub(crate) name: String,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
}

/// Points added to a customer's loyalty card, or taken from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoyaltyOperation {
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) delta: Number,
    pub(crate) reason: Option<String>,
}

impl Records {
    /// The order, if it is one of the location's.
    pub(crate) fn order(&self, location: &LocationId, id: &OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == *id && order.location_id == *location)
    }

    fn order_mut(&mut self, location: &LocationId, id: &OrderId) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.id == *id && order.location_id == *location)
    }

    /// Whether the client uses this reference for another order of the location.
    fn is_private_ref_taken(&self, order: &Order, by: &ClientId, reference: &str) -> bool {
        self.orders.iter().any(|other| {
            other.id != order.id
                && other.location_id == order.location_id
                && other.private_refs.of(Some(by)) == Some(reference)
        })
    }
}
