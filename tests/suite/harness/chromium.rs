//! A person at a real browser, who knows only the labels. Every page of the bridge is checked on the way: for what
//! keeps people out, for errors on the console, for sideways scrolling. At the end, for requests to anybody else.

use std::{env, fs, process::Stdio};

use serde_json::{Value, json};
use thirtyfour::{
    ChromiumLikeCapabilities as _, Cookie, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver, prelude::*,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::{Browser, TestApp, eventually, http_client};

/// What the person looks at the bridge with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scripts: bool,
}

pub(crate) const TABLET: Device = Device { width: 1280, height: 800, scripts: true };
pub(crate) const PHONE: Device = Device { width: 360, height: 740, scripts: true };

const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-default-apps",
    "--accept-lang=fr-FR",
];

/// A person at a browser. The browser goes before its driver does.
pub(crate) struct Person {
    driver: WebDriver,
    _chromedriver: Child,
    axe: String,
    devtools: String,
    bridge: String,
    hosts: [String; 2],
    device: Device,
}

impl Person {
    pub(crate) async fn sit_down(app: &TestApp, device: Device) -> Self {
        let (chromedriver, address) = start_chromedriver().await;
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS {
            capabilities.add_arg(flag).unwrap();
        }
        capabilities.add_arg(&format!("--window-size={},{}", device.width, device.height)).unwrap();
        // A window is never as narrow as a phone.
        let metrics = json!({ "width": device.width, "height": device.height, "pixelRatio": 1, "mobile": false });
        capabilities.add_experimental_option("mobileEmulation", json!({ "deviceMetrics": metrics })).unwrap();
        for log in ["browser", "performance"] {
            capabilities.set_logging_prefs(log, LoggingPrefsLogLevel::All).unwrap();
        }
        let driver = WebDriver::new(&address, capabilities).await.expect("chromium, which script/test installs");
        let devtools = format!("{address}/session/{}/goog/cdp/execute", driver.session_id());
        let axe = env::var("AXE_CORE").expect("AXE_CORE: run script/test, which sets it");
        let person = Self {
            driver,
            _chromedriver: chromedriver,
            axe: fs::read_to_string(axe).expect("axe-core"),
            devtools,
            bridge: app.public().as_str().to_owned(),
            hosts: [app.public().as_str(), app.hubrise.url()].map(|url| url.trim_end_matches('/').to_owned()),
            device,
        };
        if !device.scripts {
            // Without any scripts at all the driver hangs, whose own are forbidden then too.
            person.command("Network.setBlockedURLs", json!({ "urls": ["*.js"] })).await;
        }
        person
    }

    async fn command(&self, name: &str, parameters: Value) {
        let command = json!({ "cmd": name, "params": parameters });
        let answer = http_client().post(&self.devtools).json(&command).send().await.unwrap();
        assert!(answer.status().is_success(), "{name}: {}", answer.text().await.unwrap());
    }

    /// From now on the line is slow, and the browser keeps nothing: each part of a page arrives well after the one
    /// before.
    pub(crate) async fn moves_to_the_country(&self) {
        let slow =
            json!({ "offline": false, "latency": 150, "downloadThroughput": 20_000, "uploadThroughput": 20_000 });
        self.command("Network.enable", json!({})).await;
        self.command("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        self.command("Network.emulateNetworkConditions", slow).await;
    }

    /// By how much the parts of the page that is shown now have moved about since it was opened.
    pub(crate) async fn layout_shift(&self) -> f64 {
        self.driver.execute_async(LAYOUT_SHIFT, Vec::new()).await.unwrap().json().as_f64().unwrap()
    }

    /// Opens a path of the bridge.
    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{}", self.bridge.trim_end_matches('/'), path)).await.unwrap();
        self.look().await;
    }

    /// Clicks what is called so: a link, a button, a menu.
    pub(crate) async fn click(&self, label: &str) {
        eventually(&format!("`{label}` can be clicked"), async || {
            let Ok(page) = self.driver.find(By::Tag("body")).await else { return false };
            self.click_within(&page, label).await
        })
        .await;
        self.look().await;
    }

    /// Clicks what is called so in the row or card with these words.
    pub(crate) async fn click_beside(&self, words: &str, label: &str) {
        eventually(&format!("`{label}` beside `{words}` can be clicked"), async || {
            for row in self.driver.find_all(By::Css("tr, li.card")).await.unwrap_or_default() {
                if row.text().await.unwrap_or_default().contains(words) {
                    return self.click_within(&row, label).await;
                }
            }
            false
        })
        .await;
        self.look().await;
    }

