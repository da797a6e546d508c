//! What every page shares: the language, the frame around the content, and how a page becomes a response.

use askama::Template;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use url::Url;

use super::{assets, cookie, error::AppError, headers, problem, reader::Reader, request_id::RequestId};
use crate::{app::App, i18n::Language, organisations::Acting};

/// Where TicknCook's support is reached, and who is added at HubRise.
pub const SUPPORT_ADDRESS: &str = "hello@tickncook.com";

/// Which entry of the menu is the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// SERVICES TIERS.
    Services,
    /// POINTS DE VENTE.
    PointsOfSale,
    /// HISTORIQUE.
    History,
    /// AIDE.
    Help,
    /// PARAMÈTRES.
    Settings,
    /// SUPPORT.
    Support,
    /// None of them.
    Elsewhere,
}

/// One organisation that the person can switch to.
#[derive(Clone, Debug)]
pub struct OrganisationChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is the one shown now.
    pub current: bool,
}

/// What the frame shows of the person who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub email: String,
    /// For which organisation; nobody's for support.
    pub organisation: Option<String>,
    /// All of theirs.
    pub organisations: Vec<OrganisationChoice>,
    /// Whether they are TicknCook's support.
    pub is_support: bool,
    /// What the banner on every page tells.
    pub trouble: Option<Trouble>,
}

/// Points of sale that get no orders, because HubRise refuses their connections or does not reach us.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The name of the one that has been failing longest.
    pub name: String,
    /// How many others are.
    pub others: u64,
    /// Whether the orders of all of them may only be late.
    pub is_late: bool,
}

/// The frame around a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub t: Language,
    /// Whether it was chosen with this browser, rather than guessed.
    language_is_chosen: bool,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The current entry of the menu.
    pub section: Section,
    /// The page's own address, to come back to after a change of language. Never a callback's.
    pub here: String,
    /// The number of the request, or of what the page is about.
    reference: String,
    time_zone: Tz,
    now: DateTime<Utc>,
}

impl Frame {
    /// What forms about the organisation that the page shows have at the end of their address, because the reader could
    /// change to another meanwhile, in another window: [`AppError::OtherOrganisation`] is the answer then. Whoever has
    /// no other yet could join one.
    #[must_use]
    pub fn within(&self) -> String {
        let organisations = self.person.as_ref().map(|person| person.organisations.as_slice()).unwrap_or_default();
        let current = organisations.iter().find(|choice| choice.current);
        current.map_or_else(String::new, |choice| format!("?organisation={}", choice.id))
    }

    /// The same frame with this entry of the menu marked.
    #[must_use]
    pub fn at(mut self, section: Section) -> Self {
        self.section = section;
        self
    }

    /// The same frame with this person signed in.
    #[must_use]
    pub fn of(mut self, acting: &Acting) -> Self {
        self.person = Some(acting.person());
        // What they chose, then what this browser was set to, then what HubRise says they speak.
        let profile = acting.profile_language.filter(|_| !self.language_is_chosen);
        self.t = acting.language.or(profile).unwrap_or(self.t);
        self
    }

    /// The same frame with this person signed in, if anybody is.
    #[must_use]
    pub fn of_anybody(self, acting: Option<&Acting>) -> Self {
        match acting {
            Some(acting) => self.of(acting),
            None => self,
        }
    }

    /// The same frame with this as the reference.
    #[must_use]
    pub fn about(mut self, id: impl std::fmt::Display) -> Self {
        self.reference = id.to_string();
        self
    }

    /// What the banner tells, in a sentence.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let Trouble { name, others, is_late } = self.person.as_ref()?.trouble.as_ref()?;
        let key = match (others, is_late) {
            (0, false) => "banner-failing",
            (1, false) => "banner-failing-two",
            (_, false) => "banner-failing-several",
            (0, true) => "banner-late",
            (1, true) => "banner-late-two",
            (_, true) => "banner-late-several",
        };
        Some(self.t.with(key, [("name", name), ("others", &others.to_string())]))
    }

    /// The other language, to offer.
    #[must_use]
    pub fn other_language(&self) -> Language {
        match self.t {
            Language::French => Language::English,
            Language::English => Language::French,
        }
    }

    /// Whether this entry of the menu is the current one.
    #[must_use]
    pub fn is_at(&self, section: &str) -> bool {
        matches!(
            (self.section, section),
            (Section::Services, "services")
                | (Section::PointsOfSale, "points-of-sale")
                | (Section::History, "history")
                | (Section::Help, "help")
                | (Section::Settings, "settings")
                | (Section::Support, "support")
        )
    }

    /// The address of a style, script or picture of ours.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// Where support is reached.
    #[must_use]
    pub const fn support_address(&self) -> &'static str {
        SUPPORT_ADDRESS
    }

    /// The number under which support finds the cause in the logs.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// A time to the minute, in the reader's language.
    #[must_use]
    pub fn time(&self, time: &DateTime<Utc>) -> String {
        self.t.date_time(*time, self.time_zone)
    }

    /// When something was: `à 18:02` where it was today.
    #[must_use]
    pub fn moment(&self, time: &DateTime<Utc>) -> String {
        self.t.moment(*time, self.now, self.time_zone)
    }

    /// Since when something is: `18:02` where it is since today.
    #[must_use]
    pub fn since(&self, time: &DateTime<Utc>) -> String {
        self.t.since(*time, self.now, self.time_zone)
    }

    /// A day, in the reader's language.
    #[must_use]
    pub fn day(&self, time: &DateTime<Utc>) -> String {
        self.t.date(*time, self.time_zone)
    }

    /// A time to the second, in the reader's language.
    #[must_use]
    pub fn exact_time(&self, time: &DateTime<Utc>) -> String {
        self.t.date_time_exact(*time, self.time_zone)
    }

    /// A time for machines.
    #[must_use]
    pub fn iso_time(&self, time: &DateTime<Utc>) -> String {
        time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
}

