//! The choice of what is to be connected, as a form sends it.

use anyhow::Result;
use serde::Deserialize;
use sqlx::PgConnection;

use super::{Target, service};
use crate::{
    i18n::Language,
    ids::{OrganisationId, PointOfSaleId},
    points_of_sale::service::{NAME_LIMIT, name_is_taken},
};

/// The fields of the choice.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct TargetForm {
    /// The id of a point of sale, or `new`.
    #[serde(default)]
    pub point_of_sale: String,
    /// The name of a new one.
    #[serde(default)]
    pub new_name: String,
}

impl TargetForm {
    /// What was chosen; or what is wrong with it, in a sentence.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn target(
        &self,
        db: &mut PgConnection,
        organisation: OrganisationId,
        language: Language,
    ) -> Result<Result<Target, String>> {
        let name: String = self.new_name.chars().filter(|character| !character.is_control()).collect();
        let name = name.trim();
        Ok(match self.point_of_sale.as_str() {
            "new" if name.chars().count() > NAME_LIMIT => Err(language.text("connect-error-name-long")),
            "new" if name_is_taken(db, organisation, name).await? => {
                Err(language.with("connect-error-name-taken", [("name", name)]))
            }
            "new" => Ok(Target::New((!name.is_empty()).then(|| name.to_owned()))),
            "" => Err(language.text("connect-error-choose")),
            chosen => {
                let chosen = chosen.parse::<PointOfSaleId>().ok();
                let free = service::free_points_of_sale(db, organisation).await?;
                let found = free.iter().find(|point_of_sale| Some(point_of_sale.id) == chosen);
                found.map(|found| Target::Existing(found.id)).ok_or_else(|| language.text("connect-error-unknown"))
            }
        })
    }
}
