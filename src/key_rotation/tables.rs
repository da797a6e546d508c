//! The tables that hold something sealed. A test sees to it that none is forgotten.

use sqlx::PgConnection;

/// Does something for each of them, as the type that is named, and gathers what comes of it.
macro_rules! each_table {
    ($rows:ident => $done:expr) => {
        [
            each_table!(@ $crate::connections::SealedTokens, $rows => $done),
            each_table!(@ $crate::authorisations::SealedGrants, $rows => $done),
            each_table!(@ $crate::authorisations::SealedCodes, $rows => $done),
            each_table!(@ $crate::pending_connections::SealedGrants, $rows => $done),
            each_table!(@ $crate::connection_links::SealedLinks, $rows => $done),
            each_table!(@ $crate::team::SealedInvitations, $rows => $done),
            each_table!(@ $crate::users::SealedSecondFactors, $rows => $done),
            each_table!(@ $crate::disconnections::SealedTokens, $rows => $done),
        ]
    };
    (@ $table:path, $rows:ident => $done:expr) => {{
        type $rows = $table;
        $done
    }};
}

pub(super) use each_table;

use crate::crypto::SealedRows;

/// Which rows need a key.
pub(super) struct Use {
    pub(super) table: &'static str,
    pub(super) key_id: String,
    pub(super) rows: i64,
}

/// How many rows of which table need which key.
pub(super) async fn uses(db: &mut PgConnection) -> sqlx::Result<Vec<Use>> {
    let found = each_table!(Rows => (Rows::TABLE, Rows::uses(db).await?));
    let uses = found.into_iter().flat_map(|(table, uses)| {
        uses.into_iter().map(move |found| Use { table, key_id: found.key_id, rows: found.rows })
    });
    Ok(uses.collect())
}

/// Their names.
pub(super) fn names() -> Vec<&'static str> {
    each_table!(Rows => Rows::TABLE).to_vec()
}
