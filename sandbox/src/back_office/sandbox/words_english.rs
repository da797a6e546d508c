//! The page in English.

use super::fault_choices::{Calls, Times, Trouble};
use super::words::{SwitchWords, Words};

const YES_OR_NO: &[&str] = &["Yes", "No"];

pub(super) static ENGLISH: Words = Words {
    title: "Sandbox",
    intro: "What HubRise does not let you do: make calls fail, take access away, move time forward.",

    faults: "Faults",
    faults_intro: "The calls you choose go wrong as you say. Of several faults that match a call, the oldest applies.",
    what: "What happens",
    which: "On which calls",
    how_often: "How many times",
    trouble: |trouble| match trouble {
        Trouble::Down => "HubRise is down (503)",
        Trouble::InternalError => "Internal error (500)",
        Trouble::TooManyRequests => "Too many requests (429, Retry-After: 30 s)",
        Trouble::PlainTooManyRequests => "Too many requests, in plain text (429, Retry-After: 30 s)",
        Trouble::Slow => "Processes the call 30 s late",
        Trouble::SlowAnswer => "Processes the call, but answers 30 s later",
        Trouble::Cut => "Cuts the connection without processing the call",
        Trouble::LostAnswer => "Processes the call, then cuts the connection without answering",
        Trouble::CutMidway => "Cuts the connection in the middle of the answer",
        Trouble::BrokenJson => "Answers broken JSON",
        Trouble::Page => "Answers an HTML page",
        Trouble::EmptyBody => "Answers 200 with nothing in it",
        Trouble::NoNames => "Token answer without names or token_type",
        Trouble::NoLocation => "Token answer without location, catalog or list",
    },
    calls: |calls| match calls {
        Calls::Api => "The whole API",
        Calls::OAuth => "All of OAuth, pages included",
        Calls::Token => "Exchange of the code (POST /token)",
        Calls::Revoke => "Revocation (POST /revoke)",
        Calls::Location => "Reading the location (GET /location)",
        Calls::Catalogs => "Catalogs (/catalogs/…)",
        Calls::CustomerLists => "Customer lists (/customer_lists/…)",
        Calls::Orders => "Orders (/location/orders…)",
        Calls::Callback => "Callback and events (/callback…)",
        Calls::User => "The user's profile (GET /user)",
    },
    times: |times| match times {
        Times::Once => "Once",
        Times::Thrice => "3 times",
        Times::UntilStopped => "Until I remove it",
    },
    add: "Make it happen",
    no_fault: "No fault: everything answers normally.",
    remaining: "Left",
    used_up: "used up",
    action: "Action",
    remove: "Remove",
    remove_all: "Remove all faults",

    access: "Access refused (401)",
    access_intro: "Each cause of a refused token, on the connections of your accounts.",
    suspend: "Suspend for non-payment",
    resume: "Resume the account",
    no_connection: "No app is connected to this account.",
    app: "App",
    block: "Block",
    unblock: "Unblock",
    disconnect: "Disconnect",

    switches_title: "Switches",
    switches_intro: "Where HubRise does not say what it does, or has said it in two ways, choose.",
    switches: [
        SwitchWords { label: "After a revoke, authorising again gives", choices: &["A new token", "The same token"] },
        SwitchWords { label: "Revoking a token that is revoked already answers", choices: &["200", "404"] },
        SwitchWords { label: "An unknown, used or expired code answers", choices: &["400", "404"] },
        SwitchWords { label: "state comes back with an error too", choices: YES_OR_NO },
        SwitchWords {
            label: "app_instance_id of an event is found",
            choices: &["In the address", "In the body", "In both", "Nowhere"],
        },
        SwitchWords { label: "Limits on requests hold", choices: YES_OR_NO },
        SwitchWords { label: "Over a limit, the answer is", choices: &["JSON", "Plain text"] },
        SwitchWords {
            label: "A refused token answers",
            choices: &["401", "429 without Retry-After, as an older version did"],
        },
        SwitchWords { label: "Time a callback has to answer, in milliseconds", choices: &[] },
        SwitchWords {
            label: "Events of an app that has two secrets are signed with",
            choices: &["The new secret", "The previous secret"],
        },
        SwitchWords { label: "The app is told of its own revoke", choices: YES_OR_NO },
        SwitchWords { label: "The app is told when it is blocked", choices: YES_OR_NO },
        SwitchWords { label: "The app is told when the account is suspended", choices: YES_OR_NO },
        SwitchWords { label: "A location that takes orders is", choices: &["online", "normal"] },
    ],
    save: "Save the switches",

    clock: "Clock",
    clock_intro: "Codes expire, limits end and events are sent again by the sandbox's time. It moves forward only: nothing but a reset brings it back to real time.",
    now: "It is",
    ahead: "Ahead by",
    on_time: "At real time",
    day: "d",
    advance: "Move forward by",
    advances: [(1, "1 minute"), (10, "10 minutes"), (60, "1 hour"), (1440, "1 day")],

    codes: "Authorisation codes",
    codes_intro: "A code lives for ten minutes. Those still waiting to be exchanged can expire right now.",
    expire: "Expire the codes",
    expired: "Codes expired:",

    reset: "Reset",
    reset_warning: "Back to the data of the beginning and to real time: connections, orders, faults, switches and logs are erased, and everyone is signed out of the sandbox.",
    reset_confirm: "Yes, erase everything",
};
