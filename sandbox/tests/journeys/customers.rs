//! Customer lists and the customers on them.

use hubrise_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::connector::{OTHER_ID, OTHER_SECRET, api, code_by, connect, json_of, post, send, start, text_of, token_for};

const LIST: &str = "/customer_lists/xab66/customers";

fn charles() -> Value {
    json!({
        "private_ref": "2213312", "email": "Charles.Moore@dummy-mail.org", "first_name": "Charles", "last_name": "Moore",
        "gender": "male", "birth_date": "1999-01-01", "phone": "+44123456789", "address_1": "1 avenue des Champs Elysées",
        "address_2": null, "postal_code": "75001", "city": "Paris", "country": "FR", "latitude": "48.8589507",
        "email_marketing": true, "custom_fields": { "crm": { "vip": true } }, "unheard_of": 1,
    })
}

async fn create(sandbox: &Sandbox, token: &str, form: Value) -> Value {
    let (status, customer) = send(sandbox, token, "POST", LIST, form).await;
    assert_eq!(status, 200, "{customer}");
    customer
}

fn path_of(customer: &Value) -> String {
    format!("{LIST}/{}", text_of(&customer["id"]))
}

async fn other_client_s_token(sandbox: &Sandbox) -> String {
    let code = code_by(sandbox, OTHER_ID, "location[customer_list.write]", "3r4s3-0", &[]).await;
    let request = post(sandbox, "/oauth2/v1/token").basic_auth(OTHER_ID, Some(OTHER_SECRET)).form(&[("code", code)]);
    text_of(&json_of(request.send().await.expect("an answer")).await["access_token"])
}

#[tokio::test]
async fn a_customer_is_created_read_and_changed_field_by_field() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let customer = create(&sandbox, &token, charles()).await;
    for (name, value) in charles().as_object().expect("an object") {
        if name != "unheard_of" {
            assert_eq!(&customer[name], value, "{name}");
        }
    }
    for (name, value) in [
        ("customer_list_id", json!("xab66")),
        ("anonymised", json!(false)),
        ("sms_marketing", json!(false)),
        ("nb_orders", json!(0)),
        ("order_total", json!("0.00 EUR")),
        ("first_order_date", Value::Null),
        ("loyalty_cards", json!([])),
        ("delivery_notes", Value::Null),
    ] {
        assert_eq!(customer[name], value, "{name}");
    }
    assert!(customer["created_at"].is_string() && customer.get("unheard_of").is_none());
    let path = path_of(&customer);
    assert_eq!(api(&sandbox, &token, &path).await, (200, customer.clone()));
    for (method, change) in [("PATCH", json!({ "first_name": "Claude" })), ("PUT", json!({ "gender": null }))] {
        assert_eq!(send(&sandbox, &token, method, &path, change).await.0, 200);
    }
    let changed = api(&sandbox, &token, &path).await.1;
    assert_eq!((&changed["first_name"], &changed["last_name"]), (&json!("Claude"), &json!("Moore")));
    assert_eq!((&changed["gender"], &changed["private_ref"]), (&Value::Null, &json!("2213312")));
    assert_eq!(create(&sandbox, &token, json!({})).await["first_name"], Value::Null, "nothing is mandatory");
}

#[tokio::test]
async fn customers_are_found_by_private_ref_and_by_patterns() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    create(&sandbox, &token, charles()).await;
    create(&sandbox, &token, json!({ "email": "tom@dummy-mail.org", "phone": "+33612345678" })).await;
    create(&sandbox, &token, json!({})).await;
    for (query, found) in [
        ("", 3),
        ("?email=charles.moore@dummy-mail.org", 1),
        ("?email=*@DUMMY-mail.org", 2),
        ("?email=t*mail*", 1),
        ("?phone=%2B44*", 1),
        ("?phone=*", 2),
        ("?private_ref=2213312", 1),
        ("?private_ref=none", 0),
        ("?email=tom*&phone=%2B44*", 0),
    ] {
        let (status, list) = api(&sandbox, &token, &format!("{LIST}{query}")).await;
        assert_eq!((status, list.as_array().map(Vec::len)), (200, Some(found)), "{query}");
    }
}

