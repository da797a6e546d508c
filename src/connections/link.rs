//! What a point of sale is linked to at HubRise, as people read it.

use chrono::{DateTime, Utc};

use crate::{authorisations::Proven, history::Change, hubrise::Named};

/// A connection's four HubRise things. The same name can stand in several accounts, so the id is always beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Compte.
    pub account: String,
    /// Point de vente at HubRise.
    pub location: String,
    /// Catalogue.
    pub catalog: String,
    /// Liste de clients.
    pub customer_list: String,
}

impl Link {
    /// What HubRise has just granted.
    pub(super) fn granted(proven: &Proven) -> Self {
        let Proven { account, location, catalog, customer_list, .. } = proven;
        let catalog = catalog.as_ref().map(|catalog| (catalog.id.as_str(), catalog.name.as_deref())).unzip();
        let list = customer_list.as_ref().map(|list| (list.id.as_str(), list.name.as_deref())).unzip();
        Self {
            account: name_and_id(Some(account.id.as_str()), account.name.as_deref()),
            location: name_and_id(Some(location.id.as_str()), location.name.as_deref()),
            catalog: name_and_id(catalog.0, catalog.1.flatten()),
            customer_list: name_and_id(list.0, list.1.flatten()),
        }
    }

    /// All of it, for the history.
    #[must_use]
    pub fn whole(&self) -> Change {
        Change::of(self.fields().map(|(field, text)| (field, Some(text))))
    }

    /// What differs from another, for the history.
    #[must_use]
    pub fn without(&self, other: &Self) -> Change {
        let mut others = other.fields().into_iter();
        Change::of(self.fields().map(|field| (field.0, (others.next() != Some(field)).then_some(field.1))))
    }

    fn fields(&self) -> [(&'static str, &str); 4] {
        [
            ("account", self.account.as_str()),
            ("location", &self.location),
            ("catalog", &self.catalog),
            ("customer_list", &self.customer_list),
        ]
    }
}

/// Since when HubRise gives a connection no access any more to what it is linked to, which does not concern orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "HubRise's own names")]
pub struct Gone {
    pub catalog: Option<DateTime<Utc>>,
    pub customer_list: Option<DateTime<Utc>>,
}

impl Gone {
    /// Whether anything is.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.catalog.is_some() || self.customer_list.is_some()
    }
}

/// `Name - id`; the id alone where HubRise told no name; `—` where there is none.
#[must_use]
pub fn name_and_id(id: Option<&str>, name: Option<&str>) -> String {
    match (id, name) {
        (Some(id), Some(name)) => format!("{name} - {id}"),
        (Some(id), None) => id.to_owned(),
        (None, _) => "—".to_owned(),
    }
}

/// A HubRise thing taken apart into the two columns that keep it.
pub(super) fn columns<Id: ToString>(named: Option<&Named<Id>>) -> (Option<String>, Option<String>) {
    (named.map(|named| named.id.to_string()), named.and_then(|named| named.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_shown_with_its_id_and_a_missing_one_as_a_dash() {
        assert_eq!(name_and_id(Some("3r4s3-1"), Some("Lyon")), "Lyon - 3r4s3-1");
        assert_eq!(name_and_id(Some("3r4s3-1"), None), "3r4s3-1");
        assert_eq!(name_and_id(None, None), "—");
    }
}
