//! What support does stands in the history of the organisation: looking at a connection as well, once an hour for each
//! person.

use anyhow::Result;
use chrono::TimeDelta;
use sqlx::PgConnection;

use super::{case::Case, store::connection as store};
use crate::{
    app::App,
    database,
    history::{self, Action, Actor, Change, Entry},
    ids::UserId,
};

/// Looking again within this time is the same look.
const ONE_LOOK: TimeDelta = TimeDelta::hours(1);

/// Writes down that this person looks at the connection.
pub(super) async fn note(app: &App, user: UserId, case: &Case) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    let since = app.clock.now() - ONE_LOOK;
    if !store::lock_whether_looked(&mut transaction, user, case.id, since).await? {
        record(app, &mut transaction, user, case, Action::SupportLooked, Change::default()).await?;
    }
    Ok(transaction.commit().await?)
}

/// Writes down what this person did to the connection, within the caller's transaction.
pub(super) async fn record(
    app: &App,
    transaction: &mut PgConnection,
    user: UserId,
    case: &Case,
    action: Action,
    after: Change,
) -> Result<()> {
    let entry = Entry::new(case.organisation, Actor::Support(user), action);
    let entry = entry.on(case.point_of_sale, &case.point_of_sale_name).about(case.id);
    history::record(transaction, entry.changed(Change::default(), after), app.clock.now()).await
}
