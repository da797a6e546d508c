//! What must hold after a run. Time passes first, in the rows that wait for it: whatever is due is done, and nothing
//! else is helped along.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aho_corasick::AhoCorasick;
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, PgPool};
use tickncook_hubrise::polling::poll;

use super::counts::Counts;
use super::hubrise::{Acknowledged, Control};
use super::people::{Manager, PAGES};
use super::restaurants::Restaurant;
use super::run::Run;

/// HubRise's last retry comes an hour after the first try.
pub(super) const ALL_RETRIES: u32 = 3_780;
/// How long what is due may take: a dead worker's jobs are found within a minute.
const DEADLINE: Duration = Duration::from_mins(3);

/// All that can be due; each row says how many of a kind are left.
const LEFT: &str = "
    select 'attempts under way' as what, count(*) as many from authorisation_attempt where status in ('claimed', 'granted')
    union all select 'codes kept', count(*) from authorisation_attempt where code_ciphertext is not null
    union all select 'grants held', count(*) from pending_connection where status = 'held'
    union all select 'revocations', count(*) from revocation where status in ('pending', 'in_flight')
    union all select 'events to apply', count(*) from hubrise_event e where status = 'pending'
        and exists (select from connection c where c.id = e.connection_id)
    union all select 'connections to check', count(*) from connection where next_check_at <= now() or checked_at is null
    union all select 'mails', count(*) from mail where sent_at is null and given_up_at is null
    union all select 'jobs', count(*) from graphile_worker._private_jobs where attempts < max_attempts or locked_at is not null";
/// What is known of the trips of a restaurant, for whoever looks for a lost grant.
const TRIPS: &str = "
    select to_jsonb(a) - array['session_digest', 'state_digest', 'code_digest'] from authorisation_attempt a
        where organisation_id::text = $1 and claimed_at is not null
    union all select to_jsonb(a) from alarm a where organisation_id::text = $1
    union all select to_jsonb(d) || jsonb_build_object('revocation', to_jsonb(r) - 'token_ciphertext')
        from disconnection d join revocation r on r.id = d.revocation_id where organisation_id::text = $1";
/// Those that were replaced while they ran, by a process that died.
const PURGE_JOBS: &str = "select graphile_worker.add_job('purge_jobs', '{}'::json)";

/// What is as if time had passed.
const TIME_PASSES: [&str; 5] = [
    "update connection set next_check_at = now()",
    "update authorisation_attempt set created_at = created_at - interval '64 minutes',
        claimed_at = claimed_at - interval '64 minutes', recovering_since = recovering_since - interval '64 minutes'",
    "update revocation set in_flight_since = in_flight_since - interval '64 minutes' where status = 'in_flight'",
    "update graphile_worker._private_workers set last_heartbeat_at = last_heartbeat_at - interval '1 minute'",
    "select graphile_worker.add_job(name, '{}'::json)
        from unnest(array['sweep_attempts', 'expire_pending_connections']) as name",
];

/// The same for what may come about meanwhile: what waits in the queue, and a grant of a trip that waited until then.
const ALWAYS_DUE: [&str; 2] = [
    "update graphile_worker._private_jobs set run_at = now() where run_at > now()",
    "update pending_connection set expires_at = least(expires_at, now()) where status = 'held'",
];

pub(super) async fn find(run: &mut Run, managers: &mut [Manager], acknowledged: &mut Acknowledged) -> Result<()> {
    let db = run.database.pool();
    let attempts = "select count(*) from authorisation_attempt where failure = 'interrupted'";
    settle(&db).await?;
    run.counts.recovered.add(number(&db, attempts).await?);
    run.counts.alarms.add(number(&db, "select count(*) from alarm where kind = 'grant_unaccounted'").await?);
    run.control.post("clock", json!({ "advance_seconds": ALL_RETRIES })).await?;
    acknowledged.collect(&run.control, &run.counts).await?;
    sqlx::query("update connection set checked_at = null").execute(&db).await?;
    settle(&db).await?;

    events(&run.counts, &db, acknowledged).await?;
    let unknown = grants(&run.control, &run.restaurants, &db).await?;
    run.counts.unaccounted.add(u64::try_from(unknown.len())?);
    pages(run, managers).await?;
    take_up(run, &db, managers, unknown).await?;
    secrets(run, &db).await?;
    db.close().await;
    Ok(())
}

