//! Attacks, one test each: what somebody tries who should not get in, and what it comes to. `SECURITY.md` lists them all.

mod bodies;
mod guessing;
mod servers;
mod signatures;
mod wire;
