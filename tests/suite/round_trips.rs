//! What each operation costs the database: exactly so many round trips, and so many commits. One more is a defect until
//! it is written down here with its reason.

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::types::Uuid;
use tickncook_hubrise::{crypto::Binding, secrets::Digest, upkeep};

use crate::harness::{
    LYON, LYON_AT_HUBRISE, MANAGER, PARIS, PARIS_AT_HUBRISE, TestApp, counted_journey,
    events::{event, sign},
    narrow_journey,
    support::page_of,
    wire::{Cost, Wire},
};
use crate::keys;

const fn cost(round_trips: usize, commits: usize) -> Cost {
    Cost { round_trips, commits }
}

/// Keeping it for whose address it is.
const ORDER: Cost = cost(1, 1);
/// The same: it is counted once more.
const ORDER_AGAIN: Cost = cost(1, 1);
/// Whose address it is; begin, keeping it, the job, commit.
const CHANGED_LOCATION: Cost = cost(5, 1);
/// Whose address it is; begin, the alarm that lasts already, commit.
const BAD_SIGNATURE: Cost = cost(4, 1);
/// Commits: the code, the grant, HubRise's limits, the call to HubRise, the connection.
const CONNECT_CALLBACK: Cost = cost(19, 5);
const SERVICES: Cost = cost(2, 0);
const POINTS_OF_SALE: Cost = cost(2, 0);
/// And the name for the banner.
const SERVICES_WHILE_ONE_FAILS: Cost = cost(3, 0);
const SEARCH_BY_NAME: Cost = cost(10, 0);
const SEARCH_BY_ID: Cost = cost(11, 0);
const CONNECTION_PAGE: Cost = cost(18, 0);
/// Commits: taking it on; for the location, for the callback and for what waits HubRise's limits and the call to HubRise;
/// what the location and what the callback came to.
const HEALTH_CHECK: Cost = cost(9, 9);
const NO_HEALTH_CHECK: Cost = cost(1, 0);
/// Of the connections, however many there are below a thousand: which they are, asked by two and once more in the end;
/// and reading and writing them, between a begin and a commit.
const KEY_ROTATION: (usize, usize) = (5, 1);

const LOCATION: &str = "3r4s3-0";

/// Counts, and fails in the end with all that is not as it is written above.
struct Counter<'a> {
    app: &'a TestApp,
    wire: &'a Wire,
    wrong: Vec<String>,
}

impl<'a> Counter<'a> {
    const fn new(app: &'a TestApp, wire: &'a Wire) -> Self {
        Self { app, wire, wrong: Vec::new() }
    }

    /// Does it once, so that what is done once is done, and then counts.
    async fn count<T>(&mut self, what: &str, expected: Cost, mut work: impl AsyncFnMut() -> T) {
        work().await;
        self.count_at_once(what, expected, work()).await;
    }

    async fn count_at_once<T>(&mut self, what: &str, expected: Cost, work: impl Future<Output = T>) {
        let (found, _) = self.wire.cost_of(self.app, work).await;
        if found != expected {
            let statements = self.wire.statements().join("\n  ");
            self.wrong.push(format!("{what} costs {found:?} instead of {expected:?}:\n  {statements}"));
        }
    }

