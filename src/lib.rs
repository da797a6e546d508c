//! The bridge between TicknCook and HubRise.
