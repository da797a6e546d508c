//! Checking connections: one now, those that are due, and those that somebody looks at.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::{
    answers::{self, Question},
    desk::{self, LookedAfter},
    names::{self, Told},
    schedule::{SOON, next_check},
    store::{self, Subject},
};
use crate::{
    app::App,
    clock::CLOCKS_APART,
    connections::{self, Health},
    database,
    events::callback::{self, Standing},
    hubrise::{AccessToken, AppInstanceId, CallError, Location},
    ids::ConnectionId,
};

/// Longer than a check can take: after it, another process takes it over.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How many checks one process makes at once for each reader of a page.
const AT_ONCE: usize = 64;
/// The same, of those that are due: a million in an hour, if HubRise takes a second for each.
const DUE_AT_ONCE: usize = 320;
/// How many connections are claimed together.
const BATCH: u32 = 64;
/// Names of catalogs and lists are asked for this seldom where HubRise tells us of changes.
const NAMES_PAUSE: TimeDelta = TimeDelta::days(1);
/// What was proved within this time need not be proved again to be given its callback.
const JUST_NOW: TimeDelta = TimeDelta::minutes(1);
/// What was verified within this time is shown without asking again.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// Somebody who looks again and again does not make us ask again and again.
const VIEW_DISTANCE: TimeDelta = TimeDelta::seconds(15);
/// How long a page waits for a check.
const VIEW_PATIENCE: Duration = Duration::from_millis(2500);

/// Whether something was at most so long ago. What is still to come was kept while the clock was ahead, and says
/// nothing.
fn is_within(time: TimeDelta, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (-CLOCKS_APART..time).contains(&(now - at))
}

/// Asks HubRise now for one connection, and keeps what that means. `false` if there is no such connection.
///
/// # Errors
/// When the database does not answer. HubRise's troubles are no error: the connection's health tells them.
pub async fn check(app: &App, id: ConnectionId) -> Result<bool> {
    // Not matched on at once: the database's connection would be held until HubRise has answered.
    let subject = store::subject(&mut *app.db.acquire().await?, id).await?;
    let Some(subject) = subject else { return Ok(false) };
    check_subject(app, &subject).await?;
    Ok(true)
}

/// A connection that is due. One that was proved as it was connected is not asked for again at once: it lacks its
/// callback, and HubRise takes that only with a token that works.
async fn check_due(app: &App, subject: &Subject) -> Result<()> {
    let now = app.clock.now();
    let was_just_proved = subject.proved_at.is_some_and(|proved_at| is_within(JUST_NOW, proved_at, now));
    if subject.callback.checked_at.is_none() && was_just_proved {
        let token = connections::service::open_token(app, subject.id, &subject.token)?;
        match look_after(app, subject, &token).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!(connection = %subject.id, error = format!("{error:#}"), "a new connection gets no callback");
            }
        }
    }
    check_subject(app, subject).await
}

/// Looks after the callback of one connection now, if that is due.
///
/// # Errors
/// When HubRise or the database does not answer, or HubRise refuses the token.
pub async fn look_after_callback(app: &App, id: ConnectionId) -> Result<()> {
    match open(app, id).await? {
        Some((subject, token)) if subject.callback.is_due(app.clock.now()) => look_after(app, &subject, &token).await,
        _ => Ok(()),
    }
}

/// Looks after a callback, and keeps that, and when the connection is due again.
async fn look_after(app: &App, subject: &Subject, token: &AccessToken) -> Result<()> {
    let Some(standing) = callback::look_after(app, subject.id, token, &subject.callback).await? else { return Ok(()) };
    let Standing { registered_at, waiting_since } = standing;
    // One that HubRise does not allow is asked for as often as anything else that is wrong.
    let (granted_at, now) = (subject.granted_at, app.clock.now());
    let missing_since = registered_at.is_none().then(|| subject.callback.missing_since.unwrap_or(now));
    let next_check_at = next_check(now, missing_since.or(late_since(subject, waiting_since)));
    let (connection, token) = (subject.id, token.digest());
    let looked_after = LookedAfter { connection, token, registered_at, waiting_since, granted_at, next_check_at };
    desk::keep_callback(app, looked_after).await?;
    tell_of_callback(app, subject, waiting_since).await
}

