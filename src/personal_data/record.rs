//! What is left of a deletion: when it was, and how far HubRise is with taking the accesses back.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store::deletion as store;
use crate::{
    app::App,
    disconnections::{Revocation, farewell},
    ids::{OrganisationId, RevocationId},
    secrets::Digest,
};

/// A deletion, for whoever has its address.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) deleted_at: DateTime<Utc>,
    pub(super) connections: u64,
    /// Each access that HubRise was, or is, to take back.
    pub(super) revocations: Vec<Revocation>,
}

impl Record {
    /// How many HubRise has not confirmed.
    pub(super) fn waiting(&self) -> u64 {
        self.revocations.iter().filter(|revocation| matches!(revocation, Revocation::Pending)).count() as u64
    }

    /// How many serve somebody who has connected the same location meanwhile.
    pub(super) fn kept(&self) -> u64 {
        self.revocations.iter().filter(|revocation| matches!(revocation, Revocation::Superseded(_))).count() as u64
    }

    /// When the last of them was revoked, if HubRise has confirmed all.
    pub(super) fn revoked_at(&self) -> Option<DateTime<Utc>> {
        let revoked = self.revocations.iter().filter_map(|revocation| match revocation {
            Revocation::Confirmed(at) => Some(*at),
            Revocation::NotNeeded | Revocation::Pending | Revocation::Superseded(_) => None,
        });
        revoked.max().filter(|_| self.waiting() == 0)
    }
}

/// By the secret in its address.
pub(super) async fn find(app: &App, secret: &str) -> Result<Option<Record>> {
    let mut db = app.db.acquire().await?;
    let Some(found) = store::by_secret(&mut db, &Digest::of(secret)).await? else { return Ok(None) };
    let ids: Vec<_> = found.revocations.into_iter().map(RevocationId::from).collect();
    Ok(Some(Record {
        id: found.id.to_string(),
        deleted_at: found.deleted_at,
        connections: u64::try_from(found.connections).unwrap_or_default(),
        revocations: farewell::progress(&mut db, &ids).await?,
    }))
}

/// When an organisation was deleted, if one of this id was. For TicknCook's support, who learn no more.
///
/// # Errors
/// When the database does not answer.
pub async fn deleted_at(db: &mut PgConnection, organisation: OrganisationId) -> Result<Option<DateTime<Utc>>> {
    Ok(store::deleted_at(db, organisation).await?)
}
