//! The rules of links for owners.

use anyhow::Result;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use super::store;
use crate::{
    app::App,
    connections::{Target, name_and_id},
    crypto::{Binding, SealedRows as _},
    database,
    history::{self, Action, Actor, Change},
    hubrise::{LocationId, Named},
    ids::{ConnectionLinkId, OrganisationId, UserId},
    organisations,
    secrets::{Digest, random_secret},
    single_use::{Cancelled, LIFETIME, Standing},
};

/// A link, without its secret.
#[derive(Clone, Debug)]
pub struct ConnectionLink {
    /// Its id.
    pub id: ConnectionLinkId,
    /// For whom the owner connects.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// What will be connected.
    pub target: Target,
    /// Its name.
    pub point_of_sale_name: String,
    /// Whether it can be connected: it is there, and nothing is connected to it.
    pub is_free: bool,
    /// The HubRise account that the owner is expected to choose.
    pub account_name: String,
    /// The HubRise location that the owner is expected to choose.
    pub location_name: String,
    /// Who made it.
    pub created_by: Option<String>,
    /// The same, by their account.
    pub maker: Option<UserId>,
    /// Whether they are of TicknCook's support.
    pub is_by_support: bool,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// For which location: its id and its name.
    pub used_for: Option<(String, Option<String>)>,
    /// When it was taken back.
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl ConnectionLink {
    /// How things stand with it.
    #[must_use]
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        Standing::of(self.used_at, self.cancelled_at, self.expires_at, now)
    }

    /// Whether somebody may see its address again: whoever made it, because with a colleague's somebody who is removed
    /// could come back. TicknCook's support answer for one another's.
    fn is_shown_to(&self, reader: Actor) -> bool {
        match reader {
            Actor::Person(user) => self.maker == Some(user),
            Actor::Support(user) => self.maker == Some(user) || self.is_by_support,
            Actor::Api(_) | Actor::Owner | Actor::HubRise | Actor::System => false,
        }
    }

    /// The location that it was used for, as people read it.
    #[must_use]
    pub fn used_location(&self) -> Option<String> {
        self.used_for.as_ref().map(|(id, name)| name_and_id(Some(id), name.as_deref()))
    }
}

fn binding(id: ConnectionLinkId) -> Binding {
    store::SealedLinks::binding(id.uuid())
}

/// What a link is to do.
#[derive(Clone, Debug)]
pub(super) struct NewLink {
    pub(super) target: Target,
    pub(super) account_name: String,
    pub(super) location_name: String,
}

/// `None` if the organisation has as many open links as it may.
pub(super) async fn make(
    app: &App,
    organisation: OrganisationId,
    by: UserId,
    actor: Actor,
    new: &NewLink,
) -> Result<Option<ConnectionLinkId>> {
    let (id, secret, now) = (ConnectionLinkId::new(), random_secret(), app.clock.now());
    let row = store::NewRow {
        organisation,
        target: &new.target,
        account_name: &new.account_name,
        location_name: &new.location_name,
        digest: &Digest::of(secret.expose_secret()),
        secret: &app.config.keyring.seal(&secret, binding(id))?,
        by,
        now,
        expires_at: now + LIFETIME,
    };
    let mut transaction = database::begin(&app.db).await?;
    if !store::insert(&mut transaction, id, row).await? {
        return Ok(None);
    }
    if let Some(link) = store::find(&mut transaction, organisation, id).await? {
        let expected = [("account", Some(&*link.account_name)), ("location", Some(&*link.location_name))];
        let made = history::Entry::new(organisation, actor, Action::LinkMade).on(id, &link.point_of_sale_name);
        history::record(&mut transaction, made.changed(Change::default(), Change::of(expected)), now).await?;
    }
    transaction.commit().await?;
    tracing::info!(link = %id, %organisation, %by, "a link for an owner was made");
    Ok(Some(id))
}

/// Takes one back, if it is open.
pub(super) async fn cancel(app: &App, organisation: OrganisationId, id: ConnectionLinkId, actor: Actor) -> Result<()> {
    let mut transaction = database::begin(&app.db).await?;
    // The organisation before what is in it: whoever deletes it waits, or has come first.
    if !organisations::service::hold(&mut transaction, organisation).await? {
        return Ok(());
    }
    cancel_within(&mut transaction, organisation, Cancelled::This(id), actor, app.clock.now()).await?;
    Ok(transaction.commit().await?)
}

async fn cancel_within(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    which: Cancelled<ConnectionLinkId>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    for id in store::cancel(transaction, organisation, which, now).await? {
        let Some(link) = store::find(transaction, organisation, id).await? else { continue };
        let cancelled = history::Entry::new(organisation, actor, Action::LinkCancelled);
        history::record(transaction, cancelled.on(id, &link.point_of_sale_name), now).await?;
    }
    Ok(())
}

/// The address of a link, while it is of any use, for a reader who may see it.
pub(super) async fn address(app: &App, link: &ConnectionLink, reader: Actor) -> Result<Option<String>> {
    if link.standing(app.clock.now()) != Standing::Open || !link.is_free || !link.is_shown_to(reader) {
        return Ok(None);
    }
    let sealed = store::sealed_secret(&mut *app.db.acquire().await?, link.id).await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let secret: SecretString = app.config.keyring.open(&sealed, binding(link.id))?;
    Ok(Some(app.config.absolute(&format!("/links/{}", secret.expose_secret())).into()))
}

/// A link that a browser has followed, if it is open. What it was to connect may be connected or gone all the same.
///
/// # Errors
/// When the database does not answer.
pub async fn open(app: &App, id: ConnectionLinkId) -> Result<Option<ConnectionLink>> {
    let found = store::followed(&mut *app.db.acquire().await?, id).await?;
    Ok(found.filter(|link| link.standing(app.clock.now()) == Standing::Open))
}

/// Uses a link up, within the caller's transaction. What it connects; `None` if it is over.
///
/// # Errors
/// When the database does not answer.
pub async fn consume(
    app: &App,
    transaction: &mut PgConnection,
    id: ConnectionLinkId,
    location: &Named<LocationId>,
) -> Result<Option<Target>> {
    let now = app.clock.now();
    if !store::consume(transaction, id, location.id.as_str(), location.name.as_deref(), now).await? {
        return Ok(None);
    }
    Ok(store::followed(transaction, id).await?.map(|link| link.target))
}

/// The organisations for which somebody made links that are open.
///
/// # Errors
/// When the database does not answer.
pub async fn where_open_of(db: &mut PgConnection, maker: UserId) -> Result<Vec<OrganisationId>> {
    Ok(store::where_open_of(db, maker).await?)
}

/// Takes back, for `actor`, the open links that somebody made who has no say any more, or whose password was another's
/// too, within the caller's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn cancel_those_of(
    transaction: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    cancel_within(transaction, organisation, Cancelled::MadeBy(user), actor, now).await
}

/// Forgets the links whose time was over before then, but for those that a connection was made with.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(db: &mut PgConnection, before: DateTime<Utc>) -> Result<()> {
    Ok(store::purge(db, before).await?)
}

/// Cancels every open link, within the caller's transaction. How many.
///
/// # Errors
/// When the database does not answer.
pub async fn cancel_all(transaction: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    Ok(store::cancel_all(transaction, now).await?)
}
