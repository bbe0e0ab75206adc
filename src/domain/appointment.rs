//! Appointments: the hours that the bureau offers, the slots that follow from them, and what becomes of a slot that was taken.

use super::{
    calendar::{Calendar, CalendarDay, DayKind},
    ids::{AppointmentId, BeneficiaryId, CaseId, LinkId, OfficerId},
};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// China Standard Time is UTC+8 all year.
const CHINA_HOURS: i64 = 8;

/// On which days a line of the weekly pattern holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoursOn {
    /// Every day that is worked, make-up days included.
    WorkingDay,
    /// Saturdays and Sundays that are neither a holiday nor worked.
    Weekend,
    /// Mondays that are worked.
    Monday,
    /// Tuesdays that are worked.
    Tuesday,
    /// Wednesdays that are worked.
    Wednesday,
    /// Thursdays that are worked.
    Thursday,
    /// Fridays that are worked.
    Friday,
    /// Saturdays that are neither a holiday nor worked.
    Saturday,
    /// Sundays that are neither a holiday nor worked.
    Sunday,
}

impl HoursOn {
    fn weekday(self) -> Option<Weekday> {
        Some(match self {
            Self::WorkingDay | Self::Weekend => return None,
            Self::Monday => Weekday::Mon,
            Self::Tuesday => Weekday::Tue,
            Self::Wednesday => Weekday::Wed,
            Self::Thursday => Weekday::Thu,
            Self::Friday => Weekday::Fri,
            Self::Saturday => Weekday::Sat,
            Self::Sunday => Weekday::Sun,
        })
    }

    fn covers(self, day: NaiveDate, working: bool, holiday: bool) -> bool {
        let weekend = |d: Weekday| matches!(d, Weekday::Sat | Weekday::Sun);
        match self.weekday() {
            None if self == Self::WorkingDay => working,
            None => weekend(day.weekday()) && !working && !holiday,
            Some(named) if named != day.weekday() => false,
            Some(named) if weekend(named) => !working && !holiday,
            Some(_) => working,
        }
    }
}

/// From when until when so many officers are there for appointments, China time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First slot begins.
    pub from: NaiveTime,
    /// Last slot has ended.
    pub until: NaiveTime,
    /// Officers, each with one person at a time.
    pub officers: u32,
}

/// One line of the weekly pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// On which days.
    pub on: HoursOn,
    /// First slot begins, China time.
    pub from: NaiveTime,
    /// Last slot has ended.
    pub until: NaiveTime,
    /// Officers, each with one person at a time.
    pub officers: u32,
}

/// A day on which other hours hold than the pattern's. No span: closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursException {
    /// Which day.
    pub day_on: NaiveDate,
    /// Its hours.
    pub spans: Vec<Span>,
    /// Why, for officers.
    pub reason: String,
}

/// A time that can be booked as often as there are officers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Begin.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Places.
    pub seats: u32,
}

/// How the hours of a day come about.
#[derive(Clone, Debug)]
pub struct Timetable<'a> {
    /// The weekly pattern.
    pub pattern: &'a [Hours],
    /// Other hours on single days.
    pub exceptions: &'a [HoursException],
    /// Days that differ from their weekday.
    pub days: &'a [CalendarDay],
    /// Length of a slot.
    pub slot_minutes: u32,
}

impl Timetable<'_> {
    /// The slots of a day, earliest first. Spans that overlap add their officers where slots begin together.
    pub fn slots(&self, day: NaiveDate) -> Vec<Slot> {
        let mut seats: BTreeMap<NaiveTime, u32> = BTreeMap::new();
        for span in self.spans(day) {
            for begin in begins(span, self.slot_minutes) {
                *seats.entry(begin).or_default() += span.officers;
            }
        }
        let length = TimeDelta::minutes(i64::from(self.slot_minutes));
        let slot = |(begin, seats): (NaiveTime, u32)| {
            let starts_at = day.and_time(begin).and_utc() - TimeDelta::hours(CHINA_HOURS);
            Slot { starts_at, ends_at: starts_at + length, seats }
        };
        seats.into_iter().filter(|(_, seats)| *seats > 0).map(slot).collect()
    }

    /// The hours of a day, as its exception or the pattern has them.
    pub fn spans(&self, day: NaiveDate) -> Vec<Span> {
        if let Some(other) = self.exceptions.iter().find(|e| e.day_on == day) {
            return other.spans.clone();
        }
        let working =
            Calendar::new(self.days.iter().map(|d| (d.day_on, d.kind))).is_working_day(day);
        let holiday = self.days.iter().any(|d| d.day_on == day && d.kind == DayKind::Holiday);
        let holds = self.pattern.iter().filter(|h| h.on.covers(day, working, holiday));
        holds.map(|h| Span { from: h.from, until: h.until, officers: h.officers }).collect()
    }
}