    /// Whether there was something of this label to click. A page that is just being left has nothing to offer.
    async fn click_within(&self, place: &WebElement, label: &str) -> bool {
        for element in place.find_all(By::Css("a, button, summary, label")).await.unwrap_or_default() {
            let text = element.text().await.unwrap_or_default();
            if text == label || text.lines().next() == Some(label) {
                return element.click().await.is_ok();
            }
        }
        false
    }

    /// Opens any address, as a link in a message does.
    pub(crate) async fn follow(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
        self.look().await;
    }

    /// The same for a page that is meant to be an error.
    pub(crate) async fn follow_error(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
        self.look_at_error().await;
    }

    /// Goes on with the session of a plain browser.
    pub(crate) async fn take_over(&self, browser: &Browser) {
        for ((_, name), value) in browser.cookies.iter().filter(|((_, name), _)| name.contains("tickncook_session")) {
            self.driver.add_cookie(Cookie::new(name.clone(), value.clone())).await.unwrap();
        }
    }

    /// Clicks a link that opens a new tab, and goes there.
    pub(crate) async fn click_to_new_tab(&self, label: &str) {
        let tabs = self.driver.windows().await.unwrap().len();
        let unseen = format!("{label} (nouvel onglet)");
        eventually(&format!("`{label}` opens a tab"), async || {
            let Ok(page) = self.driver.find(By::Tag("body")).await else { return false };
            for link in page.find_all(By::Css("a[target=_blank]")).await.unwrap_or_default() {
                // The words for those who see none are left out of what can be seen.
                let text = link.text().await.unwrap_or_default().replace('\n', " ");
                if text.starts_with(label) || text == unseen {
                    return link.click().await.is_ok();
                }
            }
            false
        })
        .await;
        eventually("the new tab is there", async || self.driver.windows().await.unwrap().len() > tabs).await;
        let newest = self.driver.windows().await.unwrap().pop().unwrap();
        self.driver.switch_to_window(newest).await.unwrap();
        self.look().await;
    }

    /// The value of the field with this label.
    pub(crate) async fn value(&self, label: &str) -> String {
        let field = self.labelled(label).await.unwrap_or_else(|| panic!("no field `{label}`"));
        field.value().await.unwrap().unwrap_or_default()
    }

    pub(crate) async fn refresh(&self) {
        self.driver.refresh().await.unwrap();
        self.look().await;
    }

    pub(crate) async fn back(&self) {
        self.driver.back().await.unwrap();
        self.look().await;
    }

