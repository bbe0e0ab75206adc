//! The calendar of working days: holidays and make-up days, imported by whole years. Nothing is assumed about a year that was not imported.

use super::{Service, ServiceError, record::event};
use crate::domain::{
    audit::{Action, Actor},
    calendar::{CalendarDay, DayKind},
};
use chrono::{Datelike, NaiveDate, Weekday};
use serde_json::json;
use std::collections::BTreeMap;

/// Largest calendar file, bytes: a year has some thirty lines.
pub const CALENDAR_BYTES_MAX: usize = 1 << 20;

/// What became of a calendar file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarReport {
    /// Years in the file: what was known of them is replaced.
    pub years: Vec<i32>,
    /// Days off that fall on working days or weekends.
    pub holidays: usize,
    /// Weekend days that are worked.
    pub make_up_days: usize,
    /// Everything that is wrong, with the line. Anything here: nothing was taken.
    pub faults: Vec<String>,
    /// The days were taken.
    pub imported: bool,
}

impl Service {
    /// Imports a calendar file (CSV, UTF-8, columns `day,kind,name`; kind is `holiday` or `make_up`). The years in it are replaced as a
    /// whole; other years stay. All lines are taken or none; the same file again changes nothing.
    ///
    /// # Errors
    /// When the database fails. Faults of the file are in the report.
    pub async fn calendar_import(
        &self,
        file: &[u8],
        dry_run: bool,
    ) -> Result<CalendarReport, ServiceError> {
        let (days, faults) = read(file);
        let mut years: Vec<i32> = days.iter().map(|d| d.day_on.year()).collect();
        years.sort_unstable();
        years.dedup();
        let of = |kind| days.iter().filter(|d| d.kind == kind).count();
        let (holidays, make_up_days) = (of(DayKind::Holiday), of(DayKind::MakeUp));
        let imported = faults.is_empty() && !dry_run;
        if imported {
            let at = self.now();
            let mut tx = self.db.write().await?;
            for year in &years {
                let bounds =
                    (NaiveDate::from_ymd_opt(*year, 1, 1), NaiveDate::from_ymd_opt(*year, 12, 31));
                let (Some(from), Some(until)) = bounds else { continue };
                let of_year: Vec<CalendarDay> =
                    days.iter().filter(|d| d.day_on.year() == *year).cloned().collect();
                tx.replace_calendar_days((from, until), &of_year, at).await?;
                let detail = json!({ "days": of_year.len() });
                let done = event(
                    at,
                    Actor::Operator,
                    Action::CalendarImported,
                    ("calendar", year),
                    detail,
                );
                tx.add_audit(&done).await?;
            }
            tx.commit().await?;
        }
        Ok(CalendarReport { years, holidays, make_up_days, faults, imported })
    }

    /// The days of a year that differ from their weekday.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calendar_days(&self, year: i32) -> Result<Vec<CalendarDay>, ServiceError> {
        let days = self.db.read().await?.calendar_days().await?;
        Ok(days.into_iter().filter(|d| d.day_on.year() == year).collect())
    }
}

/// The days of a file, and what is wrong with it.
fn read(file: &[u8]) -> (Vec<CalendarDay>, Vec<String>) {
    if file.len() > CALENDAR_BYTES_MAX {
        return (
            Vec::new(),
            vec![format!("the file is larger than {} KiB", CALENDAR_BYTES_MAX >> 10)],
        );
    }
    let Ok(text) = std::str::from_utf8(file) else {
        return (Vec::new(), vec!["the file is not UTF-8 text".into()]);
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let headed = reader.headers().is_ok_and(|h| h.iter().eq(["day", "kind", "name"]));
    if !headed {
        return (Vec::new(), vec!["the first line must be: day,kind,name".into()]);
    }
    let (mut days, mut faults) = (BTreeMap::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(format!(
                    "line {}: {error}",
                    error.position().map_or(0, csv::Position::line)
                ));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        match day_of(&record) {
            Ok(day) if days.contains_key(&day.day_on) => {
                faults.push(format!("line {line}: {} stands there twice", day.day_on));
            }
            Ok(day) => {
                days.insert(day.day_on, day);
            }
            Err(what) => faults.push(format!("line {line}: {what}")),
        }
    }
    if days.is_empty() && faults.is_empty() {
        faults.push("the file has no days".into());
    }
    (days.into_values().collect(), faults)
}

fn day_of(record: &csv::StringRecord) -> Result<CalendarDay, String> {
    let cell = |n: usize| record.get(n).unwrap_or_default();
    let day_on: NaiveDate =
        cell(0).parse().map_err(|_| "day must be a date like 2026-10-01".to_owned())?;
    if !(2000..=2100).contains(&day_on.year()) {
        return Err("the year must be between 2000 and 2100".into());
    }
    let weekend = matches!(day_on.weekday(), Weekday::Sat | Weekday::Sun);
    let kind = match cell(1) {
        "holiday" => DayKind::Holiday,
        "make_up" if weekend => DayKind::MakeUp,
        "make_up" => {
            return Err(format!(
                "{day_on} is no weekend: only a Saturday or Sunday can be a make-up day"
            ));
        }
        _ => return Err("kind must be holiday or make_up".into()),
    };
    let name = cell(2);
    if name.is_empty() || name.chars().count() > 40 {
        return Err("name must have 1 to 40 characters".into());
    }
    Ok(CalendarDay { day_on, kind, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_line() {
        let file = "day,kind,name\n2026-10-01,holiday,国庆节\n2026-10-01,holiday,国庆节\n2026-10-08,make_up,调休\n\
                    2026-13-01,holiday,x\n2026-10-02,off,x\n2026-10-03,holiday,\n1999-01-01,holiday,x\n2026-10-04\n";
        let (_, faults) = read(file.as_bytes());
        let lines: Vec<&str> = faults.iter().map(|f| f.split(':').next().unwrap()).collect();
        assert_eq!(
            lines,
            ["line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9"],
            "{faults:#?}"
        );
        for bad in [&b"\xff\xfe"[..], b"", b"a,b\n", b"day,kind,name\n"] {
            assert_eq!(read(bad).1.len(), 1);
        }
    }

    #[test]
    fn the_example_file_is_good() {
        let (days, faults) = read(include_bytes!("../../examples/calendar-example.csv"));
        assert_eq!(faults, Vec::<String>::new());
        assert!(days.iter().any(|d| d.kind == DayKind::MakeUp) && days.len() > 5);
    }
}
