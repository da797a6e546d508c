//! Where a proven grant goes. A location, a point of sale and a token are connected once; the database has the last
//! word.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, error::DatabaseError};

use super::{Connection, Link, Occupant, SealedTokens, Target, lock_token, name_and_id, service, store};
use crate::{
    app::App,
    authorisations::{Failure, Obstacle, Proven},
    crypto::{Sealed, SealedRows as _},
    database::database_error,
    disconnections,
    history::{self, Action, Actor, Change, Entry},
    hubrise::{AccessToken, CatalogId, CustomerListId, Grant, LocationId, Named},
    ids::{ConnectionId, ConnectionLinkId, OrganisationId, UserId},
    organisations, points_of_sale, team, upkeep,
};

/// Who connects.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A manager.
    User(UserId),
    /// The owner of a HubRise account, by a manager's link.
    Link(ConnectionLinkId),
}

impl By {
    const fn actor(self) -> Actor {
        match self {
            Self::User(user) => Actor::Person(user),
            Self::Link(_) => Actor::Owner,
        }
    }
}

/// Where somebody wants a grant to go.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Whose it will be.
    pub organisation: OrganisationId,
    /// What will be connected.
    pub target: &'a Target,
    /// Who wants it.
    pub by: By,
    /// The connection to repair, if it is about one.
    pub reconnects: Option<ConnectionId>,
}

/// The catalog and the customer list that a connection had before, where they changed, as people read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "HubRise's own names")]
pub struct Former {
    pub catalog: Option<String>,
    pub customer_list: Option<String>,
}

/// A connection that was granted.
#[derive(Debug)]
pub struct Placed {
    /// The connection.
    pub connection: ConnectionId,
    /// What changed, if it was there before.
    pub former: Former,
    /// Whether it was there, and keeps what it has.
    keeps_its_own: bool,
}

impl Placed {
    /// What there is stays as it is.
    #[must_use]
    pub fn as_it_is(occupant: &Occupant) -> Self {
        Self { connection: occupant.id, former: Former::default(), keeps_its_own: true }
    }

    /// Settles what becomes of the grant's token, once nothing but the connection holds it, within the caller's
    /// transaction, which holds the token's lock: a connection that has it keeps it, and otherwise it is given back.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle(&self, app: &App, transaction: &mut PgConnection, token: &AccessToken) -> Result<()> {
        if self.keeps_its_own {
            disconnections::service::give_back_unless_used(app, transaction, token).await?;
            return Ok(());
        }
        disconnections::service::supersede(app, transaction, token).await
    }
}

/// What became of it.
#[derive(Debug)]
pub enum Placement {
    /// It is connected.
    Done(Placed),
    /// Something is in the way, and nothing was changed.
    Obstructed(Obstacle),
    /// The connection to repair is linked to another location than the one that was granted: whether to switch is for
    /// the person to say. Nothing was changed.
    Elsewhere(ConnectionId),
}

/// Whether the database decided a race.
#[must_use]
pub fn is_unique_violation(error: &anyhow::Error) -> bool {
    database_error(error).is_some_and(DatabaseError::is_unique_violation)
}

