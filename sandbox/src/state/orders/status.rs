//! The words that HubRise has for where an order stands and how it reaches the customer.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$about:meta])* $name:ident { $($choice:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name { $(#[serde(rename = $word)] $choice),+ }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$choice),+];

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$choice => $word),+ }
            }

            pub(crate) fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.as_str() == word)
            }
        }
    )+};
}

words! {
    /// No step is mandatory, and any may follow any.
    OrderStatus {
        New = "new",
        Received = "received",
        Accepted = "accepted",
        InPreparation = "in_preparation",
        AwaitingShipment = "awaiting_shipment",
        AwaitingCollection = "awaiting_collection",
        InDelivery = "in_delivery",
        Completed = "completed",
        Rejected = "rejected",
        Cancelled = "cancelled",
        DeliveryFailed = "delivery_failed",
    }
    ServiceType {
        Delivery = "delivery",
        Collection = "collection",
        EatIn = "eat_in",
    }
    DeliveryStatus {
        Pending = "pending",
        PickupEnroute = "pickup_enroute",
        PickupApproaching = "pickup_approaching",
        PickupWaiting = "pickup_waiting",
        DropoffEnroute = "dropoff_enroute",
        DropoffApproaching = "dropoff_approaching",
        DropoffWaiting = "dropoff_waiting",
        Delivered = "delivered",
        Cancelled = "cancelled",
    }
    /// How a deal changes the price of one of its items. HubRise computes nothing with it.
    PricingEffect {
        Unchanged = "unchanged",
        FixedPrice = "fixed_price",
        PriceOff = "price_off",
        PercentageOff = "percentage_off",
    }
}
