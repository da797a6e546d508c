//! The operator's commands, beside a service that runs.

use std::io::Write as _;
use std::process::{Output, Stdio};

use anyhow::Context as _;
use nix::sys::signal::Signal;
use sqlx::{ConnectOptions as _, Connection as _};
use tickncook_hubrise::database::embedded::running;

use crate::folder::Folder;
use crate::server::{Server, configured, person};

/// Runs a command with this on its standard input.
fn run(folder: &Folder, arguments: &[&str], input: &str) -> anyhow::Result<Output> {
    let data = folder.data().to_string_lossy().into_owned();
    let mut command = configured(folder, &[("TICKNCOOK_DATA_DIR", &data)])?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn()?;
    process.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    Ok(process.wait_with_output()?)
}

fn answer(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[tokio::test]
async fn organisations_people_and_keys_are_added_while_the_service_runs() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;

    assert_eq!(answer(&run(&folder, &["check"], "")?), "everything is in place");
    let organisation = ["organisation", "add", "Chez Nestor", "--point-of-sale", "Baker Street"];
    let organisation = answer(&run(&folder, &organisation, "")?);
    let user = ["user", "add", "nestor@example.org", "--organisation", &organisation];
    answer(&run(&folder, &user, "a long enough password\n")?);
    let key = answer(&run(&folder, &["api-key", "add", "back office", "--organisation", "Chez Nestor"], "")?);

    let input = "a long enough password\n";
    let added = answer(&run(&folder, &["user", "add", "aide@tickncook.example", "--support"], input)?);
    let renewed = answer(&run(&folder, &["user", "totp", "aide@tickncook.example"], "")?);
    let secret = |told: &str| {
        let secret = told.lines().find_map(|line| line.strip_prefix("second factor  ")).map(str::to_owned);
        let secret = secret.context("no secret was printed")?;
        assert!(told.contains(&format!("otpauth://totp/TicknCook:aide%40tickncook.example?secret={secret}")), "{told}");
        anyhow::Ok(secret)
    };
    assert_ne!(secret(&added)?, secret(&renewed)?);
    let refused = run(&folder, &["user", "totp", "nestor@example.org"], "")?;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nobody of TicknCook's support"));

    let points_of_sale = format!("{}/api/v1/points-of-sale", server.address());
    let listed = person()?.get(&points_of_sale).bearer_auth(&key).send().await?.text().await?;
    assert!(listed.contains("Baker Street"), "{listed}");
    let list = ["api-key", "list", "--organisation", "Chez Nestor"];
    let listed = answer(&run(&folder, &list, "")?);
    assert!(listed.contains("Chez Nestor › back office") && listed.ends_with("never expires"), "{listed}");
    assert!(listed.contains(", used ") && !listed.contains(&key), "{listed}");
    let id = listed.split(' ').next().context("an id")?;
    answer(&run(&folder, &["api-key", "revoke", id], "")?);
    assert_eq!(person()?.get(&points_of_sale).bearer_auth(&key).send().await?.status(), 401);
    assert!(answer(&run(&folder, &list, "")?).contains(", revoked "));
    let keys = answer(&run(&folder, &["keys", "list"], "")?);
    assert!(keys.contains(&format!("process {}", server.pid())) && keys.contains("seals under `test`"), "{keys}");
    let signed_in = person()?
        .post(format!("{}/login", server.address()))
        .form(&[("email", "nestor@example.org"), ("password", "a long enough password")])
        .send()
        .await?;
    assert_eq!(signed_in.status(), 303);
    answer(&run(&folder, &["user", "password", "nestor@example.org"], "quite another password\n")?);
    for (password, status) in [("a long enough password", 401), ("quite another password", 303)] {
        let login = format!("{}/login", server.address());
        let tried =
            person()?.post(login).form(&[("email", "nestor@example.org"), ("password", password)]).send().await?;
        assert_eq!(tried.status(), status, "{password}");
    }
    let refused = run(&folder, &["user", "password", "nobody@example.org"], "quite another password\n")?;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no user nobody@example.org"));
    assert!(server.stop(Signal::SIGTERM).await?.success(), "the commands left the service and its database running");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_added_is_refused_with_a_sentence() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    answer(&run(&folder, &["organisation", "add", "Bella Pizza"], "")?);
    let cases: [(&[&str], &str, &str); 4] = [
        (&["user", "add", "no address", "--organisation", "Bella Pizza"], "0123456789", "is not an e-mail address"),
        (&["user", "add", "a@example.org", "--organisation", "Bella Pizza"], "short", "10 to 200 characters"),
        (&["user", "add", "a@example.org", "--organisation", "Nobody"], "0123456789", "there is no organisation"),
        (&["organisation", "add", " "], "", "1 to 120 characters"),
    ];
    for (arguments, input, sentence) in cases {
        let output = run(&folder, arguments, input)?;
        assert!(!output.status.success(), "{arguments:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(sentence), "{arguments:?}: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_a_row_still_needs_is_missed_before_the_start() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    let database = running(folder.data()).await?.context("no bridge runs here")?;
    let mut connection = database.connect().await?;
    sqlx::query(
        "insert into revocation (id, token_key_id, token_ciphertext, token_digest, requested_at)
         values (gen_random_uuid(), 'retired', 'x', sha256('x'), now())",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    assert!(server.stop(Signal::SIGTERM).await?.success());

    let mut second = Server::spawn(&folder)?;
    assert!(!second.ended().await?.success());
    let check = run(&folder, &["check"], "")?;
    assert!(!check.status.success());
    for told in [second.output()?, String::from_utf8_lossy(&check.stderr).into_owned()] {
        assert!(told.contains("lacks the key `retired`"), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_is_printed_whole_and_deleted_by_name() -> anyhow::Result<()> {
    let folder = Folder::new("data")?;
    let mut server = Server::spawn(&folder)?;
    server.ready().await?;
    answer(&run(&folder, &["organisation", "add", "Chez Nestor", "--point-of-sale", "Baker Street"], "")?);
    let user = ["user", "add", "nestor@example.org", "--organisation", "Chez Nestor"];
    answer(&run(&folder, &user, "a long enough password\n")?);

    let exported = answer(&run(&folder, &["organisation", "export", "Chez Nestor"], "")?);
    let exported: serde_json::Value = serde_json::from_str(&exported)?;
    assert_eq!(exported["points_of_sale"][0]["name"], "Baker Street");
    assert_eq!(exported["members"][0]["email"], "nestor@example.org");
    let unknown = run(&folder, &["organisation", "export", "Nobody"], "")?;
    assert!(!unknown.status.success() && unknown.stdout.is_empty());

    let delete = ["organisation", "delete", "Chez Nestor"];
    for (confirm, input) in [(None, "Chez\n"), (None, ""), (Some("Chez"), "Chez Nestor\n")] {
        let arguments = delete.iter().copied().chain(confirm.into_iter().flat_map(|name| ["--confirm", name]));
        let refused = run(&folder, &arguments.collect::<Vec<_>>(), input)?;
        assert!(!refused.status.success(), "{confirm:?} {input:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was deleted"));
    }
    let told = answer(&run(&folder, &delete, "chez nestor\n")?);
    assert!(told.contains("connections cut: 0; accounts deleted: 1"), "{told}");
    let address = told.lines().find_map(|line| line.strip_prefix("how far HubRise is: ")).context("no address")?;
    let page = format!("{}{}", server.address(), reqwest::Url::parse(address)?.path());
    let page = person()?.get(page).send().await?.text().await?;
    assert!(page.contains("Rien à retirer chez HubRise"), "{page}");
    assert!(
        !run(&folder, &["organisation", "delete", "Chez Nestor", "--confirm", "Chez Nestor"], "")?.status.success()
    );

    answer(&run(&folder, &["organisation", "add", "Chez Nestor"], "")?);
    answer(&run(&folder, &["organisation", "delete", "Chez Nestor", "--confirm", "Chez Nestor"], "")?);
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}
