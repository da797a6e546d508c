//! The sandbox from outside, through HTTP: what `README.md` says of each documented, observed or assumed behaviour.

#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

mod api;
mod authorise;
mod back_office;
mod binary;
mod browser;
mod callbacks;
mod catalogs;
mod clock;
mod connector;
mod control;
mod cross_origin;
mod customers;
mod deliveries;
mod downtime;
mod event_faults;
mod faults;
mod images;
mod injector;
mod inventory;
mod limits;
mod locations;
mod loyalty;
mod notices;
mod oauth_app_instance;
mod oauth_parameters;
mod oauth_profile;
mod oauth_sign_up;
mod order_events;
mod orders;
mod orders_customer;
mod orders_delivery;
mod orders_events;
mod orders_list;
mod orders_odd;
mod orders_update;
mod paging;
mod persistence;
mod protection;
mod receiver;
mod resource_events;
mod revoke;
mod sandbox_page;
mod team;
mod token;
