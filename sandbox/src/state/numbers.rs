//! Numbers as HubRise writes them: money as `8.90 EUR`, any other decimal as a string such as `2.5`. Never a float.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Beyond this a price or a quantity is a mistake.
const MOST_INTEGER_DIGITS: usize = 9;
const MOST_DECIMAL_DIGITS: usize = 9;

/// An amount with two decimals, and its ISO 4217 currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Money {
    amount: Decimal,
    currency: String,
}

/// A decimal that is no money: a quantity, a rate, points, a coordinate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Number(Decimal);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a valid monetary amount")]
pub(crate) struct NotMoney(String);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a valid decimal number")]
pub(crate) struct NotANumber(String);

impl Money {
    pub(crate) fn new(amount: Decimal, currency: &str) -> Self {
        Self { amount, currency: currency.to_owned() }
    }

    pub(crate) fn zero(currency: &str) -> Self {
        Self::new(Decimal::ZERO, currency)
    }

    pub(crate) fn amount(&self) -> Decimal {
        self.amount
    }

    /// Whether it is one that could be read: no sum of such amounts can overflow.
    pub(crate) fn is_plausible(&self) -> bool {
        self.amount.abs() < Decimal::from(10_u64.pow(9))
    }

    pub(crate) fn currency(&self) -> &str {
        &self.currency
    }
}

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let parse = || {
            let (amount, currency) = text.split_once(' ')?;
            let (_, cents) = amount.split_once('.')?;
            let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
            (is_currency && cents.len() == 2).then_some(())?;
            Some(Self { amount: decimal(amount)?, currency: currency.to_owned() })
        };
        parse().ok_or_else(|| NotMoney(text.to_owned()))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = self.amount.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        // A negative zero would be written with its sign.
        let shown = if rounded.is_zero() { Decimal::ZERO } else { rounded };
        write!(formatter, "{shown:.2} {}", self.currency)
    }
}

impl Number {
    pub(crate) fn value(self) -> Decimal {
        self.0
    }
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        decimal(text).map(Self).ok_or_else(|| NotANumber(text.to_owned()))
    }
}

impl fmt::Display for Number {
    /// With at least one decimal, as HubRise shows them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shortest = self.0.normalize();
        if shortest.scale() == 0 { write!(formatter, "{shortest}.0") } else { write!(formatter, "{shortest}") }
    }
}

/// Digits, at most one point between them, and a sign only if negative.
fn decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (integer, decimals) = match unsigned.split_once('.') {
        Some((integer, decimals)) => (integer, Some(decimals)),
        None => (unsigned, None),
    };
    let digits =
        |part: &str, most| !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed =
        digits(integer, MOST_INTEGER_DIGITS) && decimals.is_none_or(|decimals| digits(decimals, MOST_DECIMAL_DIGITS));
    text.parse().ok().filter(|_| well_formed)
}

macro_rules! written_as_text {
    ($($name:ident or $error:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.to_string()
            }
        }
    )+};
}

written_as_text!(Money or NotMoney, Number or NotANumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_it_was_read() {
        for text in ["8.90 EUR", "-0.05 GBP", "0.00 EUR", "999999999.99 USD"] {
            assert_eq!(text.parse::<Money>().map(|money| money.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("-0.00 EUR".parse::<Money>().map(|money| money.to_string()), Ok("0.00 EUR".to_owned()));
    }

    #[test]
    fn what_is_not_money_is_refused() {
        let bad = [
            "",
            "abc",
            "8.90",
            "8.9 EUR",
            "8 EUR",
            "8.900 EUR",
            "8,90 EUR",
            "8.90EUR",
            "8.90  EUR",
            "8.90 eur",
            "8.90 EURO",
            "+8.90 EUR",
            "--8.90 EUR",
            ".90 EUR",
            " 8.90 EUR",
            "8.90 EUR ",
            "1e2.00 EUR",
            "1_0.00 EUR",
            "8.9０ EUR",
            "1000000000.00 EUR",
        ];
        for text in bad {
            assert_eq!(text.parse::<Money>(), Err(NotMoney(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_decimal_is_shown_with_one_decimal_at_least() {
        for (text, shown) in
            [("1", "1.0"), ("2.0", "2.0"), ("-2.50", "-2.5"), ("48.858951", "48.858951"), ("007", "7.0")]
        {
            assert_eq!(text.parse::<Number>().map(|number| number.to_string()), Ok(shown.to_owned()));
        }
        for text in ["", "-", ".5", "5.", "1.5.2", "1e3", "+1", "NaN", "1 ", "12345678901"] {
            assert_eq!(text.parse::<Number>(), Err(NotANumber(text.to_owned())), "{text}");
        }
    }
}
