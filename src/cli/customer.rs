//! All that is kept about one customer: printed, and deleted.

use std::io::{self, BufRead, Write};

use anyhow::{Context, Result, bail};

use super::say;
use crate::{
    app::App,
    history::Actor,
    organisations,
    personal_data::{
        deletion::{self, Deletion, Way},
        export,
    },
};

pub(super) async fn export(app: &App, organisation: &str) -> Result<()> {
    let organisation = organisations::service::find_organisation(app, organisation).await?;
    let mut pieces = export::start(app, organisation, Actor::System).await?;
    let mut output = io::stdout();
    while let Some(piece) = pieces.recv().await {
        output.write_all(&piece?).context("the export cannot be written")?;
    }
    Ok(output.flush()?)
}

pub(super) async fn delete(app: &App, organisation: &str, confirm: Option<String>) -> Result<()> {
    let organisation = organisations::service::find_organisation(app, organisation).await?;
    let typed = match confirm {
        Some(name) => name,
        None => ask_for_name()?,
    };
    let deleted = match deletion::delete(app, organisation, &typed, Way::Operator).await? {
        Deletion::Done(deleted) => deleted,
        Deletion::OtherName => bail!("`{}` is not its name: nothing was deleted", typed.trim()),
        Deletion::Gone => bail!("somebody else has just deleted it"),
    };
    // What HubRise does not confirm now is the running service's to go on with.
    app.tasks.close();
    app.tasks.wait().await;
    say(&format!("deleted; connections cut: {}; accounts deleted: {}", deleted.connections, deleted.accounts.len()))?;
    Ok(say(&format!("how far HubRise is: {}", app.config.absolute(&deleted.path())))?)
}

fn ask_for_name() -> Result<String> {
    writeln!(io::stderr(), "This cuts all its connections and deletes everything that is kept about it, for good.")?;
    write!(io::stderr(), "Type its name to confirm: ")?;
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("the name cannot be read")?;
    Ok(line)
}
