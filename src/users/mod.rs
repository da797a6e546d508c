//! People: their passwords and HubRise identities, their signing in and out, their sessions, and the slowing-down of
//! those who guess.

mod arrival;
mod device;
mod email;
mod hubrise_routes;
pub mod identities;
mod jobs;
mod known_device;
pub mod leaving;
mod newcomer;
mod pages;
mod password;
mod password_links;
mod proof;
mod routes;
pub mod second_factor;
pub mod service;
pub mod sessions;
mod settings;
mod sign_up;
mod signed_in;
mod store;
mod throttle;
mod trips;
mod trouble;

pub use arrival::{arrive_from_hubrise, sign_in_newcomer};
pub use email::EmailAddress;
pub use hubrise_routes::send_to_hubrise;
pub use identities::Identity;
pub use jobs::PurgeSignIns;
pub use newcomer::Newcomer;
pub use password_links::{SendPasswordLink, forget_password_links};
pub use proof::Proof;
pub use routes::router;
pub use sign_up::{SignUp, sign_up, sign_up_newcomer, sign_up_within};
pub use signed_in::{SignedIn, go_in, look_at, may_do_more, second_factor_was_proved};
pub use store::SealedSecondFactors;
pub use trips::Trip;
pub use trouble::Trouble;
