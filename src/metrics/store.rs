//! How things stand in the database when somebody asks. The same for every process.

use std::time::Duration;

use anyhow::{Context as _, Result};
use metrics::gauge;

use crate::{app::App, database::KeptConnection};

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Counts, and sets the gauges. A check is overdue where nobody takes it on; and where it is taken on again and again, as it
/// is every two minutes, and comes to nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) async fn measure(app: &App) -> Result<()> {
    // Of very many connections the database's own estimate will do: counting them would be most of what a scrape costs.
    let found = sqlx::query!(
        r#"select (select case when reltuples < 100000 then (select count(*) from connection) else reltuples::bigint end
                from pg_class where oid = 'connection'::regclass) as "connections!",
            (select count(*) from connection where failed_since is not null) as "failing!",
            (select count(*) from connection where no_orders_since is not null and failed_since is null) as "no_orders!",
            (select count(*) from connection where unreachable_since is not null) as "unreachable!",
            (select count(*) from connection where next_check_at < $1::timestamptz + interval '2 minutes'
                and (next_check_at < $1::timestamptz - interval '5 minutes'
                    or coalesce(case when checked_at <= $1::timestamptz + interval '1 minute' then checked_at end, connected_at)
                        < $1::timestamptz - interval '2 hours'))
            + (select count(*) from connection where next_check_at > $1::timestamptz + interval '70 minutes'
                and checked_at > $1::timestamptz + interval '1 minute') as "overdue!",
            (select count(*) from hubrise_event where status = 'pending') as "events!",
            (select count(*) from revocation where status in ('pending', 'in_flight')) as "revocations!",
            (select count(*) from mail where sent_at is null and given_up_at is null) as "mails!",
            (select count(*) from alarm where ended_at is null) as "alarms!""#,
        app.clock.now(),
    );
    // Also while all others wait for the database.
    let _turn = app.urgent_db.turn().await.context("too many wait for the database")?;
    let mut reserved = KeptConnection::of(app.urgent_db.pool());
    let found = reserved.in_time(PATIENCE, async |db| found.fetch_one(db).await).await?;
    gauge!("tickncook_connections").set(found.connections as f64);
    gauge!("tickncook_connections_failing").set(found.failing as f64);
    gauge!("tickncook_connections_without_orders").set(found.no_orders as f64);
    gauge!("tickncook_connections_unreachable").set(found.unreachable as f64);
    gauge!("tickncook_checks_overdue").set(found.overdue as f64);
    gauge!("tickncook_events_pending").set(found.events as f64);
    gauge!("tickncook_revocations_open").set(found.revocations as f64);
    gauge!("tickncook_mails_unsent").set(found.mails as f64);
    gauge!("tickncook_alarms_open").set(found.alarms as f64);
    gauge!("tickncook_database_connections").set(f64::from(app.db.size()));
    gauge!("tickncook_database_connections_idle").set(app.db.num_idle() as f64);
    Ok(())
}
