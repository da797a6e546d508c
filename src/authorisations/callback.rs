//! The way back from HubRise. Decides who may claim an attempt; of any number of equal callbacks, one exchanges the
//! code and all show its outcome.

use std::{net::IpAddr, time::Duration};

use anyhow::Result;
use serde::Deserialize;
use tracing::Instrument;

use super::{
    Failure,
    attempt::{Attempt, Status},
    attempts, completion,
    exchange::keep,
    refusal::{Errand, Refusal},
    service::{Door, Opener, Purpose},
};
use crate::{
    app::App,
    hubrise::{AuthorisationCode, HubRiseUserId},
    ids::{AttemptId, BrowserId, OrganisationId, UserId},
    organisations::Role,
    secrets::Digest,
    users::{Trip, service::CodeGuess},
};

/// How long the callback itself waits; the attempt's page goes on waiting.
const PATIENCE: Duration = Duration::from_secs(15);

/// What HubRise adds to the redirect URI. Never printed: it holds the code.
#[derive(Deserialize)]
pub(super) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    /// Ours: the browser was sent here once more, to see whether it keeps cookies.
    pub(super) again: Option<String>,
}

impl CallbackQuery {
    /// Whether HubRise began this trip by itself.
    pub(super) fn is_install(&self) -> bool {
        self.state().is_none() && self.error.is_none() && self.code.is_some()
    }

    /// One that says nothing is none.
    fn state(&self) -> Option<&str> {
        self.state.as_deref().filter(|state| !state.is_empty())
    }

    /// Whether it brings what can be a code.
    pub(super) fn has_code(&self) -> bool {
        self.code.as_deref().and_then(AuthorisationCode::parse).is_some()
    }
}

/// Who comes back.
pub(super) struct Visitor {
    pub(super) address: IpAddr,
    pub(super) browser: Option<BrowserId>,
    pub(super) session: Option<Digest>,
    pub(super) user: Option<UserId>,
    pub(super) organisation: Option<(OrganisationId, Role)>,
    /// Whom HubRise says they are, while they have no account; told at the door of those who open TicknCook from there.
    pub(super) newcomer: Option<HubRiseUserId>,
    /// Whether this browser follows a manager's link, with nobody signed in.
    pub(super) follows_link: bool,
}

impl Visitor {
    /// What they come back from, where HubRise does not say from which trip.
    fn errand_at(&self, door: Door) -> Option<Errand> {
        match door {
            Door::Connect => self.follows_link.then_some(Errand::Link),
            Door::Login => Some(Errand::SignIn),
            Door::Authorize => Some(Errand::Open),
        }
    }
}

/// Where the browser goes next.
pub(super) enum Landing {
    /// To the page of the attempt.
    Attempt(AttemptId),
    /// To the page of a refusal; nothing was changed.
    Refused(Refusal),
    /// To the services: not a manager any more.
    Services,
}

impl Landing {
    const fn refused(failure: Failure, errand: Option<Errand>) -> Self {
        Self::Refused(Refusal { failure, errand })
    }
}

/// Why a callback is not judged any further.
enum Unrecognised {
    Refused(Refusal),
    NoManager,
}

/// Judges a callback, and brings its attempt to an end if it is the first.
pub(super) async fn land(app: &App, door: Door, visitor: &Visitor, query: CallbackQuery) -> Result<Landing> {
    if door == Door::Connect && query.is_install() {
        return land_install(app, visitor, &query).await;
    }
    let attempt = match recognise(app, door, visitor, &query).await? {
        Ok(attempt) => attempt,
        Err(Unrecognised::NoManager) => return Ok(Landing::Services),
        Err(Unrecognised::Refused(refusal)) => {
            tracing::warn!(failure = refusal.failure.word(), "a callback was refused");
            return Ok(Landing::Refused(refusal));
        }
    };
    let errand = Errand::of(&attempt.purpose);
    if let Some(error) = query.error {
        return end_with_error(app, &attempt, &error).await;
    }
    let Some(code) = query.code.as_deref().and_then(AuthorisationCode::parse) else {
        return Ok(Landing::refused(Failure::Malformed, errand));
    };
    if attempt.status == Status::Pending {
        if attempt.expires_at <= app.clock.now() {
            return Ok(Landing::refused(Failure::StateExpired, errand));
        }
        let kept = keep(app, attempt.id, &code)?;
        if attempts::claim(&mut *app.db.acquire().await?, attempt.id, &kept, app.clock.now()).await? {
            let (id, counts) = (attempt.id, attempt.purpose.is_anybodys());
            let landing = carry_out(app, attempt, code).await?;
            if counts && was_no_guess(app, id).await? {
                Trip::from(visitor.address).end(app).await?;
            }
            return Ok(landing);
        }
    }
    // Somebody was first. With the same code it is the same callback again: back, refresh, double click.
    let claimed = attempts::find(&mut *app.db.acquire().await?, attempt.id).await?;
    match claimed {
        Some(claimed) if claimed.was_claimed_with(&code) => Ok(Landing::Attempt(claimed.id)),
        _ => Ok(Landing::refused(Failure::StateUsed, errand)),
    }
}

