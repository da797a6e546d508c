//! Taking along everything that is kept about a restaurant: all of it, nothing of anybody else's, and no secret.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use sqlx::AssertSqlSafe;
use tickncook_hubrise::{
    api::keys::add_key,
    history::{Action, Actor, Entry},
    ids::OrganisationId,
    personal_data::export::{self, NoExport},
};

use crate::harness::{
    AS_STAFF, BAKER_STREET, BAKER_STREET_AT_HUBRISE, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE,
    PARIS, PARIS_AT_HUBRISE, STAFF, TestApp, events::event, http_client, journey, support::SUPPORT,
};

const EXPORT: &str = "Télécharger les données";
const PATH: &str = "/settings/organisation/export";

/// What stays out of the export, by its table. The rest must be in it: a new column is in one place or the other.
fn withheld() -> BTreeMap<&'static str, Vec<&'static str>> {
    BTreeMap::from([
        // What would let somebody in, or is found by it.
        ("api_key", vec!["key_digest"]),
        ("invitation", vec!["secret_ciphertext", "secret_digest", "secret_key_id"]),
        ("connection_link", vec!["secret_ciphertext", "secret_digest", "secret_key_id"]),
        ("connection", vec!["callback_key", "token_ciphertext", "token_digest", "token_key_id"]),
        // The browser is told apart by its id, too.
        ("pending_connection", vec!["browser_id", "token_ciphertext", "token_digest", "token_key_id"]),
        (
            "authorisation_attempt",
            vec![
                "browser_id",
                "code_digest",
                "code_ciphertext",
                "code_key_id",
                "grant_ciphertext",
                "grant_digest",
                "grant_key_id",
                "session_digest",
                "state_digest",
            ],
        ),
        // The address itself is in it, while there is an account.
        ("removed_member", vec!["email_digest"]),
        // The same as the text.
        ("mail", vec!["body_html"]),
    ])
}

/// Bella Pizza with something in every table.
async fn eventful(app: &TestApp) -> OrganisationId {
    let bella = app.organisation("Bella Pizza").await;
    let mut manager = app.signed_in(MANAGER).await;
    manager.connect(PARIS, PARIS_AT_HUBRISE).await;
    app.run_upkeep().await;
    manager.connect(LYON, LYON_AT_HUBRISE).await;
    manager.disconnect(LYON).await;
    let link = manager.make_link(LYON, "Bella Pizza", "Nice").await;
    app.browser().follow(&link, NICE_AT_HUBRISE).await;
    manager.invite("Anna", AS_STAFF).await;
    app.hubrise.inject_orders("3r4s3-0", 2).await;
    assert_eq!(app.send_good("3r4s3-0", "kein JSON: \"").await, 200);
    assert_eq!(app.send_event("3r4s3-0", Some("falsch"), event("e1", "order", "3r4s3-0")).await.status(), 503);
    app.hubrise.control("connections/block", serde_json::json!({ "location_id": "3r4s3-0" })).await;
    for minutes in [67, 3] {
        app.advance(TimeDelta::minutes(minutes));
        app.run_upkeep().await;
    }
    manager.open("/settings/team").await;
    let staff = format!("/settings/team/{}/remove", app.user(STAFF).await);
    manager.open(&staff).await;
    manager.press(FRENCH.confirm, &[]).await.assert_status(200);
    add_key(&app.app, bella, "Caisse", None).await.unwrap();
    bella
}

/// Everything under a name in the document that is an object in a list.
fn objects(document: &Value) -> Vec<&Map<String, Value>> {
    let parts = document.as_object().unwrap().values().filter_map(Value::as_array);
    parts.flatten().map(|object| object.as_object().unwrap()).collect()
}

/// The rows of a table that are Bella Pizza's, column by column.
async fn rows(app: &TestApp, table: &str, organisation: OrganisationId) -> Vec<Map<String, Value>> {
    let sql = format!("select to_jsonb(t) from {table} t where organisation_id = $1");
    let found: Vec<Value> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(organisation).fetch_all(app.db()).await.unwrap();
    found.into_iter().map(|row| row.as_object().unwrap().clone()).collect()
}

