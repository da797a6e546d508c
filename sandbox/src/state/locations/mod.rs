//! Locations: how clients see them, and how they change.

mod order_acceptance;
mod week;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::directory::{Account, Location};
use super::identifiers::{ClientId, LocationId};
use super::settings::Settings;
use super::{EventType, FieldError, Happening, States, Subject, World};

/// A location as the API shows it.
pub(crate) fn location_view(account: &Account, location: &Location, settings: &Settings, now: DateTime<Utc>) -> Value {
    json!({
        "id": location.id,
        "name": location.name,
        "account": account_view(account),
        "address": location.address,
        "postal_code": location.postal_code,
        "city": location.city,
        "country": location.country,
        "timezone": { "name": location.timezone.name() },
        "cutoff_time": location.cutoff_time,
        "opening_hours": location.opening_hours,
        "preparation_time": location.preparation_time,
        "order_acceptance": order_acceptance::view(location.order_acceptance.as_ref(), settings.taking_orders, now),
        "custom_fields": location.custom_fields,
    })
}

/// An account as the API shows it.
pub(crate) fn account_view(account: &Account) -> Value {
    json!({ "id": account.id, "name": account.name, "currency": account.currency })
}

impl World {
    /// Changes what a client may change of a location; other fields are ignored. A change that changes nothing is no
    /// event. The location must exist.
    pub(crate) fn update_location(
        &mut self,
        id: &LocationId,
        body: &Map<String, Value>,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Result<(), Vec<FieldError>> {
        let Some((_, location)) = self.directory.location(id) else {
            return Err(vec![FieldError::new("id", "does not exist")]);
        };
        let mut changed = location.clone();
        changed.write(body)?;
        self.replace_location(changed, Some(by), now);
        Ok(())
    }

    /// As somebody in the back office does.
    pub(crate) fn rename_location(&mut self, id: &LocationId, name: &str, now: DateTime<Utc>) {
        let renamed =
            self.directory.location(id).map(|(_, location)| Location { name: name.to_owned(), ..location.clone() });
        if let Some(renamed) = renamed {
            self.replace_location(renamed, None, now);
        }
    }

    fn replace_location(&mut self, changed: Location, by: Option<&ClientId>, now: DateTime<Utc>) {
        let id = changed.id.clone();
        let settings = self.records.settings;
        let view = |world: &Self| {
            let (account, location) = world.directory.location(&id)?;
            Some((account.id.clone(), location_view(account, location, &settings, now)))
        };
        let before = view(self);
        if let Some(location) = self.directory.location_mut(&id) {
            *location = changed;
        }
        let (Some((account_id, before)), Some((_, after))) = (before, view(self)) else {
            return;
        };
        if before == after {
            return;
        }
        let subject = Subject::Location { location_id: id };
        let happening = Happening { by: by.cloned(), event_type: EventType::Update, account_id, subject };
        self.publish(&happening, now, |_, _| States {
            previous_state: Some(before.clone()),
            new_state: Some(after.clone()),
            state_change: None,
        });
    }
}

impl Location {
    fn write(&mut self, body: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: &str| errors.push(FieldError::new(field, message));
        if let Some(value) = body.get("cutoff_time") {
            match value.as_str().filter(|text| week::minutes(text).is_some()) {
                Some(text) => text.clone_into(&mut self.cutoff_time),
                None => wrong("cutoff_time", "must be a time, HH:mm"),
            }
        }
        if let Some(value) = body.get("preparation_time") {
            match value.as_u64().and_then(|minutes| u32::try_from(minutes).ok()) {
                Some(minutes) => self.preparation_time = minutes,
                None => wrong("preparation_time", "must be a number of minutes"),
            }
        }
        match body.get("custom_fields") {
            None => {}
            Some(Value::Object(fields)) => self.custom_fields.clone_from(fields),
            Some(Value::Null) => self.custom_fields = Map::new(),
            Some(_) => wrong("custom_fields", "must be an object"),
        }
        if let Some(value) = body.get("order_acceptance") {
            match order_acceptance::parse(value, self.timezone) {
                Ok(acceptance) => self.order_acceptance = acceptance,
                Err(error) => errors.push(error),
            }
        }
        if let Some(value) = body.get("opening_hours") {
            self.opening_hours = Some(value.clone()).filter(|value| !value.is_null());
        }
        // Also where they stay as they are: another cutoff may have made them wrong.
        if let Some(hours) = &self.opening_hours {
            errors.extend(week::flaws(hours, week::minutes(&self.cutoff_time).unwrap_or_default()));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
