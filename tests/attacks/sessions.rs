//! The cookie of a session: known beforehand, kept afterwards.
