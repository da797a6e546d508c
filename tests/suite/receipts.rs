//! What a receipt tells, step by step: the callback, the access at HubRise, our copy of the key; and what is done where
//! one of them will not end.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tickncook_hubrise::{
    disconnections::{self, Requester},
    hubrise::{AccessToken, Callback},
    ids::{ConnectionId, OrganisationId, UserId},
};

use crate::harness::{LYON, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, TestApp, journey};

const DELETE_CALLBACK: &str = "DELETE /v1/callback token 200";
const REVOKE: &str = "POST /oauth2/v1/revoke basic 200";
const STOPPED: &str = "Envois de HubRise vers TicknCook arrêtés 23 novembre 2026 à ";
const STOPPED_WITH_ACCESS: &str = "Envois de HubRise vers TicknCook arrêtés avec l’accès 23 novembre 2026 à ";
const STOPPING: &str = "Envois de HubRise vers TicknCook arrêtés En cours";
const REVOKED: &str = "Accès révoqué chez HubRise 23 novembre 2026 à ";
const REVOKING: &str = "Accès révoqué chez HubRise En cours";

async fn newest_token(app: &TestApp) -> AccessToken {
    let token = app.hubrise.tokens().await.pop().unwrap();
    AccessToken::new(token.into()).unwrap()
}

/// Has HubRise send the events of what was connected last.
async fn register_callback(app: &TestApp) {
    let events = [("location".to_owned(), vec!["update".to_owned()])].into();
    let callback = Callback { url: Some("http://127.0.0.1:9/somewhere".to_owned()), events };
    app.app.hubrise.set_callback(&newest_token(app).await, &callback).await.unwrap();
}

async fn has_callback(app: &TestApp) -> bool {
    app.app.hubrise.callback(&newest_token(app).await).await.unwrap().url.is_some()
}

/// Makes HubRise fail to remove callbacks, until the faults are cleared.
async fn keep_callbacks(app: &TestApp, action: Value) {
    app.hubrise.control("faults", json!({ "method": "DELETE", "path": "/v1/callback", "action": action })).await;
}

/// The calls that end something, without what HubRise answered.
async fn ending_calls(app: &TestApp) -> Vec<String> {
    let calls = app.hubrise.calls().await.into_iter();
    calls.filter(|call| call.starts_with("DELETE") || call.contains("/revoke")).collect()
}

/// The history of Bella Pizza, oldest first: actor, action, on what, what it was linked to, whether there is a receipt.
async fn history(app: &TestApp) -> Vec<String> {
    let entries = sqlx::query_scalar(
        "select concat_ws(' | ', h.actor, h.actor_name, h.action, h.subject_name, h.change_before->>'location',
            case when d.id is not null then 'receipt' end, h.reason,
            case when h.connection_id is not null then 'connection' end)
         from history_entry h left join disconnection d on d.id = (h.change_after->>'receipt')::uuid
         where h.action in ('disconnected', 'revoked', 'token_kept', 'point_of_sale_deleted') order by h.id",
    );
    entries.fetch_all(app.db()).await.unwrap()
}

#[tokio::test]
async fn the_callback_is_removed_before_the_access_is_and_each_has_its_own_time() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        register_callback(app).await;
        app.hubrise.keep_tokens().await;
        let receipt = browser.disconnect(PARIS).await.url.to_string();
        browser.page().assert_shows(&[&format!("{STOPPED}18:02:00"), REVOKING]);
        assert!(!has_callback(app).await, "HubRise still sends events");
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::minutes(90));
        app.run_jobs().await;
        let page = browser.open(&receipt).await;
        page.assert_shows(&[
            &format!("{STOPPED}18:02:00"),
            &format!("{REVOKED}19:32:00"),
            "Notre copie de la clé d’accès effacée 23 novembre 2026 à 19:32:00",
        ]);
        let lost = "POST /oauth2/v1/revoke basic 503";
        assert_eq!(ending_calls(app).await, [DELETE_CALLBACK, lost, REVOKE], "what is done is not done twice");
    })
    .await;
}

#[tokio::test]
async fn a_callback_that_hubrise_refuses_to_remove_ends_with_the_access() {
    for status in [401, 403, 404, 422] {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            keep_callbacks(app, json!({ "kind": "status", "status": status })).await;
            let page = browser.disconnect(PARIS).await;
            page.assert_shows(&[&format!("{STOPPED_WITH_ACCESS}18:02:00"), &format!("{REVOKED}18:02:00")]);
            page.assert_hides(&["En cours"]);
        })
        .await;
    }
}

