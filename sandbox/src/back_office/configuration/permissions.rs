//! Permissions: adding somebody by e-mail address, giving a role, taking access away.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::words::ConfigurationWords;
use super::{Unchanged, answer};
use crate::app::Shared;
use crate::back_office::refusal::require;
use crate::state::{AccountId, PermissionError, Role};
use crate::web::{Frame, Member, Menu};

const LONGEST_EMAIL: usize = 254;

#[derive(Debug, Deserialize)]
pub(super) struct Person {
    account: AccountId,
    email: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Permissions {
    account: AccountId,
    email: String,
    role: Role,
}

struct RoleChoice {
    value: &'static str,
    label: &'static str,
    about: &'static str,
    chosen: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/configuration/permissions.html")]
struct PermissionsPage {
    say: &'static ConfigurationWords,
    account: AccountId,
    email: String,
    /// `None` for somebody who has no user yet.
    name: Option<String>,
    has_access: bool,
    roles: Vec<RoleChoice>,
    frame: Frame,
}

/// The second step of adding somebody, and the only one of changing their role.
pub(super) async fn show_permissions(
    State(app): State<Shared>,
    Query(person): Query<Person>,
    member: Member,
) -> Response {
    let email = match checked(&person.email) {
        Ok(email) => email,
        Err(unchanged) => return answer(&app, member, &Err(unchanged)),
    };
    if let Err(refusal) = require(&member, &person.account, Role::administers) {
        return refusal.page(member);
    }
    let user = app.store.read(|world| world.directory.user(&email).cloned());
    let present = user.as_ref().and_then(|user| user.role_at(&person.account));
    let say = ConfigurationWords::of(member.visitor.language);
    PermissionsPage {
        say,
        account: person.account,
        name: user.as_ref().map(crate::state::User::name),
        email: user.map_or(email, |user| user.email),
        has_access: present.is_some(),
        roles: roles(say, present),
        frame: Frame::within(member, Menu::Configuration),
    }
    .into_response()
}

fn roles(say: &ConfigurationWords, present: Option<Role>) -> Vec<RoleChoice> {
    let choices = Role::ALL.into_iter().map(|role| RoleChoice {
        value: match role {
            Role::FullAdministrator => "full_administrator",
            Role::TechnicalPartner => "technical_partner",
            Role::ReadOnly => "read_only",
        },
        label: say.role_label(role),
        about: say.about_role(role),
        chosen: present == Some(role),
    });
    choices.collect()
}

pub(super) async fn set_permissions(
    State(app): State<Shared>,
    member: Member,
    Form(form): Form<Permissions>,
) -> Response {
    let outcome = app.store.change(|world| {
        require(&member, &form.account, Role::administers)?;
        let email = checked(&form.email)?;
        world.directory.set_role(&email, &form.account, form.role).map_err(|error| reason(&error))
    });
    answer(&app, member, &outcome)
}

pub(super) async fn remove_access(State(app): State<Shared>, member: Member, Form(person): Form<Person>) -> Response {
    let outcome = app.store.change(|world| {
        require(&member, &person.account, Role::administers)?;
        world.directory.remove_access(&person.email, &person.account).map_err(|error| reason(&error))
    });
    answer(&app, member, &outcome)
}

fn reason(error: &PermissionError) -> Unchanged {
    Unchanged::Impossible(match error {
        PermissionError::LastAdministrator => |say| say.last_administrator,
        PermissionError::NoAccess => |say| say.no_access,
    })
}

/// No more than a typing error is caught: nothing is ever sent there.
fn checked(email: &str) -> Result<String, Unchanged> {
    let email = email.trim();
    let plausible = email.len() <= LONGEST_EMAIL
        && !email.contains(|character: char| character.is_whitespace() || character.is_control())
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    if plausible { Ok(email.to_owned()) } else { Err(Unchanged::Impossible(|say| say.bad_email)) }
}
