//! The log of what went in and out: every call to the OAuth server and the API, and every call that the sandbox made to
//! a callback. Kept in memory; the oldest make room, and long bodies are cut. Tokens, secrets and the bodies of OAuth
//! calls are not kept.

mod record;

pub(crate) use record::{LARGEST_BODY, keep_record, kept, kept_of_more};

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::state::ConnectionId;

/// Calls and deliveries together: a demo may run for weeks.
const MOST_EXCHANGES: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;

/// A request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) number: u64,
    pub(crate) direction: Direction,
    /// By the sandbox's clock.
    pub(crate) at: DateTime<Utc>,
    pub(crate) took: Option<TimeDelta>,
    /// Whose token it was called with, or whose callback it is.
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) method: String,
    /// The path of a call that was received; the whole address of one that was made.
    pub(crate) address: String,
    /// Without the question mark. None for OAuth calls, whose queries carry codes and states.
    pub(crate) query: Option<String>,
    /// `None` while it is being answered, and for ever if it never was.
    pub(crate) status: Option<u16>,
    pub(crate) authorization: Option<Authorization>,
    pub(crate) request_body: Option<String>,
    pub(crate) response_body: Option<String>,
    /// Why there was no answer.
    pub(crate) error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Received,
    Sent,
}

/// How a caller proved who it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Authorization {
    Basic,
    Form,
    Json,
    /// In the address of a call without a body.
    Query,
    Token,
}

/// What is known when a call begins.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) direction: Direction,
    pub(crate) at: DateTime<Utc>,
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) method: String,
    pub(crate) address: String,
    pub(crate) query: Option<String>,
    pub(crate) authorization: Option<Authorization>,
    pub(crate) request_body: Option<String>,
}

/// What is known when it ends.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) took: TimeDelta,
    pub(crate) status: Option<u16>,
    pub(crate) response_body: Option<String>,
    pub(crate) error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Traffic(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    next_number: u64,
    bytes: usize,
    exchanges: VecDeque<Exchange>,
}

impl Traffic {
    pub(crate) fn begin(&self, beginning: Beginning) -> u64 {
        let mut log = self.lock();
        let number = log.next_number;
        log.next_number += 1;
        let Beginning { direction, at, connection, method, address, query, authorization, request_body } = beginning;
        let exchange = Exchange {
            number,
            direction,
            at,
            took: None,
            connection,
            method,
            address,
            query,
            status: None,
            authorization,
            request_body,
            response_body: None,
            error: None,
        };
        log.bytes += exchange.bytes();
        log.exchanges.push_back(exchange);
        log.make_room();
        number
    }

    /// Notes the answer; nothing to note if the log was cleared meanwhile.
    pub(crate) fn end(&self, number: u64, ending: Ending) {
        let mut log = self.lock();
        let Some(exchange) = log.exchanges.iter_mut().rev().find(|exchange| exchange.number == number) else {
            return;
        };
        let before = exchange.bytes();
        let Ending { took, status, response_body, error } = ending;
        exchange.took = Some(took);
        exchange.status = status;
        exchange.response_body = response_body;
        exchange.error = error;
        let grown = exchange.bytes() - before;
        log.bytes += grown;
        log.make_room();
    }

    /// What `wanted` picks, oldest first.
    pub(crate) fn list(&self, wanted: impl Fn(&Exchange) -> bool) -> Vec<Exchange> {
        self.lock().exchanges.iter().filter(|exchange| wanted(exchange)).cloned().collect()
    }

    /// What `view` makes of the exchanges that it wants, newest first.
    pub(crate) fn newest<T>(&self, view: impl Fn(&Exchange) -> Option<T>) -> Vec<T> {
        self.lock().exchanges.iter().rev().filter_map(view).collect()
    }

    pub(crate) fn clear(&self) {
        let mut log = self.lock();
        log.exchanges.clear();
        log.bytes = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn make_room(&mut self) {
        while self.exchanges.len() > MOST_EXCHANGES || (self.bytes > MOST_BYTES && self.exchanges.len() > 1) {
            let oldest = self.exchanges.pop_front();
            self.bytes -= oldest.map_or(0, |exchange| exchange.bytes());
        }
    }
}

impl Exchange {
    fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.address.len() + text(&self.query) + text(&self.request_body) + text(&self.response_body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_queries_take_the_place_of_older_calls_as_bodies_do() {
        let traffic = Traffic::default();
        let long = "x".repeat(1 << 20);
        for _ in 0..(MOST_BYTES >> 20) + 10 {
            traffic.begin(Beginning {
                direction: Direction::Received,
                at: DateTime::UNIX_EPOCH,
                connection: None,
                method: "GET".to_owned(),
                address: "/v1/location".to_owned(),
                query: Some(long.clone()),
                authorization: None,
                request_body: None,
            });
        }
        let kept = traffic.newest(|exchange| exchange.query.as_ref().map(String::len));
        assert!(kept.iter().sum::<usize>() <= MOST_BYTES && !kept.is_empty(), "{} calls", kept.len());
    }
}
