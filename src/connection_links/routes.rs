//! Making links, and following one.

use std::net::IpAddr;

use axum::{
    extract::{RawPathParams, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    address::picture,
    maker::Maker,
    pages::{Choice, LinkPage, LinksPage, OverPage, Row},
    service::{self, ConnectionLink, NewLink},
    store,
};
use crate::{
    app::App,
    authorisations::service::{Purpose, Traveller, start},
    connections::{self, Target, TargetForm},
    ids::ConnectionLinkId,
    organisations::Acting,
    secrets::Digest,
    single_use::Standing,
    web::{AppError, ClientAddress, Form, Frame, PathId, Routes, page, page_with, see},
};

/// Where support makes links.
pub const SUPPORT_BASE: &str = "/support/organisations/{organisation}/links";

/// `/services/hubrise/links`, `/support/organisations/{organisation}/links`, `/links/{secret}`
pub fn router() -> Routes {
    let mut router = Routes::new().route("/links/again", get(follow_again)).route("/links/{secret}", get(follow));
    for base in ["/services/hubrise/links", SUPPORT_BASE] {
        router = router
            .route(base, get(show_links).post(make_link))
            .route(&format!("{base}/{{id}}"), get(show_link))
            .route(&format!("{base}/{{id}}/cancel"), post(cancel_link));
    }
    router
}

/// The longest name that a link expects, in characters.
const NAME_LIMIT: usize = 120;

fn row(link: &ConnectionLink, now: DateTime<Utc>) -> Row {
    Row {
        id: link.id.to_string(),
        point_of_sale_name: link.point_of_sale_name.clone(),
        account_name: link.account_name.clone(),
        location_name: link.location_name.clone(),
        created_by: link.created_by.clone(),
        created_at: link.created_at,
        expires_at: link.expires_at,
        standing: match link.standing(now) {
            Standing::Open if !link.is_free => "overtaken",
            standing => standing.word(),
        },
        used_at: link.used_at,
        used_location: link.used_location(),
    }
}

#[derive(Default, Deserialize)]
struct LinkForm {
    #[serde(flatten)]
    target: TargetForm,
    #[serde(default)]
    account_name: String,
    #[serde(default)]
    location_name: String,
}

async fn links_page(
    app: &App,
    frame: Frame,
    maker: Maker,
    form: LinkForm,
    error: Option<String>,
) -> Result<LinksPage, AppError> {
    let mut db = app.db.acquire().await?;
    let links = store::list(&mut db, maker.organisation).await?;
    let free = connections::service::free_points_of_sale(&mut db, maker.organisation).await?;
    let only = free.len() == 1 && form.target.point_of_sale.is_empty();
    let choices: Vec<_> = free
        .into_iter()
        .map(|found| {
            let id = found.id.to_string();
            Choice { chosen: only || id == form.target.point_of_sale, id, name: found.name }
        })
        .collect();
    Ok(LinksPage {
        frame: frame.at(maker.section).of(&maker.acting),
        base: maker.base,
        organisation_name: maker.organisation_name,
        rows: links.iter().map(|link| row(link, app.clock.now())).collect(),
        new_chosen: choices.is_empty() || form.target.point_of_sale == "new",
        choices,
        new_name: form.target.new_name,
        account_name: form.account_name,
        location_name: form.location_name,
        error,
    })
}

async fn show_links(State(app): State<App>, frame: Frame, maker: Maker) -> Result<Response, AppError> {
    let form = LinkForm { account_name: maker.organisation_name.clone(), ..LinkForm::default() };
    page(&links_page(&app, frame, maker, form, None).await?)
}

async fn make_link(
    State(app): State<App>,
    frame: Frame,
    maker: Maker,
    Form(form): Form<LinkForm>,
) -> Result<Response, AppError> {
    let frame = frame.of(&maker.acting);
    let made = match new_link(&app, &frame, &maker, &form).await? {
        Ok(new) => {
            let made = service::make(&app, maker.organisation, maker.acting.user, maker.actor, &new).await?;
            made.ok_or_else(|| frame.t.text("links-error-many"))
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => Ok(see(&format!("{}/{id}", maker.base))),
        Err(error) => {
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &links_page(&app, frame, maker, form, Some(error)).await?)
        }
    }
}

/// What the form asks for; or what is wrong with it, in a sentence.
async fn new_link(
    app: &App,
    frame: &Frame,
    maker: &Maker,
    form: &LinkForm,
) -> Result<Result<NewLink, String>, AppError> {
    let mut db = app.db.acquire().await?;
    let target = match form.target.target(&mut db, maker.organisation, frame.t).await? {
        Ok(target) => target,
        Err(error) => return Ok(Err(error)),
    };
    let clean =
        |text: &str| text.chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned();
    let (account_name, mut location_name) = (clean(&form.account_name), clean(&form.location_name));
    if location_name.is_empty() {
        location_name = match &target {
            Target::Existing(id) => {
                let found = crate::points_of_sale::service::find(&mut db, maker.organisation, *id).await?;
                found.map(|found| found.name).unwrap_or_default()
            }
            Target::New(name) => name.clone().unwrap_or_default(),
        };
    }
    let fits = |name: &str| (1..=NAME_LIMIT).contains(&name.chars().count());
    if !fits(&account_name) || !fits(&location_name) {
        return Ok(Err(frame.t.text("links-error-names")));
    }
    Ok(Ok(NewLink { target, account_name, location_name }))
}

/// The link that a path names, beside its organisation.
async fn named_link(app: &App, parameters: &RawPathParams, maker: &Maker) -> Result<ConnectionLink, AppError> {
    let id = parameters.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok());
    let id: ConnectionLinkId = id.ok_or(AppError::NotFound)?;
    store::find(&mut *app.db.acquire().await?, maker.organisation, id).await?.ok_or(AppError::NotFound)
}

