//! **Se connecter avec HubRise**, and the account's own word on whose a HubRise identity is.

use std::net::IpAddr;

use axum::{
    extract::State,
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Newcomer,
    arrival::{CONFIRM, UNKNOWN},
    go_in,
    known_device::{self, Device},
    newcomer::marked,
    pages::{ConfirmIdentityPage, ConfirmStage, UnknownPage},
    service, sessions, store,
};
use crate::{
    app::App,
    authorisations::service::{Purpose, Traveller, start},
    organisations::Acting,
    web::{AppError, ClientAddress, Form, Frame, Routes, local_path, page, page_with, see},
};

/// `/login/hubrise`
pub(super) fn router() -> Routes {
    Routes::new()
        .route("/login/hubrise", post(go_to_hubrise))
        .route(CONFIRM, get(show_confirm).post(confirm))
        .route("/login/hubrise/forget", post(forget))
        .route(UNKNOWN, get(show_unknown))
}

#[derive(Deserialize)]
struct Destination {
    #[serde(default)]
    return_to: String,
}

async fn go_to_hubrise(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    session: Session,
    Form(destination): Form<Destination>,
) -> Result<Response, AppError> {
    let return_to = local_path(&destination.return_to).to_owned();
    send_to_hubrise(&app, &session, address, return_to).await
}

/// Sends the browser to HubRise, to prove who sits at it.
///
/// # Errors
/// When the database does not answer, or nobody came back from too many trips.
pub async fn send_to_hubrise(
    app: &App,
    session: &Session,
    from: IpAddr,
    return_to: String,
) -> Result<Response, AppError> {
    let traveller = Traveller::of_anybody(app, session, from).await?;
    start(app, traveller, Purpose::SignIn { return_to }, None).await
}

/// What the page asks, given who is there.
async fn stage(
    app: &App,
    session: &Session,
    acting: Option<&Acting>,
) -> Result<Option<(String, ConfirmStage)>, AppError> {
    let Some((identity, _)) = marked(app, session).await? else { return Ok(None) };
    let mut db = app.db.acquire().await?;
    let Some(known) = store::identity(&mut db, &identity).await? else { return Ok(None) };
    let stage = match (acting, known.proof) {
        (Some(_), Some(_)) => ConfirmStage::Elsewhere,
        (None, Some(_)) => return Ok(None),
        (Some(acting), None) => ConfirmStage::Agree { account: acting.person().email },
        (None, None) => match store::has_password(&mut db, &known.email).await? {
            Some(true) => ConfirmStage::Password,
            Some(false) => ConfirmStage::NoPassword,
            None => return Ok(None),
        },
    };
    Ok(Some((known.email, stage)))
}

async fn show_confirm(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    let acting = Acting::of(&app, &session).await?;
    let Some((email, stage)) = stage(&app, &session, acting.as_ref()).await? else { return Ok(see("/login")) };
    page(&ConfirmIdentityPage { frame: frame.of_anybody(acting.as_ref()), email, stage, error: None })
}

#[derive(Deserialize)]
struct Confirmation {
    #[serde(default)]
    password: SecretString,
}

async fn confirm(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    session: Session,
    Form(confirmation): Form<Confirmation>,
) -> Result<Response, AppError> {
    let acting = Acting::of(&app, &session).await?;
    let Some(newcomer) = Newcomer::of(&app, &session).await? else { return Ok(see("/login")) };
    if let Some(acting) = &acting {
        service::link_identity(&app, &newcomer.identity, acting.proof).await?;
        Newcomer::forget(&session).await?;
        sessions::begin_anew(&app, &session, acting.proof).await?;
        return Ok(see(&newcomer.return_to));
    }
    let wrong = frame.t.text("confirm-error-password");
    let signed_in =
        service::sign_in(&app, &newcomer.email, confirmation.password, address, Device::of(&app, &headers).as_ref())
            .await?;
    match signed_in.outcome(frame.t, wrong) {
        Ok(proof) => {
            service::link_identity(&app, &newcomer.identity, proof).await?;
            let renewed = sessions::begin_anew(&app, &session, proof).await?;
            let Some(proof) = renewed else { return Ok(see("/login")) };
            go_in(&app, &session, &headers, proof).await?;
            Ok(known_device::remember(&app, &headers, proof.user, see(&newcomer.return_to)).await?)
        }
        Err(trouble) => {
            let Some((email, stage)) = stage(&app, &session, None).await? else { return Ok(see("/login")) };
            let error = Some(trouble.sentence.clone());
            let asked = page_with(trouble.status, &ConfirmIdentityPage { frame, email, stage, error })?;
            Ok(trouble.told_by(asked))
        }
    }
}

/// The person does not want to be taken for the user of HubRise.
async fn forget(State(app): State<App>, session: Session) -> Result<Response, AppError> {
    Newcomer::forget(&session).await?;
    let signed_in = Acting::of(&app, &session).await?.is_some();
    Ok(see(if signed_in { "/settings" } else { "/login" }))
}

async fn show_unknown(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    let Some(newcomer) = Newcomer::of(&app, &session).await? else { return Ok(see("/login")) };
    let hubrise_address = app.hubrise.manager_url().to_owned();
    page(&UnknownPage { frame, email: newcomer.email, name: newcomer.name, hubrise_address })
}
