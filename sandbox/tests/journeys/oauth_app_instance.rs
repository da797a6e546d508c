//! Authorising an existing install again, by its `app_instance_id`.

use hubrise_sandbox::{ListingForm, Options, Sandbox};
use serde_json::{Value, json};

use crate::browser::{Browser, NESTOR, Page, THOMAS};
use crate::connector::{
    CLIENT_ID, OTHER_ID, SCOPE, api, authorise_path, connect, control, exchange, json_of, listing, options, revoke,
    start, text_of,
};
use crate::team::{COLLEAGUE, READER, start_with_team};

const LYON: [(&str, &str); 2] = [("catalog_id", "h3kz9"), ("customer_list_id", "b2nv7")];

/// The first client is a listed app.
async fn start_listed() -> Sandbox {
    let listing = ListingForm { location_scope: SCOPE.to_owned(), ..ListingForm::default() };
    start_with_team(Options { listing, ..options() }).await
}

fn path_for(scope: &str, app_instance_id: &str) -> String {
    format!("{}&app_instance_id={app_instance_id}", authorise_path(CLIENT_ID, scope))
}

async fn open(sandbox: &Sandbox, email: &str, scope: &str, app_instance_id: &str) -> Page {
    Browser::signed_in(sandbox.url(), email).await.visit(&path_for(scope, app_instance_id)).await
}

async fn token_by(sandbox: &Sandbox, page: &Page) -> Value {
    let answer = exchange(sandbox, &page.target_parameter("code").expect("a code")).await;
    assert_eq!(answer.status(), 200);
    json_of(answer).await
}

#[tokio::test]
async fn a_listed_app_learns_its_instance_and_a_plain_client_does_not() {
    let sandbox = start_listed().await;
    let answer = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    assert_eq!(answer["app_instance_id"], listing(&sandbox, "/connections").await[0]["app_instance_id"]);
    assert!(!text_of(&answer["app_instance_id"]).is_empty());
    let plain = start().await;
    assert_eq!(connect(&plain, SCOPE, "3r4s3-0", &[]).await.get("app_instance_id"), None);
}

#[tokio::test]
async fn nobody_is_asked_for_what_was_granted_before_and_the_connection_stays_as_it_is() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-1", &LYON).await;
    let id = text_of(&first["app_instance_id"]);
    let before = listing(&sandbox, "/connections").await;
    for (email, scope) in [(THOMAS, ""), (COLLEAGUE, SCOPE), (READER, "location[orders.read]")] {
        let back = open(&sandbox, email, scope, &id).await;
        assert_eq!(back.status, 303, "{email} {scope}: {}", back.words());
        assert_eq!(back.target_parameter("state").as_deref(), Some("a state&b"));
        assert_eq!(token_by(&sandbox, &back).await, first, "{email} {scope}");
    }
    assert_eq!(listing(&sandbox, "/connections").await, before, "who granted it, and what, is as it was");
}

#[tokio::test]
async fn the_scope_may_be_missing_altogether_and_whoever_is_not_signed_in_signs_in_first() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let path = path_for("", &text_of(&first["app_instance_id"])).replace("scope=&", "");
    assert!(!path.contains("scope"));
    let mut browser = Browser::new(sandbox.url());
    assert!(browser.visit(&path).await.target().starts_with("/login?next="));
    let fields = [("email", THOMAS), ("password", "hubrise-demo"), ("next", &path)];
    let back = browser.submit("/login", &fields).await;
    assert!(browser.visit(back.target()).await.target_parameter("code").is_some());
}

#[tokio::test]
async fn more_than_was_granted_is_asked_for_at_that_location_only() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, "location[orders.read]", "3r4s3-0", &[]).await;
    let path = path_for("location[orders.write]", &text_of(&first["app_instance_id"]));
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let page = browser.visit(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.shows("(3r4s3-0)") && !page.shows("(3r4s3-1)") && !page.shows("/locations/new"), "{}", page.words());
    let elsewhere = browser.submit(&path, &[("decision", "allow"), ("location_id", "3r4s3-1")]).await;
    assert_eq!((elsewhere.status, elsewhere.location), (404, None));
    let back = browser.submit(&path, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    assert_eq!(token_by(&sandbox, &back).await["access_token"], first["access_token"]);
    assert_eq!(listing(&sandbox, "/connections").await[0]["scope"], "location[orders.write]");
}