/// The cookie that holds the chosen language.
pub(super) const LANGUAGE_COOKIE: &str = "language";

/// The language that was chosen with this browser.
fn chosen_language(app: &App, headers: &http::HeaderMap) -> Option<Language> {
    Language::parse(cookie(headers, &app.config.cookie_name(LANGUAGE_COOKIE))?)
}

/// The language that the browser asks for.
fn asked_language(headers: &http::HeaderMap) -> Option<Language> {
    Language::of_browser(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// The page to come back to: this one, or the one with the form that was sent. Never a callback's.
fn here(app: &App, parts: &Parts) -> String {
    let referrer = || {
        let address = Url::parse(parts.headers.get(header::REFERER)?.to_str().ok()?).ok()?;
        (address.origin() == app.config.public_url.origin())
            .then(|| address[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    };
    let address = match parts.method {
        http::Method::GET => parts.uri.path_and_query().map(ToString::to_string),
        _ => referrer(),
    };
    address.filter(|address| !address.starts_with("/hubrise_")).unwrap_or_else(|| "/".to_owned())
}

impl FromRequestParts<App> for Frame {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let here = here(app, parts);
        let chosen = chosen_language(app, &parts.headers);
        Ok(Self {
            t: chosen.or_else(|| asked_language(&parts.headers)).unwrap_or_default(),
            language_is_chosen: chosen.is_some(),
            person: None,
            section: Section::Elsewhere,
            here,
            reference: parts.extensions.get::<RequestId>().map(ToString::to_string).unwrap_or_default(),
            time_zone: app.config.time_zone,
            now: app.clock.now(),
        })
    }
}

/// A page that is ready to be sent.
///
/// # Errors
/// When the template fails, which would be a fault of ours.
pub fn page(template: &impl Template) -> Result<Response, AppError> {
    Ok(Html(template.render()?).into_response())
}

/// A page with a status other than 200.
///
/// # Errors
/// As for [`page`].
pub fn page_with(status: StatusCode, template: &impl Template) -> Result<Response, AppError> {
    Ok((status, page(template)?).into_response())
}

/// Costs as little as a page can.
#[derive(Template)]
#[template(path = "busy.html")]
struct BusyPage {
    frame: Frame,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: String,
    text: String,
}

/// Finishes every answer: errors become pages, and the headers are added that all carry.
pub async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = render_errors(&app, request, next).await;
    headers::add(&app, &mut response);
    response
}

/// Turns an [`AppError`] into a page in the reader's language, or into a problem document for the API's callers. Causes
/// were logged; the reader gets a sentence, a way on, and the reference under which the cause can be found.
async fn render_errors(app: &App, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(frame) = Frame::from_request_parts(&mut parts, app).await;
    let request_id = parts.extensions.get::<RequestId>().cloned();
    let is_api = parts.uri.path().starts_with("/api/");
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(shown) = super::error::Shown::of(&response) else { return response };
    let frame = frame.of_anybody(response.extensions().get::<Reader>().map(|Reader(acting)| acting));
    let mut rendered = if is_api {
        problem::document(shown.status(), request_id.as_ref())
    } else {
        let (title, text) = shown.texts(frame.t);
        let page = if shown.is_busy() {
            page_with(shown.status(), &BusyPage { frame, title, text })
        } else {
            page_with(shown.status(), &ErrorPage { frame, title, text })
        };
        match page {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(?error, "the error page cannot be rendered");
                return response;
            }
        }
    };
    if let Some(methods) = response.headers().get(header::ALLOW) {
        rendered.headers_mut().insert(header::ALLOW, HeaderValue::clone(methods));
    }
    if let Some(seconds) = shown.retry_after().and_then(|seconds| HeaderValue::try_from(seconds).ok()) {
        rendered.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    rendered
}
