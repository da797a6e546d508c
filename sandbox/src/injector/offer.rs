//! What orders are made of in one language: dishes, people, addresses and phrases. Nobody in it exists: the telephone
//! numbers are of the ranges kept for fiction, the e-mail addresses of domains that nobody can own.

use super::dishes::TableDish;
use super::offer_english::ENGLISH;
use super::offer_french::FRENCH;

pub(super) struct Offer {
    pub(super) dishes: &'static [TableDish],
    /// First name, last name and the beginning of the e-mail address.
    pub(super) people: &'static [(&'static str, &'static str, &'static str)],
    pub(super) email_domain: &'static str,
    /// Two more digits make a telephone number.
    pub(super) phone: &'static str,
    pub(super) streets: &'static [&'static str],
    pub(super) delivery_notes: &'static [&'static str],
    pub(super) order_notes: &'static [&'static str],
    pub(super) item_notes: &'static [&'static str],
    pub(super) tax_rate: &'static str,
    pub(super) ingredients: &'static str,
    pub(super) half_and_half: &'static str,
    pub(super) halves: [&'static str; 2],
    pub(super) deal: &'static str,
    pub(super) deal_labels: [&'static str; 3],
    pub(super) delivery_charge: &'static str,
    pub(super) discount: &'static str,
    pub(super) table: &'static str,
    /// Name and ref.
    pub(super) payments: [(&'static str, &'static str); 3],
}

impl Offer {
    /// French for euros, English for anything else.
    pub(super) fn for_currency(currency: &str) -> &'static Self {
        if currency == "EUR" { &FRENCH } else { &ENGLISH }
    }
}
