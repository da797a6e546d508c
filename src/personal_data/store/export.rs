//! The parts of an export. Every column is named, so that none gets out by itself: no token, no key, no digest, nothing
//! that tells browsers apart.

use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use serde_json::Value;
use sqlx::PgConnection;

use crate::ids::OrganisationId;

macro_rules! parts {
    ($($part:ident = $name:literal: $sql:literal;)*) => {
        /// A part of what is kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in super::super) enum Part {
            $($part,)*
            Events,
        }

        impl Part {
            /// All of them, in the order of the export.
            pub(in super::super) const ALL: &[Self] = &[$(Self::$part,)* Self::Events];

            /// What it is called in the export.
            pub(in super::super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$part => $name,)*
                    Self::Events => "events",
                }
            }
        }

        /// The rows of a part, each as a JSON object, as the database sends them.
        pub(in super::super) fn rows(
            db: &mut PgConnection,
            organisation: OrganisationId,
            part: Part,
        ) -> BoxStream<'_, sqlx::Result<String>> {
            match part {
                $(Part::$part => sqlx::query_scalar!(
                    r#"select row_to_json(r)::text as "row!" from ("# + $sql + ") r",
                    organisation.uuid(),
                )
                .fetch(db)
                .boxed(),)*
                Part::Events => events(db, organisation),
            }
        }
    };
}

parts! {
    Organisation = "organisation":
        "select id, name, created_at, trial_ends_at from organisation where id = $1";
    PointsOfSale = "points_of_sale":
        "select id, name, created_at from point_of_sale where organisation_id = $1 order by id";
    Members = "members":
        "select u.id as user_id, u.email, u.name, u.language, u.created_at as account_created_at, u.password_verified_at,
            u.email_proved_at, u.sign_in_epoch,
            i.hubrise_user_id, i.email as hubrise_email, i.name as hubrise_name, i.locales as hubrise_locales,
            i.proved_at as hubrise_proved_at, m.role, m.source, m.created_at, m.verified_at, m.expires_at,
            m.app_instance_id
         from membership m join app_user u on u.id = m.user_id left join hubrise_identity i on i.user_id = u.id
         where m.organisation_id = $1 order by m.created_at, u.id";
    RemovedMembers = "removed_members":
        "select r.user_id, u.email, r.hubrise_user_id, r.removed_at
         from removed_member r left join app_user u on u.id = r.user_id
         where r.organisation_id = $1 order by r.removed_at, r.user_id";
    Invitations = "invitations":
        "select v.id, v.role, v.note, v.created_by, m.email as created_by_email, v.created_at, v.expires_at, v.used_at,
            v.used_by, g.email as used_by_email, v.cancelled_at
         from invitation v left join app_user m on m.id = v.created_by left join app_user g on g.id = v.used_by
         where v.organisation_id = $1 order by v.id";
    OwnerLinks = "owner_links":
        "select l.id, l.point_of_sale_id, l.new_point_of_sale_name, l.account_name, l.location_name, l.created_by,
            u.email as created_by_email, l.created_at, l.expires_at, l.used_at, l.used_location_id,
            l.used_location_name, l.cancelled_at
         from connection_link l left join app_user u on u.id = l.created_by
         where l.organisation_id = $1 order by l.id";
    ApiKeys = "api_keys":
        "select id, name, created_at, last_used_at, expires_at, revoked_at from api_key where organisation_id = $1 order by id";
    Connections = "connections":
        "select c.id, c.point_of_sale_id, c.account_id, c.account_name, c.location_id, c.location_name, c.catalog_id,
            c.catalog_name, c.customer_list_id, c.customer_list_name, c.app_instance_id, c.connected_by,
            u.email as connected_by_email, c.connected_by_link, c.connected_at, c.verified_at, c.failed_since, c.failure,
            c.unreachable_since, c.checked_at, c.next_check_at, c.notice_at, c.notice_refuted_at, c.told_at, c.names_checked_at,
            c.callback_host, c.callback_registered_at, c.callback_checked_at, c.callback_missing_since, c.callback_replaced_at,
            c.events_waiting_since, c.no_orders_since, c.events_wait, c.granted_at, c.catalog_gone_since,
            c.customer_list_gone_since, c.unexpected_since
         from connection c left join app_user u on u.id = c.connected_by
         where c.organisation_id = $1 order by c.id";
    WaitingGrants = "waiting_grants":
        "select id, origin, connection_link_id, reconnects, account_id, account_name, location_id, location_name,
            catalog_id, catalog_name, customer_list_id, customer_list_name, app_instance_id, status, connection_id,
            failure, obstacle_point_of_sale_id, former_catalog, former_customer_list, created_at, granted_at, expires_at,
            finished_at
         from pending_connection where organisation_id = $1 order by id";
    Authorisations = "authorisations":
        "select a.id, a.purpose, a.user_id, u.email as user_email, a.hubrise_user_id, a.point_of_sale_id,
            a.new_point_of_sale_name, a.reconnects, a.connection_link_id, a.app_instance_id, a.return_to, a.status,
            a.failure, a.connection_id, a.pending_connection_id, a.obstacle_point_of_sale_id, a.former_catalog,
            a.former_customer_list, a.created_at, a.expires_at, a.claimed_at, a.recovering_since,
            a.finished_at, a.arrived_at
         from authorisation_attempt a left join app_user u on u.id = a.user_id
         where a.organisation_id = $1
            or a.connection_id in (select id from connection where organisation_id = $1
                union all select connection_id from disconnection where organisation_id = $1)
            or a.pending_connection_id in (select id from pending_connection where organisation_id = $1)
         order by a.id";
    Receipts = "receipts":
        "select d.id, d.point_of_sale_id, d.point_of_sale_name, d.point_of_sale_deleted, d.connection_id, d.account_id,
            d.account_name, d.location_id, d.location_name, d.catalog_id, d.catalog_name, d.customer_list_id,
            d.customer_list_name, d.connected_at, d.disconnected_at, d.requested_by, u.email as requested_by_email,
            d.requested_by_api_key, d.requested_by_support, d.reason, d.revocation_id,
            r.status as revocation_status, r.requested_at as revocation_requested_at,
            r.finished_at as revocation_finished_at, r.callback, r.callback_ended_at
         from disconnection d left join revocation r on r.id = d.revocation_id
            left join app_user u on u.id = d.requested_by
         where d.organisation_id = $1 order by d.id";
    History = "history":
        "select id, at, actor, actor_id, actor_name, action, subject_id, subject_name, connection_id, change_before,
            change_after, reason
         from history_entry where organisation_id = $1 order by id";
    Mails = "mails":
        "select id, purpose, recipient, subject, body_text, connection_id, created_at, sent_at, given_up_at
         from mail where organisation_id = $1 order by id";
    Alarms = "alarms":
        "select id, kind, subject, connection_id, detail, times, first_at, last_at, ended_at
         from alarm where organisation_id = $1 order by id";
    Calls = "calls_to_hubrise":
        "select t.connection_id, c.day, c.method, c.path, c.outcome, c.times, c.first_at, c.last_at, c.milliseconds,
            c.request_excerpt, c.response_excerpt
         from hubrise_call c join (
            select token_digest, id as connection_id from connection where organisation_id = $1
            union select r.token_digest, d.connection_id from disconnection d join revocation r on r.id = d.revocation_id
                where d.organisation_id = $1
                    and not exists (select from connection l where l.token_digest = r.token_digest)) t
            on t.token_digest = c.token_digest
         order by c.last_at, c.path";
}

