//! Searching. Each kind of thing is looked for by an index of its own, names in a table of their own. Of what matches,
//! no more than some hundreds are looked at, however many there are.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{ConnectionId, DisconnectionId, OrganisationId, PointOfSaleId};

/// A restaurant that was found, and its point of sale that it was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Hit {
    pub(in super::super) organisation: OrganisationId,
    pub(in super::super) point_of_sale: Option<PointOfSaleId>,
}

/// By our own ids of an organisation, a point of sale or a connection.
pub(in super::super) async fn by_own_id(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Vec<Hit>> {
    let found = sqlx::query_as!(
        Hit,
        r#"select id as "organisation!", null::uuid as "point_of_sale: PointOfSaleId" from organisation where id = $1
         union all select organisation_id, id from point_of_sale where id = $1
         union all select organisation_id, point_of_sale_id from connection where id = $1"#,
        id,
    );
    found.fetch_all(db).await
}

/// By the beginning of HubRise's ids of an account or a location, which is an account's with a number.
pub(in super::super) async fn by_hubrise_id(db: &mut PgConnection, id: &str, limit: i64) -> sqlx::Result<Vec<Hit>> {
    let found = sqlx::query_as!(
        Hit,
        r#"(select organisation_id as "organisation!", point_of_sale_id as "point_of_sale: PointOfSaleId" from connection
            where lower(location_id) ~>=~ lower($1) and lower(location_id) ~<~ (lower($1) || U&'\+10FFFF')
            order by lower(location_id) using ~<~ limit $2)
         union
         (select organisation_id, point_of_sale_id from connection
            where lower(account_id) ~>=~ lower($1) and lower(account_id) ~<~ (lower($1) || U&'\+10FFFF')
            order by lower(account_id) using ~<~ limit $2)"#,
        id,
        limit,
    );
    found.fetch_all(db).await
}

/// By a member's address: those that begin so come first, then those that have it within, unless the first are enough.
pub(in super::super) async fn by_email(
    db: &mut PgConnection,
    beginning: &str,
    pattern: &str,
    limit: i64,
) -> sqlx::Result<Vec<Hit>> {
    let found = sqlx::query_as!(
        Hit,
        r#"with beginning as (
            select id, email, 0 as place from app_user where email ~>=~ $1 and email ~<~ ($1 || U&'\+10FFFF')
            order by email using ~<~ limit 100
         ), found as (
            select * from beginning
            union all (select id, email, 1 from app_user
                where (select count(*) from beginning) < 100 and email like $2 and not starts_with(email, $1) limit 100)
         )
         select m.organisation_id as "organisation!", null::uuid as "point_of_sale: PointOfSaleId"
         from found f join membership m on m.user_id = f.id order by f.place, length(f.email), f.email limit $3"#,
        beginning,
        pattern,
        limit,
    );
    found.fetch_all(db).await
}

/// What a name must be like.
pub(in super::super) struct Wanted {
    /// Names that begin so come first.
    pub(in super::super) beginning: String,
    /// A name must match all.
    pub(in super::super) patterns: [String; 4],
}

/// Names of one kind: the first that begin so; then others, unless these are `enough`, of the newest things if many of
/// these match, else by the index, which reads all that match. Thus neither many nor few cost much. The patterns are
/// made comparable once, not for each name.
macro_rules! names {
    ($kind:literal, $type:ty, $enough:literal, $shown:literal, $wanted:expr, $limit:expr) => {{
        let Wanted { beginning, patterns: [first, second, third, fourth] } = $wanted;
        sqlx::query_as!(
            $type,
            "with beginning as (
                select id, organisation, point_of_sale, words, 0 as place from search_name
                where kind = '"
                + $kind
                + r#"' and words ~>=~ (select searchable($1)) and words ~<~ (select searchable($1) || U&'\+10FFFF')
                order by words using ~<~ limit 26
             ), newest as (
                select id, organisation, point_of_sale, words, 1 as place
                from (select * from search_name where kind = '"#
                + $kind
                + "' order by id desc limit 3000) n
                where not "
                + $enough
                + " and words like (select searchable($2)) and words like (select searchable($3))
                    and words like (select searchable($4)) and words like (select searchable($5))
                limit 26
             ), other as (
                select id, organisation, point_of_sale, words, 1 as place from search_name
                where kind = '"
                + $kind
                + "' and not "
                + $enough
                + " and (select count(*) from newest) < 26
                    and words like (select searchable($2)) and words like (select searchable($3))
                    and words like (select searchable($4)) and words like (select searchable($5))
                limit 100
             ), found as (
                select id, organisation, point_of_sale, words, min(place) as place
                from (select * from beginning union all select * from newest union all select * from other) f
                group by id, organisation, point_of_sale, words
             ) " + $shown,
            beginning,
            first,
            second,
            third,
            fourth,
            $limit,
        )
    }};
}

