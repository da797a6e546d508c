//! The countries that an account can be opened in, with the currency and the time that go with them.

use chrono_tz::Tz;

#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166-1, two letters.
    pub(crate) code: &'static str,
    pub(crate) french: &'static str,
    pub(crate) english: &'static str,
    /// ISO 4217.
    pub(crate) currency: &'static str,
    /// Of its capital, or of its largest city.
    pub(crate) timezone: Tz,
}

const fn country(
    code: &'static str,
    french: &'static str,
    english: &'static str,
    currency: &'static str,
    timezone: Tz,
) -> Country {
    Country { code, french, english, currency, timezone }
}

pub(crate) static COUNTRIES: [Country; 16] = [
    country("FR", "France", "France", "EUR", Tz::Europe__Paris),
    country("BE", "Belgique", "Belgium", "EUR", Tz::Europe__Brussels),
    country("CH", "Suisse", "Switzerland", "CHF", Tz::Europe__Zurich),
    country("LU", "Luxembourg", "Luxembourg", "EUR", Tz::Europe__Luxembourg),
    country("GB", "Royaume-Uni", "United Kingdom", "GBP", Tz::Europe__London),
    country("IE", "Irlande", "Ireland", "EUR", Tz::Europe__Dublin),
    country("DE", "Allemagne", "Germany", "EUR", Tz::Europe__Berlin),
    country("ES", "Espagne", "Spain", "EUR", Tz::Europe__Madrid),
    country("IT", "Italie", "Italy", "EUR", Tz::Europe__Rome),
    country("NL", "Pays-Bas", "Netherlands", "EUR", Tz::Europe__Amsterdam),
    country("PT", "Portugal", "Portugal", "EUR", Tz::Europe__Lisbon),
    country("RE", "La Réunion", "Réunion", "EUR", Tz::Indian__Reunion),
    country("US", "États-Unis", "United States", "USD", Tz::America__New_York),
    country("CA", "Canada", "Canada", "CAD", Tz::America__Toronto),
    country("AU", "Australie", "Australia", "AUD", Tz::Australia__Sydney),
    country("NZ", "Nouvelle-Zélande", "New Zealand", "NZD", Tz::Pacific__Auckland),
];

impl Country {
    pub(crate) fn of(code: &str) -> Option<&'static Self> {
        COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code))
    }
}
