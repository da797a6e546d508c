//! Which page a grant's reader gets to see.

use axum::{http::StatusCode, response::Response};

use super::{
    Pending,
    pages::{Choice, FinishPage, LinkPage, LinkedPage, OrganisationChoice, Stage, SwitchPage, TakenPage},
};
use crate::{
    app::App,
    authorisations::{Failure, InTheWay, WayOn, show_failure},
    connection_links::{self, names_agree},
    connections::{self, TargetForm},
    disconnections,
    ids::{ConnectionId, ConnectionLinkId, OrganisationId},
    organisations::{self, Acting, Role},
    points_of_sale,
    users::Newcomer,
    web::{AppError, Frame, page_with},
};

/// Whoever sits at the browser.
pub(super) struct Reader {
    pub(super) frame: Frame,
    pub(super) acting: Option<Acting>,
    pub(super) newcomer: Option<Newcomer>,
}

/// **Terminer la connexion**
pub(super) async fn show_finish(
    app: &App,
    reader: Reader,
    pending: &Pending,
    chosen: Option<OrganisationId>,
    taken: bool,
) -> Result<Response, AppError> {
    let stage = match &reader.acting {
        None => {
            let newcomer = reader.newcomer.map(|newcomer| newcomer.email);
            let open = own_access(pending).filter(|_| taken && newcomer.is_some());
            Stage::SignIn { taken, newcomer, open, trial_days: app.config.trial_days }
        }
        Some(acting) => {
            let mut managed = acting.managed();
            let chosen = chosen.and_then(|chosen| managed.iter().position(|(id, _)| *id == chosen));
            match (managed.len(), chosen) {
                (0, _) => Stage::Found,
                (1, _) | (_, Some(_)) => {
                    let several = managed.len() > 1;
                    let (id, name) = managed.swap_remove(chosen.unwrap_or_default());
                    choose_point_of_sale(app, id, name, several, &TargetForm::default()).await?
                }
                _ => {
                    let all = managed.into_iter().map(|(id, name)| OrganisationChoice { id: id.to_string(), name });
                    Stage::ChooseOrganisation(all.collect())
                }
            }
        }
    };
    finish_page(reader.frame, pending, stage, None, StatusCode::OK)
}

fn finish_page(
    frame: Frame,
    pending: &Pending,
    stage: Stage,
    error: Option<String>,
    status: StatusCode,
) -> Result<Response, AppError> {
    let (id, link, until) = (pending.id.to_string(), pending.link(), pending.expires_at);
    page_with(status, &FinishPage { frame, id, link, until, stage, error })
}

/// A new point of sale is chosen to begin with where nothing else can be, or nothing else was.
async fn choose_point_of_sale(
    app: &App,
    organisation: OrganisationId,
    name: String,
    several: bool,
    form: &TargetForm,
) -> Result<Stage, AppError> {
    let free = connections::service::free_points_of_sale(&mut *app.db.acquire().await?, organisation).await?;
    let choices: Vec<_> = free
        .into_iter()
        .map(|found| Choice {
            chosen: found.id.to_string() == form.point_of_sale,
            id: found.id.to_string(),
            name: found.name,
        })
        .collect();
    Ok(Stage::ChoosePointOfSale {
        organisation: OrganisationChoice { id: organisation.to_string(), name },
        several,
        new_chosen: choices.is_empty() || form.point_of_sale == "new",
        choices,
        new_name: form.new_name.clone(),
    })
}

/// The same question again, with what is wrong.
pub(super) async fn ask_again(
    app: &App,
    reader: Reader,
    pending: &Pending,
    organisation: OrganisationId,
    form: &TargetForm,
    error: String,
    status: StatusCode,
) -> Result<Response, AppError> {
    let managed = reader.acting.as_ref().map(Acting::managed).unwrap_or_default();
    let several = managed.len() > 1;
    let found = managed.into_iter().find(|(id, _)| *id == organisation);
    let (id, name) = found.ok_or(AppError::NotFound)?;
    let stage = choose_point_of_sale(app, id, name, several, form).await?;
    finish_page(reader.frame, pending, stage, Some(error), status)
}

/// HubRise does not answer: the grant waits on, and so does what was chosen.
pub(super) async fn show_silence(
    app: &App,
    reader: Reader,
    pending: &Pending,
    organisation: Option<OrganisationId>,
    form: &TargetForm,
) -> Result<Response, AppError> {
    let error = reader.frame.t.text("pending-silence");
    match (pending.origin, organisation) {
        (super::Origin::Link { link, .. }, _) => show_link(app, reader, pending, link, Some(error)).await,
        (super::Origin::HubRise, Some(organisation)) => {
            ask_again(app, reader, pending, organisation, form, error, StatusCode::BAD_GATEWAY).await
        }
        _ => show_switch(app, reader, pending, Some(error)).await,
    }
}

