//! The attempts, in the database. Their status walks one way, and every step says from where: whoever comes second
//! finds nothing to update.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::{Failure, service::Target};
use crate::{
    crypto::Sealed,
    hubrise::AuthorisationCode,
    ids::{AttemptId, ConnectionId, OrganisationId, PointOfSaleId, UserId},
    secrets::Digest,
};

/// The table that a grant is sealed for while it is held.
pub(super) const TABLE: &str = "authorisation_attempt";
/// How long a state is good.
const STATE_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Longer than any attempt takes once it is claimed: whatever worked on it is gone.
pub(super) const LOST_AFTER: TimeDelta = TimeDelta::minutes(3);

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    /// Claimed, or granted: a request talks to HubRise.
    UnderWay,
    Completed(ConnectionId),
    Failed(Failure),
}

#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) organisation: OrganisationId,
    pub(super) user: UserId,
    pub(super) target: Target,
    pub(super) status: Status,
    pub(super) claimed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) obstacle: Option<PointOfSaleId>,
    session_digest: Vec<u8>,
    code_digest: Option<Vec<u8>>,
}

impl Attempt {
    pub(super) fn began_in(&self, session: &Digest) -> bool {
        self.session_digest == session.as_bytes()
    }

    pub(super) fn was_claimed_with(&self, code: &AuthorisationCode) -> bool {
        self.code_digest.as_deref() == Some(code.digest().as_bytes())
    }
}

