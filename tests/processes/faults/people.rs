//! People with browsers: they connect, reconnect, disconnect, delete and look, reload what does not answer, and start
//! again when they are told that something was interrupted, or when they have waited for long enough.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;

use super::counts::Counts;
use super::restaurants::{LOCATIONS, PASSWORD, Restaurant};
use crate::person::Person;

/// What each page of a manager's answers with 200.
pub(super) const PAGES: [&str; 7] = [
    "/services",
    "/points-of-sale",
    "/services/hubrise/connect",
    "/history",
    "/settings",
    "/settings/team",
    "/help/support-access",
];

/// Where a connection begins.
const CONNECT: &str = "/services/hubrise/connect";

/// Everything that people share.
#[derive(Clone)]
pub(super) struct Street {
    pub(super) bridge: String,
    pub(super) hubrise: String,
    pub(super) counts: Arc<Counts>,
    /// The codes that browsers carried: none may be in a log.
    pub(super) codes: Arc<Mutex<Vec<String>>>,
    /// How long a person looks at a page that says to wait.
    pub(super) patience: Duration,
    pub(super) stop: watch::Receiver<bool>,
}

pub(super) struct Manager {
    person: Person,
    street: Street,
    restaurant: Restaurant,
    email: String,
    dice: StdRng,
}

/// What a browser shows, or where it is sent.
pub(super) struct Shown {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

/// How a trip to HubRise ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Connected,
    Taken,
    StartAgain,
}

impl Manager {
    pub(super) fn new(street: &Street, restaurant: &Restaurant, email: String, seed: u64) -> Result<Self> {
        let (street, restaurant) = (street.clone(), restaurant.clone());
        Ok(Self { person: Person::new()?, street, restaurant, email, dice: StdRng::seed_from_u64(seed) })
    }

    /// One thing after another, until the stop.
    pub(super) async fn live(mut self) -> Result<Self> {
        self.sign_in().await?;
        while !*self.street.stop.borrow() {
            let location = self.restaurant.locations()[self.dice.random_range(0..LOCATIONS)].clone();
            match self.dice.random_range(0..100) {
                0..32 => self.connect(&location, None).await?,
                32..42 => self.reconnect(&location).await?,
                42..48 => self.disconnect().await?,
                48..51 => self.delete().await?,
                _ => {
                    let page = PAGES.choose(&mut self.dice).context("pages")?;
                    let shown = self.open(page).await?;
                    anyhow::ensure!(shown.status == 200, "{page} answers {}", shown.status);
                }
            }
        }
        Ok(self)
    }

    async fn sign_in(&mut self) -> Result<()> {
        let (bridge, hubrise) = (self.street.bridge.clone(), self.street.hubrise.clone());
        let email = self.email.clone();
        let fields = [("email", email.as_str()), ("password", PASSWORD)];
        let shown = self.ask(&format!("{bridge}/login"), Some(&fields)).await?;
        anyhow::ensure!(shown.status == 303, "the sign-in answers {}", shown.status);
        let owner = self.restaurant.owner();
        let fields = [("email", owner.as_str()), ("password", PASSWORD), ("next", "/")];
        self.ask(&format!("{hubrise}/login"), Some(&fields)).await?;
        Ok(())
    }

    /// A page of the bridge's, after signing in anew where that is asked for.
    pub(super) async fn open(&mut self, path: &str) -> Result<Shown> {
        self.page(path, None).await
    }

