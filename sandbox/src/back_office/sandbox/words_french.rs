//! The page in French.

use super::fault_choices::{Calls, Times, Trouble};
use super::words::{SwitchWords, Words};

const YES_OR_NO: &[&str] = &["Oui", "Non"];

pub(super) static FRENCH: Words = Words {
    title: "Sandbox",
    intro: "Ce que HubRise ne vous laisse pas faire : provoquer des pannes, couper un accès, avancer l'heure.",

    faults: "Pannes",
    faults_intro: "Les appels choisis échouent comme demandé. La plus ancienne panne qui correspond à un appel s'applique.",
    what: "Ce qui se passe",
    which: "Pour quels appels",
    how_often: "Combien de fois",
    trouble: |trouble| match trouble {
        Trouble::Down => "HubRise est en panne (503)",
        Trouble::InternalError => "Erreur interne (500)",
        Trouble::TooManyRequests => "Trop de requêtes (429, Retry-After : 30 s)",
        Trouble::PlainTooManyRequests => "Trop de requêtes, en texte brut (429, Retry-After : 30 s)",
        Trouble::Slow => "Traite l'appel avec 30 s de retard",
        Trouble::SlowAnswer => "Traite l'appel, mais répond 30 s plus tard",
        Trouble::Cut => "Coupe la connexion sans traiter l'appel",
        Trouble::LostAnswer => "Traite l'appel, puis coupe la connexion sans répondre",
        Trouble::CutMidway => "Coupe la connexion au milieu de la réponse",
        Trouble::BrokenJson => "Répond du JSON cassé",
        Trouble::Page => "Répond une page HTML",
        Trouble::EmptyBody => "Répond 200 sans contenu",
        Trouble::NoNames => "Réponse de jeton sans noms ni token_type",
        Trouble::NoLocation => "Réponse de jeton sans point de vente, catalogue ni liste",
    },
    calls: |calls| match calls {
        Calls::Api => "Toute l'API",
        Calls::OAuth => "Tout OAuth, pages comprises",
        Calls::Token => "Échange du code (POST /token)",
        Calls::Revoke => "Révocation (POST /revoke)",
        Calls::Location => "Lecture du point de vente (GET /location)",
        Calls::Catalogs => "Catalogues (/catalogs/…)",
        Calls::CustomerLists => "Listes de clients (/customer_lists/…)",
        Calls::Orders => "Commandes (/location/orders…)",
        Calls::Callback => "Callback et événements (/callback…)",
        Calls::User => "Profil de l'utilisateur (GET /user)",
    },
    times: |times| match times {
        Times::Once => "Une fois",
        Times::Thrice => "3 fois",
        Times::UntilStopped => "Jusqu'à ce que je la retire",
    },
    add: "Provoquer",
    no_fault: "Aucune panne : tout répond normalement.",
    remaining: "Reste",
    used_up: "épuisée",
    action: "Action",
    remove: "Retirer",
    remove_all: "Retirer toutes les pannes",

    access: "Accès refusé (401)",
    access_intro: "Chaque cause d'un jeton refusé, sur les connexions de vos comptes.",
    suspend: "Suspendre pour non-paiement",
    resume: "Rétablir le compte",
    no_connection: "Aucune app n'est connectée à ce compte.",
    app: "App",
    block: "Bloquer",
    unblock: "Débloquer",
    disconnect: "Déconnecter",

    switches_title: "Réglages",
    switches_intro: "Là où HubRise ne dit pas ce qu'il fait, ou l'a dit de deux façons, choisissez.",
    switches: [
        SwitchWords {
            label: "Après une révocation, une nouvelle autorisation donne",
            choices: &["Un nouveau jeton", "Le même jeton"],
        },
        SwitchWords { label: "Révoquer un jeton déjà révoqué répond", choices: &["200", "404"] },
        SwitchWords { label: "Un code inconnu, utilisé ou expiré répond", choices: &["400", "404"] },
        SwitchWords { label: "state revient aussi avec une erreur", choices: YES_OR_NO },
        SwitchWords {
            label: "app_instance_id d'un événement se trouve",
            choices: &["Dans l'adresse", "Dans le corps", "Dans les deux", "Nulle part"],
        },
        SwitchWords { label: "Les limites de requêtes s'appliquent", choices: YES_OR_NO },
        SwitchWords { label: "Au-delà d'une limite, la réponse est", choices: &["En JSON", "En texte brut"] },
        SwitchWords {
            label: "Un jeton refusé répond",
            choices: &["401", "429 sans Retry-After, comme une ancienne version"],
        },
        SwitchWords { label: "Délai laissé à un callback pour répondre, en millisecondes", choices: &[] },
        SwitchWords {
            label: "Les événements d'une app qui a deux secrets sont signés avec",
            choices: &["Le nouveau secret", "L'ancien secret"],
        },
        SwitchWords { label: "L'app est avertie de sa propre révocation", choices: YES_OR_NO },
        SwitchWords { label: "L'app est avertie d'un blocage", choices: YES_OR_NO },
        SwitchWords { label: "L'app est avertie d'une suspension du compte", choices: YES_OR_NO },
        SwitchWords { label: "Un point de vente qui prend les commandes est", choices: &["online", "normal"] },
    ],
    save: "Enregistrer les réglages",

    clock: "Horloge",
    clock_intro: "Les codes expirent, les limites se terminent et les événements repartent à l'heure de la sandbox. Elle n'avance que dans un sens : seule la remise à zéro la ramène à l'heure réelle.",
    now: "Il est",
    ahead: "En avance de",
    on_time: "À l'heure réelle",
    day: "j",
    advance: "Avancer de",
    advances: [(1, "1 minute"), (10, "10 minutes"), (60, "1 heure"), (1440, "1 jour")],

    codes: "Codes d'autorisation",
    codes_intro: "Un code vit dix minutes. Ceux qui attendent encore d'être échangés peuvent expirer tout de suite.",
    expire: "Faire expirer les codes",
    expired: "Codes expirés :",

    reset: "Remise à zéro",
    reset_warning: "Retour aux données de départ et à l'heure réelle : connexions, commandes, pannes, réglages et journaux sont effacés, et tout le monde est déconnecté de la sandbox.",
    reset_confirm: "Oui, tout effacer",
};
