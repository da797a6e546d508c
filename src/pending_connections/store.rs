//! The grants that wait, in the database. One is read by its browser alone; its status walks one way.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Origin;
use crate::{
    authorisations::{Failure, Proven},
    connections::{Former, Link, name_and_id},
    crypto::{Sealed, sealed_rows},
    hubrise::{AppInstanceId, CatalogId, CustomerListId, Named},
    ids::{BrowserId, ConnectionId, ConnectionLinkId, OrganisationId, PendingConnectionId, PointOfSaleId},
};

/// A grant that waits, or has waited; without its token.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) id: PendingConnectionId,
    pub(super) origin: Origin,
    pub(super) status: Status,
    /// Whose it is, once that is settled.
    pub(super) organisation: Option<OrganisationId>,
    pub(super) obstacle: Option<PointOfSaleId>,
    pub(super) former: Former,
    pub(super) account_id: String,
    pub(super) account_name: Option<String>,
    pub(super) location_id: String,
    pub(super) location_name: Option<String>,
    pub(super) catalog: Option<Named<CatalogId>>,
    pub(super) customer_list: Option<Named<CustomerListId>>,
    pub(super) app_instance: Option<AppInstanceId>,
    pub(super) created_at: DateTime<Utc>,
    /// When HubRise granted it.
    pub(super) granted_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Held,
    Confirmed(ConnectionId),
    Ended(Failure),
}

impl Pending {
    /// What HubRise granted, as people read it.
    pub(super) fn link(&self) -> Link {
        let catalog = self.catalog.as_ref().map(|catalog| (catalog.id.as_str(), catalog.name.as_deref())).unzip();
        let list = self.customer_list.as_ref().map(|list| (list.id.as_str(), list.name.as_deref())).unzip();
        Link {
            account: name_and_id(Some(&self.account_id), self.account_name.as_deref()),
            location: name_and_id(Some(&self.location_id), self.location_name.as_deref()),
            catalog: name_and_id(catalog.0, catalog.1.flatten()),
            customer_list: name_and_id(list.0, list.1.flatten()),
        }
    }
}

struct Row {
    id: PendingConnectionId,
    origin: String,
    organisation_id: Option<OrganisationId>,
    connection_link_id: Option<ConnectionLinkId>,
    reconnects: Option<ConnectionId>,
    account_id: String,
    account_name: Option<String>,
    location_id: String,
    location_name: Option<String>,
    catalog_id: Option<CatalogId>,
    catalog_name: Option<String>,
    customer_list_id: Option<CustomerListId>,
    customer_list_name: Option<String>,
    app_instance_id: Option<AppInstanceId>,
    connection_id: Option<ConnectionId>,
    failure: Option<String>,
    obstacle_point_of_sale_id: Option<PointOfSaleId>,
    former_catalog: Option<String>,
    former_customer_list: Option<String>,
    created_at: DateTime<Utc>,
    granted_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> sqlx::Result<Pending> {
        let origin = match (self.origin.as_str(), self.organisation_id, self.connection_link_id, self.reconnects) {
            ("hubrise", ..) => Origin::HubRise,
            ("link", Some(organisation), Some(link), _) => Origin::Link { organisation, link },
            (_, Some(organisation), _, Some(connection)) => Origin::Reconnection { organisation, connection },
            _ => return Err(sqlx::Error::Decode(format!("the grant {} makes no sense", self.id).into())),
        };
        let failure = self.failure.as_deref().map(|word| Failure::parse(word).unwrap_or(Failure::Interrupted));
        Ok(Pending {
            id: self.id,
            origin,
            status: match (self.connection_id, failure) {
                (Some(connection), _) => Status::Confirmed(connection),
                (None, Some(failure)) => Status::Ended(failure),
                (None, None) => Status::Held,
            },
            organisation: self.organisation_id,
            obstacle: self.obstacle_point_of_sale_id,
            former: Former { catalog: self.former_catalog, customer_list: self.former_customer_list },
            account_id: self.account_id,
            account_name: self.account_name,
            location_id: self.location_id,
            location_name: self.location_name,
            catalog: self.catalog_id.map(|id| Named { id, name: self.catalog_name }),
            customer_list: self.customer_list_id.map(|id| Named { id, name: self.customer_list_name }),
            app_instance: self.app_instance_id,
            created_at: self.created_at,
            granted_at: self.granted_at,
            expires_at: self.expires_at,
        })
    }
}

macro_rules! select {
    ($filter:literal, $($value:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id, origin, organisation_id as "organisation_id: OrganisationId",
                connection_link_id as "connection_link_id: ConnectionLinkId", reconnects as "reconnects: ConnectionId",
                account_id, account_name, location_id, location_name, catalog_id as "catalog_id: CatalogId",
                catalog_name, customer_list_id as "customer_list_id: CustomerListId", customer_list_name,
                app_instance_id as "app_instance_id: AppInstanceId", connection_id as "connection_id: ConnectionId",
                failure, obstacle_point_of_sale_id as "obstacle_point_of_sale_id: PointOfSaleId", former_catalog,
                former_customer_list, created_at, coalesce(granted_at, created_at) as "granted_at!", expires_at
            from pending_connection "# + $filter,
            $($value),*
        )
    };
}

