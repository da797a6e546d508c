//! Reads a client's JSON field by field. A field that is wrong is noted with its path and read as if it had been left
//! out, so that one answer names all that is wrong; whoever reads must end with [`Reading::finish`].

use std::cell::RefCell;

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value};

use crate::state::fields::FieldError;
use crate::state::identifiers::ClientId;
use crate::state::numbers::{Money, NotANumber, Number};
use crate::state::private_refs::PrivateRefs;

/// What all parts of one request have in common.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(super) by: Option<&'a ClientId>,
    pub(super) currency: &'a str,
    /// The keys of the deals that items may be part of, each at the place of its deal.
    pub(super) deal_keys: Vec<String>,
    errors: RefCell<Vec<FieldError>>,
}

/// A JSON object somewhere in the request.
#[derive(Debug, Clone)]
pub(crate) struct Form<'a> {
    pub(super) reading: &'a Reading<'a>,
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> Reading<'a> {
    pub(super) fn new(by: Option<&'a ClientId>, currency: &'a str, deal_keys: Vec<String>) -> Self {
        Self { by, currency, deal_keys, errors: RefCell::default() }
    }

    pub(super) fn form(&'a self, fields: &'a Map<String, Value>) -> Form<'a> {
        Form { reading: self, fields, path: String::new() }
    }

    pub(super) fn finish(self) -> Result<(), Vec<FieldError>> {
        let errors = self.errors.into_inner();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl<'a> Form<'a> {
    pub(super) fn refuse(&self, name: &str, message: impl Into<String>) {
        let error = FieldError::new(format!("{}{name}", self.path), message);
        self.reading.errors.borrow_mut().push(error);
    }

    /// Whether the field was sent, even as null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(super) fn is_null(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(Value::is_null)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.fields.keys().map(String::as_str)
    }

    /// Null is as good as nothing.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.value(name)?.as_str();
        if text.is_none() {
            self.refuse(name, "must be a string");
        }
        text.map(str::to_owned)
    }

    pub(super) fn required_text(&self, name: &str) -> String {
        if !matches!(self.value(name), Some(Value::String(text)) if text.is_empty()) && self.value(name).is_some() {
            return self.text(name).unwrap_or_default();
        }
        self.refuse(name, "can't be blank");
        String::new()
    }

    /// The private ref of the client that is asking.
    pub(super) fn private_ref(&self) -> Option<String> {
        let reference = self.text("private_ref").filter(|reference| !reference.is_empty())?;
        if reference.chars().count() > PrivateRefs::LONGEST {
            self.refuse("private_ref", format!("is too long (maximum is {} characters)", PrivateRefs::LONGEST));
        }
        Some(reference)
    }

    pub(super) fn money(&self, name: &str) -> Option<Money> {
        let value = self.value(name)?;
        let money = match value {
            Value::String(text) => text.parse::<Money>().map_err(|error| error.to_string()),
            other => Err(format!("'{other}' is not a valid monetary amount")),
        };
        let currency = self.reading.currency;
        let money = money.and_then(|money| {
            let foreign = money.currency() != currency;
            if foreign { Err(format!("must be in {currency}")) } else { Ok(money) }
        });
        money.map_err(|message| self.refuse(name, message)).ok()
    }

    pub(super) fn required_money(&self, name: &str) -> Money {
        if self.value(name).is_none() {
            self.refuse(name, "can't be blank");
        }
        self.money(name).unwrap_or_else(|| Money::zero(self.reading.currency))
    }

    /// Also takes a JSON number, which real integrations send.
    pub(super) fn number(&self, name: &str) -> Option<Number> {
        let text = match self.value(name)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.parse().map_err(|error: NotANumber| self.refuse(name, error.to_string())).ok()
    }

    pub(super) fn required_number(&self, name: &str) -> Number {
        if self.value(name).is_none() {
            self.refuse(name, "can't be blank");
        }
        self.number(name).unwrap_or_default()
    }

    pub(super) fn whole_number(&self, name: &str) -> Option<u32> {
        let number = self.value(name)?.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number <= 9_999);
        if number.is_none() {
            self.refuse(name, "must be an integer from 0 to 9999");
        }
        number
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        let flag = self.value(name)?.as_bool();
        if flag.is_none() {
            self.refuse(name, "must be true or false");
        }
        flag
    }

    pub(super) fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let value = self.value(name)?;
        let time = value.as_str().and_then(parse_time);
        if time.is_none() {
            self.refuse(name, "is not a valid ISO 8601 time");
        }
        time
    }

    /// One of a few words.
    pub(super) fn word<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let word = value.as_str().and_then(parse);
        if word.is_none() {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.refuse(name, format!("'{shown}' is not included in the list"));
        }
        word
    }

    /// An empty array stands for an empty object: some languages cannot tell them apart.
    pub(super) fn object(&self, name: &str) -> Option<&'a Map<String, Value>> {
        match self.value(name)? {
            Value::Object(fields) => Some(fields),
            Value::Array(nothing) if nothing.is_empty() => None,
            _ => {
                self.refuse(name, "must be an object");
                None
            }
        }
    }

    pub(super) fn inner(&self, name: &str) -> Option<Self> {
        let fields = self.object(name)?;
        Some(Self { reading: self.reading, fields, path: format!("{}{name}.", self.path) })
    }

    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        let item = |(index, value): (usize, &'a Value)| {
            let fields = value.as_object();
            if fields.is_none() {
                self.refuse(&format!("{name}[{index}]"), "must be an object");
            }
            fields.map(|fields| Self { reading: self.reading, fields, path: format!("{}{name}[{index}].", self.path) })
        };
        self.values(name).iter().enumerate().filter_map(item).collect()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let text = |(index, value): (usize, &Value)| {
            let text = value.as_str();
            if text.is_none() {
                self.refuse(&format!("{name}[{index}]"), "must be a string");
            }
            text.map(str::to_owned)
        };
        self.values(name).iter().enumerate().filter_map(text).collect()
    }

    fn values(&self, name: &str) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(values)) => values,
            Some(_) => {
                self.refuse(name, "must be an array");
                &[]
            }
        }
    }
}

/// ISO 8601, with an offset: `2021-06-24T19:07:52+02:00`, `2021-06-24T19:07:52.000Z` or `2021-06-24T19:07:52+0200`.
pub(crate) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    // Nobody orders for another millennium, and not every time zone can show it.
    time.ok().map(|time| time.to_utc()).filter(|time| (1..=9_999).contains(&time.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_iso_8601_with_an_offset() {
        let good = [
            "2021-06-24T19:07:52+02:00",
            "2021-06-24T17:07:52Z",
            "2021-06-24T17:07:52.000Z",
            "2021-06-24T19:07:52+0200",
        ];
        let expected = "2021-06-24T17:07:52Z".parse::<DateTime<Utc>>().expect("a time");
        for text in good {
            assert_eq!(parse_time(text), Some(expected), "{text}");
        }
        let bad =
            ["", "now", "2021-06-24", "2021-06-24T19:07:52", "2021-13-24T19:07:52Z", "+262142-12-31T23:59:59+0000"];
        for text in bad {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
