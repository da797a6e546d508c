//! The demo with more people in it: several at one account, and one at two.

use hubrise_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::connector::options;

/// Looks at Bella Pizza, and changes nothing.
pub(crate) const READER: &str = "ana@bellapizza.example";
/// A technical partner of Bella Pizza and of Chez Nestor.
pub(crate) const PARTNER: &str = "paul@partner.example";
/// A full administrator of Bella Pizza, as Thomas is.
pub(crate) const COLLEAGUE: &str = "zoe@bellapizza.example";

pub(crate) async fn start_with_team(options_of_test: Options) -> Sandbox {
    let mut seed: Value = serde_json::from_str(include_str!("../../seed/demo.json")).expect("the demo");
    let user = |email: &str, memberships: Value| json!({ "email": email, "password": "hubrise-demo", "first_name": "P", "accounts": memberships });
    let more = [
        user(READER, json!([{ "id": "3r4s3", "role": "read_only" }])),
        user(
            PARTNER,
            json!([{ "id": "3r4s3", "role": "technical_partner" }, { "id": "z6q31", "role": "technical_partner" }]),
        ),
        user(COLLEAGUE, json!(["3r4s3"])),
    ];
    seed["users"].as_array_mut().expect("users").extend(more);
    let file = std::env::temp_dir().join(format!(
        "hubrise-sandbox-team-{:?}-{}.json",
        std::thread::current().id(),
        std::process::id()
    ));
    std::fs::write(&file, seed.to_string()).expect("written");
    let sandbox = Sandbox::start(Options { seed: Some(file.clone()), ..options_of_test }).await.expect("a sandbox");
    std::fs::remove_file(file).expect("gone");
    sandbox
}

pub(crate) async fn team() -> Sandbox {
    start_with_team(options()).await
}