struct Row {
    id: AttemptId,
    organisation_id: OrganisationId,
    user_id: UserId,
    session_digest: Vec<u8>,
    point_of_sale_id: Option<PointOfSaleId>,
    new_point_of_sale_name: Option<String>,
    status: String,
    failure: Option<String>,
    code_digest: Option<Vec<u8>>,
    connection_id: Option<ConnectionId>,
    obstacle_point_of_sale_id: Option<PointOfSaleId>,
    claimed_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        let failure = row.failure.as_deref().map(|word| Failure::parse(word).unwrap_or(Failure::Interrupted));
        let status = match (row.connection_id, failure, row.status.as_str()) {
            (Some(connection), ..) => Status::Completed(connection),
            (None, Some(failure), _) => Status::Failed(failure),
            (None, None, "pending") => Status::Pending,
            (None, None, _) => Status::UnderWay,
        };
        Self {
            id: row.id,
            organisation: row.organisation_id,
            user: row.user_id,
            target: row.point_of_sale_id.map_or(Target::New(row.new_point_of_sale_name), Target::Existing),
            status,
            claimed_at: row.claimed_at,
            expires_at: row.expires_at,
            obstacle: row.obstacle_point_of_sale_id,
            session_digest: row.session_digest,
            code_digest: row.code_digest,
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
pub(super) async fn insert(
    db: &mut PgConnection,
    id: AttemptId,
    organisation: OrganisationId,
    user: UserId,
    session: &Digest,
    state: &SecretString,
    target: &Target,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let (point_of_sale, new_name) = match target {
        Target::Existing(id) => (Some(id.uuid()), None),
        Target::New(name) => (None, name.as_deref()),
    };
    let state = Digest::of(state.expose_secret());
    let inserted = sqlx::query!(
        "insert into authorisation_attempt (id, organisation_id, user_id, session_digest, state_digest,
            point_of_sale_id, new_point_of_sale_name, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.uuid(),
        organisation.uuid(),
        user.uuid(),
        session.as_bytes(),
        state.as_bytes(),
        point_of_sale,
        new_name,
        now,
        now + STATE_LIFETIME,
    );
    inserted.execute(db).await?;
    Ok(())
}

macro_rules! select {
    ($filter:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id, organisation_id, user_id, session_digest,
                point_of_sale_id as "point_of_sale_id: PointOfSaleId", new_point_of_sale_name, status, failure,
                code_digest, connection_id as "connection_id: ConnectionId",
                obstacle_point_of_sale_id as "obstacle_point_of_sale_id: PointOfSaleId", claimed_at, expires_at
            from authorisation_attempt "# + $filter,
            $($value),*
        )
    };
}

/// By the state that HubRise sends back. Whoever has it has it from us; whether it is theirs is for the caller to say.
pub(super) async fn by_state(db: &mut PgConnection, state: &str) -> sqlx::Result<Option<Attempt>> {
    let state = Digest::of(state);
    let found = select!("where state_digest = $1", state.as_bytes());
    Ok(found.fetch_optional(db).await?.map(Attempt::from))
}

pub(super) async fn find(
    db: &mut PgConnection,
    organisation: OrganisationId,
    id: AttemptId,
) -> sqlx::Result<Option<Attempt>> {
    let found = select!("where organisation_id = $1 and id = $2", organisation.uuid(), id.uuid());
    Ok(found.fetch_optional(db).await?.map(Attempt::from))
}

/// Pending → claimed. Of several requests with the same state, one gets `true`.
pub(super) async fn claim(
    db: &mut PgConnection,
    id: AttemptId,
    code: &AuthorisationCode,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let code = code.digest();
    let claimed = sqlx::query!(
        "update authorisation_attempt set status = 'claimed', claimed_at = $2, code_digest = $3
         where id = $1 and status = 'pending' and expires_at > $2",
        id.uuid(),
        now,
        code.as_bytes(),
    );
    Ok(claimed.execute(db).await?.rows_affected() == 1)
}

/// Claimed → granted: the token is ours, and must not be lost. Done twice, when an answer of the database was lost, it
/// is done once.
pub(super) async fn hold_grant(
    db: &mut PgConnection,
    id: AttemptId,
    grant: &Sealed,
    digest: &Digest,
) -> sqlx::Result<bool> {
    let held = sqlx::query!(
        "update authorisation_attempt set status = 'granted', grant_key_id = $2, grant_ciphertext = $3,
            grant_digest = $4
         where id = $1 and (status = 'claimed' or (status = 'granted' and grant_digest = $4))",
        id.uuid(),
        grant.key_id,
        grant.ciphertext,
        digest.as_bytes(),
    );
    Ok(held.execute(db).await?.rows_affected() == 1)
}

/// Granted → completed; the held token is wiped, the connection has it now.
pub(super) async fn complete(
    db: &mut PgConnection,
    id: AttemptId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let completed = sqlx::query!(
        "update authorisation_attempt set status = 'completed', connection_id = $2, finished_at = $3,
            grant_key_id = null, grant_ciphertext = null, grant_digest = null
         where id = $1 and status = 'granted'",
        id.uuid(),
        connection.uuid(),
        now,
    );
    Ok(completed.execute(db).await?.rows_affected() == 1)
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

/// Those claimed before `before` and not finished: their process died.
pub(super) async fn abandoned(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<Vec<AttemptId>> {
    let found = sqlx::query_scalar!(
        "select id from authorisation_attempt where status in ('claimed', 'granted') and claimed_at < $1",
        before,
    );
    Ok(found.fetch_all(db).await?.into_iter().map(AttemptId::from).collect())
}

/// The grant that an unfinished attempt holds, if it holds one; kept as it is until the transaction ends.
pub(super) async fn lock_grant(db: &mut PgConnection, id: AttemptId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query!(
        r#"select grant_key_id, grant_ciphertext from authorisation_attempt
         where id = $1 and status in ('claimed', 'granted') for update"#,
        id.uuid(),
    );
    let row = found.fetch_optional(db).await?;
    Ok(row.and_then(|row| Some(Sealed { key_id: row.grant_key_id?, ciphertext: row.grant_ciphertext? })))
}

/// Which keys the held grants are sealed under.
pub(super) async fn key_ids(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    let found = sqlx::query_scalar!(
        r#"select distinct grant_key_id as "key_id!" from authorisation_attempt where grant_key_id is not null"#,
    );
    found.fetch_all(db).await
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
