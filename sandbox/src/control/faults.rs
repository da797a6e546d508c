//! Which calls are to go wrong, how, and how often. Applying them is `injection`'s.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::Shared;

/// They follow from the body. For an answer that does not keep to them there is [`Action::Truncate`].
const FRAMING: [HeaderName; 2] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Any method, if none is named.
    pub(crate) method: Option<String>,
    /// Exact, or a prefix where it ends in `*`.
    pub(crate) path: String,
    /// How many more calls it strikes; `None` until cleared.
    #[serde(rename(serialize = "remaining"))]
    pub(crate) times: Option<u32>,
    pub(crate) action: Action,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    /// Answers with a status, without processing.
    Status {
        status: u16,
        body: Option<String>,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        content_type: Option<String>,
    },
    /// Answers 200 with a body, without processing.
    Body { body: String, content_type: Option<String> },
    /// Waits, then processes.
    Delay { milliseconds: u64 },
    /// Processes, then waits before the answer.
    DelayAfter { milliseconds: u64 },
    /// Closes the connection, without processing.
    Drop,
    /// Processes, then closes the connection: the answer is lost.
    DropAfter,
    /// Processes, then takes fields out of the JSON answer.
    Without { fields: Vec<String> },
    /// Processes, then puts fields into the JSON answer.
    With { fields: serde_json::Map<String, Value> },
    /// Processes, announces the whole answer, sends half of it and closes the connection.
    Truncate,
    /// Processes, then answers the right status with JSON that ends too early.
    BrokenJson,
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Listed>);

#[derive(Debug, Default)]
struct Listed {
    next_number: u64,
    /// Oldest first, each with the number by which it can be removed.
    faults: Vec<(u64, Fault)>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        let mut listed = self.lock();
        let number = listed.next_number;
        listed.next_number += 1;
        listed.faults.push((number, fault));
    }

    /// In the order in which they are tried, used-up ones included.
    pub(crate) fn list(&self) -> Vec<(u64, Fault)> {
        self.lock().faults.clone()
    }

    pub(crate) fn remove(&self, number: u64) {
        self.lock().faults.retain(|(known, _)| *known != number);
    }

    pub(crate) fn clear(&self) {
        self.lock().faults.clear();
    }

    /// What the oldest fault that matches does to this call, which uses it up by one.
    pub(super) fn strike(&self, method: &str, path: &str) -> Option<Action> {
        let mut listed = self.lock();
        let mut faults = listed.faults.iter_mut().map(|(_, fault)| fault);
        let fault = faults.find(|fault| fault.times != Some(0) && fault.matches(method, path))?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.action.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Listed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    fn matches(&self, method: &str, path: &str) -> bool {
        let path_matches = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        };
        path_matches && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }

    /// Why it could never be answered as asked, if so.
    fn flaw(&self) -> Option<String> {
        if !self.path.starts_with(['/', '*']) {
            return Some(format!("`{}` is not a path: it should begin with /", self.path));
        }
        let none = BTreeMap::new();
        let (status, headers, content_type) = match &self.action {
            Action::Status { status, headers, content_type, .. } => (status, headers, content_type),
            Action::Body { content_type, .. } => (&200, &none, content_type),
            _ => return None,
        };
        if !(200..=599).contains(status) {
            return Some(format!("{status} is not a status that can end a call"));
        }
        let content_type = content_type.iter().map(|value| ("content-type", value));
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value));
        headers.chain(content_type).find_map(|(name, value)| {
            let valid = HeaderName::try_from(name).is_ok_and(|name| !FRAMING.contains(&name));
            let valid = valid && HeaderValue::try_from(value).is_ok();
            (!valid).then(|| format!("`{name}: {value}` is not a header that an answer can be given"))
        })
    }
}

pub(super) async fn add_fault(State(app): State<Shared>, Json(fault): Json<Fault>) -> (StatusCode, String) {
    if let Some(flaw) = fault.flaw() {
        return (StatusCode::UNPROCESSABLE_ENTITY, flaw);
    }
    app.faults.add(fault);
    (StatusCode::CREATED, String::new())
}

/// In the order in which they are tried, used-up ones included, with `remaining` for `times`.
pub(super) async fn list_faults(State(app): State<Shared>) -> Json<Vec<Fault>> {
    Json(app.faults.list().into_iter().map(|(_, fault)| fault).collect())
}

pub(super) async fn clear_faults(State(app): State<Shared>) -> StatusCode {
    app.faults.clear();
    StatusCode::NO_CONTENT
}
