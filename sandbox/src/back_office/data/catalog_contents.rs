//! What is in a catalog, as far as a person wants to see it. A catalog is kept as a client gave it: anything may be
//! missing.

use serde_json::{Map, Value};

pub(super) struct Contents {
    pub(super) categories: Vec<Category>,
    pub(super) option_lists: Vec<OptionList>,
    pub(super) deals: Vec<String>,
}

/// A category with its products; the last one has no name, and what belongs to no category.
pub(super) struct Category {
    pub(super) name: String,
    pub(super) products: Vec<Product>,
}

pub(super) struct Product {
    pub(super) name: String,
    /// Name, ref, price and the names of the option lists.
    pub(super) skus: Vec<Sku>,
}

pub(super) struct Sku {
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) price: String,
    pub(super) option_lists: String,
}

pub(super) struct OptionList {
    pub(super) name: String,
    /// With their prices, where they have any.
    pub(super) options: Vec<String>,
}

impl Contents {
    pub(super) fn of(data: &Map<String, Value>) -> Self {
        let products = list(data.get("products"));
        let categories = list(data.get("categories"));
        let of_category = |category: &Value, product: &Value| {
            refers(product, "category_ref", category, "ref") || refers(product, "category_id", category, "id")
        };
        let named = categories.iter().map(|category| Category {
            name: text(category, "name"),
            products: products
                .iter()
                .filter(|product| of_category(category, product))
                .map(|product| product_of(data, product))
                .collect(),
        });
        let stray = products.iter().filter(|product| !categories.iter().any(|category| of_category(category, product)));
        let stray =
            Category { name: String::new(), products: stray.map(|product| product_of(data, product)).collect() };
        let all = named.chain([stray].into_iter().filter(|category| !category.products.is_empty()));
        Self {
            categories: all.collect(),
            option_lists: list(data.get("option_lists")).iter().map(option_list).collect(),
            deals: list(data.get("deals")).iter().map(|deal| text(deal, "name")).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.option_lists.is_empty() && self.deals.is_empty()
    }
}

fn product_of(data: &Map<String, Value>, product: &Value) -> Product {
    let sku = |sku: &Value| {
        let all = list(data.get("option_lists")).iter().filter(|options| {
            let listed = |field: &str, key: &str| {
                list(sku.get(field)).iter().any(|wanted| !wanted.is_null() && options.get(key) == Some(wanted))
            };
            listed("option_list_refs", "ref") || listed("option_list_ids", "id")
        });
        Sku {
            name: text(sku, "name"),
            reference: text(sku, "ref"),
            price: text(sku, "price"),
            option_lists: all.map(|options| text(options, "name")).collect::<Vec<_>>().join(", "),
        }
    };
    Product { name: text(product, "name"), skus: list(product.get("skus")).iter().map(sku).collect() }
}

fn option_list(options: &Value) -> OptionList {
    let option = |option: &Value| {
        let (name, price) = (text(option, "name"), text(option, "price"));
        if price.is_empty() { name } else { format!("{name} ({price})") }
    };
    OptionList { name: text(options, "name"), options: list(options.get("options")).iter().map(option).collect() }
}

fn refers(from: &Value, field: &str, to: &Value, key: &str) -> bool {
    from.get(field).is_some_and(|reference| !reference.is_null() && to.get(key) == Some(reference))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
