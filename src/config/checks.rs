//! From text to a [`Config`]: every key is read and checked, and every problem is kept, before anything is decided.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use ipnet::IpNet;
use url::{Host, Url};

use super::{Config, DatabaseConfig, HubRiseConfig, Layers, MailConfig, MailTarget, Problems};
use crate::crypto::Keyring;

const KNOWN_KEYS: [&str; 26] = [
    "listen",
    "metrics_listen",
    "public_url",
    "database_url",
    "data_dir",
    "encryption_keys",
    "trusted_proxies",
    "time_zone",
    "session_hours",
    "trial_days",
    "drain_seconds",
    "event_retention_days",
    "mail.smtp_url",
    "mail.folder",
    "mail.from",
    "mail.operator",
    "log.filter",
    "log.format",
    "hubrise.oauth_url",
    "hubrise.api_url",
    "hubrise.manager_url",
    "hubrise.client_id",
    "hubrise.client_secret",
    "hubrise.other_client_secret",
    "hubrise.scope",
    "hubrise.timeout_seconds",
];

/// What HubRise gives access to.
const RESOURCES: [&str; 6] = ["orders", "customer_list", "catalog", "inventory", "all_catalogs", "all_customer_lists"];

pub(super) fn check(layers: Layers) -> Result<Config, Problems> {
    let mut reader = Reader { problems: layers.problems.clone(), layers };
    reader.report_unknown_keys();
    reader.report_log();
    let listen = reader.required("listen", "the address and port to listen on, such as 127.0.0.1:8080");
    let metrics_listen = reader.metrics_listen();
    let public_url = reader.origin("public_url", "the address people use, such as https://hubrise.tickncook.com");
    let database = reader.database();
    let keyring = reader.keyring();
    let hubrise = reader.hubrise();
    let trusted_proxies = reader.trusted_proxies();
    let time_zone = reader.required("time_zone", "a time zone, such as Europe/Paris");
    let session_lifetime = reader.duration("session_hours", 3600, 1..=24 * 90);
    let trial_days = reader.number("trial_days", 1..=366);
    let drain = reader.duration("drain_seconds", 1, 1..=600);
    let mail = reader.mail();
    let event_retention_days = reader.number("event_retention_days", 1..=3660);

    let Reader { problems, .. } = reader;
    let complete = (|| {
        Some(Config {
            listen: listen?,
            metrics_listen: metrics_listen?,
            public_url: public_url?,
            database: database?,
            keyring: keyring?,
            hubrise: hubrise?,
            trusted_proxies: trusted_proxies?,
            time_zone: time_zone?,
            session_lifetime: session_lifetime?,
            trial_days: trial_days?,
            drain: drain?,
            mail: mail?,
            event_retention_days: event_retention_days?,
        })
    })();
    complete.filter(|_| problems.0.is_empty()).ok_or(problems)
}

struct Reader {
    layers: Layers,
    problems: Problems,
}

/// The name of a setting as it may be shown: what no name can have in it begins something else, perhaps a secret.
fn shown(key: &str) -> String {
    let name = key.split(|character: char| !character.is_ascii_alphanumeric() && !"_.".contains(character)).next();
    let name = name.unwrap_or_default();
    if name.len() == key.len() { name.to_owned() } else { format!("{name}…") }
}

impl Reader {
    fn report_unknown_keys(&mut self) {
        for key in self.layers.keys().filter(|key| !KNOWN_KEYS.contains(key)) {
            self.problems.add(&shown(key), "there is no such setting; is it misspelt?");
        }
    }

    fn report_log(&mut self) {
        if let Some(format) = self.layers.value("log.format").filter(|format| !["text", "json"].contains(&&**format)) {
            self.problems.add("log.format", format!("is `text` or `json`, not `{format}`"));
        }
        if let Some(filter) = self.layers.value("log.filter")
            && let Err(error) = tracing_subscriber::EnvFilter::try_new(filter)
        {
            self.problems.add("log.filter", error.to_string());
        }
    }

