//! What is to be sent, in which order and when again: events to callbacks, and notices of a disconnection. Sending is
//! `deliveries`'.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::events::Event;
use super::identifiers::{ConnectionId, EventId};
use super::{Connection, Records, World};

/// Minutes to wait after each attempt that failed. There is none after the last: the event is lost.
const WAITS: [i64; 6] = [1, 2, 4, 8, 16, 32];

/// How late an attempt may be without moving the ones after it: machines are slow, and a schedule should read evenly.
const TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// How long an event waits for another to overtake it.
const LONGEST_HOLD: TimeDelta = TimeDelta::minutes(10);

/// Tells an app that a connection of its is no more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) connection_id: ConnectionId,
    fate: Fate,
}

/// What becomes of an event or a notice once it comes up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// It has not come up yet.
    #[default]
    Open,
    Once,
    Twice,
    /// The next event of its connection goes first.
    HeldBack,
}

/// What a fault does to an event that comes up, or to a notice, which knows the first three alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    None,
    Lose,
    Duplicate,
    Delay(TimeDelta),
    Reorder,
}

/// An event whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) event_id: EventId,
    /// The moment that the wait for the next attempt is counted from.
    pub(crate) began: DateTime<Utc>,
}

impl World {
    /// The connections that something is to be sent to by a moment.
    pub(crate) fn connections_due(&self, by: DateTime<Utc>) -> BTreeSet<ConnectionId> {
        let events = self.records.events.iter().filter(|event| event.due_at.is_some_and(|due_at| due_at <= by));
        let notices = self.records.notices.iter().map(|notice| &notice.connection_id);
        events.map(|event| &event.connection_id).chain(notices).cloned().collect()
    }

    /// When the next event is due, after a moment.
    pub(crate) fn next_due(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.records.events.iter().filter_map(|event| event.due_at).filter(|due_at| *due_at > after).min()
    }

    /// The event of a connection that is to be sent next, of those due by a moment. `mishap` is asked once an event.
    pub(crate) fn next_turn(
        &mut self,
        connection: &ConnectionId,
        by: DateTime<Utc>,
        now: DateTime<Utc>,
        mishap: impl Fn(&Event) -> Mishap,
    ) -> Option<Turn> {
        loop {
            let (index, due_at) = self.records.first_due(connection, by)?;
            let began = if now - due_at < TOLERANCE { due_at } else { now };
            if !self.is_reachable(connection) {
                // Blocked or unpaid: the attempts pass without one being made.
                self.records.postpone(index, began);
                continue;
            }
            let overtaking = self.records.holds_back_for(connection);
            let event = &mut self.records.events[index];
            if event.fate == Fate::Open && !overtaking {
                match mishap(event) {
                    Mishap::None => event.fate = Fate::Once,
                    Mishap::Duplicate => event.fate = Fate::Twice,
                    Mishap::Lose => {
                        self.records.events.remove(index);
                        continue;
                    }
                    Mishap::Delay(delay) => {
                        event.fate = Fate::Once;
                        event.due_at = Some(now + delay);
                        continue;
                    }
                    Mishap::Reorder => {
                        event.fate = Fate::HeldBack;
                        event.due_at = Some(now + LONGEST_HOLD);
                        continue;
                    }
                }
            }
            return Some(Turn { event_id: self.records.events[index].id.clone(), began });
        }
    }

    /// Whether events are sent to the connection: it is live, neither blocked nor unpaid, and has an active callback.
    fn is_reachable(&self, id: &ConnectionId) -> bool {
        let suspended = |connection: &Connection| {
            let account = connection.grant.account_id.as_ref();
            account.is_some_and(|account| self.records.suspended_accounts.contains(account))
        };
        self.records.connection(id).is_some_and(|connection| {
            let active = connection.callback.as_ref().is_some_and(|callback| callback.url.is_some());
            connection.is_live() && !connection.blocked && active && !suspended(connection)
        })
    }

    /// Has the app of each connection told that it is disconnected, if it is listed with an address for that.
    pub(crate) fn queue_notices(&mut self, connections: &[ConnectionId]) {
        for id in connections {
            let client_id = self.records.connection(id).map(|connection| connection.client_id.as_str());
            let listing = client_id.and_then(|id| self.directory.client(id)).and_then(|client| client.listing.as_ref());
            if listing.is_some_and(|listing| listing.disconnect_url.is_some()) {
                self.records.notices.push(Notice { connection_id: id.clone(), fate: Fate::Open });
            }
        }
    }
}

