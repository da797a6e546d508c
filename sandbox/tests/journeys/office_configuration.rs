//! CONFIGURATION: names, permissions, payment.

use hubrise_sandbox::{ListingForm, Options};
use serde_json::json;

use crate::browser::{Browser, NESTOR, THOMAS};
use crate::connector::{CLIENT_ID, SCOPE, api, control, options, start, text_of, token_for};
use crate::receiver::{Receiver, token_of};
use crate::team::{PARTNER, READER, start_with_team, team};

const NEW: &str = "lea@bellapizza.example";

#[tokio::test]
async fn the_page_shows_the_account_its_locations_its_people_and_its_payment() {
    let sandbox = team().await;
    let words = Browser::signed_in(sandbox.url(), THOMAS).await.visit("/configuration").await.words();
    for shown in [
        "Nom Bella Pizza Identifiant 3r4s3 Devise EUR",
        "Lyon - 3r4s3-1",
        "Ajouter l'utilisateur",
        "Thomas Rossi thomas@bellapizza.example Administrateur complet",
        "paul@partner.example Partenaire Technique",
        "ana@bellapizza.example Observateur back-office (lecture seule)",
        "Demandes de paiement Abonnement payé",
        "Simuler un impayé",
    ] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
    assert!(!words.contains("Chez Nestor"));
}

#[tokio::test]
async fn the_page_speaks_english_too() {
    let sandbox = team().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let words = browser.visit("/configuration").await.words();
    for shown in ["Settings", "Add User", "Full Administrator", "Technical Partner", "Requests for payment"] {
        assert!(words.contains(shown), "{shown} is not in {words}");
    }
    let words = browser.visit(&format!("/configuration/permissions?account=3r4s3&email={NEW}")).await.words();
    assert!(words.contains("No user found with this email") && words.contains("Set Permissions"), "{words}");
}

#[tokio::test]
async fn somebody_new_is_added_by_e_mail_with_a_role_and_can_sign_in() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let step = browser.visit(&format!("/configuration/permissions?account=3r4s3&email=+{NEW}+")).await;
    for shown in ["Aucun utilisateur trouvé avec cet e-mail.", "hubrise-demo", "Définir les permissions"] {
        assert!(step.words().contains(shown), "{shown} is not in {}", step.words());
    }
    assert!(!browser.visit("/configuration").await.shows(NEW), "nobody is added before there is a role");
    let fields = [("account", "3r4s3"), ("email", NEW), ("role", "technical_partner")];
    assert_eq!(browser.submit("/configuration/permissions", &fields).await.target(), "/configuration");
    let words = browser.visit("/configuration").await.words();
    assert!(words.contains("lea@bellapizza.example Partenaire Technique"), "{words}");
    assert!(Browser::signed_in(sandbox.url(), NEW).await.visit("/connections").await.shows("Bella Pizza"));
}

#[tokio::test]
async fn somebody_known_gets_access_to_one_account_more_and_loses_it_again() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let step = browser.visit("/configuration/permissions?account=3r4s3&email=NESTOR@cheznestor.example").await;
    assert!(step.shows("Nestor Burnside") && !step.shows("Aucun utilisateur"));
    let fields = [("account", "3r4s3"), ("email", "NESTOR@cheznestor.example"), ("role", "read_only")];
    browser.submit("/configuration/permissions", &fields).await;
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    let page = nestor.visit("/").await;
    assert!(page.shows("Chez Nestor") && page.shows("Bella Pizza"));
    assert_eq!(browser.submit("/configuration/permissions/remove", &fields[..2]).await.target(), "/configuration");
    assert!(!nestor.visit("/").await.shows("Bella Pizza"));
}

#[tokio::test]
async fn an_account_is_never_left_without_an_administrator() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let fields = [("account", "3r4s3"), ("email", THOMAS), ("role", "read_only")];
    for (path, fields) in
        [("/configuration/permissions", &fields[..]), ("/configuration/permissions/remove", &fields[..2])]
    {
        let page = browser.submit(path, fields).await;
        assert_eq!(page.status, 422);
        assert!(page.shows("le compte n'aurait plus d'administrateur"), "{}", page.words());
        assert!(page.words().contains("thomas@bellapizza.example Administrateur complet"));
    }
}

#[tokio::test]
async fn what_is_not_an_e_mail_address_or_a_role_adds_nobody() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for email in ["", "lea", "lea@", "@bellapizza.example", "le a@b", "a@b@c"] {
        let page = browser
            .submit("/configuration/permissions", &[("account", "3r4s3"), ("email", email), ("role", "read_only")])
            .await;
        assert_eq!(page.status, 422, "{email}");
        assert!(page.shows("ce n'est pas une adresse e-mail"));
    }
    let fields = [("account", "3r4s3"), ("email", NEW), ("role", "owner")];
    assert_eq!(browser.submit("/configuration/permissions", &fields).await.status, 422);
    let fields = [("account", "3r4s3"), ("email", NEW)];
    assert_eq!(browser.submit("/configuration/permissions/remove", &fields).await.status, 422);
    assert!(!browser.visit("/configuration").await.shows(NEW));
}

