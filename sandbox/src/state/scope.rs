//! The scope of a grant: `location[orders.write,catalog.read]` or `account[…]`.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Scope {
    pub(crate) level: Level,
    pub(crate) permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Location,
    Account,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) resource: Resource,
    pub(crate) write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Orders,
    CustomerList,
    Catalog,
    Inventory,
    AllCatalogs,
    AllCustomerLists,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ScopeError {
    #[error("a scope is written location[…] or account[…], with at least one permission")]
    Form,
    #[error("`{0}` is not a permission")]
    Permission(String),
    #[error("profile scopes are not served by this sandbox yet")]
    Profile,
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.starts_with("profile") {
            return Err(ScopeError::Profile);
        }
        let (level, rest) = text.split_once('[').ok_or(ScopeError::Form)?;
        let level = match level {
            "location" => Level::Location,
            "account" => Level::Account,
            _ => return Err(ScopeError::Form),
        };
        let (list, after) = rest.split_once(']').ok_or(ScopeError::Form)?;
        match after {
            "" => {}
            ",profile" | ",profile_with_email" => return Err(ScopeError::Profile),
            _ => return Err(ScopeError::Form),
        }
        if list.is_empty() {
            return Err(ScopeError::Form);
        }
        let permissions = list.split(',').map(Permission::parse).collect::<Result<_, _>>()?;
        Ok(Self { level, permissions })
    }

    /// Whether the scope names the resource at all, for reading or for writing.
    pub(crate) fn names(&self, resource: Resource) -> bool {
        self.permissions.iter().any(|permission| permission.resource == resource)
    }
}

impl Permission {
    fn parse(text: &str) -> Result<Self, ScopeError> {
        let unknown = || ScopeError::Permission(text.to_owned());
        let (resource, access) = text.trim().split_once('.').ok_or_else(unknown)?;
        let write = match access {
            "read" => false,
            "write" => true,
            _ => return Err(unknown()),
        };
        Ok(Self { resource: Resource::parse(resource).ok_or_else(unknown)?, write })
    }
}

impl Resource {
    const ALL: [Self; 6] =
        [Self::Orders, Self::CustomerList, Self::Catalog, Self::Inventory, Self::AllCatalogs, Self::AllCustomerLists];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::CustomerList => "customer_list",
            Self::Catalog => "catalog",
            Self::Inventory => "inventory",
            Self::AllCatalogs => "all_catalogs",
            Self::AllCustomerLists => "all_customer_lists",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.level {
            Level::Location => "location[",
            Level::Account => "account[",
        })?;
        for (index, permission) in self.permissions.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let access = if permission.write { "write" } else { "read" };
            write!(formatter, "{comma}{}.{access}", permission.resource.as_str())?;
        }
        formatter.write_str("]")
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_printed_as_it_was_read() {
        for text in ["location[orders.write,customer_list.write,catalog.read]", "account[all_catalogs.read]"] {
            assert_eq!(Scope::parse(text).map(|scope| scope.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_scope_that_is_not_one_is_refused_with_its_reason() {
        let reason = |text: &str| Scope::parse(text).expect_err(text);
        for text in ["", "orders.write", "location", "location[]", "location[orders.write", "shop[orders.read]"] {
            assert_eq!(reason(text), ScopeError::Form, "{text}");
        }
        assert_eq!(reason("location[orders.read]trailing"), ScopeError::Form);
        for bad in ["orders", "orders.delete", "menu.read", ""] {
            assert_eq!(reason(&format!("location[catalog.read,{bad}]")), ScopeError::Permission(bad.to_owned()));
        }
        assert_eq!(reason("profile_with_email"), ScopeError::Profile);
        assert_eq!(reason("location[orders.read],profile"), ScopeError::Profile);
    }
}
