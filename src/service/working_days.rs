//! Working days: Monday to Friday. Public holidays and make-up days are not known yet; they will come as data.

use crate::clock::china_date;
use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc, Weekday};

/// The bureau closes at 18:00 China Standard Time.
const CLOSING_HOUR: u32 = 18;

/// Until when the bureau answers what came in at `from`: closing time, `days` working days later.
pub(super) fn answer_by(from: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let mut date = china_date(from);
    let mut left = days;
    while left > 0 {
        date = date + Days::new(1);
        if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    let closing = NaiveTime::from_hms_opt(CLOSING_HOUR, 0, 0).unwrap_or_default();
    date.and_time(closing).and_utc() - TimeDelta::hours(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_are_stepped_over() {
        for (from, days, by) in [
            ("2026-11-23T02:00:00Z", 3, "2026-11-26T10:00:00Z"), // Monday
            ("2026-11-26T02:00:00Z", 3, "2026-12-01T10:00:00Z"), // Thursday
            ("2026-11-28T02:00:00Z", 1, "2026-11-30T10:00:00Z"), // Saturday
            ("2026-11-26T17:00:00Z", 1, "2026-11-30T10:00:00Z"), // already Friday in China
        ] {
            let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
            assert_eq!(answer_by(at(from), days), at(by), "{from} + {days}");
        }
    }
}
