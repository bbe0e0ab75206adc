//! A calendar month: benefits are paid, stopped and paid in arrears by the month.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A month, written `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    /// Its first day.
    first: NaiveDate,
}

/// A text that is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a month like 2026-11")]
pub struct NoMonth;

impl Month {
    /// The month of `day`.
    pub fn of(day: NaiveDate) -> Self {
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        self.next().first.pred_opt().unwrap_or(self.first)
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self { first: self.first.checked_add_months(Months::new(1)).unwrap_or(self.first) }
    }

    /// Months from this one to `until`, both included; 0 when `until` is earlier.
    pub fn count_until(self, until: Self) -> u32 {
        let number = |m: Self| m.first.year() * 12 + i32::try_from(m.first.month0()).unwrap_or(0);
        u32::try_from(number(until) - number(self) + 1).unwrap_or(0)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Month({self})")
    }
}

impl FromStr for Month {
    type Err = NoMonth;
    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let digits = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d");
        day.map(Self::of).ok().filter(|_| digits).ok_or(NoMonth)
    }
}

impl TryFrom<String> for Month {
    type Error = NoMonth;
    fn try_from(text: String) -> Result<Self, NoMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_both_ends_included() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        assert_eq!(month("2026-07").count_until(month("2026-10")), 4);
        assert_eq!(month("2026-11").count_until(month("2027-01")), 3);
        assert_eq!(month("2026-11").count_until(month("2026-11")), 1);
        assert_eq!(month("2026-11").count_until(month("2026-10")), 0);
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2028-02").last_day().to_string(), "2028-02-29");
        assert_eq!(month("2026-02").to_string(), "2026-02");
    }

    #[test]
    fn other_texts_are_no_months() {
        for text in ["2026-13", "2026-1", "26-01", "2026-01-01", "", "2026/01"] {
            assert_eq!(text.parse::<Month>(), Err(NoMonth), "{text}");
        }
    }
}
