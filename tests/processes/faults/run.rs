//! A run: the stage is set, people and HubRise go about their business, and one thing after another befalls the
//! bridges, the database, the connections, HubRise and the clock, at moments and in an order that the seed says.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hubrise_sandbox::Sandbox;
use nix::sys::signal::Signal;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::balancer::Balancer;
use super::bridges::Bridges;
use super::counts::Counts;
use super::database::Database;
use super::hubrise::{self, Acknowledged, Control};
use super::people::{Manager, Street, rest};
use super::restaurants::{self, Restaurant};
use super::{tell, verdict};
use crate::folder::Folder;

#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) restaurants: usize,
    pub(super) people: usize,
    /// How long it lasts at least; it goes on until so many kills were made.
    pub(super) least: Duration,
    pub(super) kills: u64,
    pub(super) longest_pause: Duration,
    pub(super) patience: Duration,
    /// All faults, and not only kills, one death of the database and one cut.
    pub(super) is_full: bool,
}

pub(super) struct Run {
    pub(super) plan: Plan,
    pub(super) folder: Folder,
    pub(super) database: Database,
    pub(super) sandbox: Sandbox,
    pub(super) control: Control,
    pub(super) balancer: Balancer,
    pub(super) bridges: Bridges,
    pub(super) restaurants: Vec<Restaurant>,
    pub(super) counts: Arc<Counts>,
    pub(super) street: Street,
    stop: watch::Sender<bool>,
    dice: StdRng,
}

impl Run {
    pub(super) async fn play(plan: Plan) -> Result<()> {
        let started = Instant::now();
        tell(&format!("{plan:?}"));
        let mut run = Self::begin(plan).await?;
        let people = run.people()?;
        let events = run.events();
        run.counts.until_events_come().await?;
        let befallen = run.befall(started).await;
        run.stop.send_replace(true);
        let happened = run.calm_down().await;
        let mut managers = Vec::new();
        for person in people {
            managers.push(person.await??);
        }
        let mut acknowledged = events.await?;
        befallen.and(happened)?;
        let verdict = verdict::find(&mut run, &mut managers, &mut acknowledged).await;
        tell(&format!("{}{:>8}  connections that nobody took", run.counts, run.balancer.refused()));
        tell(&format!("{:>8}  seconds, seed {}", started.elapsed().as_secs(), plan.seed));
        if verdict.is_err() {
            tell(&format!("The logs are in {}.", run.keep_logs()?.display()));
        }
        verdict?;
        run.bridges.end().await?;
        run.database.stop().await
    }

    async fn begin(plan: Plan) -> Result<Self> {
        let folder = Folder::new("data")?;
        let database = Database::start(&folder).await?;
        let balancer = Balancer::start().await?;
        let mut restaurants = Restaurant::all(plan.restaurants);
        let sandbox = hubrise::start(&folder, &balancer.address(), &restaurants).await?;
        let (url, mails) = (database.url(), folder.around().join("mails").to_string_lossy().into_owned());
        let (oauth, api) = (format!("{}/oauth2/v1", sandbox.url()), format!("{}/v1", sandbox.url()));
        let public = balancer.address();
        let settings = [
            ("TICKNCOOK_DATABASE_URL", url.as_str()),
            ("TICKNCOOK_PUBLIC_URL", &public),
            ("TICKNCOOK_MAIL__FOLDER", &mails),
            ("TICKNCOOK_MAIL__OPERATOR", "operator@tickncook.example"),
            ("TICKNCOOK_DRAIN_SECONDS", "5"),
            ("TICKNCOOK_HUBRISE__OAUTH_URL", &oauth),
            ("TICKNCOOK_HUBRISE__API_URL", &api),
            ("TICKNCOOK_HUBRISE__MANAGER_URL", sandbox.url()),
            ("TICKNCOOK_HUBRISE__CLIENT_SECRET", crate::person::SECRET),
        ];
        restaurants::run(&folder, &settings, &["migrate"])?;
        restaurants::add(&mut restaurants, plan.people.div_ceil(plan.restaurants), &folder, &settings)?;
        let counts = Arc::new(Counts::default());
        let mut bridges = Bridges::new(&folder, &settings, plan.is_full, &counts)?;
        bridges.ready(&folder, &balancer).await?;
        let (stop, stopped) = watch::channel(false);
        let street = Street {
            bridge: balancer.address(),
            hubrise: sandbox.url().to_owned(),
            counts: counts.clone(),
            codes: Arc::new(Mutex::default()),
            patience: plan.patience,
            stop: stopped,
        };
        let (control, dice) = (Control::of(&sandbox)?, StdRng::seed_from_u64(plan.seed));
        Ok(Self {
            plan,
            folder,
            database,
            sandbox,
            control,
            balancer,
            bridges,
            restaurants,
            counts,
            street,
            stop,
            dice,
        })
    }

