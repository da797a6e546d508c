//! What a client may write about a customer, and how it has to look. Fields that nobody documents are ignored.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::CustomerDetails;
use crate::state::FieldError;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Gender,
    Date,
    Country,
    Decimal,
    Boolean,
    Object,
}

const FIELDS: [(&str, Kind); 20] = [
    ("email", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("gender", Kind::Gender),
    ("birth_date", Kind::Date),
    ("company_name", Kind::Text),
    ("phone", Kind::Text),
    ("phone_access_code", Kind::Text),
    ("address_1", Kind::Text),
    ("address_2", Kind::Text),
    ("postal_code", Kind::Text),
    ("city", Kind::Text),
    ("state", Kind::Text),
    ("country", Kind::Country),
    ("latitude", Kind::Decimal),
    ("longitude", Kind::Decimal),
    ("delivery_notes", Kind::Text),
    ("sms_marketing", Kind::Boolean),
    ("email_marketing", Kind::Boolean),
    ("custom_fields", Kind::Object),
];

/// A change of a customer, checked.
#[expect(clippy::option_option, reason = "a field may be left as it is, set, or set to nothing")]
pub(super) struct CustomerForm {
    fields: Map<String, Value>,
    /// `Some(None)` takes the private ref away.
    pub(super) private_ref: Option<Option<String>>,
}

impl CustomerForm {
    pub(super) fn parse(body: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut form = Self { fields: Map::new(), private_ref: None };
        let mut errors = Vec::new();
        for (name, kind) in FIELDS {
            match body.get(name).map(|value| kind.check(value)) {
                Some(Ok(value)) => {
                    form.fields.insert(name.to_owned(), value);
                }
                Some(Err(message)) => errors.push(FieldError::new(name, message)),
                None => {}
            }
        }
        match body.get("private_ref") {
            None => {}
            Some(Value::Null) => form.private_ref = Some(None),
            Some(Value::String(text)) if text.chars().count() <= 255 => form.private_ref = Some(Some(text.clone())),
            Some(_) => errors.push(FieldError::new("private_ref", "must be a string of at most 255 characters")),
        }
        if errors.is_empty() { Ok(form) } else { Err(errors) }
    }

    /// The details with the change made.
    pub(super) fn applied_to(self, details: &CustomerDetails) -> CustomerDetails {
        let mut map = details.to_map();
        map.extend(self.fields);
        // Every field was checked to be of its type.
        serde_json::from_value(Value::Object(map)).unwrap_or_else(|_| details.clone())
    }
}

impl Kind {
    /// The value as it is kept, or what is wrong with it.
    fn check(self, value: &Value) -> Result<Value, &'static str> {
        let ok = |valid: bool, message| if valid { Ok(value.clone()) } else { Err(message) };
        match (self, value) {
            (Self::Boolean, Value::Null) => Ok(Value::Bool(false)),
            (Self::Boolean, _) => ok(value.is_boolean(), "must be true or false"),
            (Self::Object, Value::Null) => Ok(Value::Object(Map::new())),
            (Self::Object, _) => ok(value.is_object(), "must be an object"),
            (_, Value::Null) => Ok(Value::Null),
            (Self::Gender, Value::String(text)) => {
                ok(matches!(text.as_str(), "male" | "female"), "must be male or female")
            }
            (Self::Date, Value::String(text)) => {
                ok(text.len() == 10 && text.parse::<NaiveDate>().is_ok(), "must be a date, YYYY-MM-DD")
            }
            (Self::Country, Value::String(text)) => {
                let valid = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
                ok(valid, "must be a two-letter country code")
            }
            (Self::Decimal, Value::String(text)) => {
                ok(text.parse::<Decimal>().is_ok(), "must be a decimal, as a string")
            }
            (Self::Decimal, _) => Err("must be a decimal, as a string"),
            (_, Value::String(_)) => Ok(value.clone()),
            (_, _) => Err("must be a string"),
        }
    }
}