    fn missing<T>(&mut self, key: &str, what: &str) -> Option<T> {
        // A file that could not be read is named already.
        if self.problems.0.iter().any(|problem| problem.key == key) {
            return None;
        }
        self.problems.add(key, format!("is missing: {what}"));
        None
    }

    fn required<T: FromStr<Err: Display>>(&mut self, key: &str, what: &str) -> Option<T> {
        let Some(text) = self.layers.value(key) else { return self.missing(key, what) };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.add(key, format!("`{text}` is not {what} ({error})"));
                None
            }
        }
    }

    /// Nowhere, if it is not set.
    #[expect(clippy::option_option, reason = "the outer one is for a wrong value, as everywhere here")]
    fn metrics_listen(&mut self) -> Option<Option<SocketAddr>> {
        if self.layers.value("metrics_listen").is_none() {
            return Some(None);
        }
        self.required("metrics_listen", "the address and port for Prometheus, such as 127.0.0.1:9464").map(Some)
    }

    /// An http or https address without path or credentials. Plain http is for this machine only.
    fn origin(&mut self, key: &str, what: &str) -> Option<Url> {
        let url: Url = self.http_url(key, what)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            self.problems.add(key, "has only a scheme, a host and perhaps a port, and no path");
            return None;
        }
        Some(url)
    }

    fn http_url(&mut self, key: &str, what: &str) -> Option<Url> {
        let url: Url = self.required(key, what)?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            self.problems.add(key, "is an http or https address, without a user or a password in it");
            return None;
        }
        if url.scheme() == "http" && !is_this_machine(&url) {
            self.problems.add(key, "is plain http, which is allowed on this machine (localhost) only: use https");
            return None;
        }
        Some(url)
    }

    fn database(&mut self) -> Option<DatabaseConfig> {
        let url = self.layers.value("database_url");
        let data_dir = self.layers.value("data_dir");
        if let Some(url) = url {
            if url.parse::<sqlx::postgres::PgConnectOptions>().is_err() {
                self.problems.add("database_url", "is of the form postgres://user:password@host/database");
                return None;
            }
            return Some(DatabaseConfig::External(url.into()));
        }
        match data_dir {
            Some(directory) => Some(DatabaseConfig::Embedded(directory.into())),
            None => self.missing(
                "database_url",
                "postgres://user:password@host/database; or set data_dir, and the bridge runs a PostgreSQL of its own there",
            ),
        }
    }

    fn mail(&mut self) -> Option<MailConfig> {
        let from = self.required("mail.from", "whom mails come from, such as TicknCook <hello@tickncook.com>");
        let operator: Option<String> = self.layers.value("mail.operator");
        if operator.as_deref().is_some_and(|address| address.parse::<lettre::Address>().is_err()) {
            self.problems.add("mail.operator", "is the e-mail address of whoever keeps the bridge running");
        }
        Some(MailConfig { from: from?, target: self.mail_target()?, operator })
    }

    fn mail_target(&mut self) -> Option<MailTarget> {
        if let Some(url) = self.layers.value("mail.smtp_url") {
            if lettre::AsyncSmtpTransport::<lettre::Tokio1Executor>::from_url(&url).is_err() {
                self.problems.add(
                    "mail.smtp_url",
                    "is of the form smtps://user:password@host, or smtp://host:port?tls=required",
                );
                return None;
            }
            if !keeps_mails_private(&url) {
                self.problems.add(
                    "mail.smtp_url",
                    "sends passwords and mails in clear: smtps://…, or smtp://…?tls=required, unless it is on this machine",
                );
                return None;
            }
            return Some(MailTarget::Server(url.into()));
        }
        let folder = self.layers.value("mail.folder").map(PathBuf::from);
        // Where there is no mail server, as in the demo, they stay where one can read them.
        let beside_data = || self.layers.value("data_dir").map(|directory| Path::new(&directory).join("mails"));
        match folder.or_else(beside_data) {
            Some(folder) => Some(MailTarget::Folder(folder)),
            None => self.missing(
                "mail.smtp_url",
                "the mail server, smtps://user:password@host; or set mail.folder, and mails are kept there as files",
            ),
        }
    }

    fn keyring(&mut self) -> Option<Keyring> {
        let Some(text) = self.layers.value("encryption_keys") else {
            return self.missing(
                "encryption_keys",
                "one `name:key` a line, the current one first; make a key with `head -c 32 /dev/urandom | base64`",
            );
        };
        match (Keyring::parse(&text), self.layers.file("encryption_keys")) {
            (Ok(keyring), Some(file)) => Some(keyring.kept_in(file)),
            (Ok(keyring), None) => Some(keyring),
            (Err(error), _) => {
                self.problems.add("encryption_keys", error.to_string());
                None
            }
        }
    }

    fn hubrise(&mut self) -> Option<HubRiseConfig> {
        let oauth_url = self.http_url("hubrise.oauth_url", "the address of HubRise's OAuth server");
        let api_url = self.http_url("hubrise.api_url", "the address of HubRise's API");
        let manager_url = self.http_url("hubrise.manager_url", "the address of HubRise's back office");
        let client_id = self.required("hubrise.client_id", "the id of the client that you created at HubRise");
        let client_secret: Option<String> =
            self.required("hubrise.client_secret", "the secret of the client that you created at HubRise");
        let scope = self.scope();
        let timeout = self.duration("hubrise.timeout_seconds", 1, 1..=15);
        Some(HubRiseConfig {
            oauth_url: oauth_url?,
            api_url: api_url?,
            manager_url: manager_url?,
            client_id: client_id?,
            client_secret: client_secret?.into(),
            other_client_secret: self.layers.value("hubrise.other_client_secret").map(Into::into),
            scope: scope?,
            timeout: timeout?,
        })
    }

    fn scope(&mut self) -> Option<String> {
        let scope: String = self.required("hubrise.scope", "the access to ask restaurants for")?;
        let listed = scope.strip_prefix("location[").and_then(|rest| rest.strip_suffix(']'));
        let is_permission = |permission: &str| {
            let parts = permission.split_once('.');
            parts.is_some_and(|(resource, access)| RESOURCES.contains(&resource) && ["read", "write"].contains(&access))
        };
        let Some(mut permissions) = listed.map(|listed| listed.split(',')).filter(|all| all.clone().all(is_permission))
        else {
            let resources = RESOURCES.join(", ");
            let form = format!("is of the form location[orders.write,catalog.read], without blanks, of {resources}");
            self.problems.add("hubrise.scope", form);
            return None;
        };
        // HubRise refuses a callback for orders that the scope does not allow: no event would come.
        if !permissions.any(|permission| permission.starts_with("orders.")) {
            self.problems.add("hubrise.scope", "allows orders: orders.read or orders.write is among it");
            return None;
        }
        Some(scope)
    }

    fn trusted_proxies(&mut self) -> Option<Vec<IpNet>> {
        let text = self.layers.value("trusted_proxies").unwrap_or_default();
        let networks = text.split(',').map(str::trim).filter(|network| !network.is_empty()).map(|network| {
            network.parse::<IpNet>().or_else(|error| network.parse::<IpAddr>().map(IpNet::from).map_err(|_| error))
        });
        let networks = networks.collect::<Result<_, _>>().ok();
        if networks.is_none() {
            self.problems.add("trusted_proxies", "is a list of networks, such as 10.0.0.0/8, 192.168.1.7");
        }
        networks
    }

    fn duration(&mut self, key: &str, unit_in_seconds: u64, range: std::ops::RangeInclusive<u64>) -> Option<Duration> {
        self.number(key, range).map(|number| Duration::from_secs(number * unit_in_seconds))
    }

    fn number(&mut self, key: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        let number: u64 = self.required(key, &what)?;
        if !range.contains(&number) {
            self.problems.add(key, format!("`{number}` is not {what}"));
            return None;
        }
        Some(number)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether nobody on the way to the mail server reads along.
fn keeps_mails_private(smtp_url: &str) -> bool {
    let Ok(url) = Url::parse(smtp_url) else { return false };
    let is_here = match url.host_str() {
        Some(host) => {
            host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        None => false,
    };
    let needs_tls = url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    url.scheme() == "smtps" || needs_tls || is_here
}
