//! The injector of orders: realistic ones, made by a client of its own, so that every other client hears of them. What
//! is in an order follows from its number alone: the same series of orders is made each time.

mod dishes;
mod jobs;
mod menu;
mod offer;
mod offer_english;
mod offer_french;
mod order;

pub(crate) use jobs::{Jobs, start};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::state::{Client, ClientId, FieldError, LocationId, OrderId, World};
use menu::Menu;

const CLIENT_ID: &str = "developer-tools.clients.hubrise.com";
const CLIENT_NAME: &str = "Developer tools";
pub(crate) const MOST_ORDERS: u32 = 500;
/// One a hundredth of a second.
pub(crate) const MOST_PER_MINUTE: u32 = 6_000;

macro_rules! choices {
    ($($(#[$about:meta])* $name:ident { $($choice:ident = $code:literal),+ })+) => {$(
        $(#[$about])*
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub(crate) enum $name { #[default] #[serde(rename = "mix")] Mix, $(#[serde(rename = $code)] $choice),+ }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[Self::Mix, $(Self::$choice),+];
            const UNMIXED: &'static [Self] = &[$(Self::$choice),+];

            /// As the control interface and forms have it.
            pub(crate) fn code(self) -> &'static str {
                match self { Self::Mix => "mix", $(Self::$choice => $code),+ }
            }
        }
    )+};
}

choices! {
    /// How the orders reach the customer.
    Kind { Delivery = "delivery", Collection = "collection", EatIn = "eat_in" }
    /// What the orders have in them that is special.
    Content {
        Plain = "plain",
        Options = "options",
        Removed = "removed",
        Deal = "deal",
        Notes = "notes",
        HalfAndHalf = "half_and_half"
    }
}

/// What is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) location_id: LocationId,
    pub(crate) kind: Kind,
    pub(crate) content: Content,
}

impl World {
    /// Makes so many orders at once.
    pub(crate) fn inject(
        &mut self,
        recipe: &Recipe,
        count: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<OrderId>, Vec<FieldError>> {
        let found = self.directory.location(&recipe.location_id);
        let (account, location) = found.ok_or_else(|| vec![FieldError::new("location_id", "does not exist")])?;
        let menu = Menu::of(&self.directory, account, location);
        let (account, location) = (account.clone(), location.clone());
        let by = self.injector();
        let made = self.records.orders.iter().filter(|order| order.created_by == by).count();
        let orders = (made..).zip(0..count).map(|(number, _)| {
            let body = order::body(recipe, &menu, &account, &location, number, now);
            self.create_order(&by, &recipe.location_id, &body, now)
        });
        orders.collect()
    }

    /// The client that makes the orders: there from the first one on.
    fn injector(&mut self) -> ClientId {
        if self.directory.client(CLIENT_ID).is_none() {
            self.directory.clients.push(Client::new(CLIENT_ID, "", CLIENT_NAME));
        }
        CLIENT_ID.into()
    }
}
