//! The demo's data. Its passwords are in the README, so it is only ever added to a bridge on the reader's own machine.

use anyhow::{Result, bail};
use url::Host;

use crate::{
    app::App,
    organisations::{self, Role},
    points_of_sale,
    users::{
        second_factor,
        service::{NewUser, add_user},
    },
};

const ORGANISATION: &str = "Bella Pizza";
const SUPPORT: &str = "support@tickncook.example";
/// In base32.
const SECOND_FACTOR: &str = "TICKNCOOKDEMOSUPPORTSECONDFACTOR";

/// Adds what is missing.
pub(super) async fn add(app: &App) -> Result<()> {
    let is_local = match app.config.public_url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if !is_local {
        bail!("--demo adds sign-ins with published passwords: it needs a public_url on localhost");
    }
    if organisations::service::exists(app, ORGANISATION).await? {
        // A demo of an earlier version has no second factor yet.
        return second_factor::set_unless_there(app, SUPPORT, SECOND_FACTOR).await;
    }
    // The organisation comes last: until it is there, an interrupted start is begun again.
    let support = NewUser { email: SUPPORT, password: "support-demo".into(), is_support: true, membership: None };
    add_user_unless_there(app, support).await?;
    second_factor::set_unless_there(app, SUPPORT, SECOND_FACTOR).await?;
    let organisation = organisations::service::add_organisation(app, ORGANISATION).await?;
    for name in ["Bella Pizza Paris", "Bella Pizza Lyon"] {
        points_of_sale::service::add_point_of_sale(app, organisation, name).await?;
    }
    let manager = NewUser {
        email: "gerant@bellapizza.example",
        password: "bella-pizza-demo".into(),
        is_support: false,
        membership: Some((organisation, Role::Manager)),
    };
    add_user_unless_there(app, manager).await
}

async fn add_user_unless_there(app: &App, user: NewUser<'_>) -> Result<()> {
    let email = user.email;
    if crate::users::service::is_known(app, email).await? {
        return Ok(());
    }
    add_user(app, user).await?;
    tracing::info!("a demo sign-in was added");
    Ok(())
}
