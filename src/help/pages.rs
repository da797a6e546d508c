//! How to give TicknCook's support access at HubRise.

use askama::Template;

use crate::web::{Frame, SUPPORT_ADDRESS};

/// The steps at HubRise, in their order. What stands between two asterisks is a label on HubRise's screen.
const STEPS: [&str; 5] =
    ["help-step-settings", "help-step-permissions", "help-step-add", "help-step-role", "help-step-set"];

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub text: String,
    /// Whether it is a label on a screen.
    pub is_label: bool,
}

/// One thing to do.
pub(super) struct Step {
    pub sentence: Vec<Part>,
    /// What is to be typed or chosen there: the name of the field to copy it from, what it is, and itself.
    pub copy: Option<(&'static str, String, String)>,
    /// Whether it begins at HubRise.
    pub leaves: bool,
}

/// `/help/support-access`
#[derive(Template)]
#[template(path = "help/support_access.html")]
pub(super) struct SupportAccessPage {
    pub frame: Frame,
    pub steps: Vec<Step>,
    /// Whether the reader has a history to look at.
    pub has_history: bool,
    pub hubrise_address: String,
}

impl SupportAccessPage {
    pub(super) fn new(frame: Frame, has_history: bool, hubrise_address: String) -> Self {
        let language = frame.t;
        let steps = STEPS.map(|key| Step {
            sentence: parts(&language.with(key, [("address", SUPPORT_ADDRESS)])),
            copy: match key {
                "help-step-permissions" => {
                    Some(("address", language.text("help-copy-address"), SUPPORT_ADDRESS.to_owned()))
                }
                "help-step-role" => Some(("role", language.text("help-copy-role"), language.text("help-role"))),
                _ => None,
            },
            leaves: key == "help-step-settings",
        });
        Self { frame, steps: steps.into(), has_history, hubrise_address }
    }
}

/// Takes a sentence apart at its asterisks.
fn parts(sentence: &str) -> Vec<Part> {
    let parts = sentence.split('*').enumerate().map(|(at, text)| Part { text: text.to_owned(), is_label: at % 2 == 1 });
    parts.filter(|part| !part.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_of_a_sentence_stand_out() {
        let part = |text: &str, is_label| Part { text: text.to_owned(), is_label };
        assert_eq!(parts("Click *Add User*."), [part("Click ", false), part("Add User", true), part(".", false)]);
        assert_eq!(parts("*Add User*"), [part("Add User", true)]);
    }
}
