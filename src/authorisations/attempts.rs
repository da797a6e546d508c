//! The attempts, in the database. Their status walks one way, and every step says from where: whoever comes second
//! finds nothing to update.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::{
    Failure,
    service::{Opener, Purpose, Traveller},
};
use crate::{
    connections::{Former, Target},
    crypto::Sealed,
    hubrise::{AppInstanceId, AuthorisationCode, HubRiseUserId},
    ids::{
        AttemptId, BrowserId, ConnectionId, ConnectionLinkId, OrganisationId, PendingConnectionId, PointOfSaleId,
        UserId,
    },
    secrets::Digest,
};

/// The table that a grant is sealed for while it is held.
pub(super) const TABLE: &str = "authorisation_attempt";
/// How long a state is good.
const STATE_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Longer than any attempt takes once it is claimed: whatever worked on it is gone.
pub(super) const LOST_AFTER: TimeDelta = TimeDelta::minutes(3);

/// How far an attempt has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    /// Claimed, or granted: a request talks to HubRise.
    UnderWay,
    Completed(Outcome),
    Failed(Failure),
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A connection that was made, updated, or opened.
    Connected(ConnectionId),
    /// A grant that waits for a person's word.
    Held(PendingConnectionId),
    /// Somebody who has proved to be this user of HubRise.
    Proved(HubRiseUserId),
}

#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) purpose: Purpose,
    pub(super) status: Status,
    pub(super) browser: Option<BrowserId>,
    pub(super) claimed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) obstacle: Option<PointOfSaleId>,
    pub(super) former: Former,
    session_digest: Option<Vec<u8>>,
    code_digest: Option<Vec<u8>>,
}

impl Attempt {
    pub(super) fn began_in(&self, session: &Digest) -> bool {
        self.session_digest.as_deref() == Some(session.as_bytes())
    }

    pub(super) fn was_claimed_with(&self, code: &AuthorisationCode) -> bool {
        self.code_digest.as_deref() == Some(code.digest().as_bytes())
    }
}

impl Purpose {
    /// Its word in the database and in the log.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::Install => "install",
            Self::Link { .. } => "link",
            Self::Open { .. } => "open",
            Self::SignIn { .. } => "sign_in",
        }
    }
}

struct Row {
    id: AttemptId,
    purpose: String,
    organisation_id: Option<OrganisationId>,
    user_id: Option<UserId>,
    session_digest: Option<Vec<u8>>,
    browser_id: Option<BrowserId>,
    point_of_sale_id: Option<PointOfSaleId>,
    new_point_of_sale_name: Option<String>,
    reconnects: Option<ConnectionId>,
    connection_link_id: Option<ConnectionLinkId>,
    app_instance_id: Option<AppInstanceId>,
    return_to: Option<String>,
    hubrise_user_id: Option<HubRiseUserId>,
    status: String,
    failure: Option<String>,
    code_digest: Option<Vec<u8>>,
    connection_id: Option<ConnectionId>,
    pending_connection_id: Option<PendingConnectionId>,
    obstacle_point_of_sale_id: Option<PointOfSaleId>,
    former_catalog: Option<String>,
    former_customer_list: Option<String>,
    claimed_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

impl Row {
    /// `None` for a combination that the table's checks forbid.
    fn purpose(&self) -> Option<Purpose> {
        let target = || self.point_of_sale_id.map_or(Target::New(self.new_point_of_sale_name.clone()), Target::Existing);
        Some(match self.purpose.as_str() {
            "connect" => Purpose::Connect {
                organisation: self.organisation_id?,
                user: self.user_id?,
                target: target(),
                reconnects: self.reconnects,
            },
            "install" => Purpose::Install,
            "link" => Purpose::Link { organisation: self.organisation_id?, link: self.connection_link_id? },
            "open" => Purpose::Open {
                opener: match self.user_id {
                    Some(user) => Opener::User(user),
                    None => Opener::Newcomer(self.hubrise_user_id.clone()?),
                },
                app_instance: self.app_instance_id.clone()?,
                return_to: self.return_to.clone()?,
            },
            "sign_in" => Purpose::SignIn { return_to: self.return_to.clone()? },
            _ => return None,
        })
    }

