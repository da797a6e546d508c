//! Changing encryption keys: every kind of row goes over to the new one, and is as good as before.

use std::time::Duration;

use secrecy::SecretString;
use tickncook_hubrise::{
    crypto::{Binding, Keyring, Sealed},
    database,
    key_rotation::{self, service::rotate},
    users::second_factor::{self, Verification},
};

use crate::harness::{
    AS_STAFF, CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, TestApp,
    journey,
    support::{Device, SUPPORT},
};

pub(crate) const TEST: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const NEXT: &str = "next:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

/// The columns that hold something sealed, and the column with the key's name beside each, as the database has them.
const COLUMNS: &str = "select c.table_name::text, k.column_name::text
    from information_schema.columns c join information_schema.columns k
      on k.table_name = c.table_name and k.column_name = replace(c.column_name, '_ciphertext', '_key_id')
    where c.column_name like '%\\_ciphertext' order by 1";

pub(crate) fn use_keys(app: &TestApp, keys: &[&str]) {
    app.app.config.keyring.adopt(&Keyring::parse(&keys.join("\n")).unwrap());
}

pub(crate) async fn change(app: &TestApp) -> anyhow::Result<()> {
    rotate(&app.app, None, Duration::ZERO, &|_| Ok(())).await
}

/// How many rows of each table are under a key.
async fn rows_under(app: &TestApp, key: &str) -> Vec<(String, i64)> {
    let columns: Vec<(String, String)> = sqlx::query_as(COLUMNS).fetch_all(app.db()).await.unwrap();
    let mut found = Vec::new();
    for (table, column) in columns {
        let count = format!("select count(*) from {table} where {column} = $1");
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).bind(key);
        found.push((table, count.fetch_one(app.db()).await.unwrap()));
    }
    found
}

/// A trip to HubRise whose token was held, and whose process then died.
async fn leave_a_grant(app: &TestApp) {
    let (id, sealed) = seal_for_pending(app, "authorisation_attempt", "a token").await;
    let held = "update authorisation_attempt set status = 'granted', claimed_at = now(), grant_key_id = $2,
        grant_ciphertext = $3, grant_digest = sha256('a token') where id = $1";
    let held = sqlx::query(held).bind(id).bind(sealed.key_id).bind(sealed.ciphertext);
    held.execute(app.db()).await.unwrap();
}

/// A trip that came back with a code, and whose process then died.
async fn leave_a_code(app: &TestApp) {
    let (id, sealed) = seal_for_pending(app, "authorisation_attempt.code", "a code").await;
    let claimed =
        "update authorisation_attempt set status = 'claimed', claimed_at = now(), code_digest = sha256('a code'),
        code_key_id = $2, code_ciphertext = $3 where id = $1";
    let claimed = sqlx::query(claimed).bind(id).bind(sealed.key_id).bind(sealed.ciphertext);
    claimed.execute(app.db()).await.unwrap();
}

async fn seal_for_pending(app: &TestApp, table: &'static str, secret: &str) -> (sqlx::types::Uuid, Sealed) {
    let pending = sqlx::query_scalar("select id from authorisation_attempt where status = 'pending'");
    let row = pending.fetch_one(app.db()).await.unwrap();
    let sealed = app.app.config.keyring.seal(&SecretString::from(secret), Binding { table, row }).unwrap();
    (row, sealed)
}

#[tokio::test]
async fn every_kind_of_row_goes_over_and_is_as_good_as_before() {
    journey(async |app| {
        // One of each kind.
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        let invitation = manager.invite("Anna", AS_STAFF).await;
        let link = manager.make_link(LYON, "Bella Pizza", "Lyon").await;
        let device: Device = app.add_support(SUPPORT).await;
        let mut owner = app.browser();
        let hubrise = app.hubrise.url().to_owned();
        owner.install(&hubrise, NICE_AT_HUBRISE).await.assert_shows(&["Terminer la connexion"]);
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        app.hubrise.keep_tokens().await;
        manager.disconnect(LYON).await;
        manager.leave_for_hubrise(LYON).await;
        leave_a_grant(app).await;
        manager.leave_for_hubrise(LYON).await;
        leave_a_code(app).await;
        let before = rows_under(app, "test").await;
        assert_eq!(before.len(), 8, "{before:?}");
        assert!(before.iter().all(|(_, rows)| *rows == 1), "a kind of row is missing: {before:?}");

        use_keys(app, &[NEXT, TEST]);
        change(app).await.unwrap();
        assert_eq!(rows_under(app, "next").await, before);
        assert!(rows_under(app, "test").await.iter().all(|(_, rows)| *rows == 0));

        // The former key is gone.
        use_keys(app, &[NEXT]);
        assert_eq!(
            key_rotation::faults(&mut app.db().acquire().await.unwrap(), &app.app.config.keyring).await.unwrap(),
            [""; 0]
        );
        app.hubrise.clear_faults().await;
        app.run_jobs().await;
        assert!(!app.hubrise.is_live("3r4s3-1").await, "a token that waited is not given back");
        sqlx::query("update connection set next_check_at = '2026-11-23'").execute(app.db()).await.unwrap();
        app.run_upkeep().await;
        assert_eq!(
            app.count("select count(*) from connection where checked_at is not null and failed_since is null").await,
            1
        );
        manager.open("/settings/team").await;
        assert_eq!(manager.click_beside("Anna", "Voir Anna").await.link_to_send(), invitation);
        assert_eq!(second_factor_of(app, &device).await, Verification::Right);
        owner.click("J’ai déjà un compte TicknCook").await;
        owner.try_to_sign_in(MANAGER, crate::harness::PASSWORD).await;
        owner.press(FRENCH.confirm, &[(FRENCH.new, CHOSEN)]).await.assert_shows(&["est relié à HubRise", "3r4s3-2"]);
        app.browser().open(&link).await.assert_status(200);
    })
    .await;
}