/// Since when HubRise has not reached us: it forgets each event after an hour, and the trouble may be older.
fn late_since(subject: &Subject, waiting_since: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    [waiting_since, subject.no_orders_since].into_iter().flatten().min()
}

/// Tells of a callback that was missing before and has been for long, of events that wait, or that all is well again.
async fn tell_of_callback(app: &App, subject: &Subject, waiting_since: Option<DateTime<Utc>>) -> Result<()> {
    if subject.callback.missing_since.is_none() && subject.no_orders_since.is_none() && waiting_since.is_none() {
        return Ok(());
    }
    let mut transaction = database::begin(&app.db).await?;
    answers::callback_looked_after(app, &mut transaction, subject.id).await?;
    Ok(transaction.commit().await?)
}

async fn check_subject(app: &App, subject: &Subject) -> Result<()> {
    let token = connections::service::open_token(app, subject.id, &subject.token)?;
    let question = question(app, subject, &token);
    match ask(app, subject, &token).await {
        Ok(location) => keep(app, subject, &token, &question, &location).await,
        Err(error) => answers::not_verified(app, subject.id, &question, &error).await,
    }
}

/// Checks a connection for somebody who asks for it again and again: not more often than for those who look at it.
/// Returns how long they must wait.
///
/// # Errors
/// As for [`check`].
pub async fn check_unless_just_checked(app: &App, id: ConnectionId) -> Result<Option<TimeDelta>> {
    let now = app.clock.now();
    if claim_viewed(app, &[id], now).await?.is_empty() {
        return Ok(Some(VIEW_DISTANCE));
    }
    check(app, id).await?;
    Ok(None)
}

async fn open(app: &App, id: ConnectionId) -> Result<Option<(Subject, AccessToken)>> {
    let Some(subject) = store::subject(&mut *app.db.acquire().await?, id).await? else { return Ok(None) };
    let token = connections::service::open_token(app, id, &subject.token)?;
    Ok(Some((subject, token)))
}

fn question(app: &App, subject: &Subject, token: &AccessToken) -> Question {
    Question { token: token.digest(), asked_at: app.clock.now(), was_announced: subject.was_announced }
}

/// `GET /location`. An answer for another location than the connection's is not one, nor is one for another account: it
/// would put that one's name beside this one's id.
async fn ask(app: &App, subject: &Subject, token: &AccessToken) -> Result<Location, CallError> {
    let location = app.hubrise.location(token).await?;
    if location.location.id.as_str() != subject.location_id {
        tracing::error!(connection = %subject.id, "HubRise answers for another location than it granted");
        return Err(CallError::Unintelligible("it is about another location"));
    }
    if location.account.id.as_str() != subject.account_id {
        tracing::error!(connection = %subject.id, "HubRise answers for another account than it granted");
        return Err(CallError::Unintelligible("it is about another account"));
    }
    Ok(location)
}

/// When a connection that works is due again. Should this process die before it has looked after a callback that is
/// due, another does so soon; and whoever looks at a connection does not put the next comparison off.
fn next_after_success(subject: &Subject, now: DateTime<Utc>) -> DateTime<Utc> {
    if subject.callback.is_due(now) {
        return now + SOON;
    }
    let late_since = late_since(subject, subject.callback.waiting_since);
    let next = next_check(now, subject.callback.missing_since.or(late_since));
    subject.callback.checked_at.map_or(next, |compared_at| next.min(next_check(compared_at, None)))
}

