//! What an answer of HubRise means for a connection. Only a 401 makes it fail, and only an answer to its token clears
//! that (<https://developers.hubrise.com/api/authentication>); no answer at all says nothing of the connection.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    notices::{self, News},
    schedule::{NOTICE_DISTANCE, next_check, notice_distance},
    store::{self, Known},
};
use crate::{
    alarms,
    app::App,
    connections::Cause,
    database,
    history::{self, Action, Actor, Change, Entry},
    hubrise::{AccessLoss, CallError, Refusal},
    ids::ConnectionId,
    mail,
    secrets::Digest,
};

/// A question that HubRise answers, or not: with which token, and when. Meanwhile the connection may have got another
/// token, and a later question its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) token: Digest,
    pub(super) asked_at: DateTime<Utc>,
    /// Whether a disconnection had been announced.
    pub(super) was_announced: bool,
}

impl Question {
    /// Whether an answer that came at this time was to a later question. A time in the future was written while a clock
    /// was wrong, and says nothing.
    fn was_overtaken(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        at > self.asked_at && at <= now
    }
}

/// A failure that is over by then is a blip: nobody is told.
const TELL_AFTER: TimeDelta = TimeDelta::minutes(2);

/// HubRise answered for the token: the connection works. `None` if it is gone, or the answer came too late to tell.
pub(super) async fn verified(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    question: &Question,
    next: DateTime<Utc>,
) -> Result<Option<Known>> {
    let Some(known) = current(transaction, id, question).await? else { return Ok(None) };
    let was_refused_since =
        known.checked_at.is_some_and(|checked_at| question.was_overtaken(checked_at, app.clock.now()));
    if known.failed_since.is_some() && was_refused_since {
        return Ok(None);
    }
    // What was announced since then is not refuted.
    let notice = known.notice_at.filter(|notice_at| *notice_at > question.asked_at);
    let refuted_at = (question.was_announced && known.failed_since.is_none()).then(|| app.clock.now());
    works(app, transaction, id, &known, (notice, refuted_at), next).await?;
    Ok(Some(known))
}

/// The connection was authorised again, whatever is still being asked.
pub(super) async fn mended(app: &App, transaction: &mut PgConnection, id: ConnectionId) -> Result<()> {
    match store::lock(transaction, id).await? {
        Some(known) => works(app, transaction, id, &known, (None, None), app.clock.now()).await,
        None => Ok(()),
    }
}

/// The connection, locked, if it still has the token that was asked for.
async fn current(transaction: &mut PgConnection, id: ConnectionId, question: &Question) -> sqlx::Result<Option<Known>> {
    let known = store::lock(transaction, id).await?;
    Ok(known.filter(|known| known.token_digest == question.token.as_bytes()))
}

/// Marks a connection as working. `notice` is an announcement of its end that came after HubRise was asked, and stays
/// open; `refuted_at` is set when an older one turned out to be wrong. It is due again at `next`, or soon where an
/// announcement is open.
async fn works(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    known: &Known,
    (notice, refuted_at): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    next: DateTime<Utc>,
) -> Result<()> {
    let now = app.clock.now();
    let distance = notice_distance(now, refuted_at.or(known.notice_refuted_at));
    let next = notice.map_or(next, |_| now + distance);
    store::verified(transaction, id, now, next, notice, refuted_at).await?;
    if known.failed_since.is_some() || known.unexpected_since.is_some() {
        alarms::end(transaction, alarms::Kind::UnknownRefusal, &id.to_string(), now).await?;
    }
    if let Some(since) = known.failed_since {
        tracing::info!(connection = %id, "a connection works again");
        let before = Change::of([("cause", known.failure.as_deref())]);
        let entry = Entry::new(known.organisation, Actor::HubRise, Action::Recovered);
        let entry = entry.on(known.point_of_sale, &known.point_of_sale_name).about(id);
        history::record(transaction, entry.changed(before, Change::default()), now).await?;
        if known.told_at.is_some() {
            // Where HubRise has no callback still, it is not over: the cause is another one again.
            let cause = known.failure.as_deref().and_then(Cause::parse).unwrap_or(Cause::Unknown);
            let over = News::Recovered { failed_since: since, cause };
            let news = known.told_no_orders().map_or(over, |(since, cause)| News::Failed { since, cause });
            notices::tell(app, transaction, id, known, news).await?;
        }
    }
    Ok(())
}