#[tokio::test]
async fn a_private_ref_is_its_client_s_alone_and_unique_on_the_list() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let path = path_of(&create(&sandbox, &token, charles()).await);
    let (status, body) = send(&sandbox, &token, "POST", LIST, charles()).await;
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("private_ref")));
    let other = other_client_s_token(&sandbox).await;
    let seen = api(&sandbox, &other, &path).await.1;
    assert_eq!((&seen["private_ref"], &seen["last_name"]), (&Value::Null, &json!("Moore")));
    let (status, seen) = send(&sandbox, &other, "PATCH", &path, json!({ "private_ref": "2213312" })).await;
    assert_eq!((status, &seen["private_ref"]), (200, &json!("2213312")));
    send(&sandbox, &other, "PATCH", &path, json!({ "private_ref": null })).await;
    assert_eq!(api(&sandbox, &token, &path).await.1["private_ref"], "2213312");
}

#[tokio::test]
async fn an_anonymised_customer_stays_so() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let path = path_of(&create(&sandbox, &token, charles()).await);
    let (status, customer) = send(&sandbox, &token, "POST", &format!("{path}/anonymise"), json!({})).await;
    assert_eq!((status, &customer["anonymised"]), (200, &json!(true)));
    for field in ["email", "first_name", "last_name", "gender", "birth_date", "phone", "address_1", "latitude"] {
        assert_eq!(customer[field], Value::Null, "{field}");
    }
    assert_eq!((&customer["city"], &customer["custom_fields"]["crm"]["vip"]), (&json!("Paris"), &json!(true)));
    let change = json!({ "first_name": "Charles", "custom_fields": { "crm": { "vip": false } } });
    let (status, customer) = send(&sandbox, &token, "PATCH", &path, change).await;
    assert_eq!((status, &customer["first_name"]), (200, &Value::Null));
    assert_eq!(customer["custom_fields"]["crm"]["vip"], false);
}

#[tokio::test]
async fn a_customer_that_makes_no_sense_is_422_and_changes_nothing() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let path = path_of(&create(&sandbox, &token, charles()).await);
    for (field, value) in [
        ("email", json!(1)),
        ("gender", json!("other")),
        ("birth_date", json!("01/01/1999")),
        ("country", json!("France")),
        ("latitude", json!(48.85)),
        ("longitude", json!("east")),
        ("sms_marketing", json!("yes")),
        ("custom_fields", json!([])),
        ("private_ref", json!("x".repeat(256))),
    ] {
        let change = json!({ field: value, "first_name": "Claude" });
        for (method, path) in [("POST", LIST), ("PATCH", path.as_str())] {
            let (status, body) = send(&sandbox, &token, method, path, change.clone()).await;
            assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{change}");
        }
    }
    let list = api(&sandbox, &token, LIST).await.1;
    assert_eq!((list.as_array().map(Vec::len), &list[0]["first_name"]), (Some(1), &json!("Charles")));
}

#[tokio::test]
async fn customers_need_a_scope_and_a_list_that_was_granted() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let path = path_of(&create(&sandbox, &token, charles()).await);
    for (path, message) in [
        ("/customer_lists/m8rt4/customers", "Customer list does not exist"),
        ("/customer_lists/nonsense", "Customer list does not exist"),
        ("/customer_lists/xab66/customers/nonsense", "Customer does not exist"),
    ] {
        let (status, body) = api(&sandbox, &token, path).await;
        assert_eq!((status, &body["message"]), (404, &json!(message)), "{path}");
    }
    let reading = connect(&sandbox, "location[customer_list.read]", "3r4s3-0", &[]).await;
    let reader = text_of(&reading["access_token"]);
    assert_eq!(api(&sandbox, &reader, &path).await.0, 200);
    let anonymise = format!("{path}/anonymise");
    for (method, path) in [("POST", LIST), ("PATCH", &path), ("PUT", &path), ("POST", &anonymise)] {
        let (status, body) = send(&sandbox, &reader, method, path, json!({})).await;
        assert_eq!((status, &body["message"]), (403, &json!("A 'customer_list' write scope is required")), "{path}");
    }
}

