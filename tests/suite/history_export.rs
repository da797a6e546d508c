//! The history as CSV, and by the API.

use std::collections::HashSet;

use reqwest::Response;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tickncook_hubrise::{
    api::keys::add_key,
    history::{Action, Actor, Change, Entry},
    ids::{DisconnectionId, new_id},
};

use crate::harness::{AS_STAFF, Browser, FRENCH, MANAGER, NESTOR, STAFF, TestApp, http_client, journey};

/// The lines of a French export, cell by cell, without the heading.
async fn lines(browser: &mut Browser, path: &str) -> Vec<Vec<String>> {
    let page = browser.open(path).await;
    page.assert_status(200);
    let body = page.body.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(body.as_bytes());
    reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn the_export_tells_what_the_page_tells_in_the_reader_s_language() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let renamed =
            Entry::new(bella, Actor::HubRise, Action::Renamed).on(new_id(), "Paris \"Répu\",\r\nLyon").changed(
                Change::of([("location", Some("Paris")), ("catalog", Some("Carte"))]),
                Change::of([("location", Some("Paris; 10e")), ("receipt", Some(&DisconnectionId::new().to_string()))]),
            );
        app.write_down(renamed.because(Some("Parce que"))).await;
        let mut staff = app.signed_in(STAFF).await;
        staff.open("/history").await;
        let page = staff.click("Télécharger pour un tableur").await.clone();
        assert_eq!(page.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(
            page.header("content-disposition"),
            Some("attachment; filename=\"tickncook-historique-2026-11-23.csv\"")
        );
        assert!(page.body.starts_with("\u{feff}Quand;Qui;Quoi;À propos de;Avant;Après;Motif\r\n"), "{}", page.body);
        assert!(page.body.contains("\"Paris \"\"Répu\"\",\r\nLyon\""), "{}", page.body);
        let told = lines(&mut staff, "/history.csv").await;
        let expected = [
            "2026-11-23T18:02:00+01:00",
            "HubRise",
            "Nom changé chez HubRise",
            "Paris \"Répu\",\r\nLyon",
            "Point de vente HubRise\u{a0}: Paris\nCatalogue\u{a0}: Carte",
            "Point de vente HubRise\u{a0}: Paris; 10e",
            "Parce que",
        ];
        assert_eq!(told[0], expected);
        assert_eq!(told.last().unwrap()[2], "Compte TicknCook créé");
        staff.open("/history").await;
        staff.press(FRENCH.other_language, &[]).await;
        let page = staff.open("/history.csv").await;
        assert!(page.body.starts_with("\u{feff}When,Who,What,About,Before,After,Reason\r\n"), "{}", page.body);
        assert!(page.header("content-disposition").unwrap().contains("tickncook-history-2026-11-23.csv"));
    })
    .await;
}

#[tokio::test]
async fn no_name_becomes_a_formula() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let formulas = ["=HYPERLINK(\"http://evil.example\")", "+33 1", "-1+1", "@SUM(A1:A9)"];
        for formula in formulas {
            manager.invite(formula, AS_STAFF).await;
        }
        let bella = app.organisation("Bella Pizza").await;
        for formula in ["\t=1", "\r=1"] {
            let entry = Entry::new(bella, Actor::HubRise, Action::Renamed).on(new_id(), formula);
            app.write_down(entry.because(Some(formula))).await;
        }
        let told = lines(&mut manager, "/history.csv").await;
        for formula in formulas.iter().chain(&["\t=1", "\r=1"]) {
            let guarded = format!("'{formula}");
            assert!(told.iter().any(|line| line[3] == guarded), "{formula}: {told:?}");
        }
        for cell in told.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_long_history_is_exported_whole_and_by_the_same_filter() {
    journey(async |app| {
        let fill = "insert into history_entry (id, organisation_id, at, actor, action, subject_name)
            select gen_random_uuid(), o.id, now(), 'hubrise', 'renamed', 'N° ' || number
            from organisation o, generate_series(1, 1201) number where o.name = 'Bella Pizza'";
        sqlx::query(fill).execute(app.db()).await.unwrap();
        let mut manager = app.signed_in(MANAGER).await;
        let told = lines(&mut manager, "/history.csv").await;
        let all = app.count(
            "select count(*) from history_entry join organisation o on o.id = organisation_id
            where o.name = 'Bella Pizza'",
        );
        assert_eq!(i64::try_from(told.len()).unwrap(), all.await);
        let told = lines(&mut manager, "/history.csv?what=renamed&who=hubrise").await;
        assert_eq!(told.len(), 1201);
        assert_eq!(told.iter().map(|line| &line[3]).collect::<HashSet<_>>().len(), 1201);
        assert_eq!(lines(&mut manager, "/history.csv?text=N%C2%B0+1200").await.len(), 1);
        assert_eq!(lines(&mut manager, "/history.csv?to=2000-01-01").await.len(), 0);
        let told = lines(&mut app.signed_in(NESTOR).await, "/history.csv").await;
        assert!(!told.is_empty() && !told.iter().any(|line| line[3].starts_with("N° ")), "{told:?}");
        let page = app.browser().peek("/history.csv").await;
        page.assert_status(303);
        assert_eq!(page.target().path(), "/login");
    })
    .await;
}

