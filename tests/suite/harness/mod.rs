//! A bridge, a HubRise and a database for one test, and the browsers of the people in it. Tests run inside
//! [`journey`], which looks at the end for what must not be left behind.

mod browser;
pub(crate) mod chromium;
mod databases;
pub(crate) mod departures;
pub(crate) mod events;
mod form;
mod history;
pub(crate) mod hubrise;
pub(crate) mod leftovers;
pub(crate) mod logs;
mod mailbox;
pub(crate) mod owners;
mod page;
mod people;
mod seed;
mod steps;
pub(crate) mod support;
mod waiting;
pub(crate) mod wire;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;
use sqlx::PgPool;
use tickncook_hubrise::{
    app::App,
    clock::Clock,
    config::{Config, Layers},
    router::router,
    server::{self, Limits},
    upkeep, worker,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub(crate) use browser::{Browser, http_client};
pub(crate) use form::CHOSEN;
pub(crate) use hubrise::HubRise;
pub(crate) use mailbox::{Delivered, Mailbox};
pub(crate) use page::Page;
pub(crate) use people::{AS_MANAGER, AS_STAFF, WITH_HUBRISE, secret_of};
pub(crate) use seed::{BAKER_STREET, LYON, MANAGER, NESTOR, OWNER_OF_BOTH, PARIS, PASSWORD, STAFF};
pub(crate) use steps::{
    BAKER_STREET_AT_HUBRISE, ENGLISH, FRENCH, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, NICE_AT_HUBRISE,
    PARIS_AT_HUBRISE, Pick, Words,
};
pub(crate) use waiting::eventually;
use wire::Wire;

/// A clock at 23 November 2026, 17:02 UTC: 18:02 in Paris.
pub(crate) fn clock_at_start() -> Clock {
    Clock::fixed(DateTime::parse_from_rfc3339("2026-11-23T17:02:00Z").unwrap().to_utc())
}

/// Everything that one test needs.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) hubrise: HubRise,
    public: Url,
    listening: Url,
    received: browser::Received,
    server: JoinHandle<()>,
    stop: watch::Sender<bool>,
    expected_jobs: usize,
}

/// Lets go of the grants whose hour is over, and does what follows from it.
pub(crate) async fn expire_grants(app: &TestApp) {
    app.run_regular("expire_pending_connections").await;
    app.run_jobs().await;
}

/// Runs a test: starts everything before it, and afterwards fails on jobs or tokens that were left behind.
pub(crate) async fn journey(test: impl AsyncFnOnce(&mut TestApp)) {
    journey_with(|_| (), test).await;
}

/// The same under other settings.
pub(crate) async fn journey_with(settings: impl FnOnce(&mut Layers), test: impl AsyncFnOnce(&mut TestApp)) {
    journey_on(databases::create().await, settings, test).await;
}

/// The same with one connection to the database: who holds it while they wait for another, or for HubRise, waits in
/// vain.
pub(crate) async fn narrow_journey(test: impl AsyncFnOnce(&mut TestApp)) {
    journey_on(databases::create_with(1).await, |_| (), test).await;
}

async fn journey_on(db: PgPool, settings: impl FnOnce(&mut Layers), test: impl AsyncFnOnce(&mut TestApp)) {
    let mut app = TestApp::start(settings, db).await;
    // Its state is large, and would be so in every test's own.
    Box::pin(test(&mut app)).await;
    app.finish().await;
}

/// The same with a counter between the bridge and its database.
pub(crate) async fn counted_journey(test: impl AsyncFnOnce(&mut TestApp, &Wire)) {
    let (wire, db) = Wire::before(databases::create().await).await;
    let mut app = TestApp::start(|_| (), db).await;
    Box::pin(test(&mut app, &wire)).await;
    app.finish().await;
}

impl TestApp {
    async fn start(settings: impl FnOnce(&mut Layers), db: PgPool) -> Self {
        logs::keep();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listening = format!("http://{}", listener.local_addr().unwrap());
        let hubrise = HubRise::start(&listening).await;
        let mut layers = layers(&listening, hubrise.url(), hubrise::CLIENT_ID, hubrise::CLIENT_SECRET);
        settings(&mut layers);
        let config = Config::from_layers(layers).unwrap();
        let public = config.public_url.clone();
        let app = App::new(config, db, clock_at_start()).unwrap();
        let (stop, stopped) = watch::channel(false);
        // Hundreds of clients in one test may be slow themselves.
        let limits = Limits { head: Duration::from_mins(2), ..Limits::of_system() };
        let server = tokio::spawn(server::serve(listener, router(app.clone()), limits, stopped));
        let (listening, received) = (listening.parse().unwrap(), browser::Received::default());
        Self { app, hubrise, public, listening, received, server, stop, expected_jobs: 0 }
    }

