//! Names that are programs, wherever a name is shown.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::Method;
use scraper::{Html, Selector};
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::{
    ground::{Ground, Id, tidy},
    routes,
};
use crate::harness::{
    MANAGER, Mailbox, PARIS, PARIS_AT_HUBRISE, Page, TestApp,
    chromium::{PHONE, Person},
    journey, journey_with,
};

/// Ends whatever it stands in, and would run in whatever comes then.
const EVIL: &str = "\"'><i class=xss onmouseover=alert(1)>javascript:alert(1)</i><script>window.xss=1</script>";
/// What a person sees of it.
const SEEN: &str = "javascript:alert(1)</i>";

/// Every column with words of HubRise's, of ours, or of a person's.
const NAMES: [&str; 30] = [
    "alarm.detail",
    "alarm.subject",
    "api_key.name",
    "app_user.name",
    "authorisation_attempt.former_catalog",
    "authorisation_attempt.former_customer_list",
    "authorisation_attempt.new_point_of_sale_name",
    "connection.account_name",
    "connection.catalog_name",
    "connection.customer_list_name",
    "connection.location_name",
    "connection_link.account_name",
    "connection_link.location_name",
    "connection_link.new_point_of_sale_name",
    "connection_link.used_location_name",
    "disconnection.account_name",
    "disconnection.catalog_name",
    "disconnection.customer_list_name",
    "disconnection.location_name",
    "disconnection.point_of_sale_name",
    "disconnection.reason",
    "history_entry.actor_name",
    "history_entry.reason",
    "history_entry.subject_name",
    "hubrise_call.request_excerpt",
    "hubrise_call.response_excerpt",
    "hubrise_identity.name",
    "invitation.note",
    "organisation.name",
    "point_of_sale.name",
];
/// The same of what waits for a word.
const NAMES_THAT_WAIT: [&str; 6] = [
    "pending_connection.account_name",
    "pending_connection.catalog_name",
    "pending_connection.customer_list_name",
    "pending_connection.former_catalog",
    "pending_connection.former_customer_list",
    "pending_connection.location_name",
];

/// Those of the database that look like it, but for the operator's own.
async fn columns_of_names(app: &TestApp) -> BTreeSet<String> {
    let found: Vec<String> = sqlx::query_scalar(
        "select table_name || '.' || column_name from information_schema.columns
         where table_schema = 'public' and data_type = 'text' and table_name not in ('mail', 'encryption_key')
         and column_name ~ '(name$|^note$|^reason$|^detail$|^subject$|excerpt$|^former_)'",
    )
    .fetch_all(app.db())
    .await
    .unwrap();
    found.into_iter().collect()
}

async fn run(app: &TestApp, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).bind(EVIL).execute(app.db()).await.unwrap();
}

/// Gives everything in the database that has a name this one.
async fn name_everything_evil(app: &TestApp) {
    let all: BTreeSet<String> = NAMES.iter().chain(&NAMES_THAT_WAIT).map(|name| (*name).to_owned()).collect();
    assert_eq!(columns_of_names(app).await, all, "enter a new column with names in tests/attacks/markup.rs");
    // The history is kept as it was written, by whoever wrote it.
    sqlx::query("alter table history_entry disable trigger user").execute(app.db()).await.unwrap();
    for name in &all {
        let (table, column) = name.split_once('.').unwrap();
        // Some must differ from each other.
        run(app, format!("update {table} set {column} = $1 || left(md5(ctid::text), 4) where {column} is not null"))
            .await;
    }
    for name in ["app_user.name", "invitation.note", "hubrise_identity.name"] {
        let (table, column) = name.split_once('.').unwrap();
        run(app, format!("update {table} set {column} = $1")).await;
    }
    for side in ["change_before", "change_after"] {
        let evil = format!("(select jsonb_object_agg(key, $1::text) from jsonb_each({side}))");
        run(app, format!("update history_entry set {side} = {evil} where {side} <> '{{}}'::jsonb")).await;
    }
    let excerpts = "update hubrise_call set request_excerpt = $1, response_excerpt = $1";
    run(app, excerpts.to_owned()).await;
}

fn select<'a>(html: &'a Html, css: &str) -> Vec<scraper::ElementRef<'a>> {
    html.select(&Selector::parse(css).unwrap()).collect()
}

/// Whether the name did anything but be shown. `own` are the scripts that a page has anyway.
fn assert_harmless(body: &str, at: &str) {
    let html = Html::parse_document(body);
    assert!(select(&html, ".xss").is_empty(), "{at}: a name became an element: {body}");
    for script in select(&html, "script") {
        assert!(script.attr("src").is_some_and(|source| source.starts_with("/assets/")), "{at}: a script: {body}");
        assert!(script.text().all(|text| text.trim().is_empty()), "{at}: a script: {body}");
    }
    for element in select(&html, "*") {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on") && name != "style", "{at}: {name}={value}");
            let leads_on = matches!(name, "href" | "src" | "action" | "formaction" | "xlink:href" | "srcdoc" | "data");
            let value = value.trim().to_lowercase();
            assert!(
                !leads_on || !value.starts_with("javascript:") && !value.starts_with("data:"),
                "{at}: {name}={value}"
            );
        }
    }
}

fn assert_page_harmless(page: &Page, at: &str) -> bool {
    let kind = page.header("content-type").unwrap_or_default();
    if kind.starts_with("text/html") {
        assert_harmless(&page.body, at);
        return page.words().contains(SEEN) || page.attributes("value").iter().any(|value| value.contains(SEEN));
    }
    // Nothing else is ever taken for a page.
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{at}");
    assert!(!kind.contains("html") && !kind.contains("xml") || kind.starts_with("image/svg"), "{at}: {kind}");
    false
}

