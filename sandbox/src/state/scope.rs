//! The scope of a grant: `location[orders.write,catalog.read]` or `account[…]`, `profile` or `profile_with_email`, or
//! both, separated by a comma.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Scope {
    access: Option<AccessScope>,
    pub(crate) profile: Option<Profile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct AccessScope {
    level: Level,
    permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Location,
    Account,
}

/// What of the user's own profile may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    WithoutEmail,
    WithEmail,
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
    #[error(
        "a scope is written location[…] or account[…], with at least one permission, profile or profile_with_email, or both"
    )]
    Form,
    #[error("`{0}` is not a permission")]
    Permission(String),
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scope = Self { access: None, profile: None };
        let mut rest = text;
        loop {
            let (part, after) = split_part(rest)?;
            match part {
                "profile" if scope.profile.is_none() => scope.profile = Some(Profile::WithoutEmail),
                "profile_with_email" if scope.profile.is_none() => scope.profile = Some(Profile::WithEmail),
                _ if scope.access.is_none() => scope.access = Some(AccessScope::parse(part)?),
                _ => return Err(ScopeError::Form),
            }
            match after {
                Some(after) => rest = after,
                None => return Ok(scope),
            }
        }
    }

    /// Whether a location or an account is granted; `None` for a profile alone.
    pub(crate) fn level(&self) -> Option<Level> {
        self.access.as_ref().map(|access| access.level)
    }

    pub(crate) fn permissions(&self) -> &[Permission] {
        self.access.as_ref().map_or(&[], |access| &access.permissions)
    }

    /// Whether the scope names the resource at all, for reading or for writing. To write includes to read.
    pub(crate) fn names(&self, resource: Resource) -> bool {
        self.permissions().iter().any(|permission| permission.resource == resource)
    }

    /// Whether this grants everything that the other asks for.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let profile = match (self.profile, other.profile) {
            (_, None) | (Some(_), Some(Profile::WithoutEmail)) => true,
            (own, Some(Profile::WithEmail)) => own == Some(Profile::WithEmail),
            (None, Some(Profile::WithoutEmail)) => false,
        };
        let level = other.level().is_none_or(|level| self.level() == Some(level));
        let granted = |wanted: &Permission| {
            let suffices = |own: &Permission| own.resource == wanted.resource && (own.write || !wanted.write);
            self.permissions().iter().any(suffices)
        };
        profile && level && other.permissions().iter().all(granted)
    }

    /// Whether the resource may be written.
    pub(crate) fn writes(&self, resource: Resource) -> bool {
        self.permissions().contains(&Permission { resource, write: true })
    }
}

/// The first part of a scope, and what follows the comma after it. Commas between brackets separate permissions.
fn split_part(text: &str) -> Result<(&str, Option<&str>), ScopeError> {
    let end = match (text.find('['), text.find(',')) {
        (Some(bracket), comma) if comma.is_none_or(|comma| bracket < comma) => {
            text.find(']').ok_or(ScopeError::Form)? + 1
        }
        (_, comma) => comma.unwrap_or(text.len()),
    };
    match text.split_at(end) {
        (part, "") => Ok((part, None)),
        (part, after) => Ok((part, Some(after.strip_prefix(',').ok_or(ScopeError::Form)?))),
    }
}

impl AccessScope {
    fn parse(text: &str) -> Result<Self, ScopeError> {
        let (level, list) = text.strip_suffix(']').and_then(|text| text.split_once('[')).ok_or(ScopeError::Form)?;
        let level = match level {
            "location" => Level::Location,
            "account" => Level::Account,
            _ => return Err(ScopeError::Form),
        };
        if list.is_empty() {
            return Err(ScopeError::Form);
        }
        let permissions = list.split(',').map(Permission::parse).collect::<Result<_, _>>()?;
        Ok(Self { level, permissions })
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
        if let Some(AccessScope { level, permissions }) = &self.access {
            formatter.write_str(match level {
                Level::Location => "location[",
                Level::Account => "account[",
            })?;
            for (index, permission) in permissions.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let access = if permission.write { "write" } else { "read" };
                write!(formatter, "{comma}{}.{access}", permission.resource.as_str())?;
            }
            formatter.write_str("]")?;
        }
        let comma = if self.access.is_some() { "," } else { "" };
        match self.profile {
            None => Ok(()),
            Some(Profile::WithoutEmail) => write!(formatter, "{comma}profile"),
            Some(Profile::WithEmail) => write!(formatter, "{comma}profile_with_email"),
        }
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
        for text in [
            "location[orders.write,customer_list.write,catalog.read]",
            "account[all_catalogs.read]",
            "profile",
            "profile_with_email",
            "account[customer_list.read],profile",
        ] {
            assert_eq!(Scope::parse(text).map(|scope| scope.to_string()), Ok(text.to_owned()));
        }
        let profile_first = Scope::parse("profile,location[orders.write]").expect("a scope");
        assert_eq!(profile_first.to_string(), "location[orders.write],profile");
    }

    #[test]
    fn a_scope_covers_what_asks_for_no_more() {
        let covers = |own: &str, other: &str| {
            Scope::parse(own).expect("a scope").covers(&Scope::parse(other).expect("another scope"))
        };
        let own = "location[orders.write,catalog.read],profile";
        for less in [own, "location[orders.read]", "profile", "location[catalog.read],profile"] {
            assert!(covers(own, less), "{less}");
        }
        for more in [
            "location[catalog.write]",
            "location[inventory.read]",
            "location[all_catalogs.read]",
            "account[orders.read]",
            "profile_with_email",
        ] {
            assert!(!covers(own, more), "{more}");
        }
        assert!(covers("profile_with_email", "profile") && !covers("location[orders.read]", "profile"));
    }

    #[test]
    fn a_scope_that_is_not_one_is_refused_with_its_reason() {
        let reason = |text: &str| Scope::parse(text).expect_err(text);
        for text in [
            "",
            "orders.write",
            "location",
            "location[]",
            "location[orders.write",
            "shop[orders.read]",
            "location[orders.read]trailing",
            "location[orders.read],",
            "location[orders.read],account[orders.read]",
            "profile,profile_with_email",
            "profile,",
            "profiles",
        ] {
            assert_eq!(reason(text), ScopeError::Form, "{text}");
        }
        for bad in ["orders", "orders.delete", "menu.read", ""] {
            assert_eq!(reason(&format!("location[catalog.read,{bad}]")), ScopeError::Permission(bad.to_owned()));
        }
    }
}
