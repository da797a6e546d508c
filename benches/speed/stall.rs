//! Ten restaurants connect while HubRise takes its time: nothing else may slow down.

use std::{slice, time::Duration};

use anyhow::{Result, ensure};
use hyper::StatusCode;
use serde_json::json;

use crate::{
    callbacks::{Managers, connections},
    events,
    load::{Measured, ask_all},
    pages,
    site::Site,
};

const CONNECTS: usize = 10;
/// How long HubRise takes for each.
const DELAY: Duration = Duration::from_secs(8);
/// How long events and pages are measured meanwhile; less than half of it.
const MEANWHILE: Duration = Duration::from_secs(3);

/// An event sent by one client, and a page asked for by one browser.
pub(crate) struct Others {
    pub(crate) event: Measured,
    pub(crate) page: Measured,
}

async fn others(site: &Site) -> Result<Others> {
    let event = events::measure(&site.host(), &site.key, 1, MEANWHILE).await?;
    let page = pages::measure(&site.host(), slice::from_ref(&site.manager), "/services", 1, MEANWHILE).await?;
    Ok(Others { event, page })
}

/// How the others fare with nobody waiting, and with ten.
pub(crate) async fn measure(site: &Site, managers: &mut Managers) -> Result<[Others; 2]> {
    let quiet = others(site).await?;
    let before = connections(&site.db).await?;
    let makers = managers.ways_back(site, CONNECTS, 1).await?;
    let faults = format!("{}/control/faults", site.sandbox.url());
    let milliseconds = DELAY.as_millis();
    let delay = json!({ "path": "/oauth2/v1/token", "action": { "kind": "delay", "milliseconds": milliseconds } });
    let http = crate::server::person()?;
    http.post(&faults).json(&delay).send().await?.error_for_status()?;
    let host = site.host();
    let connects = tokio::spawn(async move { ask_all(&host, makers, StatusCode::SEE_OTHER).await });
    let meanwhile = others(site).await?;
    ensure!(!connects.is_finished(), "HubRise answered while the others were measured");
    let took = connects.await??;
    ensure!(took.p50 >= DELAY, "HubRise did not take its time");
    http.delete(&faults).send().await?.error_for_status()?;
    ensure!(connections(&site.db).await? - before == i64::try_from(CONNECTS)?, "not all of them are connected");
    Ok([quiet, meanwhile])
}