/// Every table that says whose its rows are.
async fn tables(app: &TestApp) -> Vec<String> {
    let tables = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and c.column_name = 'organisation_id' and t.table_type = 'BASE TABLE'
         order by 1",
    );
    tables.fetch_all(app.db()).await.unwrap()
}

#[tokio::test]
async fn every_row_of_every_table_is_in_the_export_and_no_secret_is() {
    journey(async |app| {
        let bella = eventful(app).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/settings").await;
        let page = manager.press(EXPORT, &[]).await.clone();
        page.assert_status(200);
        assert_eq!(page.header("content-type"), Some("application/json"));
        assert_eq!(page.header("content-disposition"), Some("attachment; filename=\"bella-pizza-2026-11-23.json\""));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let document: Value = serde_json::from_str(&page.body).unwrap();
        let objects = objects(&document);
        let (tables, withheld) = (tables(app).await, withheld());
        assert!(tables.len() >= 14, "{tables:?}");
        for table in tables {
            let rows = rows(app, &table, bella).await;
            assert!(!rows.is_empty(), "nothing of Bella Pizza is in {table}: this test must put something there");
            let secret = withheld.get(&*table).cloned().unwrap_or_default();
            for mut row in rows {
                row.remove("organisation_id");
                for column in &secret {
                    let value = row.remove(*column).unwrap_or_else(|| panic!("{table} has no {column}"));
                    assert_hidden(&page.body, &table, column, &value);
                }
                let body = row.remove("body");
                let found = objects.iter().any(|object| {
                    row.iter().all(|(column, value)| object.get(column) == Some(value))
                        && (body.is_none() || object.contains_key("body"))
                });
                assert!(found, "{table}: not in the export, or not whole: {row:#?}");
            }
        }
        assert_eq!(document["organisation"][0]["name"], "Bella Pizza");
        let emails: Vec<_> = document["members"].as_array().unwrap().iter().map(|member| &member["email"]).collect();
        assert!(emails.contains(&&Value::from(MANAGER)), "{emails:?}");
        let events = document["events"].as_array().unwrap();
        assert!(events.iter().any(|event| event["body"]["resource_type"] == "order"), "{events:?}");
        assert!(events.iter().any(|event| event["body"] == "kein JSON: \""), "{events:?}");
        assert!(document["calls_to_hubrise"].as_array().unwrap().iter().any(|call| call["path"] == "/location"));
        assert_eq!(document["history"].as_array().unwrap().last().unwrap()["action"], "organisation_exported");
        assert!(!page.body.contains(BAKER_STREET) && !page.body.contains(NESTOR), "{}", page.body);
        manager.open("/history").await.assert_shows(&["Données de l’établissement téléchargées"]);
        app.run_jobs().await;
        app.leaves_jobs(2);
    })
    .await;
}

/// Fails if a value that is kept from the export is in it: as it is kept, or as bytes are written elsewhere.
fn assert_hidden(document: &str, table: &str, column: &str, value: &Value) {
    // Names of keys are words like `test`, and mails as HTML say what their text says.
    let Some(value) = value.as_str().filter(|_| !column.ends_with("_key_id") && column != "body_html") else { return };
    let hex = value.strip_prefix("\\x").unwrap_or(value);
    assert!(!hex.is_empty() && !document.contains(hex), "{table}.{column} is in the export");
}