/// Connects, within the caller's transaction, which holds the token's lock.
///
/// # Errors
/// When the database does not answer, or decides a race (see [`is_unique_violation`]).
pub async fn place(app: &App, transaction: &mut PgConnection, site: &Site<'_>, proven: &Proven) -> Result<Placement> {
    let now = app.clock.now();
    let obstructed = |failure, point_of_sale| Ok(Placement::Obstructed(Obstacle { failure, point_of_sale }));
    if let Some(occupant) = store::occupant(transaction, proven.location.id.as_str()).await? {
        let is_ours = occupant.organisation == site.organisation;
        if is_ours && matches!(site.target, Target::Existing(id) if *id == occupant.point_of_sale) {
            let placed = renew(app, transaction, &occupant, proven, site.by.actor()).await?;
            if !placed.keeps_its_own {
                store::set_author(transaction, occupant.id, site.by, now).await?;
            }
            return Ok(Placement::Done(placed));
        }
        let failure = if is_ours { Failure::LocationTaken } else { Failure::LocationTakenElsewhere };
        return obstructed(failure, is_ours.then_some(occupant.point_of_sale));
    }
    let point_of_sale = match site.target {
        Target::Existing(id) => {
            let Some(point_of_sale) = points_of_sale::service::lock(transaction, site.organisation, *id).await? else {
                return obstructed(Failure::PointOfSaleGone, None);
            };
            if let Some(current) = store::of_point_of_sale(transaction, site.organisation, *id).await? {
                if site.reconnects == Some(current.id) {
                    return Ok(Placement::Elsewhere(current.id));
                }
                return obstructed(Failure::PointOfSaleTaken, Some(*id));
            }
            point_of_sale
        }
        Target::New(name) => {
            // What is the organisation's own is locked before it: only now may it be waited for.
            if !organisations::service::hold(transaction, site.organisation).await? {
                return obstructed(Failure::OrganisationGone, None);
            }
            let location = &proven.location;
            let name = name.as_deref().or(location.name.as_deref()).unwrap_or(location.id.as_str());
            let by = site.by.actor();
            points_of_sale::service::add_named(transaction, site.organisation, by, name, location.id.as_str(), now)
                .await
                .context("cannot add the point of sale")?
        }
    };
    let id = ConnectionId::new();
    let owner = store::Owner { organisation: site.organisation, point_of_sale: point_of_sale.id, by: site.by };
    store::insert(transaction, id, &owner, proven, &seal(app, id, proven)?, now).await?;
    if let Some(install) = &proven.app_instance {
        team::service::install_is_new(transaction, site.organisation, install).await?;
    }
    let entry = Entry::new(site.organisation, site.by.actor(), Action::Connected);
    let entry = entry.on(point_of_sale.id, &point_of_sale.name).about(id);
    history::record(transaction, entry.changed(Change::default(), Link::granted(proven).whole()), now).await?;
    Ok(Placement::Done(Placed { connection: id, former: Former::default(), keeps_its_own: false }))
}

/// HubRise has granted a location again that is connected here: the connection gets what HubRise says now. Within the
/// caller's transaction, which holds the token's lock and the connection.
///
/// # Errors
/// As for [`place`].
pub async fn refresh(
    app: &App,
    transaction: &mut PgConnection,
    occupant: &Occupant,
    proven: &Proven,
) -> Result<Placed> {
    if has_it_all(transaction, occupant, proven).await? {
        // What was granted between the two is not what HubRise has now.
        if !occupant.was_granted_after(proven.granted_at, app.clock.now()) {
            store::set_granted(transaction, occupant.id, proven.into()).await?;
        }
        return Ok(Placed::as_it_is(occupant));
    }
    renew(app, transaction, occupant, proven, Actor::HubRise).await
}

/// Whether a connection works with all that was granted: whoever looks at it once more, as each day, changes nothing.
async fn has_it_all(transaction: &mut PgConnection, occupant: &Occupant, proven: &Proven) -> Result<bool> {
    if !occupant.has(&proven.token) || occupant.app_instance != proven.app_instance {
        return Ok(false);
    }
    let connection = service::find(transaction, occupant.organisation, occupant.id).await?;
    let connection = connection.context("a connection vanished")?;
    let health = connection.health();
    let works = health.failure.is_none() && health.no_orders_since.is_none();
    Ok(works && connection.link() == Link::granted(proven))
}

/// What HubRise lets a token read of a location from now on, by its own word.
#[derive(Clone, Copy, Debug)]
pub struct Granted<'a> {
    /// The key to it.
    pub token: &'a AccessToken,
    location: &'a LocationId,
    pub(super) catalog: Option<&'a Named<CatalogId>>,
    pub(super) customer_list: Option<&'a Named<CustomerListId>>,
    pub(super) at: DateTime<Utc>,
}

impl<'a> Granted<'a> {
    /// From the answer to a code, which was sent `at` this time. `None` for a grant without a location.
    #[must_use]
    pub fn of(token: &'a AccessToken, grant: &'a Grant, at: DateTime<Utc>) -> Option<Self> {
        let location = &grant.location.as_ref()?.id;
        Some(Self { token, location, catalog: grant.catalog.as_ref(), customer_list: grant.customer_list.as_ref(), at })
    }
}

impl<'a> From<&'a Proven> for Granted<'a> {
    fn from(proven: &'a Proven) -> Self {
        let Proven { token, location, catalog, customer_list, granted_at, .. } = proven;
        let (catalog, customer_list) = (catalog.as_ref(), customer_list.as_ref());
        Self { token, location: &location.id, catalog, customer_list, at: *granted_at }
    }
}