/// When the slots of a span begin: only whole ones.
fn begins(span: Span, slot_minutes: u32) -> Vec<NaiveTime> {
    let length = TimeDelta::minutes(i64::from(slot_minutes.max(1)));
    let mut left = span.until - span.from;
    let mut begin = span.from;
    let mut all = Vec::new();
    while left >= length {
        all.push(begin);
        (begin, _) = begin.overflowing_add_signed(length);
        left -= length;
    }
    all
}

/// What happens at the appointed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentWay {
    /// An officer calls and goes through the confirmation with the person.
    Call,
    /// The person comes to the counter.
    Counter,
}

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentState {
    /// To come.
    Booked,
    /// Given back: its place is free again.
    Cancelled,
    /// It took place.
    Kept,
    /// The person was not there. Nothing follows from it.
    Missed,
}

/// An appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// Id.
    pub id: AppointmentId,
    /// With whom.
    pub beneficiary_id: BeneficiaryId,
    /// The link it was booked by.
    pub link_id: Option<LinkId>,
    /// The case that waits for it.
    pub case_id: Option<CaseId>,
    /// What happens then.
    pub way: AppointmentWay,
    /// Begin.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Which of the slot's places, from 1.
    pub seat: u32,
    /// Where it stands.
    pub state: AppointmentState,
    /// When it was booked.
    pub booked_at: DateTime<Utc>,
    /// The officer who booked it; none when the person did.
    pub booked_by: Option<OfficerId>,
    /// Counts changes.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn hours(on: HoursOn, from: &str, until: &str, officers: u32) -> Hours {
        Hours { on, from: from.parse().unwrap(), until: until.parse().unwrap(), officers }
    }

    fn begins_on(timetable: &Timetable<'_>, on: &str) -> Vec<String> {
        let china = |s: &Slot| (s.starts_at + TimeDelta::hours(8)).format("%H:%M").to_string();
        timetable.slots(day(on)).iter().map(china).collect()
    }

    #[test]
    fn the_pattern_follows_the_calendar_of_working_days() {
        let pattern = [
            hours(HoursOn::WorkingDay, "09:00:00", "10:10:00", 2),
            hours(HoursOn::Wednesday, "19:00:00", "20:00:00", 1),
            hours(HoursOn::Weekend, "10:00:00", "10:30:00", 1),
        ];
        let off = |on: &str, kind| CalendarDay { day_on: day(on), kind, name: "x".into() };
        let days = [
            off("2026-11-25", DayKind::Holiday), // a Wednesday
            off("2026-11-28", DayKind::MakeUp),  // a Saturday
            off("2026-11-29", DayKind::Holiday), // a Sunday
        ];
        let exceptions = [HoursException {
            day_on: day("2026-11-26"),
            spans: Vec::new(),
            reason: "power failure".into(),
        }];
        let table =
            Timetable { pattern: &pattern, exceptions: &exceptions, days: &days, slot_minutes: 30 };
        assert_eq!(begins_on(&table, "2026-11-24"), ["09:00", "09:30"], "only whole slots");
        assert!(begins_on(&table, "2026-11-25").is_empty(), "a holiday, evening hours too");
        assert!(begins_on(&table, "2026-11-26").is_empty(), "closed by exception");
        assert_eq!(begins_on(&table, "2026-11-28"), ["09:00", "09:30"], "a worked Saturday");
        assert!(begins_on(&table, "2026-11-29").is_empty());
        assert_eq!(begins_on(&table, "2026-12-02"), ["09:00", "09:30", "19:00", "19:30"]);
        assert_eq!(begins_on(&table, "2026-12-05"), ["10:00"]);
    }

    #[test]
    fn slots_are_told_in_universal_time_with_their_places() {
        let pattern = [hours(HoursOn::WorkingDay, "07:30:00", "08:00:00", 3)];
        let table = Timetable { pattern: &pattern, exceptions: &[], days: &[], slot_minutes: 30 };
        let slots = table.slots(day("2026-11-24"));
        assert_eq!(slots.len(), 1);
        assert_eq!(slots[0].starts_at.to_rfc3339(), "2026-11-23T23:30:00+00:00");
        assert_eq!(
            (slots[0].seats, slots[0].ends_at - slots[0].starts_at),
            (3, TimeDelta::minutes(30))
        );
    }

    #[test]
    fn a_span_that_ends_at_midnight_or_before_it_begins_makes_no_endless_list() {
        for (from, until) in
            [("23:30:00", "23:59:59"), ("10:00:00", "09:00:00"), ("10:00:00", "10:00:00")]
        {
            let pattern = [hours(HoursOn::WorkingDay, from, until, 1)];
            let table =
                Timetable { pattern: &pattern, exceptions: &[], days: &[], slot_minutes: 30 };
            assert!(table.slots(day("2026-11-24")).is_empty());
        }
    }
}
