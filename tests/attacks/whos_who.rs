//! Who may follow each route that takes no id.