/// HubRise has granted a location again, and the grant came to nothing here. Where its token is that of the location's
/// connection, HubRise has replaced the catalog and the list that it may read: these are the connection's from then on.
/// Whether it works is not known by that. Within the caller's transaction, which holds the token's lock.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(app: &App, transaction: &mut PgConnection, granted: Granted<'_>) -> Result<()> {
    let occupant = store::occupant(transaction, granted.location.as_str()).await?;
    let now = app.clock.now();
    let Some(occupant) = occupant.filter(|occupant| occupant.has(granted.token)) else { return Ok(()) };
    if occupant.was_granted_after(granted.at, now) {
        return Ok(());
    }
    let old = service::find(transaction, occupant.organisation, occupant.id).await?.context("a connection vanished")?;
    store::set_granted(transaction, occupant.id, granted).await?;
    let (before, after) = changes_since(transaction, &old).await?;
    if before.is_empty() && after.is_empty() {
        return Ok(());
    }
    let entry = Entry::new(occupant.organisation, Actor::HubRise, Action::AccessChanged);
    let entry = entry.on(occupant.point_of_sale, &old.point_of_sale_name).about(occupant.id).changed(before, after);
    history::record(transaction, entry, now).await
}

/// A connection gets what HubRise says now, and works again with it; unless it has what was granted later.
async fn renew(
    app: &App,
    transaction: &mut PgConnection,
    occupant: &Occupant,
    proven: &Proven,
    actor: Actor,
) -> Result<Placed> {
    let (id, now) = (occupant.id, app.clock.now());
    if occupant.was_granted_after(proven.granted_at, now) {
        return Ok(Placed::as_it_is(occupant));
    }
    let old = service::find(transaction, occupant.organisation, id).await?.context("a connection vanished")?;
    let former = former(&old, proven);
    let replaced = if occupant.has(&proven.token) { None } else { store::token(transaction, id).await? };
    upkeep::service::mend(app, transaction, id).await?;
    store::update(transaction, id, proven, &seal(app, id, proven)?).await?;
    if let Some(sealed) = replaced {
        // Where HubRise had ended it, it says so; where it lives on, it would be left behind, with its callback.
        let replaced = service::open_token(app, id, &sealed)?;
        lock_token(transaction, &replaced.digest()).await?;
        disconnections::service::give_back_unless_used(app, transaction, &replaced).await?;
    }
    if let (Some(former), Some(install)) = (&occupant.app_instance, &proven.app_instance)
        && former != install
    {
        // Whoever was let in by the former install proves themselves at this one. Before its members, as everywhere.
        organisations::service::hold(transaction, occupant.organisation).await?;
        team::service::follow_install(transaction, occupant.organisation, former, install).await?;
    }
    let (before, after) = changes_since(transaction, &old).await?;
    let entry = Entry::new(occupant.organisation, actor, Action::Reconnected);
    let entry = entry.on(occupant.point_of_sale, &old.point_of_sale_name).about(id).changed(before, after);
    history::record(transaction, entry, now).await?;
    Ok(Placed { connection: id, former, keeps_its_own: false })
}

/// What a connection was linked to and is not any more, and what it is linked to in its place.
async fn changes_since(transaction: &mut PgConnection, old: &Connection) -> Result<(Change, Change)> {
    let new = service::find(transaction, old.organisation, old.id).await?.context("a connection vanished")?;
    Ok((old.link().without(&new.link()), new.link().without(&old.link())))
}

fn seal(app: &App, id: ConnectionId, proven: &Proven) -> Result<Sealed> {
    Ok(app.config.keyring.seal(proven.token.secret(), SealedTokens::binding(id.uuid()))?)
}

/// What the connection has until now and will not have any more.
fn former(old: &Connection, proven: &Proven) -> Former {
    let catalog = proven.catalog.as_ref().map(|catalog| catalog.id.as_str());
    let list = proven.customer_list.as_ref().map(|list| list.id.as_str());
    let changed =
        |old: Option<&str>, new: Option<&str>, name: Option<&str>| (old != new).then(|| name_and_id(old, name));
    Former {
        catalog: changed(old.catalog_id.as_deref(), catalog, old.catalog_name.as_deref()),
        customer_list: changed(old.customer_list_id.as_deref(), list, old.customer_list_name.as_deref()),
    }
}
