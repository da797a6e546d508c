//! How often browsers go to HubRise from one address without coming back.

use std::net::IpAddr;

use anyhow::Result;
use chrono::TimeDelta;

use super::throttle::Keys;
use crate::app::App;

/// A trip to HubRise by somebody of whom we know nothing but the address. It counts until they come back.
#[derive(Clone, Copy, Debug)]
pub struct Trip(Keys);

impl Trip {
    /// From this address.
    #[must_use]
    pub fn from(address: IpAddr) -> Self {
        Self(Keys::of_trip(address))
    }

    /// Lets it begin, or tells how long it must wait.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self, app: &App) -> Result<Option<TimeDelta>> {
        Ok(self.0.admit(&app.db, app.clock.now()).await?)
    }

    /// Somebody came back from one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, app: &App) -> Result<()> {
        Ok(self.0.forgive(&app.db, app.clock.now()).await?)
    }
}
