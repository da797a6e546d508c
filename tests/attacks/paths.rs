//! Paths that lead out of a folder.
