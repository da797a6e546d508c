//! Mails: written down in the caller's transaction, and sent by a job until the mail server has taken them; one with a
//! secret in it is not written down, but handed over by its caller's own job. Knows no feature; what a mail says is its
//! caller's business.

mod jobs;
mod outbox;
mod transport;
mod unkept;

pub use jobs::{PurgeMails, SendMail, send_waiting};
pub use outbox::{
    NewMail, Refusals, Sent, enqueue, give_up_all, nobody_was_told_since, of_connection, refusals, told_since,
    withdraw_about, withdraw_from,
};
pub use transport::Transport;
pub use unkept::{Letter, send_unkept};
