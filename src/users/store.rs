//! The people, their HubRise identities and their sessions, in the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

mod sessions;

pub(super) use self::sessions::{
    end_all_sessions, end_oldest_sessions, end_session, end_sessions, end_sessions_by, hold, sessions,
};
use super::{EmailAddress, Identity, Proof, service::Account};
use crate::{
    crypto::{Sealed, sealed_rows},
    hubrise::HubRiseUserId,
    ids::UserId,
    secrets::Digest,
};

pub(super) struct Credentials {
    pub(super) id: UserId,
    pub(super) password_hash: Option<String>,
    sign_in_epoch: i32,
}

impl Credentials {
    /// For whoever knows the password.
    pub(super) const fn proof(&self) -> Proof {
        Proof { user: self.id, epoch: self.sign_in_epoch }
    }
}

pub(super) async fn credentials(db: &mut PgConnection, email: &EmailAddress) -> sqlx::Result<Option<Credentials>> {
    let found = sqlx::query_as!(
        Credentials,
        "select id, password_hash, sign_in_epoch from app_user where email = $1",
        email.as_str(),
    );
    found.fetch_optional(db).await
}

/// Somebody to add.
pub(super) struct NewPerson<'a> {
    pub(super) email: &'a EmailAddress,
    pub(super) name: Option<&'a str>,
    /// Without one they come in with HubRise alone.
    pub(super) password_hash: Option<&'a str>,
    pub(super) is_support: bool,
    /// Whether it is certain that the address is theirs.
    pub(super) is_proved: bool,
}

/// `None` if the address is taken.
pub(super) async fn insert(
    db: &mut PgConnection,
    person: NewPerson<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<UserId>> {
    let inserted = sqlx::query_scalar!(
        "insert into app_user (id, email, name, password_hash, is_support, created_at, email_proved_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (email) do nothing returning id",
        UserId::new().uuid(),
        person.email.as_str(),
        person.name,
        person.password_hash,
        person.is_support,
        now,
        person.is_proved.then_some(now),
    );
    Ok(inserted.fetch_optional(db).await?.map(UserId::from))
}

/// `false` if it is the password no more, or the person's sessions were ended meanwhile.
pub(super) async fn password_was_right(db: &mut PgConnection, proof: Proof, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let noted = sqlx::query!(
        "update app_user set password_verified_at = $3 where id = $1 and sign_in_epoch = $2",
        proof.user.uuid(),
        proof.epoch,
        now,
    );
    Ok(noted.execute(db).await?.rows_affected() == 1)
}

pub(super) async fn set_password(db: &mut PgConnection, user: UserId, hash: &str) -> sqlx::Result<()> {
    sqlx::query!("update app_user set password_hash = $2 where id = $1", user.uuid(), hash).execute(db).await?;
    Ok(())
}

/// Whoever has the account has its address, too.
pub(super) async fn email_was_proved(db: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let proved = sqlx::query!(
        "update app_user set email_proved_at = $2 where id = $1 and email_proved_at is null",
        user.uuid(),
        now,
    );
    proved.execute(db).await?;
    Ok(())
}

/// The account with this address, if it is one of TicknCook's support.
pub(super) async fn support_user(db: &mut PgConnection, email: &EmailAddress) -> sqlx::Result<Option<UserId>> {
    let found = sqlx::query_scalar!("select id from app_user where email = $1 and is_support", email.as_str());
    Ok(found.fetch_optional(db).await?.map(UserId::from))
}

pub(super) async fn has_second_factor(db: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select totp_ciphertext is not null as "has!" from app_user where id = $1"#,
        user.uuid(),
    );
    Ok(found.fetch_optional(db).await? == Some(true))
}

/// What codes are computed from, if the account has it. Nobody replaces it before the transaction ends.
pub(super) async fn lock_second_factor(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Sealed>> {
    let found =
        sqlx::query!("select totp_key_id, totp_ciphertext from app_user where id = $1 for no key update", user.uuid(),);
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| Sealed::of_columns(row.totp_key_id, row.totp_ciphertext)))
}

pub(super) async fn set_second_factor(db: &mut PgConnection, user: UserId, secret: &Sealed) -> sqlx::Result<()> {
    let set = sqlx::query!(
        "update app_user set totp_key_id = $2, totp_ciphertext = $3, totp_last_step = null where id = $1",
        user.uuid(),
        secret.key_id,
        secret.ciphertext,
    );
    set.execute(db).await?;
    Ok(())
}

