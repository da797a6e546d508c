//! Who a request acts for. Read from the database for every request, so that a membership that ends, ends at once.

use std::collections::HashMap;

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts, uri::PathAndQuery},
};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tower_sessions::Session;

use super::{
    Role,
    store::{self, Membership},
};
use crate::{
    app::App,
    database::loader::Lookup,
    hubrise::AppInstanceId,
    i18n::Language,
    ids::{BrowserId, OrganisationId, UserId},
    points_of_sale,
    secrets::Digest,
    users::{Proof, SignedIn},
    web::{AppError, OrganisationChoice, Person, Trouble, known_browser, session_digest},
};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Who.
    pub user: UserId,
    /// What their session rests on.
    pub proof: Proof,
    /// Whether they are TicknCook's support.
    pub is_support: bool,
    /// Whether a HubRise identity belongs to their account.
    pub has_identity: bool,
    /// The language that they have chosen.
    pub language: Option<Language>,
    /// The language of their profile at HubRise.
    pub profile_language: Option<Language>,
    /// When they proved their second factor with this session.
    pub second_factor_at: Option<DateTime<Utc>>,
    /// Their browser, if we know it already.
    pub browser: Option<BrowserId>,
    /// Whether a grant waits for the word of their browser.
    pub grants_wait: bool,
    email: String,
    memberships: Vec<Membership>,
    current: Option<OrganisationId>,
    trouble: Option<Trouble>,
}

impl Acting {
    /// Who is signed in with this session, if anybody is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(app: &App, session: &Session) -> Result<Option<Self>, AppError> {
        let Some((mut signed_in, found)) = find(app, session).await? else { return Ok(None) };
        let store::Found { user, browser, memberships, grants_wait, .. } = found;
        let is_member = |id: &OrganisationId| memberships.iter().any(|membership| membership.organisation == *id);
        // Access that must be proved again comes last, unless it was chosen.
        let first = memberships.iter().min_by_key(|membership| membership.lapsed.is_some());
        let current = signed_in.organisation.filter(is_member).or(first.map(|membership| membership.organisation));
        // A session that is used lives on; written at most once an hour.
        if app.clock.now() - signed_in.renewed_at > TimeDelta::hours(1) {
            signed_in.renewed_at = app.clock.now();
            signed_in.keep(session).await?;
        }
        let trouble = match memberships.iter().find(|membership| Some(membership.organisation) == current) {
            Some(membership) => trouble(app, membership).await?,
            None => None,
        };
        Ok(Some(Self {
            user: user.id,
            proof: signed_in.proof(),
            is_support: user.is_support,
            has_identity: user.has_identity,
            language: user.language.as_deref().and_then(Language::parse),
            profile_language: user.locales.iter().find_map(|locale| Language::of_locale(locale)),
            second_factor_at: signed_in.second_factor_at,
            browser,
            grants_wait,
            email: user.email,
            memberships,
            current,
            trouble,
        }))
    }

    /// What the frame shows of them.
    #[must_use]
    pub fn person(&self) -> Person {
        let organisations = self.memberships.iter().map(|membership| OrganisationChoice {
            id: membership.organisation.to_string(),
            name: membership.organisation_name.clone(),
            current: Some(membership.organisation) == self.current,
        });
        Person {
            email: self.email.clone(),
            organisation: self.membership().map(|membership| membership.organisation_name.clone()),
            organisations: organisations.collect(),
            is_support: self.is_support,
            trouble: self.organisation().and_then(|_| self.trouble.clone()),
        }
    }

    /// What they may do in an organisation, if they belong to it.
    #[must_use]
    pub fn role_in(&self, organisation: OrganisationId) -> Option<Role> {
        let found = self.memberships.iter().find(|membership| membership.organisation == organisation);
        found.filter(|membership| membership.lapsed.is_none()).map(|membership| membership.role)
    }

    /// Whether they belong to this organisation.
    #[must_use]
    pub fn belongs_to(&self, organisation: OrganisationId) -> bool {
        self.role_in(organisation).is_some()
    }

    /// Whether this organisation is one of theirs, be it that they must prove it again.
    #[must_use]
    pub fn may_choose(&self, organisation: OrganisationId) -> bool {
        self.memberships.iter().any(|membership| membership.organisation == organisation)
    }

    /// The install at HubRise where they must prove again that they may look at this organisation.
    #[must_use]
    pub fn lapsed_in(&self, organisation: OrganisationId) -> Option<&AppInstanceId> {
        let found = self.memberships.iter().find(|membership| membership.organisation == organisation);
        found.and_then(|membership| membership.lapsed.as_ref())
    }

    /// The organisations that they manage, with their names.
    #[must_use]
    pub fn managed(&self) -> Vec<(OrganisationId, String)> {
        let managed = self.memberships.iter().filter(|membership| membership.role == Role::Manager);
        managed.map(|membership| (membership.organisation, membership.organisation_name.clone())).collect()
    }

    fn membership(&self) -> Option<&Membership> {
        self.memberships.iter().find(|membership| Some(membership.organisation) == self.current)
    }

    /// The organisation that they look at, and what they may do there.
    #[must_use]
    pub fn organisation(&self) -> Option<(OrganisationId, Role)> {
        let membership = self.membership().filter(|membership| membership.lapsed.is_none())?;
        Some((membership.organisation, membership.role))
    }

    /// Whether HubRise has not confirmed the end of a former connection of the organisation that they look at.
    #[must_use]
    pub fn is_revoking(&self) -> bool {
        self.membership().is_some_and(|membership| membership.is_revoking)
    }

    /// The install at HubRise where they must prove again that they may look at the organisation that they look at.
    #[must_use]
    pub fn lapsed(&self) -> Option<&AppInstanceId> {
        self.current.and_then(|current| self.lapsed_in(current))
    }
}