/// What HubRise sent, with what it says as it came.
fn events(db: &mut PgConnection, organisation: OrganisationId) -> BoxStream<'_, sqlx::Result<String>> {
    let found = sqlx::query!(
        r#"select row_to_json(r)::text as "row!", e.body from hubrise_event e
         cross join lateral (select e.id, e.connection_id, e.event_id, e.resource_type, e.event_type, e.status,
            e.received_at, e.finished_at, e.times) r
         where e.organisation_id = $1"#,
        organisation.uuid(),
    );
    found.fetch(db).map_ok(|event| with_body(&event.row, &event.body)).boxed()
}

/// A JSON object with one thing more: a body that is JSON stands there as such, any other as a text.
fn with_body(object: &str, body: &[u8]) -> String {
    // As a value, which is not read where it is nested so deeply that other programs would not read it either.
    let json = std::str::from_utf8(body).ok().filter(|text| serde_json::from_str::<Value>(text).is_ok());
    let body = match json {
        Some(json) => json.to_owned(),
        None => Value::from(String::from_utf8_lossy(body)).to_string(),
    };
    format!("{},\"body\":{body}}}", object.strip_suffix('}').unwrap_or(object))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::with_body;

    #[test]
    fn whatever_came_is_in_the_document_and_the_document_is_json() {
        let read = |body: &[u8]| serde_json::from_str::<Value>(&with_body(r#"{"times":1}"#, body)).unwrap();
        assert_eq!(read(b"{\"total\": \"9.00 EUR\"}\n"), json!({ "times": 1, "body": { "total": "9.00 EUR" } }));
        assert_eq!(read(b"\xff\",\"a\":[]}"), json!({ "times": 1, "body": "\u{fffd}\",\"a\":[]}" }));
        assert_eq!(read(b"{\"a\":1},\"b\":{"), json!({ "times": 1, "body": "{\"a\":1},\"b\":{" }));
        assert_eq!(read(b""), json!({ "times": 1, "body": "" }));
    }
}
