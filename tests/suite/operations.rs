//! What an operator sees: health, readiness, the log, and references that lead from a page to it.

use std::{future::poll_fn, pin::pin, task::Poll};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use chrono::TimeDelta;
use sqlx::Row;
use tickncook_hubrise::{database, metrics};
use tower::ServiceExt as _;

use crate::harness::{MANAGER, PARIS, PARIS_AT_HUBRISE, PASSWORD, eventually, http_client, journey, logs};

#[tokio::test]
async fn health_and_readiness_answer_under_any_name() {
    journey(async |app| {
        for path in ["/healthz", "/readyz"] {
            let request = http_client().get(app.listening().join(path).unwrap()).header("host", "10.0.0.7:8080");
            assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn without_its_migrations_the_bridge_is_alive_and_not_ready() {
    journey(async |app| {
        sqlx::query("delete from _sqlx_migrations").execute(app.db()).await.unwrap();
        let mut browser = app.browser();
        browser.peek("/readyz").await.assert_status(503);
        browser.peek("/healthz").await.assert_status(200);
    })
    .await;
}

#[tokio::test]
async fn whoever_goes_back_to_this_version_finds_a_later_schema_and_leaves_it() {
    journey(async |app| {
        let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            values (9999, 'of a later version', true, '\\x00', 1)";
        sqlx::query(later).execute(app.db()).await.unwrap();
        database::migrate(app.db()).await.unwrap();
        assert_eq!(database::pending_migrations(app.db()).await.unwrap(), 0);
        assert_eq!(app.count("select count(*) from _sqlx_migrations where version = 9999").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_others_are_in_the_way_of_lets_those_behind_it_pass_and_comes_again() {
    journey(async |app| {
        let mut backup = database::begin(app.db()).await.unwrap();
        sqlx::query("lock table _sqlx_migrations in access exclusive mode").execute(&mut *backup).await.unwrap();
        let in_the_way = async {
            eventually("the migration waits", async || app.waiting_for_locks().await == 1).await;
            eventually("it gives way", async || app.waiting_for_locks().await == 0).await;
            eventually("it comes again", async || app.waiting_for_locks().await == 1).await;
            backup.commit().await.unwrap();
        };
        let (migrated, ()) = tokio::join!(database::migrate(app.db()), in_the_way);
        migrated.unwrap();
    })
    .await;
}

/// One figure of those that Prometheus reads.
async fn figure(figures: &Router, name: &str) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = figures.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let text = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.trim().to_owned()
}

#[tokio::test]
async fn checks_that_come_to_nothing_are_overdue_though_they_are_taken_on_again_and_again() {
    journey(async |app| {
        let figures = metrics::router(app.app.clone(), metrics::start().unwrap());
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        app.advance(TimeDelta::minutes(119));
        let taken_on = "update connection set next_check_at = $1";
        sqlx::query(taken_on).bind(app.now() + TimeDelta::minutes(2)).execute(app.db()).await.unwrap();
        assert_eq!(figure(&figures, "tickncook_checks_overdue ").await, "0");
        app.advance(TimeDelta::minutes(2));
        assert_eq!(figure(&figures, "tickncook_checks_overdue ").await, "1");
        app.run_upkeep().await;
        assert_eq!(figure(&figures, "tickncook_checks_overdue ").await, "0");
        // And one that nobody takes on.
        app.advance(TimeDelta::minutes(73));
        assert_eq!(figure(&figures, "tickncook_checks_overdue ").await, "1");
        app.run_upkeep().await;
    })
    .await;
}

#[tokio::test]
async fn an_error_page_carries_the_reference_of_its_log_lines() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        sqlx::query("alter table connection rename to hidden").execute(app.db()).await.unwrap();
        let page = browser.open("/services").await.clone();
        sqlx::query("alter table hidden rename to connection").execute(app.db()).await.unwrap();
        page.assert_status(500);
        let reference = page.header("x-request-id").unwrap();
        page.assert_shows(&["Quelque chose s’est mal passé", reference]);
        page.assert_hides(&["connection", "relation", "sql", "error"]);
        let lines = logs::containing(reference);
        assert!(lines.iter().any(|line| line.contains("\"ERROR\"") && line.contains("connection")), "{lines:?}");
    })
    .await;
}

#[tokio::test]
async fn every_answer_is_numbered_and_logged_in_one_line() {
    journey(async |app| {
        let mut browser = app.browser();
        let mut answer = browser.peek("/login?return_to=/services").await;
        let number = answer.headers.remove("x-request-id").unwrap().to_str().unwrap().to_owned();
        let lines = logs::containing(&number);
        let requests: Vec<_> = lines.iter().filter(|line| line.contains("\"message\":\"request\"")).collect();
        assert_eq!(requests.len(), 1, "{lines:?}");
        for part in ["\"method\":\"GET\"", "\"route\":\"/login\"", "\"status\":200"] {
            assert!(requests[0].contains(part), "{part}: {}", requests[0]);
        }
        assert!(!requests[0].contains("return_to"));
        browser.headers.push(("x-request-id".to_owned(), "chosen-by-the-client".to_owned()));
        assert_ne!(browser.peek("/login").await.header("x-request-id"), Some("chosen-by-the-client"));
    })
    .await;
}

#[tokio::test]
async fn codes_states_cookies_passwords_and_addresses_are_never_logged() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.open("/login").await;
        browser.try_to_sign_in("jamais.dans.le.journal@bellapizza.example", "jamais-dans-le-journal").await;
        browser.sign_in(MANAGER).await;
        let callback = browser.callback(PARIS, PARIS_AT_HUBRISE).await;
        browser.open(&callback).await.assert_status(200);
        browser.disconnect(PARIS).await;
        let callback = reqwest::Url::parse(&callback).unwrap();
        let mut secrets: Vec<String> = callback.query_pairs().map(|(_, value)| value.into_owned()).collect();
        secrets.push(browser.cookie(&app.app.config.cookie_name("session")).unwrap().to_owned());
        secrets.extend([PASSWORD, MANAGER, "jamais.dans.le.journal", "jamais-dans-le-journal"].map(str::to_owned));
        for secret in secrets {
            let lines = logs::containing(&secret);
            assert!(lines.is_empty(), "{secret} was logged: {lines:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_path_is_a_page_in_the_reader_s_language() {
    journey(async |app| {
        let mut browser = app.browser();
        browser.post("/language", &[("language", "en"), ("return_to", "/login")]).await.assert_status(303);
        let page = browser.open("/no-such-page").await;
        page.assert_status(404);
        assert_eq!(page.attributes("lang").first().map(String::as_str), Some("en"));
        browser.post("/services", &[]).await.assert_status(405);
        let large = "x".repeat(100_000);
        browser.post("/login", &[("email", &large), ("password", PASSWORD)]).await.assert_status(413);
        browser.post("/login", &[("email", MANAGER)]).await.assert_status(400);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_was_cut_short_while_it_began_does_not_wait_for_the_next_user_of_its_connection() {
    journey(async |app| {
        let (mut steps, mut cuts) = (1, 0);
        loop {
            // Whoever waited for it goes away after this many steps.
            let has_begun = cut_short(database::begin(app.db()), steps).await;
            let mut all = Vec::new();
            for _ in 0..app.db().options().get_max_connections() {
                all.push(app.db().acquire().await.unwrap());
            }
            for connection in &mut all {
                let now = "select now() = statement_timestamp()";
                let row = sqlx::raw_sql(now).fetch_one(&mut **connection).await.unwrap();
                assert!(row.get::<bool, _>(0), "a transaction is open after {steps} steps");
            }
            if !has_begun {
                (steps, cuts) = (steps + 1, cuts + 1);
            } else if cuts > 0 {
                break;
            }
        }
    })
    .await;
}

/// Whether the work was done before it was dropped.
async fn cut_short(work: impl Future, steps: usize) -> bool {
    let (mut work, mut left) = (pin!(work), steps);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(false) } else { Poll::Pending }
        }
    })
    .await
}

#[tokio::test]
async fn what_is_left_of_a_job_that_was_replaced_while_its_process_died_is_deleted() {
    journey(async |app| {
        let add = "select graphile_worker.add_job('apply_events',
            json_build_object('connection', gen_random_uuid()), job_key => 'events', max_attempts => 32767)";
        for sql in [
            add,
            "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'a process that died'",
            add,
            "update graphile_worker._private_jobs set locked_at = null, locked_by = null",
        ] {
            sqlx::query(sql).execute(app.db()).await.unwrap();
        }
        app.run_jobs().await;
        let left = "select count(*) from graphile_worker._private_jobs where attempts = max_attempts";
        assert_eq!(app.count(left).await, 1, "it does not run again");
        app.run_regular("purge_jobs").await;
        assert_eq!(app.count(left).await, 0);
    })
    .await;
}
