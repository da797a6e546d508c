//! Elements of an order: what can be added to it and deleted, but not changed. Discounts, charges and payments are
//! here; items have a file of their own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::form::Form;
use crate::state::identifiers::{ClientId, ElementId};
use crate::state::numbers::{Money, Number};
use crate::state::private_refs::PrivateRefs;

/// An item, a discount, a charge or a payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Element<T> {
    pub(crate) id: ElementId,
    pub(crate) private_refs: PrivateRefs,
    pub(crate) deleted: bool,
    pub(crate) content: T,
}

/// What an element of one kind is read from and shown as.
pub(crate) trait Content {
    fn read(form: &Form<'_>) -> Self;
    fn show(&self) -> Value;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Discount {
    pub(crate) name: String,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) price_off: Money,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) name: String,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) price: Money,
    pub(crate) tax_rate: Option<Number>,
    /// Deprecated.
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) name: Option<String>,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    pub(crate) amount: Money,
    pub(crate) info: Option<Map<String, Value>>,
    /// Deprecated.
    pub(crate) kind: Option<String>,
}

impl<T: Content> Element<T> {
    pub(super) fn read(form: &Form<'_>) -> Self {
        let mut private_refs = PrivateRefs::default();
        let private_ref = form.private_ref();
        if let Some(by) = form.reading.by {
            private_refs.set(by, private_ref);
        }
        Self {
            id: ElementId::generate(),
            private_refs,
            deleted: form.flag("deleted").unwrap_or_default(),
            content: T::read(form),
        }
    }

    pub(super) fn seen_by(&self, client: Option<&ClientId>) -> Value {
        let mut shown = self.content.show();
        shown["id"] = json!(self.id);
        shown["private_ref"] = json!(self.private_refs.of(client));
        shown["deleted"] = json!(self.deleted);
        shown
    }
}

impl Content for Discount {
    fn read(form: &Form<'_>) -> Self {
        Self {
            name: form.required_text("name"),
            reference: form.text("ref"),
            price_off: form.required_money("price_off"),
        }
    }

    fn show(&self) -> Value {
        json!({
            "name": self.name,
            "ref": self.reference,
            "price_off": self.price_off,
            "pricing_effect": "price_off",
            "pricing_value": self.price_off,
        })
    }
}

impl Content for Charge {
    fn read(form: &Form<'_>) -> Self {
        Self {
            name: form.required_text("name"),
            reference: form.text("ref"),
            price: form.required_money("price"),
            tax_rate: form.number("tax_rate"),
            kind: form.text("type"),
        }
    }

    fn show(&self) -> Value {
        let kind = self.kind.as_deref().unwrap_or("other");
        json!({
            "type": kind,
            "name": self.name,
            "ref": self.reference,
            "price": self.price,
            "tax_rate": self.tax_rate,
            "charge_type": kind,
            "charge_ref": self.reference,
            "charge_price": self.price,
        })
    }
}

impl Content for Payment {
    fn read(form: &Form<'_>) -> Self {
        Self {
            name: form.text("name"),
            reference: form.text("ref"),
            amount: form.required_money("amount"),
            info: form.object("info").cloned(),
            kind: form.text("type"),
        }
    }

    fn show(&self) -> Value {
        json!({
            "type": self.kind.as_deref().unwrap_or("online"),
            "name": self.name,
            "ref": self.reference,
            "amount": self.amount,
            "info": self.info,
        })
    }
}
