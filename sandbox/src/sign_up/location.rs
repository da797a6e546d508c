//! The form for one more location of an account that the user administers.

use axum::extract::{Form, Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::fields::{Control, Field, FormPage, country, country_choice, destination, name, suggestion};
use super::words::SignUpWords;
use crate::app::{App, Shared};
use crate::state::{AccountId, Role};
use crate::web::{Frame, Member};

#[derive(Debug, Deserialize)]
pub(super) struct Destination {
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LocationForm {
    account_id: String,
    location_name: String,
    country: String,
    next: Option<String>,
}

#[derive(Default)]
struct Flaws {
    location_name: Option<&'static str>,
    country: Option<&'static str>,
}

pub(super) async fn show_new_location(
    State(app): State<Shared>,
    Query(Destination { next }): Query<Destination>,
    RawQuery(query): RawQuery,
    member: Member,
) -> Response {
    let next = destination(next.as_deref()).to_owned();
    let suggested = |field| suggestion(field, query.as_deref().unwrap_or_default(), &next);
    let (asked, current) = (suggested("account_id"), member.places.account.as_ref());
    let account_id = if asked.is_empty() { current.map(ToString::to_string).unwrap_or_default() } else { asked };
    let form = LocationForm {
        account_id,
        location_name: suggested("location_name"),
        country: suggested("country"),
        next: Some(next),
    };
    page(&app, member, form, &Flaws::default())
}

pub(super) async fn create_location(
    State(app): State<Shared>,
    member: Member,
    Form(form): Form<LocationForm>,
) -> Response {
    let words = SignUpWords::of(member.visitor.language);
    let account_id = AccountId::from(form.account_id.as_str());
    match member.role_at(&account_id) {
        None => return member.not_found(),
        Some(role) if !role.administers() => return member.forbidden(),
        Some(_) => {}
    }
    let (name, country) = match (name(&form.location_name, words), country(&form.country, words)) {
        (Ok(name), Ok(country)) => (name, country),
        (name, country) => {
            return page(&app, member, form, &Flaws { location_name: name.err(), country: country.err() });
        }
    };
    let created =
        app.store.change(|world| Some(world.directory.account_mut(&account_id)?.open_location(&name, country)));
    match created {
        Some(_) => Redirect::to(destination(form.next.as_deref())).into_response(),
        None => member.not_found(),
    }
}

fn page(app: &App, member: Member, form: LocationForm, flaws: &Flaws) -> Response {
    let words = SignUpWords::of(member.visitor.language);
    let accounts: Vec<(String, String)> = app.store.read(|world| {
        let accounts = world.directory.accounts_of(&member.user);
        let own = accounts.filter(|account| member.role_at(&account.id).is_some_and(Role::administers));
        own.map(|account| (account.id.to_string(), format!("{} ({})", account.name, account.id))).collect()
    });
    if accounts.is_empty() {
        return member.forbidden();
    }
    let language = member.visitor.language;
    let next = destination(form.next.as_deref()).to_owned();
    let status = match (flaws.location_name, flaws.country) {
        (None, None) => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let account = Control::Choice { options: accounts, chosen: form.account_id };
    let location_name = Control::Text { kind: "text", autocomplete: "off", value: form.location_name, required: true };
    let country = country_choice(language, &form.country);
    let form_page = FormPage {
        frame: Frame::new(member.visitor),
        title: words.new_location_title,
        note: None,
        action: "/locations/new",
        way_out: ("", next.clone(), words.never_mind),
        next,
        fields: vec![
            Field { name: "account_id", label: words.account, control: account, flaw: None },
            Field {
                name: "location_name",
                label: words.location_name,
                control: location_name,
                flaw: flaws.location_name,
            },
            Field { name: "country", label: words.country, control: country, flaw: flaws.country },
        ],
        submit: words.create,
    };
    (status, form_page).into_response()
}
