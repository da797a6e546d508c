//! Links for owners: somebody who has no account here connects their HubRise location to the point of sale of whoever
//! sent the link.

use chrono::TimeDelta;

use crate::harness::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, Browser, CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR,
    NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, Page, STAFF, TestApp, journey,
    leftovers::tables_containing,
    logs,
    owners::{ANYWAY, CHOOSE_AGAIN, LINKS, SEND_A_LINK},
    secret_of,
};

const UNKNOWN: &str = "018f0000-0000-7000-8000-000000000000";
/// What the owner is expected to choose.
const ACCOUNT: &str = "Compte HubRise";
const LOCATION: &str = "Point de vente HubRise";

async fn link_to_paris(app: &TestApp) -> (Browser, String) {
    let mut manager = app.signed_in(MANAGER).await;
    let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
    (manager, link)
}

fn outline_of_qr(page: &Page) -> String {
    assert!(page.attributes("role").contains(&"img".to_owned()), "no picture: {}", page.body);
    assert!(page.attributes("aria-label").contains(&"QR code du lien".to_owned()));
    let outlines = page.attributes("d");
    let found = outlines.iter().find(|outline| outline.starts_with("M4 4h1v1h-1z"));
    found.unwrap_or_else(|| panic!("no outline begins where a code does: {outlines:?}")).clone()
}

#[tokio::test]
async fn a_manager_makes_a_link_and_can_see_it_again() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/services").await;
        let page = manager.click(SEND_A_LINK).await;
        assert_eq!(page.url.path(), LINKS);
        page.assert_shows(&[SEND_A_LINK, "« Bella Pizza », sans compte TicknCook", FRENCH.choose]);
        assert!(page.attributes("value").contains(&"Bella Pizza".to_owned()), "the account's name is proposed");
        let link = manager.make_link(PARIS, "Bella Pizza", "Paris").await;
        let page = manager.page().clone();
        assert!(link.starts_with(app.public().join("/links/").unwrap().as_str()), "{link}");
        assert!(secret_of(&link).len() >= 43, "{link}");
        page.assert_shows(&[
            "Lien pour relier « Paris République »",
            "Il sert une seule fois",
            "Pas encore utilisé. Valable jusqu’au 30 novembre 2026 à 18:02.",
            &format!("Créé par {MANAGER} le 23 novembre 2026 à 18:02."),
        ]);
        assert_eq!((page.fact(ACCOUNT), page.fact(LOCATION)), ("Bella Pizza".into(), "Paris".into()));
        let picture = outline_of_qr(&page);
        assert!(picture.matches("h1v1h-1z").count() > 200, "{picture}");
        let again = manager.click("Tous les liens").await.entry(PARIS);
        assert!(again.contains("Bella Pizza › Paris"), "{again}");
        manager.click_beside("Bella Pizza › Paris", &format!("Voir {PARIS}")).await;
        assert_eq!(manager.page().link_to_send(), link);
        assert_eq!(outline_of_qr(manager.page()), picture);
        manager.make_link(LYON, "Bella Pizza", "").await;
        assert_ne!(outline_of_qr(manager.page()), picture);
        assert_eq!(manager.page().fact(LOCATION), LYON, "left empty, it is the name of ours");
    })
    .await;
}

