//! The frame around every page, and the page that says what went wrong.

use askama::Template;
use askama_web::WebTemplate;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::language::Language;
use super::member::{Member, Places};
use super::visitor::Visitor;
use super::words::Words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Menu {
    Dashboard,
    Connections,
    Orders,
    Customers,
    Catalogs,
    Configuration,
    Developer,
    /// The injector of orders.
    Injector,
    /// Faults, switches and the clock: what no HubRise has.
    Sandbox,
}

/// What the layout needs, whatever the page.
pub(crate) struct Frame {
    pub(crate) words: &'static Words,
    pub(crate) language: Language,
    pub(crate) email: Option<String>,
    pub(crate) here: String,
    pub(crate) menu: Option<Menu>,
    pub(crate) places: Places,
    /// Whether faults and the clock are within reach.
    pub(crate) control: bool,
}

impl Frame {
    pub(crate) fn new(visitor: Visitor) -> Self {
        Self {
            words: Words::of(visitor.language),
            language: visitor.language,
            email: visitor.email,
            here: visitor.here,
            menu: None,
            places: Places::default(),
            control: false,
        }
    }

    /// A page of the back office, with its menu and top bar.
    pub(crate) fn within(member: Member, menu: Menu) -> Self {
        let Member { visitor, places, control, .. } = member;
        Self { menu: Some(menu), places, control, ..Self::new(visitor) }
    }

    pub(crate) fn is_on(&self, menu: Menu) -> bool {
        self.menu == Some(menu)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    title: &'static str,
    explanation: &'static str,
    detail: String,
}

/// Something that the visitor, or the client that sent them, got wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) explanation: fn(&Words) -> &'static str,
}

impl Problem {
    /// The page about it; `detail` is shown as it is, for the developer of the client.
    pub(crate) fn page(self, visitor: Visitor, detail: impl Into<String>) -> Response {
        let frame = Frame::new(visitor);
        let explanation = (self.explanation)(frame.words);
        let title = match self.status {
            StatusCode::NOT_FOUND => frame.words.not_found_title,
            _ => frame.words.problem_title,
        };
        (self.status, ProblemPage { title, explanation, detail: detail.into(), frame }).into_response()
    }
}

pub(crate) async fn not_found(visitor: Visitor) -> Response {
    Problem { status: StatusCode::NOT_FOUND, explanation: |words| words.not_found }.page(visitor, "")
}