async fn key(app: &TestApp, organisation: &str) -> String {
    let organisation = app.organisation(organisation).await;
    add_key(&app.app, organisation, "back office", None).await.unwrap().expose_secret().to_owned()
}

async fn ask(app: &TestApp, key: Option<&str>, query: &str) -> Response {
    let mut request = http_client().get(app.listening().join(&format!("/api/v1/history{query}")).unwrap());
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    request.send().await.unwrap()
}

async fn told(app: &TestApp, key: &str, query: &str) -> Value {
    let response = ask(app, Some(key), query).await;
    assert_eq!(response.status(), 200, "{query}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_key_reads_its_organisation_s_history() {
    journey(async |app| {
        let key = key(app, "Bella Pizza").await;
        let bella = app.organisation("Bella Pizza").await;
        app.signed_in(MANAGER).await.invite("Léa", AS_STAFF).await;
        let (subject, receipt) = (new_id(), DisconnectionId::new().to_string());
        let cut = Entry::new(bella, Actor::HubRise, Action::Disconnected)
            .on(subject, "Paris")
            .changed(Change::of([("location", Some("Paris - 3r4s3-0"))]), Change::of([("receipt", Some(&*receipt))]));
        app.write_down(cut.because(Some("Fermé"))).await;
        let history = told(app, &key, "").await;
        let entries = history["entries"].as_array().unwrap();
        let mut first = entries[0].clone();
        assert!(first["id"].as_str().is_some_and(|id| id.len() == 36), "{first}");
        first["id"] = Value::Null;
        let expected = json!({
            "id": null, "at": "2026-11-23T17:02:00Z", "actor": { "kind": "hubrise", "name": null },
            "action": "disconnected", "subject": { "id": subject, "name": "Paris" }, "connection_id": null,
            "before": { "location": "Paris - 3r4s3-0" }, "after": {}, "receipt_id": receipt, "reason": "Fermé",
        });
        assert_eq!(first, expected);
        assert_eq!(entries[1]["actor"], json!({ "kind": "person", "name": MANAGER }));
        assert_eq!(entries[1]["after"], json!({ "role": "staff" }));
        assert_eq!(history["next"], Value::Null);
        assert_eq!(entries.last().unwrap()["action"], "organisation_founded");
    })
    .await;
}

#[tokio::test]
async fn the_api_s_pages_hold_every_entry_once() {
    journey(async |app| {
        let (bella, nestor) = (key(app, "Bella Pizza").await, key(app, "Chez Nestor").await);
        let all = told(app, &bella, "?limit=200").await["entries"].as_array().unwrap().clone();
        assert!(all.len() >= 7, "{all:?}");
        let of_nestor = told(app, &nestor, "?limit=200").await["entries"].as_array().unwrap().clone();
        assert!(!of_nestor.is_empty() && !of_nestor.iter().any(|entry| all.contains(entry)), "{of_nestor:?}");
        let (mut seen, mut query) = (Vec::new(), "?limit=3".to_owned());
        loop {
            let page = told(app, &bella, &query).await;
            seen.extend(page["entries"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            assert_eq!(seen.len() % 3, 0);
            query = format!("?limit=3&before={next}");
        }
        assert_eq!(seen, all);
        // Another organisation's cursor is a time, and nothing of theirs.
        let cursor = told(app, &nestor, "?limit=1").await["next"].as_str().unwrap().to_owned();
        let page = told(app, &bella, &format!("?before={cursor}")).await;
        for entry in page["entries"].as_array().unwrap() {
            assert!(all.contains(entry), "{entry}");
        }
        for wrong in ["?limit=0", "?limit=201", "?limit=-1", "?limit=x", "?before=nonsense", "?limit=1&limit=2"] {
            let response = ask(app, Some(&bella), wrong).await;
            assert_eq!(response.status(), 400, "{wrong}");
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
        for wrong in [None, Some("wrong")] {
            assert_eq!(ask(app, wrong, "").await.status(), 401);
        }
    })
    .await;
}

#[tokio::test]
async fn the_history_is_described_with_the_interface() {
    journey(async |app| {
        let document = http_client().get(app.listening().join("/api/v1/openapi.json").unwrap());
        let document: Value = document.send().await.unwrap().json().await.unwrap();
        let described = &document["paths"]["/history"]["get"];
        let parameters: Vec<_> =
            described["parameters"].as_array().unwrap().iter().map(|parameter| &parameter["name"]).collect();
        assert_eq!(parameters, ["before", "limit"]);
        assert!(described["responses"]["400"].is_object() && document["components"]["schemas"]["History"].is_object());
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_takes_their_time_keeps_their_own_restaurant_s_place_and_no_other() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let reading = app.app.history_room.enter(app.organisation("Bella Pizza").await).unwrap();
        let page = manager.peek("/history.csv").await;
        page.assert_status(503);
        assert!(page.header("retry-after").is_some());
        app.signed_in(NESTOR).await.peek("/history.csv").await.assert_status(200);
        manager.peek("/history").await.assert_status(200);
        drop(reading);
        manager.peek("/history.csv").await.assert_status(200);
        manager.peek("/history.csv").await.assert_status(200);
    })
    .await;
}
