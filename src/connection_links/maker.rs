//! Who may make links, and for which organisation: a manager for the one they look at, support for any.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use crate::{
    app::App,
    history::Actor,
    ids::OrganisationId,
    organisations::{self, Acting, Manager, Support},
    web::{AppError, Section},
};

/// Somebody who may make links.
pub(super) struct Maker {
    pub(super) acting: Acting,
    /// As whom the history knows them.
    pub(super) actor: Actor,
    pub(super) organisation: OrganisationId,
    pub(super) organisation_name: String,
    /// Where the pages of these links are.
    pub(super) base: String,
    pub(super) section: Section,
}

impl FromRequestParts<App> for Maker {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let parameters = RawPathParams::from_request_parts(parts, app).await.map_err(|_| AppError::NotFound)?;
        let named = parameters.iter().find(|(name, _)| *name == "organisation").map(|(_, value)| value.to_owned());
        let (acting, actor, organisation, base, section) = match named {
            None => {
                let Manager(member) = Manager::from_request_parts(parts, app).await?;
                let (actor, base) = (Actor::Person(member.acting.user), "/services/hubrise/links".to_owned());
                (member.acting, actor, member.organisation, base, Section::Services)
            }
            Some(named) => {
                let Support(acting) = Support::from_request_parts(parts, app).await?;
                let organisation = named.parse().map_err(|_| AppError::NotFound)?;
                let (actor, base) = (Actor::Support(acting.user), format!("/support/organisations/{named}/links"));
                (acting, actor, organisation, base, Section::Support)
            }
        };
        let name = organisations::service::name(&mut *app.db.acquire().await?, organisation).await?;
        Ok(Self { acting, actor, organisation, organisation_name: name.ok_or(AppError::NotFound)?, base, section })
    }
}
