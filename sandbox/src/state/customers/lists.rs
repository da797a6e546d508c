//! Customer lists that come, change their names and go.

use chrono::{DateTime, Utc};

use crate::state::directory::Named;
use crate::state::identifiers::{AccountId, ClientId, CustomerListId, LocationId};
use crate::state::{EventType, FieldError, Happening, States, Subject, World};

impl World {
    /// Adds a list to a location, or to the account. There is no event for that.
    pub(crate) fn create_customer_list(
        &mut self,
        (account_id, location_id): (&AccountId, Option<&LocationId>),
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<CustomerListId, Vec<FieldError>> {
        let account = self.directory.account_mut(account_id).ok_or_else(no_account)?;
        account.check_name::<CustomerListId>(location_id, None, name).map_err(|error| vec![error])?;
        let id = CustomerListId::generate();
        account.add_owned(location_id, Named { id: id.clone(), name: name.to_owned(), created_at: now });
        Ok(id)
    }

    pub(crate) fn rename_customer_list(
        &mut self,
        account_id: &AccountId,
        id: &CustomerListId,
        name: &str,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Result<(), Vec<FieldError>> {
        let location_id = self.directory.location_of_list(account_id, id);
        let account = self.directory.account_mut(account_id).ok_or_else(no_account)?;
        account.check_name(location_id.as_ref(), Some(id), name).map_err(|error| vec![error])?;
        account.rename_owned(id, name);
        let subject = Subject::CustomerList { customer_list_id: id.clone(), location_id };
        let happening =
            Happening { by: Some(by.clone()), event_type: EventType::Update, account_id: account_id.clone(), subject };
        self.publish(&happening, now, |_, _| States::default());
        Ok(())
    }

    /// Deletes a list with its customers and their cards. HubRise fires no event for any of them.
    pub(crate) fn delete_customer_list(&mut self, account_id: &AccountId, id: &CustomerListId) {
        if let Some(account) = self.directory.account_mut(account_id) {
            account.remove_owned(id);
        }
        self.records.customers.retain(|customer| customer.customer_list_id != *id);
    }
}

fn no_account() -> Vec<FieldError> {
    vec![FieldError::new("account_id", "does not exist")]
}