async fn number(db: &PgPool, sql: &'static str) -> Result<u64> {
    let number: i64 = sqlx::query_scalar(sql).fetch_one(db).await?;
    Ok(number.try_into()?)
}

/// Waits until nothing is left to do.
pub(super) async fn settle(db: &PgPool) -> Result<()> {
    for passing in TIME_PASSES {
        sqlx::query(passing).execute(db).await.context("time cannot pass")?;
    }
    let done = poll(DEADLINE, async || Ok::<_, sqlx::Error>(left(db).await?.is_empty().then_some(())));
    if done.await?.is_some() {
        sqlx::query(PURGE_JOBS).execute(db).await?;
        let purged = poll(DEADLINE, async || {
            let jobs: i64 =
                sqlx::query_scalar("select count(*) from graphile_worker._private_jobs").fetch_one(db).await?;
            Ok::<_, sqlx::Error>((jobs == 0).then_some(()))
        });
        if purged.await?.is_some() {
            return Ok(());
        }
    }
    let jobs = "select to_jsonb(j) - 'payload' || jsonb_build_object('task', t.identifier)
        from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
        union all select to_jsonb(w) from graphile_worker._private_workers w";
    let jobs: Vec<serde_json::Value> = sqlx::query_scalar(jobs).fetch_all(db).await?;
    anyhow::bail!("stuck: {:?} {jobs:#?}", left(db).await?)
}

async fn left(db: &PgPool) -> sqlx::Result<Vec<(String, i64)>> {
    for due in ALWAYS_DUE {
        sqlx::query(due).execute(db).await?;
    }
    let left: Vec<(String, i64)> = sqlx::query_as(LEFT).fetch_all(db).await?;
    Ok(left.into_iter().filter(|(_, many)| *many > 0).collect())
}

/// What HubRise believes to be received is here, as it came, once for each connection.
pub(super) async fn events(counts: &Counts, db: &PgPool, acknowledged: &Acknowledged) -> Result<()> {
    counts.stored.add(number(db, "select count(*) from hubrise_event").await?);
    let kept: Vec<(String, Vec<u8>, String)> =
        sqlx::query_as("select event_id, body, connection_id::text from hubrise_event").fetch_all(db).await?;
    let mut bodies: BTreeMap<&str, Vec<(&[u8], &str)>> = BTreeMap::new();
    for (id, body, connection) in &kept {
        bodies.entry(id).or_default().push((body, connection));
    }
    for (id, body) in &acknowledged.0 {
        let found = bodies.get(id.as_str()).with_context(|| format!("the event {id} was acknowledged and is lost"))?;
        let connections: BTreeSet<&str> = found.iter().map(|(_, connection)| *connection).collect();
        ensure!(connections.len() == found.len(), "the event {id} is kept twice");
        ensure!(
            found.iter().any(|(kept, _)| *kept == body.as_bytes()),
            "the event {id} is kept otherwise than it came"
        );
    }
    Ok(())
}