    /// Types into the field with this label.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        eventually(&format!("`{label}` can be filled in"), async || {
            let Some(field) = self.labelled(label).await else { return false };
            field.clear().await.is_ok() && field.send_keys(text).await.is_ok()
        })
        .await;
    }

    /// Picks an option of the drop-down with this label.
    pub(crate) async fn pick(&self, label: &str, option: &str) {
        eventually(&format!("`{option}` can be picked under `{label}`"), async || {
            let Some(field) = self.labelled(label).await else { return false };
            for element in field.find_all(By::Tag("option")).await.unwrap_or_default() {
                if element.text().await.unwrap_or_default().contains(option) {
                    return element.click().await.is_ok();
                }
            }
            false
        })
        .await;
    }

    async fn labelled(&self, label: &str) -> Option<WebElement> {
        for element in self.driver.find_all(By::Tag("label")).await.unwrap_or_default() {
            if element.text().await.unwrap_or_default() == label {
                let id = element.attr("for").await.ok().flatten()?;
                return self.driver.find(By::Id(id)).await.ok();
            }
        }
        None
    }

    /// Waits until the page shows these words.
    pub(crate) async fn sees(&self, words: &str) {
        eventually(&format!("the page shows `{words}`"), async || self.text().await.contains(words)).await;
    }

    pub(crate) async fn text(&self) -> String {
        let Ok(body) = self.driver.find(By::Tag("body")).await else { return String::new() };
        body.text().await.unwrap_or_default()
    }

    /// Waits until the page is one below this path of the bridge.
    pub(crate) async fn reaches(&self, path: &str) {
        eventually(&format!("the page {path} is shown"), async || {
            self.driver.current_url().await.is_ok_and(|url| url.path().starts_with(path))
        })
        .await;
    }

    /// Presses keys wherever the focus is.
    pub(crate) async fn press(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.unwrap();
        self.look().await;
    }

    pub(crate) async fn type_in(&self, text: &str) {
        self.driver.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// Goes on with the Tab key until the focus is, visibly, on what is called so.
    pub(crate) async fn tab_to(&self, label: &str) {
        let mut passed = Vec::new();
        for _ in 0..60 {
            self.driver.action_chain().send_keys(Key::Tab).perform().await.unwrap();
            let focused = self.run(FOCUSED).await;
            let name = focused["name"].as_str().unwrap_or_default().to_owned();
            if name == label || name.starts_with(&format!("{label} ")) {
                assert_eq!(focused["visible"], true, "the focus on `{label}` cannot be seen");
                return;
            }
            passed.push(name);
        }
        panic!("the Tab key does not reach `{label}`, only {passed:?}");
    }

    /// What the radio button or field with the focus is called.
    pub(crate) async fn focused(&self) -> String {
        self.run(FOCUSED).await["name"].as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page that is shown now.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Checks the page that is shown now.
    async fn look(&self) {
        let url = self.driver.current_url().await.unwrap().to_string();
        let complaints: Vec<_> = self.driver.get_log("browser").await.unwrap();
        let complaints = complaints.iter().map(|entry| &entry.message);
        let complaints: Vec<_> = complaints.filter(|message| !message.contains("ERR_BLOCKED_BY_CLIENT")).collect();
        assert!(complaints.is_empty(), "the console of {url} says {complaints:?}");
        if !self.device.scripts || !url.starts_with(&self.bridge) {
            return;
        }
        let width = self.run("return document.documentElement.scrollWidth").await;
        assert!(width.as_u64() <= Some(self.device.width.into()), "{url} is {width} wide");
        self.driver.execute(&self.axe, Vec::new()).await.unwrap();
        let barriers = self.driver.execute_async(BARRIERS, Vec::new()).await.unwrap().json().clone();
        assert_eq!(barriers, json!([]), "{url} keeps people out");
    }

    /// The errors that the console shows of a page which is meant to be one.
    pub(crate) async fn open_error(&self, path: &str) {
        self.driver.goto(format!("{}{}", self.bridge.trim_end_matches('/'), path)).await.unwrap();
        self.look_at_error().await;
    }

    async fn look_at_error(&self) {
        for entry in self.driver.get_log("browser").await.unwrap() {
            assert!(entry.message.contains("the server responded with a status of"), "{}", entry.message);
        }
        self.look().await;
    }

    /// Leaves, and fails if the browser asked anybody but the bridge and HubRise.
    pub(crate) async fn leave(self) {
        let mut asked = 0;
        for entry in self.driver.get_log("performance").await.unwrap() {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            let event = &event["message"];
            if event["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let url = event["params"]["request"]["url"].as_str().unwrap();
            let is_known = self.hosts.iter().any(|host| url.starts_with(&format!("{host}/")));
            assert!(is_known || url.starts_with("data:"), "the browser asked {url}");
            asked += 1;
        }
        assert!(asked > 0, "the browser's requests were not recorded");
        self.driver.quit().await.unwrap();
    }
}

const FOCUSED: &str = "
    const focused = document.activeElement;
    const words = element => element ? element.innerText : '';
    const labels = (focused.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean);
    const name = labels.length ? labels.map(id => words(document.getElementById(id))).join(' ')
        : focused.labels && focused.labels.length ? words(focused.labels[0])
        : focused.getAttribute('aria-label') || words(focused);
    const shows = element => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    };
    const label = focused.labels && focused.labels[0];
    return { name: name.trim(), visible: shows(focused) || (!!label && shows(label)) };
";

const LAYOUT_SHIFT: &str = "
    const done = arguments[arguments.length - 1];
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))
        .observe({ type: 'layout-shift', buffered: true });
    // What is drawn is told after it was drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum))));
";

const BARRIERS: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        result => done(result.violations.map(found => [found.id, found.help, ...found.nodes.map(node => node.html)])),
        error => done([String(error)]),
    );
";

/// Starts a driver on a port of its own choice, and reads which.
async fn start_chromedriver() -> (Child, String) {
    let mut child = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver, which script/test installs");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return (child, format!("http://127.0.0.1:{}", port.trim_end_matches('.')));
        }
    }
    panic!("chromedriver did not start");
}
