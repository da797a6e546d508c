//! Somebody else's code or link, brought to a browser that did not ask for it.