/// After this long, answers that are neither yes nor no, and do not pass by themselves, are for a person to look at.
const ODD_AFTER: TimeDelta = TimeDelta::hours(1);

/// HubRise did not answer for the token. What was proved since it was asked stands.
pub(super) async fn not_verified(app: &App, id: ConnectionId, question: &Question, error: &CallError) -> Result<()> {
    // Which says nothing of HubRise.
    if let CallError::NotAsked(_) = error {
        return Err(error.clone().into());
    }
    let mut transaction = database::begin(&app.db).await?;
    let Some(known) = current(&mut transaction, id, question).await? else { return Ok(()) };
    if question.was_overtaken(known.verified_at, app.clock.now()) {
        // Which of the two HubRise said last is not known.
        if error.loss().is_some() {
            store::hasten(&mut transaction, id, app.clock.now() + NOTICE_DISTANCE).await?;
            transaction.commit().await?;
        }
        return Ok(());
    }
    match error {
        CallError::AccessLost(refusal) => failed(app, &mut transaction, id, &known, refusal).await?,
        error => {
            tracing::warn!(connection = %id, %error, "a connection could not be checked");
            let now = app.clock.now();
            let wrong_since = known.failed_since.or(known.unreachable_since).unwrap_or(now);
            let mut next = next_check(now, Some(wrong_since));
            if let CallError::RateLimited(until) = error {
                next = next.max(*until);
            }
            store::unreachable(&mut transaction, id, !error.is_passing(), now, next).await?;
            let is_lasting = known.unexpected_since.is_some_and(|since| now - since >= ODD_AFTER);
            if is_lasting && !error.is_passing() {
                let about = alarms::About { organisation: Some(known.organisation), connection: Some(id) };
                let (kind, subject, detail) = (alarms::Kind::UnknownRefusal, id.to_string(), error.to_string());
                alarms::raise(app, &mut transaction, kind, &subject, about, Some(&detail)).await?;
            }
        }
    }
    Ok(transaction.commit().await?)
}

/// For so long HubRise may have no callback before anybody is told.
const MISSED_AFTER: TimeDelta = TimeDelta::minutes(10);
/// For so long an event may wait: HubRise tries again after 1, 2, 4, 8 and 16 minutes. Where we were away for less, it
/// has come by then, and there is nothing to tell.
const LATE_AFTER: TimeDelta = TimeDelta::minutes(35);
/// Where nothing waits any more and nothing comes either, HubRise may have given up what waited. After so long without
/// a sign of the one or the other, nobody is told any more what was so then.
const SILENT_FOR: TimeDelta = TimeDelta::days(1);

/// The callback was looked after. A restaurant that gets no orders for the want of one, or because HubRise does not reach
/// us, is told like one whose token HubRise refuses, and so is support; and again once that is over.
pub(super) async fn callback_looked_after(app: &App, transaction: &mut PgConnection, id: ConnectionId) -> Result<()> {
    let Some(known) = store::lock(transaction, id).await? else { return Ok(()) };
    let (now, subject) = (app.clock.now(), id.to_string());
    let entry = |action| {
        let entry = Entry::new(known.organisation, Actor::HubRise, action);
        entry.on(known.point_of_sale, &known.point_of_sale_name).about(id)
    };
    let change = |cause: Option<Cause>| Change::of([("cause", cause.map(Cause::word))]);
    let told = known.told_no_orders();
    match known.why_no_orders() {
        None if is_doubtful(transaction, id, told, now).await? => {}
        None => {
            store::callbacks::found(transaction, id).await?;
            end_alarms(transaction, id, None, now).await?;
            if let Some((failed_since, cause)) = told {
                let over = entry(Action::Recovered).changed(change(Some(cause)), Change::default());
                history::record(transaction, over, now).await?;
                notices::tell(app, transaction, id, &known, News::Recovered { failed_since, cause }).await?;
            }
        }
        // What is said of it then is graver.
        Some(_) if known.failed_since.is_some() => {}
        Some((since, cause)) if now - since >= patience(cause) => {
            let about = alarms::About { organisation: Some(known.organisation), connection: Some(id) };
            alarms::raise(app, transaction, alarm(cause), &subject, about, None).await?;
            let since = told.map_or(since, |(told, _)| told.min(since));
            let before = told.map(|(_, cause)| cause);
            if before != Some(cause) {
                end_alarms(transaction, id, Some(alarm(cause)), now).await?;
                store::callbacks::no_orders(transaction, id, since, cause == Cause::EventsWaiting).await?;
                let told = entry(Action::Failed).changed(change(before), change(Some(cause)));
                history::record(transaction, told, now).await?;
            }
            // Once more where the mail server took none for days.
            if before != Some(cause) || mail::nobody_was_told_since(transaction, id, since).await? {
                notices::tell(app, transaction, id, &known, News::Failed { since, cause }).await?;
            }
        }
        Some(_) => {}
    }
    Ok(())
}

