//! The page that makes calls fail, takes access away, throws the switches and moves the clock.

use hubrise_sandbox::{Options, Sandbox};
use serde_json::json;

use crate::browser::{Browser, NESTOR, Page, THOMAS};
use crate::connector::{SCOPE, api, code_for, connect, exchange, json_of, listing, options, start, token_for};

async fn thomas(sandbox: &Sandbox) -> Browser {
    Browser::signed_in(sandbox.url(), THOMAS).await
}

/// The address that the form which has this in it posts to.
fn action_with<'a>(page: &'a Page, part: &str) -> &'a str {
    let actions = page.text.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    actions.into_iter().find(|action| action.contains(part)).expect("a form")
}

#[tokio::test]
async fn the_page_is_there_only_where_the_control_interface_is() {
    let sandbox = Sandbox::start(Options { control: false, ..options() }).await.expect("a sandbox");
    let mut browser = thomas(&sandbox).await;
    assert_eq!(browser.visit("/sandbox").await.status, 404);
    assert_eq!(browser.submit("/sandbox/reset", &[("confirmed", "yes")]).await.status, 404);
    assert_eq!(browser.submit("/sandbox/clock", &[("minutes", "10")]).await.status, 404);
    assert!(!browser.visit("/").await.shows("href=\"/sandbox\""));
}

#[tokio::test]
async fn the_page_is_for_those_who_are_signed_in() {
    let sandbox = start().await;
    let mut browser = Browser::new(sandbox.url());
    assert_eq!(browser.visit("/sandbox").await.target(), "/login?next=%2Fsandbox");
    let refused = browser.submit("/sandbox/reset", &[("confirmed", "yes")]).await;
    assert!(refused.target().starts_with("/login"));
}

#[tokio::test]
async fn the_page_speaks_french_and_english() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    let french = browser.visit("/sandbox").await;
    for words in ["HubRise est en panne (503)", "Après une révocation", "À l'heure réelle", "Remise à zéro"] {
        assert!(french.shows(words), "{words}");
    }
    browser.submit("/language", &[("language", "en"), ("next", "/sandbox")]).await;
    let english = browser.visit("/sandbox").await;
    for words in ["HubRise is down (503)", "After a revoke", "At real time", "Yes, erase everything"] {
        assert!(english.shows(words), "{words}");
    }
}

#[tokio::test]
async fn a_fault_is_set_by_a_form_listed_in_words_and_removed() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = thomas(&sandbox).await;
    let set = browser.submit("/sandbox/faults", &[("trouble", "down"), ("calls", "location"), ("times", "3")]).await;
    assert_eq!(set.target(), "/sandbox#faults");
    assert_eq!(api_status(&sandbox, &token, "/location").await, 503);
    assert_eq!(api_status(&sandbox, &token, "/location/catalogs").await, 200);
    let page = browser.visit("/sandbox").await;
    let row = "Lecture du point de vente (GET /location) HubRise est en panne (503) 2 Retirer";
    assert!(page.words().contains(row), "{}", page.words());
    let removal = action_with(&page, "/remove").to_owned();
    assert_eq!(browser.submit(&removal, &[]).await.target(), "/sandbox#faults");
    assert_eq!(api_status(&sandbox, &token, "/location").await, 200);
    assert!(browser.visit("/sandbox").await.shows("Aucune panne"));
}

#[tokio::test]
async fn every_fault_of_the_page_can_be_set_for_any_call() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    let page = browser.visit("/sandbox").await;
    let values = |name: &str| -> Vec<String> {
        let (_, rest) = page.text.split_once(&format!("<select name=\"{name}\">")).expect("a choice");
        let (options, _) = rest.split_once("</select>").expect("its end");
        options.split("value=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect()
    };
    let (troubles, calls) = (values("trouble"), values("calls"));
    for trouble in &troubles {
        let fields = [("trouble", trouble.as_str()), ("calls", "api"), ("times", "always")];
        assert_eq!(browser.submit("/sandbox/faults", &fields).await.status, 303, "{trouble}");
    }
    for calls in &calls {
        let fields = [("trouble", "cut"), ("calls", calls.as_str()), ("times", "1")];
        assert_eq!(browser.submit("/sandbox/faults", &fields).await.status, 303, "{calls}");
    }
    let set = listing(&sandbox, "/faults").await;
    assert_eq!(set.as_array().map(Vec::len), Some(troubles.len() + calls.len()));
    assert_eq!(browser.visit("/sandbox").await.text.matches(">Retirer<").count(), troubles.len() + calls.len());
    browser.submit("/sandbox/faults/clear", &[]).await;
    assert_eq!(listing(&sandbox, "/faults").await, json!([]));
}

