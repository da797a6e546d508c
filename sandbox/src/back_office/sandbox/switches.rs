//! Every switch of the sandbox, as a choice in words or as a number.

use std::collections::HashMap;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Map, Value, json};

use super::Controller;
use super::words::{SwitchWords, Words};
use crate::app::Shared;
use crate::state::{Settings, SettingsChange};
use crate::web::Problem;

/// The values of a switch, in the order of its words. One without values is a number of milliseconds.
struct Switch {
    name: &'static str,
    values: &'static [&'static str],
}

const fn switch(name: &'static str, values: &'static [&'static str]) -> Switch {
    Switch { name, values }
}

const YES_OR_NO: &[&str] = &["true", "false"];

pub(super) const COUNT: usize = 16;

const SWITCHES: [Switch; COUNT] = [
    switch("token_after_revoke", &["new", "same"]),
    switch("revoke_twice", &["ok", "not_found"]),
    switch("bad_code", &["bad_request", "not_found"]),
    switch("state_with_error", YES_OR_NO),
    switch("redirect_uri_of_apps", &["any", "same_origin"]),
    switch("bad_scope", &["page", "redirect"]),
    switch("app_instance_id_in", &["query", "body", "both", "neither"]),
    switch("limits", YES_OR_NO),
    switch("too_many_requests", &["json", "plain_text"]),
    switch("no_access", &["unauthorized", "too_many_requests"]),
    switch("callback_timeout_milliseconds", &[]),
    switch("sign_with", &["new_secret", "previous_secret"]),
    switch("notice_after_own_revoke", YES_OR_NO),
    switch("notice_after_block", YES_OR_NO),
    switch("notice_after_suspension", YES_OR_NO),
    switch("taking_orders", &["online", "normal"]),
];

/// A switch as the page shows it.
pub(super) struct SwitchField {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    /// Values and their words; none for a number.
    pub(super) choices: Vec<(&'static str, &'static str)>,
}

pub(super) fn fields(settings: Settings, words: &Words) -> Vec<SwitchField> {
    let settings = json!(settings);
    let fields = SWITCHES.iter().zip(&words.switches).map(|(switch, SwitchWords { label, choices })| SwitchField {
        name: switch.name,
        label,
        value: text_of(&settings[switch.name]),
        choices: switch.values.iter().copied().zip(choices.iter().copied()).collect(),
    });
    fields.collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What the form sets, or `None` if a value is not one of its switch's.
fn change_of(form: &HashMap<String, String>) -> Option<SettingsChange> {
    let mut change = Map::new();
    for Switch { name, values } in &SWITCHES {
        let Some(text) = form.get(*name) else { continue };
        let value = match (text.as_str(), values.is_empty()) {
            ("true", _) => json!(true),
            ("false", _) => json!(false),
            (number, true) => json!(number.trim().parse::<u64>().ok()?),
            (text, false) => json!(text),
        };
        change.insert((*name).to_owned(), value);
    }
    serde_json::from_value(Value::Object(change)).ok()
}

pub(super) async fn change_settings(
    State(app): State<Shared>,
    Controller(member): Controller,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let Some(change) = change_of(&form) else {
        let problem = Problem { status: StatusCode::UNPROCESSABLE_ENTITY, explanation: |words| words.bad_form };
        return problem.page(member.visitor, "");
    };
    app.store.change(|world| world.records.settings.apply(&change));
    Redirect::to("/sandbox#switches").into_response()
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;
    use crate::web::Language;

    #[test]
    fn every_switch_is_on_the_page_with_words_for_its_present_value() {
        for language in [Language::Fr, Language::En] {
            let fields = fields(Settings::default(), Words::of(language));
            let settings = json!(Settings::default());
            for name in settings.as_object().expect("an object").keys() {
                let field = fields.iter().find(|field| field.name == name).expect(name);
                let chosen = field.choices.iter().any(|(value, _)| *value == field.value);
                assert!(chosen || field.choices.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn every_choice_of_a_switch_has_words_and_can_be_made() {
        for language in [Language::Fr, Language::En] {
            for (switch, words) in SWITCHES.iter().zip(&Words::of(language).switches) {
                assert_eq!(switch.values.len(), words.choices.len(), "{}", switch.name);
                for value in switch.values {
                    let form = HashMap::from([(switch.name.to_owned(), (*value).to_owned())]);
                    assert!(change_of(&form).is_some(), "{} {value}", switch.name);
                }
            }
        }
    }
}
