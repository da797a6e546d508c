//! What an installation can set. Values come in layers (see `layers`) and are checked all at once (see `checks`):
//! a [`Config`] that exists is a valid one.

mod checks;
mod layers;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use chrono_tz::Tz;
use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use crate::crypto::Keyring;

pub use layers::{Layers, Problem, Problems};

/// Everything the bridge needs to know to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the bridge listens.
    pub listen: SocketAddr,
    /// Where Prometheus finds its figures, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// The address people and HubRise use; without a path. Links and the redirect URI are built from it, never from
    /// a request's `Host`.
    pub public_url: Url,
    /// The database to use.
    pub database: DatabaseConfig,
    /// The keys that tokens are encrypted under.
    pub keyring: Keyring,
    /// Where HubRise is and who we are to it.
    pub hubrise: HubRiseConfig,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// In which time zone pages show times.
    pub time_zone: Tz,
    /// How long a sign-in lasts after its last use.
    pub session_lifetime: Duration,
    /// How long the free trial of a new organisation lasts, in days.
    pub trial_days: u64,
    /// How long requests under way may take to finish at a stop.
    pub drain: Duration,
    /// How mails are sent.
    pub mail: MailConfig,
    /// How long what HubRise sent is kept, in days.
    pub event_retention_days: u64,
}

/// How mails are sent.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// From whom.
    pub from: Mailbox,
    /// Where to.
    pub target: MailTarget,
    /// Who is told when something needs the operator.
    pub operator: Option<String>,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum MailTarget {
    /// To a mail server. The address may hold its password.
    Server(SecretString),
    /// Into a folder, a file each, where no mail server is configured.
    Folder(PathBuf),
}

/// Which PostgreSQL.
#[derive(Clone, Debug)]
pub enum DatabaseConfig {
    /// A server somebody else runs. The address holds its password.
    External(SecretString),
    /// The bridge's own, in this directory.
    Embedded(PathBuf),
}

/// Where HubRise is and who we are to it.
#[derive(Clone, Debug)]
pub struct HubRiseConfig {
    /// `…/oauth2/v1`
    pub oauth_url: Url,
    /// `…/v1`
    pub api_url: Url,
    /// HubRise's back office, for people.
    pub manager_url: Url,
    /// Our client id.
    pub client_id: String,
    /// Our client secret.
    pub client_secret: SecretString,
    /// The other secret that is valid while ours is being changed: HubRise may sign with either, and take either.
    pub other_client_secret: Option<SecretString>,
    /// What we ask a restaurant for.
    pub scope: String,
    /// How long one call to HubRise may take.
    pub timeout: Duration,
}

impl Config {
    /// Reads and checks the configuration of this process.
    ///
    /// # Errors
    /// With every problem there is, not only the first.
    pub fn load() -> Result<Self, Problems> {
        checks::check(Layers::of_this_process())
    }

    /// Checks a configuration that was read elsewhere.
    ///
    /// # Errors
    /// With every problem there is.
    pub fn from_layers(layers: Layers) -> Result<Self, Problems> {
        checks::check(layers)
    }

    /// Whether people come over TLS, so that cookies can be locked to it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The name of a cookie of ours. Browsers share cookies between the ports of a host: on plain http the name
    /// carries the port, so that the sandbox and a second bridge keep their own; on https the browser itself
    /// guarantees with `__Host-` that nobody else set it.
    #[must_use]
    pub fn cookie_name(&self, name: &str) -> String {
        if self.is_https() {
            return format!("__Host-tickncook_{name}");
        }
        let port = self.public_url.port_or_known_default().unwrap_or_default();
        format!("tickncook_{name}_{port}")
    }

    /// An address of ours, absolute.
    #[must_use]
    pub fn absolute(&self, path: &str) -> Url {
        let mut url = self.public_url.clone();
        url.set_path(path);
        url
    }
}

/// How to log; read before anything else, so that even a failed start is logged the right way.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// Which events, in `tracing`'s filter language.
    pub filter: String,
    /// One JSON object a line rather than text.
    pub json: bool,
}

impl LogConfig {
    /// Reads what there is; a wrong value is reported by [`Config::load`] and replaced by the default here.
    #[must_use]
    pub fn load() -> Self {
        let layers = Layers::of_this_process();
        Self {
            filter: layers.value("log.filter").unwrap_or_else(|| "info".to_owned()),
            json: layers.value("log.format").as_deref() == Some("json"),
        }
    }
}

/// The address that a service on this machine listens on, however the rest of its configuration looks by now.
///
/// # Errors
/// When it is not configured, or is not an address.
pub fn listen() -> Result<SocketAddr> {
    let listen = Layers::of_this_process().value("listen").context("`listen` is not configured")?;
    listen.parse().context("`listen` is not an address and a port")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `key = value` lines, over settings that are good.
    fn good_but_for(text: &str) -> Layers {
        let mut layers = Layers::default();
        let good = include_str!("../../tests/fuzz/corpus/configurations/good");
        for (key, value) in good.lines().chain(text.lines()).filter_map(|line| line.split_once('=')) {
            layers.set(key.trim(), value.trim());
        }
        layers
    }

    #[test]
    fn a_scope_names_permissions_and_orders_are_among_them() {
        let is_taken = |scope: &str| Config::from_layers(good_but_for(&format!("hubrise.scope = {scope}"))).is_ok();
        for scope in ["location[orders.read]", "location[catalog.read,orders.write]"] {
            assert!(is_taken(scope), "{scope}");
        }
        let bad = [
            "location[orders.read, catalog.read]",
            "location[orders.read,catalogs.read]",
            "location[catalog.read]",
            "location[preorders.read]",
            "account[orders.read]",
            "location[orders]",
            "orders.read",
        ];
        for scope in bad {
            assert!(!is_taken(scope), "{scope}");
        }
    }

    #[test]
    fn mails_go_to_another_machine_under_lock_only() {
        let is_taken = |url: &str| Config::from_layers(good_but_for(&format!("mail.smtp_url = {url}"))).is_ok();
        for url in
            ["smtps://u:p@mail.example", "smtp://mail.example:587?tls=required", "smtp://[::1]:25", "smtp://localhost"]
        {
            assert!(is_taken(url), "{url}");
        }
        for url in ["smtp://mail.example", "smtp://u:p@mail.example:587?tls=opportunistic", "smtp://127.0.0.1.example"]
        {
            assert!(!is_taken(url), "{url}");
        }
    }

    #[test]
    fn fuzz_configurations() {
        crate::fuzz::text("configurations", |text| {
            let secrets = ["database_url", "encryption_keys", "smtp_url", "client_secret"];
            // Whatever else is wrong may be shown, for somebody to find it.
            let is_misplaced = |line: &str| {
                let key = line.split('=').next().unwrap_or_default().trim();
                line.contains(crate::fuzz::SECRET) && !secrets.iter().any(|secret| key.ends_with(secret))
            };
            let shows = text.lines().any(is_misplaced);
            match Config::from_layers(good_but_for(text)) {
                Ok(config) => {
                    assert_eq!(config.public_url.path(), "/", "links are built from it");
                    assert!(config.public_url.host().is_some());
                    if !shows {
                        crate::fuzz::assert_kept_secret(&config);
                    }
                }
                Err(_) if shows => {}
                Err(problems) => crate::fuzz::assert_kept_secret(&problems.to_string()),
            }
        });
    }
}
