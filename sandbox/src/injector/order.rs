//! Writes one order, as a client would send it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::dishes::{Course, Dish, Extra, FOOD, cents};
use super::menu::Menu;
use super::{Content, Kind, Recipe};
use crate::state::{Account, Location, Money};

const DELIVERY_CHARGE: i64 = 250;
const DISCOUNT: i64 = 200;
/// What the drink and the dessert cost in the deal.
const IN_DEAL: i64 = 150;

/// One line, and what it adds to the total.
struct Line {
    item: Value,
    amount: Decimal,
}

/// What belongs to all orders of one series.
struct Writer<'a> {
    menu: &'a Menu,
    currency: &'a str,
    number: usize,
}

pub(super) fn body(
    recipe: &Recipe,
    menu: &Menu,
    account: &Account,
    location: &Location,
    number: usize,
    now: DateTime<Utc>,
) -> Map<String, Value> {
    let kind = unmixed(recipe.kind, Kind::Mix, Kind::UNMIXED, number);
    // Another step than the kinds', so that a mix meets every pair.
    let content = unmixed(recipe.content, Content::Mix, Content::UNMIXED, number / Kind::UNMIXED.len() + number);
    let writer = Writer { menu, currency: &account.currency, number };
    let offer = menu.offer;
    let lines = writer.lines(content);
    let mut total: Decimal = lines.iter().map(|line| line.amount).sum();
    let mut order = json!({
        "ref": format!("DT-{:04}", number + 1),
        "status": "new",
        "items": lines.into_iter().map(|line| line.item).collect::<Vec<_>>(),
        "customer": writer.customer(kind, location),
    });
    if content == Content::Deal {
        order["deals"] = json!({ "0": { "name": offer.deal, "ref": "DEAL-1" } });
    }
    if content == Content::Notes {
        order["customer_notes"] = json!(turn(offer.order_notes, number));
    }
    if number % 3 == 2 && total > cents(DISCOUNT) {
        total -= cents(DISCOUNT);
        order["discounts"] =
            json!([{ "name": offer.discount, "ref": "WELCOME", "price_off": writer.money(cents(DISCOUNT)) }]);
        order["coupon_codes"] = json!(["WELCOME"]);
    }
    match kind {
        Kind::Delivery | Kind::Mix => {
            total += cents(DELIVERY_CHARGE);
            let price = writer.money(cents(DELIVERY_CHARGE));
            order["charges"] = json!([{ "name": offer.delivery_charge, "ref": "DELIVERY", "price": price }]);
            order["service_type"] = json!("delivery");
            order["service_type_ref"] = json!("DT-DELIVERY");
        }
        Kind::Collection => {
            order["service_type"] = json!("collection");
            order["service_type_ref"] = json!("DT-COLLECTION");
        }
        Kind::EatIn => {
            order["service_type"] = json!("eat_in");
            order["service_type_ref"] = json!("DT-EAT-IN");
        }
    }
    order["collection_code"] = match kind {
        Kind::EatIn => json!(format!("{} {}", offer.table, number % 20 + 1)),
        _ => json!(format!("{}{:02}", char::from(b"ABCDEF"[number / 100 % 6]), number % 100)),
    };
    // Every fourth is wanted as soon as can be, and says no time.
    if number % 4 != 3 {
        order["expected_time"] = json!(writer.expected_time(location, now));
    }
    // Who eats in pays at the end.
    if kind != Kind::EatIn {
        let (name, reference) = offer.payments[number % offer.payments.len()];
        order["payments"] = json!([{ "name": name, "ref": reference, "amount": writer.money(total) }]);
    }
    order.as_object().cloned().unwrap_or_default()
}

fn unmixed<T: Copy + PartialEq>(wanted: T, mix: T, all: &[T], number: usize) -> T {
    if wanted == mix { all[number % all.len()] } else { wanted }
}

