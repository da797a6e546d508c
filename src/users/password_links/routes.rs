//! Asking for a link, following it, and choosing a password.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    super::{Trouble, go_in, known_device, password},
    answer::{Answer, Doubt},
    pages::{AskPage, ChoosePage, OverPage, Question, SentPage},
    service::{self, Asked, Chosen, Opened},
};
use crate::{
    app::App,
    ids::PasswordLinkId,
    organisations::Acting,
    secrets::Digest,
    web::{AppError, ClientAddress, Form, Frame, PathId, Routes, page, page_with, see},
};

/// Where a link is asked for.
const ASK: &str = "/login/password";
const SENT: &str = "/login/password/sent";
const CHOOSE: &str = "/login/password/new";

/// What the browser's session remembers the link under.
const KEY: &str = "password_link";

/// `/login/password`
pub(in crate::users) fn router() -> Routes {
    Routes::new()
        .route(ASK, get(show_ask).post(ask))
        .route(SENT, get(show_sent))
        .route("/password-links/{secret}", get(follow))
        .route(CHOOSE, get(show_choose).post(choose))
}

/// Whoever is signed in need not type their address.
async fn show_ask(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    let acting = Acting::of(&app, &session).await?;
    let email = acting.as_ref().map(|acting| acting.person().email).unwrap_or_default();
    page(&AskPage { frame: frame.of_anybody(acting.as_ref()), email, error: None })
}

#[derive(Deserialize)]
struct Request {
    email: String,
}

/// **Recevoir le lien**
async fn ask(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    session: Session,
    Form(request): Form<Request>,
) -> Result<Response, AppError> {
    let trouble = match service::ask(&app, &request.email, address, frame.t).await? {
        Asked::Noted => return Ok(see(SENT)),
        Asked::NoAddress => Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, frame.t.text("account-error-email")),
        Asked::Slow(wait) => Trouble::too_many(frame.t, "password-ask-slow", wait),
    };
    let acting = Acting::of(&app, &session).await?;
    let error = Some(trouble.sentence.clone());
    let asked = AskPage { frame: frame.of_anybody(acting.as_ref()), email: request.email, error };
    Ok(trouble.told_by(page_with(trouble.status, &asked)?))
}

async fn show_sent(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    page(&SentPage { frame: frame.of_anybody(Acting::of(&app, &session).await?.as_ref()) })
}

async fn follow(
    State(app): State<App>,
    PathId(secret): PathId<String>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let Some(link) = service::find(&app, &Digest::of(secret)).await? else {
        return show_over(&app, frame, &session).await;
    };
    // Whoever planted the session before must not choose in the owner's place.
    session.cycle_id().await?;
    session.insert(KEY, link).await?;
    Ok(see(CHOOSE))
}

async fn show_over(app: &App, frame: Frame, session: &Session) -> Result<Response, AppError> {
    let acting = Acting::of(app, session).await?;
    page_with(StatusCode::GONE, &OverPage { frame: frame.of_anybody(acting.as_ref()) })
}

/// The link that this browser has followed.
async fn followed(session: &Session) -> Result<PasswordLinkId, AppError> {
    session.get(KEY).await?.ok_or(AppError::NotFound)
}

async fn show_choose(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    let link = followed(&session).await?;
    let Some(opened) = service::open(&app, link).await? else { return show_over(&app, frame, &session).await };
    let question = Question::about(opened.doubtful, None, frame.t);
    page(&ChoosePage { frame, id: link.to_string(), email: opened.email, error: None, question })
}

#[derive(Deserialize)]
struct Choice {
    /// The link that the page showed. One that was opened in the browser meanwhile, by whatever site, is another's.
    link: Option<PasswordLinkId>,
    password: SecretString,
    #[serde(flatten)]
    answer: Answer,
}

/// **Enregistrer et me connecter**
async fn choose(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    session: Session,
    Form(choice): Form<Choice>,
) -> Result<Response, AppError> {
    let (link, answer) = (followed(&session).await?, choice.answer);
    let Some(opened) = service::open(&app, link).await? else { return show_over(&app, frame, &session).await };
    let posted = Posted { link, answer: &answer };
    if choice.link != Some(link) {
        let error = Some("password-choose-another");
        return ask_again(frame, &posted, opened, StatusCode::CONFLICT, error, None);
    }
    let doubt = answer.doubt(&opened.doubtful);
    let error = (!password::has_length(&choice.password)).then_some("account-error-password");
    if error.is_some() || doubt.is_some() {
        return ask_again(frame, &posted, opened, StatusCode::UNPROCESSABLE_ENTITY, error, doubt);
    }
    match service::choose(&app, link, choice.password, &answer).await? {
        Chosen::Welcome(proof) => {
            session.remove_value(KEY).await?;
            go_in(&app, &session, &headers, proof).await?;
            Ok(known_device::remember(&app, &headers, proof.user, see("/")).await?)
        }
        Chosen::Over => show_over(&app, frame, &session).await,
        Chosen::Doubtful(doubt) => match service::open(&app, link).await? {
            Some(opened) => ask_again(frame, &posted, opened, StatusCode::UNPROCESSABLE_ENTITY, None, Some(doubt)),
            None => show_over(&app, frame, &session).await,
        },
    }
}

/// What a form was about.
struct Posted<'a> {
    link: PasswordLinkId,
    answer: &'a Answer,
}

/// The page once more, with what was in the way; an answer to another link's question is none.
fn ask_again(
    frame: Frame,
    posted: &Posted<'_>,
    opened: Opened,
    status: StatusCode,
    error: Option<&str>,
    doubt: Option<Doubt>,
) -> Result<Response, AppError> {
    let said = (status != StatusCode::CONFLICT).then_some((posted.answer, doubt));
    let question = Question::about(opened.doubtful, said, frame.t);
    let error = error.map(|key| frame.t.text(key));
    page_with(status, &ChoosePage { frame, id: posted.link.to_string(), email: opened.email, error, question })
}
