//! Trips to HubRise of every kind, up to the callback that is not opened yet.

use reqwest::Url;

use crate::{
    harness::{Browser, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NICE_AT_HUBRISE, TestApp, WITH_HUBRISE, hubrise},
    opening::{COLLEAGUE, add_colleague, connected},
};

pub(crate) const CONNECT: &str = "/hubrise_oauth/connect_callback";
pub(crate) const LOGIN: &str = "/hubrise_oauth/login_callback";
pub(crate) const AUTHORIZE: &str = "/hubrise_oauth/authorize_callback";
pub(crate) const DOORS: [&str; 3] = [CONNECT, LOGIN, AUTHORIZE];

/// A browser that is on its way back from HubRise.
pub(crate) struct Traveller {
    pub(crate) kind: &'static str,
    pub(crate) browser: Browser,
    pub(crate) callback: Url,
}

impl Traveller {
    fn new(kind: &'static str, browser: Browser, callback: &str) -> Self {
        Self { kind, browser, callback: callback.parse().unwrap() }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.callback.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }
}

/// The same callback at another door.
pub(crate) fn at_door(callback: &Url, door: &str) -> String {
    let mut address = callback.clone();
    address.set_path(door);
    address.into()
}

/// A callback with these parameters alone.
pub(crate) fn with_parameters(app: &TestApp, door: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = app.public().join(door).unwrap();
    address.query_pairs_mut().extend_pairs(parameters);
    address.into()
}

/// Where a browser is led from an address, up to the first that is at this path of the bridge; it is not opened.
async fn led_to(browser: &mut Browser, from: &str, path: &str) -> String {
    let mut address = from.to_owned();
    for _ in 0..12 {
        let page = browser.peek(&address).await;
        let target = page.target();
        if target.path() == path {
            return target.into();
        }
        address = target.into();
    }
    panic!("{from} does not lead to {path}, but to {address}");
}

/// A manager's **Ajouter un point de vente**.
pub(crate) async fn connect(app: &TestApp, email: &str) -> Traveller {
    let mut browser = app.signed_in(email).await;
    let callback = browser.callback(LYON, LYON_AT_HUBRISE).await;
    Traveller::new("connect", browser, &callback)
}

/// HubRise began it.
pub(crate) async fn install(app: &TestApp) -> Traveller {
    let mut browser = app.browser();
    let callback = browser.install_callback(app.hubrise.url(), NICE_AT_HUBRISE).await;
    Traveller::new("install", browser, &callback)
}

/// An owner follows a manager's link.
pub(crate) async fn link(app: &TestApp) -> Traveller {
    let link = app.signed_in(MANAGER).await.make_link(LYON, "Bella Pizza", "Lyon").await;
    let mut browser = app.browser();
    browser.open(&link).await;
    let callback = browser.allow_only(LYON_AT_HUBRISE).await.target();
    Traveller::new("link", browser, callback.as_str())
}

/// **Se connecter avec HubRise**
pub(crate) async fn sign_in(app: &TestApp) -> Traveller {
    let mut browser = app.browser();
    browser.open("/login").await;
    browser.press(WITH_HUBRISE, &[]).await;
    browser.sign_in_at_hubrise(hubrise::THOMAS).await;
    let callback = browser.press_only(FRENCH.allow, &[]).await.target();
    Traveller::new("sign-in", browser, callback.as_str())
}

/// A colleague at HubRise clicks **Ouvrir**, has said who they are, and proves that they may look. Paris is connected.
pub(crate) async fn open(app: &TestApp) -> Traveller {
    connected(app).await;
    add_colleague(app).await;
    let mut browser = app.browser();
    browser.open_at_hubrise(app.hubrise.url(), COLLEAGUE).await;
    let login = browser.press_only(FRENCH.allow, &[]).await.target();
    let callback = led_to(&mut browser, login.as_str(), AUTHORIZE).await;
    Traveller::new("open", browser, &callback)
}

/// One of every kind that has a state.
pub(crate) async fn all_with_state(app: &TestApp) -> Vec<Traveller> {
    vec![link(app).await, connect(app, MANAGER).await, open(app).await, sign_in(app).await]
}

/// What the bridge holds of HubRise's: connections, grants that wait, accounts, and codes that were exchanged.
pub(crate) async fn gains(app: &TestApp) -> (i64, i64, i64, usize) {
    (
        app.count("select count(*) from connection").await,
        app.count("select count(*) from pending_connection").await,
        app.count("select count(*) from membership").await,
        app.hubrise.exchanges().await,
    )
}
