//! Names that are programs, wherever a name is shown.
