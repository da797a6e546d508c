//! Stocks of a location. They go by the refs of skus and options, whatever catalog these are in; a catalog shows and
//! changes those that it has.

use chrono::{DateTime, FixedOffset, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::state::identifiers::{AccountId, CatalogId, ClientId, LocationId};
use crate::state::{EventType, FieldError, Happening, States, Subject, World};

/// What a stock is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InventoryItem {
    SkuRef(String),
    OptionRef(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) item: InventoryItem,
    /// A decimal; `None` in a change takes the entry away, as what has none is without limit.
    pub(crate) stock: Option<String>,
    pub(crate) expires_at: Option<DateTime<FixedOffset>>,
}

impl InventoryItem {
    fn is_in(&self, data: &Map<String, Value>) -> bool {
        let (outer, inner, wanted) = match self {
            Self::SkuRef(wanted) => ("products", "skus", wanted),
            Self::OptionRef(wanted) => ("option_lists", "options", wanted),
        };
        let lists = data.get(outer).and_then(Value::as_array).into_iter().flatten();
        let mut elements = lists.filter_map(|list| list.get(inner)?.as_array()).flatten();
        elements.any(|element| element.get("ref").and_then(Value::as_str) == Some(wanted))
    }
}

impl Entry {
    fn parse(value: &Value) -> Result<Self, (&'static str, &'static str)> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let item = match (text("sku_ref"), text("option_ref")) {
            (Some(sku), None) => InventoryItem::SkuRef(sku),
            (None, Some(option)) => InventoryItem::OptionRef(option),
            _ => return Err(("sku_ref", "give either sku_ref or option_ref")),
        };
        let stock = match value.get("stock") {
            Some(Value::Null) => None,
            Some(Value::String(text)) => {
                let valid = text.parse::<Decimal>().is_ok_and(|stock| stock >= Decimal::ZERO && stock.scale() <= 3);
                Some(
                    Some(text.clone())
                        .filter(|_| valid)
                        .ok_or(("stock", "must be a positive decimal of up to 3 places"))?,
                )
            }
            _ => return Err(("stock", "must be a decimal, as a string, or null")),
        };
        let expires_at = match value.get("expires_at").filter(|time| !time.is_null()) {
            None => None,
            Some(time) => {
                let time = time.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
                Some(time.ok_or(("expires_at", "must be a time, ISO 8601"))?)
            }
        };
        let none_left = stock.as_ref().is_some_and(|stock| stock.parse::<Decimal>().is_ok_and(|stock| stock.is_zero()));
        if expires_at.is_some() && !none_left {
            return Err(("expires_at", "goes with a stock of 0 only"));
        }
        Ok(Self { item, stock, expires_at })
    }

    pub(crate) fn shown(&self) -> Value {
        let mut entry = json!({ "stock": self.stock, "expires_at": self.expires_at.map(|time| time.to_rfc3339()) });
        match &self.item {
            InventoryItem::SkuRef(reference) => entry["sku_ref"] = json!(reference),
            InventoryItem::OptionRef(reference) => entry["option_ref"] = json!(reference),
        }
        entry
    }

    fn lasts(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

impl World {
    /// The stocks at a location of what a catalog has.
    pub(crate) fn inventory(&self, catalog: &CatalogId, location: &LocationId, now: DateTime<Utc>) -> Vec<Entry> {
        let contents = self.directory.catalog_contents.get(catalog);
        let entries = self.records.inventories.get(location).into_iter().flatten();
        let shown = entries.filter(|entry| entry.lasts(now) && contents.is_some_and(|data| entry.item.is_in(data)));
        shown.cloned().collect()
    }

    /// Entries that a client sends, checked: for known items, each once.
    pub(crate) fn parse_inventory(&self, catalog: &CatalogId, list: &[Value]) -> Result<Vec<Entry>, Vec<FieldError>> {
        let contents = self.directory.catalog_contents.get(catalog);
        let (mut entries, mut errors) = (Vec::<Entry>::new(), Vec::new());
        for (index, value) in list.iter().enumerate() {
            let entry = Entry::parse(value).and_then(|entry| {
                if !contents.is_some_and(|data| entry.item.is_in(data)) {
                    return Err(("ref", "is not in the catalog"));
                }
                if entries.iter().any(|other| other.item == entry.item) {
                    return Err(("ref", "is given twice"));
                }
                Ok(entry)
            });
            match entry {
                Ok(entry) => entries.push(entry),
                Err((field, message)) => errors.push(FieldError::new(format!("[{index}].{field}"), message)),
            }
        }
        if errors.is_empty() { Ok(entries) } else { Err(errors) }
    }

    /// Replaces all the stocks of what the catalog has, or changes those that are given.
    pub(crate) fn write_inventory(
        &mut self,
        catalog: &CatalogId,
        (account, location): (&AccountId, &LocationId),
        mut entries: Vec<Entry>,
        event_type: EventType,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Vec<Entry> {
        for entry in &mut entries {
            let local = |time: DateTime<FixedOffset>| self.directory.time_at(account, Some(location), time.to_utc());
            entry.expires_at = entry.expires_at.map(local);
        }
        let whole = event_type == EventType::Update;
        let contents = self.directory.catalog_contents.get(catalog);
        let stocks = self.records.inventories.entry(location.clone()).or_default();
        stocks.retain(|known| {
            let replaced = whole && contents.is_some_and(|data| known.item.is_in(data));
            !replaced && known.lasts(now) && entries.iter().all(|entry| entry.item != known.item)
        });
        stocks.extend(entries.iter().filter(|entry| entry.stock.is_some()).cloned());
        let changes: Value = entries.iter().map(Entry::shown).collect();
        let subject = Subject::Inventory { catalog_id: catalog.clone(), location_id: location.clone() };
        let happening = Happening { by: Some(by.clone()), event_type, account_id: account.clone(), subject };
        self.publish(&happening, now, |_, _| States {
            state_change: Some(changes.clone()).filter(|_| !whole),
            ..States::default()
        });
        if whole { self.inventory(catalog, location, now) } else { entries }
    }
}
