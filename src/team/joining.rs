//! A guest follows an invitation. Its secret is in the link alone: the browser remembers the invitation, and goes on
//! under addresses without it.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    invitation_pages::{JoinOverPage, JoinPage},
    invitations::{self, Acceptance, Invitation},
    store,
};
use crate::{
    app::App,
    database,
    ids::{InvitationId, OrganisationId},
    organisations::{Acting, Role},
    secrets::Digest,
    single_use::Standing,
    users::{self, Newcomer, Proof, SignUp, go_in, look_at, may_do_more},
    web::{AppError, ClientAddress, Form, Frame, PathId, Routes, page_with, see},
};

const KEY: &str = "invitation";

/// `/invitation`
pub(super) fn router() -> Routes {
    Routes::new()
        .route("/invitations/{secret}", get(follow))
        .route("/invitation", get(show).post(join))
        .route("/invitation/account", post(join_with_account))
}

async fn follow(
    State(app): State<App>,
    PathId(secret): PathId<String>,
    frame: Frame,
    session: Session,
) -> Result<Response, AppError> {
    let found = store::invitations::by_secret(&mut *app.db.acquire().await?, &Digest::of(secret)).await?;
    let found = found.ok_or(AppError::NotFound)?;
    let standing = found.standing(app.clock.now());
    if standing != Standing::Open {
        let acting = Acting::of(&app, &session).await?;
        return show_over(frame.of_anybody(acting.as_ref()), standing);
    }
    session.insert(KEY, found.id).await?;
    Ok(see("/invitation"))
}

fn show_over(frame: Frame, standing: Standing) -> Result<Response, AppError> {
    let (title, text) = match standing {
        Standing::Used | Standing::Open => ("join-used-title", "join-used"),
        Standing::Expired => ("join-expired-title", "join-expired"),
        Standing::Cancelled => ("join-cancelled-title", "join-cancelled"),
    };
    let (title, text) = (frame.t.text(title), frame.t.text(text));
    page_with(StatusCode::GONE, &JoinOverPage { frame, title, text })
}

/// The invitation that this browser follows, and who sits at it.
struct Guest {
    invitation: Invitation,
    acting: Option<Acting>,
    newcomer: Option<Newcomer>,
    /// Whether they have as much access already.
    is_in: bool,
}

async fn guest(app: &App, session: &Session) -> Result<Guest, AppError> {
    let id: InvitationId = session.get(KEY).await?.ok_or(AppError::NotFound)?;
    let acting = Acting::of(app, session).await?;
    let newcomer = Newcomer::of(app, session).await?;
    let mut db = app.db.acquire().await?;
    let invitation = store::invitations::opened(&mut db, id).await?.ok_or(AppError::NotFound)?;
    let is_in = match &acting {
        Some(acting) => invitations::is_in(&mut db, &invitation, acting.user).await?,
        None => false,
    };
    Ok(Guest { invitation, acting, newcomer, is_in })
}

fn ask(
    app: &App,
    frame: Frame,
    guest: Guest,
    email: String,
    error: Option<String>,
    status: StatusCode,
) -> Result<Response, AppError> {
    let frame = frame.of_anybody(guest.acting.as_ref());
    let standing = guest.invitation.standing(app.clock.now());
    if standing != Standing::Open {
        return show_over(frame, standing);
    }
    if guest.is_in {
        let (title, text) = (frame.t.text("join-already-title"), frame.t.text("join-already"));
        return page_with(StatusCode::OK, &JoinOverPage { frame, title, text });
    }
    let who = guest.acting.map(|acting| acting.person().email).or(guest.newcomer.map(|newcomer| newcomer.email));
    let shown = JoinPage {
        frame,
        id: guest.invitation.id.to_string(),
        organisation_name: guest.invitation.organisation_name,
        is_manager: guest.invitation.role == Role::Manager,
        invited_by: guest.invitation.created_by,
        who,
        email,
        error,
    };
    page_with(status, &shown)
}

async fn show(State(app): State<App>, frame: Frame, session: Session) -> Result<Response, AppError> {
    let guest = guest(&app, &session).await?;
    ask(&app, frame, guest, String::new(), None, StatusCode::OK)
}

/// Which invitation the page showed whose form this is. A link that was opened in the browser meanwhile, by whatever
/// site, may have brought another.
#[derive(Deserialize)]
struct Shown {
    invitation: Option<InvitationId>,
}