#[tokio::test]
async fn a_list_that_may_only_be_read_gets_no_customer_and_no_card() {
    let sandbox = start().await;
    let scope = "location[customer_list.write,all_customer_lists.read]";
    let granted = connect(&sandbox, scope, "3r4s3-1", &[("customer_list_id", "b2nv7")]).await;
    let token = text_of(&granted["access_token"]);
    let all = connect(&sandbox, "account[customer_list.write]", "3r4s3", &[]).await;
    let all = text_of(&all["access_token"]);
    let customers = |list: &str| format!("/customer_lists/{list}/customers");
    let holder = send(&sandbox, &all, "POST", &customers("m8rt4"), json!({})).await.1;
    let form = json!({ "customer_id": holder["id"], "ref": "LOY" });
    let card = send(&sandbox, &all, "POST", "/customer_lists/m8rt4/loyalty_cards", form.clone()).await.1;
    let customer = format!("{}/{}", customers("m8rt4"), text_of(&holder["id"]));
    let card = format!("/customer_lists/m8rt4/loyalty_cards/{}", text_of(&card["id"]));
    assert_eq!(api(&sandbox, &token, &customer).await.0, 200, "it may be read");
    for (method, path, body) in [
        ("POST", customers("m8rt4"), json!({})),
        ("PATCH", customer.clone(), json!({ "first_name": "Claude" })),
        ("POST", format!("{customer}/anonymise"), json!({})),
        ("POST", "/customer_lists/m8rt4/loyalty_cards".to_owned(), form),
        ("PATCH", card.clone(), json!({ "name": "Come back!" })),
        ("POST", format!("{card}/operations"), json!({ "delta": "3" })),
    ] {
        let (status, body) = send(&sandbox, &token, method, &path, body).await;
        assert_eq!((status, &body["message"]), (403, &json!("A 'customer_list' write scope is required")), "{path}");
    }
    assert_eq!(send(&sandbox, &token, "POST", &customers("b2nv7"), json!({})).await.0, 200, "it was granted");
}

#[tokio::test]
async fn lists_are_created_renamed_and_deleted_with_their_customers() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    assert_eq!(send(&sandbox, &token, "POST", "/location/customer_lists", json!({ "name": "Web" })).await.0, 403);
    let granted = connect(&sandbox, "location[all_customer_lists.write]", "3r4s3-0", &[]).await;
    let token = text_of(&granted["access_token"]);
    for name in [json!("Clients Paris"), Value::Null, json!(5)] {
        let (status, body) = send(&sandbox, &token, "POST", "/location/customer_lists", json!({ "name": name })).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("name")));
    }
    let (status, list) = send(&sandbox, &token, "POST", "/location/customer_lists", json!({ "name": "Web" })).await;
    assert_eq!((status, &list["location_id"], &list["name"]), (200, &json!("3r4s3-0"), &json!("Web")));
    let path = format!("/customer_lists/{}", text_of(&list["id"]));
    let (status, renamed) = send(&sandbox, &token, "PATCH", &path, json!({ "name": "New" })).await;
    assert_eq!((status, &renamed["name"], &renamed["id"]), (200, &json!("New"), &list["id"]));
    assert_eq!(send(&sandbox, &token, "PATCH", &path, json!({ "name": "Clients Paris" })).await.0, 422);
    assert_eq!(send(&sandbox, &token, "POST", &format!("{path}/customers"), json!({})).await.0, 200);
    assert_eq!(send(&sandbox, &token, "DELETE", &path, json!({})).await, (200, json!({})));
    assert_eq!(api(&sandbox, &token, &format!("{path}/customers")).await.0, 404);
    let account = text_of(&connect(&sandbox, "account[all_customer_lists.write]", "3r4s3", &[]).await["access_token"]);
    let common = send(&sandbox, &account, "POST", "/account/customer_lists", json!({ "name": "All" })).await.1;
    assert_eq!(api(&sandbox, &account, "/accounts/3r4s3/customer_lists").await, (200, json!([common])));
    assert_eq!(api(&sandbox, &token, "/location/customer_lists").await.1[1], common);
    let path = format!("/customer_lists/{}", text_of(&common["id"]));
    assert_eq!(send(&sandbox, &token, "DELETE", &path, json!({})).await.0, 403, "it is the account's");
}
