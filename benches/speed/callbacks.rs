//! The way back from HubRise with a new connection: state, exchange, proof, store, redirect. Everything before it, from
//! the button to HubRise's consent, is done before the clock runs.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http_body_util::Full;
use hyper::{Request, StatusCode, body::Bytes};
use sqlx::PgPool;
use tickncook_hubrise::polling::poll;

use crate::{
    load::{Ask, Measured, ask_all},
    person::Person,
    site::{Site, location_id, owner},
};

/// A manager of each restaurant, signed in here and at HubRise.
pub(crate) struct Managers {
    people: Vec<Person>,
    /// How many of their locations they have connected.
    connected: usize,
}

impl Managers {
    pub(crate) async fn sign_in(site: &Site) -> Result<Self> {
        add_restaurants(&site.db, site.restaurants.count).await?;
        let mut people = Vec::new();
        for restaurant in 0..site.restaurants.count {
            let mut person = Person::new()?;
            let email = format!("manager{restaurant}@restaurant.example");
            let here = [("email", email.as_str()), ("password", "bella-pizza-demo")];
            person.post(&format!("{}/login", site.server.address()), &here).await?;
            let owner = owner(restaurant);
            let there = [("email", owner.as_str()), ("password", "hubrise-demo"), ("next", "/")];
            person.post(&format!("{}/login", site.sandbox.url()), &there).await?;
            people.push(person);
        }
        Ok(Self { people, connected: 0 })
    }

    /// A manager of each restaurant, who has connected all that it has.
    pub(crate) async fn who_have_connected(site: &Site) -> Result<Vec<Person>> {
        let mut managers = Self::sign_in(site).await?;
        managers.connect(site, site.restaurants.count, site.restaurants.locations).await?;
        Ok(managers.people)
    }

    /// The first so many connect so many new locations each.
    pub(crate) async fn connect(&mut self, site: &Site, browsers: usize, each: usize) -> Result<Measured> {
        let makers = self.ways_back(site, browsers, each).await?;
        settle(&site.db).await?;
        let before = connections(&site.db).await?;
        let measured = ask_all(&site.host(), makers, StatusCode::SEE_OTHER).await?;
        let new = connections(&site.db).await? - before;
        ensure!(
            usize::try_from(new)? == browsers * each,
            "{new} connections came of {browsers} times {each} callbacks"
        );
        Ok(measured)
    }

    /// What the browsers are about to ask, each so many times.
    pub(crate) async fn ways_back(
        &mut self,
        site: &Site,
        browsers: usize,
        each: usize,
    ) -> Result<Vec<impl FnMut() -> Option<Ask> + Send + 'static>> {
        ensure!(self.connected + each <= site.restaurants.locations, "there are no more locations");
        let mut makers = Vec::new();
        for (restaurant, person) in self.people.iter_mut().enumerate().take(browsers) {
            let mut waiting = Vec::new();
            for number in self.connected..self.connected + each {
                let location = location_id(restaurant, number);
                let back = person.allow(&site.server.address(), &[("location_id", &location)]).await?;
                waiting.push(callback(&site.host(), &back, &person.cookies())?);
            }
            makers.push(move || waiting.pop());
        }
        self.connected += each;
        Ok(makers)
    }
}

fn callback(host: &str, back: &str, cookies: &str) -> Result<Ask> {
    let (_, path) = back.split_once(host).context("HubRise sends the browser elsewhere")?;
    Ok(Request::get(path).header("host", host).header("cookie", cookies).body(Full::new(Bytes::new()))?)
}

/// Waits until what earlier connects have left to be done is done: HubRise has been told where to send their events.
async fn settle(db: &PgPool) -> Result<()> {
    let settled = poll(Duration::from_mins(5), async || {
        let open = "select count(*) from connection where callback_registered_at is null";
        let open: i64 = sqlx::query_scalar(open).fetch_one(db).await?;
        Ok::<_, sqlx::Error>((open == 0).then_some(()))
    });
    settled.await?.context("connections have no callback yet")
}

pub(crate) async fn connections(db: &PgPool) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from connection").fetch_one(db).await?)
}

/// Each with one manager, whose password is that of the demo's.
async fn add_restaurants(db: &PgPool, count: usize) -> Result<()> {
    let added = sqlx::query(
        "with number as (select generate_series(0, $1) as number),
            organisation as (insert into organisation (id, name, created_at)
                select gen_random_uuid(), 'Restaurant ' || number, now() from number returning id, name),
            manager as (insert into app_user (id, email, password_hash, created_at)
                select gen_random_uuid(), 'manager' || number || '@restaurant.example', demo.password_hash, now()
                from number, app_user demo where demo.email = 'gerant@bellapizza.example' returning id, email)
         insert into membership (organisation_id, user_id, role, created_at)
         select organisation.id, manager.id, 'manager', now() from organisation, manager
         where manager.email = 'manager' || split_part(organisation.name, ' ', 2) || '@restaurant.example'",
    );
    added.bind(i32::try_from(count)? - 1).execute(db).await?;
    Ok(())
}
