//! Ways out to another site, and links made with somebody else's host.
