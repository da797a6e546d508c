//! Somebody's sessions, and until when what proved who they are holds, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::Proof;
use crate::{
    ids::{SessionHandle, UserId},
    secrets::Digest,
};

pub(in crate::users) struct SessionRow {
    pub(in crate::users) handle: SessionHandle,
    pub(in crate::users) id_digest: Vec<u8>,
    pub(in crate::users) device: Option<String>,
    pub(in crate::users) signed_in_at: Option<DateTime<Utc>>,
    pub(in crate::users) last_used_at: Option<DateTime<Utc>>,
}

pub(in crate::users) async fn sessions(
    db: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<SessionRow>> {
    let found = sqlx::query_as!(
        SessionRow,
        "select handle, id_digest, data -> 'signed_in' ->> 'device' as device,
            (data -> 'signed_in' ->> 'signed_in_at')::timestamptz as signed_in_at,
            (data -> 'signed_in' ->> 'renewed_at')::timestamptz as last_used_at
         from browser_session s join app_user u on u.id = s.user_id
         where s.user_id = $1 and s.expires_at > $2
            and coalesce((data -> 'signed_in' ->> 'epoch')::integer, 0) = u.sign_in_epoch",
        user.uuid(),
        now,
    );
    found.fetch_all(db).await
}

pub(in crate::users) async fn end_session(
    db: &mut PgConnection,
    user: UserId,
    handle: SessionHandle,
) -> sqlx::Result<()> {
    let ended =
        sqlx::query!("delete from browser_session where user_id = $1 and handle = $2", user.uuid(), handle.uuid());
    ended.execute(db).await?;
    Ok(())
}

/// Ends all of somebody's, whatever proved who they are before.
pub(in crate::users) async fn end_sessions(db: &mut PgConnection, user: UserId) -> sqlx::Result<Proof> {
    end(db, user, None, None).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Ends all of somebody's, but for `except`, unless their proof does not hold any more. Whoever goes on does so by the
/// new one.
pub(in crate::users) async fn end_sessions_by(
    db: &mut PgConnection,
    proof: Proof,
    except: Option<&Digest>,
) -> sqlx::Result<Option<Proof>> {
    end(db, proof.user, Some(proof.epoch), except).await
}

async fn end(
    db: &mut PgConnection,
    user: UserId,
    epoch: Option<i32>,
    except: Option<&Digest>,
) -> sqlx::Result<Option<Proof>> {
    let ended = sqlx::query_scalar!(
        r#"with person as (
            update app_user set sign_in_epoch = sign_in_epoch + 1
            where id = $1 and ($2::integer is null or sign_in_epoch = $2) returning id, sign_in_epoch),
         ended as (delete from browser_session s using person
            where s.user_id = person.id and s.id_digest is distinct from $3)
         select sign_in_epoch as "sign_in_epoch!" from person"#,
        user.uuid(),
        epoch,
        except.map(Digest::as_bytes),
    );
    Ok(ended.fetch_optional(db).await?.map(|epoch| Proof { user, epoch }))
}

/// Whether a proof holds, which it then does until the transaction ends.
pub(in crate::users) async fn hold(db: &mut PgConnection, proof: Proof) -> sqlx::Result<bool> {
    let held = sqlx::query_scalar!(
        "select id from app_user where id = $1 and sign_in_epoch = $2 for no key update",
        proof.user.uuid(),
        proof.epoch,
    );
    Ok(held.fetch_optional(db).await?.is_some())
}

/// All of somebody's, but for the newest.
pub(in crate::users) async fn end_oldest_sessions(db: &mut PgConnection, user: UserId, kept: i64) -> sqlx::Result<()> {
    let ended = sqlx::query!(
        "delete from browser_session where id_digest in (
            select id_digest from browser_session where user_id = $1 order by expires_at desc, id_digest offset $2)",
        user.uuid(),
        kept,
    );
    ended.execute(db).await?;
    Ok(())
}

/// Ends everybody's sessions. How many there were.
pub(in crate::users) async fn end_all_sessions(db: &mut PgConnection) -> sqlx::Result<u64> {
    Ok(sqlx::query!("delete from browser_session").execute(db).await?.rows_affected())
}
