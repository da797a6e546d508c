//! Catalogs: who may write them, what is in them, and who is told that they changed.

mod content;
mod images;
mod inventory;

pub(super) use content::{content_flaws, with_fresh_ids};
pub(crate) use images::{Image, ImageType};
pub(crate) use inventory::Entry;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::connections::Grant;
use super::directory::{Account, Named};
use super::identifiers::{AccountId, CatalogId, ClientId, CustomerListId, LocationId};
use super::scope::Resource;
use super::{EventType, FieldError, Happening, States, Subject, World};

/// What a client writes of a catalog; what is `None` stays.
#[derive(Debug, Default)]
pub(crate) struct CatalogForm {
    pub(crate) name: Option<String>,
    pub(crate) data: Option<Map<String, Value>>,
}

impl Grant {
    /// Whether a catalog that can be read can also be written: by being the granted one, or by a scope on all, which
    /// at a location is about the location's own.
    pub(crate) fn writes_catalog(&self, account: &Account, id: &CatalogId) -> bool {
        let granted = self.location_id.is_none() || self.catalog_id.as_ref() == Some(id);
        let own = self.location_id.is_none() || account.owned(id).is_some_and(|(location, _)| location.is_some());
        (granted && self.scope.writes(Resource::Catalog)) || (own && self.scope.writes(Resource::AllCatalogs))
    }

    /// The same for a customer list.
    pub(crate) fn writes_customer_list(&self, account: &Account, id: &CustomerListId) -> bool {
        let granted = self.location_id.is_none() || self.customer_list_id.as_ref() == Some(id);
        let own = self.location_id.is_none() || account.owned(id).is_some_and(|(location, _)| location.is_some());
        (granted && self.scope.writes(Resource::CustomerList)) || (own && self.scope.writes(Resource::AllCustomerLists))
    }
}

impl World {
    /// Adds a catalog to a location, or to the account.
    pub(crate) fn create_catalog(
        &mut self,
        (account_id, location_id): (&AccountId, Option<&LocationId>),
        form: CatalogForm,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Result<CatalogId, Vec<FieldError>> {
        let name = form.name.unwrap_or_default();
        let data = checked(form.data)?;
        let account = self.directory.account_mut(account_id).ok_or_else(no_account)?;
        account.check_name::<CatalogId>(location_id, None, &name).map_err(|error| vec![error])?;
        let id = CatalogId::generate();
        account.add_owned(location_id, Named { id: id.clone(), name, created_at: now });
        self.directory.catalog_contents.insert(id.clone(), data.unwrap_or_default());
        self.publish_catalog(EventType::Create, account_id, &id, location_id.cloned(), Some(by), now);
        Ok(id)
    }

    /// Gives a catalog another name, or other contents in place of all that was in it. `by` is `None` for the back
    /// office.
    pub(crate) fn update_catalog(
        &mut self,
        account_id: &AccountId,
        id: &CatalogId,
        form: CatalogForm,
        by: Option<&ClientId>,
        now: DateTime<Utc>,
    ) -> Result<(), Vec<FieldError>> {
        let data = checked(form.data)?;
        let location_id = self.location_of_catalog(account_id, id);
        let account = self.directory.account_mut(account_id).ok_or_else(no_account)?;
        if let Some(name) = form.name {
            account.check_name(location_id.as_ref(), Some(id), &name).map_err(|error| vec![error])?;
            account.rename_owned(id, &name);
        }
        if let Some(data) = data {
            self.directory.catalog_contents.insert(id.clone(), data);
        }
        self.publish_catalog(EventType::Update, account_id, id, location_id, by, now);
        Ok(())
    }

    pub(crate) fn delete_catalog(&mut self, account_id: &AccountId, id: &CatalogId, by: &ClientId, now: DateTime<Utc>) {
        let location_id = self.location_of_catalog(account_id, id);
        if let Some(account) = self.directory.account_mut(account_id) {
            account.remove_owned(id);
        }
        self.directory.catalog_contents.remove(id);
        self.records.images.retain(|image| image.catalog_id != *id);
        self.publish_catalog(EventType::Delete, account_id, id, location_id, Some(by), now);
    }

    fn location_of_catalog(&self, account: &AccountId, id: &CatalogId) -> Option<LocationId> {
        let (location, _) = self.directory.account(account)?.owned(id)?;
        location.map(|location| location.id.clone())
    }

    fn publish_catalog(
        &mut self,
        event_type: EventType,
        account_id: &AccountId,
        catalog_id: &CatalogId,
        location_id: Option<LocationId>,
        by: Option<&ClientId>,
        now: DateTime<Utc>,
    ) {
        let subject = Subject::Catalog { catalog_id: catalog_id.clone(), location_id };
        let happening = Happening { by: by.cloned(), event_type, account_id: account_id.clone(), subject };
        self.publish(&happening, now, |_, _| States::default());
    }
}

fn checked(data: Option<Map<String, Value>>) -> Result<Option<Map<String, Value>>, Vec<FieldError>> {
    let errors = data.as_ref().map(content_flaws).unwrap_or_default();
    if errors.is_empty() { Ok(data.map(with_fresh_ids)) } else { Err(errors) }
}

fn no_account() -> Vec<FieldError> {
    vec![FieldError::new("account_id", "does not exist")]
}
