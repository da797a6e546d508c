//! The data a sandbox starts with: the built-in demo or a file of the same form. Nothing is used unchecked.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use super::catalogs::{content_flaws, with_fresh_ids};
use super::directory::{Account, Directory};
use super::fields::FieldError;
use super::secrets::hex;
use super::users::Membership;

const DEMO: &str = include_str!("../../seed/demo.json");

/// The directory to start with, and a fingerprint of the text it came from.
pub(super) fn load(file: Option<&Path>) -> Result<(Directory, String)> {
    let (name, text) = match file {
        None => ("the built-in seed".to_owned(), DEMO.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| format!("reading the seed {name}"))?;
            (name, text)
        }
    };
    let mut directory: Directory = serde_json::from_str(&text).with_context(|| format!("understanding {name}"))?;
    check(&directory).with_context(|| format!("checking {name}"))?;
    let contents = std::mem::take(&mut directory.catalog_contents).into_iter();
    directory.catalog_contents = contents.map(|(id, data)| (id, with_fresh_ids(data))).collect();
    Ok((directory, fingerprint(&text)))
}

fn fingerprint(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn check(directory: &Directory) -> Result<()> {
    let mut emails = HashSet::new();
    for user in &directory.users {
        ensure!(emails.insert(user.email.to_ascii_lowercase()), "two users have the e-mail {}", user.email);
        for Membership { id, .. } in &user.memberships {
            ensure!(directory.account(id).is_some(), "{} has an account {id} that does not exist", user.email);
        }
    }
    let mut ids = HashSet::new();
    for id in directory.accounts.iter().flat_map(ids_of) {
        ensure!(ids.insert(id), "the id {id} is used twice");
    }
    for account in &directory.accounts {
        for location in &account.locations {
            ensure!(
                location.id.belongs_to(&account.id),
                "the location {} should be called {}- and a number",
                location.id,
                account.id
            );
        }
    }
    for (id, data) in &directory.catalog_contents {
        let known = directory.accounts.iter().any(|account| account.owned(id).is_some());
        ensure!(known, "there are contents for a catalog {id}, which does not exist");
        if let Some(FieldError { field, message }) = content_flaws(data).first() {
            bail!("in the catalog {id}, {field} {message}");
        }
    }
    Ok(())
}

fn ids_of(account: &Account) -> Vec<&str> {
    let mut ids = vec![account.id.as_str()];
    ids.extend(account.catalogs.iter().map(|catalog| catalog.id.as_str()));
    ids.extend(account.customer_lists.iter().map(|list| list.id.as_str()));
    for location in &account.locations {
        ids.push(location.id.as_str());
        ids.extend(location.catalogs.iter().map(|catalog| catalog.id.as_str()));
        ids.extend(location.customer_lists.iter().map(|list| list.id.as_str()));
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_seed_passes_its_own_checks() {
        load(None).expect("the demo seed");
    }

    #[test]
    fn a_seed_that_uses_an_id_twice_is_refused() {
        let (mut directory, _) = load(None).expect("the demo seed");
        let twin = directory.accounts[0].locations[0].catalogs[0].clone();
        directory.accounts[0].catalogs.push(twin);
        let refusal = check(&directory).expect_err("a twin id");
        assert_eq!(refusal.to_string(), "the id psmlf is used twice");
    }

    #[test]
    fn a_seed_with_a_location_named_after_another_account_is_refused() {
        let (mut directory, _) = load(None).expect("the demo seed");
        let stray = directory.accounts[1].locations.remove(0);
        directory.accounts[0].locations.push(stray);
        let refusal = check(&directory).expect_err("a stray location");
        assert_eq!(refusal.to_string(), "the location z6q31-0 should be called 3r4s3- and a number");
    }
}
