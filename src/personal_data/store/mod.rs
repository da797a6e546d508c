//! What is kept about an organisation, across all features' tables, in the database.

pub(super) mod deletion;
pub(super) mod export;