/// A trip that HubRise began. The code is exchanged at once, for it lives ten minutes; what it opens is held for this
/// browser, and attached to nothing.
async fn land_install(app: &App, visitor: &Visitor, query: &CallbackQuery) -> Result<Landing> {
    let (code, was_sent_here_again) = (query.code.as_deref().unwrap_or_default(), query.again.is_some());
    let Some(browser) = visitor.browser else { return Ok(Landing::refused(Failure::NoCookies, None)) };
    let Some(code) = AuthorisationCode::parse(code) else { return Ok(Landing::refused(Failure::Malformed, None)) };
    let known = attempts::by_install_code(&mut *app.db.acquire().await?, &code).await?;
    let guess = CodeGuess::from(visitor.address);
    if known.is_none() && !guess.is_admitted(app).await? {
        return Ok(Landing::refused(Failure::TooMany, None));
    }
    let id = AttemptId::new();
    let mut db = app.db.acquire().await?;
    let is_new = attempts::insert_install(&mut db, id, browser, &keep(app, id, &code)?, app.clock.now()).await?;
    let attempt = attempts::by_install_code(&mut db, &code).await?;
    drop(db);
    match attempt {
        Some(attempt) if is_new => {
            let landing = carry_out(app, attempt, code).await?;
            if was_no_guess(app, id).await? {
                guess.forgive(app).await?;
                if was_sent_here_again {
                    Trip::from(visitor.address).end(app).await?;
                }
            }
            Ok(landing)
        }
        Some(attempt) if attempt.browser == Some(browser) => Ok(Landing::Attempt(attempt.id)),
        _ => Ok(Landing::refused(Failure::StateUsed, None)),
    }
}

/// Whether HubRise knows the code that somebody brought.
async fn was_no_guess(app: &App, id: AttemptId) -> Result<bool> {
    let ended = attempts::find(&mut *app.db.acquire().await?, id).await?;
    Ok(ended.is_none_or(|ended| ended.status != Status::Failed(Failure::CodeRejected)))
}

async fn carry_out(app: &App, attempt: Attempt, code: AuthorisationCode) -> Result<Landing> {
    let id = attempt.id;
    // On a task of its own: a browser that hangs up must not stop the exchange half-way.
    let task = app
        .tasks
        .spawn(completion::finish(app.clone(), attempt, code).instrument(tracing::info_span!("trip", attempt = %id)));
    if let Ok(finished) = tokio::time::timeout(PATIENCE, task).await {
        finished?;
    }
    Ok(Landing::Attempt(id))
}

/// The visitor's own attempt, by the state.
async fn recognise(
    app: &App,
    door: Door,
    visitor: &Visitor,
    query: &CallbackQuery,
) -> Result<Result<Attempt, Unrecognised>> {
    let refused = |failure, errand| Ok(Err(Unrecognised::Refused(Refusal { failure, errand })));
    let Some(state) = query.state() else {
        // HubRise does not say whether a refusal brings the state back; without it there is nothing to end.
        let failure = match query.error.as_deref() {
            Some("access_denied") => Failure::Denied,
            Some("expired") => Failure::StateExpired,
            _ => Failure::Malformed,
        };
        return refused(failure, visitor.errand_at(door));
    };
    let Some(attempt) = attempts::by_state(&mut *app.db.acquire().await?, state).await? else {
        return refused(Failure::StateUnknown, None);
    };
    // A state is good at its own door only: none can be carried from one kind of trip to another.
    if attempt.purpose.door() != door {
        return refused(Failure::StateUnknown, None);
    }
    let errand = Errand::of(&attempt.purpose);
    let is_theirs = match &attempt.purpose {
        Purpose::Connect { .. } => visitor.session.is_some_and(|session| attempt.began_in(&session)),
        _ => attempt.browser.is_some() && attempt.browser == visitor.browser,
    };
    if !is_theirs {
        return refused(Failure::OtherBrowser, errand);
    }
    match &attempt.purpose {
        Purpose::Connect { organisation, .. } => match visitor.organisation {
            Some((_, Role::Staff)) => return Ok(Err(Unrecognised::NoManager)),
            Some((shown, Role::Manager)) if shown == *organisation => {}
            _ => return refused(Failure::OtherOrganisation, errand),
        },
        Purpose::Open { opener: Opener::User(user), .. } if visitor.user != Some(*user) => {
            return refused(Failure::OtherBrowser, errand);
        }
        Purpose::Open { opener: Opener::Newcomer(id), .. } => {
            // By the second of two equal callbacks the newcomer may have an account already.
            let ended = matches!(attempt.status, Status::Completed(_));
            if visitor.newcomer.as_ref() != Some(id) && !ended {
                return refused(Failure::OtherBrowser, errand);
            }
        }
        _ => {}
    }
    Ok(Ok(attempt))
}

async fn end_with_error(app: &App, attempt: &Attempt, error: &str) -> Result<Landing> {
    if attempt.status == Status::Pending && attempt.expires_at <= app.clock.now() {
        return Ok(Landing::refused(Failure::StateExpired, Errand::of(&attempt.purpose)));
    }
    let failure = match error {
        "access_denied" => Failure::Denied,
        "expired" => Failure::CodeRejected,
        _ => Failure::Unintelligible,
    };
    if attempt.status == Status::Pending {
        attempts::fail(&mut *app.db.acquire().await?, attempt.id, failure, None, app.clock.now()).await?;
    }
    Ok(Landing::Attempt(attempt.id))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn fuzz_callback_queries() {
        crate::fuzz::text("callback-queries", |query| {
            let Ok(uri) = format!("/hubrise_oauth/connect_callback?{query}").parse() else { return };
            let Ok(axum::extract::Query(query)) = axum::extract::Query::<CallbackQuery>::try_from_uri(&uri) else {
                return;
            };
            assert!(!query.is_install() || (query.code.is_some() && query.state().is_none()));
            if let Some(code) = query.code.as_deref().and_then(AuthorisationCode::parse) {
                let again = AuthorisationCode::parse(code.secret().expose_secret()).unwrap();
                assert_eq!(again.digest(), code.digest());
            }
        });
    }
}
