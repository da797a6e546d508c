//! The operator's commands. They work beside a running service.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};

use super::{customer, say};
use crate::{
    api::{self, keys::Key},
    app::App,
    clock::Clock,
    config::Config,
    database::{self, Database},
    history::Actor,
    ids::ApiKeyId,
    key_rotation,
    organisations::{self, Role},
    points_of_sale,
    users::{
        second_factor,
        service::{self, NewUser, add_user},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add somebody who can sign in; the password is read from standard input. With `--support`, prints the secret of
    /// their second factor too, this once
    Add {
        /// Their e-mail address
        email: String,
        /// The organisation they belong to: its id, or its name
        #[arg(long, required_unless_present = "support")]
        organisation: Option<String>,
        /// What they may do there
        #[arg(long, value_enum, default_value = "manager")]
        role: RoleArgument,
        /// They are TicknCook's support
        #[arg(long, conflicts_with = "organisation")]
        support: bool,
    },
    /// Give somebody a new password, which is read from standard input, and end their sessions
    Password {
        /// Their e-mail address
        email: String,
    },
    /// Make a new second factor for somebody of TicknCook's support, in place of the one they had; prints its secret,
    /// this once, and ends their sessions
    Totp {
        /// Their e-mail address
        email: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleArgument {
    /// Connects, disconnects, adds and deletes
    Manager,
    /// Looks
    Staff,
}

#[derive(Debug, Subcommand)]
pub(super) enum OrganisationCommand {
    /// Add a customer; prints its id
    Add {
        /// Its name
        name: String,
        /// A point of sale of theirs; may be given several times
        #[arg(long = "point-of-sale")]
        points_of_sale: Vec<String>,
    },
    /// Print everything that is kept about a customer, as one JSON document
    Export {
        /// The organisation: its id, or its name
        organisation: String,
    },
    /// Delete a customer for good: cut all connections, and delete everything that is kept about it
    Delete {
        /// The organisation: its id, or its name
        organisation: String,
        /// Its name, instead of being asked for it
        #[arg(long)]
        confirm: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Make a key that acts for one organisation; prints it, this once
    Add {
        /// What the key is for
        name: String,
        /// The organisation: its id, or its name
        #[arg(long)]
        organisation: String,
        /// After how many days it is of no use any more; never, without
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=3660))]
        expires_days: Option<u16>,
    },
    /// List the keys: their ids, what they are for, when they were last used and when they end
    List {
        /// Those of one organisation: its id, or its name
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Have a key be of no use any more
    Revoke {
        /// Its id, as in the list
        id: ApiKeyId,
    },
}

pub(super) async fn migrate() -> Result<()> {
    with_database(async |database, _| {
        database::migrate(&database.pool).await?;
        Ok(say("the database is up to date")?)
    })
    .await
}

pub(super) async fn user(command: UserCommand) -> Result<()> {
    let (email, organisation, role, support) = match command {
        UserCommand::Add { email, organisation, role, support } => (email, organisation, role, support),
        UserCommand::Password { email } => {
            let password = read_password()?;
            return with_app(async |app| set_password(&app, &email, password).await).await;
        }
        UserCommand::Totp { email } => return with_app(async |app| renew_second_factor(&app, &email).await).await,
    };
    let password = read_password()?;
    with_app(async |app| {
        let role = match role {
            RoleArgument::Manager => Role::Manager,
            RoleArgument::Staff => Role::Staff,
        };
        let membership = match organisation {
            Some(organisation) => Some((organisations::service::find_organisation(&app, &organisation).await?, role)),
            None => None,
        };
        let id = add_user(&app, NewUser { email: &email, password, is_support: support, membership }).await?;
        say(&id.to_string())?;
        if support { renew_second_factor(&app, &email).await } else { Ok(()) }
    })
    .await
}

async fn set_password(app: &App, email: &str, password: SecretString) -> Result<()> {
    service::set_password(app, email, password).await?;
    Ok(say("the password is changed, and their sessions have ended")?)
}

async fn renew_second_factor(app: &App, email: &str) -> Result<()> {
    let new = second_factor::renew(app, email).await?;
    say(&format!("second factor  {}", new.secret.expose_secret()))?;
    Ok(say(new.address.expose_secret())?)
}

pub(super) async fn organisation(command: OrganisationCommand) -> Result<()> {
    let (name, points_of_sale) = match command {
        OrganisationCommand::Add { name, points_of_sale } => (name, points_of_sale),
        OrganisationCommand::Export { organisation } => {
            return with_app(async |app| customer::export(&app, &organisation).await).await;
        }
        OrganisationCommand::Delete { organisation, confirm } => {
            return with_app(async |app| customer::delete(&app, &organisation, confirm).await).await;
        }
    };
    with_app(async |app| {
        let id = organisations::service::add_organisation(&app, &name).await?;
        for name in points_of_sale {
            points_of_sale::service::add_point_of_sale(&app, id, &name).await?;
        }
        Ok(say(&id.to_string())?)
    })
    .await
}

pub(super) async fn api_key(command: ApiKeyCommand) -> Result<()> {
    with_app(async |app| match command {
        ApiKeyCommand::Add { name, organisation, expires_days } => {
            let organisation = organisations::service::find_organisation(&app, &organisation).await?;
            let lifetime = expires_days.map(|days| TimeDelta::days(days.into()));
            let key = api::keys::add_key(&app, organisation, &name, lifetime).await?;
            Ok(say(key.expose_secret())?)
        }
        ApiKeyCommand::List { organisation } => {
            let organisation = match organisation {
                Some(organisation) => Some(organisations::service::find_organisation(&app, &organisation).await?),
                None => None,
            };
            for key in api::keys::list(&app, organisation).await? {
                say(&line_of(&key, app.clock.now()))?;
            }
            Ok(())
        }
        ApiKeyCommand::Revoke { id } => {
            let keys = api::keys::list(&app, None).await?;
            let key = keys.iter().find(|key| key.id == id).with_context(|| format!("there is no key {id}"))?;
            if !api::keys::revoke(&app, key.organisation, id, Actor::System).await? {
                bail!("the key {id} was revoked before");
            }
            Ok(say(&format!("`{}` of {} is of no use any more", key.name, key.organisation_name))?)
        }
    })
    .await
}

fn line_of(key: &Key, now: DateTime<Utc>) -> String {
    let minute = |time: DateTime<Utc>| time.format("%F %R").to_string();
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |time| format!("used {}", minute(time)));
    let end = match (key.revoked_at, key.expires_at) {
        (Some(time), _) => format!("revoked {}", minute(time)),
        (None, Some(time)) if key.has_expired(now) => format!("expired {}", minute(time)),
        (None, Some(time)) => format!("expires {}", minute(time)),
        (None, None) => "never expires".to_owned(),
    };
    let made = minute(key.created_at);
    format!("{}  {} › {}  made {made}, {used}, {end}", key.id, key.organisation_name, key.name)
}

pub(super) async fn with_database(work: impl AsyncFnOnce(&Database, Config) -> Result<()>) -> Result<()> {
    let config = Config::load()?;
    let database = Database::open_for_command(&config.database).await?;
    let done = work(&database, config).await;
    let closed = database.close().await;
    done.and(closed)
}

pub(super) async fn with_app(work: impl AsyncFnOnce(App) -> Result<()>) -> Result<()> {
    with_database(async |database, config| {
        if database.is_embedded() {
            database::migrate(&database.pool).await?;
        } else {
            database::refuse_outdated(&database.pool).await?;
        }
        let app = App::new(config, database.pool.clone(), Clock::System)?;
        // What a command seals must open for the service.
        key_rotation::register(&app.db, &app.config.keyring, &app.clock).await?;
        work(app).await
    })
    .await
}

/// A password never stands in a command line, which other users of the machine can read.
fn read_password() -> Result<SecretString> {
    if io::stdin().is_terminal() {
        bail!("give the password on standard input, for instance: … user add EMAIL < password-file");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}