    fn people(&mut self) -> Result<Vec<JoinHandle<Result<Manager>>>> {
        let mut people = Vec::new();
        for number in 0..self.plan.people {
            let restaurant = &self.restaurants[number % self.restaurants.len()];
            let email = restaurant.manager(number / self.restaurants.len());
            people.push(tokio::spawn(Manager::new(&self.street, restaurant, email, self.dice.random())?.live()));
        }
        Ok(people)
    }

    fn events(&mut self) -> JoinHandle<Acknowledged> {
        let shared = (self.counts.clone(), self.street.stop.clone());
        let (hubrise, restaurants) = (self.street.hubrise.clone(), self.restaurants.clone());
        tokio::spawn(hubrise::live(self.control.clone(), hubrise, restaurants, self.dice.random(), shared))
    }

    /// One thing after another.
    async fn befall(&mut self, started: Instant) -> Result<()> {
        while started.elapsed() < self.plan.least || self.counts.kills.get() < self.plan.kills {
            let longest = u64::try_from(self.plan.longest_pause.as_millis())?;
            rest(Duration::from_millis(self.dice.random_range(100..longest))).await;
            self.bridges.supervise(&self.folder, &self.balancer)?;
            if self.plan.is_full { self.befall_anything().await? } else { self.befall_little().await? }
        }
        Ok(())
    }

    async fn befall_little(&mut self) -> Result<()> {
        self.bridges.kill(self.dice.random_range(0..2));
        match self.counts.kills.get() {
            3 => {
                self.counts.database_kills.one();
                self.database.restart(&self.folder, Signal::SIGKILL).await?;
            }
            5 => self.cut(),
            7 => {
                self.counts.terminations.one();
                self.database.terminate().await?;
            }
            _ => {}
        }
        Ok(())
    }

    fn cut(&self) {
        self.balancer.cut();
        self.counts.cuts.one();
    }

    async fn befall_anything(&mut self) -> Result<()> {
        let slot = self.dice.random_range(0..2);
        match self.dice.random_range(0..100) {
            0..60 => self.bridges.kill(slot),
            60..66 => {
                self.bridges.kill(0);
                self.bridges.kill(1);
            }
            66..69 => self.bridges.stop(slot)?,
            69..72 => {
                let signal = if slot == 0 { Signal::SIGINT } else { Signal::SIGQUIT };
                self.counts.database_restarts.one();
                self.database.restart(&self.folder, signal).await?;
            }
            72..74 => {
                self.counts.database_kills.one();
                self.database.restart(&self.folder, Signal::SIGKILL).await?;
            }
            74..76 => {
                self.counts.backend_kills.one();
                Database::kill_a_backend(&self.folder, self.dice.random_range(0..1000))?;
            }
            76..80 => {
                self.counts.terminations.one();
                // The database may be recovering just now.
                self.database.terminate().await.ok();
            }
            80..85 => self.cut(),
            85..96 => {
                self.control.go_wrong(&mut self.dice).await?;
                self.counts.hubrise_faults.one();
            }
            96..98 => {
                self.sandbox.stop().await;
                self.counts.hubrise_stops.one();
                rest(Duration::from_millis(self.dice.random_range(500..5_000))).await;
                self.sandbox.restart().await?;
            }
            _ => self.step_clock().await?,
        }
        Ok(())
    }

    /// An hour forward or back, and right again after a while.
    async fn step_clock(&mut self) -> Result<()> {
        let seconds = if self.dice.random_bool(0.5) { 3_600 } else { -3_600 };
        self.bridges.set_clock(seconds)?;
        rest(Duration::from_millis(self.dice.random_range(1_000..6_000))).await;
        self.bridges.set_clock(0)
    }

    /// What the bridges and the database have written, for whoever looks for the reason.
    fn keep_logs(&self) -> Result<PathBuf> {
        let kept = std::env::temp_dir().join(format!("tickncook-faults-{}", self.plan.seed));
        std::fs::create_dir_all(&kept)?;
        for folder in [self.folder.around(), self.folder.data()] {
            for log in std::fs::read_dir(folder)?.flatten() {
                if log.path().extension().is_some_and(|extension| extension == "log") {
                    std::fs::copy(log.path(), kept.join(log.file_name()))?;
                }
            }
        }
        Ok(kept)
    }

    /// Whatever went wrong goes right again.
    async fn calm_down(&mut self) -> Result<()> {
        self.sandbox.restart().await?;
        for what in ["faults", "event_faults"] {
            self.control.clear(what).await?;
        }
        self.bridges.ready(&self.folder, &self.balancer).await.context("the bridges do not come back")
    }
}
