//! A revocation that HubRise has not confirmed outlives the process that promised it.

use anyhow::{Context as _, Result};
use hubrise_sandbox::{Options, Sandbox};
use nix::sys::signal::Signal;
use reqwest::{Client, Response, header};
use serde_json::{Value, json};
use tickncook_hubrise::database::embedded::running;

use crate::folder::Folder;
use crate::server::{Server, person};

/// A browser that keeps each site's session by hand.
struct Person {
    http: Client,
    cookies: Vec<(String, String)>,
}

impl Person {
    async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<Response> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(header::COOKIE, cookies.join("; ")).send().await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("not a cookie")?;
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Ok(response)
    }

    async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Result<String> {
        let request = self.http.post(address).form(fields);
        let response = self.send(request).await?;
        let location = response.headers().get(header::LOCATION).context("no redirect")?.to_str()?;
        Ok(response.url().join(location)?.to_string())
    }

    async fn read(&mut self, address: &str) -> Result<String> {
        let request = self.http.get(address);
        Ok(self.send(request).await?.text().await?)
    }
}

async fn status_at_hubrise(sandbox: &Sandbox) -> Result<String> {
    let connections: Value = reqwest::get(format!("{}/control/connections", sandbox.url())).await?.json().await?;
    Ok(connections[0]["status"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_revocation_that_hubrise_has_not_confirmed_is_done_after_a_kill_and_a_restart() -> Result<()> {
    let folder = Folder::new("data")?;
    let (id, secret) = ("640018442113.clients.hubrise.com", "0123456789abcdef");
    let options = Options { client_id: id.into(), client_secret: secret.into(), ..Options::default() };
    let sandbox = Sandbox::start(options).await?;
    let (oauth, api) = (format!("{}/oauth2/v1", sandbox.url()), format!("{}/v1", sandbox.url()));
    let data = folder.data().to_string_lossy().into_owned();
    let settings = [
        ("TICKNCOOK_DATA_DIR", data.as_str()),
        ("TICKNCOOK_HUBRISE__OAUTH_URL", &oauth),
        ("TICKNCOOK_HUBRISE__API_URL", &api),
        ("TICKNCOOK_HUBRISE__MANAGER_URL", sandbox.url()),
        ("TICKNCOOK_HUBRISE__CLIENT_SECRET", secret),
    ];
    let mut server = Server::spawn_with(&folder, &["--demo"], &settings)?;
    server.ready().await?;

    // Connect the location Paris to a new point of sale.
    let bridge = server.address();
    let mut person = Person { http: person()?, cookies: Vec::new() };
    let manager = [("email", "gerant@bellapizza.example"), ("password", "bella-pizza-demo")];
    person.post(&format!("{bridge}/login"), &manager).await?;
    let authorise = person.post(&format!("{bridge}/services/hubrise/connect"), &[("point_of_sale", "new")]).await?;
    let owner = [("email", "thomas@bellapizza.example"), ("password", "hubrise-demo"), ("next", "/")];
    person.post(&format!("{}/login", sandbox.url()), &owner).await?;
    let back = person.post(&authorise, &[("decision", "allow"), ("location_id", "3r4s3-0")]).await?;
    person.read(&back).await?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "live");

    // Disconnect it while HubRise fails, and kill the bridge.
    let fault = json!({"method": "POST", "path": "/oauth2/v1/revoke", "action": {"kind": "status", "status": 503}});
    person.http.post(format!("{}/control/faults", sandbox.url())).json(&fault).send().await?.error_for_status()?;
    let services = person.read(&format!("{bridge}/services")).await?;
    let (_, rest) = services.split_once("/services/hubrise/connections/").context("nothing is connected")?;
    let connection = rest.split('/').next().context("no id")?;
    let disconnect = format!("{bridge}/services/hubrise/connections/{connection}/disconnect");
    let receipt = person.post(&disconnect, &[]).await?;
    assert!(person.read(&receipt).await?.contains("la révocation chez HubRise est en cours"));
    server.stop(Signal::SIGKILL).await?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "live");

    // HubRise is well again, and so is the bridge.
    person.http.delete(format!("{}/control/faults", sandbox.url())).send().await?.error_for_status()?;
    let mut server = Server::spawn_with(&folder, &[], &settings)?;
    server.ready().await?;
    let database = running(folder.data()).await?.context("no bridge runs here")?;
    let pool = sqlx::PgPool::connect_with(database).await?;
    // The job's time has come.
    let due = sqlx::query("update graphile_worker._private_jobs set run_at = now()").execute(&pool).await?;
    assert_eq!(due.rows_affected(), 1, "the job outlived the kill");
    let confirmed = tickncook_hubrise::polling::poll(std::time::Duration::from_secs(30), || async {
        let left: i64 =
            sqlx::query_scalar("select count(*) from revocation where status <> 'confirmed'").fetch_one(&pool).await?;
        Ok::<_, sqlx::Error>((left == 0).then_some(()))
    });
    confirmed.await?.context("the revocation was never confirmed")?;
    assert_eq!(status_at_hubrise(&sandbox).await?, "revoked");
    let kept: i64 = sqlx::query_scalar("select count(*) from revocation where token_ciphertext is not null")
        .fetch_one(&pool)
        .await?;
    assert_eq!(kept, 0, "the last copy of the token is wiped");
    pool.close().await;
    assert!(server.stop(Signal::SIGTERM).await?.success());
    Ok(())
}
