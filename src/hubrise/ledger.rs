//! What the calls with a token have used of HubRise's limits, and what they came to: in the database, because all
//! processes share both. The limits are HubRise's, per connection and on round clock windows: 500 a minute, 2,500 an
//! hour, 10,000 a day, and 10 heavy reads a minute (<https://developers.hubrise.com/api/general-concepts>).

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use sqlx::{PgConnection, PgPool};

use super::{
    AccessToken, CallError,
    tally::{self, Asked, Note},
};
use crate::{
    clock::Clock,
    gathering::{Gathering, Limits},
    secrets::{Digest, redacted},
};

/// Where calls are counted. Those of one moment are counted together, and noted together.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    db: PgPool,
    clock: Clock,
    admissions: Gathering<Asked, Result<bool, Arc<sqlx::Error>>>,
    notes: Gathering<Note, Result<(), Arc<sqlx::Error>>>,
}

/// While one batch waits for the disk, another is gathered or written.
const TOGETHER: Limits = Limits { workers: 2, things: 64, size: usize::MAX, patience: Duration::from_secs(10) };

/// How much a call weighs in HubRise's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Light,
    /// Lists of orders, whole catalogs, customer lists.
    Heavy,
}

/// The silence after a 429 that does not say how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(30);
/// The longest silence that is believed.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_hours(24);
/// The longest part of a body that is kept, in characters.
const EXCERPT: usize = 400;

/// A kind of call of one day, as support sees it.
#[derive(Clone, Debug)]
pub struct Call {
    /// `GET`
    pub method: String,
    /// `/location`
    pub path: String,
    /// A status, or what happened in its place.
    pub outcome: String,
    /// How often that day.
    pub times: i32,
    /// When for the first time.
    pub first_at: DateTime<Utc>,
    /// When for the last time.
    pub last_at: DateTime<Utc>,
    /// How long the last one took.
    pub milliseconds: i32,
    /// What was sent last, without secrets.
    pub request_excerpt: Option<String>,
    /// What came back last, without secrets.
    pub response_excerpt: Option<String>,
}

/// A call that was made.
pub(super) struct Made<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) outcome: String,
    pub(super) took: Duration,
    pub(super) request: Option<&'a str>,
    pub(super) response: &'a [u8],
}

impl Ledger {
    pub(super) fn new(db: PgPool, clock: Clock) -> Self {
        Self { db, clock, admissions: Gathering::new(TOGETHER), notes: Gathering::new(TOGETHER) }
    }

    /// Counts a call with this token before it is made, in one statement, so that no two processes take the last one.
    pub(super) async fn admit(&self, token: &AccessToken, weight: Weight) -> Result<(), CallError> {
        let asked = Asked { token: token.digest(), is_heavy: weight == Weight::Heavy };
        let ledger = self.clone();
        let admitted = self.admissions.done(asked, 0, |worker| tally::admit_all(ledger.db, ledger.clock, worker));
        match admitted.await {
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(CallError::RateLimited(self.free_again(token, self.clock.now()).await)),
            Some(Err(error)) => {
                tracing::error!(%error, "calls to HubRise cannot be counted, and are not made");
                Err(CallError::NotAsked("the calls cannot be counted"))
            }
            None => Err(CallError::NotAsked("the calls cannot be counted in time")),
        }
    }

