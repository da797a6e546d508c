//! The state file and the seed file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hubrise_sandbox::{Options, Sandbox};
use serde_json::json;

use crate::browser::{Browser, THOMAS};
use crate::connector::{CLIENT_ID, SCOPE, api, code_for, control, exchange, listing, options, start, token_for};

/// A folder of one test, gone with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hubrise-sandbox-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the folder goes");
    }
}

async fn with_state(file: &Path) -> Sandbox {
    Sandbox::start(Options { state: Some(file.to_owned()), ..options() }).await.expect("a sandbox")
}

#[tokio::test]
async fn tokens_codes_and_settings_survive_in_the_state_file() {
    let folder = Folder::new("survive");
    let file = folder.file("state.json");
    let sandbox = with_state(&file).await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    let code = code_for(&sandbox, crate::connector::SCOPE, "3r4s3-2", &[]).await;
    control(&sandbox, "/settings", json!({ "token_after_revoke": "same" })).await;
    let connections = listing(&sandbox, "/connections").await;
    drop(sandbox);

    let sandbox = with_state(&file).await;
    assert_eq!(listing(&sandbox, "/connections").await, connections);
    assert_eq!(listing(&sandbox, "/settings").await["token_after_revoke"], "same");
    assert_eq!(api(&sandbox, &token, "/location").await.0, 200);
    assert_eq!(token_for(&sandbox, "3r4s3-0").await, token);
    assert_eq!(exchange(&sandbox, &code).await.status(), 200);
}

#[tokio::test]
async fn only_its_owner_reads_the_state_file_and_nothing_is_left_beside_it() {
    let folder = Folder::new("mode");
    let file = folder.file("state.json");
    let sandbox = with_state(&file).await;
    token_for(&sandbox, "3r4s3-0").await;
    let mode = fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder.0).expect("the folder").count(), 1);
}

#[tokio::test]
async fn without_a_state_file_a_new_start_knows_nothing() {
    let sandbox = start().await;
    let token = token_for(&sandbox, "3r4s3-0").await;
    drop(sandbox);
    assert_eq!(api(&start().await, &token, "/location").await.0, 401);
}

#[tokio::test]
async fn a_state_file_that_cannot_be_understood_or_written_prevents_the_start() {
    let folder = Folder::new("broken");
    let file = folder.file("state.json");
    for broken in ["{", r#"{"version":3,"connections":[]}"#] {
        fs::write(&file, broken).expect("written");
        let refusal = Sandbox::start(Options { state: Some(file.clone()), ..options() }).await.expect_err("a refusal");
        assert!(refusal.to_string().contains("state.json"), "{refusal}");
    }
    let nowhere = Some(folder.file("missing/state.json"));
    assert!(Sandbox::start(Options { state: nowhere, ..options() }).await.is_err());
}

#[tokio::test]
async fn a_state_file_of_the_first_version_is_read() {
    let folder = Folder::new("first");
    let file = folder.file("state.json");
    let connection = json!({
        "id": "c0nnect1", "client_id": CLIENT_ID, "access_token": "0123456789abcdef", "user": THOMAS,
        "account_id": "3r4s3", "location_id": "3r4s3-0", "catalog_id": "psmlf", "customer_list_id": "xab66",
        "scope": SCOPE, "connected_at": "2026-11-23T12:00:00Z", "status": "live", "blocked": false,
    });
    let first = json!({
        "version": 1, "codes": [], "connections": [connection], "suspended_accounts": ["z6q31"],
        "settings": { "token_after_revoke": "same", "revoke_twice": "ok" },
    });
    fs::write(&file, first.to_string()).expect("written");
    let sandbox = with_state(&file).await;
    assert_eq!(api(&sandbox, "0123456789abcdef", "/location").await.0, 200);
    assert_eq!(token_for(&sandbox, "3r4s3-0").await, "0123456789abcdef");
    assert_eq!(listing(&sandbox, "/settings").await["revoke_twice"], "ok");
}

#[tokio::test]
async fn a_seed_file_replaces_the_demo_and_what_the_state_file_had_of_it() {
    let folder = Folder::new("seed");
    let (state, seed) = (folder.file("state.json"), folder.file("seed.json"));
    token_for(&with_state(&state).await, "3r4s3-0").await;
    let location = json!({
        "id": "aaaaa-0", "name": "One", "address": "1 road", "postal_code": "1", "city": "Town", "country": "FR",
        "timezone": "Europe/Paris", "cutoff_time": "00:00", "preparation_time": 5,
    });
    let world = json!({
        "users": [{ "email": THOMAS, "password": "hubrise-demo", "first_name": "Thomas", "accounts": ["aaaaa"] }],
        "accounts": [{
            "id": "aaaaa", "name": "Shared", "currency": "EUR", "locations": [location],
            "catalogs": [{ "id": "ccccc", "name": "For all" }], "customer_lists": [{ "id": "lllll", "name": "All" }],
        }],
    });
    fs::write(&seed, world.to_string()).expect("written");
    let options = Options { state: Some(state), seed: Some(seed), ..options() };
    let sandbox = Sandbox::start(options).await.expect("a sandbox");
    assert_eq!(listing(&sandbox, "/connections").await, json!([]));
    assert!(Browser::signed_in(sandbox.url(), THOMAS).await.visit("/").await.shows("One - aaaaa-0"));
    let token = token_for(&sandbox, "aaaaa-0").await;
    let created_at = "2025-01-01T12:00:00+01:00";
    let shared = json!({ "id": "ccccc", "account_id": "aaaaa", "name": "For all", "created_at": created_at });
    assert_eq!(api(&sandbox, &token, "/location/catalogs").await, (200, json!([shared])));
    assert_eq!(api(&sandbox, &token, "/catalogs/ccccc?hide_data=true").await, (200, shared));
}
