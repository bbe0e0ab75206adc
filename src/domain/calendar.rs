//! Working days and time limits. Holidays and make-up days are data: nothing here knows a holiday.

use super::due::plus;
use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What makes a day different from its weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A day off.
    Holiday,
    /// A Saturday or Sunday that is worked (调休上班).
    MakeUp,
}

/// One day of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    /// Which day.
    pub day_on: NaiveDate,
    /// What it is.
    pub kind: DayKind,
    /// Its name, e.g. 国庆节.
    pub name: String,
}

/// Longest time limit that is counted, working days.
pub const LIMIT_MAX_DAYS: u32 = 1_000;

/// Which days are worked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar(BTreeMap<NaiveDate, DayKind>);

impl Calendar {
    /// Monday to Friday, but for these days.
    pub fn new(days: impl IntoIterator<Item = (NaiveDate, DayKind)>) -> Self {
        Self(days.into_iter().collect())
    }

    /// Whether `day` is worked.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        match self.0.get(&day) {
            Some(DayKind::Holiday) => false,
            Some(DayKind::MakeUp) => true,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// Whether anything is known of the year: before its days are imported, limits in it are counted by weekdays alone.
    pub fn knows(&self, year: i32) -> bool {
        self.0.keys().any(|day| day.year() == year)
    }

    /// The last day of a limit of `days` working days for what came in on `from`. The day it came in is not counted, nor are the
    /// days on which the clock stood.
    pub fn last_day(&self, from: NaiveDate, days: u32, stops: &[Stop]) -> NaiveDate {
        let (mut day, mut left) = (from, days.min(LIMIT_MAX_DAYS));
        while left > 0 && day < NaiveDate::MAX {
            day = plus(day, 1);
            if self.is_working_day(day) && !stops.iter().any(|s| s.covers(day)) {
                left -= 1;
            }
        }
        day
    }

    /// The first working day that is not before `day`.
    pub fn working_day_from(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_working_day(day) && day < NaiveDate::MAX {
            day = plus(day, 1);
        }
        day
    }

    /// Working days after `from` up to and with `until`.
    pub fn working_days_between(&self, from: NaiveDate, until: NaiveDate) -> u32 {
        let days = from.iter_days().skip(1).take_while(|d| *d <= until);
        u32::try_from(days.filter(|d| self.is_working_day(*d)).count()).unwrap_or(u32::MAX)
    }
}

/// A time in which the clock of a case stands, because the bureau waits for the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Day on which it stopped. That day still counts.
    pub stopped_on: NaiveDate,
    /// Day on which it ran on; none while it stands. The next day counts again.
    pub restarted_on: Option<NaiveDate>,
}

impl Stop {
    fn covers(self, day: NaiveDate) -> bool {
        day > self.stopped_on && self.restarted_on.is_some_and(|again| day <= again)
    }
}

/// The bureau's promise: this share of the statutory time limit (Hengnan's 限时办理: 60 %), in working days, rounded up.
pub fn promised_days(statutory_days: u32, percent: u32) -> u32 {
    statutory_days.saturating_mul(percent).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A made-up week: Wednesday to Friday off, the Sunday after worked.
    fn calendar() -> Calendar {
        let off = ["2026-11-25", "2026-11-26", "2026-11-27"].map(|d| (day(d), DayKind::Holiday));
        Calendar::new(off.into_iter().chain([(day("2026-11-29"), DayKind::MakeUp)]))
    }

    #[test]
    fn sixty_percent_rounded_up() {
        for (statutory, promised) in [(3, 2), (10, 6), (20, 12), (5, 3), (1, 1), (0, 0)] {
            assert_eq!(promised_days(statutory, 60), promised);
        }
    }

    #[test]
    fn holidays_are_stepped_over_and_make_up_days_count() {
        let (plain, known) = (Calendar::default(), calendar());
        // Tuesday + 3: Friday by weekdays alone; Sunday, Monday, Tuesday with the made-up week.
        assert_eq!(plain.last_day(day("2026-11-24"), 3, &[]), day("2026-11-27"));
        assert_eq!(known.last_day(day("2026-11-24"), 3, &[]), day("2026-12-01"));
        assert_eq!(known.last_day(day("2026-11-24"), 0, &[]), day("2026-11-24"));
        assert_eq!(known.working_day_from(day("2026-11-25")), day("2026-11-29"));
        assert_eq!(known.working_days_between(day("2026-11-24"), day("2026-12-01")), 3);
        assert!(known.knows(2026) && !known.knows(2027));
    }

    #[test]
    fn the_clock_stands_while_the_bureau_waits() {
        let plain = Calendar::default();
        let stop = |from: &str, to: Option<&str>| Stop {
            stopped_on: day(from),
            restarted_on: to.map(day),
        };
        // Monday + 3 = Thursday. Stopped on Tuesday, on again on Thursday: Wednesday and Thursday do not count.
        let stopped = [stop("2026-11-24", Some("2026-11-26"))];
        assert_eq!(plain.last_day(day("2026-11-23"), 3, &stopped), day("2026-11-30"));
        // Stopped and restarted on one day: nothing is won.
        let same_day = [stop("2026-11-24", Some("2026-11-24"))];
        assert_eq!(plain.last_day(day("2026-11-23"), 3, &same_day), day("2026-11-26"));
    }
}
