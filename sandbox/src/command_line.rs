//! The flags of the binary and the environment variables that stand for them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use clap::builder::FalseyValueParser;
use hubrise_sandbox::{ListingForm, Options};

/// A HubRise to develop and test against, without HubRise.
///
/// Serves the OAuth server (/oauth2/v1), the API (/v1) and the back office (/) on one port, with made-up data.
#[derive(Parser)]
#[command(version)]
pub(crate) struct CommandLine {
    /// Address to listen on.
    #[arg(long, env = "SANDBOX_HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// Port to listen on; 0 takes a free one.
    #[arg(long, env = "SANDBOX_PORT", default_value_t = 8090)]
    port: u16,

    /// OAuth client id; without one, a client is made up and printed.
    #[arg(long, env = "SANDBOX_CLIENT_ID", requires = "secret")]
    client_id: Option<String>,

    /// OAuth client secret.
    #[arg(long, env = "SANDBOX_CLIENT_SECRET", hide_env_values = true, group = "secret", requires = "client_id")]
    client_secret: Option<String>,

    /// File that has the OAuth client secret on its only line.
    #[arg(long, env = "SANDBOX_CLIENT_SECRET_FILE", value_name = "FILE", group = "secret", requires = "client_id")]
    client_secret_file: Option<PathBuf>,

    /// The client's name, as users see it.
    #[arg(long, env = "SANDBOX_CLIENT_NAME", default_value = "TicknCook")]
    client_name: String,

    /// Lists the client as an app: where the code arrives when the app is connected from the back office.
    #[arg(long, env = "SANDBOX_CONNECT_URL", value_name = "URL", default_value = "")]
    connect_url: String,

    /// Where the listed app is opened.
    #[arg(long, env = "SANDBOX_OPEN_URL", value_name = "URL", default_value = "")]
    open_url: String,

    /// What is called when the listed app is disconnected in the back office.
    #[arg(long, env = "SANDBOX_DISCONNECT_URL", value_name = "URL", default_value = "")]
    disconnect_url: String,

    /// What the listed app asks for at a location.
    #[arg(long, env = "SANDBOX_LOCATION_SCOPE", value_name = "SCOPE", default_value = "")]
    location_scope: String,

    /// What the listed app asks for at an account.
    #[arg(long, env = "SANDBOX_ACCOUNT_SCOPE", value_name = "SCOPE", default_value = "")]
    account_scope: String,

    /// JSON file that keeps everything between two runs; holds access tokens.
    #[arg(long, env = "SANDBOX_STATE", value_name = "FILE")]
    state: Option<PathBuf>,

    /// JSON file with the users, accounts and locations to start with, instead of the demo's.
    #[arg(long, env = "SANDBOX_SEED", value_name = "FILE")]
    seed: Option<PathBuf>,

    /// Serve the control interface (/control), which has no password; only on a loopback address.
    #[arg(long, env = "SANDBOX_CONTROL", value_parser = FalseyValueParser::new())]
    control: bool,
}

impl CommandLine {
    pub(crate) fn client_given(&self) -> bool {
        self.client_id.is_some()
    }

    pub(crate) fn options(self) -> Result<Options> {
        let client_secret = match (self.client_secret, self.client_secret_file) {
            (Some(secret), _) => secret,
            (None, Some(file)) => {
                let name = file.display();
                let text =
                    std::fs::read_to_string(&file).with_context(|| format!("reading the client secret from {name}"))?;
                let secret = text.trim().to_owned();
                ensure!(!secret.is_empty(), "the client secret file {name} is empty");
                secret
            }
            (None, None) => String::new(),
        };
        Ok(Options {
            host: self.host,
            port: self.port,
            client_id: self.client_id.unwrap_or_default(),
            client_secret,
            client_name: self.client_name,
            listing: ListingForm {
                description: String::new(),
                location_scope: self.location_scope,
                account_scope: self.account_scope,
                connect_url: self.connect_url,
                open_url: self.open_url,
                disconnect_url: self.disconnect_url,
            },
            other_clients: Vec::new(),
            state: self.state,
            seed: self.seed,
            control: self.control,
        })
    }
}
