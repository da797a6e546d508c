//! Somebody of TicknCook's support who looks for restaurants.

use anyhow::{Result, ensure};
use http_body_util::Full;
use hyper::{Request, StatusCode, body::Bytes};
use sqlx::PgPool;
use tickncook_hubrise::clock::Clock;
use totp_rs::{Builder, Secret};

use crate::{
    load::{Ask, Measured, ask_all},
    person::Person,
    server::Server,
};

/// The demo's.
const SECOND_FACTOR: &str = "TICKNCOOKDEMOSUPPORTSECONDFACTOR";

/// Parts of names that thousands have, that some have, and that nobody has; two words; the beginning of a word; an
/// address.
const FRAGMENTS: [&str; 14] = [
    "moulin",
    "Bella Italia",
    "montville",
    "chez marcel",
    "crêperie du port",
    "fontaine",
    "kyoto",
    "part-dieu",
    "naples",
    "zzqqzz",
    "roche",
    "gino",
    "restaurant",
    "alice.pont",
];

pub(crate) struct Support {
    host: String,
    cookies: String,
}

impl Support {
    pub(crate) async fn sign_in(server: &Server) -> Result<Self> {
        let mut person = Person::new()?;
        let support = [("email", "support@tickncook.example"), ("password", "support-demo")];
        person.post(&format!("{}/login", server.address()), &support).await?;
        let time = u64::try_from(Clock::System.now().timestamp())?;
        let secret = Secret::try_from_base32(SECOND_FACTOR)?;
        let code = Builder::new().with_secret(secret).build()?.generate(time).to_string();
        let next = person.post(&format!("{}/support/verify", server.address()), &[("code", &code)]).await?;
        ensure!(next.ends_with("/support"), "the second factor leads to {next}");
        let host = server.address().trim_start_matches("http://").to_owned();
        Ok(Self { host, cookies: person.cookies() })
    }

    /// One search after the other, so many, through all of these over and over.
    pub(crate) async fn search(&self, queries: &[String], times: usize) -> Result<Measured> {
        let mut asks = Vec::new();
        for query in queries.iter().cycle().take(times) {
            asks.push(self.ask(query)?);
        }
        ask_all(&self.host, vec![move || asks.pop()], StatusCode::OK).await
    }

    fn ask(&self, query: &str) -> Result<Ask> {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("query", query).finish();
        let request = Request::get(format!("/support?{query}"))
            .header("host", &self.host)
            .header("cookie", &self.cookies)
            .header("accept-encoding", "gzip");
        Ok(request.body(Full::new(Bytes::new()))?)
    }
}

/// What is looked for, by its kind.
pub(crate) async fn kinds(db: &PgPool) -> Result<[(&'static str, Vec<String>); 2]> {
    let some = "select location_id from (select location_id from connection order by id limit 10) l
        union all select account_id from (select account_id from connection order by id desc limit 10) a
        union all select id::text from (select id from connection order by next_check_at limit 10) c
        union all select id::text from (select id from organisation order by id limit 10) o";
    let ids: Vec<String> = sqlx::query_scalar(some).fetch_all(db).await?;
    Ok([("name fragment", FRAGMENTS.map(str::to_owned).to_vec()), ("id", ids)])
}
