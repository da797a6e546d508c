//! The sentences of CONFIGURATION.

use crate::state::Role;
use crate::web::Language;

#[derive(Debug)]
pub(super) struct ConfigurationWords {
    pub(super) title: &'static str,
    pub(super) no_account: &'static str,
    pub(super) look_only: &'static str,
    pub(super) account: &'static str,
    pub(super) identifier: &'static str,
    pub(super) currency: &'static str,
    pub(super) name: &'static str,
    pub(super) modify: &'static str,
    pub(super) update: &'static str,
    pub(super) locations: &'static str,
    pub(super) bad_name: &'static str,

    pub(super) permissions: &'static str,
    pub(super) user: &'static str,
    pub(super) email: &'static str,
    pub(super) role: &'static str,
    pub(super) add_user: &'static str,
    pub(super) new_user: &'static str,
    pub(super) predefined_role: &'static str,
    pub(super) set_permissions: &'static str,
    pub(super) remove: &'static str,
    pub(super) remove_warning: &'static str,
    pub(super) confirm: &'static str,
    pub(super) back: &'static str,
    /// Before and after the password.
    pub(super) unknown_email: (&'static str, &'static str),
    pub(super) bad_email: &'static str,
    pub(super) last_administrator: &'static str,
    pub(super) no_access: &'static str,
    full_administrator: Described,
    technical_partner: Described,
    read_only: Described,

    pub(super) payment_requests: &'static str,
    pub(super) paid: &'static str,
    pub(super) paid_about: &'static str,
    pub(super) unpaid: &'static str,
    pub(super) unpaid_about: &'static str,
    pub(super) simulate_unpaid: &'static str,
    pub(super) pay: &'static str,
}

#[derive(Debug)]
struct Described {
    label: &'static str,
    about: &'static str,
}

static FRENCH: ConfigurationWords = ConfigurationWords {
    title: "Configuration",
    no_account: "Vous n'avez accès à aucun compte.",
    look_only: "Seul un administrateur du compte peut modifier cette page.",
    account: "Compte",
    identifier: "Identifiant",
    currency: "Devise",
    name: "Nom",
    modify: "Modifier",
    update: "Mettre à jour",
    locations: "Points de vente",
    bad_name: "Rien n'a été modifié\u{a0}: un nom a entre 1 et 100 caractères.",

    permissions: "Permissions",
    user: "Utilisateur",
    email: "Email",
    role: "Rôle",
    add_user: "Ajouter l'utilisateur",
    new_user: "Nouvel utilisateur",
    predefined_role: "Rôle prédéfini",
    set_permissions: "Définir les permissions",
    remove: "Supprimer l'accès",
    remove_warning: "Cette personne n'aura plus accès à ce compte.",
    confirm: "Confirmer",
    back: "Retour à la configuration",
    unknown_email: (
        "Aucun utilisateur trouvé avec cet e-mail. La sandbox n'envoie pas d'invitation\u{a0}: elle créera l'utilisateur avec \
         le mot de passe",
        ".",
    ),
    bad_email: "Rien n'a été modifié\u{a0}: ce n'est pas une adresse e-mail.",
    last_administrator: "Rien n'a été modifié\u{a0}: le compte n'aurait plus d'administrateur.",
    no_access: "Rien n'a été modifié\u{a0}: personne n'a accès à ce compte avec cet e-mail.",
    full_administrator: Described {
        label: "Administrateur complet",
        about: "Accès à tout, permissions et paiement compris.",
    },
    technical_partner: Described {
        label: "Partenaire Technique",
        about: "Connexions, données et page Développeur ; ni permissions ni paiement.",
    },
    read_only: Described { label: "Observateur back-office (lecture seule)", about: "Voit tout, ne modifie rien." },

    payment_requests: "Demandes de paiement",
    paid: "Abonnement payé",
    paid_about: "Aucune demande de paiement en attente.",
    unpaid: "Suspendu pour non-paiement",
    unpaid_about: "Les connexions de ce compte et de ses points de vente ne fonctionnent plus jusqu'au paiement.",
    simulate_unpaid: "Simuler un impayé",
    pay: "Payer",
};

static ENGLISH: ConfigurationWords = ConfigurationWords {
    title: "Settings",
    no_account: "You have access to no account.",
    look_only: "Only an administrator of the account can change this page.",
    account: "Account",
    identifier: "Identifier",
    currency: "Currency",
    name: "Name",
    modify: "Modify",
    update: "Update",
    locations: "Locations",
    bad_name: "Nothing was changed: a name has between 1 and 100 characters.",

    permissions: "Permissions",
    user: "User",
    email: "Email",
    role: "Role",
    add_user: "Add User",
    new_user: "New user",
    predefined_role: "Predefined role",
    set_permissions: "Set Permissions",
    remove: "Remove access",
    remove_warning: "This person will have no access to this account any more.",
    confirm: "Confirm",
    back: "Back to the settings",
    unknown_email: (
        "No user found with this email. The sandbox sends no invitation: it will create the user with the password",
        ".",
    ),
    bad_email: "Nothing was changed: this is not an e-mail address.",
    last_administrator: "Nothing was changed: the account would have no administrator left.",
    no_access: "Nothing was changed: nobody has access to this account with this e-mail.",
    full_administrator: Described {
        label: "Full Administrator",
        about: "Access to everything, permissions and payment included.",
    },
    technical_partner: Described {
        label: "Technical Partner",
        about: "Connections, data and the Developer page; neither permissions nor payment.",
    },
    read_only: Described { label: "Back Office Viewer (read only)", about: "Sees everything, changes nothing." },

    payment_requests: "Requests for payment",
    paid: "Subscription paid",
    paid_about: "No request for payment is waiting.",
    unpaid: "Suspended for non-payment",
    unpaid_about: "The connections of this account and its locations do not work until it is paid.",
    simulate_unpaid: "Simulate an unpaid subscription",
    pay: "Pay",
};

impl ConfigurationWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }

    pub(super) fn role_label(&self, role: Role) -> &'static str {
        self.described(role).label
    }

    pub(super) fn about_role(&self, role: Role) -> &'static str {
        self.described(role).about
    }

    fn described(&self, role: Role) -> &Described {
        match role {
            Role::FullAdministrator => &self.full_administrator,
            Role::TechnicalPartner => &self.technical_partner,
            Role::ReadOnly => &self.read_only,
        }
    }
}