/// Whether events that waited may have been given up as well as come: none has come since that was told.
async fn is_doubtful(
    transaction: &mut PgConnection,
    id: ConnectionId,
    told: Option<(DateTime<Utc>, Cause)>,
    now: DateTime<Utc>,
) -> Result<bool> {
    match told {
        Some((since, Cause::EventsWaiting)) if now - since < SILENT_FOR => {
            Ok(!store::callbacks::has_come_since(transaction, id, since).await?)
        }
        _ => Ok(false),
    }
}

const fn patience(cause: Cause) -> TimeDelta {
    match cause {
        Cause::EventsWaiting => LATE_AFTER,
        _ => MISSED_AFTER,
    }
}

const fn alarm(cause: Cause) -> alarms::Kind {
    match cause {
        Cause::EventsWaiting => alarms::Kind::EventsWaiting,
        _ => alarms::Kind::CallbackMissing,
    }
}

/// Ends what is said to support of a connection that gets no orders, but for one.
async fn end_alarms(
    transaction: &mut PgConnection,
    id: ConnectionId,
    but: Option<alarms::Kind>,
    now: DateTime<Utc>,
) -> Result<()> {
    for kind in [alarms::Kind::CallbackMissing, alarms::Kind::EventsWaiting] {
        if but != Some(kind) {
            alarms::end(transaction, kind, &id.to_string(), now).await?;
        }
    }
    Ok(())
}

async fn failed(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    known: &Known,
    refusal: &Refusal,
) -> Result<()> {
    let now = app.clock.now();
    let cause = match refusal.loss {
        AccessLoss::Unpaid => Cause::Unpaid,
        AccessLoss::Blocked => Cause::Blocked,
        AccessLoss::Revoked if known.notice_at.is_some() => Cause::Disconnected,
        AccessLoss::Revoked => Cause::Revoked,
        AccessLoss::Unknown => Cause::Unknown,
    };
    let since = known.failed_since.map_or(now, |since| since.min(now));
    store::failed(transaction, id, cause, now, next_check(now, Some(since))).await?;
    if known.failure.as_deref() != Some(cause.word()) {
        tracing::warn!(connection = %id, cause = cause.word(), "HubRise refuses a connection's token");
        let before = Change::of([("cause", known.failure.as_deref())]);
        let after = Change::of([("cause", Some(cause.word()))]);
        let entry = Entry::new(known.organisation, Actor::HubRise, Action::Failed);
        let entry = entry.on(known.point_of_sale, &known.point_of_sale_name).about(id).changed(before, after);
        history::record(transaction, entry, now).await?;
        // What is said of it now is graver, and includes this.
        end_alarms(transaction, id, None, now).await?;
    }
    if cause == Cause::Unknown {
        let about = alarms::About { organisation: Some(known.organisation), connection: Some(id) };
        let (kind, subject) = (alarms::Kind::UnknownRefusal, id.to_string());
        alarms::raise(app, transaction, kind, &subject, about, Some(&refusal.words)).await?;
    }
    // Another cause has another remedy, perhaps for somebody else.
    let is_news = match known.told_at {
        None => now - since >= TELL_AFTER,
        Some(_) if known.failure.as_deref() != Some(cause.word()) => true,
        // The mail server took none for days.
        Some(told_at) => mail::nobody_was_told_since(transaction, id, told_at).await?,
    };
    if is_news {
        store::told(transaction, id, now).await?;
        notices::tell(app, transaction, id, known, News::Failed { since, cause }).await?;
    }
    Ok(())
}
