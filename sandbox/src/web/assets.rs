//! Styles and the icon. They are part of the program: no page asks any other host for anything.

use std::fmt::Write;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const CSS: &str = "text/css; charset=utf-8";
const STYLES: [&str; 6] = [
    include_str!("../../templates/assets/sandbox.css"),
    include_str!("../../templates/assets/office.css"),
    include_str!("../../templates/assets/connections.css"),
    include_str!("../../templates/assets/configuration.css"),
    include_str!("../../templates/assets/data.css"),
    include_str!("../../templates/assets/tools.css"),
];
/// More locations than anyone would scroll through.
const MOST_CHOICES: usize = 500;

pub(super) async fn stylesheet() -> Response {
    asset(CSS, STYLES.concat())
}

pub(super) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../../templates/assets/icon.svg").to_owned())
}

/// `/assets/choices/3.css`: rules that show what belongs to the option chosen among three, without a script. A browser
/// too old for `:has()` ignores them and shows what belongs to each.
pub(super) async fn choices(Path(file): Path<String>) -> Response {
    let count = file.strip_suffix(".css").and_then(|count| count.parse().ok()).filter(|count| *count <= MOST_CHOICES);
    match count {
        Some(count) => asset(CSS, choice_rules(count)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn choice_rules(count: usize) -> String {
    let mut rules = String::from("@supports selector(:has(*)) {\n.by-choice > .detail { display: none }\n");
    for index in 1..=count {
        // Writing to a string cannot fail.
        let written = writeln!(
            rules,
            "form:has([data-decides] option:nth-child({index}):checked) .by-choice > :nth-child({index}) {{ display: inline }}"
        );
        debug_assert!(written.is_ok());
    }
    rules.push_str("}\n");
    rules
}

fn asset(content_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "max-age=300")], body).into_response()
}
