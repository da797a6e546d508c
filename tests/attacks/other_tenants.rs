//! The id of something that is somebody else's, on every route that takes one.
