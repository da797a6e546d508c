//! What the managers are told by mail, each in their language: that a connection fails, and that it is back.

use anyhow::Result;
use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store::{self, Known, Manager};
use crate::{
    app::App,
    connections::{Cause, name_and_id},
    i18n::Language,
    ids::ConnectionId,
    mail::{self, NewMail},
};

/// What is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum News {
    Failed { since: DateTime<Utc>, cause: Cause },
    Recovered { failed_since: DateTime<Utc>, cause: Cause },
}

impl News {
    /// The keys of the mail's title and of its first sentence.
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Failed { cause: Cause::EventsWaiting, .. } => ("mail-late-title", "mail-late-what"),
            Self::Failed { .. } => ("mail-failed-title", "mail-failed-what"),
            // HubRise may have forgotten what it could not hand over.
            Self::Recovered { cause: Cause::EventsWaiting, .. } => ("mail-through-title", "mail-through-what"),
            Self::Recovered { cause: Cause::NoOrders, .. } => ("mail-recovered-title", "mail-recovered-what"),
            // Whether HubRise sends orders is only found out after it.
            Self::Recovered { .. } => ("mail-accepted-title", "mail-accepted-what"),
        }
    }
}

/// A mail's sentences, in their order.
struct Words {
    t: Language,
    title: String,
    /// What happened, and when.
    what: String,
    /// Why.
    why: Option<String>,
    /// What helps, and who must do it.
    remedy: Option<String>,
    /// `Name - id` of the account and the location.
    account: String,
    location: String,
    /// Whose it is.
    organisation: String,
    /// Where to see more.
    address: String,
}

#[derive(Template)]
#[template(path = "upkeep/mail.txt")]
struct TextMail<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "upkeep/mail.html")]
struct HtmlMail<'a> {
    words: &'a Words,
}

/// Tells every manager, within the caller's transaction, which keeps that they were told: twice at the same moment is
/// once.
pub(super) async fn tell(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionId,
    known: &Known,
    news: News,
) -> Result<()> {
    // Whoever was not told of a failure need not be told of its end.
    let now = app.clock.now();
    mail::withdraw_about(transaction, id, now).await?;
    let told = match news {
        News::Failed { .. } => None,
        News::Recovered { failed_since, .. } => Some(mail::told_since(transaction, id, failed_since).await?),
    };
    let managers = store::managers(transaction, known.organisation).await?;
    let is_told = |manager: &Manager| told.as_ref().is_none_or(|told| told.contains(&manager.email));
    for manager in managers.into_iter().filter(is_told) {
        let words = words(app, known, news, language(&manager));
        let kind = match news {
            News::Failed { .. } => "failed",
            News::Recovered { .. } => "recovered",
        };
        let (text, html) = (TextMail { words: &words }.render()?, HtmlMail { words: &words }.render()?);
        let new = NewMail {
            purpose: format!("connection {id} {kind} {} {}", now.timestamp_micros(), manager.email),
            recipient: &manager.email,
            language: words.t,
            subject: &words.title,
            text: &text,
            html: Some(&html),
            organisation: Some(known.organisation),
            connection: Some(id),
        };
        mail::enqueue(app, transaction, new).await?;
    }
    Ok(())
}

/// What they chose, then what their profile at HubRise says, then French.
fn language(manager: &Manager) -> Language {
    let chosen = manager.language.as_deref().and_then(Language::parse);
    chosen.or_else(|| manager.locales.iter().find_map(|locale| Language::of_locale(locale))).unwrap_or_default()
}

fn words(app: &App, known: &Known, news: News, t: Language) -> Words {
    let name = known.point_of_sale_name.as_str();
    let (time, cause) = match news {
        News::Failed { since, cause } => (since, Some(cause)),
        News::Recovered { .. } => (app.clock.now(), None),
    };
    let (title, what) = news.keys();
    Words {
        t,
        title: t.with(title, [("name", name)]),
        what: t.with(what, [("name", name), ("time", &t.date_time(time, app.config.time_zone))]),
        why: cause.map(|cause| t.text(cause.key())),
        remedy: cause.map(|cause| t.text(cause.remedy_key())),
        account: name_and_id(Some(&known.account_id), known.account_name.as_deref()),
        location: name_and_id(Some(&known.location_id), known.location_name.as_deref()),
        organisation: known.organisation_name.clone(),
        address: app.config.absolute(&format!("/organisations/{}", known.organisation)).to_string(),
    }
}