/// Takes a step of the time, once, and none from before one that was taken.
pub(super) async fn use_step(db: &mut PgConnection, user: UserId, step: i64) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "update app_user set totp_last_step = $2
         where id = $1 and totp_ciphertext is not null and (totp_last_step is null or totp_last_step < $2)",
        user.uuid(),
        step,
    );
    Ok(taken.execute(db).await?.rows_affected() == 1)
}

/// Whether the account with this address has a password; `None` without an account.
pub(super) async fn has_password(db: &mut PgConnection, email: &str) -> sqlx::Result<Option<bool>> {
    let found = sqlx::query_scalar!(
        r#"select password_hash is not null as "has_password!" from app_user where email = $1"#,
        email,
    );
    found.fetch_optional(db).await
}

pub(super) async fn account(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Account>> {
    let found = sqlx::query_as!(
        Account,
        r#"select u.email, u.password_hash is not null as "has_password!", i.email as "hubrise_email?"
         from app_user u left join hubrise_identity i on i.user_id = u.id where u.id = $1"#,
        user.uuid(),
    );
    found.fetch_optional(db).await
}

pub(super) async fn choose_language(db: &mut PgConnection, user: UserId, code: &str) -> sqlx::Result<()> {
    sqlx::query!("update app_user set language = $2 where id = $1", user.uuid(), code).execute(db).await?;
    Ok(())
}

/// A HubRise identity, and whose account it is.
pub(super) struct KnownIdentity {
    /// For whoever has proved to be the user of HubRise.
    pub(super) proof: Option<Proof>,
    pub(super) email: String,
    pub(super) name: Option<String>,
}

pub(super) async fn identity(db: &mut PgConnection, id: &HubRiseUserId) -> sqlx::Result<Option<KnownIdentity>> {
    let found = sqlx::query!(
        r#"select i.email, i.name, u.id as "user?: UserId", u.sign_in_epoch as "epoch?"
         from hubrise_identity i left join app_user u on u.id = i.user_id where hubrise_user_id = $1"#,
        id.as_str(),
    );
    let row = found.fetch_optional(db).await?;
    Ok(row.map(|row| {
        let proof = row.user.zip(row.epoch).map(|(user, epoch)| Proof { user, epoch });
        KnownIdentity { proof, email: row.email, name: row.name }
    }))
}

/// As HubRise says it now; whose account it is does not change.
pub(super) async fn record_identity(
    db: &mut PgConnection,
    identity: &Identity,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let recorded = sqlx::query!(
        "insert into hubrise_identity (hubrise_user_id, email, name, locales, proved_at) values ($1, $2, $3, $4, $5)
         on conflict (hubrise_user_id) do update set email = $2, name = $3, locales = $4, proved_at = $5",
        identity.id.as_str(),
        identity.email.as_str(),
        identity.name,
        &identity.locales,
        now,
    );
    recorded.execute(db).await?;
    Ok(())
}

/// `false` for an identity that is another account's.
pub(super) async fn link_identity(db: &mut PgConnection, id: &HubRiseUserId, user: UserId) -> sqlx::Result<bool> {
    let linked = sqlx::query!(
        "update hubrise_identity set user_id = $2 where hubrise_user_id = $1 and user_id is null",
        id.as_str(),
        user.uuid(),
    );
    Ok(linked.execute(db).await?.rows_affected() == 1)
}

pub(super) async fn unlink_identity(db: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!("update hubrise_identity set user_id = null where user_id = $1", user.uuid()).execute(db).await?;
    Ok(())
}

/// Deletes what was said before `before` of people who have no account.
pub(super) async fn purge_identities(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    let purged = sqlx::query!("delete from hubrise_identity where user_id is null and proved_at < $1", before);
    purged.execute(db).await?;
    Ok(())
}

/// Whether somebody has signed in to the account with this address, with this browser, since then.
pub(super) async fn knows_device(
    db: &mut PgConnection,
    device: &Digest,
    email: &EmailAddress,
    since: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists(select from known_device join app_user on app_user.id = known_device.user_id
            where device_digest = $1 and email = $2 and last_used_at >= $3) as "known!""#,
        device.as_bytes(),
        email.as_str(),
        since,
    );
    known.fetch_one(db).await
}

/// All of somebody's, but for those that were used last.
pub(super) async fn forget_oldest_devices(db: &mut PgConnection, user: UserId, kept: i64) -> sqlx::Result<()> {
    let forgotten = sqlx::query!(
        "delete from known_device where user_id = $1 and device_digest in (
            select device_digest from known_device where user_id = $1
            order by last_used_at desc, device_digest offset $2)",
        user.uuid(),
        kept,
    );
    forgotten.execute(db).await?;
    Ok(())
}

