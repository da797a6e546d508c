//! The sign-up form: somebody new, with an account and its first location.

use axum::extract::{Form, Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::fields::{Control, Field, FormPage, country, country_choice, destination, suggestion};
use super::fields::{email, name, optional_name, password};
use super::words::SignUpWords;
use crate::app::Shared;
use crate::state::{Country, NewUser};
use crate::web::{Frame, Language, SESSION, Visitor, Words, cookie};

#[derive(Debug, Deserialize)]
pub(super) struct Destination {
    next: Option<String>,
}

/// What was written. `Debug` is left out: it would print the password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignUpForm {
    email: String,
    password: String,
    first_name: String,
    last_name: String,
    account_name: String,
    location_name: String,
    country: String,
    next: Option<String>,
}

/// What is wrong, field by field.
#[derive(Default)]
struct Flaws {
    email: Option<&'static str>,
    password: Option<&'static str>,
    first_name: Option<&'static str>,
    last_name: Option<&'static str>,
    account_name: Option<&'static str>,
    location_name: Option<&'static str>,
    country: Option<&'static str>,
}

struct SignUp {
    user: NewUser,
    account_name: String,
    location_name: String,
    country: &'static Country,
}

pub(super) async fn show_sign_up(
    Query(Destination { next }): Query<Destination>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Response {
    let next = destination(next.as_deref()).to_owned();
    let suggested = |field| suggestion(field, query.as_deref().unwrap_or_default(), &next);
    let form = SignUpForm {
        account_name: suggested("account_name"),
        location_name: suggested("location_name"),
        country: suggested("country"),
        next: Some(next),
        ..SignUpForm::default()
    };
    page(visitor, form, &Flaws::default()).into_response()
}

pub(super) async fn sign_up(State(app): State<Shared>, visitor: Visitor, Form(form): Form<SignUpForm>) -> Response {
    let words = SignUpWords::of(visitor.language);
    let SignUp { user, account_name, location_name, country } = match checked(&form, visitor.language, words) {
        Ok(sign_up) => sign_up,
        Err(flaws) => return (StatusCode::UNPROCESSABLE_ENTITY, page(visitor, form, &flaws)).into_response(),
    };
    let (email, now) = (user.email.clone(), app.clock.now());
    let done = app.store.change(|world| world.directory.sign_up(user, &account_name, &location_name, country, now));
    if done.is_err() {
        let flaws = Flaws { email: Some(words.email_taken), ..Flaws::default() };
        return (StatusCode::UNPROCESSABLE_ENTITY, page(visitor, form, &flaws)).into_response();
    }
    let session = app.sessions.sign_in(&email);
    (cookie(SESSION, app.port, session.expose()), Redirect::to(destination(form.next.as_deref()))).into_response()
}

fn checked(form: &SignUpForm, language: Language, words: &SignUpWords) -> Result<SignUp, Flaws> {
    let email = email(&form.email, words);
    let password = password(&form.password, words);
    let first_name = name(&form.first_name, words);
    let last_name = optional_name(&form.last_name, words);
    let account_name = name(&form.account_name, words);
    let location_name = name(&form.location_name, words);
    let country = country(&form.country, words);
    let flaws = Flaws {
        email: email.as_ref().err().copied(),
        password: password.as_ref().err().copied(),
        first_name: first_name.as_ref().err().copied(),
        last_name: last_name.as_ref().err().copied(),
        account_name: account_name.as_ref().err().copied(),
        location_name: location_name.as_ref().err().copied(),
        country: country.as_ref().err().copied(),
    };
    let whole = || -> Result<SignUp, &'static str> {
        let locale = match language {
            Language::Fr => "fr-FR",
            Language::En => "en-GB",
        };
        let locales = vec![locale.to_owned()];
        let (first_name, last_name) = (first_name?, last_name?);
        let user = NewUser { email: email?, password: password?.into(), first_name, last_name, locales };
        Ok(SignUp { user, account_name: account_name?, location_name: location_name?, country: country? })
    };
    whole().map_err(|_| flaws)
}

fn page(visitor: Visitor, form: SignUpForm, flaws: &Flaws) -> FormPage {
    let (shared, words) = (Words::of(visitor.language), SignUpWords::of(visitor.language));
    let language = visitor.language;
    let text = |kind, autocomplete, value| Control::Text { kind, autocomplete, value, required: true };
    let field = |name, label, control, flaw| Field { name, label, control, flaw };
    let last_name = Control::Text { kind: "text", autocomplete: "family-name", value: form.last_name, required: false };
    let next = form.next.unwrap_or_default();
    let back: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    FormPage {
        frame: Frame::new(visitor),
        title: words.sign_up_title,
        note: Some(words.no_real_password),
        action: "/signup",
        next,
        fields: vec![
            field("email", shared.email, text("email", "username", form.email), flaws.email),
            // A password is never sent back.
            field("password", shared.password, text("password", "new-password", String::new()), flaws.password),
            field("first_name", words.first_name, text("text", "given-name", form.first_name), flaws.first_name),
            field("last_name", words.last_name, last_name, flaws.last_name),
            field(
                "account_name",
                words.account_name,
                text("text", "organization", form.account_name),
                flaws.account_name,
            ),
            field("location_name", words.location_name, text("text", "off", form.location_name), flaws.location_name),
            field("country", words.country, country_choice(language, &form.country), flaws.country),
        ],
        submit: words.sign_up,
        way_out: (words.already_registered, format!("/login?next={back}"), shared.sign_in),
    }
}