macro_rules! hits {
    ($kind:literal, $wanted:expr, $limit:expr) => {
        names!(
            $kind,
            Hit,
            "((select count(*) from beginning) = 26)",
            r#"select organisation as "organisation!", point_of_sale as "point_of_sale: PointOfSaleId"
             from found order by place, length(words), words, id limit $6"#,
            $wanted,
            $limit
        )
    };
}

/// By an organisation's name, the shortest first.
pub(in super::super) async fn by_name(db: &mut PgConnection, wanted: &Wanted, limit: i64) -> sqlx::Result<Vec<Hit>> {
    hits!("organisation", wanted, limit).fetch_all(db).await
}

/// By the names of a HubRise location and account together, the shortest first.
pub(in super::super) async fn by_location(
    db: &mut PgConnection,
    wanted: &Wanted,
    limit: i64,
) -> sqlx::Result<Vec<Hit>> {
    hits!("connection", wanted, limit).fetch_all(db).await
}

/// By the name of a point of sale, the shortest first.
pub(in super::super) async fn by_point_of_sale(
    db: &mut PgConnection,
    wanted: &Wanted,
    limit: i64,
) -> sqlx::Result<Vec<Hit>> {
    hits!("point_of_sale", wanted, limit).fetch_all(db).await
}

/// A receipt that was found.
pub(in super::super) struct FoundReceipt {
    pub(in super::super) id: DisconnectionId,
    pub(in super::super) organisation: OrganisationId,
    pub(in super::super) connection: Option<ConnectionId>,
    pub(in super::super) point_of_sale_name: String,
    pub(in super::super) disconnected_at: DateTime<Utc>,
}

/// A receipt by its id, or that of the connection that it is about.
pub(in super::super) async fn receipt(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<FoundReceipt>> {
    let found = sqlx::query_as!(
        FoundReceipt,
        r#"select id, organisation_id as organisation, connection_id as "connection: ConnectionId", point_of_sale_name, disconnected_at
         from disconnection where id = $1 or connection_id = $1 limit 1"#,
        id,
    );
    found.fetch_optional(db).await
}

/// Receipts of what is not linked again, by the names of a point of sale and a HubRise location together, the newest
/// first.
pub(in super::super) async fn receipts(
    db: &mut PgConnection,
    wanted: &Wanted,
    limit: i64,
) -> sqlx::Result<Vec<FoundReceipt>> {
    let found = names!(
        "receipt",
        FoundReceipt,
        // Of those that begin so, all may be linked again.
        "false",
        r#"select d.id, d.organisation_id as organisation, d.connection_id as "connection: ConnectionId",
            d.point_of_sale_name, d.disconnected_at
         from found join disconnection d on d.id = found.id
         where not exists (select 1 from connection c where c.location_id = d.location_id)
         order by d.disconnected_at desc, d.id limit $6"#,
        wanted,
        limit
    );
    found.fetch_all(db).await
}

/// The same by the beginning of HubRise's ids of an account or a location.
pub(in super::super) async fn receipts_by_hubrise_id(
    db: &mut PgConnection,
    id: &str,
    limit: i64,
) -> sqlx::Result<Vec<FoundReceipt>> {
    let found = sqlx::query_as!(
        FoundReceipt,
        r#"with found as (
            (select * from disconnection d
                where lower(location_id) ~>=~ lower($1) and lower(location_id) ~<~ (lower($1) || U&'\+10FFFF')
                    and not exists (select from connection c where c.location_id = d.location_id)
                order by lower(location_id) using ~<~ limit 100)
            union
            (select * from disconnection d
                where lower(account_id) ~>=~ lower($1) and lower(account_id) ~<~ (lower($1) || U&'\+10FFFF')
                    and not exists (select from connection c where c.location_id = d.location_id)
                order by lower(account_id) using ~<~ limit 100)
         )
         select d.id as "id!", d.organisation_id as "organisation!", d.connection_id as "connection: ConnectionId",
            d.point_of_sale_name as "point_of_sale_name!", d.disconnected_at as "disconnected_at!"
         from found d order by d.disconnected_at desc, d.id limit $2"#,
        id,
        limit,
    );
    found.fetch_all(db).await
}

