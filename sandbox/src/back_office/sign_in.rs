//! Signing in and out. The people are made up, so the page says their passwords.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::{App, Shared};
use crate::web::{Frame, SESSION, Visitor, cookie, expired_cookie, local_path};

#[derive(Template, WebTemplate)]
#[template(path = "back_office/sign_in.html")]
struct SignInPage {
    frame: Frame,
    next: String,
    email: String,
    failed: bool,
    sign_ins: Vec<(String, String)>,
    sign_up: String,
}

impl SignInPage {
    fn new(app: &App, visitor: Visitor, next: Option<&str>) -> Self {
        let next = next.and_then(local_path).unwrap_or("/").to_owned();
        let back: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        Self {
            frame: Frame::new(visitor),
            next,
            sign_up: format!("/signup?next={back}"),
            email: String::new(),
            failed: false,
            sign_ins: app.store.demo_sign_ins(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Destination {
    next: Option<String>,
}

/// `Debug` is left out: it would print the password.
#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    password: String,
    next: Option<String>,
}

pub(super) async fn show_sign_in(
    State(app): State<Shared>,
    Query(destination): Query<Destination>,
    visitor: Visitor,
) -> Response {
    SignInPage::new(&app, visitor, destination.next.as_deref()).into_response()
}

pub(super) async fn sign_in(
    State(app): State<Shared>,
    visitor: Visitor,
    Form(credentials): Form<Credentials>,
) -> Response {
    let email = credentials.email.trim();
    let known = app.store.read(|world| {
        let user = world.directory.user(email).filter(|user| user.password.matches(&credentials.password));
        user.map(|user| user.email.clone())
    });
    let page = SignInPage::new(&app, visitor, credentials.next.as_deref());
    let Some(known) = known else {
        let page = SignInPage { email: email.to_owned(), failed: true, ..page };
        return (StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
    };
    let session = app.sessions.sign_in(&known);
    (cookie(SESSION, app.port, session.expose()), Redirect::to(&page.next)).into_response()
}

#[derive(Debug, Deserialize)]
pub(super) struct Departure {
    next: Option<String>,
}

pub(super) async fn sign_out(
    State(app): State<Shared>,
    visitor: Visitor,
    Form(departure): Form<Departure>,
) -> Response {
    if let Some(session) = &visitor.session {
        app.sessions.sign_out(session);
    }
    let next = departure.next.as_deref().and_then(local_path).unwrap_or("/");
    (expired_cookie(SESSION, app.port), Redirect::to(next)).into_response()
}
