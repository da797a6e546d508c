//! The question for the second factor, before the console.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tower_sessions::Session;

use super::pages::VerifyPage;
use crate::{
    app::App,
    organisations::{Acting, Support},
    users::{
        Trouble,
        second_factor::{self, Verification},
        second_factor_was_proved,
    },
    web::{AppError, ClientAddress, Form, Frame, Section, local_path, page, page_with, see},
};

#[derive(Default, Deserialize)]
pub(super) struct Destination {
    #[serde(default)]
    return_to: String,
}

/// Within the console, or its start.
fn destination(path: &str) -> String {
    let path = local_path(path);
    let is_ours = path == "/support" || path.starts_with("/support/") || path.starts_with("/support?");
    if is_ours { path } else { "/support" }.to_owned()
}

pub(super) async fn ask(
    State(app): State<App>,
    acting: Acting,
    frame: Frame,
    wish: Result<Query<Destination>, QueryRejection>,
) -> Result<Response, AppError> {
    if !acting.is_support {
        return Err(AppError::NotFound);
    }
    let return_to = destination(&wish.map(|Query(wish)| wish.return_to).unwrap_or_default());
    if Support::is_admitted(&acting, app.clock.now()) {
        return Ok(see(&return_to));
    }
    let has_secret = second_factor::is_there(&app, acting.user).await?;
    let frame = frame.at(Section::Support).of(&acting);
    page(&VerifyPage { frame, return_to, has_secret, error: None })
}

#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    code: SecretString,
    #[serde(default)]
    return_to: String,
}

pub(super) async fn verify(
    State(app): State<App>,
    acting: Acting,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    session: Session,
    Form(proof): Form<Proof>,
) -> Result<Response, AppError> {
    if !acting.is_support {
        return Err(AppError::NotFound);
    }
    let return_to = destination(&proof.return_to);
    let frame = frame.at(Section::Support).of(&acting);
    let (has_secret, trouble) =
        match second_factor::verify(&app, acting.user, proof.code.expose_secret(), address).await? {
            Verification::Right => {
                second_factor_was_proved(&app, &session).await?;
                return Ok(see(&return_to));
            }
            Verification::Wrong => {
                let sentence = frame.t.text("console-verify-wrong");
                (true, Trouble::new(StatusCode::UNAUTHORIZED, sentence))
            }
            Verification::Slow(wait) => (true, Trouble::slow(frame.t, wait)),
            Verification::NoSecret => (false, Trouble::new(StatusCode::CONFLICT, String::new())),
        };
    let error = has_secret.then(|| trouble.sentence.clone());
    Ok(trouble.told_by(page_with(trouble.status, &VerifyPage { frame, return_to, has_secret, error })?))
}
