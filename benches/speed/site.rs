//! A bridge with its own PostgreSQL in a new folder, the HubRise that it knows, and a manager who has connected
//! something.

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context as _, Result};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgConnectOptions};
use tickncook_hubrise::database::embedded::running;

use crate::{
    folder::Folder,
    person::{CLIENT_ID, LYON, NICE, PARIS, Person, SECRET, signed_in, start_with},
    server::Server,
};

/// The restaurants beside the demo's. Each has an account of its own at HubRise.
#[derive(Clone, Copy)]
pub(crate) struct Restaurants {
    pub(crate) count: usize,
    /// How many locations each has there.
    pub(crate) locations: usize,
}

/// As many as there are browsers at most, which look at what is connected.
pub(crate) const LOOKING: Restaurants = Restaurants { count: 64, locations: 3 };
/// As many as there are browsers at most, which connect.
pub(crate) const CONNECTING: Restaurants = Restaurants { count: 16, locations: 600 };

pub(crate) struct Site {
    pub(crate) folder: Folder,
    pub(crate) sandbox: Sandbox,
    pub(crate) server: Server,
    pub(crate) options: PgConnectOptions,
    pub(crate) db: PgPool,
    /// Of Bella Pizza, with three points of sale connected.
    pub(crate) manager: Person,
    /// In the address of one's events.
    pub(crate) key: String,
    pub(crate) restaurants: Restaurants,
}

impl Site {
    pub(crate) async fn open(restaurants: Restaurants) -> Result<Self> {
        let folder = Folder::new("data")?;
        let sandbox = hubrise(&folder, restaurants).await?;
        let server = start(&folder, &sandbox).await?;
        let options = running(folder.data()).await?.context("no bridge runs here")?;
        let db = PgPool::connect_with(options.clone()).await?;
        let mut manager = signed_in(&sandbox, &server.address()).await?;
        for choices in [PARIS.as_slice(), LYON.as_slice(), NICE.as_slice()] {
            let back = manager.allow(&server.address(), choices).await?;
            manager.read(&back).await?;
        }
        let key = sqlx::query_scalar("select callback_key from connection order by id limit 1").fetch_one(&db).await?;
        Ok(Self { folder, sandbox, server, options, db, manager, key, restaurants })
    }

    pub(crate) fn host(&self) -> String {
        self.server.address().trim_start_matches("http://").to_owned()
    }

    /// Another process on the same database, at another port.
    pub(crate) async fn another(&self) -> Result<Server> {
        let socket = self.options.get_socket().context("the server has no socket")?;
        let url = format!(
            "postgres://{}@localhost/{}?host={}",
            self.options.get_username(),
            self.options.get_database().context("no database")?,
            socket.display()
        );
        let mails = self.folder.around().join("mails").to_string_lossy().into_owned();
        let settings = [("TICKNCOOK_DATABASE_URL", url.as_str()), ("TICKNCOOK_MAIL__FOLDER", &mails)];
        start_with(&self.folder, &self.sandbox, &settings, &[]).await
    }

    /// Stops it and starts it again on what it has; how long that took until it said that it is ready, in seconds.
    pub(crate) async fn restart(self) -> Result<(Self, f64)> {
        let Self { folder, sandbox, server, options, db, manager, key, restaurants } = self;
        db.close().await;
        let before = server.port();
        server.stop(Signal::SIGTERM).await?;
        let started = Instant::now();
        let server = start(&folder, &sandbox).await?;
        let took = started.elapsed().as_secs_f64();
        let manager = manager.at(before, server.port());
        let db = PgPool::connect_with(options.clone()).await?;
        Ok((Self { folder, sandbox, server, options, db, manager, key, restaurants }, took))
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.db.close().await;
        self.server.stop(Signal::SIGTERM).await?;
        Ok(())
    }
}

async fn start(folder: &Folder, sandbox: &Sandbox) -> Result<Server> {
    let data = folder.data().to_string_lossy().into_owned();
    // Longer than HubRise takes in `stall`.
    let settings = [("TICKNCOOK_DATA_DIR", data.as_str()), ("TICKNCOOK_HUBRISE__TIMEOUT_SECONDS", "15")];
    start_with(folder, sandbox, &settings, &["--demo"]).await
}

/// The demo's HubRise, and an account for each restaurant.
async fn hubrise(folder: &Folder, restaurants: Restaurants) -> Result<Sandbox> {
    let seed = seed_file(folder, restaurants)?;
    let options =
        Options { client_id: CLIENT_ID.into(), client_secret: SECRET.into(), seed: Some(seed), ..Options::default() };
    Sandbox::start(options).await
}

fn seed_file(folder: &Folder, restaurants: Restaurants) -> Result<PathBuf> {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/sandbox/seed/demo.json");
    let mut seed: Value = serde_json::from_str(&fs::read_to_string(demo)?)?;
    for restaurant in 0..restaurants.count {
        let account = account(restaurant);
        let locations: Vec<Value> = (0..restaurants.locations).map(|number| location(&account, number)).collect();
        let user = json!({
            "email": owner(restaurant), "password": "hubrise-demo", "id": format!("us{restaurant}er"),
            "first_name": "Ada", "last_name": "Rossi", "locales": ["fr-FR"], "accounts": [account]
        });
        let account = json!({
            "id": account, "name": format!("Restaurant {restaurant}"), "currency": "EUR", "locations": locations
        });
        seed["users"].as_array_mut().context("the demo has no users")?.push(user);
        seed["accounts"].as_array_mut().context("the demo has no accounts")?.push(account);
    }
    let path = folder.around().join("hubrise.json");
    fs::write(&path, serde_json::to_string(&seed)?)?;
    Ok(path)
}

fn account(restaurant: usize) -> String {
    format!("sp{restaurant}ed")
}

/// The owner at HubRise.
pub(crate) fn owner(restaurant: usize) -> String {
    format!("owner{restaurant}@restaurant.example")
}

pub(crate) fn location_id(restaurant: usize, number: usize) -> String {
    format!("{}-{number}", account(restaurant))
}

fn location(account: &str, number: usize) -> Value {
    json!({
        "id": format!("{account}-{number}"), "name": format!("Comptoir {number}"), "address": "1 rue du Test",
        "postal_code": "75001", "city": "Paris", "country": "FR", "timezone": "Europe/Paris", "cutoff_time": "02:00",
        "preparation_time": 20,
    })
}