#[tokio::test]
async fn a_token_is_answered_without_names_or_token_type() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let mut browser = thomas(&sandbox).await;
    browser.submit("/sandbox/faults", &[("trouble", "no_names"), ("calls", "token"), ("times", "1")]).await;
    let answer = json_of(exchange(&sandbox, &code).await).await;
    assert_eq!(answer["location_id"], "3r4s3-0");
    for name in ["token_type", "account_name", "location_name", "catalog_name", "customer_list_name"] {
        assert_eq!(answer.get(name), None);
    }
}

#[tokio::test]
async fn a_fault_set_elsewhere_is_listed_as_it_is() {
    let sandbox = start().await;
    crate::connector::fault(&sandbox, "/v1/mine", None, json!({ "kind": "delay", "milliseconds": 7 })).await;
    let page = thomas(&sandbox).await.visit("/sandbox").await;
    assert!(page.shows("* /v1/mine"));
    assert!(page.shows(r#"{"kind":"delay","milliseconds":7}"#));
}

#[tokio::test]
async fn a_fault_that_is_none_of_the_page_s_is_refused() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    for fields in [&[("trouble", "explosion"), ("calls", "api"), ("times", "1")][..], &[("trouble", "down")]] {
        assert_eq!(browser.submit("/sandbox/faults", fields).await.status, 422);
    }
    assert_eq!(listing(&sandbox, "/faults").await, json!([]));
}

#[tokio::test]
async fn events_and_notices_go_wrong_by_a_form() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    let troubles = ["twice", "lost", "minute_late", "hour_late", "reordered", "lost_notice", "repeated_notice"];
    for trouble in troubles {
        let fields = [("trouble", trouble), ("events", "orders"), ("times", "3")];
        assert_eq!(browser.submit("/sandbox/events", &fields).await.target(), "/sandbox#events", "{trouble}");
    }
    let set = listing(&sandbox, "/event_faults").await;
    assert_eq!(set.as_array().map(Vec::len), Some(troubles.len()), "{set}");
    assert_eq!((&set[2]["kind"], &set[2]["seconds"]), (&json!("delay"), &json!(60)));
    let page = browser.visit("/sandbox").await;
    assert!(page.words().contains("L'événement est envoyé deux fois Commandes 3"), "{}", page.words());
    assert_eq!(browser.submit("/sandbox/events", &[("trouble", "eaten"), ("events", "all")]).await.status, 422);
    browser.submit("/sandbox/events/clear", &[]).await;
    assert_eq!(listing(&sandbox, "/event_faults").await, json!([]));
}

#[tokio::test]
async fn each_cause_of_a_401_is_one_click_away_and_can_be_undone() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let mut browser = thomas(&sandbox).await;
    for (cause, cure, message) in [("/block", "/unblock", "blocked"), ("3r4s3/suspend", "3r4s3/resume", "non payment")]
    {
        let action = action_with(&browser.visit("/sandbox").await, cause).to_owned();
        assert_eq!(browser.submit(&action, &[]).await.target(), "/sandbox#access");
        let (status, answer) = api(&sandbox, &token, "/location").await;
        assert_eq!(status, 401);
        assert!(answer["message"].as_str().is_some_and(|text| text.contains(message)), "{answer}");
        let action = action_with(&browser.visit("/sandbox").await, cure).to_owned();
        browser.submit(&action, &[]).await;
        assert_eq!(api_status(&sandbox, &token, "/location").await, 200);
    }
    let action = action_with(&browser.visit("/sandbox").await, "/disconnect").to_owned();
    browser.submit(&action, &[]).await;
    let (status, answer) = api(&sandbox, &token, "/location").await;
    assert_eq!(status, 401);
    assert!(answer["message"].as_str().is_some_and(|text| text.contains("revoked")), "{answer}");
    assert!(browser.visit("/sandbox").await.shows("Aucune app n'est connectée"));
}

#[tokio::test]
async fn access_to_another_user_s_account_cannot_be_taken_away() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let block = action_with(&thomas(&sandbox).await.visit("/sandbox").await, "/block").to_owned();
    let mut nestor = Browser::signed_in(sandbox.url(), NESTOR).await;
    let page = nestor.visit("/sandbox").await;
    assert!(!page.shows("Bella Pizza"));
    assert_eq!(nestor.submit(&block, &[]).await.status, 404);
    assert_eq!(nestor.submit("/sandbox/accounts/3r4s3/suspend", &[]).await.status, 404);
    assert_eq!(nestor.submit("/sandbox/connections/none/block", &[]).await.status, 404);
    assert_eq!(api_status(&sandbox, &token, "/location").await, 200);
}

