//! The way back from HubRise. Decides who may claim an attempt; of any number of equal callbacks, one exchanges the
//! code and all show its outcome.

use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use tracing::Instrument;

use super::{
    Failure,
    attempts::{self, Attempt, Status},
    completion,
};
use crate::{
    app::App,
    hubrise::AuthorisationCode,
    ids::{AttemptId, OrganisationId},
    secrets::Digest,
};

/// How long the callback itself waits; the attempt's page goes on waiting.
const PATIENCE: Duration = Duration::from_secs(15);

/// What HubRise adds to the redirect URI. Never printed: it holds the code.
#[derive(Deserialize)]
pub(super) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Who the browser is signed in as.
pub(super) struct Visitor {
    pub(super) organisation: OrganisationId,
    pub(super) session: Digest,
}

/// Where the browser goes next.
pub(super) enum Landing {
    /// To the page of the attempt.
    Attempt(AttemptId),
    /// To the page of a refusal; nothing was changed.
    Refused(Failure),
}

/// Judges a callback, and brings its attempt to an end if it is the first.
pub(super) async fn land(app: &App, visitor: Option<Visitor>, query: CallbackQuery) -> Result<Landing> {
    let attempt = match recognise(app, visitor, &query).await? {
        Ok(attempt) => attempt,
        Err(failure) => {
            tracing::warn!(failure = failure.word(), "a callback was refused");
            return Ok(Landing::Refused(failure));
        }
    };
    if let Some(error) = query.error {
        return end_with_error(app, &attempt, &error).await;
    }
    let Some(code) = query.code.as_deref().and_then(AuthorisationCode::parse) else {
        return Ok(Landing::Refused(Failure::Malformed));
    };
    if attempt.status == Status::Pending {
        if attempt.expires_at <= app.clock.now() {
            return Ok(Landing::Refused(Failure::StateExpired));
        }
        if attempts::claim(&mut *app.db.acquire().await?, attempt.id, &code, app.clock.now()).await? {
            let id = attempt.id;
            // On a task of its own: a browser that hangs up must not stop the exchange half-way.
            let task = app.tasks.spawn(completion::finish(app.clone(), attempt, code).in_current_span());
            if let Ok(finished) = tokio::time::timeout(PATIENCE, task).await {
                finished?;
            }
            return Ok(Landing::Attempt(id));
        }
    }
    // Somebody was first. With the same code it is the same callback again: back, refresh, double click.
    let claimed = attempts::find(&mut *app.db.acquire().await?, attempt.organisation, attempt.id).await?;
    match claimed {
        Some(claimed) if claimed.was_claimed_with(&code) => Ok(Landing::Attempt(claimed.id)),
        _ => Ok(Landing::Refused(Failure::StateUsed)),
    }
}

/// The visitor's own attempt, by the state.
async fn recognise(app: &App, visitor: Option<Visitor>, query: &CallbackQuery) -> Result<Result<Attempt, Failure>> {
    let Some(state) = query.state.as_deref() else {
        // HubRise does not say whether a refusal brings the state back; without it there is nothing to end.
        let denied = query.error.as_deref() == Some("access_denied");
        return Ok(Err(if denied { Failure::Denied } else { Failure::Malformed }));
    };
    let Some(attempt) = attempts::by_state(&mut *app.db.acquire().await?, state).await? else {
        return Ok(Err(Failure::StateUnknown));
    };
    Ok(match visitor {
        Some(visitor) if attempt.began_in(&visitor.session) => {
            if attempt.organisation == visitor.organisation {
                Ok(attempt)
            } else {
                Err(Failure::OtherOrganisation)
            }
        }
        _ => Err(Failure::OtherBrowser),
    })
}

async fn end_with_error(app: &App, attempt: &Attempt, error: &str) -> Result<Landing> {
    if attempt.status == Status::Pending && attempt.expires_at <= app.clock.now() {
        return Ok(Landing::Refused(Failure::StateExpired));
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
