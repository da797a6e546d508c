//! Every sentence of the page, as the fields of one structure: a language that misses one does not compile.

use super::fault_choices::{Calls, EventTrouble, Events, Times, Trouble};
use super::switches;
use super::words_english::ENGLISH;
use super::words_french::FRENCH;
use crate::web::Language;

pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) intro: &'static str,

    pub(super) faults: &'static str,
    pub(super) faults_intro: &'static str,
    pub(super) what: &'static str,
    pub(super) which: &'static str,
    pub(super) how_often: &'static str,
    pub(super) trouble: fn(Trouble) -> &'static str,
    pub(super) calls: fn(Calls) -> &'static str,
    pub(super) times: fn(Times) -> &'static str,
    pub(super) add: &'static str,
    pub(super) no_fault: &'static str,
    pub(super) remaining: &'static str,
    pub(super) used_up: &'static str,
    pub(super) action: &'static str,
    pub(super) remove: &'static str,
    pub(super) remove_all: &'static str,

    pub(super) events_title: &'static str,
    pub(super) events_intro: &'static str,
    pub(super) which_events: &'static str,
    pub(super) event_trouble: fn(EventTrouble) -> &'static str,
    pub(super) events: fn(Events) -> &'static str,
    pub(super) no_event_fault: &'static str,

    pub(super) access: &'static str,
    pub(super) access_intro: &'static str,
    pub(super) suspend: &'static str,
    pub(super) resume: &'static str,
    pub(super) no_connection: &'static str,
    pub(super) app: &'static str,
    pub(super) block: &'static str,
    pub(super) unblock: &'static str,
    pub(super) disconnect: &'static str,

    pub(super) switches_title: &'static str,
    pub(super) switches_intro: &'static str,
    pub(super) switches: [SwitchWords; switches::COUNT],
    pub(super) save: &'static str,

    pub(super) clock: &'static str,
    pub(super) clock_intro: &'static str,
    pub(super) now: &'static str,
    pub(super) ahead: &'static str,
    pub(super) on_time: &'static str,
    pub(super) day: &'static str,
    pub(super) advance: &'static str,
    /// The moves of the clock, by their minutes.
    pub(super) advances: [(u32, &'static str); 4],

    pub(super) codes: &'static str,
    pub(super) codes_intro: &'static str,
    pub(super) expire: &'static str,
    pub(super) expired: &'static str,

    pub(super) reset: &'static str,
    pub(super) reset_warning: &'static str,
    pub(super) reset_confirm: &'static str,
}

/// A switch, and its choices in the order of their values.
pub(super) struct SwitchWords {
    pub(super) label: &'static str,
    pub(super) choices: &'static [&'static str],
}

impl Words {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