fn turn(phrases: &[&'static str], number: usize) -> &'static str {
    phrases[number % phrases.len()]
}

impl Writer<'_> {
    fn lines(&self, content: Content) -> Vec<Line> {
        let number = self.number;
        let dish = self.menu.pick(FOOD, number);
        let drink = self.menu.pick(&[Course::Drink], number);
        let second = self.line(&self.menu.pick(FOOD, number + 2), 1 + number % 2, &[]);
        match content {
            Content::Plain | Content::Mix => vec![self.line(&dish, 1, &[]), second, self.line(&drink, 2, &[])],
            Content::Options => {
                let extras = self.extras_of(&dish);
                vec![self.line(&dish, 1 + number % 2, &extras), self.line(&drink, 1, &[])]
            }
            Content::Removed => {
                let mut line = self.line(&dish, 1, &[]);
                if let Some(options) = line.item["options"].as_array_mut() {
                    options.insert(0, self.removed(&dish));
                }
                vec![line, second]
            }
            Content::Deal => self.deal(&dish, &drink),
            Content::Notes => {
                let mut line = self.line(&dish, 1, &[]);
                line.item["customer_notes"] = json!(turn(self.menu.offer.item_notes, number));
                vec![line, second]
            }
            Content::HalfAndHalf => vec![self.half_and_half(), self.line(&drink, 1, &[])],
        }
    }

    fn line(&self, dish: &Dish, quantity: usize, extras: &[(Extra, u32)]) -> Line {
        let extras = self.with_required(dish, extras);
        let options = extras.iter().map(|(extra, quantity)| {
            json!({
                "option_list_name": extra.list,
                "name": extra.name,
                "ref": extra.reference,
                "price": self.money(extra.price),
                "quantity": quantity,
            })
        });
        let item = json!({
            "product_name": dish.name,
            "sku_name": dish.size,
            "sku_ref": dish.reference,
            "price": self.money(dish.price),
            "quantity": quantity.to_string(),
            "tax_rate": self.menu.offer.tax_rate,
            "options": options.collect::<Vec<_>>(),
        });
        let options: Decimal = extras.iter().map(|(extra, quantity)| extra.price * Decimal::from(*quantity)).sum();
        Line { item, amount: (dish.price + options) * Decimal::from(quantity) }
    }

    /// The extras, and one of each list that the menu has the customer choose from.
    fn with_required(&self, dish: &Dish, extras: &[(Extra, u32)]) -> Vec<(Extra, u32)> {
        let mut chosen = extras.to_vec();
        for extra in dish.extras.iter().filter(|extra| extra.required) {
            if chosen.iter().all(|(other, _)| other.list != extra.list) {
                let of_list: Vec<&Extra> = dish.extras.iter().filter(|other| other.list == extra.list).collect();
                // One further for each list, so that the halves of a pizza differ.
                chosen.push((of_list[(self.number + chosen.len()) % of_list.len()].clone(), 1));
            }
        }
        chosen
    }

    /// Two of them, where there are as many lists to choose from, the first one twice in every other order.
    fn extras_of(&self, dish: &Dish) -> Vec<(Extra, u32)> {
        let fallback = Extra {
            list: self.menu.offer.ingredients.to_owned(),
            name: turn(self.menu.offer.dishes[0].ingredients, self.number).to_owned(),
            reference: None,
            price: cents(100),
            required: false,
        };
        let all = if dish.extras.is_empty() { vec![fallback] } else { dish.extras.clone() };
        let mut picked = vec![all[self.number % all.len()].clone()];
        // Of many lists, only one option may be chosen.
        picked.extend(all.iter().find(|extra| extra.list != picked[0].list).cloned());
        // What costs nothing is a choice, not something to have twice of.
        let twice = if self.number % 2 == 1 && !picked[0].price.is_zero() { 2 } else { 1 };
        picked.into_iter().zip([twice, 1]).collect()
    }

    fn removed(&self, dish: &Dish) -> Value {
        let known = &dish.ingredients;
        let other = || turn(self.menu.offer.dishes[0].ingredients, self.number).to_owned();
        let name = known.get(self.number % known.len().max(1)).cloned().unwrap_or_else(other);
        json!({ "option_list_name": self.menu.offer.ingredients, "name": name, "removed": true })
    }

    /// A dish at its price; with it, a drink and a dessert for little.
    fn deal(&self, dish: &Dish, drink: &Dish) -> Vec<Line> {
        let cheap = |dish: &Dish| Dish { price: cents(IN_DEAL).min(dish.price), ..dish.clone() };
        let dessert = cheap(&self.menu.pick(&[Course::Dessert], self.number));
        let dishes = [dish.clone(), cheap(drink), dessert];
        let lines = dishes.iter().zip(self.menu.offer.deal_labels).enumerate().map(|(position, (dish, label))| {
            let mut line = self.line(dish, 1, &[]);
            let mut deal_line = json!({ "deal_key": "0", "position": position, "label": label });
            deal_line["pricing_effect"] = json!(if position == 0 { "unchanged" } else { "fixed_price" });
            if position > 0 {
                deal_line["pricing_value"] = json!(self.money(dish.price));
            }
            line.item["deal_line"] = deal_line;
            line
        });
        lines.collect()
    }

    /// One pizza at the price of its dearer half, with each half as an option.
    fn half_and_half(&self) -> Line {
        let halves = self.menu.halves(self.number);
        let dearer = halves.iter().map(|half| half.price).max().unwrap_or_default();
        let whole = Dish {
            name: self.menu.offer.half_and_half.to_owned(),
            reference: Some("PIZ-HALF".to_owned()),
            price: dearer,
            extras: Vec::new(),
            ..halves[0].clone()
        };
        let sides = halves.iter().zip(self.menu.offer.halves).map(
            |(half, list)| json!({ "option_list_name": list, "name": half.name, "ref": half.reference, "quantity": 1 }),
        );
        let mut line = self.line(&whole, 1, &[]);
        line.item["options"] = sides.collect();
        line
    }

    fn customer(&self, kind: Kind, location: &Location) -> Value {
        let (offer, number) = (self.menu.offer, self.number);
        let (first_name, last_name, email) = offer.people[number % offer.people.len()];
        let mut customer = json!({
            "first_name": first_name,
            "last_name": last_name,
            "email": format!("{email}@{}", offer.email_domain),
            "phone": format!("{}{:02}", offer.phone, number % 100),
        });
        if kind == Kind::Delivery {
            customer["address_1"] = json!(turn(offer.streets, number));
            customer["postal_code"] = json!(location.postal_code);
            customer["city"] = json!(location.city);
            customer["country"] = json!(location.country);
            customer["delivery_notes"] = json!(turn(offer.delivery_notes, number));
        }
        customer
    }

    /// After the time it takes to prepare, at a round five minutes where the location is.
    fn expected_time(&self, location: &Location, now: DateTime<Utc>) -> String {
        let later = i64::from(location.preparation_time) + 5 * i64::try_from(self.number % 12).unwrap_or_default();
        let time = (now + TimeDelta::minutes(later)).with_timezone(&location.timezone);
        let past = TimeDelta::seconds(i64::from(time.minute() % 5 * 60 + time.second()));
        let round = time - past + TimeDelta::minutes(5);
        round.to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    fn money(&self, amount: Decimal) -> String {
        Money::new(amount, self.currency).to_string()
    }
}
