//! Every page and action reads through the signed-in person's organisation, and through what they may do there.

use crate::{
    api::key_of_bella,
    attacks::ground::holdings,
    harness::{
        AS_MANAGER, AS_STAFF, BAKER_STREET, BAKER_STREET_AT_HUBRISE, Browser, CHOSEN, FRENCH, LYON, MANAGER, NESTOR,
        OWNER_OF_BOTH, PARIS, PARIS_AT_HUBRISE, Page, STAFF, TestApp, journey,
    },
};

const UNKNOWN: &str = "018f0000-0000-7000-8000-000000000000";

/// Every path that names something of an organisation's, with `{}` for its id, and whether it changes something.
async fn paths(app: &TestApp, nestor: &mut Browser) -> Vec<(&'static str, &'static str, String)> {
    let point_of_sale = app.point_of_sale(BAKER_STREET).await;
    let connection = app.connection("z6q31-0").await;
    let attempt = nestor.page().url.path().rsplit('/').next().unwrap().to_owned();
    vec![
        ("GET", "/points-of-sale/{}/delete", point_of_sale.clone()),
        ("POST", "/points-of-sale/{}/delete", point_of_sale),
        ("GET", "/services/hubrise/connections/{}/disconnect", connection.clone()),
        ("POST", "/services/hubrise/connections/{}/disconnect", connection.clone()),
        ("POST", "/services/hubrise/connections/{}/reconnect", connection),
        ("GET", "/services/hubrise/attempts/{}", attempt),
    ]
}

async fn ask(browser: &mut Browser, method: &str, path: &str, id: &str) -> (u16, String) {
    let path = path.replace("{}", id);
    let page = if method == "GET" { browser.peek(&path).await } else { browser.post(&path, &[]).await };
    (page.status.as_u16(), without_reference(&page).replace(id, ""))
}

/// What a page says, but for the number of the request that asked for it.
fn without_reference(page: &Page) -> String {
    page.body.replace(page.header("x-request-id").unwrap(), "")
}

