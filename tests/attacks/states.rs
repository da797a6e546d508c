//! The state of a trip to HubRise: used twice, by another browser, for another organisation or for another purpose.
