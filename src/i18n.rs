//! French and English. Texts live in `config/locales/<language>/*.ftl` and are built into the binary;
//! a test holds the two languages to the same keys, and the pages to keys that exist.

use std::{borrow::Cow, collections::HashMap, fmt::Display};

use chrono::{DateTime, Datelike, Locale, TimeZone, Utc};
use chrono_tz::Tz;
use fluent_templates::{LanguageIdentifier, fluent_bundle::FluentValue, langid};

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./config/locales",
        fallback_language: "fr",
        // Marks around inserted values would end up in page titles and in what people copy.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static FRENCH: LanguageIdentifier = langid!("fr");
static ENGLISH: LanguageIdentifier = langid!("en");

/// A language that the product speaks. French first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Français.
    #[default]
    French,
    /// English.
    English,
}

impl Language {
    /// From its code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// From a locale such as `fr-FR`, if it is one of ours.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        Self::parse(locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str())
    }

    /// The first of ours among those that a browser asks for (`Accept-Language`).
    #[must_use]
    pub fn of_browser(accepted: &str) -> Option<Self> {
        let weighed = accepted.split(',').filter_map(|range| {
            let (locale, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let weight: f32 = weight.trim().parse().ok()?;
            Some((Self::of_locale(locale.trim())?, weight))
        });
        // Of those with the same weight, the first.
        let best =
            weighed.filter(|(_, weight)| *weight > 0.0).reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language)
    }

    /// Its code, for HTML and cookies.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::French => &FRENCH,
            Self::English => &ENGLISH,
        }
    }

    /// The text under a key. A key that is not there is a fault of ours: it is logged, and the key is shown.
    #[must_use]
    pub fn text(self, key: &str) -> String {
        self.look_up(key, None)
    }

    /// The text under a key, with values put in. They are not escaped here: pages escape what they show.
    #[must_use]
    pub fn with<const N: usize>(self, key: &str, values: [(&'static str, &str); N]) -> String {
        let values = values.map(|(name, value)| (Cow::Borrowed(name), FluentValue::from(value)));
        self.look_up(key, Some(&values.into()))
    }

    /// The text under a key, with a number that decides between singular and plural.
    #[must_use]
    pub fn counted(self, key: &str, count: u64) -> String {
        let values = [(Cow::Borrowed("count"), FluentValue::from(count))];
        self.look_up(key, Some(&values.into()))
    }

    /// Both languages have the same keys: none must be weighed against the other, which takes longer than to find a
    /// text.
    fn look_up(self, key: &str, values: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>) -> String {
        TEXTS.lookup_single_language(self.id(), key, values).unwrap_or_else(|_| missing(key))
    }

    /// A day and a time, to the minute, as people of this language write it.
    #[must_use]
    pub fn date_time(self, time: DateTime<Utc>, zone: Tz) -> String {
        self.local_date_time(&time.with_timezone(&zone))
    }

    /// The same of a time that has its own zone.
    #[must_use]
    pub fn local_date_time<Z: TimeZone<Offset: Display>>(self, local: &DateTime<Z>) -> String {
        match self {
            Self::French => format!("{} à {}", self.day(local), local.format("%H:%M")),
            Self::English => format!("{} at {}", self.day(local), local.format("%H:%M")),
        }
    }

    /// When something was, as people say it: the time alone where it was today.
    #[must_use]
    pub fn moment(self, time: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
        let local = time.with_timezone(&zone);
        let is_today = local.date_naive() == now.with_timezone(&zone).date_naive();
        match (self, is_today) {
            (Self::French, true) => local.format("à %H:%M").to_string(),
            (Self::French, false) => format!("le {}", self.date_time(time, zone)),
            (Self::English, true) => local.format("at %H:%M").to_string(),
            (Self::English, false) => format!("on {}", self.date_time(time, zone)),
        }
    }

    /// Since when something is, as people say it: the time alone where it is since today.
    #[must_use]
    pub fn since(self, time: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
        let local = time.with_timezone(&zone);
        if local.date_naive() == now.with_timezone(&zone).date_naive() {
            return local.format("%H:%M").to_string();
        }
        match self {
            Self::French => format!("le {}", self.date_time(time, zone)),
            Self::English => self.date_time(time, zone),
        }
    }

    /// A day, as people of this language write it.
    #[must_use]
    pub fn date(self, time: DateTime<Utc>, zone: Tz) -> String {
        self.day(&time.with_timezone(&zone))
    }

    fn day<Z: TimeZone<Offset: Display>>(self, local: &DateTime<Z>) -> String {
        match (self, local.day()) {
            (Self::French, 1) => local.format_localized("1er %B %Y", Locale::fr_FR).to_string(),
            (Self::French, _) => local.format_localized("%-d %B %Y", Locale::fr_FR).to_string(),
            (Self::English, _) => local.format_localized("%-d %B %Y", Locale::en_GB).to_string(),
        }
    }

    /// A day and a time, to the second, for a receipt.
    #[must_use]
    pub fn date_time_exact(self, time: DateTime<Utc>, zone: Tz) -> String {
        let local = time.with_timezone(&zone);
        match self {
            Self::French => format!("{} à {}", self.day(&local), local.format("%H:%M:%S")),
            Self::English => format!("{} at {}", self.day(&local), local.format("%H:%M:%S")),
        }
    }
}

fn missing(key: &str) -> String {
    tracing::error!(key, "there is no text under this key");
    key.to_owned()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn keys(language: &str) -> BTreeSet<String> {
        files(&Path::new("config/locales").join(language), "ftl")
            .iter()
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned()))
            .collect()
    }

    fn files(directory: &Path, extension: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                texts.extend(files(&path, extension));
            } else if path.extension().is_some_and(|found| found == extension) {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
        texts
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        assert!(keys("fr").len() > 50, "the keys were not read");
        assert_eq!(keys("fr"), keys("en"));
    }

    #[test]
    fn every_key_that_a_page_or_the_code_names_exists_and_every_key_is_named() {
        let sources = [files(Path::new("templates"), "html"), files(Path::new("src"), "rs")].concat().join("\n");
        for call in [".text(\"", ".with(\"", ".counted(\""] {
            for (_, rest) in sources.match_indices(call).map(|(at, _)| sources.split_at(at + call.len())) {
                let key = rest.split('"').next().unwrap_or_default();
                assert!(keys("fr").contains(key) || key == "no-such-key", "no text under {key}");
            }
        }
        for key in keys("fr") {
            assert!(sources.contains(&format!("\"{key}\"")), "nothing shows {key}");
        }
    }

    #[test]
    fn a_french_sign_never_stands_alone_on_a_line() {
        for text in files(Path::new("config/locales/fr"), "ftl") {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let breaks = ["« ", " »", " ;", " :", " !", " ?"].iter().find(|sign| line.contains(**sign));
                assert_eq!(breaks, None, "an ordinary space in {line}");
            }
        }
    }

    #[test]
    fn a_missing_key_shows_itself() {
        assert_eq!(Language::French.text("no-such-key"), "no-such-key");
    }

    #[test]
    fn the_language_of_a_browser_and_of_a_locale_is_the_first_of_ours() {
        assert_eq!(Language::of_browser("de-DE,de;q=0.9,en;q=0.8,fr;q=0.7"), Some(Language::English));
        assert_eq!(Language::of_browser("en;q=0.2, fr-CA;q=0.9"), Some(Language::French));
        assert_eq!(Language::of_browser("de, it;q=0.5"), None);
        assert_eq!(Language::of_browser("nonsense;;q=x,,"), None);
        assert_eq!(Language::of_locale("en_GB"), Some(Language::English));
        assert_eq!(Language::of_locale("de-CH"), None);
    }

    #[test]
    fn times_are_written_in_the_language_and_zone_of_the_reader() {
        let time = DateTime::from_timestamp(1_795_366_920, 0).unwrap();
        let zone = chrono_tz::Europe::Paris;
        assert_eq!(Language::French.date_time(time, zone), "22 novembre 2026 à 18:02");
        assert_eq!(Language::English.date_time(time, zone), "22 November 2026 at 18:02");
        let first = time + chrono::TimeDelta::days(9) + chrono::TimeDelta::seconds(1);
        assert_eq!(Language::French.date_time_exact(first, zone), "1er décembre 2026 à 18:02:01");
        assert_eq!(Language::French.date(first, zone), "1er décembre 2026");
        assert_eq!(Language::English.date(first, zone), "1 December 2026");
    }

    #[test]
    fn fuzz_languages_of_browsers() {
        crate::fuzz::text("languages-of-browsers", |accepted| {
            if let Some(language) = Language::of_browser(accepted) {
                assert!(accepted.to_ascii_lowercase().contains(language.code()));
            }
            assert!(Language::of_locale(accepted).is_none_or(|language| Language::parse(language.code()).is_some()));
        });
    }
}