#[tokio::test]
async fn a_renamed_location_and_account_have_the_name_everywhere() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/configuration/locations", &[("location", "3r4s3-0"), ("name", " Montmartre ")]).await;
    browser.submit("/configuration/account", &[("account", "3r4s3"), ("name", "Bella & fils")]).await;
    let (_, location) = api(&sandbox, &token, "/location").await;
    assert_eq!((&location["name"], &location["account"]["name"]), (&json!("Montmartre"), &json!("Bella & fils")));
    let page = browser.visit("/connections").await;
    assert!(page.shows("Montmartre - 3r4s3-0") && page.shows("Bella & fils - 3r4s3"));
    for name in ["", "  ", &"x".repeat(101), "a\nb"] {
        let page = browser.submit("/configuration/locations", &[("location", "3r4s3-0"), ("name", name)]).await;
        assert_eq!(page.status, 422);
        assert!(page.shows("un nom a entre 1 et 100 caractères") && page.shows("Montmartre"));
    }
}

#[tokio::test]
async fn a_renamed_location_is_an_event() {
    let receiver = Receiver::start().await;
    let sandbox = start().await;
    let token = token_of(&sandbox, CLIENT_ID, SCOPE, "3r4s3-0").await;
    let callback = json!({ "url": receiver.url, "events": { "location": ["update"] } });
    let url = format!("{}/v1/callback", sandbox.url());
    let answer = crate::browser::http().post(url).header("X-Access-Token", token).json(&callback).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/configuration/locations", &[("location", "3r4s3-0"), ("name", "Montmartre")]).await;
    let event = receiver.wait_for(1).await[0].json();
    assert_eq!(
        (&event["previous_state"]["name"], &event["new_state"]["name"]),
        (&json!("Paris"), &json!("Montmartre"))
    );
}

#[tokio::test]
async fn an_unpaid_account_is_suspended_until_it_pays() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let account = [("account", "3r4s3")];
    assert_eq!(browser.submit("/configuration/suspend", &account).await.target(), "/configuration");
    let (status, body) = api(&sandbox, &token, "/location").await;
    assert_eq!(status, 401);
    assert!(text_of(&body["message"]).contains("suspended for non payment"));
    let words = browser.visit("/configuration").await.words();
    assert!(words.contains("Demandes de paiement Suspendu pour non-paiement") && words.contains("Payer"), "{words}");
    browser.submit("/configuration/pay", &account).await;
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn apps_are_told_of_a_suspension_by_a_switch() {
    let receiver = Receiver::start().await;
    let listing = ListingForm {
        location_scope: SCOPE.to_owned(),
        disconnect_url: receiver.url.clone(),
        ..ListingForm::default()
    };
    let sandbox = start_with_team(Options { listing, ..options() }).await;
    token_for(&sandbox, "3r4s3-0").await;
    control(&sandbox, "/settings", json!({ "notice_after_suspension": true })).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    browser.submit("/configuration/suspend", &[("account", "3r4s3")]).await;
    assert!(receiver.wait_for(1).await[0].query.starts_with("app_instance_id="));
}

#[tokio::test]
async fn only_administrators_of_the_account_change_anything() {
    let sandbox = team().await;
    let attempts: [(&str, &[(&str, &str)]); 6] = [
        ("/configuration/account", &[("account", "3r4s3"), ("name", "X")]),
        ("/configuration/locations", &[("location", "3r4s3-0"), ("name", "X")]),
        ("/configuration/permissions", &[("account", "3r4s3"), ("email", NEW), ("role", "full_administrator")]),
        ("/configuration/permissions/remove", &[("account", "3r4s3"), ("email", THOMAS)]),
        ("/configuration/suspend", &[("account", "3r4s3")]),
        ("/configuration/pay", &[("account", "3r4s3")]),
    ];
    for (email, status) in [(READER, 403), (PARTNER, 403), (NESTOR, 404)] {
        let mut browser = Browser::signed_in(sandbox.url(), email).await;
        for (path, fields) in attempts {
            assert_eq!(browser.submit(path, fields).await.status, status, "{email} {path}");
        }
        let step = format!("/configuration/permissions?account=3r4s3&email={NEW}");
        assert_eq!(browser.visit(&step).await.status, status);
    }
    let page = Browser::signed_in(sandbox.url(), READER).await.visit("/configuration").await;
    assert!(page.shows("Seul un administrateur du compte peut modifier cette page."));
    assert!(!page.shows("Ajouter l'utilisateur") && !page.shows("Simuler un impayé") && !page.shows("Modifier"));
    assert!(page.words().contains("Thomas Rossi") && page.shows("Abonnement payé"));
}
