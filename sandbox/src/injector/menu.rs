//! The dishes of a location: those of its catalog, where one has any, or those of the offer in its language.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::dishes::{Course, Dish, Extra};
use super::offer::Offer;
use crate::state::{Account, Directory, Location, Money};

pub(super) struct Menu {
    pub(super) offer: &'static Offer,
    /// Never empty.
    dishes: Vec<Dish>,
}

impl Menu {
    pub(super) fn of(directory: &Directory, account: &Account, location: &Location) -> Self {
        let offer = Offer::for_currency(&account.currency);
        let contents = account.catalogs_at(location).filter_map(|catalog| directory.catalog_contents.get(&catalog.id));
        let own = contents.map(|data| dishes_of(data, &account.currency)).find(|dishes| !dishes.is_empty());
        Self { offer, dishes: own.unwrap_or_else(|| offer.dishes.iter().map(Dish::from).collect()) }
    }

    /// One of the dishes of these courses; one of all, where there is none.
    pub(super) fn pick(&self, courses: &[Course], number: usize) -> Dish {
        let fitting: Vec<&Dish> = self.dishes.iter().filter(|dish| courses.contains(&dish.course)).collect();
        match fitting.get(number % fitting.len().max(1)) {
            Some(dish) => (*dish).clone(),
            None => self.dishes[number % self.dishes.len()].clone(),
        }
    }

    /// The two sides of a pizza: two kinds of one size, as far as the menu allows.
    pub(super) fn halves(&self, number: usize) -> [Dish; 2] {
        let first = self.pick(&[Course::Pizza], number);
        let others = (1..self.dishes.len()).map(|step| self.pick(&[Course::Pizza], number + step));
        let others: Vec<Dish> = others.filter(|other| other.name != first.name).collect();
        let second = others.iter().find(|other| other.size == first.size).or(others.first()).unwrap_or(&first).clone();
        [first, second]
    }
}

/// The dishes of a catalog's data: each sku that has a price in the account's currency.
fn dishes_of(data: &Map<String, Value>, currency: &str) -> Vec<Dish> {
    let products = list(data.get("products")).iter();
    let dishes = products.flat_map(|product| {
        list(product.get("skus")).iter().filter_map(move |sku| {
            Some(Dish {
                name: text(product, "name")?,
                size: text(sku, "name"),
                reference: text(sku, "ref"),
                price: price(sku, currency)?,
                course: course(data, product),
                extras: extras(data, sku, currency),
                ingredients: Vec::new(),
            })
        })
    });
    dishes.collect()
}

fn course(data: &Map<String, Value>, product: &Value) -> Course {
    let category = list(data.get("categories")).iter().find(|category| {
        refers(product, "category_id", category.get("id")) || refers(product, "category_ref", category.get("ref"))
    });
    let names = [text(product, "name"), category.and_then(|category| text(category, "name"))];
    let says =
        |words: &[&str]| names.iter().flatten().any(|name| words.iter().any(|word| name.to_lowercase().contains(word)));
    if says(&["pizza"]) {
        Course::Pizza
    } else if says(&["boisson", "drink", "vin", "wine", "bière", "beer"]) {
        Course::Drink
    } else if says(&["dessert", "pudding", "glace"]) {
        Course::Dessert
    } else {
        Course::Main
    }
}

fn extras(data: &Map<String, Value>, sku: &Value, currency: &str) -> Vec<Extra> {
    let wanted = |options: &&Value| {
        let named = |field: &str, key: &str| {
            list(sku.get(field)).iter().any(|wanted| !wanted.is_null() && options.get(key) == Some(wanted))
        };
        named("option_list_ids", "id") || named("option_list_refs", "ref")
    };
    let lists = list(data.get("option_lists")).iter().filter(wanted);
    let extras = lists.flat_map(|options| {
        let required = options.get("min_selections").and_then(Value::as_u64).is_some_and(|least| least > 0);
        list(options.get("options")).iter().filter_map(move |option| {
            Some(Extra {
                list: text(options, "name")?,
                name: text(option, "name")?,
                reference: text(option, "ref"),
                price: price(option, currency).unwrap_or_default(),
                required,
            })
        })
    });
    extras.collect()
}

fn refers(product: &Value, field: &str, target: Option<&Value>) -> bool {
    product.get(field).is_some_and(|reference| !reference.is_null() && Some(reference) == target)
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn price(value: &Value, currency: &str) -> Option<Decimal> {
    let price: Money = text(value, "price")?.parse().ok()?;
    (price.currency() == currency).then(|| price.amount())
}