/// An organisation, in numbers.
pub(in super::super) struct Organisation {
    pub(in super::super) id: OrganisationId,
    pub(in super::super) name: String,
    pub(in super::super) points_of_sale: i64,
    pub(in super::super) connected: i64,
    pub(in super::super) failing: i64,
    pub(in super::super) no_orders: i64,
    pub(in super::super) unreachable: i64,
}

pub(in super::super) async fn organisations(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Organisation>> {
    let found = sqlx::query_as!(
        Organisation,
        r#"select o.id, o.name,
            (select count(*) from point_of_sale p where p.organisation_id = o.id) as "points_of_sale!",
            c.connected as "connected!", c.failing as "failing!", c.no_orders as "no_orders!",
            c.unreachable as "unreachable!"
         from organisation o cross join lateral (
            select count(*) as connected, count(*) filter (where failed_since is not null) as failing,
                count(*) filter (where failed_since is null and no_orders_since is not null) as no_orders,
                count(*) filter (where failed_since is null and no_orders_since is null and unreachable_since is not null)
                    as unreachable
            from connection where organisation_id = o.id) c
         where o.id = any($1)"#,
        ids,
    );
    found.fetch_all(db).await
}

/// A point of sale, and what it is linked to.
#[derive(Clone, Debug)]
pub(in super::super) struct Row {
    pub(in super::super) organisation: OrganisationId,
    pub(in super::super) organisation_name: String,
    pub(in super::super) name: String,
    pub(in super::super) connection: Option<ConnectionId>,
    pub(in super::super) account_id: Option<String>,
    pub(in super::super) account_name: Option<String>,
    pub(in super::super) location_id: Option<String>,
    pub(in super::super) location_name: Option<String>,
    pub(in super::super) verified_at: Option<DateTime<Utc>>,
    pub(in super::super) failed_since: Option<DateTime<Utc>>,
    pub(in super::super) failure: Option<String>,
    pub(in super::super) unreachable_since: Option<DateTime<Utc>>,
    pub(in super::super) unexpected_since: Option<DateTime<Utc>>,
    pub(in super::super) no_orders_since: Option<DateTime<Utc>>,
    pub(in super::super) events_wait: bool,
}

/// The points of sale of these organisations, up to `limit` of each: first those that were searched for, then those
/// that something is wrong with. Of a chain, the others are not read.
pub(in super::super) async fn rows(
    db: &mut PgConnection,
    organisations: &[Uuid],
    wanted: &[Uuid],
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let found = sqlx::query_as!(
        Row,
        r#"select o.id as organisation, o.name as organisation_name, p.name,
            p.connection as "connection?: ConnectionId", p.account_id as "account_id?", p.account_name,
            p.location_id as "location_id?", p.location_name, p.verified_at as "verified_at?", p.failed_since, p.failure,
            p.unreachable_since, p.unexpected_since, p.no_orders_since, coalesce(p.events_wait, false) as "events_wait!"
         from organisation o cross join lateral (
            select p.name, c.id as connection, c.account_id, c.account_name, c.location_id, c.location_name,
                c.verified_at, c.failed_since, c.failure, c.unreachable_since, c.unexpected_since,
                c.no_orders_since, c.events_wait,
                row_number() over (order by p.id = any($2) desc, c.failed_since is null, c.no_orders_since is null,
                    c.unreachable_since is null, lower(p.name), p.id) as place
            from (
                select id from point_of_sale where organisation_id = o.id and id = any($2)
                union select point_of_sale_id from connection
                    where organisation_id = o.id
                        and (failed_since is not null or unreachable_since is not null or no_orders_since is not null)
                union (select id from point_of_sale where organisation_id = o.id order by lower(name) limit $3)
            ) candidate
            join point_of_sale p on p.id = candidate.id
            left join connection c on c.point_of_sale_id = p.id
            order by place limit $3) p
         where o.id = any($1) order by o.id, p.place"#,
        organisations,
        wanted,
        limit,
    );
    found.fetch_all(db).await
}
