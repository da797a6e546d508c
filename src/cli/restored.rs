//! `after-restore`: a database from a backup knows nothing of what was ended since. What would come to life again is
//! ended once more; what only HubRise knows is asked.

use anyhow::Result;

use super::{operator::with_app, say};
use crate::{app::App, connection_links, database, mail, team, upkeep, users};

pub(super) async fn after_restore() -> Result<()> {
    with_app(async |app| bring_up_to_date(&app).await).await
}

async fn bring_up_to_date(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    let sessions = users::sessions::end_everybodys(&mut transaction).await?;
    let (invitations, roles) = team::service::restored(&mut transaction, now).await?;
    let links = connection_links::service::cancel_all(&mut transaction, now).await?;
    let password_links = users::forget_password_links(&mut transaction).await?;
    let mails = mail::give_up_all(&mut transaction, now).await?;
    let connections = upkeep::service::hasten_all(&mut transaction, now).await?;
    transaction.commit().await?;
    say(&format!("sessions ended                 {sessions}"))?;
    say(&format!("invitations cancelled          {invitations}"))?;
    say(&format!("owners' links cancelled        {links}"))?;
    say(&format!("links for passwords ended      {password_links}"))?;
    say(&format!("roles at HubRise to be proved  {roles}"))?;
    say(&format!("mails not sent a second time   {mails}"))?;
    say(&format!("connections to be checked      {connections}"))?;
    Ok(())
}