#[tokio::test]
async fn switches_are_thrown_by_a_form_that_shows_how_they_stand() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    let fields = [
        ("token_after_revoke", "same"),
        ("limits", "false"),
        ("callback_timeout_milliseconds", "1500"),
        ("app_instance_id_in", "both"),
    ];
    assert_eq!(browser.submit("/sandbox/settings", &fields).await.target(), "/sandbox#switches");
    let settings = listing(&sandbox, "/settings").await;
    assert_eq!(settings["token_after_revoke"], "same");
    assert_eq!(settings["limits"], false);
    assert_eq!(settings["callback_timeout_milliseconds"], 1500);
    assert_eq!(settings["app_instance_id_in"], "both");
    assert_eq!(settings["revoke_twice"], "not_found", "what the form left out stays");
    let page = browser.visit("/sandbox").await;
    assert!(page.shows("<option value=\"same\" selected>Le même jeton"));
    assert!(page.shows("value=\"1500\""));
}

#[tokio::test]
async fn a_switch_is_not_set_to_what_it_cannot_be() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    let before = listing(&sandbox, "/settings").await;
    for (name, value) in [
        ("token_after_revoke", "maybe"),
        ("limits", "perhaps"),
        ("callback_timeout_milliseconds", "soon"),
        ("callback_timeout_milliseconds", "-1"),
        ("revoke_twice", "true"),
    ] {
        let refused = browser.submit("/sandbox/settings", &[("bad_code", "not_found"), (name, value)]).await;
        assert_eq!(refused.status, 422, "{name} {value}");
        assert!(refused.shows("n'est pas possible"));
    }
    assert_eq!(listing(&sandbox, "/settings").await, before);
}

#[tokio::test]
async fn the_clock_moves_forward_and_codes_expire_with_it() {
    let sandbox = start().await;
    let mut browser = thomas(&sandbox).await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    assert_eq!(browser.submit("/sandbox/clock", &[("minutes", "10")]).await.target(), "/sandbox#clock");
    assert!(browser.visit("/sandbox").await.words().contains("En avance de 10 min"));
    assert_eq!(exchange(&sandbox, &code).await.status(), 400);
    browser.submit("/sandbox/clock", &[("minutes", "1440")]).await;
    browser.submit("/sandbox/clock", &[("minutes", "60")]).await;
    assert!(browser.visit("/sandbox").await.words().contains("En avance de 1 j 1 h 10 min"));
    for minutes in ["-1", "soon", "4294967295", ""] {
        assert_eq!(browser.submit("/sandbox/clock", &[("minutes", minutes)]).await.status, 422, "{minutes}");
    }
}

#[tokio::test]
async fn outstanding_codes_expire_at_a_click() {
    let sandbox = start().await;
    let code = code_for(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let mut browser = thomas(&sandbox).await;
    let done = browser.submit("/sandbox/codes", &[]).await;
    assert_eq!(done.target(), "/sandbox?expired=1#codes");
    assert!(browser.visit("/sandbox?expired=1").await.shows("Codes expirés : 1"));
    assert_eq!(exchange(&sandbox, &code).await.status(), 400);
}

#[tokio::test]
async fn a_reset_wants_a_confirmation_and_forgets_everything() {
    let sandbox = start().await;
    connect(&sandbox, SCOPE, "3r4s3-0", &[]).await;
    let mut browser = thomas(&sandbox).await;
    browser.submit("/sandbox/faults", &[("trouble", "down"), ("calls", "api"), ("times", "always")]).await;
    browser.submit("/sandbox/clock", &[("minutes", "60")]).await;
    assert_eq!(browser.submit("/sandbox/reset", &[]).await.status, 422);
    assert_eq!(listing(&sandbox, "/connections").await.as_array().map(Vec::len), Some(1));
    assert_eq!(browser.submit("/sandbox/reset", &[("confirmed", "yes")]).await.target(), "/login?next=/sandbox");
    assert_eq!(listing(&sandbox, "/connections").await, json!([]));
    assert_eq!(listing(&sandbox, "/faults").await, json!([]));
    assert!(browser.visit("/sandbox").await.target().starts_with("/login"));
    assert!(thomas(&sandbox).await.visit("/sandbox").await.shows("À l'heure réelle"));
}

async fn api_status(sandbox: &Sandbox, token: &str, path: &str) -> u16 {
    let address = format!("{}/v1{path}", sandbox.url());
    let answer = crate::browser::http().get(address).header("X-Access-Token", token).send().await;
    answer.expect("an answer").status().as_u16()
}
