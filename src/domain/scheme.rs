//! The cycle as data: a pure function from a confirmation to the next due date.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// What the cycle is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The last confirmation by any way (社会保险经办条例, Order 765, Art. 26 practice).
    LastConfirmation,
}

/// A scheme: how often a confirmation is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Name, e.g. `urban_rural_resident`.
    pub name: String,
    /// Months from one confirmation to the next.
    pub cycle_months: u32,
    /// Counted from.
    pub anchor: Anchor,
    /// Due on the last day of the month ("confirmed in June 2023, due by end of June 2024").
    pub month_end: bool,
}

impl Scheme {
    /// The date until which a confirmation on `confirmed_on` holds.
    pub fn due_after(&self, confirmed_on: NaiveDate) -> NaiveDate {
        let due = confirmed_on
            .checked_add_months(Months::new(self.cycle_months))
            .unwrap_or(NaiveDate::MAX);
        if self.month_end { month_end(due) } else { due }
    }
}

/// The last day of the month of `day`.
pub fn month_end(day: NaiveDate) -> NaiveDate {
    let (year, month) =
        if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).and_then(|d| d.pred_opt()).unwrap_or(day)
}
