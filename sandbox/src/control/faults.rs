//! Which calls are to go wrong, how, and how often. Applying them is `injection`'s.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::Shared;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// Any method, if none is named.
    method: Option<String>,
    /// Exact, or a prefix where it ends in `*`.
    path: String,
    /// How many more calls it strikes; `None` until cleared.
    #[serde(rename(serialize = "remaining"))]
    times: Option<u32>,
    action: Action,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Action {
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
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// What the oldest fault that matches does to this call, which uses it up by one.
    pub(super) fn strike(&self, method: &str, path: &str) -> Option<Action> {
        let mut faults = self.lock();
        let fault = faults.iter_mut().find(|fault| fault.times != Some(0) && fault.matches(method, path))?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.action.clone())
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
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
        let Action::Status { status, headers, content_type, .. } = &self.action else {
            return None;
        };
        if !(200..=599).contains(status) {
            return Some(format!("{status} is not a status that can end a call"));
        }
        let content_type = content_type.iter().map(|value| ("content-type", value));
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value));
        headers.chain(content_type).find_map(|(name, value)| {
            let valid = HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok();
            (!valid).then(|| format!("`{name}: {value}` is not a header"))
        })
    }
}

pub(super) async fn add_fault(State(app): State<Shared>, Json(fault): Json<Fault>) -> (StatusCode, String) {
    if let Some(flaw) = fault.flaw() {
        return (StatusCode::UNPROCESSABLE_ENTITY, flaw);
    }
    app.faults.lock().push(fault);
    (StatusCode::CREATED, String::new())
}

/// In the order in which they are tried, used-up ones included, with `remaining` for `times`.
pub(super) async fn list_faults(State(app): State<Shared>) -> Json<Vec<Fault>> {
    Json(app.faults.lock().clone())
}

pub(super) async fn clear_faults(State(app): State<Shared>) -> StatusCode {
    app.faults.clear();
    StatusCode::NO_CONTENT
}
