//! What is in a catalog: kept as it was given, unknown fields included, after a look at what everything else relies on.

use serde_json::{Map, Value, json};

use crate::state::secrets::random_base36;
use crate::state::{FieldError, Money};

const LISTS: [&str; 7] = ["variants", "categories", "products", "option_lists", "deals", "discounts", "charges"];
/// The lists whose elements have lists of their own, which may not be empty.
const INNER: [(&str, &str); 2] = [("products", "skus"), ("option_lists", "options")];

/// What is wrong with a catalog's `data`.
pub(in crate::state) fn content_flaws(data: &Map<String, Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for list in LISTS {
        let field = format!("data.{list}");
        let Some(items) = objects(data.get(list), &field, &mut errors) else {
            continue;
        };
        let inner = INNER.iter().find(|(outer, _)| *outer == list).map(|(_, inner)| *inner);
        for (index, item) in items {
            let field = format!("{field}[{index}]");
            if matches!(list, "categories" | "products" | "option_lists" | "deals")
                && !item.get("name").is_some_and(Value::is_string)
            {
                errors.push(FieldError::new(format!("{field}.name"), "can't be blank"));
            }
            check_price(item, &field, &mut errors);
            let Some(inner) = inner else {
                continue;
            };
            let field = format!("{field}.{inner}");
            let elements = objects(item.get(inner), &field, &mut errors).unwrap_or_default();
            if elements.is_empty() {
                errors.push(FieldError::new(field.clone(), "must have at least one element"));
            }
            for (index, element) in elements {
                check_price(element, &format!("{field}[{index}]"), &mut errors);
            }
        }
    }
    errors
}

/// The data with an id for everything that HubRise gives one.
pub(in crate::state) fn with_fresh_ids(mut data: Map<String, Value>) -> Map<String, Value> {
    for list in LISTS.into_iter().filter(|list| *list != "variants") {
        let inner = INNER.iter().find(|(outer, _)| *outer == list).map(|(_, inner)| *inner);
        for item in elements_mut(data.get_mut(list)) {
            for element in elements_mut(inner.and_then(|inner| item.get_mut(inner))) {
                element["id"] = json!(random_base36(7));
            }
            item["id"] = json!(random_base36(7));
        }
    }
    data
}

/// The elements of a list that are objects, as they all were checked to be.
fn elements_mut(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten().filter(|item| item.is_object())
}

fn objects<'a>(
    list: Option<&'a Value>,
    field: &str,
    errors: &mut Vec<FieldError>,
) -> Option<Vec<(usize, &'a Map<String, Value>)>> {
    let list = list.filter(|list| !list.is_null())?;
    let objects = list
        .as_array()
        .and_then(|items| items.iter().map(Value::as_object).enumerate().map(|(at, item)| Some((at, item?))).collect());
    if objects.is_none() {
        errors.push(FieldError::new(field, "must be a list of objects"));
    }
    objects
}

fn check_price(item: &Map<String, Value>, field: &str, errors: &mut Vec<FieldError>) {
    let Some(price) = item.get("price").filter(|price| !price.is_null()) else {
        return;
    };
    if price.as_str().is_none_or(|price| price.parse::<Money>().is_err()) {
        errors.push(FieldError::new(format!("{field}.price"), format!("{price} is not a valid monetary amount")));
    }
}