#[tokio::test]
async fn what_a_link_cannot_be_is_told_and_nothing_is_made() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let (paris, foreign) = (app.point_of_sale(PARIS).await, app.point_of_sale(BAKER_STREET).await);
        let long = "é".repeat(121);
        for (point_of_sale, account, location, words) in [
            ("", "Bella Pizza", "Paris", "Choisissez un point de vente dans la liste"),
            (&*foreign, "Bella Pizza", "Paris", "Ce point de vente n’est plus disponible."),
            ("nonsense", "Bella Pizza", "Paris", "Ce point de vente n’est plus disponible."),
            (&paris, " ", "Paris", "Indiquez quel compte et quel point de vente le propriétaire doit choisir"),
            (&paris, "Bella Pizza", &long, "Indiquez quel compte et quel point de vente le propriétaire doit choisir"),
            ("new", "Bella Pizza", "", "Indiquez quel compte et quel point de vente le propriétaire doit choisir"),
        ] {
            let fields = [("point_of_sale", point_of_sale), ("account_name", account), ("location_name", location)];
            let page = manager.post(LINKS, &fields).await;
            page.assert_status(422);
            page.assert_shows(&[words]);
        }
        assert_eq!(app.count("select count(*) from connection_link").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_owner_goes_straight_to_hubrise_and_confirms_without_an_account() {
    journey(async |app| {
        let (mut manager, link) = link_to_paris(app).await;
        app.advance(TimeDelta::hours(1));
        let mut owner = app.browser();
        let answer = owner.peek(&link).await;
        let target = answer.target();
        assert!(target.as_str().starts_with(app.hubrise.url()), "{target}");
        let query: Vec<(String, String)> = target.query_pairs().into_owned().collect();
        for (name, value) in [("account_name", "Bella Pizza"), ("location_name", "Paris")] {
            assert!(query.contains(&(name.to_owned(), value.to_owned())), "{name}: {target}");
        }
        assert!(!target.as_str().contains(&secret_of(&link)), "HubRise need not know it");
        let page = owner.follow(&link, PARIS_AT_HUBRISE).await.clone();
        page.assert_status(200);
        page.assert_shows(&["Est-ce bien ce point de vente ?", "« Bella Pizza » recevra ses commandes"]);
        page.assert_hides(&[MANAGER, ANYWAY]);
        let facts = page.facts();
        for (label, fact) in [
            ("Compte", "Bella Pizza - 3r4s3"),
            ("Point de vente", "Paris - 3r4s3-0"),
            ("Catalogue", "Carte Paris - psmlf"),
            ("Liste de clients", "Clients Paris - xab66"),
            ("Établissement TicknCook", "Bella Pizza"),
            ("Point de vente TicknCook", PARIS),
        ] {
            assert!(facts.contains(&(label.to_owned(), fact.to_owned())), "{label}: {facts:?}");
        }
        assert_eq!(app.count("select count(*) from connection").await, 0, "nobody has confirmed");
        let page = owner.press(FRENCH.confirm, &[]).await;
        page.assert_status(200);
        page.assert_shows(&["« Paris République » est relié à HubRise", "Merci !", "Paris - 3r4s3-0"]);
        assert_eq!(owner.open("/services").await.url.path(), "/login", "the owner is nobody here");
        assert_eq!(app.count("select count(*) from app_user").await, 4);
        let connected = "select count(*) from connection c join point_of_sale p on p.id = c.point_of_sale_id
             join organisation o on o.id = c.organisation_id and o.id = p.organisation_id
             where o.name = 'Bella Pizza' and p.name = 'Paris République' and c.location_id = '3r4s3-0'";
        assert_eq!(app.count(connected).await, 1);
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        assert_eq!(app.hubrise.revocations().await, 0);
        let entry = manager.open(LINKS).await.entry("Bella Pizza › Paris");
        assert!(entry.contains("Utilisé le 23 novembre 2026 à 19:02 pour Paris - 3r4s3-0"), "{entry}");
        let card = manager.open("/services").await.entry(PARIS);
        assert!(card.contains("par le propriétaire, grâce à un lien, le 23 novembre 2026 à 19:02"), "{card}");
    })
    .await;
}

#[tokio::test]
async fn the_owner_is_not_told_that_orders_arrive_while_none_do() {
    journey(async |app| {
        let (_, link) = link_to_paris(app).await;
        let mut owner = app.browser();
        let here = owner.follow(&link, PARIS_AT_HUBRISE).await.url.path().to_owned();
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["Merci !"]);
        app.run_jobs().await;
        sqlx::query("update connection set no_orders_since = verified_at").execute(app.db()).await.unwrap();
        let page = owner.open(&here).await;
        page.assert_shows(&["est relié à HubRise", "mais pas encore l’envoi des commandes.", "Paris - 3r4s3-0"]);
        page.assert_hides(&["Merci !", "arrivent désormais"]);
        let refused = "update connection set failed_since = verified_at, failure = 'unpaid', no_orders_since = null";
        sqlx::query(refused).execute(app.db()).await.unwrap();
        let page = owner.open(&here).await;
        page.assert_shows(&["En échec depuis", "doit régler l’abonnement chez HubRise", "Paris - 3r4s3-0"]);
        page.assert_hides(&["Merci !", "arrivent désormais"]);
    })
    .await;
}

#[tokio::test]
async fn a_link_to_a_new_point_of_sale_makes_it_when_the_owner_confirms() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.open(LINKS).await;
        let fields = [
            (FRENCH.new, CHOSEN),
            (FRENCH.new_name, "Nice Vieux-Port"),
            ("Compte HubRise", "Bella Pizza"),
            ("Point de vente HubRise", "Nice"),
        ];
        let link = manager.press("Créer le lien", &fields).await.link_to_send();
        assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
        let mut owner = app.browser();
        owner.follow(&link, NICE_AT_HUBRISE).await.assert_shows(&["Est-ce bien ce point de vente", "Nice Vieux-Port"]);
        assert_eq!(app.count("select count(*) from point_of_sale").await, 3);
        owner
            .press(FRENCH.confirm, &[])
            .await
            .assert_shows(&["« Nice Vieux-Port » est relié à HubRise", "Nice - 3r4s3-2"]);
        manager.open("/services").await.assert_shows(&["Nice Vieux-Port", "Nice - 3r4s3-2"]);
    })
    .await;
}

