//! The fields of the two forms: what they show, and what may be written in them.

use askama::Template;
use askama_web::WebTemplate;

use super::words::SignUpWords;
use crate::state::{COUNTRIES, Country};
use crate::web::{Frame, Language, local_path};

const LONGEST: usize = 100;
const SHORTEST_PASSWORD: usize = 8;

#[derive(Template, WebTemplate)]
#[template(path = "sign_up/form.html")]
pub(super) struct FormPage {
    pub(super) frame: Frame,
    pub(super) title: &'static str,
    pub(super) note: Option<&'static str>,
    pub(super) action: &'static str,
    pub(super) next: String,
    pub(super) fields: Vec<Field>,
    pub(super) submit: &'static str,
    /// A way out: what is said, where it leads, and what the link says.
    pub(super) way_out: (&'static str, String, &'static str),
}

/// One field, as it is shown.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) control: Control,
    /// What is wrong with what was written.
    pub(super) flaw: Option<&'static str>,
}

pub(super) enum Control {
    Text {
        kind: &'static str,
        autocomplete: &'static str,
        value: String,
        required: bool,
    },
    /// Values and labels, and the value that is chosen.
    Choice {
        options: Vec<(String, String)>,
        chosen: String,
    },
}

/// What was written in a field, and why it will not do.
pub(super) type Checked = Result<String, &'static str>;

pub(super) fn name(text: &str, words: &SignUpWords) -> Checked {
    match optional_name(text, words) {
        Ok(name) if name.is_empty() => Err(words.blank),
        checked => checked,
    }
}

pub(super) fn optional_name(text: &str, words: &SignUpWords) -> Checked {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        Err(words.too_long)
    } else if text.chars().any(char::is_control) {
        Err(words.not_text)
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn email(text: &str, words: &SignUpWords) -> Checked {
    let email = name(text, words)?;
    let (local, domain) = email.split_once('@').ok_or(words.bad_email)?;
    let plausible = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains('@')
        && !email.contains(char::is_whitespace);
    if plausible { Ok(email) } else { Err(words.bad_email) }
}

pub(super) fn password(text: &str, words: &SignUpWords) -> Checked {
    let length = text.chars().count();
    if (SHORTEST_PASSWORD..=LONGEST).contains(&length) { Ok(text.to_owned()) } else { Err(words.short_password) }
}

pub(super) fn country(code: &str, words: &SignUpWords) -> Result<&'static Country, &'static str> {
    Country::of(code.trim()).ok_or(words.unknown_country)
}

/// The choice of countries; one that is not among them leaves the first chosen.
pub(super) fn country_choice(language: Language, chosen: &str) -> Control {
    let label = |country: &Country| match language {
        Language::Fr => country.french.to_owned(),
        Language::En => country.english.to_owned(),
    };
    let options = COUNTRIES.iter().map(|country| (country.code.to_owned(), label(country))).collect();
    let chosen = Country::of(chosen).map_or(String::new(), |country| country.code.to_owned());
    Control::Choice { options, chosen }
}

/// Where to go afterwards: back to where the form was called from, if that is a page of this sandbox.
pub(super) fn destination(next: Option<&str>) -> &str {
    next.and_then(local_path).unwrap_or("/")
}

/// A value to begin a field with: from the page's own address, or from the authorise request that led here.
pub(super) fn suggestion(name: &str, query: &str, next: &str) -> String {
    let of_next = next.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = [query, of_next].into_iter().flat_map(|query| url::form_urlencoded::parse(query.as_bytes()));
    let found = pairs.find_map(|(key, value)| (key == name && !value.is_empty()).then(|| value.into_owned()));
    found.unwrap_or_default().chars().take(LONGEST).collect()
}