#[tokio::test]
async fn whoever_has_no_access_to_its_account_gets_no_code() {
    let sandbox = start_listed().await;
    let id = text_of(&connect(&sandbox, SCOPE, "3r4s3-0", &[]).await["app_instance_id"]);
    let page = open(&sandbox, NESTOR, "", &id).await;
    assert_eq!((page.status, &page.location), (404, &None));
    assert!(page.shows("Vous n'avez pas accès à ce point de vente") && page.shows("Se déconnecter"));
    let mut browser = Browser::signed_in(sandbox.url(), NESTOR).await;
    for scope in ["", "profile"] {
        let forced = browser.submit(&path_for(scope, &id), &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
        assert_eq!((forced.status, forced.location), (404, None), "{scope}");
    }
}

#[tokio::test]
async fn an_install_with_a_profile_is_opened_by_its_own_user_only() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, "location[orders.read],profile", "3r4s3-0", &[]).await;
    let id = text_of(&first["app_instance_id"]);
    assert_eq!(open(&sandbox, COLLEAGUE, "", &id).await.status, 404);
    assert_eq!(token_by(&sandbox, &open(&sandbox, THOMAS, "", &id).await).await, first);
}

#[tokio::test]
async fn an_unknown_a_revoked_and_a_foreign_install_are_answered_on_the_spot() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let id = text_of(&first["app_instance_id"]);
    let foreign = path_for("", &id).replace(CLIENT_ID, OTHER_ID);
    revoke(&sandbox, &text_of(&connect(&sandbox, SCOPE, "3r4s3-2", &[]).await["access_token"])).await;
    let revoked = text_of(&listing(&sandbox, "/connections").await[1]["app_instance_id"]);
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for path in [foreign, path_for("", "nonsense"), path_for(SCOPE, &revoked)] {
        let page = browser.visit(&path).await;
        assert_eq!((page.status, &page.location), (400, &None), "{path}");
        assert!(page.shows("Cette installation de l'app n'existe pas"), "{}", page.words());
    }
    let other_level = browser.visit(&path_for("account[orders.read]", &id)).await;
    assert_eq!(other_level.status, 400);
    assert!(other_level.shows("the app instance is of the other level"));
}

#[tokio::test]
async fn a_block_is_lifted_only_by_consent() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let (id, token) = (text_of(&first["app_instance_id"]), text_of(&first["access_token"]));
    control(&sandbox, "/connections/block", json!({ "location_id": "3r4s3-0" })).await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    assert_eq!(browser.visit(&path_for("", &id)).await.status, 200);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 401);
    let back = browser.submit(&path_for("", &id), &[("decision", "allow"), ("location_id", "3r4s3-0")]).await;
    assert_eq!(token_by(&sandbox, &back).await["access_token"], token);
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
}

#[tokio::test]
async fn a_code_that_nobody_consented_to_changes_nothing() {
    let sandbox = start_listed().await;
    let first = connect(&sandbox, SCOPE, "3r4s3-1", &LYON).await;
    let id = text_of(&first["app_instance_id"]);
    let code = async || open(&sandbox, THOMAS, "", &id).await.target_parameter("code").expect("a code");
    let at_lyon = json!({ "location_id": "3r4s3-1" });
    let blocked = code().await;
    control(&sandbox, "/connections/block", at_lyon.clone()).await;
    let refused = exchange(&sandbox, &blocked).await;
    assert_eq!((refused.status().as_u16(), json_of(refused).await["error"].clone()), (400, json!("invalid_grant")));
    assert_eq!(api(&sandbox, &text_of(&first["access_token"]), "/location").await.0, 401, "the block stays");
    control(&sandbox, "/connections/unblock", at_lyon.clone()).await;
    let overtaken = code().await;
    let again = connect(&sandbox, SCOPE, "3r4s3-1", &[("catalog_id", "q7wd2"), ("customer_list_id", "m8rt4")]).await;
    assert_eq!(again["access_token"], first["access_token"]);
    assert_eq!(exchange(&sandbox, &overtaken).await.status(), 400);
    assert_eq!(listing(&sandbox, "/connections").await[0]["catalog_id"], "q7wd2", "what was chosen since stays");
    let outlived = code().await;
    control(&sandbox, "/connections/disconnect", at_lyon).await;
    assert_eq!(exchange(&sandbox, &outlived).await.status(), 400);
    let connections = listing(&sandbox, "/connections").await;
    assert_eq!((connections.as_array().map(Vec::len), &connections[0]["status"]), (Some(1), &json!("revoked")));
}

#[tokio::test]
async fn a_suspended_account_s_install_is_not_granted_again() {
    let sandbox = start_listed().await;
    let id = text_of(&connect(&sandbox, SCOPE, "3r4s3-0", &[]).await["app_instance_id"]);
    control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
    let page = open(&sandbox, THOMAS, "", &id).await;
    assert_eq!((page.status, &page.location), (200, &None));
    assert!(page.shows("CONFIGURATION › Demandes de paiement"), "{}", page.words());
}