/// The connection works: its names, and then its callback, are looked after.
async fn keep(
    app: &App,
    subject: &Subject,
    token: &AccessToken,
    question: &Question,
    location: &Location,
) -> Result<()> {
    let now = app.clock.now();
    let names_are_due = subject.callback.registered_at.is_none()
        || subject.names_checked_at.is_none_or(|checked| !is_within(NAMES_PAUSE, checked, now));
    let asked = if names_are_due { names::of_catalog_and_list(app, subject, token).await } else { Ok(Told::default()) };
    let are_told = names_are_due && asked.is_ok();
    let next = next_after_success(subject, now);
    if are_told || !desk::keep(app, subject.id, question.token, location, next).await {
        let told = asked.unwrap_or_default();
        if !apply(app, subject.id, question, location, told, are_told, next).await? {
            // Cut, or granted anew, since HubRise was asked: what there is now is not for this check to change.
            return Ok(());
        }
    }
    let waiting_since = subject.callback.waiting_since;
    if !subject.callback.is_due(now) {
        return tell_of_callback(app, subject, waiting_since).await;
    }
    if let Err(error) = look_after(app, subject, token).await {
        if let Some(CallError::NotAsked(_)) = error.downcast_ref() {
            return Err(error);
        }
        tracing::warn!(connection = %subject.id, error = format!("{error:#}"), "the callback is looked after later");
        let is_refused = matches!(error.downcast_ref(), Some(CallError::AccessLost(_)));
        let again =
            (now + SOON, if is_refused { now + SOON } else { next_check(now, late_since(subject, waiting_since)) });
        store::callbacks::missed(&mut *app.db.acquire().await?, subject.id, &token.digest(), now, again).await?;
        tell_of_callback(app, subject, waiting_since).await?;
    }
    Ok(())
}

/// Keeps what HubRise told; `false` if that came too late to tell.
async fn apply(
    app: &App,
    id: ConnectionId,
    question: &Question,
    location: &Location,
    told: Told,
    names_are_told: bool,
    next: DateTime<Utc>,
) -> Result<bool> {
    let mut transaction = database::begin(&app.db).await?;
    let Some(known) = answers::verified(app, &mut transaction, id, question, next).await? else { return Ok(false) };
    names::follow(app, &mut transaction, id, &known, location, told).await?;
    if names_are_told {
        store::names::checked(&mut transaction, id, Some(app.clock.now())).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Asks HubRise for the names of a connection's location, account, catalog and customer list, and keeps them. A
/// connection that is gone has none. One that fails gets them when it works again.
///
/// # Errors
/// When HubRise or the database does not answer: to be tried again.
pub async fn refresh_names(app: &App, id: ConnectionId) -> Result<()> {
    let Some((subject, token)) = open(app, id).await? else { return Ok(()) };
    let question = question(app, &subject, &token);
    let location = match ask(app, &subject, &token).await {
        Ok(location) => location,
        Err(error) => {
            answers::not_verified(app, id, &question, &error).await?;
            return names_come_later(app, id, error).await;
        }
    };
    // What HubRise says of its names says nothing of the connection, for which it has just answered.
    let names = names::of_catalog_and_list(app, &subject, &token).await;
    let (names, missing) = names.map_or_else(|error| (Told::default(), Some(error)), |names| (names, None));
    let next = next_after_success(&subject, app.clock.now());
    let is_kept = apply(app, id, &question, &location, names, missing.is_none(), next).await?;
    match missing {
        Some(error) => names_come_later(app, id, error).await,
        None if is_kept => Ok(()),
        None => ask_for_names_later(app, id).await,
    }
}

/// Names could not be asked for: they are with the next check, or sooner where that may help.
async fn names_come_later(app: &App, id: ConnectionId, error: CallError) -> Result<()> {
    ask_for_names_later(app, id).await?;
    if error.is_passing() { Err(error.into()) } else { Ok(()) }
}

async fn ask_for_names_later(app: &App, id: ConnectionId) -> Result<()> {
    Ok(store::names::checked(&mut *app.db.acquire().await?, id, None).await?)
}

/// A connection has just been authorised again: it works, and whoever was told that it fails is told so. Within the
/// caller's transaction, before it writes what was granted.
///
/// # Errors
/// When the database does not answer.
pub async fn mend(app: &App, transaction: &mut PgConnection, id: ConnectionId) -> Result<()> {
    answers::mended(app, transaction, id).await
}

/// How many checks of connections that are due are under way.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(DUE_AT_ONCE)))
    }
}

