//! Attacks, one test each: what somebody tries who should not get in, and what it comes to. `SECURITY.md` lists them
//! all.

mod assignment;
mod at_once;
mod bodies;
mod caches;
mod callbacks;
mod cross_site;
mod escalation;
pub(crate) mod ground;
mod guessing;
mod lines;
mod listed;
mod markup;
mod other_tenants;
mod paths;
mod redirects;
mod routes;
mod servers;
mod sessions;
mod signatures;
mod states;
mod trips;
mod whos_who;
mod wire;
