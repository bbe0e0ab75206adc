//! Time limits: until when the bureau answers, and the clock that stands while it waits for the citizen.

use super::{Service, ServiceError, record::event};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        calendar::{Calendar, Stop, promised_days},
        case::CaseKind,
        ids::{CaseId, OfficerId},
    },
    storage::{ClockStop, Tx},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use serde_json::json;

/// The bureau closes at 18:00 China Standard Time.
const CLOSING_HOUR: u32 = 18;

/// How the clock of a case stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "clock", rename_all = "snake_case")]
pub enum CaseClock {
    /// It runs: so many working days are left, today not counted.
    Runs {
        /// Until when the bureau answers.
        answer_by: DateTime<Utc>,
        /// Working days left.
        working_days_left: u32,
        /// The time is over.
        late: bool,
    },
    /// It stands, because the bureau waits for the citizen.
    Stands {
        /// Since when.
        since: DateTime<Utc>,
        /// What for.
        why: String,
        /// Working days that will be left when it runs on.
        working_days_left: u32,
    },
}

impl Service {
    /// Working days promised for a case of this kind: a share of the statutory limit, rounded up. None: on the same day.
    pub(super) fn limit_days(&self, kind: CaseKind) -> Option<u32> {
        let cases = &self.settings.cases;
        (kind != CaseKind::ConfirmAlive)
            .then(|| promised_days(cases.statutory_working_days, cases.limit_percent))
    }

    /// Until when the bureau answers what came in at `at`.
    pub(super) async fn answer_by(
        &self,
        tx: &mut Tx,
        kind: CaseKind,
        at: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, ServiceError> {
        Ok(answer_by(&calendar(tx).await?, at, self.limit_days(kind), &[]))
    }

    /// Stops the clock of a case: the bureau waits for the citizen, and says what for.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], `closed`, `clock_stands`, `reason_missing`.
    pub async fn stop_clock(
        &self,
        officer: OfficerId,
        case: CaseId,
        why: &str,
    ) -> Result<CaseClock, ServiceError> {
        let why = why.trim();
        if why.is_empty() || why.chars().count() > 200 {
            let detail = "why: say in at most 200 characters what the citizen is asked for";
            return Err(ServiceError::unacceptable("reason_missing", detail));
        }
        let at = self.now();
        let mut tx = self.db.write().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        tx.hold_beneficiary(record.case.beneficiary_id).await?;
        if record.case.status.is_closed() {
            return Err(ServiceError::conflict("closed", "the case is closed already"));
        }
        if standing(&tx.clock_stops(case).await?).is_some() {
            return Err(ServiceError::conflict(
                "clock_stands",
                "the clock of this case stands already",
            ));
        }
        tx.stop_clock(case, why, officer, at).await?;
        let by = Actor::Officer { id: officer };
        tx.add_audit(&event(at, by, Action::ClockStopped, ("case", case), json!({}))).await?;
        tx.commit().await?;
        self.case_clock(case).await
    }

    /// Lets the clock of a case run on: the days on which it stood are added to its limit.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], `clock_runs`.
    pub async fn restart_clock(
        &self,
        officer: OfficerId,
        case: CaseId,
    ) -> Result<CaseClock, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        tx.hold_beneficiary(record.case.beneficiary_id).await?;
        if !tx.restart_clock(case, officer, at).await? {
            return Err(ServiceError::conflict("clock_runs", "the clock of this case runs"));
        }
        let stops = as_days(&tx.clock_stops(case).await?);
        let days = self.limit_days(record.case.kind);
        let by_then = answer_by(&calendar(&mut tx).await?, record.case.opened_at, days, &stops);
        tx.set_answer_by(case, by_then, china_date(by_then)).await?;
        let by = Actor::Officer { id: officer };
        tx.add_audit(&event(at, by, Action::ClockRestarted, ("case", case), json!({}))).await?;
        tx.commit().await?;
        self.case_clock(case).await
    }

    /// How the clock of a case stands now.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn case_clock(&self, case: CaseId) -> Result<CaseClock, ServiceError> {
        let mut tx = self.db.read().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        let (stops, calendar) = (tx.clock_stops(case).await?, calendar(&mut tx).await?);
        let (now, answer_by) = (self.now(), record.case.answer_by);
        let left = |day: NaiveDate| calendar.working_days_between(day, china_date(answer_by));
        Ok(match standing(&stops) {
            Some(stop) => CaseClock::Stands {
                since: stop.stopped_at,
                why: stop.why.clone(),
                working_days_left: left(china_date(stop.stopped_at)),
            },
            None => CaseClock::Runs {
                answer_by,
                working_days_left: left(china_date(now)),
                late: now > answer_by,
            },
        })
    }
}

/// The calendar as it is recorded.
pub(super) async fn calendar(tx: &mut Tx) -> Result<Calendar, ServiceError> {
    Ok(Calendar::new(tx.calendar_days().await?.into_iter().map(|d| (d.day_on, d.kind))))
}

/// Closing time on the last day of the limit. Without a number of days: today, while it is worked, else the next working day.
fn answer_by(
    calendar: &Calendar,
    from: DateTime<Utc>,
    days: Option<u32>,
    stops: &[Stop],
) -> DateTime<Utc> {
    let today = china_date(from);
    let last = match days {
        Some(days) => calendar.last_day(today, days, stops),
        None if closed(from) => calendar.last_day(today, 1, stops),
        None => calendar.working_day_from(today),
    };
    let closing = NaiveTime::from_hms_opt(CLOSING_HOUR, 0, 0).unwrap_or_default();
    last.and_time(closing).and_utc() - TimeDelta::hours(8)
}

/// Whether the bureau has closed for the day.
fn closed(at: DateTime<Utc>) -> bool {
    (at + TimeDelta::hours(8)).hour() >= CLOSING_HOUR
}

fn standing(stops: &[ClockStop]) -> Option<&ClockStop> {
    stops.iter().find(|stop| stop.restarted_at.is_none())
}

fn as_days(stops: &[ClockStop]) -> Vec<Stop> {
    let whole = |stop: &ClockStop| Stop {
        stopped_on: china_date(stop.stopped_at),
        restarted_on: stop.restarted_at.map(china_date),
    };
    stops.iter().map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_are_stepped_over() {
        for (from, days, by) in [
            ("2026-11-23T02:00:00Z", Some(3), "2026-11-26T10:00:00Z"), // Monday
            ("2026-11-26T02:00:00Z", Some(3), "2026-12-01T10:00:00Z"), // Thursday
            ("2026-11-28T02:00:00Z", Some(1), "2026-11-30T10:00:00Z"), // Saturday
            ("2026-11-26T17:00:00Z", Some(1), "2026-11-30T10:00:00Z"), // already Friday in China
            ("2026-11-23T02:00:00Z", None, "2026-11-23T10:00:00Z"),    // the same day
            ("2026-11-23T10:00:00Z", None, "2026-11-24T10:00:00Z"),    // the bureau has just closed
            ("2026-11-28T02:00:00Z", None, "2026-11-30T10:00:00Z"),    // Saturday
        ] {
            let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
            let plain = Calendar::default();
            assert_eq!(answer_by(&plain, at(from), days, &[]), at(by), "{from} + {days:?}");
        }
    }
}