pub(super) async fn insert(
    db: &mut PgConnection,
    id: PendingConnectionId,
    browser: BrowserId,
    origin: Origin,
    proven: &Proven,
    token: &Sealed,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> sqlx::Result<()> {
    let (word, organisation, link, reconnects) = match origin {
        Origin::HubRise => ("hubrise", None, None, None),
        Origin::Link { organisation, link } => ("link", Some(organisation), Some(link), None),
        Origin::Reconnection { organisation, connection } => {
            ("reconnection", Some(organisation), None, Some(connection))
        }
    };
    let (catalog, list) = (proven.catalog.as_ref(), proven.customer_list.as_ref());
    let token_digest = proven.token.digest();
    let inserted = sqlx::query!(
        "insert into pending_connection (id, browser_id, origin, organisation_id, connection_link_id, reconnects,
            account_id, account_name, location_id, location_name, catalog_id, catalog_name, customer_list_id,
            customer_list_name, app_instance_id, token_key_id, token_ciphertext, token_digest, created_at, expires_at,
            granted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        id.uuid(),
        browser.uuid(),
        word,
        organisation.map(OrganisationId::uuid),
        link.map(ConnectionLinkId::uuid),
        reconnects.map(ConnectionId::uuid),
        proven.account.id.as_str(),
        proven.account.name,
        proven.location.id.as_str(),
        proven.location.name,
        catalog.map(|catalog| catalog.id.as_str()),
        catalog.and_then(|catalog| catalog.name.as_deref()),
        list.map(|list| list.id.as_str()),
        list.and_then(|list| list.name.as_deref()),
        proven.app_instance.as_ref().map(AppInstanceId::as_str),
        token.key_id,
        token.ciphertext,
        token_digest.as_bytes(),
        now,
        expires_at,
        proven.granted_at,
    );
    inserted.execute(db).await?;
    Ok(())
}

pub(super) async fn find(
    db: &mut PgConnection,
    browser: BrowserId,
    id: PendingConnectionId,
) -> sqlx::Result<Option<Pending>> {
    let found = select!("where browser_id = $1 and id = $2", browser.uuid(), id.uuid());
    found.fetch_optional(db).await?.map(Row::read).transpose()
}

/// One of any browser's: for the caller to decide by, not to show.
pub(super) async fn granted(db: &mut PgConnection, id: PendingConnectionId) -> sqlx::Result<Option<Pending>> {
    select!("where id = $1", id.uuid()).fetch_optional(db).await?.map(Row::read).transpose()
}

/// Those that can still be confirmed, the newest first.
pub(super) async fn waiting(
    db: &mut PgConnection,
    browser: BrowserId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Pending>> {
    let found = select!(
        "where browser_id = $1 and status = 'held' and expires_at > $2 order by created_at desc",
        browser.uuid(),
        now,
    );
    found.fetch_all(db).await?.into_iter().map(Row::read).collect()
}

/// The token of one that is held.
pub(super) async fn sealed(db: &mut PgConnection, id: PendingConnectionId) -> sqlx::Result<Option<Sealed>> {
    let found = sqlx::query!(
        r#"select token_key_id as "key_id!", token_ciphertext as "ciphertext!"
         from pending_connection where id = $1 and status = 'held'"#,
        id.uuid(),
    );
    Ok(found.fetch_optional(db).await?.map(|row| Sealed { key_id: row.key_id, ciphertext: row.ciphertext }))
}

/// Held → confirmed; the token is wiped, the connection has it now.
pub(super) async fn confirm(
    db: &mut PgConnection,
    id: PendingConnectionId,
    organisation: OrganisationId,
    connection: ConnectionId,
    former: &Former,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let confirmed = sqlx::query!(
        "update pending_connection set status = 'confirmed', organisation_id = $2, connection_id = $3,
            former_catalog = $4, former_customer_list = $5, finished_at = $6, token_key_id = null,
            token_ciphertext = null
         where id = $1 and status = 'held' and expires_at > $6",
        id.uuid(),
        organisation.uuid(),
        connection.uuid(),
        former.catalog,
        former.customer_list,
        now,
    );
    Ok(confirmed.execute(db).await?.rows_affected() == 1)
}

/// Held → ended; the token is wiped.
pub(super) async fn end(
    db: &mut PgConnection,
    id: PendingConnectionId,
    failure: Failure,
    obstacle: Option<PointOfSaleId>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let ended = sqlx::query!(
        "update pending_connection set status = 'ended', failure = $2, obstacle_point_of_sale_id = $3,
            finished_at = $4, token_key_id = null, token_ciphertext = null
         where id = $1 and status = 'held'",
        id.uuid(),
        failure.word(),
        obstacle.map(PointOfSaleId::uuid),
        now,
    );
    Ok(ended.execute(db).await?.rows_affected() == 1)
}

/// Deletes those of an organisation. The tokens of those that were held.
pub(super) async fn delete_of_organisation(
    db: &mut PgConnection,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<(PendingConnectionId, Sealed)>> {
    let deleted = sqlx::query!(
        "delete from pending_connection where organisation_id = $1 returning id, token_key_id, token_ciphertext",
        organisation.uuid(),
    );
    let deleted = deleted.fetch_all(db).await?.into_iter();
    let held = deleted.filter_map(|row| {
        Some((row.id.into(), Sealed { key_id: row.token_key_id?, ciphertext: row.token_ciphertext? }))
    });
    Ok(held.collect())
}

/// Those whose hour is over.
pub(super) async fn expired(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<PendingConnectionId>> {
    let found =
        sqlx::query_scalar!("select id from pending_connection where status = 'held' and expires_at <= $1", now);
    Ok(found.fetch_all(db).await?.into_iter().map(PendingConnectionId::from).collect())
}

/// Deletes those that came to an end long ago.
pub(super) async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("delete from pending_connection where finished_at < $1", before).execute(db).await?;
    Ok(())
}

sealed_rows! {
    /// The tokens of grants that wait for a person's word.
    SealedGrants, "pending_connection", "token_key_id", "token_ciphertext"
}
