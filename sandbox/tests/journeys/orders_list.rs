//! Lists of orders: filters, pages and the limit on heavy calls.

use chrono::{DateTime, TimeDelta};
use hubrise_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::connector::{api, connect, page, start, text_of};
use crate::orders::{create, orders_token, other_token, patch, refused_fields, send};

fn refs(list: &(u16, Value)) -> Vec<String> {
    assert_eq!(list.0, 200, "{}", list.1);
    list.1.as_array().expect("a list").iter().map(|order| text_of(&order["ref"])).collect()
}

async fn list(sandbox: &Sandbox, token: &str, filters: &[(&str, &str)]) -> (u16, Value) {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filters).finish();
    api(sandbox, token, &format!("/location/orders?{query}")).await
}

#[tokio::test]
async fn orders_are_listed_oldest_first_and_filtered() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let other = other_token(&sandbox, "location[orders.write]", "3r4s3-0").await;
    create(&sandbox, &token, json!({ "status": "new", "ref": "one", "private_ref": "mine" })).await;
    create(&sandbox, &other, json!({ "status": "new", "ref": "two", "private_ref": "mine" })).await;
    let third = create(&sandbox, &token, json!({ "status": "accepted", "ref": "three" })).await;
    let listed = list(&sandbox, &token, &[]).await;
    assert_eq!(refs(&listed), ["one", "two", "three"]);
    assert_eq!(listed.1[2], third, "orders are listed whole");
    assert_eq!(refs(&list(&sandbox, &token, &[("status", "accepted")]).await), ["three"]);
    assert_eq!(refs(&list(&sandbox, &token, &[("created_by", "Another app")]).await), ["two"]);
    assert_eq!(refs(&list(&sandbox, &token, &[("private_ref", "mine")]).await), ["one"], "one's own private refs");
    assert_eq!(refs(&list(&sandbox, &other, &[("private_ref", "mine")]).await), ["two"]);
    assert_eq!(refs(&list(&sandbox, &other, &[("status", "new"), ("private_ref", "")]).await), ["one", "two"]);
    assert_eq!(refs(&list(&sandbox, &other, &[("customer_id", "nobody")]).await), Vec::<String>::new());
}

#[tokio::test]
async fn after_is_inclusive_and_before_exclusive_of_the_creation_alone() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let order = create(&sandbox, &token, json!({ "status": "new", "ref": "one" })).await;
    let created_at = text_of(&order["created_at"]);
    let second_later = DateTime::parse_from_rfc3339(&created_at).expect("a time") + TimeDelta::seconds(1);
    let second_later = second_later.to_rfc3339();
    patch(&sandbox, &token, &order, json!({ "status": "accepted" })).await;
    let found = |filters: &'static [&'static str], time: String| {
        let (sandbox, token) = (&sandbox, &token);
        async move {
            let filters: Vec<_> = filters.iter().map(|name| (*name, time.as_str())).collect();
            refs(&list(sandbox, token, &filters).await).len()
        }
    };
    assert_eq!(found(&["after"], created_at.clone()).await, 1);
    assert_eq!(found(&["before"], created_at.clone()).await, 0);
    assert_eq!(found(&["after"], second_later.clone()).await, 0);
    assert_eq!(found(&["before"], second_later).await, 1);
    // As in HubRise's examples, whose `+` is not encoded.
    assert_eq!(refs(&api(&sandbox, &token, &format!("/location/orders?after={created_at}")).await).len(), 1);
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_422() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    for (name, value) in
        [("after", "yesterday"), ("before", "2020"), ("status", "cooked"), ("count", "-1"), ("cursor", "x")]
    {
        assert_eq!(refused_fields(&list(&sandbox, &token, &[(name, value)]).await), [name]);
    }
}

#[tokio::test]
async fn an_account_s_token_lists_the_orders_of_all_its_locations() {
    let sandbox = start().await;
    let account = text_of(&connect(&sandbox, "account[orders.write]", "3r4s3", &[]).await["access_token"]);
    for (location, reference) in [("3r4s3-0", "paris"), ("3r4s3-1", "lyon")] {
        let body = json!({ "status": "new", "ref": reference });
        assert_eq!(
            send(&sandbox, Method::POST, &account, &format!("/locations/{location}/orders"), &body).await.0,
            200
        );
    }
    for path in ["/account/orders", "/accounts/3r4s3/orders"] {
        assert_eq!(refs(&api(&sandbox, &account, path).await), ["paris", "lyon"]);
    }
    assert_eq!(refs(&api(&sandbox, &account, "/locations/3r4s3-1/orders").await), ["lyon"]);
}

#[tokio::test]
async fn a_list_comes_in_pages_with_a_cursor_to_the_next() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    for number in 0..5 {
        create(&sandbox, &token, json!({ "status": "new", "ref": number.to_string() })).await;
    }
    let mut cursor = String::new();
    let mut pages = Vec::new();
    loop {
        let (orders, next) = page(&sandbox, &token, &format!("/location/orders?count=2&cursor={cursor}")).await;
        pages.push(refs(&(200, json!(orders))).join(""));
        match next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    assert_eq!(pages, ["01", "23", "4"]);
}

#[tokio::test]
async fn a_cursor_leads_on_when_its_order_is_no_longer_asked_for() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    let mut orders = Vec::new();
    for number in 0..5 {
        orders.push(create(&sandbox, &token, json!({ "status": "new", "ref": number.to_string() })).await);
    }
    let (first, cursor) = page(&sandbox, &token, "/location/orders?status=new&count=2").await;
    for order in [&orders[0], &orders[2]] {
        patch(&sandbox, &token, order, json!({ "status": "accepted" })).await;
    }
    let path = format!("/location/orders?status=new&count=2&cursor={}", cursor.expect("a cursor"));
    let (second, none) = page(&sandbox, &token, &path).await;
    assert_eq!((refs(&(200, json!(first))).join(""), refs(&(200, json!(second))).join("")), ("01".into(), "34".into()));
    assert_eq!(none, None);
}

#[tokio::test]
async fn ten_lists_a_minute_are_allowed_and_single_orders_are_not_counted() {
    let sandbox = start().await;
    let token = orders_token(&sandbox, "3r4s3-0").await;
    // The window could end while this runs: then there are two, of ten at most each.
    let mut allowed = 0;
    while list(&sandbox, &token, &[]).await.0 == 200 {
        allowed += 1;
        assert!(allowed <= 20, "never limited");
    }
    assert!(allowed >= 10, "limited after {allowed}");
    assert_eq!(api(&sandbox, &token, "/location/orders/x").await.0, 404);
}
