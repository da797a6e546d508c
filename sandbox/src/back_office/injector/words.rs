//! Every sentence of the injector, as the fields of one structure: a language that misses one does not compile.

use crate::injector::{Content, Kind};
use crate::web::Language;

pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) intro: &'static str,
    pub(super) no_location: &'static str,
    pub(super) kind: &'static str,
    pub(super) kinds: fn(Kind) -> &'static str,
    pub(super) content: &'static str,
    pub(super) contents: fn(Content) -> &'static str,
    pub(super) count: &'static str,
    pub(super) per_minute: &'static str,
    pub(super) at_once: &'static str,
    pub(super) create: &'static str,
    pub(super) made: &'static str,
    pub(super) see_orders: &'static str,
    pub(super) under_way: &'static str,
    pub(super) none_under_way: &'static str,
    pub(super) rate: &'static str,
    pub(super) left: &'static str,
    pub(super) action: &'static str,
    pub(super) stop: &'static str,
    pub(super) refresh: &'static str,
}

static FRENCH: Words = Words {
    title: "Developer tools",
    intro: "Crée des commandes réalistes sous le nom de «\u{a0}Developer tools\u{a0}»\u{a0}: une app ne reçoit jamais l'événement de ce qu'elle a fait elle-même, mais elle reçoit celui de ces commandes.",
    no_location: "Vous n'avez le droit de créer des commandes dans aucun point de vente.",
    kind: "Type de service",
    kinds: |kind| match kind {
        Kind::Mix => "Mélange",
        Kind::Delivery => "Livraison",
        Kind::Collection => "À emporter",
        Kind::EatIn => "Sur place",
    },
    content: "Contenu",
    contents: |content| match content {
        Content::Mix => "Mélange",
        Content::Plain => "Simple",
        Content::Options => "Avec options",
        Content::Removed => "Avec ingrédients retirés",
        Content::Deal => "Avec un menu",
        Content::Notes => "Avec notes du client",
        Content::HalfAndHalf => "Avec une pizza moitié-moitié",
    },
    count: "Nombre de commandes",
    per_minute: "Commandes par minute",
    at_once: "0\u{a0}: toutes tout de suite",
    create: "Créer les commandes",
    made: "Commandes créées :",
    see_orders: "Voir les commandes",
    under_way: "Séries en cours",
    none_under_way: "Aucune série en cours.",
    rate: "Par minute",
    left: "Reste",
    action: "Action",
    stop: "Arrêter",
    refresh: "Actualiser",
};

static ENGLISH: Words = Words {
    title: "Developer tools",
    intro: "Creates realistic orders in the name of “Developer tools”: an app never receives events of what it did itself, but it does receive those of these orders.",
    no_location: "You may not create orders at any location.",
    kind: "Service type",
    kinds: |kind| match kind {
        Kind::Mix => "A mix",
        Kind::Delivery => "Delivery",
        Kind::Collection => "Collection",
        Kind::EatIn => "Eat-in",
    },
    content: "Contents",
    contents: |content| match content {
        Content::Mix => "A mix",
        Content::Plain => "Plain",
        Content::Options => "With options",
        Content::Removed => "With ingredients removed",
        Content::Deal => "With a deal",
        Content::Notes => "With the customer's notes",
        Content::HalfAndHalf => "With a half-and-half pizza",
    },
    count: "Number of orders",
    per_minute: "Orders a minute",
    at_once: "0: all of them at once",
    create: "Create the orders",
    made: "Orders created:",
    see_orders: "See the orders",
    under_way: "Series under way",
    none_under_way: "No series under way.",
    rate: "A minute",
    left: "Left",
    action: "Action",
    stop: "Stop",
    refresh: "Refresh",
};

impl Words {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