/// What the owner is asked who followed a link.
pub(super) async fn show_link(
    app: &App,
    reader: Reader,
    pending: &Pending,
    link: ConnectionLinkId,
    error: Option<String>,
) -> Result<Response, AppError> {
    let Some(found) = connection_links::service::open(app, link).await? else {
        return show_failure(app, reader.frame, Failure::LinkOver, &InTheWay::Nothing, WayOn::Nowhere);
    };
    if !found.is_free {
        return connection_links::show_overtaken(reader.frame);
    }
    let account = pending.account_name.as_deref().unwrap_or(&pending.account_id);
    let location = pending.location_name.as_deref().unwrap_or(&pending.location_id);
    let as_expected =
        names_agree(&found.account_name, account, "") && names_agree(&found.location_name, location, account);
    let expected = format!("{} › {}", found.account_name, found.location_name);
    let status = if error.is_some() { StatusCode::BAD_GATEWAY } else { StatusCode::OK };
    let shown = LinkPage {
        frame: reader.frame,
        id: pending.id.to_string(),
        link: pending.link(),
        organisation_name: found.organisation_name,
        point_of_sale_name: found.point_of_sale_name,
        expected,
        as_expected,
        until: pending.expires_at,
        error,
    };
    page_with(status, &shown)
}

/// What a manager is asked who came back with another location.
pub(super) async fn show_switch(
    app: &App,
    reader: Reader,
    pending: &Pending,
    error: Option<String>,
) -> Result<Response, AppError> {
    let super::Origin::Reconnection { organisation, connection } = pending.origin else {
        return Err(AppError::NotFound);
    };
    let acting = reader.acting.as_ref();
    let acting = acting.ok_or_else(|| AppError::SignInFirst(format!("/services/hubrise/pending/{}", pending.id)))?;
    match acting.role_in(organisation) {
        Some(Role::Manager) => {}
        Some(Role::Staff) => return Err(AppError::Forbidden),
        None => return Err(AppError::NotFound),
    }
    let current = connections::service::find(&mut *app.db.acquire().await?, organisation, connection).await?;
    let Some(current) = current else { return show_gone(app, reader.frame, Some(Role::Manager)) };
    let status = if error.is_some() { StatusCode::BAD_GATEWAY } else { StatusCode::OK };
    let shown = SwitchPage {
        frame: reader.frame,
        id: pending.id.to_string(),
        link: pending.link(),
        current: current.link(),
        until: pending.expires_at,
        point_of_sale_name: current.point_of_sale_name,
        error,
    };
    page_with(status, &shown)
}

/// Where somebody proves that they have access to the location at HubRise, if HubRise named the install.
fn own_access(pending: &Pending) -> Option<String> {
    pending.app_instance.as_ref().map(|id| format!("/hubrise_open?app_instance_id={id}"))
}

/// The location is another restaurant's here. Whoever has access to it at HubRise can still prove that.
pub(super) fn show_taken(reader: Reader, pending: &Pending) -> Result<Response, AppError> {
    let failure = Failure::LocationTakenElsewhere;
    let language = reader.frame.t;
    let open = own_access(pending);
    let (title, text) = (failure.title(language), failure.text(language, &InTheWay::Nothing));
    page_with(failure.status(), &TakenPage { frame: reader.frame, title, text, open })
}

/// The connection was cut meanwhile. A manager can make another one; who has no role here can only ask about it.
fn show_gone(app: &App, frame: Frame, role: Option<Role>) -> Result<Response, AppError> {
    let (in_the_way, way_on) = match role {
        Some(Role::Manager) => (InTheWay::Nothing, WayOn::Connect),
        Some(Role::Staff) => (InTheWay::Nothing, WayOn::Services),
        None => (InTheWay::Untold, WayOn::Nowhere),
    };
    show_failure(app, frame, Failure::ConnectionGone, &in_the_way, way_on)
}

/// Why somebody does not get to see what came of a grant, who is not of its organisation and followed no link to it.
fn stranger(reader: &Reader, pending: &Pending, organisation: OrganisationId) -> AppError {
    let here = format!("/services/hubrise/pending/{}", pending.id);
    let Some(acting) = &reader.acting else { return AppError::SignInFirst(here) };
    match acting.lapsed_in(organisation) {
        Some(id) => AppError::ProveAccess { app_instance: id.clone(), path: here },
        None => AppError::NotFound,
    }
}

/// What it came to. The owner who followed a link needs no account to see it.
pub(super) async fn show_confirmed(
    app: &App,
    reader: Reader,
    pending: &Pending,
    connection: ConnectionId,
) -> Result<Response, AppError> {
    let organisation = pending.organisation.ok_or(AppError::NotFound)?;
    let role = reader.acting.as_ref().and_then(|acting| acting.role_in(organisation));
    if role.is_none() && !matches!(pending.origin, super::Origin::Link { .. }) {
        return Err(stranger(&reader, pending, organisation));
    }
    let mut db = app.db.acquire().await?;
    let found = connections::service::find(&mut db, organisation, connection).await?;
    let Some(found) = found else {
        drop(db);
        return show_gone(app, reader.frame, role);
    };
    if role.is_some() {
        let receipt = match pending.origin {
            super::Origin::Reconnection { connection, .. } => {
                disconnections::service::receipt_of_connection(&mut db, organisation, connection).await?
            }
            _ => None,
        };
        let (former, since) = (pending.former.clone(), Some(pending.created_at));
        return connections::show_connected(reader.frame, found, former, since, receipt);
    }
    let point_of_sale = points_of_sale::service::find(&mut db, organisation, found.point_of_sale).await?;
    let shown = LinkedPage {
        frame: reader.frame,
        link: pending.link(),
        health: found.health(),
        organisation_name: organisations::service::name(&mut db, organisation).await?.unwrap_or_default(),
        point_of_sale_name: point_of_sale.map(|found| found.name).unwrap_or_default(),
    };
    page_with(StatusCode::OK, &shown)
}
