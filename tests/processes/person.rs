//! A person with a browser, a bridge and the HubRise that it knows.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hubrise_sandbox::Sandbox;
use reqwest::{Client, Response, header};
use sha2::Sha256;

use crate::folder::Folder;
use crate::server::{PROGRAM, Server, person};

pub(crate) const CLIENT_ID: &str = "640018442113.clients.hubrise.com";
pub(crate) const SECRET: &str = "0123456789abcdef";

/// How HubRise signs this event.
pub(crate) fn signature(body: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(body.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        write!(hex, "{byte:02x}")?;
    }
    Ok(hex)
}

/// What the owner chooses at HubRise.
pub(crate) const PARIS: [(&str, &str); 1] = [("location_id", "3r4s3-0")];
pub(crate) const LYON: [(&str, &str); 3] =
    [("location_id", "3r4s3-1"), ("catalog_id", "q7wd2"), ("customer_list_id", "m8rt4")];
pub(crate) const NICE: [(&str, &str); 1] = [("location_id", "3r4s3-2")];

/// A browser that keeps each site's session by hand.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) http: Client,
    cookies: Vec<(String, String)>,
}

impl Person {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { http: person()?, cookies: Vec::new() })
    }

    /// Sends a request with this person's cookies, and keeps those that come back.
    pub(crate) async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<Response> {
        let response = request.header(header::COOKIE, self.cookies()).send().await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("not a cookie")?;
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        Ok(response)
    }

    /// Sends a form; where it leads.
    pub(crate) async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Result<String> {
        let request = self.http.post(address).form(fields);
        let response = self.send(request).await?;
        let (url, status) = (response.url().clone(), response.status());
        let Some(location) = response.headers().get(header::LOCATION).cloned() else {
            bail!("{url} answers {status}: {}", response.text().await?);
        };
        Ok(url.join(location.to_str()?)?.to_string())
    }

    /// Grants a location to a new point of sale; HubRise's way back.
    pub(crate) async fn allow(&mut self, bridge: &str, choices: &[(&str, &str)]) -> Result<String> {
        let authorise = self.post(&format!("{bridge}/services/hubrise/connect"), &[("point_of_sale", "new")]).await?;
        let allow = [("decision", "allow")];
        let next = self.post(&authorise, &[allow.as_slice(), &choices[..1]].concat()).await?;
        // Where there is a choice of catalogs and lists, HubRise asks on a second page.
        if choices.len() == 1 { Ok(next) } else { self.post(&next, &[allow.as_slice(), &choices[1..]].concat()).await }
    }

    /// The same person at another bridge of the same installation. Here each has an address of its own, and names its
    /// cookies after the port.
    pub(crate) fn at(&self, from: u16, to: u16) -> Self {
        let renamed =
            |(name, value): &(String, String)| (name.replace(&from.to_string(), &to.to_string()), value.clone());
        Self { http: self.http.clone(), cookies: self.cookies.iter().map(renamed).collect() }
    }

    /// All cookies, as a browser would send them.
    pub(crate) fn cookies(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    pub(crate) async fn read(&mut self, address: &str) -> Result<String> {
        let request = self.http.get(address);
        Ok(self.send(request).await?.text().await?)
    }
}

/// A bridge with these settings, which say at least where the data is.
pub(crate) async fn start_with(
    folder: &Folder,
    sandbox: &Sandbox,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> Result<Server> {
    start_program(PROGRAM, folder, sandbox, settings, arguments).await
}

/// The same with another version of the bridge.
pub(crate) async fn start_program(
    program: &str,
    folder: &Folder,
    sandbox: &Sandbox,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> Result<Server> {
    let (oauth, api) = (format!("{}/oauth2/v1", sandbox.url()), format!("{}/v1", sandbox.url()));
    let of_hubrise = [
        ("TICKNCOOK_HUBRISE__OAUTH_URL", oauth.as_str()),
        ("TICKNCOOK_HUBRISE__API_URL", &api),
        ("TICKNCOOK_HUBRISE__MANAGER_URL", sandbox.url()),
        ("TICKNCOOK_HUBRISE__CLIENT_SECRET", SECRET),
    ];
    let settings = [settings, &of_hubrise].concat();
    let mut server = Server::spawn_program(program, folder, arguments, &settings)?;
    server.ready().await?;
    Ok(server)
}

/// The manager, with HubRise's way back in hand: the location Paris is granted to a new point of sale.
pub(crate) async fn grant(sandbox: &Sandbox, bridge: &str) -> Result<(Person, String)> {
    let mut person = signed_in(sandbox, bridge).await?;
    let back = person.allow(bridge, &PARIS).await?;
    Ok((person, back))
}

/// The manager, signed in here and at HubRise.
pub(crate) async fn signed_in(sandbox: &Sandbox, bridge: &str) -> Result<Person> {
    let mut person = Person::new()?;
    let manager = [("email", "gerant@bellapizza.example"), ("password", "bella-pizza-demo")];
    person.post(&format!("{bridge}/login"), &manager).await?;
    let owner = [("email", "thomas@bellapizza.example"), ("password", "hubrise-demo"), ("next", "/")];
    person.post(&format!("{}/login", sandbox.url()), &owner).await?;
    Ok(person)
}
