//! Mails: written down in the caller's transaction, and sent by a job until the mail server has taken them. Knows no
//! feature; what a mail says is its caller's business.

mod jobs;
mod outbox;
mod transport;

pub use jobs::{PurgeMails, SendMail};
pub use outbox::{
    NewMail, Sent, enqueue, give_up_all, nobody_was_told_since, of_connection, told_since, withdraw_about,
    withdraw_from,
};
pub use transport::Transport;