async fn second_factor_of(app: &TestApp, device: &Device) -> Verification {
    let user = app.user(SUPPORT).await.parse().unwrap();
    let code = device.code(app);
    second_factor::verify(&app.app, user, &code, [127, 0, 0, 1].into()).await.unwrap()
}

#[tokio::test]
async fn every_column_that_holds_something_sealed_refuses_a_retired_key() {
    journey(async |app| {
        sqlx::query("insert into encryption_key values ('old', sha256('old'), now(), now())")
            .execute(app.db())
            .await
            .unwrap();
        let columns: Vec<(String, String)> = sqlx::query_as(COLUMNS).fetch_all(app.db()).await.unwrap();
        for (table, column) in columns {
            let fires = "select count(*) from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                where t.tgrelid = $1::regclass and p.proname = 'refuse_retired_key' and t.tgenabled = 'O'
                  and pg_get_triggerdef(t.oid) like '%BEFORE INSERT OR UPDATE OF ' || $2 || ' ON %'
                  and pg_get_triggerdef(t.oid) like '%WHEN (key_is_retired(new.' || $2 || '))%'";
            let fires: i64 = sqlx::query_scalar(fires).bind(&table).bind(&column).fetch_one(app.db()).await.unwrap();
            assert_eq!(fires, 1, "{table}.{column} may be sealed under a retired key");
        }
        let insert = "insert into revocation (id, token_key_id, token_ciphertext, token_digest, requested_at)
            values (gen_random_uuid(), 'old', 'x', sha256('x'), now())";
        let refused = sqlx::query(insert).execute(app.db()).await.unwrap_err().to_string();
        assert!(refused.contains("nothing is sealed under a retired key"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_does_not_open_is_told_and_left_alone_and_the_others_go_over() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        for name in ["Anna", "Bruno"] {
            manager.invite(name, AS_STAFF).await;
        }
        let damage = "update invitation set secret_ciphertext = '\\x00' where note = 'Anna'";
        sqlx::query(damage).execute(app.db()).await.unwrap();
        use_keys(app, &[NEXT, TEST]);
        let refusal = change(app).await.unwrap_err().to_string();
        assert_eq!(refusal, "1 rows do not open: the log names them");
        let moved = "select count(*) from invitation where note = 'Bruno' and secret_key_id = 'next'";
        assert_eq!(app.count(moved).await, 1);
        let left = "select count(*) from invitation where note = 'Anna' and secret_key_id = 'test'
            and secret_ciphertext = '\\x00'";
        assert_eq!(app.count(left).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_somebody_writes_is_waited_for_by_nobody() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        for name in ["Anna", "Bruno"] {
            manager.invite(name, AS_STAFF).await;
        }
        let mut held = database::begin(app.db()).await.unwrap();
        sqlx::query("select from invitation where note = 'Anna' for update").execute(&mut *held).await.unwrap();
        use_keys(app, &[NEXT, TEST]);
        let refusal = change(app).await.unwrap_err().to_string();
        assert!(refusal.starts_with("rows are still locked"), "{refusal}");
        assert_eq!(app.count("select count(*) from invitation where secret_key_id = 'next'").await, 1);
        held.rollback().await.unwrap();
        change(app).await.unwrap();
        assert_eq!(app.count("select count(*) from invitation where secret_key_id = 'next'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sealed_under_a_key_that_a_running_process_does_not_know() {
    journey(async |app| {
        app.signed_in(MANAGER).await.invite("Anna", AS_STAFF).await;
        let holder = "insert into key_holder values (gen_random_uuid(), 'process 7', '{test}', 'test', now())";
        sqlx::query(holder).execute(app.db()).await.unwrap();
        use_keys(app, &[NEXT, TEST]);
        let refusal = change(app).await.unwrap_err().to_string();
        assert!(refusal.starts_with("process 7 does not know the key `next` yet; "), "{refusal}");
        sqlx::query("update key_holder set knows = '{test,next}'").execute(app.db()).await.unwrap();
        let refusal = change(app).await.unwrap_err().to_string();
        assert!(refusal.starts_with("process 7 does not seal under `next` yet; "), "{refusal}");
        assert_eq!(app.count("select count(*) from invitation where secret_key_id = 'next'").await, 0);
        // It was killed, and says nothing any more.
        sqlx::query("update key_holder set seen_at = now() - interval '31 seconds'").execute(app.db()).await.unwrap();
        change(app).await.unwrap();
        assert_eq!(app.count("select count(*) from invitation where secret_key_id = 'next'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn two_commands_do_not_change_keys_at_once() {
    journey(async |app| {
        let mut first = app.db().acquire().await.unwrap();
        sqlx::query("select pg_advisory_lock(30229394809121899)").execute(&mut *first).await.unwrap();
        let refusal = change(app).await.unwrap_err().to_string();
        assert_eq!(refusal, "another command changes the keys right now");
        first.close().await.unwrap();
        change(app).await.unwrap();
    })
    .await;
}