    fn status(&self) -> Option<Status> {
        Some(match self.status.as_str() {
            "pending" => Status::Pending,
            "claimed" | "granted" => Status::UnderWay,
            "failed" => {
                let failure = self.failure.as_deref().and_then(Failure::parse);
                Status::Failed(failure.unwrap_or(Failure::Interrupted))
            }
            _ => Status::Completed(match (self.connection_id, self.pending_connection_id) {
                (Some(connection), _) => Outcome::Connected(connection),
                (None, Some(pending)) => Outcome::Held(pending),
                (None, None) => Outcome::Proved(self.hubrise_user_id.clone()?),
            }),
        })
    }

    fn read(self) -> sqlx::Result<Attempt> {
        let (Some(purpose), Some(status)) = (self.purpose(), self.status()) else {
            return Err(sqlx::Error::Decode(format!("the attempt {} makes no sense", self.id).into()));
        };
        Ok(Attempt {
            id: self.id,
            purpose,
            status,
            browser: self.browser_id,
            claimed_at: self.claimed_at,
            expires_at: self.expires_at,
            obstacle: self.obstacle_point_of_sale_id,
            former: Former { catalog: self.former_catalog, customer_list: self.former_customer_list },
            session_digest: self.session_digest,
            code_digest: self.code_digest,
        })
    }
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

/// A purpose, taken apart into the columns that keep it.
#[derive(Default)]
struct Columns<'a> {
    organisation: Option<OrganisationId>,
    user: Option<UserId>,
    point_of_sale: Option<PointOfSaleId>,
    new_name: Option<&'a str>,
    reconnects: Option<ConnectionId>,
    link: Option<ConnectionLinkId>,
    app_instance: Option<&'a AppInstanceId>,
    return_to: Option<&'a str>,
    newcomer: Option<&'a HubRiseUserId>,
}

impl<'a> Columns<'a> {
    fn of(purpose: &'a Purpose) -> Self {
        let none = Self::default();
        match purpose {
            Purpose::Connect { organisation, user, target, reconnects } => {
                let (point_of_sale, new_name) = match target {
                    Target::Existing(id) => (Some(*id), None),
                    Target::New(name) => (None, name.as_deref()),
                };
                let (organisation, user) = (Some(*organisation), Some(*user));
                Self { organisation, user, point_of_sale, new_name, reconnects: *reconnects, ..none }
            }
            Purpose::Install => none,
            Purpose::Link { organisation, link } => {
                Self { organisation: Some(*organisation), link: Some(*link), ..none }
            }
            Purpose::Open { opener, app_instance, return_to } => {
                let (user, newcomer) = match opener {
                    Opener::User(user) => (Some(*user), None),
                    Opener::Newcomer(id) => (None, Some(id)),
                };
                Self { user, newcomer, app_instance: Some(app_instance), return_to: Some(return_to), ..none }
            }
            Purpose::SignIn { return_to } => Self { return_to: Some(return_to), ..none },
        }
    }
}

/// A trip that HubRise began: it has no state, and is claimed as it comes in. `false` if this code came in before.
pub(super) async fn insert_install(
    db: &mut PgConnection,
    id: AttemptId,
    browser: BrowserId,
    code: &AuthorisationCode,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let code = code.digest();
    let inserted = sqlx::query!(
        "insert into authorisation_attempt (id, purpose, browser_id, status, code_digest, claimed_at, created_at,
            expires_at)
         values ($1, 'install', $2, 'claimed', $3, $4, $4, $4)
         on conflict (code_digest) where purpose = 'install' do nothing",
        id.uuid(),
        browser.uuid(),
        code.as_bytes(),
        now,
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

/// Granted → completed; the held token is wiped, whatever the attempt came to has it now.
pub(super) async fn complete(
    db: &mut PgConnection,
    id: AttemptId,
    outcome: &Outcome,
    former: &Former,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let (connection, pending, user) = match outcome {
        Outcome::Connected(connection) => (Some(connection.uuid()), None, None),
        Outcome::Held(pending) => (None, Some(pending.uuid()), None),
        Outcome::Proved(user) => (None, None, Some(user.as_str())),
    };
    let completed = sqlx::query!(
        "update authorisation_attempt set status = 'completed', connection_id = $2, pending_connection_id = $3,
            hubrise_user_id = coalesce($4, hubrise_user_id), former_catalog = $5, former_customer_list = $6,
            finished_at = $7, grant_key_id = null, grant_ciphertext = null, grant_digest = null
         where id = $1 and status = 'granted'",
        id.uuid(),
        connection,
        pending,
        user,
        former.catalog,
        former.customer_list,
        now,
    );
    Ok(completed.execute(db).await?.rows_affected() == 1)
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
