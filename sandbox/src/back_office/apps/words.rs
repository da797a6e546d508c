//! The sentences of the pages about available apps.

use crate::web::Language;

#[derive(Debug)]
pub(super) struct AppWords {
    pub(super) title: &'static str,
    pub(super) none: &'static str,
    pub(super) developer_page: &'static str,
    pub(super) for_locations: &'static str,
    pub(super) for_accounts: &'static str,
    pub(super) back: &'static str,
    pub(super) no_description: &'static str,
    pub(super) instructions: &'static str,
    pub(super) step_connect: &'static str,
    pub(super) step_allow: &'static str,
    pub(super) account: &'static str,
    pub(super) location: &'static str,
    pub(super) scope: &'static str,
    pub(super) connect: &'static str,
    pub(super) new_tab: &'static str,
    pub(super) choose_all: &'static str,
    pub(super) starts_in_the_app: &'static str,
    pub(super) not_your_role: &'static str,
}

static FRENCH: AppWords = AppWords {
    title: "Apps disponibles",
    none: "Aucune app n'est référencée. Une app se crée dans la page Développeur.",
    developer_page: "Aller à la page Développeur",
    for_locations: "Pour un point de vente",
    for_accounts: "Pour tout le compte",
    back: "Retour aux apps disponibles",
    no_description: "L'éditeur de cette app n'a pas écrit de description.",
    instructions: "Instructions",
    step_connect: "Cliquez sur Connecter\u{a0}: l'autorisation s'ouvre dans un nouvel onglet.",
    step_allow: "Vérifiez ce que l'app pourra faire, puis cliquez sur Autoriser. L'app prend la suite.",
    account: "Compte",
    location: "Point de vente",
    scope: "Portée :",
    connect: "Connecter",
    new_tab: "(nouvel onglet)",
    choose_all: "Sélectionnez d'abord tous les points de vente :",
    starts_in_the_app: "Cette app ne se connecte pas depuis HubRise\u{a0}: commencez depuis l'app elle-même.",
    not_your_role: "Votre rôle ne permet pas de connecter une app.",
};

static ENGLISH: AppWords = AppWords {
    title: "Available apps",
    none: "No app is listed. An app is made on the Developer page.",
    developer_page: "Go to the Developer page",
    for_locations: "For a location",
    for_accounts: "For the whole account",
    back: "Back to the available apps",
    no_description: "This app's makers have not described it.",
    instructions: "Instructions",
    step_connect: "Click on Connect: the authorisation opens in a new tab.",
    step_allow: "Check what the app will be able to do, then click on Allow. The app takes over from there.",
    account: "Account",
    location: "Location",
    scope: "Scope:",
    connect: "Connect",
    new_tab: "(new tab)",
    choose_all: "First select all locations:",
    starts_in_the_app: "This app cannot be connected from HubRise: start from the app itself.",
    not_your_role: "Your role does not let you connect an app.",
};

impl AppWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