async fn show_link(
    State(app): State<App>,
    parameters: RawPathParams,
    frame: Frame,
    maker: Maker,
) -> Result<Response, AppError> {
    let link = named_link(&app, &parameters, &maker).await?;
    let address = match service::address(&app, &link, maker.actor).await? {
        Some(address) => {
            let picture = picture(&address)?;
            Some((address, picture.size, picture.path))
        }
        None => None,
    };
    let frame = frame.at(maker.section).of(&maker.acting);
    page(&LinkPage { frame, base: maker.base, row: row(&link, app.clock.now()), address })
}

async fn cancel_link(State(app): State<App>, parameters: RawPathParams, maker: Maker) -> Result<Response, AppError> {
    let link = named_link(&app, &parameters, &maker).await?;
    service::cancel(&app, maker.organisation, link.id, maker.actor).await?;
    Ok(see(&maker.base))
}

/// Which link this browser follows.
const KEY: &str = "connection_link";

/// The owner follows the link: straight to HubRise. Looking at it does not use it up, as some programs look at every
/// link they see.
async fn follow(
    State(app): State<App>,
    PathId(secret): PathId<String>,
    frame: Frame,
    ClientAddress(from): ClientAddress,
    session: Session,
) -> Result<Response, AppError> {
    let link = store::by_secret(&mut *app.db.acquire().await?, &Digest::of(secret)).await?;
    depart(&app, frame, (&session, from), link.ok_or(AppError::NotFound)?).await
}

/// Whether this browser follows a link, and so can go to HubRise once more.
///
/// # Errors
/// When the session cannot be read.
pub async fn follows_link(session: &Session) -> Result<bool, AppError> {
    Ok(session.get::<ConnectionLinkId>(KEY).await?.is_some())
}

/// The owner goes to HubRise once more.
async fn follow_again(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(from): ClientAddress,
    session: Session,
) -> Result<Response, AppError> {
    let id: ConnectionLinkId = session.get(KEY).await?.ok_or(AppError::NotFound)?;
    let link = store::followed(&mut *app.db.acquire().await?, id).await?;
    depart(&app, frame, (&session, from), link.ok_or(AppError::NotFound)?).await
}

async fn depart(
    app: &App,
    frame: Frame,
    (session, from): (&Session, IpAddr),
    link: ConnectionLink,
) -> Result<Response, AppError> {
    let standing = link.standing(app.clock.now());
    if standing != Standing::Open || !link.is_free {
        let acting = Acting::of(app, session).await?;
        return show_over(frame.of_anybody(acting.as_ref()), &link, standing);
    }
    let traveller = Traveller::of_anybody(app, session, from).await?;
    session.insert(KEY, link.id).await?;
    let purpose = Purpose::Link { organisation: link.organisation, link: link.id };
    start(app, traveller, purpose, Some((link.account_name, link.location_name))).await
}

fn show_over(frame: Frame, link: &ConnectionLink, standing: Standing) -> Result<Response, AppError> {
    let time = link.used_at.map(|time| frame.time(&time)).unwrap_or_default();
    let (title, text) = match standing {
        Standing::Used => (frame.t.text("link-used-title"), frame.t.with("link-used", [("time", &time)])),
        Standing::Open => return show_overtaken(frame),
        Standing::Expired => (frame.t.text("link-expired-title"), frame.t.text("link-expired")),
        Standing::Cancelled => (frame.t.text("link-cancelled-title"), frame.t.text("link-cancelled")),
    };
    page_with(StatusCode::GONE, &OverPage { frame, title, text })
}

/// The page of a link that is open, and whose point of sale is connected already, or gone.
///
/// # Errors
/// When the template fails, which would be a fault of ours.
pub fn show_overtaken(frame: Frame) -> Result<Response, AppError> {
    let (title, text) = (frame.t.text("link-overtaken-title"), frame.t.text("link-overtaken"));
    page_with(StatusCode::GONE, &OverPage { frame, title, text })
}
