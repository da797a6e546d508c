//! What orders in English are made of.

use super::dishes::{Course, TableDish, TableExtra};
use super::offer::Offer;

const PIZZA_EXTRAS: &[TableExtra] = &[
    TableExtra("Extra toppings", "Burrata", "TOP-BUR", 300),
    TableExtra("Extra toppings", "Jalapeños", "TOP-JAL", 120),
    TableExtra("Extra toppings", "Black olives", "TOP-OLI", 90),
    TableExtra("Crust", "Deep pan", "CRU-DEEP", 0),
];
const MAIN_EXTRAS: &[TableExtra] =
    &[TableExtra("Sides", "Chips", "SID-CHI", 350), TableExtra("Sauces", "Mint sauce", "SAU-MIN", 0)];
const DRINK_EXTRAS: &[TableExtra] = &[TableExtra("Ice", "No ice", "ICE-0", 0)];

const fn pizza(
    name: &'static str,
    reference: &'static str,
    price: i64,
    ingredients: &'static [&'static str],
) -> TableDish {
    TableDish { name, size: "12 inch", reference, price, course: Course::Pizza, extras: PIZZA_EXTRAS, ingredients }
}

pub(super) static ENGLISH: Offer = Offer {
    dishes: &[
        pizza("Margherita", "PIZ-MAR", 1050, &["Basil", "Mozzarella"]),
        pizza("Pepperoni", "PIZ-PEP", 1250, &["Pepperoni", "Onions"]),
        pizza("Garden veg", "PIZ-VEG", 1195, &["Peppers", "Aubergine", "Mushrooms"]),
        pizza("Ham and pineapple", "PIZ-HAM", 1225, &["Pineapple", "Ham"]),
        TableDish {
            name: "Steak and ale pie",
            size: "",
            reference: "MAI-PIE",
            price: 1395,
            course: Course::Main,
            extras: MAIN_EXTRAS,
            ingredients: &["Gravy"],
        },
        TableDish {
            name: "Fish and chips",
            size: "Large",
            reference: "MAI-FIS",
            price: 1450,
            course: Course::Main,
            extras: MAIN_EXTRAS,
            ingredients: &["Tartare sauce", "Mushy peas"],
        },
        TableDish {
            name: "Sticky toffee pudding",
            size: "",
            reference: "DES-STI",
            price: 595,
            course: Course::Dessert,
            extras: &[],
            ingredients: &["Custard"],
        },
        TableDish {
            name: "Apple crumble",
            size: "",
            reference: "DES-APP",
            price: 550,
            course: Course::Dessert,
            extras: &[],
            ingredients: &["Ice cream"],
        },
        TableDish {
            name: "Elderflower pressé",
            size: "330 ml",
            reference: "DRI-ELD",
            price: 320,
            course: Course::Drink,
            extras: DRINK_EXTRAS,
            ingredients: &[],
        },
        TableDish {
            name: "Ginger beer",
            size: "330 ml",
            reference: "DRI-GIN",
            price: 300,
            course: Course::Drink,
            extras: DRINK_EXTRAS,
            ingredients: &[],
        },
    ],
    people: &[
        ("Olivia", "Bennett", "olivia.bennett"),
        ("Imran", "Khan", "imran.khan"),
        ("Siobhan", "O'Neill", "siobhan.oneill"),
        ("George", "Ashworth", "george.ashworth"),
        ("Priya", "Nair", "priya.nair"),
        ("Gwen", "Llewellyn-Jones", "gwen.lj"),
    ],
    email_domain: "post.example",
    phone: "+4477009001",
    streets: &["Flat 3, 14 Acacia Avenue", "7 Mill Lane", "92A High Street", "The Old Forge, Church Row"],
    delivery_notes: &["Buzzer 14, third floor", "Leave it with the porter", "The blue door round the back"],
    order_notes: &["Nut allergy.", "No cutlery, please.", "It is a birthday!"],
    item_notes: &["Well done, please", "Sauce on the side", "Cut into 8 slices"],
    tax_rate: "20.0",
    ingredients: "Ingredients",
    half_and_half: "Half-and-half pizza",
    halves: ["First half", "Second half"],
    deal: "Evening meal deal",
    deal_labels: ["Main", "Drink", "Dessert"],
    delivery_charge: "Delivery charge",
    discount: "Welcome",
    table: "Table",
    payments: [("Card online", "ONLINE"), ("Cash", "CASH"), ("Card on delivery or at the counter", "CARD")],
};
