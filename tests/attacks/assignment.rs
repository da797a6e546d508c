//! Fields that nobody asked for.

use reqwest::Method;
use serde_json::{Value, json};

use super::ground::{Ground, holdings, tidy};
use crate::{
    api::{call, key_of_bella},
    harness::{BAKER_STREET, LYON, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PASSWORD, TestApp, http_client, journey},
};

#[tokio::test]
async fn a_new_account_sets_nothing_of_itself_but_its_address_password_and_restaurant() {
    journey(async |app| {
        let mut browser = app.browser();
        let path = browser.install(app.hubrise.url(), NICE_AT_HUBRISE).await.url.path().to_owned();
        let bella = app.organisation("Bella Pizza").await.to_string();
        let fields = [
            ("organisation_name", "Chez moi"),
            ("email", "moi@chezmoi.example"),
            ("password", PASSWORD),
            ("is_support", "true"),
            ("id", "018f0000-0000-7000-8000-000000000000"),
            ("organisation_id", &*bella),
            ("organisation", &*bella),
            ("trial_ends_at", "2099-01-01T00:00:00Z"),
            ("totp_key_id", "x"),
            ("name", "Administrateur"),
        ];
        browser.post(&format!("{path}/account"), &fields).await.assert_status(303);
        assert_eq!(app.memberships("moi@chezmoi.example").await, ["Chez moi: manager"]);
        let odd = "select count(*) from app_user where is_support or id = '018f0000-0000-7000-8000-000000000000'
            or name = 'Administrateur' or totp_key_id is not null";
        assert_eq!(app.count(odd).await, 0);
        assert_eq!(app.count("select count(*) from organisation where trial_ends_at > '2027-06-01'").await, 0);
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn another_restaurant_s_point_of_sale_in_a_form_is_like_one_that_does_not_exist() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let pending = manager.install(app.hubrise.url(), NICE_AT_HUBRISE).await.url.path().to_owned();
        let (foreign, own) = (app.point_of_sale(BAKER_STREET).await, app.organisation("Bella Pizza").await.to_string());
        let nestor = app.organisation("Chez Nestor").await.to_string();
        let before = holdings(app).await;
        for path in ["/services/hubrise/connect", "/services/hubrise/links", &pending] {
            let mut told = Vec::new();
            for id in [&*foreign, "018f0000-0000-7000-8000-000000000000"] {
                let fields = [
                    ("point_of_sale", id),
                    ("organisation", &*own),
                    ("organisation_id", &*nestor),
                    ("account_name", "Chez Nestor"),
                    ("location_name", "Londres"),
                    ("role", "manager"),
                ];
                let page = manager.post(path, &fields).await;
                page.assert_status(422);
                page.assert_hides(&[BAKER_STREET]);
                told.push(page.body.replace(page.header("x-request-id").unwrap(), "").replace(id, ""));
            }
            assert_eq!(told[0], told[1], "{path}");
        }
        let place = [("organisation", &*nestor), ("point_of_sale", &*foreign)];
        manager.post(&pending, &place).await.assert_status(404);
        assert_eq!(holdings(app).await, before);
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_field_given_twice_is_refused_rather_than_read_as_either() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let (own, foreign) = (app.point_of_sale(LYON).await, app.point_of_sale(BAKER_STREET).await);
        let (bella, nestor) =
            (app.organisation("Bella Pizza").await.to_string(), app.organisation("Chez Nestor").await.to_string());
        let before = holdings(app).await;
        for (path, fields) in [
            ("/services/hubrise/connect", [("point_of_sale", &*own), ("point_of_sale", &*foreign)]),
            ("/organisation", [("organisation_id", &*bella), ("organisation_id", &*nestor)]),
            ("/language", [("language", "fr"), ("language", "en")]),
            ("/login", [("email", MANAGER), ("email", NESTOR)]),
        ] {
            let fields = [&fields[..], &[("password", PASSWORD)]].concat();
            manager.post(path, &fields).await.assert_status(400);
        }
        assert_eq!(holdings(app).await, before);
    })
    .await;
}

#[tokio::test]
async fn what_a_language_form_says_of_the_account_is_not_heard() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let nestor = app.user(NESTOR).await;
        let fields = [
            ("language", "en"),
            ("user", &*nestor),
            ("id", &*nestor),
            ("email", "moi@evil.example"),
            ("is_support", "true"),
            ("password_hash", "x"),
        ];
        manager.post("/language", &fields).await.assert_status(303);
        let english: Vec<String> =
            sqlx::query_scalar("select email from app_user where language = 'en'").fetch_all(app.db()).await.unwrap();
        assert_eq!(english, [MANAGER]);
        assert_eq!(app.count("select count(*) from app_user where is_support or email like '%evil%'").await, 0);
    })
    .await;
}

async fn ask(app: &TestApp, method: Method, path: &str, key: &str, body: &Value) -> reqwest::Response {
    let address = app.listening().join(&format!("/api/v1{path}")).unwrap();
    let request = http_client().request(method, address).header("authorization", format!("Bearer {key}"));
    request.json(body).send().await.unwrap()
}

#[tokio::test]
async fn the_api_acts_for_its_key_s_organisation_whatever_bodies_queries_and_headers_say() {
    journey(async |app| {
        let (_ground, _bella) = Ground::prepare(app).await;
        let key = key_of_bella(app).await;
        let nestor = app.organisation("Chez Nestor").await.to_string();
        let foreign = app.point_of_sale(BAKER_STREET).await;
        let other = json!({ "organisation_id": nestor, "organisation": nestor, "id": foreign, "role": "support" });
        let query = format!("?organisation_id={nestor}&organisation={nestor}&id={foreign}&key=x");
        for path in ["/points-of-sale", "/connections", "/receipts", "/history"] {
            let plain: Value = call(app, Method::GET, path, Some(&key)).await.json().await.unwrap();
            let asked: Value =
                ask(app, Method::GET, &format!("{path}{query}"), &key, &other).await.json().await.unwrap();
            assert_eq!(asked, plain, "{path}");
            assert!(!asked.to_string().contains(BAKER_STREET), "{path}");
        }
        let before = holdings(app).await;
        for path in [format!("/points-of-sale/{foreign}"), format!("/points-of-sale/{foreign}{query}")] {
            assert_eq!(ask(app, Method::DELETE, &path, &key, &other).await.status(), 404);
        }
        assert_eq!(holdings(app).await, before);
        // One of its own, with another's id in the body.
        let own = app.point_of_sale(PARIS).await;
        assert_eq!(ask(app, Method::DELETE, &format!("/points-of-sale/{own}"), &key, &other).await.status(), 200);
        assert_eq!(app.point_of_sale(BAKER_STREET).await, foreign);
        app.run_jobs().await;
        tidy(app).await;
    })
    .await;
}
