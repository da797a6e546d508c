//! A HubRise to develop and test against, without HubRise.
