//! The attempts, in the database. Their status walks one way, and every step says from where: whoever comes second
//! finds nothing to update.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::{
    Failure,
    attempt::{Attempt, Columns, Outcome, Row},
    service::{Purpose, Traveller},
};
use crate::{
    alarms,
    connections::Former,
    crypto::{Sealed, sealed_rows},
    hubrise::{AppInstanceId, AuthorisationCode, HubRiseUserId},
    ids::{
        AttemptId, BrowserId, ConnectionId, ConnectionLinkId, OrganisationId, PendingConnectionId, PointOfSaleId,
        UserId,
    },
    secrets::Digest,
};

/// How long a state is good.
const STATE_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// How long after its claim an attempt is lost, unless it has ended: whoever worked on it is gone, or has given it up.
pub(super) const LOST_AFTER: TimeDelta = TimeDelta::minutes(3);

/// A code that came in: kept while nobody knows what HubRise gave for it. The database wipes it with the end of the
/// claim.
pub(super) struct Code {
    pub(super) digest: Digest,
    pub(super) sealed: Sealed,
}

/// A trip that begins here, with a state.
pub(super) async fn insert(
    db: &mut PgConnection,
    id: AttemptId,
    purpose: &Purpose,
    traveller: Traveller,
    state: &SecretString,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let columns = Columns::of(purpose);
    let state = Digest::of(state.expose_secret());
    let inserted = sqlx::query!(
        "insert into authorisation_attempt (id, purpose, organisation_id, user_id, session_digest, browser_id,
            state_digest, point_of_sale_id, new_point_of_sale_name, reconnects, connection_link_id, app_instance_id,
            return_to, hubrise_user_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        id.uuid(),
        purpose.word(),
        columns.organisation.map(OrganisationId::uuid),
        columns.user.map(UserId::uuid),
        traveller.session.as_ref().map(Digest::as_bytes),
        traveller.browser.uuid(),
        state.as_bytes(),
        columns.point_of_sale.map(PointOfSaleId::uuid),
        columns.new_name,
        columns.reconnects.map(ConnectionId::uuid),
        columns.link.map(ConnectionLinkId::uuid),
        columns.app_instance.map(AppInstanceId::as_str),
        columns.return_to,
        columns.newcomer.map(HubRiseUserId::as_str),
        now,
        now + STATE_LIFETIME,
    );
    inserted.execute(db).await?;
    Ok(())
}

/// A trip that HubRise began: it has no state, and is claimed as it comes in. `false` if this code came in before.
pub(super) async fn insert_install(
    db: &mut PgConnection,
    id: AttemptId,
    browser: BrowserId,
    code: &Code,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "insert into authorisation_attempt (id, purpose, browser_id, status, code_digest, claimed_at, created_at,
            expires_at, code_key_id, code_ciphertext)
         values ($1, 'install', $2, 'claimed', $3, $4, $4, $4, $5, $6)
         on conflict (code_digest) where purpose = 'install' do nothing",
        id.uuid(),
        browser.uuid(),
        code.digest.as_bytes(),
        now,
        code.sealed.key_id,
        code.sealed.ciphertext,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

macro_rules! select {
    ($filter:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id, purpose, organisation_id as "organisation_id: OrganisationId",
                user_id as "user_id: UserId", session_digest, browser_id as "browser_id: BrowserId",
                point_of_sale_id as "point_of_sale_id: PointOfSaleId", new_point_of_sale_name,
                reconnects as "reconnects: ConnectionId", connection_link_id as "connection_link_id: ConnectionLinkId",
                app_instance_id as "app_instance_id: AppInstanceId", return_to,
                hubrise_user_id as "hubrise_user_id: HubRiseUserId", status, failure, code_digest,
                connection_id as "connection_id: ConnectionId",
                pending_connection_id as "pending_connection_id: PendingConnectionId",
                obstacle_point_of_sale_id as "obstacle_point_of_sale_id: PointOfSaleId", former_catalog,
                former_customer_list, claimed_at, expires_at
            from authorisation_attempt "# + $filter,
            $($value),*
        )
    };
}

/// By the state that HubRise sends back. Whoever has it has it from us; whether it is theirs is for the caller to say.
pub(super) async fn by_state(db: &mut PgConnection, state: &str) -> sqlx::Result<Option<Attempt>> {
    let state = Digest::of(state);
    let found = select!("where state_digest = $1", state.as_bytes());
    found.fetch_optional(db).await?.map(Row::read).transpose()
}

/// The trip that HubRise began with this code.
pub(super) async fn by_install_code(db: &mut PgConnection, code: &AuthorisationCode) -> sqlx::Result<Option<Attempt>> {
    let code = code.digest();
    let found = select!("where purpose = 'install' and code_digest = $1", code.as_bytes());
    found.fetch_optional(db).await?.map(Row::read).transpose()
}

/// One of any organisation's or browser's: whether the reader may see it is for the caller to say.
pub(super) async fn find(db: &mut PgConnection, id: AttemptId) -> sqlx::Result<Option<Attempt>> {
    select!("where id = $1", id.uuid()).fetch_optional(db).await?.map(Row::read).transpose()
}