/// Whether this browser was given its cookie by us.
pub(super) async fn is_device(db: &mut PgConnection, device: &Digest) -> sqlx::Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists(select from known_device where device_digest = $1) as "known!""#,
        device.as_bytes(),
    );
    known.fetch_one(db).await
}

pub(super) async fn know_device(
    db: &mut PgConnection,
    device: &Digest,
    user: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let known = sqlx::query!(
        "insert into known_device (device_digest, user_id, last_used_at) values ($1, $2, $3)
         on conflict (device_digest, user_id) do update set last_used_at = $3",
        device.as_bytes(),
        user.uuid(),
        now,
    );
    known.execute(db).await?;
    Ok(())
}

/// Those not used since then.
pub(super) async fn forget_devices(db: &mut PgConnection, since: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from known_device where last_used_at < $1", since).execute(db).await?;
    Ok(())
}

sealed_rows! {
    /// The secrets of second factors.
    SealedSecondFactors, "app_user", "totp_key_id", "totp_ciphertext"
}

/// Nobody is let in anywhere with one of these accounts until the transaction ends. Always in the same order, so that
/// no two wait for each other.
pub(super) async fn lock(db: &mut PgConnection, users: &[UserId]) -> sqlx::Result<()> {
    let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    sqlx::query!("select id from app_user where id = any($1) order by id for update", &users).fetch_all(db).await?;
    Ok(())
}

/// Those of these who belong to no organisation, and are not of TicknCook's support.
pub(super) async fn alone_among(db: &mut PgConnection, users: &[UserId]) -> sqlx::Result<Vec<UserId>> {
    let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let found = sqlx::query_scalar!(
        "select id from app_user u where id = any($1) and not is_support
            and not exists (select from membership m where m.user_id = u.id)",
        &users,
    );
    Ok(found.fetch_all(db).await?.into_iter().map(UserId::from).collect())
}

/// Nothing is left of where these people are signed in, but that their account was deleted.
pub(super) async fn forget_sign_ins(db: &mut PgConnection, users: &[UserId], now: DateTime<Utc>) -> sqlx::Result<()> {
    let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let forgotten = sqlx::query!(
        "update browser_session set data = jsonb_build_object($3::text, true), expires_at = $2::timestamptz + interval '1 day'
         where user_id = any($1)",
        &users,
        now,
        ACCOUNT_DELETED,
    );
    forgotten.execute(db).await?;
    Ok(())
}

/// What the session of somebody holds whose account was deleted.
pub(super) const ACCOUNT_DELETED: &str = "account_deleted";

/// With their HubRise identities and memberships.
pub(super) async fn delete(db: &mut PgConnection, users: &[UserId]) -> sqlx::Result<()> {
    let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    sqlx::query!("delete from app_user where id = any($1)", &users).execute(db).await?;
    Ok(())
}

/// Since when somebody has belonged to no organisation, if that was noted.
pub(super) async fn alone_since(db: &mut PgConnection, user: UserId) -> sqlx::Result<Option<DateTime<Utc>>> {
    let found = sqlx::query_scalar!("select alone_since from app_user where id = $1", user.uuid());
    Ok(found.fetch_optional(db).await?.flatten())
}

/// Notes who belongs to no organisation, and who does again.
pub(super) async fn note_alone(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<()> {
    let alone = sqlx::query!(
        "update app_user u set alone_since = $1 where alone_since is null and not is_support
            and not exists (select from membership m where m.user_id = u.id)",
        now,
    );
    alone.execute(&mut *db).await?;
    let not_alone = sqlx::query!(
        "update app_user u set alone_since = null where alone_since is not null
            and exists (select from membership m where m.user_id = u.id)",
    );
    not_alone.execute(db).await?;
    Ok(())
}

/// Those who have belonged to no organisation since before then.
pub(super) async fn alone_before(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<Vec<UserId>> {
    let found = sqlx::query_scalar!("select id from app_user where alone_since < $1 order by id", before);
    Ok(found.fetch_all(db).await?.into_iter().map(UserId::from).collect())
}

/// Deletes sessions that were saved once more after their account was deleted.
pub(super) async fn purge_sessions_of_nobody(db: &mut PgConnection) -> sqlx::Result<()> {
    let purged = sqlx::query!(
        "delete from browser_session s where user_id is not null
            and not exists (select from app_user u where u.id = s.user_id)",
    );
    purged.execute(db).await?;
    Ok(())
}