    /// When a token that is refused may be used again. Without an answer, in a minute.
    async fn free_again(&self, token: &AccessToken, now: DateTime<Utc>) -> DateTime<Utc> {
        let digest = token.digest();
        let until = sqlx::query_scalar!(
            r#"select greatest(paused_until,
                case when in_day >= 10000 then day + interval '1 day'
                     when in_hour >= 2500 then hour + interval '1 hour'
                     when in_minute >= 500 or heavy_in_minute >= 10 then minute + interval '1 minute' end) as until
             from hubrise_budget where token_digest = $1"#,
            digest.as_bytes(),
        );
        let until = until.fetch_optional(&self.db).await.unwrap_or_else(|error| {
            tracing::error!(%error, "nobody knows until when HubRise wants no call");
            None
        });
        until.flatten().filter(|until| *until > now).unwrap_or(now + TimeDelta::minutes(1)).min(now + LONGEST_PAUSE)
    }

    /// HubRise asked to be left alone: nobody calls with this token before then.
    pub(super) async fn pause(&self, token: &AccessToken, wish: Option<Duration>) -> DateTime<Utc> {
        let until = self.clock.now() + wish.unwrap_or(DEFAULT_PAUSE).min(LONGEST_PAUSE);
        let digest = token.digest();
        let paused = sqlx::query!(
            "update hubrise_budget set paused_until = greatest(paused_until, $2) where token_digest = $1",
            digest.as_bytes(),
            until,
        );
        if let Err(error) = paused.execute(&self.db).await {
            tracing::error!(%error, "HubRise's wish to be left alone cannot be kept for the other processes");
        }
        until
    }

    /// Notes what a call came to. A note that cannot be written does not undo the call, and nobody waits until it is on
    /// the disk: what a crash takes is the last second of what support would have read.
    pub(super) async fn note(&self, token: &AccessToken, made: Made<'_>) {
        let note = Note {
            token: token.digest(),
            at: self.clock.now(),
            method: made.method.to_owned(),
            path: made.path.to_owned(),
            outcome: made.outcome,
            milliseconds: i32::try_from(made.took.as_millis()).unwrap_or(i32::MAX),
            request: made.request.map(|text| excerpt(text, token)),
            response: (!made.response.is_empty()).then(|| excerpt(&String::from_utf8_lossy(made.response), token)),
        };
        let db = self.db.clone();
        match self.notes.done(note, 0, |worker| tally::note_all(db, worker)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!(%error, "a call to HubRise cannot be noted"),
            None => tracing::error!("a call to HubRise cannot be noted in time"),
        }
    }
}

/// The calls with a token, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn calls(db: &mut PgConnection, token: &Digest) -> sqlx::Result<Vec<Call>> {
    let found = sqlx::query_as!(
        Call,
        "select method, path, outcome, times, first_at, last_at, milliseconds, request_excerpt, response_excerpt
         from hubrise_call where token_digest = $1 order by last_at desc limit 200",
        token.as_bytes(),
    );
    found.fetch_all(db).await
}

/// Forgets what the calls with a token came to, but not how many they were.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_calls(db: &mut PgConnection, token: &Digest) -> sqlx::Result<()> {
    sqlx::query!("delete from hubrise_call where token_digest = $1", token.as_bytes()).execute(db).await?;
    Ok(())
}

/// Forgets everything about a token, with which nobody calls any more.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(db: &mut PgConnection, token: &Digest) -> sqlx::Result<()> {
    forget_calls(&mut *db, token).await?;
    sqlx::query!("delete from hubrise_budget where token_digest = $1", token.as_bytes()).execute(db).await?;
    Ok(())
}

/// Forgets calls from before this day, and counts from before this time.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from hubrise_call where day < $1", before.date_naive()).execute(&mut *db).await?;
    let counts = sqlx::query!(
        "delete from hubrise_budget where day < $1 and (paused_until is null or paused_until < $1)",
        before,
    );
    counts.execute(db).await?;
    Ok(())
}

/// The beginning of a body, without the token, other long secrets, and e-mail addresses.
fn excerpt(text: &str, token: &AccessToken) -> String {
    let text = text.replace(token.secret().expose_secret(), "[token]");
    let beginning: String = text.chars().take(EXCERPT * 4).collect();
    redacted(&beginning).chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_holds_no_token_no_key_and_no_address() {
        let token = AccessToken::new("0f1e2d3c".to_owned().into()).unwrap();
        let body = r#"{"access_token":"0f1e2d3c","url":"http://x/hubrise_callback/event?key=AbCdEfGhIjKlMnOpQrStUvWx","email":"anna@bella.example","name":"Paris"}"#;
        let shown = excerpt(body, &token);
        assert_eq!(
            shown,
            r#"{"access_token":"[token]","url":"http://x/hubrise_callback/event?key=[…]","email":"[e-mail]","name":"Paris"}"#
        );
        assert_eq!(excerpt(&"x ".repeat(2000), &token).chars().count(), EXCERPT);
    }
}
