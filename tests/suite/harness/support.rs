//! Somebody of TicknCook's support: their account, their device that shows codes, and their way into the console.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tickncook_hubrise::users::{
    second_factor::{self, SecondFactor},
    service::{NewUser, add_user},
};
use totp_rs::{Builder, Secret};

use super::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, Browser, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE,
    PASSWORD, Page, TestApp,
};

pub(crate) const SUPPORT: &str = "support@tickncook.example";
pub(crate) const CODE: &str = "Code à six chiffres";
pub(crate) const CONTINUE: &str = "Continuer";
pub(crate) const SEARCH: &str = "Chercher";

/// A device that shows codes.
#[derive(Clone, Debug)]
pub(crate) struct Device(String);

impl Device {
    pub(crate) fn of(factor: &SecondFactor) -> Self {
        Self(factor.secret.expose_secret().to_owned())
    }

    /// The code that it shows so many seconds from now.
    pub(crate) fn code_in(&self, app: &TestApp, seconds: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let time = (app.now() + TimeDelta::seconds(seconds)).timestamp();
        Builder::new().with_secret(secret).build().unwrap().generate(time.try_into().unwrap()).to_string()
    }

    pub(crate) fn code(&self, app: &TestApp) -> String {
        self.code_in(app, 0)
    }
}

impl TestApp {
    /// Makes an account of TicknCook's support.
    pub(crate) async fn add_support(&self, email: &str) -> Device {
        let new = NewUser { email, password: PASSWORD.into(), is_support: true, membership: None };
        add_user(&self.app, new).await.unwrap();
        Device::of(&second_factor::renew(&self.app, email).await.unwrap())
    }

    /// The browser of somebody of TicknCook's support, at the start of the console.
    pub(crate) async fn support(&self) -> Browser {
        let device = self.add_support(SUPPORT).await;
        let mut browser = self.signed_in(SUPPORT).await;
        browser.prove(&device.code(self)).await.assert_status(200);
        assert_eq!(browser.page().url.path(), "/support");
        browser
    }
}

impl Browser {
    /// Enters a code on the page that asks for one.
    pub(crate) async fn prove(&mut self, code: &str) -> &Page {
        self.press(CONTINUE, &[(CODE, code)]).await
    }

    /// Searches in the console.
    pub(crate) async fn search(&mut self, query: &str) -> &Page {
        self.open("/support").await;
        self.press(SEARCH, &[("query", query)]).await
    }
}

/// Bella Pizza with Paris and Lyon connected, Chez Nestor with Baker Street; the managers' browsers.
pub(crate) async fn three_connections(app: &TestApp) -> (Browser, Browser) {
    let mut bella = app.signed_in(MANAGER).await;
    bella.connect(PARIS, PARIS_AT_HUBRISE).await;
    bella.connect(LYON, LYON_AT_HUBRISE).await;
    let mut nestor = app.signed_in(NESTOR).await;
    nestor.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
    app.run_jobs().await;
    (bella, nestor)
}

/// A connection's page in the console.
pub(crate) async fn page_of<'a>(app: &TestApp, support: &'a mut Browser, location: &str) -> &'a Page {
    let id = app.connection(location).await;
    support.open(&format!("/support/connections/{id}")).await
}
