//! What only the consent pages say, beside the words that all pages share.

use crate::web::Language;

#[derive(Debug)]
pub(super) struct ConsentWords {
    /// After the client's name.
    pub(super) would_like_profile: &'static str,
    pub(super) profile: &'static str,
    pub(super) profile_with_email: &'static str,
    pub(super) device: &'static str,
    pub(super) connect_new_location: &'static str,
    pub(super) create_new_location: &'static str,
    /// `{account}` stands for the account's name and id.
    pub(super) account_suspended: &'static str,
    /// `{account}` stands for the account's name and id.
    pub(super) role_connects_nothing: &'static str,

    pub(super) code_title: &'static str,
    /// Before the client's name.
    pub(super) copy_code_to: &'static str,
    pub(super) code_lifetime: &'static str,
    pub(super) refused_title: &'static str,
    /// After the client's name.
    pub(super) refused: &'static str,
}

static FRENCH: ConsentWords = ConsentWords {
    would_like_profile: "souhaite accéder à votre profil :",
    profile: "Voir votre profil\u{a0}: nom, langues et fuseau horaire",
    profile_with_email: "Voir votre profil\u{a0}: nom, adresse email, langues et fuseau horaire",
    device: "ID du terminal :",
    connect_new_location: "Souhaitez-vous connecter un nouveau point de vente ?",
    create_new_location: "Créer un nouveau point de vente",
    account_suspended: "Le compte {account} est suspendu pour non-paiement\u{a0}: rien ne peut y être connecté. Réglez \
                        l'abonnement dans CONFIGURATION › Demandes de paiement.",
    role_connects_nothing: "Votre rôle ne permet pas de connecter une app au compte {account}. Demandez à un \
                            administrateur de ce compte.",
    code_title: "Code d'autorisation",
    copy_code_to: "Copiez ce code, et collez-le dans",
    code_lifetime: "Il sert une seule fois, dans les dix minutes.",
    refused_title: "Accès refusé",
    refused: "n'a reçu aucun accès. Vous pouvez fermer cette page.",
};

static ENGLISH: ConsentWords = ConsentWords {
    would_like_profile: "would like to access your profile:",
    profile: "View your profile: name, languages and time zone",
    profile_with_email: "View your profile: name, email address, languages and time zone",
    device: "Device ID:",
    connect_new_location: "Do you want to connect a new location?",
    create_new_location: "Create a new location",
    account_suspended: "The account {account} is suspended for non-payment: nothing can be connected to it. Pay the \
                        subscription in SETTINGS › Requests for payment.",
    role_connects_nothing: "Your role does not let you connect an app to the account {account}. Ask an administrator \
                            of this account.",
    code_title: "Authorisation code",
    copy_code_to: "Copy this code and paste it into",
    code_lifetime: "It is good once, within ten minutes.",
    refused_title: "Access denied",
    refused: "was given no access. You can close this page.",
};

impl ConsentWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
