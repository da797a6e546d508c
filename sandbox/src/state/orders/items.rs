//! The items of an order, with their options and their place in a deal.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::elements::Content;
use super::form::Form;
use super::status::PricingEffect;
use crate::state::numbers::{Money, Number};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) product_name: String,
    pub(crate) sku_name: Option<String>,
    pub(crate) sku_ref: Option<String>,
    pub(crate) price: Money,
    pub(crate) quantity: Number,
    pub(crate) tax_rate: Option<Number>,
    pub(crate) customer_notes: Option<String>,
    pub(crate) points_earned: Option<Number>,
    pub(crate) points_used: Option<Number>,
    pub(crate) options: Vec<ItemOption>,
    pub(crate) deal_line: Option<DealLine>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ItemOption {
    pub(crate) option_list_name: String,
    pub(crate) name: String,
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    /// `None` is free.
    pub(crate) price: Option<Money>,
    /// For each item.
    pub(crate) quantity: u32,
    /// Taken away, such as an ingredient. A price is then what taking it away costs.
    pub(crate) removed: bool,
}

/// An item's place in a deal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DealLine {
    /// Which of the order's deals.
    pub(crate) deal: usize,
    pub(crate) position: Option<u32>,
    pub(crate) label: Option<String>,
    pub(crate) pricing_effect: Option<PricingEffect>,
    /// Money or a percentage, as the effect says.
    pub(crate) pricing_value: Option<String>,
}

impl Content for Item {
    fn read(form: &Form<'_>) -> Self {
        let item = Self {
            product_name: form.required_text("product_name"),
            sku_name: form.text("sku_name"),
            sku_ref: form.text("sku_ref"),
            price: form.required_money("price"),
            quantity: form.required_number("quantity"),
            tax_rate: form.number("tax_rate"),
            customer_notes: form.text("customer_notes"),
            points_earned: form.number("points_earned"),
            points_used: form.number("points_used"),
            options: form.list("options").iter().map(ItemOption::read).collect(),
            deal_line: form.inner("deal_line").map(|form| DealLine::read(&form)),
        };
        if !item.subtotal().is_plausible() {
            form.refuse("quantity", "makes the item too expensive");
        }
        item
    }

    fn show(&self) -> Value {
        let mut shown = json!({
            "product_name": self.product_name,
            "sku_name": self.sku_name,
            "sku_ref": self.sku_ref,
            "price": self.price,
            "quantity": self.quantity,
            "subtotal": self.subtotal(),
            "tax_rate": self.tax_rate,
            "customer_notes": self.customer_notes,
            "points_earned": self.points_earned,
            "points_used": self.points_used,
            "options": self.options.iter().map(ItemOption::show).collect::<Vec<_>>(),
        });
        // Only those in a deal have the field at all.
        if let Some(line) = &self.deal_line {
            shown["deal_line"] = line.show();
        }
        shown
    }
}

impl ItemOption {
    fn read(form: &Form<'_>) -> Self {
        Self {
            option_list_name: form.required_text("option_list_name"),
            name: form.required_text("name"),
            reference: form.text("ref"),
            price: form.money("price"),
            quantity: form.whole_number("quantity").unwrap_or(1),
            removed: form.flag("removed").unwrap_or_default(),
        }
    }

    fn show(&self) -> Value {
        json!({
            "option_list_name": self.option_list_name,
            "name": self.name,
            "ref": self.reference,
            "price": self.price,
            "quantity": self.quantity,
            "removed": self.removed,
        })
    }
}

impl DealLine {
    fn read(form: &Form<'_>) -> Self {
        let key = form.required_text("deal_key");
        let deal = form.reading.deal_keys.iter().position(|known| *known == key);
        if deal.is_none() && !key.is_empty() {
            form.refuse("deal_key", format!("'{key}' is not a key of the order's deals"));
        }
        let pricing_effect = form.word("pricing_effect", PricingEffect::parse);
        Self {
            deal: deal.unwrap_or_default(),
            position: form.whole_number("position"),
            label: form.text("label"),
            pricing_effect,
            pricing_value: pricing_effect.and_then(|effect| pricing_value(form, effect)),
        }
    }

    fn show(&self) -> Value {
        json!({
            "deal_key": self.deal.to_string(),
            "position": self.position,
            "label": self.label,
            "pricing_effect": self.pricing_effect,
            "pricing_value": self.pricing_value,
        })
    }
}

fn pricing_value(form: &Form<'_>, effect: PricingEffect) -> Option<String> {
    match effect {
        PricingEffect::Unchanged => None,
        PricingEffect::FixedPrice | PricingEffect::PriceOff => Some(form.required_money("pricing_value").to_string()),
        PricingEffect::PercentageOff => {
            let percentage = form.required_number("pricing_value");
            if !(0.into()..=100.into()).contains(&percentage.value()) {
                form.refuse("pricing_value", "must be between 0 and 100");
            }
            Some(percentage.to_string())
        }
    }
}
