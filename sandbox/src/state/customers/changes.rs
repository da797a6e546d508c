//! Customers that come and change, and who is told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::form::CustomerForm;
use super::{Customer, CustomerDetails, OrderCount};
use crate::state::identifiers::{AccountId, ClientId, CustomerId, CustomerListId, LocationId};
use crate::state::{Directory, EventType, FieldError, Happening, Records, States, Subject, World};

impl Records {
    pub(crate) fn customer(&self, id: &CustomerId) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.id == *id)
    }

    pub(crate) fn customer_mut(&mut self, id: &CustomerId) -> Option<&mut Customer> {
        self.customers.iter_mut().find(|customer| customer.id == *id)
    }

    /// Oldest first.
    pub(crate) fn customers_of<'a>(&'a self, list: &CustomerListId) -> impl Iterator<Item = &'a Customer> {
        let list = list.clone();
        self.customers.iter().filter(move |customer| customer.customer_list_id == list)
    }
}

impl Directory {
    /// Whether the list that the customer is on still exists.
    pub(in crate::state) fn has_list_of(&self, customer: &Customer) -> bool {
        self.account(&customer.account_id)
            .is_some_and(|account| account.customer_list(&customer.customer_list_id).is_some())
    }

    /// The location that owns a customer list; `None` for a list of the whole account.
    pub(super) fn location_of_list(&self, account: &AccountId, list: &CustomerListId) -> Option<LocationId> {
        let (location, _) = self.account(account)?.customer_list(list)?;
        location.map(|location| location.id.clone())
    }
}

impl World {
    /// Adds a customer to a list of an account. Nothing is mandatory. `by` is the client whose private ref it takes.
    pub(crate) fn create_customer(
        &mut self,
        (account_id, list_id): (&AccountId, &CustomerListId),
        body: &Map<String, Value>,
        by: Option<&ClientId>,
        now: DateTime<Utc>,
    ) -> Result<CustomerId, Vec<FieldError>> {
        let account = self.directory.account(account_id);
        let (account, location) = account
            .and_then(|account| Some((account, account.customer_list(list_id)?.0)))
            .ok_or_else(|| vec![FieldError::new("customer_list_id", "does not exist")])?;
        let location_id = location.map(|location| &location.id);
        let mut customer = Customer {
            id: CustomerId::generate(),
            account_id: account_id.clone(),
            customer_list_id: list_id.clone(),
            created_at: self.directory.time_at(account_id, location_id, now),
            anonymised: false,
            private_refs: BTreeMap::new(),
            details: CustomerDetails::default(),
            orders: OrderCount::none_in(&account.currency),
            loyalty_cards: Vec::new(),
        };
        self.write(&mut customer, body, by)?;
        let id = customer.id.clone();
        self.records.customers.push(customer);
        self.publish_customer(EventType::Create, &id, None, by, now);
        Ok(id)
    }

    /// Changes the fields that are given. A change that changes nothing is no event. The customer must exist.
    pub(crate) fn update_customer(
        &mut self,
        id: &CustomerId,
        body: &Map<String, Value>,
        by: Option<&ClientId>,
        now: DateTime<Utc>,
    ) -> Result<(), Vec<FieldError>> {
        let Some(before) = self.records.customer(id).cloned() else {
            return Err(vec![FieldError::new("customer_id", "does not exist")]);
        };
        let mut after = before.clone();
        self.write(&mut after, body, by)?;
        self.replace_customer(&before, after, by, now);
        Ok(())
    }

    /// Takes what is personal away, for ever, and out of the customer's orders.
    pub(crate) fn anonymise_customer(&mut self, id: &CustomerId, by: Option<&ClientId>, now: DateTime<Utc>) {
        let Some(before) = self.records.customer(id).cloned() else {
            return;
        };
        let mut after = before.clone();
        after.anonymised = true;
        after.details.anonymise();
        self.replace_customer(&before, after, by, now);
        self.anonymise_orders_of(id, by, now);
    }

    fn write(
        &self,
        customer: &mut Customer,
        body: &Map<String, Value>,
        by: Option<&ClientId>,
    ) -> Result<(), Vec<FieldError>> {
        let mut form = CustomerForm::parse(body)?;
        if let (Some(private_ref), Some(client)) = (form.private_ref.take(), by) {
            let taken = self.records.customers_of(&customer.customer_list_id).any(|other| {
                other.id != customer.id
                    && private_ref.is_some()
                    && other.private_refs.get(client) == private_ref.as_ref()
            });
            if taken {
                return Err(vec![FieldError::new("private_ref", "is already taken")]);
            }
            match private_ref {
                Some(private_ref) => customer.private_refs.insert(client.clone(), private_ref),
                None => customer.private_refs.remove(client),
            };
        }
        customer.details = form.applied_to(&customer.details);
        if customer.anonymised {
            customer.details.anonymise();
        }
        Ok(())
    }

    fn replace_customer(&mut self, before: &Customer, after: Customer, by: Option<&ClientId>, now: DateTime<Utc>) {
        let id = before.id.clone();
        let (details, refs) = (before.details == after.details, before.private_refs == after.private_refs);
        if details && refs && before.anonymised == after.anonymised {
            return;
        }
        if let Some(customer) = self.records.customer_mut(&id) {
            *customer = after;
        }
        self.publish_customer(EventType::Update, &id, Some(before), by, now);
    }

    pub(super) fn publish_customer(
        &mut self,
        event_type: EventType,
        id: &CustomerId,
        before: Option<&Customer>,
        by: Option<&ClientId>,
        now: DateTime<Utc>,
    ) {
        let Some(after) = self.records.customer(id).cloned() else {
            return;
        };
        let subject = Subject::Customer {
            customer_list_id: after.customer_list_id.clone(),
            customer_id: id.clone(),
            location_id: self.directory.location_of_list(&after.account_id, &after.customer_list_id),
        };
        let happening = Happening { by: by.cloned(), event_type, account_id: after.account_id.clone(), subject };
        self.publish(&happening, now, |_, client| States {
            previous_state: before.map(|customer| customer.seen_by(client)),
            new_state: Some(after.seen_by(client)),
            state_change: None,
        });
    }
}