#[tokio::test]
async fn another_organisation_s_things_do_not_exist() {
    journey(async |app| {
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let paths = paths(app, &mut nestor).await;
        let mut bella = app.signed_in(MANAGER).await;
        for (method, path, id) in paths {
            let foreign = ask(&mut bella, method, path, &id).await;
            assert_eq!(foreign.0, 404, "{method} {path}: {}", foreign.1);
            for unknown in [UNKNOWN, "nonsense"] {
                let unknown = ask(&mut bella, method, path, unknown).await;
                assert_eq!(unknown, foreign, "{method} {path} tells another restaurant's from an unknown one");
            }
        }
        assert_eq!(app.hubrise.answers_to_token_of("z6q31-0").await, 200);
        nestor.open("/services").await.assert_shows(&["Baker Street - z6q31-0"]);
        let receipt = nestor.disconnect(BAKER_STREET).await.url.path().to_owned();
        let id = receipt.rsplit('/').next().unwrap();
        let foreign = ask(&mut bella, "GET", "/receipts/{}", id).await;
        assert_eq!(foreign.0, 404);
        assert_eq!(foreign, ask(&mut bella, "GET", "/receipts/{}", UNKNOWN).await);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_sees_and_changes_nothing() {
    journey(async |app| {
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let mut paths = paths(app, &mut nestor).await;
        paths.extend([
            ("GET", "/", String::new()),
            ("GET", "/services", String::new()),
            ("GET", "/points-of-sale", String::new()),
            ("GET", "/history", String::new()),
            ("GET", "/history.csv", String::new()),
            ("GET", "/services/hubrise/connect", String::new()),
            ("POST", "/services/hubrise/connect", String::new()),
            ("GET", "/receipts/{}", UNKNOWN.to_owned()),
        ]);
        for (method, path, id) in paths {
            let path = path.replace("{}", &id);
            let mut nobody = app.browser();
            let page = if method == "GET" { nobody.peek(&path).await } else { nobody.post(&path, &[]).await };
            page.assert_status(303);
            assert_eq!(page.target().path(), "/login", "{method} {path}");
        }
        assert_eq!(app.hubrise.answers_to_token_of("z6q31-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn staff_look_and_do_not_touch() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let mut staff = app.signed_in(STAFF).await;
        let page = staff.open("/services").await;
        page.assert_shows(&["Paris - 3r4s3-0"]);
        page.assert_hides(&[FRENCH.add, FRENCH.reconnect, FRENCH.disconnect]);
        let page = staff.open("/points-of-sale").await;
        page.assert_shows(&[PARIS]);
        page.assert_hides(&[FRENCH.add, FRENCH.delete]);

        let (connection, point_of_sale) = (app.connection("3r4s3-0").await, app.point_of_sale(PARIS).await);
        for (method, path, id) in [
            ("GET", "/services/hubrise/connect", &*connection),
            ("POST", "/services/hubrise/connect", &*connection),
            ("POST", "/services/hubrise/connections/{}/reconnect", &*connection),
            ("GET", "/services/hubrise/connections/{}/disconnect", &*connection),
            ("POST", "/services/hubrise/connections/{}/disconnect", &*connection),
            ("GET", "/points-of-sale/{}/delete", &*point_of_sale),
            ("POST", "/points-of-sale/{}/delete", &*point_of_sale),
        ] {
            let (status, body) = ask(&mut staff, method, path, id).await;
            assert_eq!(status, 403, "{method} {path}");
            assert!(body.contains("Réservé aux responsables"), "{method} {path}");
        }
        assert_eq!(app.count("select count(*) from authorisation_attempt").await, 1);
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_membership_that_ends_ends_at_once() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        sqlx::query("update membership set role = 'staff'").execute(app.db()).await.unwrap();
        browser.open("/services/hubrise/connect").await.assert_status(403);
        let page = browser.open(&callback).await.clone();
        assert_eq!(app.count("select count(*) from connection").await, 0, "staff connected: {}", page.words());
        sqlx::query("delete from membership").execute(app.db()).await.unwrap();
        browser.open("/services").await.assert_shows(&["Aucun établissement pour ce compte"]);
        browser.page().assert_hides(&[PARIS]);
        sqlx::query("delete from app_user").execute(app.db()).await.unwrap();
        assert_eq!(browser.open("/services").await.url.path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn somebody_of_two_organisations_sees_one_at_a_time() {
    journey(async |app| {
        let mut browser = app.signed_in(OWNER_OF_BOTH).await;
        browser.open("/points-of-sale").await.assert_shows(&[PARIS]);
        browser.page().assert_hides(&[BAKER_STREET]);
        browser.press("Chez Nestor", &[]).await;
        browser.open("/points-of-sale").await.assert_shows(&[BAKER_STREET]);
        browser.page().assert_hides(&[PARIS]);
        let paris = app.point_of_sale(PARIS).await;
        browser.open(&format!("/points-of-sale/{paris}/delete")).await.assert_status(404);
    })
    .await;
}

#[tokio::test]
async fn a_form_of_one_organisation_does_nothing_once_another_tab_shows_another() {
    journey(async |app| {
        let staff = app.user(STAFF).await;
        let removal = format!("/settings/team/{staff}/remove");
        for (path, button, fields) in [
            ("/services/hubrise/connect", FRENCH.allow, vec![(PARIS, CHOSEN)]),
            ("/services/hubrise/links", "Créer le lien", vec![(PARIS, CHOSEN)]),
            (
                "/settings/team",
                "Créer l’invitation",
                vec![("Pour qui ?", "Paul"), ("Responsable connecte, déconnecte, invite et retire", CHOSEN)],
            ),
            ("/settings", "Télécharger les données", vec![]),
            (&removal, FRENCH.confirm, vec![]),
        ] {
            let mut browser = app.signed_in(OWNER_OF_BOTH).await;
            browser.open(path).await.assert_status(200);
            browser.clone().press("Chez Nestor", &[]).await;
            let before = app.count("select count(*) from history_entry").await;
            let page = browser.press(button, &fields).await;
            assert_eq!(page.status.as_u16(), 409, "{path}: {}", page.words());
            page.assert_shows(&["Vous regardez maintenant un autre établissement", "Rien n’a été fait"]);
            assert_eq!(app.count("select count(*) from history_entry").await, before, "{path}");
            assert_eq!(app.count("select count(*) from invitation").await, 0);
            assert_eq!(app.count("select count(*) from connection_link").await, 0);
            assert_eq!(app.count("select count(*) from authorisation_attempt").await, 0);
        }
        assert_eq!(app.memberships(STAFF).await.len(), 1);
    })
    .await;
}

/// While the pages were made, their reader had one organisation only.
#[tokio::test]
async fn a_form_from_before_its_reader_joined_another_organisation_does_nothing_in_that_one() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        manager.invite("Samira", AS_STAFF).await;
        let invitation = manager.page().url.path().to_owned();
        manager.make_link(LYON, "Bella Pizza", "Lyon").await;
        let link = manager.page().url.path().to_owned();
        key_of_bella(app).await;
        let key: String = sqlx::query_scalar("select id::text from api_key").fetch_one(app.db()).await.unwrap();
        app.run_jobs().await;
        let (connection, point_of_sale) = (app.connection("3r4s3-0").await, app.point_of_sale(PARIS).await);
        let mut tabs = Vec::new();
        for (path, button, fields) in [
            ("/services", FRENCH.reconnect, vec![]),
            ("/services/hubrise/connect", FRENCH.allow, vec![(LYON, CHOSEN)]),
            (&*format!("/services/hubrise/connections/{connection}/disconnect"), FRENCH.confirm, vec![]),
            ("/services/hubrise/links", "Créer le lien", vec![(LYON, CHOSEN), ("Point de vente HubRise", "Lyon")]),
            (&link, "Annuler ce lien", vec![]),
            (&*format!("/points-of-sale/{point_of_sale}/delete"), FRENCH.confirm, vec![]),
            ("/settings", "Télécharger les données", vec![]),
            (&*format!("/settings/keys/{key}/revoke"), FRENCH.confirm, vec![]),
            ("/settings/team", "Créer l’invitation", vec![("Pour qui ?", "Paul")]),
            (&invitation, "Annuler cette invitation", vec![]),
            (&*format!("/settings/team/{}/remove", app.user(STAFF).await), FRENCH.confirm, vec![]),
        ] {
            let mut tab = manager.clone();
            tab.open(path).await.assert_status(200);
            tabs.push((tab, path.to_owned(), button, fields));
        }
        let other = app.signed_in(NESTOR).await.invite("un associé", AS_MANAGER).await;
        manager.open(&other).await;
        manager.press("Rejoindre", &[]).await.assert_shows(&["Chez Nestor"]);
        let before = holdings(app).await;
        for (mut tab, path, button, fields) in tabs {
            tab.cookies.clone_from(&manager.cookies);
            let page = tab.press(button, &fields).await;
            assert_eq!(page.status.as_u16(), 409, "{path}: {}", page.words());
            page.assert_shows(&["Vous regardez maintenant un autre établissement", "Rien n’a été fait"]);
            assert_eq!(holdings(app).await, before, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_switches_to_an_organisation_that_is_not_theirs() {
    journey(async |app| {
        let nestor: String = sqlx::query_scalar("select id::text from organisation where name = 'Chez Nestor'")
            .fetch_one(app.db())
            .await
            .unwrap();
        let mut browser = app.signed_in(MANAGER).await;
        let foreign = browser.post("/organisation", &[("organisation_id", &nestor)]).await;
        let unknown = browser.post("/organisation", &[("organisation_id", UNKNOWN)]).await;
        assert_eq!(without_reference(&foreign), without_reference(&unknown));
        assert_eq!(foreign.status, unknown.status);
        assert_eq!(foreign.status.as_u16(), 404);
        browser.open("/points-of-sale").await.assert_hides(&[BAKER_STREET]);
    })
    .await;
}
