//! What HubRise calls what a connection is linked to, in the database, and what it gives no more.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{connections::Gone, ids::ConnectionId};

/// What HubRise calls things now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::upkeep) struct Names {
    pub(in crate::upkeep) account: Option<String>,
    pub(in crate::upkeep) location: Option<String>,
    pub(in crate::upkeep) catalog: Option<String>,
    pub(in crate::upkeep) customer_list: Option<String>,
}

pub(in crate::upkeep) async fn rename(db: &mut PgConnection, id: ConnectionId, names: &Names) -> sqlx::Result<()> {
    let renamed = sqlx::query!(
        "update connection set account_name = $2, location_name = $3, catalog_name = $4, customer_list_name = $5
         where id = $1",
        id.uuid(),
        names.account,
        names.location,
        names.catalog,
        names.customer_list,
    );
    renamed.execute(db).await?;
    Ok(())
}

/// When the names of the catalog and the list were asked for; `None`: they are to be asked for with the next check.
pub(in crate::upkeep) async fn checked(
    db: &mut PgConnection,
    id: ConnectionId,
    at: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!("update connection set names_checked_at = $2 where id = $1", id.uuid(), at).execute(db).await?;
    Ok(())
}

/// What HubRise gives no access to any more, and since when.
pub(in crate::upkeep) async fn set_gone(db: &mut PgConnection, id: ConnectionId, gone: Gone) -> sqlx::Result<()> {
    let set = sqlx::query!(
        "update connection set catalog_gone_since = $2, customer_list_gone_since = $3 where id = $1",
        id.uuid(),
        gone.catalog,
        gone.customer_list,
    );
    set.execute(db).await?;
    Ok(())
}
