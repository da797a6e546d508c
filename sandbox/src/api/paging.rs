//! Index endpoints answer at most 100 items, and say in `X-Cursor-Next` how to get the next ones.

use axum::Json;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::error::ApiError;

const MOST: usize = 100;

/// The two parameters that every index endpoint accepts.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Paging {
    count: Option<String>,
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

impl Paging {
    /// The page of a list, whose items come with their ids: a cursor is the id of the first item that it brings, so
    /// that what is added meanwhile at the end shifts nothing.
    pub(super) fn page<'a, T: 'a>(
        &self,
        all: impl Iterator<Item = &'a T>,
        id: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> Result<Page, ApiError> {
        let count = match self.count.as_deref() {
            None | Some("") => MOST,
            Some(text) => {
                let count = text.parse::<usize>().ok().filter(|count| *count > 0);
                count.ok_or_else(|| ApiError::invalid_field("count", "must be a positive integer"))?.min(MOST)
            }
        };
        let mut all = all.peekable();
        if let Some(cursor) = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
            while all.next_if(|item| id(item) != cursor).is_some() {}
            if all.peek().is_none() {
                return Err(ApiError::invalid_field("cursor", "is not a cursor of this list"));
            }
        }
        let items = all.by_ref().take(count).map(show).collect();
        Ok(Page { items, next: all.peek().map(|item| id(item).to_owned()) })
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        // Ids have no character that a header could not hold.
        if let Some(next) = self.next.and_then(|next| HeaderValue::try_from(next).ok()) {
            response.headers_mut().insert("x-cursor-next", next);
        }
        response
    }
}
