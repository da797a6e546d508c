//! Fields that nobody asked for.
