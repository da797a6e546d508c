//! One connection as support sees it, be it there or gone.

use anyhow::Result;
use sqlx::PgConnection;

use super::store::connection::{self as store, Details, Gone};
use crate::{
    app::App,
    connections::{self, Connection, Link},
    disconnections::{self, Receipt},
    ids::{ConnectionId, DisconnectionId, OrganisationId, PointOfSaleId, RevocationId},
    organisations,
    secrets::Digest,
    upkeep,
};

/// A connection, and whose it is.
pub(super) struct Case {
    pub(super) id: ConnectionId,
    pub(super) organisation: OrganisationId,
    pub(super) organisation_name: String,
    pub(super) point_of_sale: PointOfSaleId,
    pub(super) point_of_sale_name: String,
    pub(super) link: Option<Link>,
    pub(super) state: State,
    /// By which the calls with its token are found.
    pub(super) token: Option<Digest>,
}

/// Whether it is there.
pub(super) enum State {
    Live(Box<Live>),
    Gone { receipt: Box<Receipt>, revocation: Option<RevocationId>, tries: i32 },
}

/// One that is there.
pub(super) struct Live {
    pub(super) connection: Connection,
    pub(super) details: Details,
}

impl Case {
    /// The connection, while it is there.
    pub(super) fn live(&self) -> Option<&Live> {
        match &self.state {
            State::Live(live) => Some(live),
            State::Gone { .. } => None,
        }
    }

    /// The receipt of its end, where it is gone.
    pub(super) fn receipt(&self) -> Option<DisconnectionId> {
        self.gone().map(|(receipt, _)| receipt.id)
    }

    /// What its end left behind.
    pub(super) fn gone(&self) -> Option<(&Receipt, i32)> {
        match &self.state {
            State::Live(_) => None,
            State::Gone { receipt, tries, .. } => Some((receipt, *tries)),
        }
    }
}

/// By its id, in any organisation.
pub(super) async fn find(app: &App, id: ConnectionId) -> Result<Option<Case>> {
    let mut db = app.db.acquire().await?;
    if let Some(organisation) = connections::service::owner(&mut db, id).await?
        && let Some(connection) = connections::service::find(&mut db, organisation, id).await?
        && let Some(details) = store::details(&mut db, id).await?
    {
        return Ok(Some(live(&mut db, organisation, connection, details).await?));
    }
    let Some(gone) = store::gone(&mut db, id).await? else { return Ok(None) };
    let organisation_name = organisations::service::name(&mut db, gone.organisation).await?.unwrap_or_default();
    drop(db);
    let receipt = disconnections::service::receipt(app, gone.organisation, gone.receipt).await?;
    Ok(receipt.map(|receipt| of_gone(id, organisation_name, &gone, receipt)))
}

async fn live(
    db: &mut PgConnection,
    organisation: OrganisationId,
    connection: Connection,
    details: Details,
) -> Result<Case> {
    Ok(Case {
        id: connection.id,
        organisation,
        organisation_name: organisations::service::name(db, organisation).await?.unwrap_or_default(),
        point_of_sale: connection.point_of_sale,
        point_of_sale_name: connection.point_of_sale_name.clone(),
        link: Some(connection.link()),
        token: Digest::stored(&details.token_digest),
        state: State::Live(Box::new(Live { connection, details })),
    })
}

fn of_gone(id: ConnectionId, organisation_name: String, gone: &Gone, receipt: Receipt) -> Case {
    Case {
        id,
        organisation: gone.organisation,
        organisation_name,
        point_of_sale: gone.point_of_sale,
        point_of_sale_name: receipt.point_of_sale_name.clone(),
        link: receipt.link.clone(),
        token: gone.token_digest.as_deref().and_then(Digest::stored),
        state: State::Gone {
            receipt: Box::new(receipt),
            revocation: gone.revocation,
            tries: gone.tries.unwrap_or_default(),
        },
    }
}

/// The same, after HubRise was asked where it was not asked of late.
pub(super) async fn verified_for_view(app: &App, case: Case) -> Result<Case> {
    let Some(live) = case.live() else { return Ok(case) };
    let shown = std::iter::once((live.connection.id, live.connection.health()));
    if !upkeep::service::verify_for_view(app, shown).await {
        return Ok(case);
    }
    Ok(find(app, case.id).await?.unwrap_or(case))
}
