//! HubRise's **Ouvrir**: the Open URL. The install that it names can be guessed and proves nothing; whoever does not
//! belong to its organisation proves at HubRise that they may look.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    app::App,
    authorisations::service::{Opener, Purpose, Traveller, start},
    connections,
    hubrise::AppInstanceId,
    organisations::Acting,
    users::{Newcomer, look_at, send_to_hubrise},
    web::{AppError, ClientAddress, Frame, local_path, open_path, page_with, see, session_digest},
};

#[derive(Deserialize)]
pub(super) struct OpenQuery {
    app_instance_id: Option<AppInstanceId>,
    /// Ours: where somebody was who must prove their access again.
    #[serde(default)]
    return_to: String,
    /// Ours: nobody has asked for this; the time of their access is over.
    renew: Option<String>,
}

/// When this browser was last sent to HubRise without its person asking for it.
const SENT_AT: &str = "sent_to_prove_access_at";
/// HubRise sends nobody back whose role was taken away: whoever turns up here again so soon is told, instead of being
/// sent there over and over.
const NOT_AGAIN_FOR: TimeDelta = TimeDelta::minutes(10);

#[derive(Template)]
#[template(path = "team/lapsed.html")]
struct LapsedPage {
    frame: Frame,
    /// Where to try again.
    again: String,
}

/// Access was proved: the next time that it must be, this browser is sent to HubRise again without being asked.
///
/// # Errors
/// When the sessions cannot be read.
pub async fn access_was_proved(session: &Session) -> Result<(), AppError> {
    session.remove_value(SENT_AT).await?;
    Ok(())
}

/// `GET /hubrise_open?app_instance_id=…`
pub(super) async fn open(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(from): ClientAddress,
    session: Session,
    query: Result<Query<OpenQuery>, QueryRejection>,
) -> Result<Response, AppError> {
    // Without an install there is nothing to prove: whoever is signed in goes on, whoever is not signs in.
    let Ok(Query(OpenQuery { app_instance_id: Some(app_instance), return_to, renew })) = query else {
        return Ok(see("/"));
    };
    let return_to = local_path(&return_to).to_owned();
    let acting = Acting::of(&app, &session).await?;
    if let Some(acting) = &acting {
        let known = connections::service::of_app_instance(&mut *app.db.acquire().await?, &app_instance).await?;
        if let Some(known) = known.filter(|known| acting.belongs_to(known.organisation)) {
            look_at(&session, Some(known.organisation)).await?;
            return Ok(see(&if return_to == "/" { format!("/services#connection-{}", known.id) } else { return_to }));
        }
    }
    if let (Some(acting), Some(_)) = (&acting, renew) {
        let now = app.clock.now();
        let sent_at: Option<DateTime<Utc>> = session.get(SENT_AT).await?;
        if sent_at.is_some_and(|sent_at| now - sent_at < NOT_AGAIN_FOR) {
            let again = format!("/hubrise_open?app_instance_id={app_instance}");
            return page_with(StatusCode::FORBIDDEN, &LapsedPage { frame: frame.of(acting), again });
        }
        session.insert(SENT_AT, now).await?;
    }
    let opener = match (acting, Newcomer::of(&app, &session).await?) {
        (Some(acting), _) if acting.has_identity => Opener::User(acting.user),
        (None, Some(newcomer)) => Opener::Newcomer(newcomer.identity),
        // A role at HubRise is somebody's: first of all HubRise says who they are there.
        _ => return send_to_hubrise(&app, &session, from, open_path(&app_instance, &return_to, false)).await,
    };
    let traveller = Traveller::of_anybody(&app, &session, from).await?;
    let traveller = Traveller { session: session.id().map(session_digest), ..traveller };
    start(&app, traveller, Purpose::Open { opener, app_instance, return_to }, None).await
}