/// Begins to check connections that are due, once there is room for some; how many. It waits for none of them, so that
/// one for which HubRise takes long does not hold up the others. Other processes check others.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_due(app: &App, room: &Room) -> Result<usize> {
    let mut places = Arc::clone(&room.0).acquire_many_owned(BATCH).await?;
    let due = store::claim(&mut *app.db.acquire().await?, app.clock.now(), LEASE, BATCH.into()).await?;
    let count = due.len();
    for subject in due {
        let (app, place) = (app.clone(), places.split(1));
        app.clone().tasks.spawn(async move {
            log(subject.id, check_due(&app, &subject).await);
            drop(place);
        });
    }
    Ok(count)
}

/// Checks connections that are due, and waits for it; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn run_due(app: &App) -> Result<usize> {
    let room = Room::default();
    let count = begin_due(app, &room).await?;
    drop(room.0.acquire_many(u32::try_from(DUE_AT_ONCE)?).await?);
    Ok(count)
}

async fn check_all(app: App, ids: Vec<ConnectionId>) {
    stream::iter(ids).for_each_concurrent(AT_ONCE, |id| check_and_log(&app, id)).await;
}

async fn check_and_log(app: &App, id: ConnectionId) {
    log(id, check(app, id).await);
}

fn log<T>(id: ConnectionId, checked: Result<T>) {
    if let Err(error) = checked {
        tracing::error!(connection = %id, error = format!("{error:#}"), "a check broke off; it is made again");
    }
}

/// Somebody looks at these connections: those that were not verified of late are checked now. Returns whether any was,
/// within the time that a person waits; what takes longer goes on behind.
pub async fn verify_for_view(app: &App, shown: impl Iterator<Item = (ConnectionId, Health)>) -> bool {
    let now = app.clock.now();
    let stale = shown.filter(|(_, health)| !is_within(FRESH, health.verified_at, now));
    let stale: Vec<_> = stale.map(|(id, _)| id).collect();
    let claimed = match claim_viewed(app, &stale, now).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "connections that somebody looks at cannot be checked");
            return false;
        }
    };
    if claimed.is_empty() {
        return false;
    }
    // On a task of its own: a reader who goes away does not stop it.
    let checks = check_all(app.clone(), claimed).in_current_span();
    if tokio::time::timeout(VIEW_PATIENCE, app.tasks.spawn(checks)).await.is_err() {
        tracing::info!("a page is shown before all its connections were checked");
    }
    true
}

/// Those that nobody else has just begun to check because somebody looks: many readers cause no more checks than one.
async fn claim_viewed(app: &App, ids: &[ConnectionId], now: DateTime<Utc>) -> sqlx::Result<Vec<ConnectionId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    store::claim_viewed(&mut *app.db.acquire().await?, ids, now, now - VIEW_DISTANCE).await
}

/// HubRise, or somebody who pretends to be HubRise, says that an install was disconnected. It only makes a check due.
///
/// # Errors
/// When the database does not answer.
pub async fn disconnection_announced(app: &App, app_instance: &AppInstanceId) -> Result<()> {
    let mut db = app.urgent_db.pool().acquire().await.context("an announcement cannot be kept")?;
    Ok(store::notice(&mut db, app_instance, app.clock.now()).await?)
}

/// HubRise has granted a token anew that may serve a connection, and the grant does not go to that connection: its
/// callback is compared soon, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn granted_anew(app: &App, transaction: &mut PgConnection, token: &AccessToken) -> Result<()> {
    Ok(store::callbacks::granted_anew(transaction, &token.digest(), app.clock.now()).await?)
}

/// Has every connection checked now, with its names and its callback, within the caller's transaction. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn hasten_all(transaction: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    Ok(store::hasten_all(transaction, now).await?)
}