    async fn page(&mut self, path: &str, fields: Option<&[(&str, &str)]>) -> Result<Shown> {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.street.bridge) };
        let shown = self.ask(&address, fields).await?;
        if !shown.location.as_deref().is_some_and(|location| location.contains("/login")) {
            return Ok(shown);
        }
        self.sign_in().await?;
        self.ask(&address, fields).await
    }

    /// Reloads, or presses again, what is not answered, or with an error that is no page of the product's own.
    async fn ask(&mut self, address: &str, fields: Option<&[(&str, &str)]>) -> Result<Shown> {
        let started = Instant::now();
        loop {
            self.street.counts.requests.one();
            match self.ask_once(address, fields).await {
                Ok(shown) if shown.is_an_answer() => return Ok(shown),
                outcome if started.elapsed() > Duration::from_mins(3) => {
                    let told = outcome.map(|shown| shown.status).map_err(|error| format!("{error:#}"));
                    bail!("{address} does not answer for minutes: {told:?}");
                }
                _ => self.street.counts.reloads.one(),
            }
            let pause = self.dice.random_range(50..500);
            rest(Duration::from_millis(pause)).await;
        }
    }

    async fn ask_once(&mut self, address: &str, fields: Option<&[(&str, &str)]>) -> Result<Shown> {
        let http = &self.person.http;
        let request = match fields {
            Some(fields) => http.post(address).form(fields),
            None => http.get(address),
        };
        let response = self.person.send(request.timeout(Duration::from_secs(40))).await?;
        let status = response.status().as_u16();
        let location = response.headers().get(reqwest::header::LOCATION);
        let location = location.map(|location| response.url().join(location.to_str()?).map_err(anyhow::Error::from));
        let location = location.transpose()?.map(String::from);
        Ok(Shown { status, location, body: response.text().await? })
    }

    /// All the way, as often as the person is told to start again: for the same location, by whatever way there is.
    pub(super) async fn connect(&mut self, location: &str, reconnects: Option<&str>) -> Result<()> {
        let mut form = match reconnects {
            Some(connection) => format!("/services/hubrise/connections/{connection}/reconnect"),
            None => CONNECT.to_owned(),
        };
        let mut was_interrupted = false;
        loop {
            let (point_of_sale, mut name) = self.point_of_sale(location).await?;
            if was_interrupted {
                name = format!("{name} {}", self.dice.random_range(0..1_000_000));
            }
            let shown = self.page(&form, Some(&[("point_of_sale", &point_of_sale), ("new_name", &name)])).await?;
            let authorise = shown.location.filter(|location| location.starts_with(&self.street.hubrise));
            if let Some(authorise) = authorise {
                let back = self.allow(&authorise, location).await?;
                if !was_interrupted && self.dice.random_range(0..20) == 0 {
                    return Ok(()); // and never comes back
                }
                if self.come_back(&back).await? != End::StartAgain {
                    return Ok(());
                }
                self.street.counts.interruptions.one();
                was_interrupted = true;
            } else if !was_interrupted {
                return Ok(()); // the point of sale or the connection went meanwhile
            }
            if *self.street.stop.borrow() {
                return Ok(());
            }
            CONNECT.clone_into(&mut form);
        }
    }

    /// At HubRise: the way back.
    async fn allow(&mut self, authorise: &str, location: &str) -> Result<String> {
        let allowed = self.ask(authorise, Some(&[("decision", "allow"), ("location_id", location)])).await?;
        allowed.location.context("HubRise does not send the browser back")
    }

    pub(super) fn owns(&self, location: &str) -> bool {
        self.restaurant.locations().iter().any(|own| own == location)
    }

    /// Connects a location, whatever it takes.
    pub(super) async fn connect_for_certain(&mut self, location: &str) -> Result<()> {
        for _ in 0..20 {
            let (point_of_sale, name) = self.point_of_sale(location).await?;
            let fields = [("point_of_sale", point_of_sale.as_str()), ("new_name", &name)];
            let shown = self.page(CONNECT, Some(&fields)).await?;
            let back = self.allow(&shown.location.context("no way to HubRise")?, location).await?;
            if self.come_back(&back).await? == End::Connected {
                return Ok(());
            }
        }
        bail!("{location} cannot be connected")
    }

    /// From HubRise to whatever the trip comes to.
    async fn come_back(&mut self, back: &str) -> Result<End> {
        if let Some((_, code)) = back.split_once("code=") {
            let code = code.split('&').next().unwrap_or_default().to_owned();
            self.street.codes.lock().unwrap_or_else(PoisonError::into_inner).push(code);
        }
        if self.dice.random_range(0..4) == 0 {
            // A double click.
            let mut twin = self.person.clone();
            let request = twin.http.get(back).timeout(Duration::from_secs(40));
            tokio::spawn(async move { twin.send(request).await.is_ok() });
        }
        let started = Instant::now();
        let mut next = back.to_owned();
        loop {
            let shown = self.page(&next, None).await?;
            match shown.location {
                Some(location) if location.contains("/services/hubrise/pending/") => {
                    return self.decide(&location).await;
                }
                Some(location) => next = location,
                None if shown.body.contains("data-reload-after") => {
                    if started.elapsed() > self.street.patience {
                        return Ok(End::StartAgain);
                    }
                }
                None => return self.judge(&shown, &next),
            }
        }
    }

    fn judge(&self, shown: &Shown, address: &str) -> Result<End> {
        match shown.status {
            200 if shown.body.contains("est relié à HubRise") => {
                self.street.counts.connects.one();
                Ok(End::Connected)
            }
            // Disconnected again by a colleague, before the page was read.
            200 => Ok(End::Connected),
            409 if shown.body.contains("n’est pas terminée") => Ok(End::StartAgain),
            409 => {
                self.street.counts.refusals.one();
                Ok(End::Taken)
            }
            400 | 403 | 404 | 410 | 502 | 503 => Ok(End::StartAgain),
            status => bail!("{address} answers {status}"),
        }
    }

    /// The point of sale was connected to another location: the person agrees, or does not.
    async fn decide(&mut self, pending: &str) -> Result<End> {
        let agrees = self.dice.random_bool(0.5);
        let address = if agrees { pending.to_owned() } else { format!("{pending}/cancel") };
        self.page(&address, Some(&[])).await?;
        let shown = self.page(pending, None).await?;
        if agrees && shown.status == 200 {
            self.street.counts.switches.one();
        }
        Ok(End::Connected)
    }

    /// The location's own, while it is free, or a new one under its name.
    async fn point_of_sale(&mut self, location: &str) -> Result<(String, String)> {
        let name = format!("Comptoir {}", location.rsplit('-').next().unwrap_or_default());
        let page = self.open(CONNECT).await?;
        let choices = page.body.split("name=\"point_of_sale\" value=\"").skip(1);
        let own = choices.filter(|choice| choice.contains(&format!("<span>{name}</span>")));
        let id = own.filter_map(|choice| choice.split('"').next()).last();
        Ok((id.unwrap_or("new").to_owned(), name))
    }

    async fn connection(&mut self) -> Result<Option<String>> {
        let page = self.open("/services").await?;
        let connections = after_each(&page.body, "/services/hubrise/connections/", '/');
        Ok(connections.choose(&mut self.dice).cloned())
    }

    async fn reconnect(&mut self, location: &str) -> Result<()> {
        let Some(connection) = self.connection().await? else { return Ok(()) };
        self.connect(location, Some(&connection)).await
    }

    async fn disconnect(&mut self) -> Result<()> {
        let Some(connection) = self.connection().await? else { return Ok(()) };
        self.let_go(&format!("/services/hubrise/connections/{connection}/disconnect")).await
    }

    async fn delete(&mut self) -> Result<()> {
        let page = self.open("/points-of-sale").await?;
        let all = after_each(&page.body, "href=\"/points-of-sale/", '/');
        let Some(id) = all.choose(&mut self.dice).cloned() else { return Ok(()) };
        self.let_go(&format!("/points-of-sale/{id}/delete")).await
    }

    async fn let_go(&mut self, path: &str) -> Result<()> {
        let shown = self.page(path, Some(&[])).await?;
        if let Some(receipt) = shown.location.filter(|location| location.contains("/receipts/")) {
            let receipt = self.page(&receipt, None).await?;
            anyhow::ensure!(receipt.status == 200, "a receipt answers {}", receipt.status);
            self.street.counts.disconnects.one();
        }
        Ok(())
    }
}

impl Shown {
    /// Whether it is something to go on with: an error is, where it is a page that says what to do. A sign-in that a
    /// death cut short counts as a wrong one, and many at once are slowed down.
    fn is_an_answer(&self) -> bool {
        let says_what_to_do = ["Recommencer", "cliquez sur Reconnecter"].iter().any(|words| self.body.contains(words));
        (self.status < 500 && self.status != 429) || says_what_to_do
    }
}

/// What follows each of these words in a page, up to this character.
fn after_each(page: &str, words: &str, end: char) -> Vec<String> {
    page.split(words).skip(1).filter_map(|rest| rest.split(end).next()).map(str::to_owned).collect()
}

#[expect(clippy::disallowed_methods, reason = "a moment by the seed")]
pub(super) async fn rest(duration: Duration) {
    tokio::time::sleep(duration).await;
}
