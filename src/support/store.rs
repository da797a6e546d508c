//! Searches across all organisations, for support alone.

use sqlx::PgConnection;

use crate::ids::OrganisationId;

pub(super) struct Row {
    pub(super) id: OrganisationId,
    pub(super) name: String,
    pub(super) points_of_sale: i64,
    pub(super) connected: i64,
}

/// By a part of its name or of a member's address, or of the name or id of a HubRise account or location.
pub(super) async fn search(db: &mut PgConnection, text: &str, limit: i64) -> sqlx::Result<Vec<Row>> {
    let part = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let found = sqlx::query_as!(
        Row,
        r#"select o.id, o.name,
            (select count(*) from point_of_sale p where p.organisation_id = o.id) as "points_of_sale!",
            (select count(*) from connection c where c.organisation_id = o.id) as "connected!"
         from organisation o
         where o.name ilike $1
            or exists (select from membership m join app_user u on u.id = m.user_id
                where m.organisation_id = o.id and u.email ilike $1)
            or exists (select from connection c where c.organisation_id = o.id
                and (c.account_id = $2 or c.location_id = $2 or c.account_name ilike $1 or c.location_name ilike $1))
         order by lower(o.name), o.id limit $3"#,
        part,
        text,
        limit,
    );
    found.fetch_all(db).await
}