#[tokio::test]
async fn only_a_manager_exports_and_only_their_own() {
    journey(async |app| {
        app.signed_in(NESTOR).await.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
        let key = add_key(&app.app, app.organisation("Bella Pizza").await, "Caisse", None).await.unwrap();
        let mut staff = app.signed_in(STAFF).await;
        staff.open("/settings").await.assert_hides(&[EXPORT, "Supprimer cet établissement"]);
        staff.post(PATH, &[]).await.assert_status(403);
        let mut support = app.support().await;
        assert_eq!(support.post(PATH, &[]).await.target().path(), "/");
        assert_eq!(app.browser().post(PATH, &[]).await.target().path(), "/login");
        let bearer = http_client().post(app.public().join(PATH).unwrap()).bearer_auth(key.expose_secret());
        let answer = bearer.header("origin", app.public().origin().ascii_serialization()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 303, "a key of the API is nobody here");
        let mut manager = app.signed_in(MANAGER).await;
        manager.post_with(PATH, &[], &[("origin", "https://evil.example")]).await.assert_status(403);
        manager.peek(PATH).await.assert_status(405);
        assert_eq!(app.count("select count(*) from history_entry where action = 'organisation_exported'").await, 0);
        let nestor = app.signed_in(NESTOR).await.post(PATH, &[]).await;
        assert!(nestor.body.contains("z6q31-0") && !nestor.body.contains(SUPPORT), "{}", nestor.body);
        assert!(!nestor.body.contains("Bella Pizza"), "{}", nestor.body);
    })
    .await;
}

#[tokio::test]
async fn an_export_is_one_moment_however_long_its_reader_takes() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        // More than waits for a reader, before the parts that change meanwhile.
        let fill = "insert into history_entry (id, organisation_id, at, actor, action, subject_name)
            select gen_random_uuid(), $1, now(), 'hubrise', 'renamed', repeat('x', 900) from generate_series(1, 2000)";
        sqlx::query(fill).bind(bella).execute(app.db()).await.unwrap();
        let mut pieces = export::start(&app.app, bella, Actor::System).await.unwrap();
        let mut document = pieces.recv().await.unwrap().unwrap();
        let late =
            "insert into mail (id, purpose, recipient, subject, body_text, body_html, organisation_id, created_at)
            values (gen_random_uuid(), 'late', 'late@bellapizza.example', 's', 't', 'h', $1, now())";
        sqlx::query(late).bind(bella).execute(app.db()).await.unwrap();
        app.write_down(Entry::new(bella, Actor::HubRise, Action::Renamed).on(bella, "spät")).await;
        assert!(pieces.len() <= 4, "no more than a few pieces wait in memory");
        while let Some(piece) = pieces.recv().await {
            document.extend(piece.unwrap());
        }
        let document: Value = serde_json::from_slice(&document).unwrap();
        assert!(document["history"].as_array().unwrap().len() > 2000);
        assert_eq!(document["mails"], serde_json::json!([]));
        assert!(!document.to_string().contains("spät"));
    })
    .await;
}

#[tokio::test]
async fn readers_who_take_nothing_leave_room_for_no_third_and_all_other_pages_open() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let fill = "insert into history_entry (id, organisation_id, at, actor, action, subject_name)
            select gen_random_uuid(), $1, now(), 'hubrise', 'renamed', repeat('x', 900) from generate_series(1, 2000)";
        sqlx::query(fill).bind(bella).execute(app.db()).await.unwrap();
        let nestor = app.organisation("Chez Nestor").await;
        let first = export::start(&app.app, bella, Actor::System).await.unwrap();
        // One organisation has one place, and leaves the other to others.
        assert!(matches!(export::start(&app.app, bella, Actor::System).await, Err(NoExport::Busy)));
        sqlx::query(fill).bind(nestor).execute(app.db()).await.unwrap();
        let second = export::start(&app.app, nestor, Actor::System).await.unwrap();
        let mut manager = app.signed_in(MANAGER).await;
        let page = manager.post(PATH, &[]).await;
        page.assert_status(503);
        page.assert_shows(&["Réessayez dans un instant"]);
        assert!(page.header("retry-after").is_some());
        manager.open("/points-of-sale").await.assert_shows(&[PARIS]);
        // Whoever goes away gives the room back.
        drop((first, second));
        crate::harness::eventually("there is room again", async || {
            manager.post(PATH, &[]).await.status.as_u16() == 200
        })
        .await;
    })
    .await;
}
