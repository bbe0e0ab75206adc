//! Schemes: the rules of a cycle as data. A scheme has versions; the one in force when a period begins counts all dates of that period,
//! so that a change never moves a date that somebody was told already.

use super::ids::OfficerId;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What the cycle is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The last confirmation by any way (社会保险经办条例, Order 765, Art. 26 practice).
    LastConfirmation,
    /// The birthday: the same days in every cycle, other ones for each person.
    Birthday,
    /// `anchor_on`: the same days in every cycle, for everybody.
    Calendar,
}

/// The terms of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Name, e.g. `urban_rural_resident`.
    pub name: String,
    /// Months from one confirmation to the next.
    pub cycle_months: u32,
    /// Counted from.
    pub anchor: Anchor,
    /// One of the due days, where the anchor is the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor_on: Option<NaiveDate>,
    /// Due on the last day of the month ("confirmed in June 2023, due by end of June 2024").
    pub month_end: bool,
    /// Where the anchor is the birthday or the calendar: a confirmation so many days before a due date counts for it.
    #[serde(default = "defaults::early_days")]
    pub early_days: u32,
    /// Days after the due date in which nothing can be proposed yet.
    #[serde(default = "defaults::grace_days")]
    pub grace_days: u32,
    /// Days before the due date on which a notice is due, descending.
    #[serde(default = "defaults::notice_days")]
    pub notice_days: Vec<u32>,
    /// Contact attempts needed before a stop can be proposed.
    #[serde(default = "defaults::contact_attempts_min")]
    pub contact_attempts_min: u32,
    /// Different channels needed among them.
    #[serde(default = "defaults::channels_min")]
    pub channels_min: u32,
    /// Whether the months that were not paid are paid after a resumption.
    #[serde(default = "defaults::back_pay")]
    pub back_pay: bool,
}

/// What a scheme in older settings did not say.
mod defaults {
    pub fn early_days() -> u32 {
        90
    }
    pub fn grace_days() -> u32 {
        60
    }
    pub fn notice_days() -> Vec<u32> {
        vec![90, 60, 30, 7]
    }
    pub fn contact_attempts_min() -> u32 {
        3
    }
    pub fn channels_min() -> u32 {
        2
    }
    pub fn back_pay() -> bool {
        true
    }
}

impl Scheme {
    /// The due date that follows a confirmation of somebody born on `birth_on` who was seen alive on `confirmed_on`.
    pub fn due_after(&self, confirmed_on: NaiveDate, birth_on: NaiveDate) -> NaiveDate {
        match (self.anchor, self.anchor_on) {
            (Anchor::Birthday, _) => self.anchor_after(birth_on, confirmed_on),
            (Anchor::Calendar, Some(origin)) => self.anchor_after(origin, confirmed_on),
            _ => self.rounded(later(confirmed_on, self.cycle_months)),
        }
    }

    /// The first anchor date more than `early_days` after `day`. Counted from the origin each time: a birthday on 29 February or a
    /// 31st never drifts.
    fn anchor_after(&self, origin: NaiveDate, day: NaiveDate) -> NaiveDate {
        let cycle = self.cycle_months.max(1);
        let after = day.checked_add_days(Days::new(self.early_days.into())).unwrap_or(day);
        let months = (after.year() - origin.year()).max(0).unsigned_abs() * 12;
        // Some cycles before the year of `after`: never too late.
        let mut cycles = (months / cycle).saturating_sub(24 / cycle + 1);
        loop {
            let due = self.rounded(later(origin, cycles * cycle));
            if due > after || due == NaiveDate::MAX {
                return due;
            }
            cycles += 1;
        }
    }

    fn rounded(&self, due: NaiveDate) -> NaiveDate {
        if self.month_end { month_end(due) } else { due }
    }

