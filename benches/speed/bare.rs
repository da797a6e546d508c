//! The least that the same work can be: a server of a hundred lines that knows nobody and checks nothing, beside the
//! bridge on the same PostgreSQL. What lies between pgbench and it is HTTP; what lies between it and the bridge is all
//! that the bridge does besides.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    raw_sql,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, oneshot},
};

use crate::{
    events,
    hubrise::HubRise,
    load::{Ask, Client, Measured, ask_all},
};

/// What a trip is kept in: as little as finds it again after a crash between any two of its steps.
const TABLES: &str = "
    create table if not exists bare_trip (state bigint primary key, status text not null default 'pending', held bytea);
    create table if not exists bare_connection (id bigserial primary key, location text not null unique, token bytea not null);
    truncate bare_trip, bare_connection";

pub(crate) struct Bare {
    host: String,
    db: PgPool,
    /// How many trips were made.
    trips: i64,
    /// Ends the server with this.
    _stop: oneshot::Sender<Infallible>,
}

impl Bare {
    /// On threads of its own, as the bridge is in a process of its own.
    pub(crate) async fn start(options: &PgConnectOptions, hubrise: &HubRise) -> Result<Self> {
        let db = PgPool::connect_with(options.clone()).await?;
        raw_sql(TABLES).execute(&db).await?;
        let (stop, stopped) = oneshot::channel();
        let (started, address) = oneshot::channel();
        let options = options.clone();
        let hubrise = hubrise.address().trim_start_matches("http://").to_owned();
        thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(async {
                let pool = PgPoolOptions::new().max_connections(8).min_connections(8).test_before_acquire(false);
                let db = pool.connect_with(options).await?;
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let told = started.send(listener.local_addr()?);
                ensure!(told.is_ok(), "nobody wants the bare server");
                let server = Arc::new(Server { db, hubrise, idle: Mutex::default() });
                tokio::select! {
                    ended = serve(listener, server) => ended,
                    _ = stopped => Ok(()),
                }
            })
        });
        let address: SocketAddr = address.await.context("the bare server did not start")?;
        Ok(Self { host: address.to_string(), db, trips: 0, _stop: stop })
    }

    /// Bodies of events, inserted by pgbench's own statement.
    pub(crate) async fn events(&self, clients: usize, time: Duration) -> Result<Measured> {
        events::measure(&self.host, "bare", clients, time).await
    }

    /// Trips: two calls to HubRise, and what is known before, between and after them kept with a commit each.
    pub(crate) async fn connects(&mut self, browsers: usize, each: usize) -> Result<Measured> {
        let count = i64::try_from(browsers * each)?;
        let first = self.trips;
        self.trips += count;
        let begun = "insert into bare_trip (state) select $1 + n from generate_series(0, $2 - 1) n";
        sqlx::query(begun).bind(first).bind(count).execute(&self.db).await?;
        let makers = (0..browsers).map(|browser| {
            let mut states = (first..first + count).skip(browser).step_by(browsers);
            let host = self.host.clone();
            move || -> Option<Ask> {
                let path = format!("/connect?{}", states.next()?);
                Request::get(path).header(header::HOST, &host).body(Full::default()).ok()
            }
        });
        ask_all(&self.host, makers.collect(), StatusCode::SEE_OTHER).await
    }
}

struct Server {
    db: PgPool,
    hubrise: String,
    idle: Mutex<Vec<Client>>,
}

async fn serve(listener: TcpListener, server: Arc<Server>) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let server = Arc::clone(&server);
        let service = service_fn(move |request| {
            let server = Arc::clone(&server);
            async move { Ok::<_, Infallible>(server.answer(request).await.unwrap_or_else(|error| failed(&error))) }
        });
        tokio::spawn(http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service));
    }
}

fn failed(error: &anyhow::Error) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{error:#}"))));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl Server {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
        if *request.method() == Method::POST {
            let body = request.into_body().collect().await?.to_bytes();
            let inserted = sqlx::query("insert into baseline (body, at) values ($1, now())").bind(&body[..]);
            inserted.execute(&self.db).await?;
            return Ok(Response::new(Full::default()));
        }
        let state: i64 = request.uri().query().context("no state")?.parse()?;
        let step = "update bare_trip set status = $2, held = $3 where state = $1 and status = $4";
        let step = |to: &'static str, held: &'static [u8], from: &'static str| {
            sqlx::query(step).bind(state).bind(to).bind(held).bind(from).execute(&self.db)
        };
        ensure!(step("claimed", b"a sealed code", "pending").await?.rows_affected() == 1, "somebody was first");
        self.call(Method::POST, "/oauth2/v1/token").await?;
        step("granted", b"a sealed token", "claimed").await?;
        self.call(Method::GET, "/v1/location").await?;
        let ended = sqlx::query(
            "with ended as (update bare_trip set status = 'completed', held = null where state = $1 returning state)
             insert into bare_connection (location, token) select state::text, 'a sealed token' from ended",
        );
        ended.bind(state).execute(&self.db).await?;
        let response = Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, "/");
        Ok(response.body(Full::default())?)
    }

    async fn call(&self, method: Method, path: &str) -> Result<()> {
        let idle = self.idle.lock().await.pop();
        let mut client = match idle {
            Some(client) => client,
            None => Client::connect(&self.hubrise).await?,
        };
        let request = Request::builder().method(method).uri(path).header(header::HOST, &self.hubrise);
        client.ask(request.body(Full::default())?).await?;
        self.idle.lock().await.push(client);
        Ok(())
    }
}
