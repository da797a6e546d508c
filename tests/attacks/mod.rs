//! Attacks, one test each: what somebody tries who should not get in, and what it comes to. `SECURITY.md` lists them all.

mod assignment;
mod caches;
mod callbacks;
mod cross_site;
mod escalation;
mod ground;
mod lines;
mod markup;
mod other_tenants;
mod paths;
mod redirects;
mod routes;
mod sessions;
mod states;
mod trips;
mod whos_who;
mod wire;
