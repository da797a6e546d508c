//! Profile scopes: the consent page, the personal token, and `GET /user`.

use serde_json::{Value, json};

use crate::browser::{Browser, THOMAS};
use crate::connector::{
    CLIENT_ID, api, authorise_path, connect, control, exchange, json_of, listing, start, text_of, token_for,
};
use crate::team::{COLLEAGUE, team};

const SHARED: &str = "location[orders.read]";
const PERSONAL: &str = "location[orders.read],profile";

async fn connect_as(sandbox: &hubrise_sandbox::Sandbox, email: &str, scope: &str) -> Value {
    let mut browser = Browser::signed_in(sandbox.url(), email).await;
    let fields = [("decision", "allow"), ("location_id", "3r4s3-0")];
    let back = browser.submit(&authorise_path(CLIENT_ID, scope), &fields).await;
    let answer = exchange(sandbox, &back.target_parameter("code").expect("a code")).await;
    assert_eq!(answer.status(), 200);
    json_of(answer).await
}

#[tokio::test]
async fn a_profile_alone_is_asked_for_without_a_place_in_both_languages() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let path = authorise_path(CLIENT_ID, "profile_with_email");
    let page = browser.visit(&path).await;
    let words = page.words();
    for label in [
        "TicknCook souhaite accéder à votre profil :",
        "TicknCook pourra : Voir votre profil : nom, adresse email, langues et fuseau horaire",
        "Refuser",
        "Autoriser",
    ] {
        assert!(words.contains(label), "{label} is not in {words}");
    }
    assert!(!page.shows("<select") && !words.contains("point de vente") && !words.contains("Suivant"), "{words}");
    browser.submit("/language", &[("language", "en"), ("next", "/")]).await;
    let words = browser.visit(&path.replace("profile_with_email", "profile")).await.words();
    for label in [
        "TicknCook would like to access your profile:",
        "TicknCook will be able to: View your profile: name, languages and time zone",
        "Deny",
        "Allow",
    ] {
        assert!(words.contains(label), "{label} is not in {words}");
    }
}

#[tokio::test]
async fn a_profile_beside_a_location_is_named_among_the_permissions() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let scope = "profile,location[orders.read,customer_list.read]";
    let words = browser.visit(&authorise_path(CLIENT_ID, scope)).await.words();
    let profile = "Voir votre profil : nom, langues et fuseau horaire";
    assert!(words.contains("souhaite accéder à un point de vente :") && words.contains(profile), "{words}");
    let drop_downs = authorise_path(CLIENT_ID, scope).replace("/authorize?", "/authorize/3r4s3-1?");
    assert!(browser.visit(&drop_downs).await.words().contains(profile));
}

#[tokio::test]
async fn a_profile_token_reads_its_user_and_nothing_else() {
    let sandbox = start().await;
    let answer = connect_as(&sandbox, THOMAS, "profile_with_email").await;
    assert_eq!(answer["user_id"], "v6ap7");
    for field in ["account_id", "location_id", "catalog_id", "customer_list_id", "account_name", "location_name"] {
        assert_eq!(answer.get(field), Some(&Value::Null), "{field}");
    }
    let token = text_of(&answer["access_token"]);
    let user = json!({
        "id": "v6ap7", "email": THOMAS, "first_name": "Thomas", "last_name": "Rossi", "locales": ["fr-FR", "en-GB"],
        "timezone": { "name": "Europe/Paris" },
    });
    assert_eq!(api(&sandbox, &token, "/user").await, (200, user));
    for path in ["/location", "/account", "/locations/3r4s3-0", "/location/catalogs"] {
        assert_eq!(api(&sandbox, &token, path).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn the_email_is_only_for_who_asked_for_it() {
    let sandbox = start().await;
    let token = text_of(&connect_as(&sandbox, THOMAS, "profile").await["access_token"]);
    let (status, user) = api(&sandbox, &token, "/user").await;
    assert_eq!((status, user.get("email"), &user["first_name"]), (200, None, &json!("Thomas")));
    let again = connect_as(&sandbox, THOMAS, "profile_with_email").await;
    assert_eq!(text_of(&again["access_token"]), token, "the same client and user have the same token");
    assert_eq!(api(&sandbox, &token, "/user").await.1["email"], THOMAS);
}

#[tokio::test]
async fn a_token_without_a_profile_scope_reads_no_user() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let refusal = json!({ "message": "A 'profile' scope is required", "error_type": "forbidden" });
    assert_eq!(api(&sandbox, &token, "/user").await, (403, refusal));
    assert_eq!(api(&sandbox, "made up", "/user").await.0, 401);
    assert_eq!(connect(&sandbox, SHARED, "3r4s3-0", &[]).await.get("user_id"), None);
}

#[tokio::test]
async fn a_location_s_connection_is_shared_by_its_users_unless_it_includes_a_profile() {
    let sandbox = team().await;
    let token = |answer: &Value| text_of(&answer["access_token"]);
    let shared = token(&connect_as(&sandbox, THOMAS, SHARED).await);
    assert_eq!(token(&connect_as(&sandbox, COLLEAGUE, SHARED).await), shared);
    let thomas = connect_as(&sandbox, THOMAS, PERSONAL).await;
    let zoe = connect_as(&sandbox, COLLEAGUE, PERSONAL).await;
    assert!(token(&thomas) != shared && token(&zoe) != shared && token(&thomas) != token(&zoe));
    assert_ne!(thomas["user_id"], zoe["user_id"]);
    assert_eq!(token(&connect_as(&sandbox, THOMAS, PERSONAL).await), token(&thomas));
    assert_eq!(api(&sandbox, &token(&zoe), "/user").await.1["id"], zoe["user_id"]);
    assert_eq!(api(&sandbox, &token(&zoe), "/location").await.1["id"], "3r4s3-0");
    assert_eq!(listing(&sandbox, "/connections").await.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_profile_is_granted_and_read_whatever_became_of_the_subscription() {
    let sandbox = start().await;
    let token = text_of(&connect_as(&sandbox, THOMAS, "profile").await["access_token"]);
    control(&sandbox, "/accounts/3r4s3/suspend", json!({})).await;
    assert_eq!(api(&sandbox, &token, "/user").await.0, 200);
    connect_as(&sandbox, THOMAS, "profile").await;
}
