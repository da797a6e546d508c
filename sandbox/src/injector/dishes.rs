//! What can be ordered, however it is known: from the tables of an offer, or from a location's own catalog.

use rust_decimal::Decimal;

/// A dish of an offer's table. Prices are in cents.
pub(super) struct TableDish {
    pub(super) name: &'static str,
    pub(super) size: &'static str,
    pub(super) reference: &'static str,
    pub(super) price: i64,
    pub(super) course: Course,
    pub(super) extras: &'static [TableExtra],
    pub(super) ingredients: &'static [&'static str],
}

/// Option list, name, ref and price in cents.
pub(super) struct TableExtra(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str, pub(super) i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Pizza,
    Main,
    Dessert,
    Drink,
}

/// What fills.
pub(super) const FOOD: &[Course] = &[Course::Pizza, Course::Main];

#[derive(Debug, Clone)]
pub(super) struct Dish {
    pub(super) name: String,
    pub(super) size: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) price: Decimal,
    pub(super) course: Course,
    pub(super) extras: Vec<Extra>,
    /// What can be left out.
    pub(super) ingredients: Vec<String>,
}

/// An option that can be added to a dish.
#[derive(Debug, Clone)]
pub(super) struct Extra {
    pub(super) list: String,
    pub(super) name: String,
    pub(super) reference: Option<String>,
    pub(super) price: Decimal,
    /// Whether one of its list has to be chosen.
    pub(super) required: bool,
}

impl From<&TableDish> for Dish {
    fn from(dish: &TableDish) -> Self {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            name: dish.name.to_owned(),
            size: filled(dish.size),
            reference: filled(dish.reference),
            price: cents(dish.price),
            course: dish.course,
            extras: dish.extras.iter().map(Extra::from).collect(),
            ingredients: dish.ingredients.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&TableExtra> for Extra {
    fn from(TableExtra(list, name, reference, price): &TableExtra) -> Self {
        Self {
            list: (*list).to_owned(),
            name: (*name).to_owned(),
            reference: Some((*reference).to_owned()),
            price: cents(*price),
            required: false,
        }
    }
}

pub(super) fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}