#[tokio::test]
async fn a_callback_that_cannot_be_removed_for_now_is_tried_again_before_the_access_is_ended() {
    let troubles = [
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "30" } }),
        json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "30" }, "body": "slow down" }),
        json!({ "kind": "drop" }),
        json!({ "kind": "drop_after" }),
    ];
    for trouble in troubles {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            register_callback(app).await;
            keep_callbacks(app, trouble.clone()).await;
            let receipt = browser.disconnect(PARIS).await.url.to_string();
            browser.page().assert_shows(&[STOPPING, REVOKING, "En cours"]);
            assert_eq!(app.hubrise.revocations().await, 0, "the access is not ended first");
            app.hubrise.clear_faults().await;
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
            browser.open(&receipt).await.assert_shows(&[&format!("{STOPPED}18:03:01"), &format!("{REVOKED}18:03:01")]);
        })
        .await;
    }
}

#[tokio::test]
async fn access_does_not_stay_open_for_the_sake_of_a_callback() {
    for trouble in [json!({ "kind": "status", "status": 500 }), json!({ "kind": "drop" })] {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            register_callback(app).await;
            keep_callbacks(app, trouble.clone()).await;
            let receipt = browser.disconnect(PARIS).await.url.to_string();
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
            assert_eq!(app.hubrise.revocations().await, 0, "after two tries there is a third");
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
            assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
            let page = browser.open(&receipt).await;
            page.assert_shows(&[&format!("{STOPPED_WITH_ACCESS}18:04:02"), &format!("{REVOKED}18:04:02")]);
            page.assert_hides(&["En cours"]);
        })
        .await;
    }
}

#[tokio::test]
async fn a_try_that_may_still_land_keeps_others_away_until_its_time_is_over() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        keep_callbacks(app, json!({ "kind": "drop" })).await;
        browser.disconnect(PARIS).await;
        app.hubrise.clear_faults().await;
        app.advance(TimeDelta::seconds(59));
        app.run_jobs().await;
        assert_eq!(ending_calls(app).await.len(), 1, "somebody else asked meanwhile");
        app.advance(TimeDelta::seconds(2));
        app.run_jobs().await;
        assert_eq!(ending_calls(app).await[1..], [DELETE_CALLBACK, REVOKE]);
    })
    .await;
}

#[tokio::test]
async fn on_the_last_try_for_the_callback_what_may_still_land_keeps_others_away_too() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        keep_callbacks(app, json!({ "kind": "drop" })).await;
        app.hubrise.keep_tokens().await;
        browser.disconnect(PARIS).await;
        for _ in 0..2 {
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
        }
        assert_eq!(app.hubrise.revocations().await, 1, "the access is asked for on the third try");
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        assert_eq!(app.hubrise.revocations().await, 1, "the removal of the callback may still be under way");
        app.advance(TimeDelta::seconds(61));
        app.run_jobs().await;
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 401);
    })
    .await;
}

#[tokio::test]
async fn whoever_dies_between_two_steps_is_followed_by_another() {
    // Died after the callback was removed, before and after it was written down.
    for written in ["removed", "wanted"] {
        journey(async |app| {
            let mut browser = app.signed_in(MANAGER).await;
            browser.connect(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.keep_tokens().await;
            let receipt = browser.disconnect(PARIS).await.url.to_string();
            let died = sqlx::query(
                "update revocation set status = 'in_flight', in_flight_since = requested_at, callback = $1,
                    callback_ended_at = case when $1 = 'removed' then requested_at end",
            );
            died.bind(written).execute(app.db()).await.unwrap();
            app.hubrise.clear_faults().await;
            app.run_jobs().await;
            browser.open(&receipt).await.assert_shows(&[REVOKING]);
            app.advance(TimeDelta::seconds(61));
            app.run_jobs().await;
            let removed = if written == "removed" { "18:02:00" } else { "18:03:01" };
            let page = browser.open(&receipt).await;
            page.assert_shows(&[&format!("{STOPPED}{removed}"), &format!("{REVOKED}18:03:01")]);
        })
        .await;
    }
}

#[tokio::test]
async fn hubrise_down_leaves_every_step_open_and_back_again_ends_them_all() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.stop().await;
        let receipt = browser.disconnect(PARIS).await.url.to_string();
        for _ in 0..4 {
            app.run_jobs().await;
            browser.open(&receipt).await.assert_shows(&[STOPPING, REVOKING]);
        }
        app.hubrise.restart().await;
        register_callback(app).await;
        app.run_jobs().await;
        browser.open(&receipt).await.assert_shows(&[STOPPED, REVOKED]);
        assert_eq!(ending_calls(app).await, [DELETE_CALLBACK, REVOKE]);
    })
    .await;
}

