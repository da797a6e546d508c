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
        self.page_of_wanted(all, |_| true, id, show)
    }

    /// The same of those that are wanted. The item of a cursor may have ceased to be since: the page then begins
    /// behind it.
    pub(super) fn page_of_wanted<'a, T: 'a>(
        &self,
        all: impl Iterator<Item = &'a T>,
        is_wanted: impl Fn(&T) -> bool,
        id: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> Result<Page, ApiError> {
        let mut all = all.peekable();
        if let Some(cursor) = self.cursor() {
            while all.next_if(|item| id(item) != cursor).is_some() {}
            if all.peek().is_none() {
                return Err(not_a_cursor());
            }
        }
        self.fill(all.filter(|item| is_wanted(item)), |item| id(item).to_owned(), show)
    }

    /// The page of a list whose items go when they are done with: a cursor is the number of the first item that it
    /// brings, or else of where that item was. Numbers rise, up to `last`.
    pub(super) fn page_by_number<'a, T: 'a>(
        &self,
        all: impl Iterator<Item = &'a T>,
        last: u64,
        number: impl Fn(&T) -> u64,
        show: impl Fn(&T) -> Value,
    ) -> Result<Page, ApiError> {
        let from = match self.cursor() {
            None => 0,
            Some(cursor) => cursor.parse::<u64>().ok().filter(|from| *from <= last).ok_or_else(not_a_cursor)?,
        };
        self.fill(all.filter(|item| number(item) >= from), |item| number(item).to_string(), show)
    }

    fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|cursor| !cursor.is_empty())
    }

    fn fill<'a, T: 'a>(
        &self,
        items: impl Iterator<Item = &'a T>,
        cursor: impl Fn(&T) -> String,
        show: impl Fn(&T) -> Value,
    ) -> Result<Page, ApiError> {
        let count = match self.count.as_deref() {
            None | Some("") => MOST,
            Some(text) => {
                let count = text.parse::<usize>().ok().filter(|count| *count > 0);
                count.ok_or_else(|| ApiError::invalid_field("count", "must be a positive integer"))?.min(MOST)
            }
        };
        let mut rest = items.peekable();
        let items = rest.by_ref().take(count).map(show).collect();
        Ok(Page { items, next: rest.peek().map(|item| cursor(item)) })
    }
}

fn not_a_cursor() -> ApiError {
    ApiError::invalid_field("cursor", "is not a cursor of this list")
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        // Ids and numbers have no character that a header could not hold.
        if let Some(next) = self.next.and_then(|next| HeaderValue::try_from(next).ok()) {
            response.headers_mut().insert("x-cursor-next", next);
        }
        response
    }
}
