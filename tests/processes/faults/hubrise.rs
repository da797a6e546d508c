//! HubRise in a run: orders and renamings that it tells of, its retries, its back office, and its bad days.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hubrise_sandbox::{ListingForm, Options, Sandbox};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::counts::Counts;
use super::people::rest;
use super::restaurants::{LOCATIONS, PASSWORD, Restaurant, seed};
use crate::folder::Folder;
use crate::person::{CLIENT_ID, Person, SECRET};
use crate::server::person;

const EVENTS: &str = "/hubrise_callback/event";

/// The sandbox's control interface.
#[derive(Clone)]
pub(super) struct Control {
    http: Client,
    url: String,
}

pub(super) async fn start(folder: &Folder, bridge: &str, restaurants: &[Restaurant]) -> Result<Sandbox> {
    let seed_file = folder.around().join("seed.json");
    std::fs::write(&seed_file, seed(restaurants).to_string())?;
    let listing = ListingForm {
        location_scope: "location[orders.write,customer_list.read,catalog.read]".to_owned(),
        connect_url: format!("{bridge}/hubrise_oauth/connect_callback"),
        open_url: format!("{bridge}/hubrise_open"),
        disconnect_url: format!("{bridge}/hubrise_callback/disconnect"),
        ..ListingForm::default()
    };
    let (client_id, client_secret) = (CLIENT_ID.into(), SECRET.into());
    let sandbox =
        Sandbox::start(Options { client_id, client_secret, listing, seed: Some(seed_file), ..Options::default() })
            .await?;
    Control::of(&sandbox)?.post("settings", json!({ "limits": false })).await?;
    Ok(sandbox)
}

impl Control {
    pub(super) fn of(sandbox: &Sandbox) -> Result<Self> {
        Ok(Self { http: person()?, url: format!("{}/control", sandbox.url()) })
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let request = self.http.post(format!("{}/{path}", self.url)).json(&body);
        let answer = request.send().await?.error_for_status()?.text().await?;
        Ok(serde_json::from_str(&answer).unwrap_or_default())
    }

    pub(super) async fn list(&self, path: &str) -> Result<Vec<Value>> {
        let request = self.http.get(format!("{}/{path}", self.url));
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    pub(super) async fn clear(&self, path: &str) -> Result<()> {
        self.http.delete(format!("{}/{path}", self.url)).send().await?.error_for_status()?;
        Ok(())
    }

    /// One of HubRise's bad days, for a few calls.
    pub(super) async fn go_wrong(&self, dice: &mut StdRng) -> Result<()> {
        let actions = [
            json!({ "kind": "status", "status": 500 }),
            json!({ "kind": "status", "status": 503, "headers": { "Retry-After": "1" } }),
            json!({ "kind": "status", "status": 429, "headers": { "Retry-After": "1" } }),
            json!({ "kind": "drop" }),
            json!({ "kind": "drop_after" }),
            json!({ "kind": "truncate" }),
            json!({ "kind": "broken_json" }),
            json!({ "kind": "body", "body": "<html>Bienvenue</html>", "content_type": "text/html" }),
            json!({ "kind": "without", "fields": ["token_type", "account_name", "location_name"] }),
            json!({ "kind": "with", "fields": { "location_id": null } }),
            json!({ "kind": "delay", "milliseconds": dice.random_range(500..9_000) }),
            json!({ "kind": "delay_after", "milliseconds": dice.random_range(500..9_000) }),
        ];
        let paths = ["/oauth2/v1/token", "/oauth2/v1/revoke", "/v1/location", "/v1/callback", "/v1/*"];
        let (action, path) = (actions.choose(dice).cloned(), paths.choose(dice));
        self.post("faults", json!({ "path": path, "times": dice.random_range(1..5), "action": action })).await?;
        let events = ["duplicate", "delay", "reorder", "repeat_notice", "lose_notice"];
        let kind = events.choose(dice).copied().unwrap_or_default();
        let mut event = json!({ "kind": kind, "times": 1 });
        if kind == "delay" {
            event["seconds"] = 30.into();
        }
        self.post("event_faults", event).await?;
        Ok(())
    }
}

/// What HubRise believes to be received: the body of each event, by its id.
#[derive(Default)]
pub(super) struct Acknowledged(pub(super) HashMap<String, String>);

impl Acknowledged {
    /// Reads what was sent, and has the sandbox forget it.
    pub(super) async fn collect(&mut self, control: &Control, counts: &Counts) -> Result<()> {
        let sent = control.list("deliveries").await?;
        control.clear("requests").await?;
        for delivery in sent {
            let is_event = delivery["address"].as_str().is_some_and(|address| address.contains(EVENTS));
            let body = delivery["body"].as_str().unwrap_or_default();
            let Some(id) =
                serde_json::from_str::<Value>(body).ok().and_then(|body| body["id"].as_str().map(str::to_owned))
            else {
                continue;
            };
            if !is_event {
                continue;
            }
            counts.deliveries.one();
            match delivery["status"].as_u64() {
                Some(200..300) => {
                    counts.acknowledged.one();
                    self.0.insert(id, body.to_owned());
                }
                Some(404) => counts.gone.one(),
                _ => counts.refused.one(),
            }
        }
        Ok(())
    }
}

/// What goes on at HubRise, until the stop. While HubRise is down, nothing does.
pub(super) async fn live(
    control: Control,
    hubrise: String,
    restaurants: Vec<Restaurant>,
    seed: u64,
    (counts, stop): (Arc<Counts>, watch::Receiver<bool>),
) -> Acknowledged {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut acknowledged = Acknowledged::default();
    while !*stop.borrow() {
        if let Some(restaurant) = restaurants.choose(&mut dice) {
            happen(&control, &hubrise, restaurant, &mut dice, &counts).await.ok();
            acknowledged.collect(&control, &counts).await.ok();
        }
        rest(Duration::from_millis(dice.random_range(100..700))).await;
    }
    acknowledged
}

async fn happen(
    control: &Control,
    hubrise: &str,
    restaurant: &Restaurant,
    dice: &mut StdRng,
    counts: &Counts,
) -> Result<()> {
    let location = &restaurant.locations()[dice.random_range(0..LOCATIONS)];
    match dice.random_range(0..100) {
        0..60 => {
            let count = dice.random_range(1..8);
            control.post("orders", json!({ "location_id": location, "count": count })).await?;
            counts.orders.add(count);
        }
        60..75 => {
            rename(hubrise, restaurant, location, dice.random_range(0..1000)).await?;
            counts.renames.one();
        }
        75..80 => {
            let path = ["connections/disconnect", "connections/block"].choose(dice).copied().unwrap_or_default();
            // 404 where nothing is connected.
            if control.post(path, json!({ "location_id": location })).await.is_ok() {
                counts.departures.one();
            }
        }
        _ => {
            control.post("clock", json!({ "advance_seconds": dice.random_range(5..90) })).await?;
        }
    }
    control.post("deliveries/run", json!({})).await?;
    Ok(())
}

/// Renames a location in HubRise's back office.
async fn rename(hubrise: &str, restaurant: &Restaurant, location: &str, number: u32) -> Result<()> {
    let mut owner = Person::new()?;
    let email = restaurant.owner();
    let fields = [("email", email.as_str()), ("password", PASSWORD), ("next", "/")];
    owner.send(owner.http.post(format!("{hubrise}/login")).form(&fields)).await?;
    let fields = [("location", location), ("name", &format!("Site {number}"))];
    owner
        .send(owner.http.post(format!("{hubrise}/configuration/locations")).form(&fields))
        .await?
        .error_for_status()?;
    Ok(())
}
