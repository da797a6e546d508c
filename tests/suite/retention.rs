//! Nothing that names people is kept for ever: each kind of thing stays until its limit, and is gone a day later.

use chrono::{DateTime, Months, TimeDelta, Utc};
use sqlx::AssertSqlSafe;
use tickncook_hubrise::{
    database,
    history::{self, Action, Actor, Entry},
    ids::new_id,
};

use crate::harness::{
    FRENCH, LYON, MANAGER, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, STAFF, TestApp, hubrise, journey,
    leftovers::tables_containing,
};

const PURGE: &str = "purge_personal_data";

/// Runs a statement about Bella Pizza (`$1`) and a time (`$2`).
async fn execute(app: &TestApp, sql: &str, time: DateTime<Utc>) {
    let bella = app.organisation("Bella Pizza").await;
    sqlx::query(AssertSqlSafe(sql.to_owned())).bind(bella).bind(time).execute(app.db()).await.unwrap();
}

async fn count(app: &TestApp, table: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(app.db()).await.unwrap()
}

/// What stays for so many days, as it is written with the time from which the days count.
const LIMITS: &[(&str, i64, &str)] = &[
    (
        "invitation",
        365,
        "insert into invitation (id, organisation_id, role, note, secret_digest, created_at, expires_at)
         values (gen_random_uuid(), $1, 'staff', 'Anna', sha256('a'), $2, $2)",
    ),
    (
        "connection_link",
        365,
        "insert into connection_link (id, organisation_id, new_point_of_sale_name, account_name, location_name,
            secret_digest, created_at, expires_at)
         values (gen_random_uuid(), $1, 'Nice', 'Bella Pizza', 'Nice', sha256('b'), $2, $2)",
    ),
    (
        "alarm",
        90,
        "insert into alarm (id, kind, subject, organisation_id, first_at, last_at, ended_at)
         values (gen_random_uuid(), 'oversized_event', 'x', $1, $2, $2, $2)",
    ),
    (
        "revocation",
        30,
        "insert into revocation (id, token_digest, status, requested_at, finished_at)
         select gen_random_uuid(), sha256('c'), 'confirmed', $2, $2 where $1::uuid is not null",
    ),
    (
        "organisation_deletion",
        365,
        "insert into organisation_deletion (id, deleted_at, way, connections, revocations, secret_digest)
         select gen_random_uuid(), $2, 'manager', 0, '{}', sha256('d') where $1::uuid is not null",
    ),
];

#[tokio::test]
async fn what_has_its_days_stays_for_them_and_no_longer() {
    journey(async |app| {
        for (table, days, sql) in LIMITS {
            let before = count(app, table).await;
            execute(app, sql, app.now() - TimeDelta::days(*days) + TimeDelta::hours(1)).await;
            app.run_regular(PURGE).await;
            assert_eq!(count(app, table).await, before + 1, "{table} goes too early");
            app.advance(TimeDelta::hours(2));
            app.run_regular(PURGE).await;
            assert_eq!(count(app, table).await, before, "{table} stays too long");
        }
        // What is not over has no such limit.
        let lasting = "insert into alarm (id, kind, subject, organisation_id, first_at, last_at)
            values (gen_random_uuid(), 'oversized_event', 'x', $1, $2, $2)";
        execute(app, lasting, app.now() - TimeDelta::days(400)).await;
        app.run_regular(PURGE).await;
        assert_eq!(count(app, "alarm").await, 1);
    })
    .await;
}

