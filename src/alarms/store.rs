//! The alarms, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Alarm, service::About};
use crate::ids::{AlarmId, ConnectionId, OrganisationId};

/// The id of a new one; `None` if it lasts already.
pub(super) async fn raise(
    db: &mut PgConnection,
    kind: &str,
    subject: &str,
    about: About,
    detail: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<AlarmId>> {
    let id = AlarmId::new();
    let raised = sqlx::query_scalar!(
        "insert into alarm as known (id, kind, subject, organisation_id, connection_id, detail, first_at, last_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         on conflict (kind, subject) where ended_at is null
         do update set times = known.times + 1, last_at = $7, detail = coalesce($6, known.detail)
         returning id",
        id.uuid(),
        kind,
        subject,
        about.organisation.map(OrganisationId::uuid),
        about.connection.map(ConnectionId::uuid),
        detail,
        now,
    );
    Ok(Some(AlarmId::from(raised.fetch_one(db).await?)).filter(|found| *found == id))
}

pub(super) async fn end(db: &mut PgConnection, kind: &str, subject: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let ended = sqlx::query!(
        "update alarm set ended_at = $3 where kind = $1 and subject = $2 and ended_at is null",
        kind,
        subject,
        now,
    );
    ended.execute(db).await?;
    Ok(())
}

pub(super) async fn end_of_subject(db: &mut PgConnection, subject: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let ended = sqlx::query!("update alarm set ended_at = $2 where subject = $1 and ended_at is null", subject, now);
    ended.execute(db).await?;
    Ok(())
}

pub(super) async fn dismiss(
    db: &mut PgConnection,
    id: AlarmId,
    kind: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<About>> {
    let ended = sqlx::query_as!(
        About,
        r#"update alarm set ended_at = $3 where id = $1 and kind = $2 and ended_at is null
         returning organisation_id as "organisation: OrganisationId", connection_id as "connection: ConnectionId""#,
        id.uuid(),
        kind,
        now,
    );
    ended.fetch_optional(db).await
}

pub(super) async fn end_quiet(
    db: &mut PgConnection,
    kind: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let ended = sqlx::query!(
        "update alarm set ended_at = $3 where kind = $1 and last_at < $2 and ended_at is null",
        kind,
        since,
        now,
    );
    ended.execute(db).await?;
    Ok(())
}

/// Ends those of a kind about connections that there are no more.
pub(super) async fn end_of_gone(db: &mut PgConnection, kind: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let ended = sqlx::query!(
        "update alarm a set ended_at = $2 where kind = $1 and ended_at is null
            and not exists (select from connection where id = a.connection_id)",
        kind,
        now,
    );
    ended.execute(db).await?;
    Ok(())
}

/// Those of a kind about an organisation are about nobody from now on, and are told apart by their details.
pub(super) async fn detach(db: &mut PgConnection, kind: &str, organisation: OrganisationId) -> sqlx::Result<()> {
    let detached = sqlx::query!(
        "update alarm set organisation_id = null, connection_id = null, subject = coalesce(detail, subject)
         where organisation_id = $1 and kind = $2 and ended_at is null",
        organisation.uuid(),
        kind,
    );
    detached.execute(db).await?;
    Ok(())
}

pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from alarm where ended_at < $1", before).execute(db).await?;
    Ok(())
}

/// First those of the kind that only a person ends.
pub(super) async fn open(db: &mut PgConnection, dismissed_by_people: &str) -> sqlx::Result<Vec<Alarm>> {
    let open = sqlx::query_as!(
        Alarm,
        r#"select a.id, a.kind, a.organisation_id as "organisation: OrganisationId", o.name as "organisation_name?",
            a.connection_id as "connection: ConnectionId", a.detail, a.times, a.first_at, a.last_at
         from alarm a left join organisation o on o.id = a.organisation_id
         where a.ended_at is null order by (a.kind = $1) desc, a.last_at desc limit 200"#,
        dismissed_by_people,
    );
    open.fetch_all(db).await
}
