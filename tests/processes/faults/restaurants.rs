//! The restaurants of a run: each an organisation here with some managers, and an account at HubRise with some
//! locations.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::server::configured;

/// Each restaurant's at HubRise.
pub(super) const LOCATIONS: usize = 4;
pub(super) const PASSWORD: &str = "a long enough password";

#[derive(Clone, Debug)]
pub(super) struct Restaurant {
    number: usize,
    /// Its organisation's id, once it is added.
    pub(super) organisation: String,
}

impl Restaurant {
    pub(super) fn all(count: usize) -> Vec<Self> {
        (0..count).map(|number| Self { number, organisation: String::new() }).collect()
    }

    /// Of the owner at HubRise.
    pub(super) fn owner(&self) -> String {
        format!("owner{}@restaurant.example", self.number)
    }

    /// Of a manager here.
    pub(super) fn manager(&self, number: usize) -> String {
        format!("manager{number}@restaurant{}.example", self.number)
    }

    fn account(&self) -> String {
        format!("ac{}me", self.number)
    }

    pub(super) fn locations(&self) -> [String; LOCATIONS] {
        std::array::from_fn(|index| format!("{}-{index}", self.account()))
    }

    fn user_at_hubrise(&self) -> Value {
        json!({
            "email": self.owner(), "password": PASSWORD, "id": format!("us{}er", self.number), "first_name": "Ada",
            "last_name": "Rossi", "locales": ["fr-FR"], "accounts": [self.account()]
        })
    }

    fn account_at_hubrise(&self) -> Value {
        let locations = self.locations().into_iter().enumerate().map(|(index, id)| {
            let owned = format!("{}x{index}", self.number);
            json!({
                "id": id, "name": format!("Site {index}"), "address": "1 rue du Test", "postal_code": "75001",
                "city": "Paris", "country": "FR", "timezone": "Europe/Paris", "cutoff_time": "02:00",
                "preparation_time": 20, "catalogs": [{ "id": format!("ca{owned}"), "name": "Carte" }],
                "customer_lists": [{ "id": format!("li{owned}"), "name": "Clients" }]
            })
        });
        let locations: Vec<Value> = locations.collect();
        json!({ "id": self.account(), "name": format!("Restaurant {}", self.number), "currency": "EUR", "locations": locations })
    }
}

/// What the sandbox starts with.
pub(super) fn seed(restaurants: &[Restaurant]) -> Value {
    let users: Vec<Value> = restaurants.iter().map(Restaurant::user_at_hubrise).collect();
    let accounts: Vec<Value> = restaurants.iter().map(Restaurant::account_at_hubrise).collect();
    json!({ "users": users, "accounts": accounts })
}

/// Adds them by the operator's commands.
pub(super) fn add(
    restaurants: &mut [Restaurant],
    managers: usize,
    folder: &Folder,
    settings: &[(&str, &str)],
) -> Result<()> {
    for restaurant in restaurants {
        let name = format!("Restaurant {}", restaurant.number);
        let added = run(folder, settings, &["organisation", "add", &name, "--point-of-sale", "Comptoir 0"])?;
        added.split_whitespace().last().context("no id")?.clone_into(&mut restaurant.organisation);
        for manager in 0..managers {
            let email = restaurant.manager(manager);
            run(folder, settings, &["user", "add", &email, "--organisation", &restaurant.organisation])?;
        }
    }
    Ok(())
}

/// Runs a command of the bridge's, with the password on its standard input.
pub(super) fn run(folder: &Folder, settings: &[(&str, &str)], arguments: &[&str]) -> Result<String> {
    let mut command = configured(folder, settings)?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn()?;
    writeln!(process.stdin.take().context("no standard input")?, "{PASSWORD}").ok();
    let output = process.wait_with_output()?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