/// Every live grant has its connection, and every connection that is not failing its grant. The locations of the grants
/// that nobody knows; each has an alarm about its restaurant.
pub(super) async fn grants(control: &Control, restaurants: &[Restaurant], db: &PgPool) -> Result<Vec<String>> {
    let mut live = BTreeMap::new();
    for grant in control.list("connections").await? {
        if grant["status"] == "live" {
            let token = grant["access_token"].as_str().context("a token")?;
            let location = grant["location_id"].as_str().unwrap_or_default().to_owned();
            ensure!(live.insert(Sha256::digest(token).to_vec(), location).is_none(), "HubRise gave a token twice");
        }
    }
    let known: Vec<(Vec<u8>, String, bool)> =
        sqlx::query_as("select token_digest, location_id, failed_since is not null from connection")
            .fetch_all(db)
            .await?;
    for (digest, location, is_failing) in &known {
        ensure!(*is_failing || live.contains_key(digest), "the connection of {location} has no grant at HubRise");
    }
    let locations: BTreeSet<&String> = known.iter().map(|(_, location, _)| location).collect();
    ensure!(locations.len() == known.len(), "a location is connected twice");
    let alarms: Vec<Option<String>> = sqlx::query_scalar(
        "select organisation_id::text from alarm where kind = 'grant_unaccounted' and ended_at is null",
    )
    .fetch_all(db)
    .await?;
    let mut unknown = Vec::new();
    for (digest, location) in live {
        if known.iter().any(|(found, _, _)| *found == digest) {
            continue;
        }
        let owner = restaurants.iter().find(|restaurant| restaurant.locations().contains(&location));
        let organisation = &owner.context("a grant of nobody's")?.organisation;
        if !alarms.iter().flatten().any(|about| about == organisation) {
            let told: Vec<serde_json::Value> = sqlx::query_scalar(TRIPS).bind(organisation).fetch_all(db).await?;
            anyhow::bail!("nobody knows the grant of {location}: {}", serde_json::json!(told));
        }
        unknown.push(location);
    }
    Ok(unknown)
}

/// Every page of everybody's answers.
async fn pages(run: &Run, managers: &mut [Manager]) -> Result<()> {
    for manager in managers {
        for page in PAGES {
            let shown = manager.open(page).await?;
            ensure!(shown.status == 200, "{page} answers {}", shown.status);
            run.counts.pages.one();
        }
    }
    for address in run.bridges.addresses() {
        for page in ["/healthz", "/readyz"] {
            let status = reqwest::get(format!("{address}{page}")).await?.status();
            ensure!(status == 200, "{page} answers {status}");
        }
    }
    Ok(())
}

/// Whoever starts again takes up what nobody knew, and the alarm ends with it.
async fn take_up(run: &Run, db: &PgPool, managers: &mut [Manager], unknown: Vec<String>) -> Result<()> {
    for location in &unknown {
        let manager = managers.iter_mut().find(|manager| manager.owns(location)).context("nobody's location")?;
        manager.connect_for_certain(location).await?;
        run.counts.adopted.one();
    }
    if !unknown.is_empty() {
        settle(db).await?;
        let left = grants(&run.control, &run.restaurants, db).await?;
        ensure!(left.is_empty(), "starting again has not taken up {left:?}");
    }
    Ok(())
}

/// No token, no code, and no key of a callback is in a log or readable in the database.
async fn secrets(run: &Run, db: &PgPool) -> Result<()> {
    let mut secrets: Vec<String> = sqlx::query_scalar("select callback_key from connection").fetch_all(db).await?;
    for grant in run.control.list("connections").await? {
        secrets.push(grant["access_token"].as_str().context("a token")?.to_owned());
    }
    let tokens: Vec<String> = secrets.clone();
    secrets.extend(run.street.codes.lock().map_err(|_| anyhow::anyhow!("a browser panicked"))?.iter().cloned());
    // Thousands of secrets in megabytes of logs: one by one, that took longer than the run.
    let any_secret = AhoCorasick::new(&secrets)?;
    let mut logs: Vec<_> = std::fs::read_dir(run.folder.around())?.collect::<Result<Vec<_>, _>>()?;
    logs.extend(std::fs::read_dir(run.folder.data())?.collect::<Result<Vec<_>, _>>()?);
    for log in logs.iter().filter(|log| log.path().extension().is_some_and(|extension| extension == "log")) {
        let text = std::fs::read(log.path())?;
        run.counts.log_bytes.add(u64::try_from(text.len())?);
        let told = any_secret.find_iter(&text).count();
        ensure!(told == 0, "{told} secrets are in {}", log.path().display());
    }
    for table in
        ["authorisation_attempt", "revocation", "alarm", "mail", "history_entry", "graphile_worker._private_jobs"]
    {
        let sql = format!("select count(*) from {table} t, unnest($1::text[]) token where strpos(t::text, token) > 0");
        let told: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(&tokens).fetch_one(db).await?;
        ensure!(told == 0, "{told} secrets are in {table}");
    }
    Ok(())
}