impl Shown {
    fn is_another_than(&self, guest: &Guest) -> bool {
        self.invitation != Some(guest.invitation.id)
    }
}

/// Nothing is done, and the page shows the invitation that the browser follows by now.
fn ask_about_another(app: &App, frame: Frame, guest: Guest, email: String) -> Result<Response, AppError> {
    let error = Some(frame.t.text("join-another"));
    ask(app, frame, guest, email, error, StatusCode::CONFLICT)
}

/// **Rejoindre**, for somebody whom we or HubRise know.
async fn join(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    session: Session,
    Form(shown): Form<Shown>,
) -> Result<Response, AppError> {
    let guest = guest(&app, &session).await?;
    if shown.is_another_than(&guest) {
        return ask_about_another(&app, frame, guest, String::new());
    }
    let organisation = guest.invitation.organisation;
    if let Some(acting) = &guest.acting {
        match invitations::accept_as(&app, &guest.invitation, acting.user).await? {
            Acceptance::Welcome | Acceptance::Already => {}
            Acceptance::Over => return ask_again(&app, frame, &session).await,
            Acceptance::Removed => return show_removed(frame.of(acting)),
        }
        session.remove_value(KEY).await?;
        may_do_more(&session).await?;
        look_at(&session, Some(organisation)).await?;
        return Ok(see("/services"));
    }
    let newcomer = guest.newcomer.as_ref().ok_or_else(|| AppError::SignInFirst("/invitation".to_owned()))?;
    let mut transaction = database::begin(&app.db).await?;
    let opened = users::identities::open_account(&mut transaction, &newcomer.identity, app.clock.now()).await?;
    let Some(proof) = opened else { return Ok(see("/login/hubrise/confirm")) };
    match invitations::accept(&app, &mut transaction, &guest.invitation, proof.user).await? {
        Acceptance::Welcome | Acceptance::Already => transaction.commit().await?,
        Acceptance::Over => {
            transaction.rollback().await?;
            return ask_again(&app, frame, &session).await;
        }
        Acceptance::Removed => return show_removed(frame),
    }
    arrive(&app, &session, &headers, proof, organisation).await
}

/// The guest was removed after the invitation was made.
fn show_removed(frame: Frame) -> Result<Response, AppError> {
    let (title, text) = (frame.t.text("join-removed-title"), frame.t.text("join-removed"));
    page_with(StatusCode::FORBIDDEN, &JoinOverPage { frame, title, text })
}

/// Somebody else was first: the page tells.
async fn ask_again(app: &App, frame: Frame, session: &Session) -> Result<Response, AppError> {
    let guest = guest(app, session).await?;
    ask(app, frame, guest, String::new(), None, StatusCode::OK)
}

async fn arrive(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    proof: Proof,
    organisation: OrganisationId,
) -> Result<Response, AppError> {
    go_in(app, session, headers, proof).await?;
    session.remove_value(KEY).await?;
    look_at(session, Some(organisation)).await?;
    Ok(see("/services"))
}

#[derive(Deserialize)]
struct NewAccount {
    #[serde(flatten)]
    shown: Shown,
    email: String,
    password: SecretString,
}

/// **Créer mon compte et rejoindre**
async fn join_with_account(
    State(app): State<App>,
    frame: Frame,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    session: Session,
    Form(account): Form<NewAccount>,
) -> Result<Response, AppError> {
    let guest = guest(&app, &session).await?;
    if account.shown.is_another_than(&guest) {
        return ask_about_another(&app, frame, guest, account.email);
    }
    if guest.acting.is_some()
        || guest.newcomer.is_some()
        || guest.invitation.standing(app.clock.now()) != Standing::Open
    {
        return Ok(see("/invitation"));
    }
    let (invitation, t) = (guest.invitation.clone(), frame.t);
    let organisation = invitation.organisation;
    let accept = async |transaction: &mut sqlx::PgConnection, user| {
        Ok(invitations::accept(&app, transaction, &invitation, user).await? == Acceptance::Welcome)
    };
    match users::sign_up_within(&app, &account.email, account.password, address, accept).await? {
        SignUp::NoAccess => ask_again(&app, frame, &session).await,
        signed_up => match signed_up.outcome(t) {
            Ok(proof) => arrive(&app, &session, &headers, proof, organisation).await,
            Err(trouble) => {
                let asked = ask(&app, frame, guest, account.email, Some(trouble.sentence.clone()), trouble.status)?;
                Ok(trouble.told_by(asked))
            }
        },
    }
}
