//! What orders in French are made of.

use super::dishes::{Course, TableDish, TableExtra};
use super::offer::Offer;

const PIZZA_EXTRAS: &[TableExtra] = &[
    TableExtra("Suppléments", "Burrata", "SUP-BUR", 350),
    TableExtra("Suppléments", "Olives noires", "SUP-OLI", 100),
    TableExtra("Suppléments", "Œuf", "SUP-OEU", 150),
    TableExtra("Pâte", "Pâte épaisse", "PAT-EPA", 0),
];
const PASTA_EXTRAS: &[TableExtra] =
    &[TableExtra("Suppléments", "Parmesan", "SUP-PAR", 100), TableExtra("Cuisson", "Al dente", "CUI-DEN", 0)];
const DRINK_EXTRAS: &[TableExtra] = &[TableExtra("Glaçons", "Sans glaçons", "GLA-0", 0)];

const fn pizza(
    name: &'static str,
    reference: &'static str,
    price: i64,
    ingredients: &'static [&'static str],
) -> TableDish {
    TableDish { name, size: "33 cm", reference, price, course: Course::Pizza, extras: PIZZA_EXTRAS, ingredients }
}

pub(super) static FRENCH: Offer = Offer {
    dishes: &[
        pizza("Margherita", "PIZ-MAR", 990, &["Basilic", "Mozzarella"]),
        pizza("Reine", "PIZ-REI", 1250, &["Champignons", "Jambon"]),
        pizza("Quatre fromages", "PIZ-4FR", 1390, &["Gorgonzola", "Chèvre"]),
        pizza("Diavola", "PIZ-DIA", 1320, &["Piment", "Oignons rouges"]),
        pizza("Végétarienne", "PIZ-VEG", 1290, &["Poivrons", "Aubergines", "Oignons"]),
        TableDish {
            name: "Lasagnes maison",
            size: "",
            reference: "PLA-LAS",
            price: 1190,
            course: Course::Main,
            extras: PASTA_EXTRAS,
            ingredients: &["Béchamel"],
        },
        TableDish {
            name: "Linguine alle vongole",
            size: "",
            reference: "PLA-LIN",
            price: 1490,
            course: Course::Main,
            extras: PASTA_EXTRAS,
            ingredients: &["Ail", "Persil"],
        },
        TableDish {
            name: "Tiramisu",
            size: "",
            reference: "DES-TIR",
            price: 550,
            course: Course::Dessert,
            extras: &[],
            ingredients: &["Cacao"],
        },
        TableDish {
            name: "Panna cotta",
            size: "",
            reference: "DES-PAN",
            price: 490,
            course: Course::Dessert,
            extras: &[],
            ingredients: &["Coulis de fruits rouges"],
        },
        TableDish {
            name: "Limonade artisanale",
            size: "33 cl",
            reference: "BOI-LIM",
            price: 350,
            course: Course::Drink,
            extras: DRINK_EXTRAS,
            ingredients: &[],
        },
        TableDish {
            name: "Eau pétillante",
            size: "50 cl",
            reference: "BOI-EAU",
            price: 280,
            course: Course::Drink,
            extras: DRINK_EXTRAS,
            ingredients: &[],
        },
    ],
    people: &[
        ("Camille", "Durand", "camille.durand"),
        ("Léa", "Moreau", "lea.moreau"),
        ("Karim", "Benali", "karim.benali"),
        ("Hugo", "Lefèvre", "hugo.lefevre"),
        ("Inès", "Garnier", "ines.garnier"),
        ("Paul", "N'Diaye", "paul.ndiaye"),
        ("Zoé", "d'Aubigné", "zoe.daubigne"),
    ],
    email_domain: "courriel.example",
    phone: "+336399801",
    streets: &["4 rue des Lilas", "27 avenue Jean-Jaurès", "118 bis boulevard Voltaire", "1 place de l'Église"],
    delivery_notes: &["Code 12B34, 3e étage à gauche", "Sonner chez le gardien", "Maison au fond de la cour"],
    order_notes: &["Allergie aux fruits à coque.", "Merci de ne pas mettre de couverts.", "C'est un anniversaire !"],
    item_notes: &["Bien cuit, s'il vous plaît", "Sauce à part", "À couper en 8 parts"],
    tax_rate: "10.0",
    ingredients: "Ingrédients",
    half_and_half: "Pizza moitié-moitié",
    halves: ["Première moitié", "Seconde moitié"],
    deal: "Menu du soir",
    deal_labels: ["Plat", "Boisson", "Dessert"],
    delivery_charge: "Frais de livraison",
    discount: "Bienvenue",
    table: "Table",
    payments: [("Carte en ligne", "ONLINE"), ("Espèces", "CASH"), ("Carte à la livraison ou sur place", "CARD")],
};