    /// A browser that knows nothing yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.public.clone(), self.listening.clone(), self.received.clone())
    }

    /// The browser of somebody who has signed in.
    pub(crate) async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(email).await;
        browser
    }

    pub(crate) fn public(&self) -> &Url {
        &self.public
    }

    pub(crate) fn listening(&self) -> &Url {
        &self.listening
    }

    pub(crate) fn db(&self) -> &PgPool {
        &self.app.db
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.app.clock.advance(by);
    }

    /// How many statements wait for a lock.
    pub(crate) async fn waiting_for_locks(&self) -> i64 {
        let waiting =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        self.count(waiting).await
    }

    /// Waits for the calls to HubRise that go on behind a request that was answered.
    pub(crate) async fn finish_tasks(&self) {
        self.app.tasks.close();
        self.app.tasks.wait().await;
        self.app.tasks.reopen();
    }

    /// Runs all jobs now, however long they would wait.
    pub(crate) async fn run_jobs(&self) {
        self.finish_tasks().await;
        let hurry = "update graphile_worker._private_jobs set run_at = now() where run_at > now()";
        sqlx::query(hurry).execute(self.db()).await.unwrap();
        worker::options(&self.app).init().await.unwrap().run_once().await.unwrap();
    }

    /// Checks the connections that are due.
    pub(crate) async fn run_upkeep(&self) {
        self.finish_tasks().await;
        while upkeep::service::run_due(&self.app).await.unwrap() > 0 {}
    }

    /// Says that the test ends with so many jobs to do.
    pub(crate) fn leaves_jobs(&mut self, count: usize) {
        self.expected_jobs = count;
    }

    /// A number from the database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db()).await.unwrap()
    }

    /// The id of a seeded or added point of sale.
    pub(crate) async fn point_of_sale(&self, name: &str) -> String {
        let id = sqlx::query_scalar("select id::text from point_of_sale where name = $1").bind(name);
        id.fetch_one(self.db()).await.unwrap()
    }

    /// The id of the point of sale that is connected to a location.
    pub(crate) async fn point_of_sale_of(&self, location: &str) -> String {
        let id = sqlx::query_scalar("select point_of_sale_id::text from connection where location_id = $1");
        id.bind(location).fetch_one(self.db()).await.unwrap()
    }

    /// The id of the connection to a location.
    pub(crate) async fn connection(&self, location: &str) -> String {
        let id = sqlx::query_scalar("select id::text from connection where location_id = $1").bind(location);
        id.fetch_one(self.db()).await.unwrap()
    }

    async fn finish(mut self) {
        self.finish_tasks().await;
        leftovers::assert_jobs(self.db(), self.expected_jobs).await;
        self.hubrise.restart().await;
        let tokens = self.hubrise.tokens().await;
        leftovers::assert_no_token(&tokens, &self.received, self.db()).await;
        self.stop.send_replace(true);
        self.server.await.unwrap();
        self.app.loaders.db.close().await;
        self.app.urgent_db.close().await;
        self.app.db.close().await;
        databases::discard(&self.app.db).await;
    }
}

/// The settings of a bridge at this address, with HubRise at that one.
fn layers(public_url: &str, hubrise: &str, client_id: &str, client_secret: &str) -> Layers {
    let mut layers = Layers::default();
    for (key, value) in [
        ("listen", "127.0.0.1:0"),
        ("public_url", public_url),
        ("database_url", "postgres://localhost/given-to-the-app"),
        ("encryption_keys", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("time_zone", "Europe/Paris"),
        ("session_hours", "168"),
        ("trial_days", "30"),
        ("drain_seconds", "5"),
        ("event_retention_days", "30"),
        ("mail.from", "TicknCook <hello@tickncook.example>"),
        ("mail.smtp_url", "smtp://127.0.0.1:9"),
        ("hubrise.oauth_url", &format!("{hubrise}/oauth2/v1")),
        ("hubrise.api_url", &format!("{hubrise}/v1")),
        ("hubrise.manager_url", hubrise),
        ("hubrise.client_id", client_id),
        ("hubrise.client_secret", client_secret),
        ("hubrise.scope", hubrise::SCOPE),
        ("hubrise.timeout_seconds", "2"),
    ] {
        layers.set(key, value);
    }
    layers
}