#[tokio::test]
async fn the_callback_of_a_location_that_was_connected_again_is_not_removed() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        keep_callbacks(app, json!({ "kind": "status", "status": 503 })).await;
        let receipt = browser.disconnect(PARIS).await.url.to_string();
        browser.page().assert_shows(&[STOPPING]);
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        register_callback(app).await;
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        assert!(has_callback(app).await, "the new connection's callback was removed");
        let page = browser.open(&receipt).await;
        page.assert_shows(&[
            "Envois de HubRise conservés pour la nouvelle connexion",
            "Accès conservé : ce point de vente HubRise a été relié de nouveau avant la révocation",
            "Clé d’accès conservée : la nouvelle connexion s’en sert",
        ]);
        page.assert_hides(&["En cours", "effacée"]);
        assert_eq!(history(app).await.last().unwrap(), "system | token_kept | Paris République | receipt | connection");
    })
    .await;
}

#[tokio::test]
async fn a_revocation_that_finds_its_token_in_use_leaves_the_callback_alone() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        keep_callbacks(app, json!({ "kind": "status", "status": 503 })).await;
        browser.disconnect(PARIS).await;
        let open = sqlx::query("create table open_revocation as select * from revocation");
        open.execute(app.db()).await.unwrap();
        browser.connect(LYON, PARIS_AT_HUBRISE).await;
        register_callback(app).await;
        app.hubrise.clear_faults().await;
        // As if whoever connected had not known of the revocation: the decision under the token's lock is what is left.
        for undo in [
            "update revocation r set status = 'pending', finished_at = null, token_key_id = o.token_key_id,
                token_ciphertext = o.token_ciphertext from open_revocation o",
            "drop table open_revocation",
            "select graphile_worker.add_job('revoke_token', json_build_object('revocation', id)) from revocation",
        ] {
            sqlx::query(undo).execute(app.db()).await.unwrap();
        }
        app.run_jobs().await;
        assert!(has_callback(app).await, "the new connection's callback was removed");
        assert_eq!(app.count("select count(*) from revocation where status = 'superseded'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_history_tells_who_cut_what_and_when_hubrise_confirmed() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        browser.disconnect(PARIS).await;
        let cut =
            format!("person | {MANAGER} | disconnected | Paris République | Paris - 3r4s3-0 | receipt | connection");
        assert_eq!(history(app).await, std::slice::from_ref(&cut), "nothing is confirmed yet");
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        let revoked = "system | revoked | Paris République | receipt | connection".to_owned();
        assert_eq!(history(app).await, [cut, revoked.clone()]);
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        browser.delete(PARIS).await;
        let deleted = "point_of_sale_deleted | Paris République | Paris - 3r4s3-0 | receipt | connection";
        assert_eq!(history(app).await[3..], [format!("person | {MANAGER} | {deleted}"), revoked]);
        browser.delete(LYON).await;
        let deleted = format!("person | {MANAGER} | point_of_sale_deleted | Lyon Part-Dieu | receipt");
        assert_eq!(history(app).await[5..], [deleted]);
    })
    .await;
}

#[tokio::test]
async fn support_cuts_a_connection_with_a_reason_that_the_receipt_tells() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let connection: ConnectionId = app.connection("3r4s3-0").await.parse().unwrap();
        let organisation: sqlx::types::Uuid =
            sqlx::query_scalar("select organisation_id from connection").fetch_one(app.db()).await.unwrap();
        let organisation = OrganisationId::from(organisation);
        let support: UserId = app.user(NESTOR).await.parse().unwrap();
        let cut = async |reason| {
            let requester = Requester::Support(support);
            disconnections::service::disconnect(&app.app, organisation, connection, requester, reason).await
        };
        let too_long = "x".repeat(501);
        for reason in [None, Some(""), Some("  "), Some(&*too_long)] {
            cut(reason).await.unwrap_err();
        }
        assert_eq!(app.count("select count(*) from connection").await, 1, "without a reason nothing is cut");
        let id = cut(Some("  Fermé définitivement ")).await.unwrap().unwrap();
        let page = browser.open(&format!("/receipts/{id}")).await;
        page.assert_shows(&[REVOKED]);
        assert_eq!(page.fact("Demandé par"), format!("support TicknCook · {NESTOR}"));
        assert_eq!(page.fact("Motif"), "Fermé définitivement");
        let entry = history(app).await.remove(0);
        let cut = "disconnected | Paris République | Paris - 3r4s3-0 | receipt | Fermé définitivement | connection";
        assert_eq!(entry, format!("support | {NESTOR} | {cut}"));

        let receipt = disconnections::service::receipt(&app.app, organisation, id).await.unwrap().unwrap();
        assert!(receipt.by_support);
        // Nobody of another restaurant reads it.
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.peek(&format!("/receipts/{id}")).await.assert_status(404);
    })
    .await;
}
