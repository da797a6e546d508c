//! What support does to a connection. Each is written down in the organisation's history.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    case::{self, Case},
    looking,
    pages::RemovePage,
    waiting,
};
use crate::{
    alarms::{self, About},
    app::App,
    database,
    disconnections::{self, REASON_LIMIT, Requester},
    history::{self, Action, Actor, Change, Entry},
    ids::{AlarmId, ConnectionId},
    jobs,
    organisations::{Acting, Support},
    upkeep,
    web::{AppError, Form, Frame, PathId, Section, page, page_with, see},
};

async fn found(app: &App, id: ConnectionId) -> Result<Case, AppError> {
    case::find(app, id).await?.ok_or(AppError::NotFound)
}

/// **Vérifier maintenant**
pub(super) async fn check(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<ConnectionId>,
) -> Result<Response, AppError> {
    let case = found(&app, id).await?;
    if upkeep::service::check(&app, id).await? {
        let mut transaction = database::begin(&app.db).await?;
        looking::record(&app, &mut transaction, acting.user, &case, Action::Checked, Change::default()).await?;
        transaction.commit().await?;
    }
    Ok(see(&format!("/support/connections/{id}")))
}

#[derive(Deserialize)]
pub(super) struct Replay {
    job: String,
}

/// **Rejouer**: a job that waits runs now. One that has ended meanwhile, or runs already, is left alone.
pub(super) async fn replay(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<ConnectionId>,
    Form(replay): Form<Replay>,
) -> Result<Response, AppError> {
    let case = found(&app, id).await?;
    let mut transaction = database::begin(&app.db).await?;
    let word = waiting::word(&mut transaction, &case, &replay.job).await?.ok_or(AppError::NotFound)?;
    if jobs::run_now(&mut transaction, &replay.job).await? {
        let what = Change::of([("job", Some(word))]);
        looking::record(&app, &mut transaction, acting.user, &case, Action::JobReplayed, what).await?;
    }
    transaction.commit().await?;
    Ok(see(&format!("/support/connections/{id}#waiting")))
}

/// **Classer**: an alarm whose end nothing else tells.
pub(super) async fn dismiss(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<AlarmId>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let mut transaction = database::begin(&app.db).await?;
    if let Some(About { organisation, .. }) = alarms::service::dismiss(&mut transaction, id, now).await? {
        tracing::info!(alarm = %id, by = %acting.user, "an alarm was dismissed");
        if let Some(organisation) = organisation {
            let entry = Entry::new(organisation, Actor::Support(acting.user), Action::AlarmDismissed);
            history::record(&mut transaction, entry, now).await?;
        }
    }
    transaction.commit().await?;
    Ok(see("/support?show=alarms"))
}

fn remove_page(frame: Frame, acting: &Acting, case: Case, reason: String, error: Option<String>) -> RemovePage {
    RemovePage { frame: frame.at(Section::Support).of(acting), case, reason, error }
}

/// **Supprimer ce point de vente**: what stops and what is kept.
pub(super) async fn confirm_removal(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<ConnectionId>,
    frame: Frame,
) -> Result<Response, AppError> {
    let case = found(&app, id).await?;
    if let Some(receipt) = case.receipt() {
        return Ok(see(&format!("/support/receipts/{receipt}")));
    }
    page(&remove_page(frame, &acting, case, String::new(), None))
}

#[derive(Deserialize)]
pub(super) struct Removal {
    #[serde(default)]
    reason: String,
}

/// The same, done. A connection that is gone stays as it is: its point of sale may be linked to something else by now.
pub(super) async fn remove(
    State(app): State<App>,
    Support(acting): Support,
    PathId(id): PathId<ConnectionId>,
    frame: Frame,
    Form(removal): Form<Removal>,
) -> Result<Response, AppError> {
    let case = found(&app, id).await?;
    if let Some(receipt) = case.receipt() {
        return Ok(see(&format!("/support/receipts/{receipt}")));
    }
    let reason = removal.reason.replace('\0', "").trim().to_owned();
    if !(1..=REASON_LIMIT).contains(&reason.chars().count()) {
        let frame = frame.of(&acting);
        let error = Some(frame.t.text("console-remove-error-reason"));
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &remove_page(frame, &acting, case, reason, error));
    }
    let (organisation, point_of_sale) = (case.organisation, case.point_of_sale);
    let requester = Requester::Support(acting.user);
    let receipt =
        disconnections::service::delete_point_of_sale(&app, organisation, point_of_sale, requester, Some(&reason));
    let receipt = receipt.await?.ok_or(AppError::NotFound)?;
    Ok(see(&format!("/support/receipts/{receipt}")))
}