impl Records {
    /// Notes how an attempt ended. An event that was deleted meanwhile stays deleted, and one whose callback became
    /// passive waits to be fetched, unless it was acknowledged.
    pub(crate) fn settle(&mut self, turn: &Turn, acknowledged: bool) {
        let Some(index) = self.events.iter().position(|event| event.id == turn.event_id) else {
            return;
        };
        let connection = self.events[index].connection_id.clone();
        if !acknowledged {
            if self.events[index].due_at.is_some() {
                self.postpone(index, turn.began);
            }
        } else if self.events[index].fate == Fate::Twice {
            self.events[index].fate = Fate::Once;
            self.events[index].attempts += 1;
        } else {
            self.events.remove(index);
        }
        let overtaken = self.events.iter_mut().filter(|event| {
            event.connection_id == connection && event.fate == Fate::HeldBack && event.id != turn.event_id
        });
        for event in overtaken {
            event.fate = Fate::Once;
            event.due_at = event.due_at.map(|_| turn.began);
        }
    }

    /// Whether a notice is to be sent to the connection's app next. `mishap` is asked once a notice.
    pub(crate) fn next_notice(&mut self, connection: &ConnectionId, mishap: impl Fn() -> Mishap) -> bool {
        while let Some(index) = self.first_notice(connection) {
            let notice = &mut self.notices[index];
            if notice.fate == Fate::Open {
                notice.fate = match mishap() {
                    Mishap::Lose => {
                        self.notices.remove(index);
                        continue;
                    }
                    Mishap::Duplicate => Fate::Twice,
                    Mishap::None | Mishap::Delay(_) | Mishap::Reorder => Fate::Once,
                };
            }
            return true;
        }
        false
    }

    /// Notes that the notice was sent, whatever the answer: it is not tried again.
    pub(crate) fn settle_notice(&mut self, connection: &ConnectionId) {
        if let Some(index) = self.first_notice(connection) {
            if self.notices[index].fate == Fate::Twice {
                self.notices[index].fate = Fate::Once;
            } else {
                self.notices.remove(index);
            }
        }
    }

    pub(crate) fn has_notice(&self, connection: &ConnectionId) -> bool {
        self.first_notice(connection).is_some()
    }

    fn first_notice(&self, connection: &ConnectionId) -> Option<usize> {
        self.notices.iter().position(|notice| notice.connection_id == *connection)
    }

    fn first_due(&self, connection: &ConnectionId, by: DateTime<Utc>) -> Option<(usize, DateTime<Utc>)> {
        let own = self.events.iter().enumerate().filter(|(_, event)| event.connection_id == *connection);
        let due = own.filter_map(|(index, event)| Some((index, event.due_at.filter(|due_at| *due_at <= by)?)));
        due.min_by_key(|(index, due_at)| (*due_at, *index))
    }

    fn holds_back_for(&self, connection: &ConnectionId) -> bool {
        self.events.iter().any(|event| event.connection_id == *connection && event.fate == Fate::HeldBack)
    }

    /// One more attempt failed: the event is due again, or lost.
    fn postpone(&mut self, index: usize, began: DateTime<Utc>) {
        let event = &mut self.events[index];
        let wait = usize::try_from(event.attempts).ok().and_then(|attempts| WAITS.get(attempts));
        if let Some(minutes) = wait {
            event.attempts += 1;
            event.due_at = Some(began + TimeDelta::minutes(*minutes));
        } else {
            self.events.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::state::Callback;

    #[test]
    fn an_event_whose_callback_became_passive_while_it_was_sent_waits_to_be_fetched() {
        let began = DateTime::UNIX_EPOCH;
        let event = |id: &str, fate: &str| {
            let event = json!({
                "id": id, "connection_id": "c0nnect1", "resource_type": "order", "event_type": "update",
                "created_at": began, "ids": {}, "states": {}, "attempts": 0, "due_at": began, "fate": fate,
            });
            serde_json::from_value::<Event>(event).expect("an event")
        };
        let mut records =
            Records { events: vec![event("sent", "once"), event("held", "held_back")], ..Records::default() };
        let passive = Callback { url: None, events: BTreeMap::new() };
        records.set_callback(&ConnectionId::from("c0nnect1"), passive, began);
        let turn = Turn { event_id: EventId::from("sent"), began };
        records.settle(&turn, false);
        let due: Vec<_> = records.events.iter().map(|event| (event.due_at, event.attempts)).collect();
        assert_eq!(due, [(None, 0), (None, 0)]);
        records.settle(&turn, true);
        assert_eq!(records.events.len(), 1, "an acknowledged event is gone all the same");
    }
}
