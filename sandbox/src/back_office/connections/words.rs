//! The sentences of CONNEXIONS.

use crate::web::Language;

#[derive(Debug)]
pub(super) struct ConnectionWords {
    pub(super) title: &'static str,
    pub(super) available_apps: &'static str,
    pub(super) none: &'static str,
    pub(super) account: &'static str,
    pub(super) location: &'static str,
    pub(super) connected_on: &'static str,
    pub(super) customer_list: &'static str,
    pub(super) catalog: &'static str,
    pub(super) device: &'static str,
    pub(super) granted_by: &'static str,
    pub(super) open: &'static str,
    pub(super) new_tab: &'static str,
    pub(super) actions: &'static str,
    pub(super) view_logs: &'static str,
    pub(super) view_activity: &'static str,
    pub(super) block: &'static str,
    pub(super) block_warning: &'static str,
    pub(super) unblock: &'static str,
    pub(super) disconnect: &'static str,
    pub(super) disconnect_warning: &'static str,
    pub(super) reconnect: &'static str,
    pub(super) confirm: &'static str,
    pub(super) blocked: &'static str,
    pub(super) suspended: &'static str,
    pub(super) ended: &'static str,
}

static FRENCH: ConnectionWords = ConnectionWords {
    title: "Connexions",
    available_apps: "Voir les apps disponibles",
    none: "Aucune app n'est connectée.",
    account: "Compte",
    location: "Point de vente",
    connected_on: "Connectée le",
    customer_list: "Liste de clients :",
    catalog: "Catalogue :",
    device: "ID du terminal :",
    granted_by: "Autorisée par :",
    open: "Ouvrir",
    new_tab: "(nouvel onglet)",
    actions: "Actions",
    view_logs: "Voir les logs",
    view_activity: "Voir l'activité",
    block: "Bloquer",
    block_warning: "L'app n'aura plus accès à vos données tant que vous ne l'aurez pas débloquée.",
    unblock: "Débloquer",
    disconnect: "Déconnecter",
    disconnect_warning: "La connexion sera supprimée, et l'app en sera informée\u{a0}: elle peut effacer ce qu'elle sait de \
                         vous. Si vous pensez l'utiliser à nouveau, bloquez-la plutôt.",
    reconnect: "Reconnecter",
    confirm: "Confirmer",
    blocked: "Bloquée",
    suspended: "Suspendu pour non-paiement",
    ended: "Apps déconnectées",
};

static ENGLISH: ConnectionWords = ConnectionWords {
    title: "Connections",
    available_apps: "View available apps",
    none: "No app is connected.",
    account: "Account",
    location: "Location",
    connected_on: "Connected on",
    customer_list: "Customer list:",
    catalog: "Catalog:",
    device: "Device ID:",
    granted_by: "Allowed by:",
    open: "Open",
    new_tab: "(new tab)",
    actions: "Actions",
    view_logs: "View logs",
    view_activity: "View activity",
    block: "Block",
    block_warning: "The app will have no access to your data until you unblock it.",
    unblock: "Unblock",
    disconnect: "Disconnect",
    disconnect_warning: "The connection will be removed and the app told so: it may delete what it knows of you. If you \
                         might use it again, block it instead.",
    reconnect: "Reconnect",
    confirm: "Confirm",
    blocked: "Blocked",
    suspended: "Suspended for non-payment",
    ended: "Disconnected apps",
};

impl ConnectionWords {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
