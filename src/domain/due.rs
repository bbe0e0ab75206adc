//! Due dates: a pure function of confirmations, versions of schemes, and our outages.
//!
//! A confirmation begins a period. The version of the scheme in force on its first day counts its due date, which can never lie before
//! the one that held so far: renewing early costs nobody a day. Our outages push the dates of every period that runs further out.

use super::scheme::{SchemeBook, SchemeVersion};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Days on which our service was down, first and last day included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutageDays {
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub until_on: NaiveDate,
    /// When it was recorded.
    pub added_at: DateTime<Utc>,
}

/// Our outages, in order, overlapping ones joined: no day extends twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages(Vec<(NaiveDate, NaiveDate)>);

impl Outages {
    /// Of recorded outages in any order.
    pub fn new(recorded: impl IntoIterator<Item = OutageDays>) -> Self {
        let mut spans: Vec<(NaiveDate, NaiveDate)> = recorded
            .into_iter()
            .filter(|o| o.from_on <= o.until_on)
            .map(|o| (o.from_on, o.until_on))
            .collect();
        spans.sort_unstable();
        let mut joined: Vec<(NaiveDate, NaiveDate)> = Vec::with_capacity(spans.len());
        for (from, until) in spans {
            match joined.last_mut() {
                Some(last) if from <= plus(last.1, 1) => last.1 = last.1.max(until),
                _ => joined.push((from, until)),
            }
        }
        Self(joined)
    }

    /// Days by which a period that began on `period_from` is extended, when its grace would end on `grace_until` without outages.
    /// The day of the confirmation itself costs nobody anything, and what comes after the grace changes nothing any more.
    pub fn days_in(&self, period_from: NaiveDate, grace_until: NaiveDate) -> u32 {
        let mut days = 0;
        for (from, until) in &self.0 {
            let first = (*from).max(plus(period_from, 1));
            if first > *until {
                continue;
            }
            if *from > plus(grace_until, days) {
                break;
            }
            days += u32::try_from((*until - first).num_days() + 1).unwrap_or(0);
        }
        days
    }
}

/// The dates of one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    /// When it began: the day on which the person was last seen alive, or entered the roster.
    pub period_from: NaiveDate,
    /// Version of the scheme that counts it.
    pub scheme_version: u32,
    /// Due date before our outages: the one told on the receipt.
    pub cycle_due_on: NaiveDate,
    /// Due date that holds.
    pub due_on: NaiveDate,
    /// From when notices are sent.
    pub notify_from: NaiveDate,
    /// From when a person calls: the day after the last notice.
    pub call_from: NaiveDate,
    /// Until when nothing can be proposed.
    pub grace_until: NaiveDate,
}

impl Dates {
    /// Counts them.
    pub fn count(
        period_from: NaiveDate,
        cycle_due_on: NaiveDate,
        version: &SchemeVersion,
        outages: &Outages,
    ) -> Self {
        let terms = &version.terms;
        let extended = outages.days_in(period_from, plus(cycle_due_on, terms.grace_days));
        let due_on = plus(cycle_due_on, extended);
        let first = terms.notice_days.first().copied().unwrap_or(0);
        let last = terms.notice_days.last().copied().unwrap_or(0);
        Self {
            period_from,
            scheme_version: version.version,
            cycle_due_on,
            due_on,
            notify_from: minus(due_on, first),
            call_from: plus(minus(due_on, last), 1),
            grace_until: plus(due_on, terms.grace_days),
        }
    }

    /// Where the period stands on `day`.
    pub fn phase(&self, day: NaiveDate) -> Phase {
        if day > self.grace_until {
            Phase::PastGrace
        } else if day > self.due_on {
            Phase::InGrace
        } else if day >= self.notify_from {
            Phase::Due
        } else {
            Phase::Confirmed
        }
    }
}

/// Where a period stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing to do yet.
    Confirmed,
    /// Notices are sent; the due date has not passed.
    Due,
    /// The due date has passed; nothing can be proposed yet.
    InGrace,
    /// The grace has passed: people look into it.
    PastGrace,
}

/// What is known of a person when the first period begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Day on which they entered the roster.
    pub added_on: NaiveDate,
    /// Last confirmation that the roster tells of.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Due date that the roster gave.
    pub due_on: NaiveDate,
}

/// How a period follows from the one before it, or from the roster.
#[derive(Clone, Copy, Debug)]
pub struct Counting<'a> {
    /// Name of the scheme.
    pub scheme: &'a str,
    /// Date of birth.
    pub birth_on: NaiveDate,
    /// Versions.
    pub book: &'a SchemeBook,
    /// Our outages.
    pub outages: &'a Outages,
}

/// There is no approved version of the scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no version of the scheme `{0}`")]
pub struct NoVersion(pub String);

impl Counting<'_> {
    fn version(&self, day: NaiveDate) -> Result<&SchemeVersion, NoVersion> {
        self.book.at(self.scheme, day).ok_or_else(|| NoVersion(self.scheme.to_owned()))
    }

    /// The first period.
    ///
    /// # Errors
    /// Without a version of the scheme.
    pub fn first(&self, beginning: Beginning) -> Result<Dates, NoVersion> {
        let from = beginning.last_confirmed_on.unwrap_or(beginning.added_on);
        let version = self.version(from)?;
        let cycle_due_on = match beginning.last_confirmed_on {
            Some(last) => version.terms.due_after(last, self.birth_on),
            None => beginning.due_on,
        };
        Ok(Dates::count(from, cycle_due_on, version, self.outages))
    }

    /// The period that a confirmation begins. Evidence older than the period that runs changes nothing.
    ///
    /// # Errors
    /// Without a version of the scheme.
    pub fn next(&self, runs: &Dates, alive_on: NaiveDate) -> Result<Dates, NoVersion> {
        if alive_on < runs.period_from {
            return Ok(*runs);
        }
        let version = self.version(alive_on)?;
        let due = version.terms.due_after(alive_on, self.birth_on).max(runs.due_on);
        Ok(Dates::count(alive_on, due, version, self.outages))
    }

    /// The same period under these outages.
    ///
    /// # Errors
    /// Without that version of the scheme.
    pub fn again(
        &self,
        period_from: NaiveDate,
        cycle_due_on: NaiveDate,
    ) -> Result<Dates, NoVersion> {
        Ok(Dates::count(period_from, cycle_due_on, self.version(period_from)?, self.outages))
    }
}

pub(super) fn plus(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX)
}

fn minus(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(days.into())).unwrap_or(day)
}

#[cfg(test)]
mod tests;