/// Pending → claimed. Of several requests with the same state, one gets `true`.
pub(super) async fn claim(db: &mut PgConnection, id: AttemptId, code: &Code, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let claimed = sqlx::query!(
        "update authorisation_attempt set status = 'claimed', claimed_at = $2, code_digest = $3, code_key_id = $4,
            code_ciphertext = $5
         where id = $1 and status = 'pending' and expires_at > $2",
        id.uuid(),
        now,
        code.digest.as_bytes(),
        code.sealed.key_id,
        code.sealed.ciphertext,
    );
    Ok(claimed.execute(db).await?.rows_affected() == 1)
}

/// What is known once a token is held.
pub(super) struct Held {
    /// Whether HubRise refused our client secret until now, as far as the alarms tell.
    pub(super) client_was_refused: bool,
}

/// Claimed → granted, under the token's lock: the token is ours, and must not be lost. `None` if somebody else has
/// ended the attempt. Done twice, when an answer of the database was lost, it is done once. A transaction of its own,
/// in one statement: it waits for the lock while it looks, and the row that it changes is looked at again as it is
/// then.
pub(super) async fn hold_grant(
    db: &mut PgConnection,
    id: AttemptId,
    grant: &Sealed,
    digest: &Digest,
) -> sqlx::Result<Option<Held>> {
    let held = sqlx::query_as!(
        Held,
        r#"update authorisation_attempt set status = 'granted', grant_key_id = $2, grant_ciphertext = $3,
            grant_digest = $4
         from (select pg_advisory_xact_lock($5)) as locked
         where id = $1 and (status = 'claimed' or (status = 'granted' and grant_digest = $4))
         returning exists (select from alarm where kind = $6 and ended_at is null)
            as "client_was_refused!""#,
        id.uuid(),
        grant.key_id,
        grant.ciphertext,
        digest.as_bytes(),
        digest.lock_key(),
        alarms::Kind::ClientRejected.word(),
    );
    held.fetch_optional(db).await
}

/// What is known of an attempt that has come to its end.
pub(super) struct Completed {
    /// Whether an alarm lasts about this subject: a grant that nobody here knows of.
    pub(super) is_unaccounted: bool,
}

/// Granted → completed; the held token is wiped, whatever the attempt came to has it now. `None` if somebody else has
/// ended it.
pub(super) async fn complete(
    db: &mut PgConnection,
    id: AttemptId,
    outcome: &Outcome,
    former: &Former,
    subject: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Completed>> {
    let (connection, pending, user) = match outcome {
        Outcome::Connected(connection) => (Some(connection.uuid()), None, None),
        Outcome::Held(pending) => (None, Some(pending.uuid()), None),
        Outcome::Proved(user) => (None, None, Some(user.as_str())),
    };
    let completed = sqlx::query_as!(
        Completed,
        r#"update authorisation_attempt set status = 'completed', connection_id = $2, pending_connection_id = $3,
            hubrise_user_id = coalesce($4, hubrise_user_id), former_catalog = $5, former_customer_list = $6,
            finished_at = $7, grant_key_id = null, grant_ciphertext = null, grant_digest = null
         where id = $1 and status = 'granted'
         returning exists (select from alarm where kind = $8 and subject = $9 and ended_at is null)
            as "is_unaccounted!""#,
        id.uuid(),
        connection,
        pending,
        user,
        former.catalog,
        former.customer_list,
        now,
        alarms::Kind::GrantUnaccounted.word(),
        subject,
    );
    completed.fetch_optional(db).await
}

/// A sign-in that has succeeded lets a browser in. Only the first one that asks gets `true`.
pub(super) async fn arrive(db: &mut PgConnection, id: AttemptId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let arrived = sqlx::query!(
        "update authorisation_attempt set arrived_at = $2 where id = $1 and status = 'completed' and arrived_at is null",
        id.uuid(),
        now,
    );
    Ok(arrived.execute(db).await?.rows_affected() == 1)
}

/// Anything unfinished → failed; a held token is wiped.
pub(super) async fn fail(
    db: &mut PgConnection,
    id: AttemptId,
    failure: Failure,
    obstacle: Option<PointOfSaleId>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let failed = sqlx::query!(
        "update authorisation_attempt set status = 'failed', failure = $2, obstacle_point_of_sale_id = $3,
            claimed_at = coalesce(claimed_at, $4), finished_at = $4,
            grant_key_id = null, grant_ciphertext = null, grant_digest = null
         where id = $1 and status in ('pending', 'claimed', 'granted')",
        id.uuid(),
        failure.word(),
        obstacle.map(PointOfSaleId::uuid),
        now,
    );
    Ok(failed.execute(db).await?.rows_affected() == 1)
}

/// Takes up those claimed before `before` and not finished: their process died. Nobody else takes them up before `now`
/// is as long ago.
pub(super) async fn take_up_abandoned(
    db: &mut PgConnection,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<AttemptId>> {
    let found = sqlx::query_scalar!(
        "update authorisation_attempt set recovering_since = $2
         where status in ('claimed', 'granted') and claimed_at < $1
            and (recovering_since is null or recovering_since < $1 or recovering_since > $2)
         returning id",
        before,
        now,
    );
    Ok(found.fetch_all(db).await?.into_iter().map(AttemptId::from).collect())
}

/// The code of an attempt that is still claimed, where it was kept.
pub(super) async fn kept_code(db: &mut PgConnection, id: AttemptId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query!(
        "select code_key_id, code_ciphertext from authorisation_attempt where id = $1 and status = 'claimed'",
        id.uuid(),
    );
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| Sealed::of_columns(row.code_key_id, row.code_ciphertext)))
}