    fn assert_all(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// Many more points of sale, each connected.
async fn add_many(app: &TestApp) {
    let many = "with p as (insert into point_of_sale (id, organisation_id, name, created_at)
            select gen_random_uuid(), organisation_id, 'Comptoir ' || n, now() from connection, generate_series(1, 20) n
            where location_id = '3r4s3-0' returning id, organisation_id, name)
        insert into connection (id, organisation_id, point_of_sale_id, account_id, location_id, token_key_id,
            token_ciphertext, token_digest, connected_at, verified_at, checked_at, names_checked_at, next_check_at)
        select gen_random_uuid(), p.organisation_id, p.id, 'zz', p.name, 'test', 'x', sha256(p.name::bytea),
            c.connected_at, c.verified_at, c.checked_at, c.names_checked_at, c.next_check_at
        from p, connection c where c.location_id = '3r4s3-0'";
    sqlx::query(many).execute(app.db()).await.unwrap();
}

#[tokio::test]
async fn an_event_is_looked_up_and_kept_and_nothing_else() {
    counted_journey(async |app, wire| {
        let (app, mut counter) = (&*app, Counter::new(app, wire));
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let key = app.callback_key(LOCATION).await;
        let mut number = 0;
        let mut send = async |resource: &str| {
            number += 1;
            let body = event(&format!("event-{number}"), resource, LOCATION);
            assert_eq!(app.send_event_to(&key, Some(&sign(&body)), body).await.status(), 200);
        };
        counter.count("an order", ORDER, async || send("order").await).await;
        let again = async || {
            let body = event("event-1", "order", LOCATION);
            assert_eq!(app.send_event_to(&key, Some(&sign(&body)), body).await.status(), 200);
        };
        counter.count("an order that was sent before", ORDER_AGAIN, again).await;
        counter.count("a changed location", CHANGED_LOCATION, async || send("location").await).await;
        let bad = async || assert_eq!(app.send_event_to(&key, None, "{}").await.status(), 503);
        counter.count("a bad signature", BAD_SIGNATURE, bad).await;
        app.run_jobs().await;
        counter.assert_all();
    })
    .await;
}

#[tokio::test]
async fn coming_back_from_hubrise_costs_the_same_each_time() {
    counted_journey(async |app, wire| {
        let (app, mut counter) = (&*app, Counter::new(app, wire));
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(LYON, LYON_AT_HUBRISE).await;
        let callback = manager.callback(PARIS, PARIS_AT_HUBRISE).await;
        let back = async { assert_eq!(manager.peek(&callback).await.status, 303) };
        counter.count_at_once("the connect callback", CONNECT_CALLBACK, back).await;
        counter.assert_all();
    })
    .await;
}

#[tokio::test]
async fn a_page_costs_the_same_for_one_point_of_sale_and_for_many() {
    counted_journey(async |app, wire| {
        let (app, mut counter) = (&*app, Counter::new(app, wire));
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        for how_many in ["few", "many"] {
            for (path, expected) in [("/services", SERVICES), ("/points-of-sale", POINTS_OF_SALE)] {
                let what = format!("{path} with {how_many} points of sale");
                counter.count(&what, expected, async || manager.peek(path).await.assert_status(200)).await;
            }
            if how_many == "few" {
                add_many(app).await;
            }
        }
        manager.open("/services").await.assert_shows(&["Comptoir 1", "Comptoir 20"]);
        let fail = "update connection set failed_since = verified_at, failure = 'blocked'";
        sqlx::query(fail).execute(app.db()).await.unwrap();
        let look = async || manager.peek("/services").await.assert_status(200);
        counter.count("/services while all fail", SERVICES_WHILE_ONE_FAILS, look).await;
        counter.assert_all();
    })
    .await;
}

#[tokio::test]
async fn support_finds_one_of_many_as_cheaply_as_one() {
    counted_journey(async |app, wire| {
        let (app, mut counter) = (&*app, Counter::new(app, wire));
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let mut support = app.support().await;
        for how_many in ["few", "many"] {
            for (query, expected) in [("republique", SEARCH_BY_NAME), (LOCATION, SEARCH_BY_ID)] {
                let what = format!("{query} among {how_many}");
                let search = async || support.peek(&format!("/support?query={query}")).await.assert_shows(&[PARIS]);
                counter.count(&what, expected, search).await;
            }
            if how_many == "few" {
                add_many(app).await;
            }
        }
        page_of(app, &mut support, LOCATION).await;
        let path = support.page().url.path().to_owned();
        let look = async || support.peek(&path).await.assert_status(200);
        counter.count("the page of a connection", CONNECTION_PAGE, look).await;
        counter.assert_all();
    })
    .await;
}

#[tokio::test]
async fn a_check_of_a_connection_costs_the_same_each_time() {
    counted_journey(async |app, wire| {
        let (app, mut counter) = (&*app, Counter::new(app, wire));
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let check = async || {
            app.advance(TimeDelta::minutes(67));
            upkeep::service::run_due(&app.app).await.unwrap()
        };
        counter.count("a check", HEALTH_CHECK, check).await;
        let none = async || upkeep::service::run_due(&app.app).await.unwrap();
        counter.count("nothing to check", NO_HEALTH_CHECK, none).await;
        counter.assert_all();
    })
    .await;
}

/// Gives every connection a token that opens.
async fn seal_all(app: &TestApp) {
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from connection").fetch_all(app.db()).await.unwrap();
    for row in ids {
        let token = SecretString::from(format!("token of {row}"));
        let sealed = app.app.config.keyring.seal(&token, Binding { table: "connection", row }).unwrap();
        let sealing = "update connection set token_key_id = $2, token_ciphertext = $3 where id = $1";
        let sealing = sqlx::query(sealing).bind(row).bind(sealed.key_id).bind(sealed.ciphertext);
        sealing.execute(app.db()).await.unwrap();
    }
}

#[tokio::test]
async fn changing_keys_costs_the_same_for_one_row_and_for_many() {
    counted_journey(async |app, wire| {
        let app = &*app;
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let both = [[keys::NEXT, keys::TEST], [keys::TEST, keys::NEXT]];
        // Each key is entered in the register once.
        for new_keys in both {
            keys::use_keys(app, &new_keys);
            keys::change(app).await.unwrap();
        }
        for new_keys in both {
            seal_all(app).await;
            keys::use_keys(app, &new_keys);
            let (cost, changed) = wire.cost_of(app, keys::change(app)).await;
            changed.unwrap();
            let is_walk = |text: &&String| {
                let reads = text.contains("token_key_id <> $1") && text.contains("from connection ");
                reads || text.starts_with("update connection ")
            };
            assert_eq!((wire.statements().iter().filter(is_walk).count(), cost.commits), KEY_ROTATION);
            if new_keys[0] == keys::NEXT {
                add_many(app).await;
            }
        }
        assert_eq!(app.count("select count(*) from connection where token_key_id <> 'test'").await, 0);
    })
    .await;
}

/// Restaurants enough that the server prefers to find one by an index, each with somebody who is signed in.
async fn add_others(app: &TestApp) {
    let others = "with number as (select number from generate_series(1, 300) number),
        o as (insert into organisation (id, name, created_at)
            select gen_random_uuid(), 'Autre ' || number, now() from number returning id, name),
        u as (insert into app_user (id, email, created_at)
            select gen_random_uuid(), number || '@autre.example', now() from number returning id, email),
        m as (insert into membership (organisation_id, user_id, role, created_at)
            select o.id, u.id, 'manager', now() from o join u on split_part(o.name, ' ', 2) = split_part(u.email, '@', 1)),
        s as (insert into browser_session (id_digest, data, expires_at)
            select sha256(u.email::bytea), jsonb_build_object('signed_in', jsonb_build_object('user', u.id)), s.expires_at
            from u, browser_session s where s.user_id is not null)
        insert into point_of_sale (id, organisation_id, name, created_at)
        select gen_random_uuid(), o.id, 'Comptoir ' || n, now() from o, generate_series(1, 3) n";
    sqlx::query(others).execute(app.db()).await.unwrap();
}

/// More often than this PostgreSQL plans no statement by the values that come with it, unless it takes that to be worth
/// its while each time.
const PLANS: i32 = 5;

#[tokio::test]
async fn what_is_asked_again_and_again_is_planned_once() {
    narrow_journey(async |app| {
        let app = &*app;
        let mut manager = app.signed_in(MANAGER).await;
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        app.run_upkeep().await;
        let session = "select id_digest from browser_session where data ? 'signed_in'";
        let session: Vec<u8> = sqlx::query_scalar(session).fetch_one(app.db()).await.unwrap();
        let (session, organisation) = (Digest::stored(&session).unwrap(), app.organisation("Bella Pizza").await);
        add_many(app).await;
        add_others(app).await;
        // As a server has done by itself before long: what it knows of the tables makes it prefer one plan to another.
        sqlx::query("analyze").execute(app.db()).await.unwrap();
        let key = app.callback_key(LOCATION).await;
        for number in 0..3 * PLANS {
            let body = event(&format!("event-{number}"), "order", LOCATION);
            assert_eq!(app.send_event_to(&key, Some(&sign(&body)), body).await.status(), 200);
            for path in ["/services", "/points-of-sale"] {
                manager.peek(path).await.assert_status(200);
            }
            // The first of each is looked up by itself, the others together.
            let loaders = &app.app.loaders;
            let look = || async {
                let connections = loaders.connections.find(&app.app, organisation);
                let places = loaders.places.find(&app.app, organisation);
                let found = tokio::join!(loaders.sessions.find(&app.app, session), connections, places);
                assert!(found.0.unwrap().is_some() && found.1.unwrap().is_some() && found.2.unwrap().is_some());
            };
            tokio::join!(look(), look(), look());
        }
        // What pages look up is never planned by its values, whatever the tables hold.
        for (pool, what, at_most) in [
            (&app.app.loaders.db, "= any ((select", 0),
            (app.app.urgent_db.hurried(), "insert into hubrise_event", PLANS),
        ] {
            // All that the pool has, each once.
            let mut connections = Vec::new();
            for _ in 0..pool.size() {
                connections.push(pool.acquire().await.unwrap());
            }
            let mut plans = Vec::<(String, i32, i32)>::new();
            for connection in &mut connections {
                let all = "select statement, custom_plans::integer, generic_plans::integer from pg_prepared_statements";
                plans.extend(sqlx::query_as(all).fetch_all(&mut **connection).await.unwrap());
            }
            let is_seen = |(text, _, generic): &(String, i32, i32)| text.contains(what) && *generic > 0;
            assert!(plans.iter().any(is_seen), "{what} is not planned once: {plans:#?}");
            let anew: Vec<_> = plans.iter().filter(|(_, custom, _)| *custom > at_most).collect();
            assert!(anew.is_empty(), "{anew:#?}");
        }
    })
    .await;
}