/// Which of an organisation's points of sale get no orders, for the banner: hardly ever any.
async fn trouble(app: &App, membership: &Membership) -> Result<Option<Trouble>, AppError> {
    let [longest, others @ ..] = membership.failing.as_slice() else { return Ok(None) };
    let mut db = app.db.acquire().await?;
    let found = points_of_sale::service::find(&mut db, membership.organisation, *longest).await?;
    let (others, is_late) = (u64::try_from(others.len()).unwrap_or(u64::MAX), membership.are_late);
    Ok(found.map(|found| Trouble { name: found.name, others, is_late }))
}

/// Looks up who is signed in with sessions, by their digests.
#[derive(Debug)]
pub struct Sessions;

impl Lookup for Sessions {
    type Key = Digest;
    type Found = store::Found;

    async fn find_all(
        db: &mut PgConnection,
        digests: &[Digest],
        now: DateTime<Utc>,
    ) -> sqlx::Result<HashMap<Digest, store::Found>> {
        store::signed_in(db, digests, now).await
    }
}

/// What the session says, and whom of. The session and all that depends on it are read with one statement.
async fn find(app: &App, session: &Session) -> Result<Option<(SignedIn, store::Found)>, AppError> {
    // What this request itself has written to the session is not in the database yet.
    if session.is_modified() {
        let Some(signed_in) = SignedIn::of(session).await? else { return Ok(None) };
        let browser = known_browser(session).await?;
        let found = store::find_user(&mut *app.db.acquire().await?, signed_in.user, app.clock.now()).await?;
        let found = found.filter(|found| signed_in.epoch == found.user.epoch);
        return Ok(found.map(|found| (signed_in, store::Found { browser, ..found })));
    }
    let Some(id) = session.id() else { return Ok(None) };
    if let Some(mut found) = app.loaders.sessions.find(app, session_digest(id)).await?
        && let Some(signed_in) = found.signed_in.take()
        // One from before the person's sessions were ended is nobody's.
        && signed_in.epoch == found.user.epoch
    {
        return Ok(Some((signed_in, found)));
    }
    // Only a session that was looked for and is not there lets the browser forget its cookie.
    SignedIn::of(session).await?;
    Ok(None)
}

/// Where they wanted to be, with what they asked for there.
fn here(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", PathAndQuery::as_str)
}

async fn session(parts: &mut Parts, app: &App) -> Result<Session, AppError> {
    let session = Session::from_request_parts(parts, app).await;
    session.map_err(|(_, message)| AppError::Internal(anyhow::anyhow!(message)))
}

impl FromRequestParts<App> for Acting {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let session = session(parts, app).await?;
        let path = if parts.method == Method::GET { here(parts) } else { "/" };
        Self::of(app, &session).await?.ok_or_else(|| AppError::SignInFirst(path.to_owned()))
    }
}

/// Somebody who is signed in and belongs to an organisation.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub acting: Acting,
    /// The organisation that they look at.
    pub organisation: OrganisationId,
    /// What they may do there.
    pub role: Role,
}

impl Member {
    /// Whether they may connect, disconnect, add and delete.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.role == Role::Manager
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let acting = Acting::from_request_parts(parts, app).await?;
        if let Some((organisation, role)) = acting.organisation() {
            if parts.method == Method::POST && is_about_another(parts, organisation) {
                return Err(AppError::OtherOrganisation);
            }
            return Ok(Self { acting, organisation, role });
        }
        let Some(app_instance) = acting.lapsed() else { return Err(AppError::NoOrganisation) };
        let path = if parts.method == Method::GET { here(parts) } else { "/services" };
        Err(AppError::ProveAccess { app_instance: app_instance.clone(), path: path.to_owned() })
    }
}

/// Whether a form says that its page was about another organisation.
fn is_about_another(parts: &Parts, organisation: OrganisationId) -> bool {
    let mut pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    pairs.any(|(name, value)| name == "organisation" && value != organisation.to_string())
}

/// A member who is a manager.
#[derive(Clone, Debug)]
pub struct Manager(pub Member);

impl FromRequestParts<App> for Manager {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let member = Member::from_request_parts(parts, app).await?;
        if member.may_change() { Ok(Self(member)) } else { Err(AppError::Forbidden) }
    }
}
