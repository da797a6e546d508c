//! A page as a person meets it: its words, its links and its forms, found by their labels.

use reqwest::{StatusCode, Url, header::HeaderMap};
use scraper::{ElementRef, Html, Node, Selector};

use super::form::Form;

/// An answer, and how it came to be.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The answers that led here by redirection, the first one first.
    pub(crate) redirects: Vec<Page>,
}

impl Page {
    /// The words that a person sees, with single blanks between them.
    pub(crate) fn words(&self) -> String {
        text_of(self.html().root_element())
    }

    /// Fails unless all these words are on the page.
    pub(crate) fn assert_shows(&self, all: &[&str]) {
        let seen = self.words();
        for words in all {
            assert!(seen.contains(words), "`{words}` is not on the page {} ({}): {seen}", self.url, self.status);
        }
    }

    /// Fails if any of these words is on the page.
    pub(crate) fn assert_hides(&self, all: &[&str]) {
        let seen = self.words();
        for words in all {
            assert!(!seen.contains(words), "`{words}` is on the page {}: {seen}", self.url);
        }
    }

    pub(crate) fn assert_status(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.url, self.words());
    }

    /// The words under a label of a list of facts: `Compte` → `Bella Pizza - 3r4s3`.
    pub(crate) fn fact(&self, label: &str) -> String {
        let facts = self.facts();
        let found = facts.iter().find(|(name, _)| name.trim_end_matches([':', ' ', '\u{a0}']) == label);
        found.map_or_else(
            || panic!("no {label} among {facts:?} on {}: {}", self.url, self.words()),
            |(_, fact)| fact.clone(),
        )
    }

    /// All labelled facts, in their order.
    pub(crate) fn facts(&self) -> Vec<(String, String)> {
        let html = self.html();
        let mut facts = Vec::new();
        let mut label = String::new();
        for element in html.select(&selector("dt, dd")) {
            if element.value().name() == "dt" {
                label = text_of(element);
            } else {
                facts.push((label.clone(), text_of(element)));
            }
        }
        facts
    }

    /// Where a link with this label leads.
    pub(crate) fn link(&self, label: &str) -> Url {
        self.find_link(label).unwrap_or_else(|| panic!("no link `{label}` on {}: {}", self.url, self.words()))
    }

    pub(crate) fn find_link(&self, label: &str) -> Option<Url> {
        let html = self.html();
        let found = html.select(&selector("a[href]")).find(|element| labels_of(*element).iter().any(|l| l == label))?;
        Some(self.url.join(found.attr("href").unwrap_or_default()).expect("an address in a link"))
    }

    /// Where the link with this label leads that stands in the row or card with these words.
    pub(crate) fn link_beside(&self, words: &str, label: &str) -> Url {
        let html = self.html();
        let links = selector("a[href]");
        let found = html
            .select(&selector("tr, li"))
            .filter(|row| text_of(*row).contains(words))
            .find_map(|row| row.select(&links).find(|element| labels_of(*element).iter().any(|l| l == label)));
        let found = found.unwrap_or_else(|| panic!("no `{label}` beside `{words}` on {}: {}", self.url, self.words()));
        self.url.join(found.attr("href").unwrap_or_default()).expect("an address in a link")
    }

    /// The form with a button of this label.
    pub(crate) fn form(&self, button: &str) -> Form {
        self.find_form(button).unwrap_or_else(|| panic!("no button `{button}` on {}: {}", self.url, self.words()))
    }

    pub(crate) fn has_button(&self, button: &str) -> bool {
        self.find_form(button).is_some()
    }

    fn find_form(&self, button: &str) -> Option<Form> {
        let html = self.html();
        let buttons = selector("button, input[type=submit]");
        html.select(&selector("form")).find_map(|form| {
            let pressed = form.select(&buttons).find(|element| labels_of(*element).iter().any(|l| l == button))?;
            Some(Form::read(&self.url, &html, form, pressed))
        })
    }

    /// One attribute of every element that has it.
    pub(crate) fn attributes(&self, name: &str) -> Vec<String> {
        let html = self.html();
        html.select(&selector(&format!("[{name}]")))
            .filter_map(|element| element.attr(name))
            .map(str::to_owned)
            .collect()
    }

    /// The text of every element that matches.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        self.html().select(&selector(css)).map(text_of).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header in plain text"))
    }

    /// Where this answer redirects to, which it must.
    pub(crate) fn target(&self) -> Url {
        let location = self.header("location");
        let location =
            location.unwrap_or_else(|| panic!("{} from {} is no redirect: {}", self.status, self.url, self.words()));
        self.url.join(location).expect("an address to be redirected to")
    }

    /// What the page says, a line for each heading, paragraph, fact, entry and control.
    pub(crate) fn outline(&self) -> String {
        let html = self.html();
        let told = selector("h1, h2, h3, h4, p, dt, dd, li, th, td, label, a, button");
        let lines = html.select(&told).map(|element| {
            let target = element.attr("href").map(|href| format!(" → {href}")).unwrap_or_default();
            format!("{}: {}{target}", element.value().name(), text_of(element))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }
}

pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("a selector")
}

const INLINE: [&str; 10] = ["a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "time"];
const UNSEEN: [&str; 6] = ["head", "script", "style", "template", "svg", "noscript"];

/// The words of an element as they are seen, with single blanks between them.
pub(super) fn text_of(element: ElementRef) -> String {
    let mut text = String::new();
    collect(element, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn collect(element: ElementRef, text: &mut String) {
    let name = element.value().name();
    if UNSEEN.contains(&name) || element.attr("hidden").is_some() {
        return;
    }
    let gap = if INLINE.contains(&name) { "" } else { " " };
    text.push_str(gap);
    for child in element.children() {
        match child.value() {
            Node::Text(words) => text.push_str(words),
            _ => {
                if let Some(child) = ElementRef::wrap(child) {
                    collect(child, text);
                }
            }
        }
    }
    text.push_str(gap);
}

/// What a link or a button is called: by its words (each, where it offers `Suivant / Autoriser`), its value or its
/// spoken label.
fn labels_of(element: ElementRef) -> Vec<String> {
    let words = text_of(element);
    let mut labels: Vec<String> = words.split(" / ").map(str::to_owned).collect();
    labels.extend([element.attr("value"), element.attr("aria-label")].into_iter().flatten().map(str::to_owned));
    labels.push(words);
    labels
}