/// Whether whoever made this attempt has begun again since then, for the same point of sale, and come to an end.
pub(super) async fn has_succeeded_since(
    db: &mut PgConnection,
    id: AttemptId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from authorisation_attempt this
            join authorisation_attempt later on later.purpose = this.purpose and later.status = 'completed'
                and later.created_at between this.claimed_at and $2
                and later.point_of_sale_id is not distinct from this.point_of_sale_id
                and later.new_point_of_sale_name is not distinct from this.new_point_of_sale_name
                and later.user_id is not distinct from this.user_id
                and later.connection_link_id is not distinct from this.connection_link_id
                and (this.user_id is not null or this.connection_link_id is not null
                    or later.browser_id = this.browser_id)
            where this.id = $1) as "found!""#,
        id.uuid(),
        now,
    );
    found.fetch_one(db).await
}

/// The grant that an unfinished attempt holds, if it holds one; kept as it is until the transaction ends.
pub(super) async fn lock_grant(db: &mut PgConnection, id: AttemptId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query!(
        r#"select grant_key_id, grant_ciphertext from authorisation_attempt
         where id = $1 and status in ('claimed', 'granted') for update"#,
        id.uuid(),
    );
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| Sealed::of_columns(row.grant_key_id, row.grant_ciphertext)))
}

/// What is known of an attempt that still holds its grant.
pub(super) struct StillGranted {
    /// Whether whoever went to connect still manages the organisation: they were asked when they came back, and HubRise
    /// may have taken its time since.
    pub(super) may_connect: bool,
}

/// `None` if it holds its grant no more. Whoever ends it has the lock of the token that the caller holds.
pub(super) async fn still_granted(db: &mut PgConnection, id: AttemptId) -> sqlx::Result<Option<StillGranted>> {
    let found = sqlx::query_as!(
        StillGranted,
        r#"select purpose <> 'connect' or exists (select from membership m
            where m.organisation_id = a.organisation_id and m.user_id = a.user_id and m.role = 'manager')
            as "may_connect!"
         from authorisation_attempt a where id = $1 and status = 'granted'"#,
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// Deletes those of an organisation: that were for it, or came to something of its own.
pub(super) async fn delete_of_organisation(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<Deleted>> {
    let deleted = sqlx::query_as!(
        Deleted,
        "delete from authorisation_attempt where organisation_id = $1
            or connection_id in (select id from connection where organisation_id = $1
                union all select connection_id from disconnection where organisation_id = $1)
            or pending_connection_id in (select id from pending_connection where organisation_id = $1)
         returning id, status, grant_key_id, grant_ciphertext",
        organisation.uuid(),
    );
    deleted.fetch_all(db).await
}

/// Deletes those of these people.
pub(super) async fn delete_of_people(db: &mut PgConnection, users: &[UserId]) -> sqlx::Result<Vec<Deleted>> {
    let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let deleted = sqlx::query_as!(
        Deleted,
        "delete from authorisation_attempt where user_id = any($1) returning id, status, grant_key_id, grant_ciphertext",
        &users,
    );
    deleted.fetch_all(db).await
}

/// An attempt that is gone.
pub(super) struct Deleted {
    pub(super) id: AttemptId,
    status: String,
    grant_key_id: Option<String>,
    grant_ciphertext: Option<Vec<u8>>,
}

impl Deleted {
    /// Whether HubRise had its code, and what it gave for it was not known yet.
    pub(super) fn was_claimed(&self) -> bool {
        self.status == "claimed"
    }

    /// The grant that it held.
    pub(super) fn grant(self) -> Option<Sealed> {
        Sealed::of_columns(self.grant_key_id, self.grant_ciphertext)
    }
}

/// Deletes old attempts that are not under way.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    let purged = sqlx::query!(
        "delete from authorisation_attempt where created_at < $1 and status in ('pending', 'completed', 'failed')",
        before,
    );
    purged.execute(db).await?;
    Ok(())
}

sealed_rows! {
    /// The tokens of trips that have not ended.
    SealedGrants, "authorisation_attempt", "grant_key_id", "grant_ciphertext"
}

sealed_rows! {
    /// The codes of claims that have not ended. Bound to another name than the grants: neither opens in the other's
    /// place.
    SealedCodes, "authorisation_attempt", "code_key_id", "code_ciphertext", bound to "authorisation_attempt.code"
}
