//! A form that is being filled in.

use reqwest::Url;
use scraper::{ElementRef, Html};

use super::page::{selector, text_of};

/// The value that ticks a radio button or a box.
pub(crate) const CHOSEN: &str = "✓";

/// A form with what it would send now.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: Url,
    pub(crate) method: String,
    controls: Vec<Control>,
}

#[derive(Clone, Debug)]
struct Control {
    name: String,
    label: String,
    value: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    /// A radio button or a box, and whether it is ticked.
    Ticked(bool),
    /// The values and words of its options.
    Select(Vec<(String, String)>),
}

impl Form {
    pub(super) fn read(page: &Url, html: &Html, form: ElementRef, button: ElementRef) -> Self {
        let attribute = |name| button.attr(&format!("form{name}")).or_else(|| form.attr(name));
        let action = attribute("action").unwrap_or_default();
        let mut controls: Vec<Control> = form
            .select(&selector("input[name], select[name], textarea[name]"))
            .filter_map(|e| control(html, e))
            .collect();
        if let Some(name) = button.attr("name") {
            let value = button.attr("value").unwrap_or_default().to_owned();
            controls.push(Control { name: name.to_owned(), label: String::new(), value, kind: Kind::Text });
        }
        Self {
            action: page.join(action).expect("an address in a form"),
            method: attribute("method").unwrap_or("get").to_lowercase(),
            controls,
        }
    }

    /// Fills in the control with this label, or else with this name.
    pub(crate) fn fill(&mut self, label: &str, value: &str) {
        let found = self.controls.iter().position(|c| c.label == label);
        let found = found.or_else(|| self.controls.iter().position(|c| c.name == label));
        let Some(at) = found else {
            panic!("nothing called `{label}` in the form: {:?}", self.controls);
        };
        let name = self.controls[at].name.clone();
        match &self.controls[at].kind {
            Kind::Text => value.clone_into(&mut self.controls[at].value),
            Kind::Select(options) => {
                let option = options.iter().find(|(id, words)| id == value || words.contains(value));
                let option = option.unwrap_or_else(|| panic!("no option `{value}` among {options:?}"));
                let chosen = option.0.clone();
                self.controls[at].value = chosen;
            }
            Kind::Ticked(_) => {
                for (index, control) in self.controls.iter_mut().enumerate().filter(|(_, c)| c.name == name) {
                    control.kind = Kind::Ticked(index == at);
                }
            }
        }
    }

    /// What it sends.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let sent = self.controls.iter().filter(|control| !matches!(control.kind, Kind::Ticked(false)));
        sent.map(|control| (control.name.clone(), control.value.clone())).collect()
    }

    /// The labels of what can be chosen or filled in.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.controls.iter().map(|control| control.label.clone()).filter(|label| !label.is_empty()).collect()
    }
}

fn control(html: &Html, element: ElementRef) -> Option<Control> {
    let name = element.attr("name")?.to_owned();
    let value = element.attr("value").unwrap_or_default().to_owned();
    let label = label_of(html, element);
    let kind = match (element.value().name(), element.attr("type").unwrap_or("text")) {
        ("select", _) => {
            let all = selector("option");
            let options: Vec<_> = element
                .select(&all)
                .map(|o| (o.attr("value").map_or_else(|| text_of(o), str::to_owned), text_of(o)))
                .collect();
            let selected = element.select(&selector("option[selected]")).next().and_then(|o| o.attr("value"));
            let value = selected.map(str::to_owned).or_else(|| options.first().map(|o| o.0.clone()))?;
            return Some(Control { name, label, value, kind: Kind::Select(options) });
        }
        ("input", "submit" | "button") => return None,
        ("input", "radio" | "checkbox") => Kind::Ticked(element.attr("checked").is_some()),
        _ => Kind::Text,
    };
    Some(Control { name, label, value, kind })
}

fn label_of(html: &Html, element: ElementRef) -> String {
    let labels = selector("label");
    let mut labels = html.select(&labels);
    let wanted = element.attr("id");
    let around = |label: &ElementRef| label.descendent_elements().any(|inside| inside.id() == element.id());
    let found = labels.find(|label| (wanted.is_some() && label.attr("for") == wanted) || around(label));
    found.map(text_of).or_else(|| element.attr("aria-label").map(str::to_owned)).unwrap_or_default()
}