#[tokio::test]
async fn the_owner_s_page_lasts_and_the_link_does_not() {
    journey(async |app| {
        let (_, link) = link_to_paris(app).await;
        // Programs that look at every link they see do not use it up.
        for _ in 0..3 {
            app.browser().peek(&link).await.assert_status(303);
        }
        let mut owner = app.browser();
        let here = owner.follow(&link, PARIS_AT_HUBRISE).await.url.to_string();
        let connected = owner.press(FRENCH.confirm, &[]).await.words();
        assert_eq!(owner.open(&here).await.words(), connected);
        app.advance(TimeDelta::hours(3));
        assert_eq!(owner.open(&here).await.words(), connected);
        for mut browser in [owner, app.browser(), app.signed_in(NESTOR).await] {
            let page = browser.open(&link).await;
            page.assert_status(410);
            page.assert_shows(&["Ce lien a déjà servi", "Il a été utilisé le 23 novembre 2026 à 18:02"]);
        }
        assert_eq!(app.count("select count(*) from connection_link where secret_ciphertext is not null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn expired_cancelled_and_unknown_links_lead_nowhere() {
    journey(async |app| {
        let (mut manager, link) = link_to_paris(app).await;
        let cancelled = manager.make_link(LYON, "Bella Pizza", "Lyon").await;
        let page = manager.press("Annuler ce lien", &[]).await;
        assert_eq!(page.url.path(), LINKS);
        assert!(page.entry("Bella Pizza › Lyon").contains("Annulé."), "{}", page.words());
        let page = app.browser().open(&cancelled).await.clone();
        page.assert_status(410);
        page.assert_shows(&["Ce lien a été annulé", "à la personne qui vous l’a envoyé."]);
        app.browser().open("/links/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.assert_status(404);
        app.advance(TimeDelta::seconds(7 * 24 * 3600 - 1));
        app.run_regular("expire_connection_links").await;
        app.browser().peek(&link).await.assert_status(303);
        let sealed = "select count(*) from connection_link where secret_ciphertext is not null";
        assert_eq!(app.count(sealed).await, 1);
        app.advance(TimeDelta::seconds(1));
        let page = app.browser().open(&link).await.clone();
        page.assert_status(410);
        page.assert_shows(&["Ce lien a expiré", "Un lien est valable une semaine."]);
        app.run_regular("expire_connection_links").await;
        assert_eq!(app.count(sealed).await, 0);
        app.browser().open(&link).await.assert_status(410);
        manager.sign_in(MANAGER).await;
        let entry = manager.open(LINKS).await.entry("Bella Pizza › Paris");
        assert!(entry.contains("Expiré le 30 novembre 2026 à 18:02 sans avoir servi."), "{entry}");
    })
    .await;
}

#[tokio::test]
async fn the_secret_of_a_link_is_neither_logged_nor_readable() {
    journey(async |app| {
        let (_, link) = link_to_paris(app).await;
        let secret = secret_of(&link);
        let mut owner = app.browser();
        owner.follow(&link, PARIS_AT_HUBRISE).await;
        assert!(owner.page().redirects.iter().all(|page| !page.url.as_str().contains(&secret)));
        assert!(!owner.page().body.contains(&secret));
        assert_eq!(tables_containing(app.db(), &secret).await, Vec::<String>::new());
        owner.press(FRENCH.confirm, &[]).await.assert_status(200);
        app.browser().open(&link).await.assert_status(410);
        assert_eq!(logs::containing(&secret), Vec::<String>::new());
        assert_eq!(tables_containing(app.db(), &secret).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn another_location_than_expected_is_told_before_anything_is_linked() {
    journey(async |app| {
        let (_, link) = link_to_paris(app).await;
        let mut owner = app.browser();
        let page = owner.follow(&link, NICE_AT_HUBRISE).await;
        page.assert_shows(&[
            "Ce n’est pas le point de vente attendu",
            "Ce lien a été préparé pour « Bella Pizza › Paris ». Rien n’est encore relié.",
            "Nice - 3r4s3-2",
        ]);
        assert!(!page.has_button(FRENCH.confirm));
        assert_eq!(app.count("select count(*) from connection").await, 0);
        let page = owner.press(CHOOSE_AGAIN, &[]).await;
        assert!(page.url.as_str().starts_with(app.hubrise.url()), "{}", page.url);
        let names = page.redirects[1].target();
        assert!(names.as_str().contains("account_name=Bella") && names.as_str().contains("location_name=Paris"));
        owner.allow(PARIS_AT_HUBRISE).await.assert_shows(&["Est-ce bien ce point de vente", "Paris - 3r4s3-0"]);
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-2").await, "the first grant is left behind");
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn another_account_than_expected_is_told_too() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(PARIS, "Bella Pizza", "Baker Street").await;
        let mut owner = app.browser();
        let page = owner.follow(&link, BAKER_STREET_AT_HUBRISE).await;
        page.assert_shows(&["Ce n’est pas le point de vente attendu", "Chez Nestor - z6q31"]);
        owner.press("Renoncer à cette connexion", &[]).await.assert_shows(&["Rien n’a été relié"]);
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("z6q31-0").await);
        app.browser().peek(&link).await.assert_status(303);
    })
    .await;
}

#[tokio::test]
async fn the_owner_may_insist_on_another_location() {
    journey(async |app| {
        let (mut manager, link) = link_to_paris(app).await;
        let mut owner = app.browser();
        owner.follow(&link, LYON_AT_HUBRISE).await.assert_shows(&["Ce n’est pas le point de vente attendu"]);
        let page = owner.press(ANYWAY, &[]).await;
        page.assert_shows(&["« Paris République » est relié à HubRise", "Lyon - 3r4s3-1"]);
        let entry = manager.open(LINKS).await.entry("Bella Pizza › Paris");
        assert!(entry.contains("pour Lyon - 3r4s3-1"), "{entry}");
        manager.open("/services").await.assert_shows(&["Lyon - 3r4s3-1"]);
    })
    .await;
}

#[tokio::test]
async fn staff_make_no_links_and_another_organisation_s_do_not_exist() {
    journey(async |app| {
        let (manager, _) = link_to_paris(app).await;
        let shown = manager.page().url.path().to_owned();
        let cancel = format!("{shown}/cancel");
        let mut staff = app.signed_in(STAFF).await;
        staff.open("/services").await.assert_hides(&[SEND_A_LINK]);
        for path in [LINKS, &shown] {
            staff.peek(path).await.assert_status(403);
        }
        let fields = [("point_of_sale", "new"), ("account_name", "x"), ("location_name", "x")];
        for path in [LINKS, &cancel] {
            staff.post(path, &fields).await.assert_status(403);
            assert_eq!(app.browser().post(path, &fields).await.target().path(), "/login");
            let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
            manager.clone().post_with(path, &fields, &foreign).await.assert_status(403);
        }
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open(LINKS).await.assert_hides(&["Bella Pizza", PARIS]);
        nestor.peek(&shown).await.assert_status(404);
        nestor.peek(&format!("{LINKS}/{UNKNOWN}")).await.assert_status(404);
        nestor.post(&cancel, &[]).await.assert_status(404);
        assert_eq!(app.count("select count(*) from connection_link where cancelled_at is null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn support_makes_a_link_for_any_organisation_and_nobody_else_does() {
    journey(async |app| {
        let mut support = app.support().await;
        support.open("/support").await.assert_shows(&["Retrouvez un établissement"]);
        for (query, found) in [("bELLA", true), (STAFF, true), ("100%", false), ("3r4s3-0", false)] {
            let page = support.press("Chercher", &[("query", query)]).await;
            let words = page.words();
            assert_eq!(words.contains("Bella Pizza Points de vente : 2, dont reliés à HubRise : 0"), found, "{words}");
            assert_eq!(words.contains("Rien ne correspond à"), !found, "{words}");
        }
        support.press("Chercher", &[("query", "bella")]).await.assert_hides(&["Chez Nestor"]);
        let page = support.click_beside("Bella Pizza", &format!("{SEND_A_LINK} Bella Pizza")).await;
        let base = page.url.path().to_owned();
        let link = support.fill_in_link(PARIS, "Bella Pizza", "Paris").await;
        assert!(support.page().url.path().starts_with(&base), "{}", support.page().url);
        let mut owner = app.browser();
        owner.follow(&link, PARIS_AT_HUBRISE).await;
        owner.press(FRENCH.confirm, &[]).await.assert_shows(&["« Paris République » est relié à HubRise"]);
        assert!(support.open(&base).await.entry("Bella Pizza › Paris").contains("pour Paris - 3r4s3-0"));
        let page = support.open("/support?query=3r4s3-0").await;
        page.assert_shows(&["Bella Pizza Points de vente : 2, dont reliés à HubRise : 1"]);
        support.open(&format!("/support/organisations/{UNKNOWN}/links")).await.assert_status(404);
        for email in [MANAGER, STAFF, NESTOR] {
            let mut browser = app.signed_in(email).await;
            for path in ["/support", &base] {
                browser.peek(path).await.assert_status(404);
            }
            browser.post(&base, &[("point_of_sale", "new"), ("account_name", "x")]).await.assert_status(404);
        }
        assert_eq!(app.count("select count(*) from connection_link").await, 1);
    })
    .await;
}