#[tokio::test]
async fn history_and_receipts_stay_for_three_years_and_nobody_shortens_them() {
    journey(async |app| {
        let (bella, limit) = (app.organisation("Bella Pizza").await, app.now() - Months::new(36));
        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/history").await.assert_shows(&["rien n’en est effacé avant trois ans"]);
        for (name, at) in [("young", limit), ("old", limit - TimeDelta::days(2))] {
            let mut transaction = database::begin(app.db()).await.unwrap();
            let entry = Entry::new(bella, Actor::HubRise, Action::Renamed).on(new_id(), name);
            history::record(&mut transaction, entry, at).await.unwrap();
            transaction.commit().await.unwrap();
            let receipt = format!(
                "insert into disconnection (id, organisation_id, point_of_sale_id, point_of_sale_name,
                    point_of_sale_deleted, disconnected_at)
                 values (gen_random_uuid(), $1, gen_random_uuid(), '{name}', true, $2)"
            );
            execute(app, &receipt, at).await;
            let removed = format!(
                "insert into removed_member (organisation_id, user_id, email_digest, removed_at)
                 values ($1, gen_random_uuid(), sha256('{name}'), $2)"
            );
            execute(app, &removed, at).await;
        }
        app.run_regular(PURGE).await;
        assert_eq!(tables_containing(app.db(), "old").await, [""; 0]);
        let kept = ["public.disconnection", "public.history_entry", "public.search_name"];
        assert_eq!(tables_containing(app.db(), "young").await, kept);
        assert_eq!(count(app, "removed_member").await, 1);
        let refused = sqlx::query("delete from history_entry").execute(app.db()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_still_needs_stays_beyond_its_limit() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let link = manager.make_link(LYON, "Bella Pizza", "Nice").await;
        let mut owner = app.browser();
        owner.follow(&link, NICE_AT_HUBRISE).await;
        owner.press(FRENCH.confirm, &[]).await.assert_status(200);
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        manager.disconnect(PARIS).await;
        let old = "update disconnection set disconnected_at = $2 where organisation_id = $1";
        execute(app, old, app.now() - TimeDelta::days(4 * 365)).await;
        app.advance(TimeDelta::days(400));
        app.run_regular("sweep_attempts").await;
        app.run_regular("expire_pending_connections").await;
        app.run_regular(PURGE).await;
        assert_eq!(count(app, "connection_link").await, 1, "it says who made a connection");
        assert_eq!(count(app, "disconnection").await, 1, "its revocation is not confirmed");
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        app.run_regular(PURGE).await;
        assert_eq!(count(app, "disconnection").await, 0);
        app.advance(TimeDelta::days(31));
        app.run_regular(PURGE).await;
        assert_eq!(count(app, "revocation").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_account_without_a_restaurant_is_deleted_after_a_month_and_its_page_says_when() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        app.add_support("aide@tickncook.example").await;
        manager.open(&format!("/settings/team/{}/remove", app.user(STAFF).await)).await;
        manager.press(FRENCH.confirm, &[]).await.assert_status(200);
        let staff = app.signed_in(STAFF).await;
        app.run_regular("purge_sign_ins").await;
        let page = staff.page();
        page.assert_shows(&["Aucun établissement pour ce compte", "ce compte sera supprimé le 23 décembre 2026"]);
        app.advance(TimeDelta::days(30) - TimeDelta::hours(1));
        app.run_regular("purge_sign_ins").await;
        let mut staff = app.signed_in(STAFF).await;
        staff.page().assert_shows(&["ce compte sera supprimé le 23 décembre 2026"]);
        app.advance(TimeDelta::hours(2));
        app.run_regular("purge_sign_ins").await;
        staff.assert_account_is_gone().await;
        // The history of the restaurant tells who was there, for as long as it does.
        assert_eq!(tables_containing(app.db(), STAFF).await, ["public.history_entry"]);
        app.signed_in(MANAGER).await.page().assert_shows(&["Services tiers"]);
        app.signed_in("aide@tickncook.example").await.page().assert_hides(&["Aucun établissement pour ce compte"]);
    })
    .await;
}

#[tokio::test]
async fn somebody_who_is_let_in_again_within_the_month_stays() {
    journey(async |app| {
        let leave = "delete from membership where organisation_id = $1 and created_at <= $2 and user_id =
            (select id from app_user where email = 'equipe@bellapizza.example')";
        let come = "insert into membership (organisation_id, user_id, role, created_at)
            select $1, id, 'staff', $2 from app_user where email = 'equipe@bellapizza.example'";
        for sql in [leave, come, leave] {
            execute(app, sql, app.now()).await;
            app.run_regular("purge_sign_ins").await;
            app.advance(TimeDelta::days(20));
        }
        app.run_regular("purge_sign_ins").await;
        app.signed_in(STAFF).await.page().assert_shows(&["Aucun établissement pour ce compte"]);
        app.advance(TimeDelta::days(11));
        app.run_regular("purge_sign_ins").await;
        assert_eq!(tables_containing(app.db(), STAFF).await, ["public.history_entry"]);
    })
    .await;
}

/// A role at HubRise must not let in again whom a manager has removed, be it under a new account.
#[tokio::test]
async fn whoever_was_removed_stays_out_when_their_account_is_gone() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        // Somebody with a password alone, of whom only the address is known.
        let known = "update app_user set email = 'thomas@bellapizza.example' where email = $1";
        sqlx::query(known).bind(STAFF).execute(app.db()).await.unwrap();
        manager.open(&format!("/settings/team/{}/remove", app.user(hubrise::THOMAS).await)).await;
        manager.press(FRENCH.confirm, &[]).await.assert_status(200);
        for _ in 0..2 {
            app.run_regular("purge_sign_ins").await;
            app.advance(TimeDelta::days(31));
        }
        assert_eq!(app.count("select count(*) from app_user where email like 'thomas%'").await, 0);
        let hubrise = app.hubrise.url().to_owned();
        let mut thomas = app.browser();
        thomas.open_at_hubrise(&hubrise, hubrise::THOMAS).await;
        if thomas.page().has_button(FRENCH.allow) {
            thomas.press(FRENCH.allow, &[]).await;
        }
        thomas.page().assert_hides(&["Paris - 3r4s3-0"]);
        assert_eq!(app.memberships(hubrise::THOMAS).await, [""; 0]);
        app.run_jobs().await;
    })
    .await;
}