#[tokio::test]
async fn a_name_that_is_a_program_is_shown_as_it_is_on_every_page_and_runs_on_none() {
    journey(async |app| {
        let (ground, bella) = Ground::prepare(app).await;
        let mut visitors = ground.intruders(app).await;
        let support = visitors.pop().unwrap().browser;
        let routes = routes::all(app, &ground).await;
        name_everything_evil(app).await;
        let mut showing = BTreeSet::new();
        for mut browser in [bella, support, app.browser()] {
            for route in routes.iter().filter(|route| route.method == Method::GET) {
                for path in [ground.fill(&route.path, Id::Real), format!("{}?query=script&show=failing", route.path)] {
                    if path.contains('{') {
                        continue;
                    }
                    let page = browser.open(&path).await;
                    if page.url.origin() != app.public().origin() {
                        continue;
                    }
                    if assert_page_harmless(page, &route.name()) {
                        showing.insert(route.path.clone());
                    }
                }
            }
        }
        for path in [
            "/services",
            "/points-of-sale",
            "/history",
            "/settings",
            "/settings/team",
            "/receipts/{id}",
            "/services/hubrise/pending/{id}",
            "/services/hubrise/links",
            "/support",
            "/support/connections/{id}",
            "/support/organisations/{organisation}",
            "/invitations/{secret}",
        ] {
            assert!(showing.contains(path), "{path} shows no name: {showing:?}");
        }
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_searched_or_filled_in_is_shown_as_it_is() {
    journey(async |app| {
        let (ground, mut bella) = Ground::prepare(app).await;
        let mut support = ground.intruders(app).await.pop().unwrap().browser;
        let page = support.search(EVIL).await.clone();
        assert!(assert_page_harmless(&page, "the search"));
        let evil: String = url::form_urlencoded::byte_serialize(EVIL.as_bytes()).collect();
        for path in [
            format!("/support?query=x&show={evil}&after={evil}"),
            format!("/login?return_to={evil}"),
            format!("/history?what={evil}&who={evil}&subject={evil}&from={evil}&to={evil}&before={evil}"),
            format!("/{evil}"),
            format!("/services/hubrise/refused/{evil}"),
            format!("/hubrise_oauth/login_callback?error={evil}&state={evil}"),
            format!("/hubrise_open?app_instance_id={evil}&return_to=/{evil}"),
        ] {
            for browser in [&mut bella, &mut support, &mut app.browser()] {
                let page = browser.open(&path).await.clone();
                assert_page_harmless(&page, &path);
            }
        }
        let forms = [
            ("/login", vec![("email", EVIL), ("password", "not-the-password")]),
            ("/settings/team/invitations", vec![("note", EVIL), ("role", "staff")]),
            ("/services/hubrise/links", vec![("point_of_sale", "new"), ("new_name", EVIL), ("account_name", EVIL)]),
            ("/services/hubrise/links", vec![("account_name", EVIL)]),
            ("/services/hubrise/connect", vec![("point_of_sale", EVIL), ("new_name", EVIL)]),
        ];
        for (path, fields) in forms {
            let page = bella.post(path, &fields).await;
            assert_page_harmless(&page, path);
        }
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_a_program_runs_in_no_mail() {
    let mailbox = Mailbox::start();
    let address = mailbox.address().to_owned();
    journey_with(
        |layers| {
            layers.set("mail.smtp_url", address);
            layers.set("mail.operator", "operator@tickncook.example");
        },
        async |app| {
            app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.run_upkeep().await;
            name_everything_evil(app).await;
            let names = json!({ "name": EVIL });
            app.hubrise.lasting_fault("/v1/location", json!({ "kind": "with", "fields": names })).await;
            app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
            for _ in 0..30 {
                app.advance(TimeDelta::minutes(3));
                app.run_upkeep().await;
            }
            app.run_jobs().await;
            let mails = mailbox.collect();
            assert!(!mails.is_empty(), "nobody was told");
            for mail in mails {
                let html = Html::parse_document(&mail.html);
                assert!(
                    select(&html, ".xss, script, [onmouseover], [href^='javascript:']").is_empty(),
                    "{}",
                    mail.html
                );
                assert!(mail.text.contains(SEEN) && mail.subject.contains(SEEN), "{} {}", mail.subject, mail.text);
                let shown: String = html.root_element().text().collect();
                assert!(shown.contains(SEEN), "{}", mail.html);
            }
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_a_program_runs_in_no_real_browser() {
    journey(async |app| {
        let names = json!({
            "account_name": EVIL, "location_name": EVIL, "catalog_name": EVIL, "customer_list_name": EVIL,
        });
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "with", "fields": names })).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        manager.invite(EVIL, crate::harness::AS_STAFF).await;
        run(app, "update app_user set name = $1".to_owned()).await;
        run(app, "update organisation set name = $1".to_owned()).await;
        run(app, "update point_of_sale set name = $1 || left(md5(ctid::text), 4)".to_owned()).await;
        let person = Person::sit_down(app, PHONE).await;
        person.open("/login").await;
        person.take_over(&manager).await;
        let delete = format!("/points-of-sale/{}/delete", app.point_of_sale_of("3r4s3-0").await);
        for path in ["/services", "/points-of-sale", "/history", "/settings/team", "/settings", &delete] {
            person.open(path).await;
            person.sees("javascript:alert(1)").await;
            // Whatever the policy for scripts had stopped, the console would tell, and no console may tell anything.
            assert_eq!(
                person.run("return [window.xss === undefined, document.querySelectorAll('.xss').length]").await,
                json!([true, 0]),
                "{path}"
            );
        }
        person.leave().await;
    })
    .await;
}
