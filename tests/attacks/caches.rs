//! What a cache or the Back button could show to somebody else, and pages within somebody else's.
