//! One connection, be it there or gone, and the restaurant around it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    ids::{ConnectionId, DisconnectionId, MailId, OrganisationId, PointOfSaleId, RevocationId, UserId},
    secrets::Digest,
};

/// What only support is shown of a connection.
pub(in super::super) struct Details {
    pub(in super::super) next_check_at: DateTime<Utc>,
    pub(in super::super) notice_at: Option<DateTime<Utc>>,
    pub(in super::super) callback_registered_at: Option<DateTime<Utc>>,
    pub(in super::super) callback_checked_at: Option<DateTime<Utc>>,
    pub(in super::super) token_digest: Vec<u8>,
}

pub(in super::super) async fn details(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<Option<Details>> {
    let found = sqlx::query_as!(
        Details,
        "select next_check_at, notice_at, callback_registered_at, callback_checked_at, token_digest
         from connection where id = $1",
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// A connection that was cut.
pub(in super::super) struct Gone {
    pub(in super::super) receipt: DisconnectionId,
    pub(in super::super) organisation: OrganisationId,
    pub(in super::super) point_of_sale: PointOfSaleId,
    pub(in super::super) revocation: Option<RevocationId>,
    pub(in super::super) token_digest: Option<Vec<u8>>,
    pub(in super::super) tries: Option<i32>,
}

pub(in super::super) async fn gone(db: &mut PgConnection, id: ConnectionId) -> sqlx::Result<Option<Gone>> {
    let found = sqlx::query_as!(
        Gone,
        r#"select d.id as receipt, d.organisation_id as organisation, d.point_of_sale_id as point_of_sale,
            d.revocation_id as "revocation: RevocationId", r.token_digest as "token_digest?", r.tries as "tries?"
         from disconnection d left join revocation r on r.id = d.revocation_id where d.connection_id = $1"#,
        id.uuid(),
    );
    found.fetch_optional(db).await
}

/// Whose a receipt is, and the connection that it is about.
pub(in super::super) async fn receipt_owner(
    db: &mut PgConnection,
    id: DisconnectionId,
) -> sqlx::Result<Option<(OrganisationId, Option<ConnectionId>)>> {
    let found = sqlx::query!("select organisation_id, connection_id from disconnection where id = $1", id.uuid());
    let row = found.fetch_optional(db).await?;
    Ok(row.map(|row| (row.organisation_id.into(), row.connection_id.map(ConnectionId::from))))
}

/// The addresses of an organisation's managers.
pub(in super::super) async fn managers(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<String>> {
    let found = sqlx::query_scalar!(
        "select u.email from membership m join app_user u on u.id = m.user_id
         where m.organisation_id = $1 and m.role = 'manager' order by u.email limit 20",
        organisation.uuid(),
    );
    found.fetch_all(db).await
}

/// The mails about a connection that are still to be sent, and to whom.
pub(in super::super) async fn unsent_mails(
    db: &mut PgConnection,
    id: ConnectionId,
) -> sqlx::Result<Vec<(MailId, String)>> {
    let found = sqlx::query!(
        "select id, recipient from mail where connection_id = $1 and sent_at is null and given_up_at is null
         order by created_at desc limit 50",
        id.uuid(),
    );
    Ok(found.fetch_all(db).await?.into_iter().map(|row| (row.id.into(), row.recipient)).collect())
}

/// Whether this person looked at this connection after `since`; until the transaction ends, nobody else asks the same.
pub(in super::super) async fn lock_whether_looked(
    db: &mut PgConnection,
    user: UserId,
    id: ConnectionId,
    since: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let lock = Digest::of([user.uuid().into_bytes(), id.uuid().into_bytes()].concat()).lock_key();
    sqlx::query!("select pg_advisory_xact_lock($1)", lock).fetch_one(&mut *db).await?;
    let found = sqlx::query_scalar!(
        r#"select exists (select from history_entry
            where connection_id = $1 and action = 'support_looked' and actor_id = $2 and at > $3) as "looked!""#,
        id.uuid(),
        user.uuid(),
        since,
    );
    found.fetch_one(db).await
}
