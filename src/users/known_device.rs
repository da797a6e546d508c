//! Browsers that have signed in with a password before. Each is known by a cookie of its own, which lets nobody in: it
//! only keeps those who guess at the account from slowing down its owner.

use anyhow::Result;
use axum::{http::HeaderMap, response::Response};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::{EmailAddress, store};
use crate::{
    app::App,
    ids::UserId,
    secrets::{Digest, is_like_random_secret, random_secret},
    web::{cookie, set_cookie},
};

const COOKIE: &str = "device";
/// How long a browser is known after it was last signed in with.
const LIFETIME: TimeDelta = TimeDelta::days(180);

/// How many browsers an account knows at most: with one more, it forgets the one that was not signed in with for
/// longest.
const DEVICES_LIMIT: i64 = 20;

/// The browser's own word on which one it is.
#[derive(Clone, Debug)]
pub(super) struct Device(SecretString);

impl Device {
    /// What the browser sends, if it is anything that we could have sent it.
    pub(super) fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let value = cookie(headers, &app.config.cookie_name(COOKIE))?;
        is_like_random_secret(value).then(|| Self(value.to_owned().into()))
    }

    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.0.expose_secret())
    }

    /// Whether somebody has signed in to this account with it.
    pub(super) async fn is_known_to(&self, app: &App, email: &EmailAddress) -> Result<bool> {
        let since = app.clock.now() - LIFETIME;
        Ok(store::knows_device(&mut *app.db.acquire().await?, &self.digest(), email, since).await?)
    }
}

/// From now on the account knows the browser that this answer goes to.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn remember(app: &App, headers: &HeaderMap, user: UserId, mut answer: Response) -> Result<Response> {
    let now = app.clock.now();
    let mut db = app.db.acquire().await?;
    // The same for all who share a browser. One that we do not know was not made by us, and is not kept.
    let device = match Device::of(app, headers) {
        Some(device) if store::is_device(&mut db, &device.digest()).await? => device,
        _ => Device(random_secret()),
    };
    store::know_device(&mut db, &device.digest(), user, now).await?;
    store::forget_oldest_devices(&mut db, user, DEVICES_LIMIT).await?;
    set_cookie(app, &mut answer, COOKIE, device.0.expose_secret(), LIFETIME)?;
    Ok(answer)
}

/// Forgets browsers that were not signed in with for long.
pub(super) async fn purge(app: &App) -> Result<()> {
    Ok(store::forget_devices(&mut *app.db.acquire().await?, app.clock.now() - LIFETIME).await?)
}
