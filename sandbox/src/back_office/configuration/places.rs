//! Renaming the account and its locations. A location's new name is an event for whoever listens to it.

use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;

use super::{LONGEST_NAME, Unchanged, answer};
use crate::app::Shared;
use crate::back_office::refusal::{Refusal, require};
use crate::state::{AccountId, LocationId, Role};
use crate::web::Member;

#[derive(Debug, Deserialize)]
pub(super) struct AccountName {
    account: AccountId,
    name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct LocationName {
    location: LocationId,
    name: String,
}

pub(super) async fn rename_account(
    State(app): State<Shared>,
    member: Member,
    Form(form): Form<AccountName>,
) -> Response {
    let outcome = app.store.change(|world| {
        require(&member, &form.account, Role::administers)?;
        let name = checked(&form.name)?;
        let account = world.directory.account_mut(&form.account).ok_or(Refusal::NotFound)?;
        account.name = name;
        Ok(())
    });
    answer(&app, member, &outcome)
}

pub(super) async fn rename_location(
    State(app): State<Shared>,
    member: Member,
    Form(form): Form<LocationName>,
) -> Response {
    let now = app.clock.now();
    let outcome = app.store.change(|world| {
        let (account, _) = world.directory.location(&form.location).ok_or(Refusal::NotFound)?;
        require(&member, &account.id, Role::administers)?;
        let name = checked(&form.name)?;
        world.rename_location(&form.location, &name, now);
        Ok(())
    });
    answer(&app, member, &outcome)
}

fn checked(name: &str) -> Result<String, Unchanged> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Unchanged::Impossible(|say| say.bad_name));
    }
    Ok(name.to_owned())
}