    /// Everything that is wrong with the terms: (field, what would be right).
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let named = (1..=64).contains(&self.name.len())
            && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let descending = self.notice_days.windows(2).all(|pair| pair[0] > pair[1]);
        let shortest = self.cycle_months.saturating_mul(28);
        [
            (named, "name", "must be 1 to 64 of a-z, 0-9 and _"),
            ((1..=60).contains(&self.cycle_months), "cycle_months", "must be 1 to 60"),
            (
                (self.anchor == Anchor::Calendar) == self.anchor_on.is_some(),
                "anchor_on",
                "must be a date when the anchor is the calendar, and absent otherwise",
            ),
            (self.early_days < shortest, "early_days", "must be shorter than the cycle"),
            (self.grace_days <= 366, "grace_days", "must be at most 366"),
            (
                descending
                    && self.notice_days.len() <= 12
                    && self.notice_days.iter().all(|d| *d < shortest),
                "notice_days",
                "must be at most 12, descending, and shorter than the cycle",
            ),
            (
                (1..=50).contains(&self.contact_attempts_min),
                "contact_attempts_min",
                "must be 1 to 50",
            ),
            (
                (1..=5).contains(&self.channels_min)
                    && self.channels_min <= self.contact_attempts_min,
                "channels_min",
                "must be 1 to 5 and at most contact_attempts_min",
            ),
        ]
        .into_iter()
        .filter_map(|(good, field, message)| (!good).then_some((field, message)))
        .collect()
    }
}

/// `day` so many months later; the last day of a shorter month.
fn later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The last day of the month of `day`.
pub fn month_end(day: NaiveDate) -> NaiveDate {
    let (year, month) =
        if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).and_then(|d| d.pred_opt()).unwrap_or(day)
}

/// Where a version of a scheme stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemeState {
    /// Waits for a second person.
    Proposed,
    /// In force from its day on.
    Approved,
    /// A second person said no.
    Rejected,
}

/// A version of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeVersion {
    /// Its number among the versions of this scheme, from 1.
    pub version: u32,
    /// The terms.
    pub terms: Scheme,
    /// First day on which a period that begins is counted by it.
    pub effective_from: NaiveDate,
    /// Where it stands.
    pub state: SchemeState,
    /// When it was proposed (version 1: first used).
    pub proposed_at: DateTime<Utc>,
    /// Who proposed it; nobody for version 1, which comes from the settings.
    pub proposer_id: Option<OfficerId>,
    /// When it was approved or rejected.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who approved or rejected it: never the proposer.
    pub approver_id: Option<OfficerId>,
}

/// Version 1 holds from here on: before every date in a roster.
pub const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// All versions of all schemes.
#[derive(Clone, Debug, Default)]
pub struct SchemeBook {
    versions: Vec<SchemeVersion>,
}

impl SchemeBook {
    /// A book of these versions, in any order.
    pub fn new(mut versions: Vec<SchemeVersion>) -> Self {
        versions.sort_by_key(|v| (v.effective_from, v.version));
        Self { versions }
    }

    /// The approved version that counts a period beginning on `day`.
    pub fn at(&self, name: &str, day: NaiveDate) -> Option<&SchemeVersion> {
        self.approved(name).rfind(|v| v.effective_from <= day)
    }

    /// A version by its number.
    pub fn version(&self, name: &str, version: u32) -> Option<&SchemeVersion> {
        self.versions.iter().find(|v| v.terms.name == name && v.version == version)
    }

    /// The day from which the newest approved version holds.
    pub fn newest_from(&self, name: &str) -> Option<NaiveDate> {
        self.approved(name).next_back().map(|v| v.effective_from)
    }

    /// All versions, by the day from which they hold.
    pub fn versions(&self) -> &[SchemeVersion] {
        &self.versions
    }

    fn approved(&self, name: &str) -> impl DoubleEndedIterator<Item = &SchemeVersion> {
        let of_name =
            move |v: &&SchemeVersion| v.terms.name == name && v.state == SchemeState::Approved;
        self.versions.iter().filter(of_name)
    }
}

#[cfg(test)]
pub(crate) mod tests;
