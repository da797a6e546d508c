//! The sentences of the sign-up form and of the form for a new location.

use crate::web::Language;

#[derive(Debug)]
pub(super) struct SignUpWords {
    pub(super) sign_up_title: &'static str,
    pub(super) no_real_password: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) account_name: &'static str,
    pub(super) location_name: &'static str,
    pub(super) country: &'static str,
    pub(super) sign_up: &'static str,
    pub(super) already_registered: &'static str,

    pub(super) new_location_title: &'static str,
    pub(super) account: &'static str,
    pub(super) create: &'static str,
    pub(super) never_mind: &'static str,

    pub(super) blank: &'static str,
    pub(super) too_long: &'static str,
    pub(super) not_text: &'static str,
    pub(super) bad_email: &'static str,
    pub(super) email_taken: &'static str,
    pub(super) short_password: &'static str,
    pub(super) unknown_country: &'static str,
}

static FRENCH: SignUpWords = SignUpWords {
    sign_up_title: "Créer un compte",
    no_real_password: "Ceci est une sandbox\u{a0}: n'utilisez pas un mot de passe qui vous sert ailleurs.",
    first_name: "Prénom",
    last_name: "Nom (facultatif)",
    account_name: "Nom du compte",
    location_name: "Nom du point de vente",
    country: "Pays",
    sign_up: "Créer le compte",
    already_registered: "Vous avez déjà un compte ?",
    new_location_title: "Créer un nouveau point de vente",
    account: "Compte",
    create: "Créer",
    never_mind: "Retour sans rien créer",
    blank: "Ce champ est obligatoire.",
    too_long: "C'est trop long : 100 caractères au plus.",
    not_text: "Ce champ contient des caractères qui ne s'écrivent pas.",
    bad_email: "Ce n'est pas une adresse email.",
    email_taken: "Un utilisateur a déjà cette adresse email. Connectez-vous.",
    short_password: "Choisissez un mot de passe de 8 à 100 caractères.",
    unknown_country: "Choisissez un pays de la liste.",
};

static ENGLISH: SignUpWords = SignUpWords {
    sign_up_title: "Create an account",
    no_real_password: "This is a sandbox: do not use a password that you use elsewhere.",
    first_name: "First name",
    last_name: "Last name (optional)",
    account_name: "Account name",
    location_name: "Location name",
    country: "Country",
    sign_up: "Create the account",
    already_registered: "Do you already have an account?",
    new_location_title: "Create a new location",
    account: "Account",
    create: "Create",
    never_mind: "Go back without creating anything",
    blank: "This field is required.",
    too_long: "This is too long: 100 characters at most.",
    not_text: "This field contains characters that cannot be written.",
    bad_email: "This is not an email address.",
    email_taken: "A user already has this email address. Log in.",
    short_password: "Choose a password of 8 to 100 characters.",
    unknown_country: "Choose a country from the list.",
};

impl SignUpWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
