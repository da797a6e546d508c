//! The customer of an order: a guest's details, or a customer as they were when the order was created.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::form::Form;
use crate::state::identifiers::{ClientId, CustomerId, CustomerListId};
use crate::state::private_refs::PrivateRefs;

const TEXTS: [&str; 14] = [
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
    "city",
    "state",
    "country",
];
const NUMBERS: [&str; 2] = ["latitude", "longitude"];
const FLAGS: [&str; 2] = ["sms_marketing", "email_marketing"];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OrderCustomer {
    /// `None` for a guest.
    pub(crate) id: Option<CustomerId>,
    pub(crate) customer_list_id: Option<CustomerListId>,
    pub(crate) private_refs: PrivateRefs,
    /// All else that is shown of the customer.
    pub(crate) details: Map<String, Value>,
}

impl OrderCustomer {
    /// A guest, with what is said of them, if anything is.
    pub(super) fn guest(form: Option<&Form<'_>>, currency: &str) -> Self {
        let mut details = Map::new();
        let mut note = |name: &str, value: Value| details.insert(name.to_owned(), value);
        for name in TEXTS.into_iter().chain(["delivery_notes"]) {
            note(name, json!(form.and_then(|form| form.text(name))));
        }
        for name in NUMBERS {
            note(name, json!(form.and_then(|form| form.number(name))));
        }
        for name in FLAGS {
            note(name, json!(form.and_then(|form| form.flag(name)).unwrap_or_default()));
        }
        note("anonymised", json!(false));
        note("nb_orders", json!(0));
        note("order_total", json!(format!("0.00 {currency}")));
        note("first_order_date", Value::Null);
        note("last_order_date", Value::Null);
        note("loyalty_cards", json!([]));
        note("custom_fields", json!({}));
        Self { id: None, customer_list_id: None, private_refs: PrivateRefs::default(), details }
    }

    /// A detail that is a text, for pages.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.details.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn seen_by(&self, client: Option<&ClientId>) -> Value {
        let mut shown = self.details.clone();
        shown.insert("id".to_owned(), json!(self.id));
        shown.insert("customer_list_id".to_owned(), json!(self.customer_list_id));
        shown.insert("private_ref".to_owned(), json!(self.private_refs.of(client)));
        Value::Object(shown)
    }
}
