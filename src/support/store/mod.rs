//! What support sees, in the database: across all organisations, and every question with a limit.

pub(super) mod connection;
pub(super) mod filters;
pub(super) mod search;
pub(super) mod timeline;
