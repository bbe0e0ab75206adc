//! Days that differ from their weekday, and our outages.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day, ms, word},
};
use crate::domain::{
    calendar::{CalendarDay, DayKind},
    due::OutageDays,
    ids::{OfficerId, OutageId},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct DayRow {
    day_on: Text<NaiveDate>,
    kind: Word<DayKind>,
    name: String,
}

#[derive(FromRow)]
struct OutageRow {
    from_on: Text<NaiveDate>,
    until_on: Text<NaiveDate>,
    reason: String,
    added_at: At,
}

impl Tx {
    /// The days that differ from their weekday, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calendar_days(&mut self) -> Result<Vec<CalendarDay>> {
        let rows =
            all!(self, DayRow, "SELECT day_on, kind, name FROM calendar_days ORDER BY day_on")?;
        let whole =
            |row: DayRow| CalendarDay { day_on: row.day_on.0, kind: row.kind.0, name: row.name };
        Ok(rows.into_iter().map(whole).collect())
    }

    /// Puts these days in the place of what was known between `from` and `until`.
    ///
    /// # Errors
    /// When the database fails, or a day stands there twice.
    pub async fn replace_calendar_days(
        &mut self,
        (from, until): (NaiveDate, NaiveDate),
        days: &[CalendarDay],
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "DELETE FROM calendar_days WHERE day_on BETWEEN $1 AND $2",
            day(from),
            day(until)
        )?;
        many!(
            self,
            "INSERT INTO calendar_days (day_on, kind, name, imported_at) ",
            days,
            |d| [day(d.day_on), word(&d.kind), &d.name, ms(at)],
            ""
        );
        Ok(())
    }

    /// Our outages with their reasons, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outages(&mut self) -> Result<Vec<(OutageDays, String)>> {
        let rows = all!(
            self,
            OutageRow,
            "SELECT from_on, until_on, reason, added_at FROM due_extensions ORDER BY from_on, until_on",
        )?;
        let whole = |row: OutageRow| {
            let days = OutageDays {
                from_on: row.from_on.0,
                until_on: row.until_on.0,
                added_at: row.added_at.0,
            };
            (days, row.reason)
        };
        Ok(rows.into_iter().map(whole).collect())
    }

    /// Keeps an outage. False when one of exactly these days is there already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_outage(
        &mut self,
        outage: OutageDays,
        reason: &str,
        officer: Option<OfficerId>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO due_extensions (id, from_on, until_on, reason, added_at, officer_id)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (from_on, until_on) DO NOTHING",
            OutageId::new().to_string(),
            day(outage.from_on),
            day(outage.until_on),
            reason,
            ms(outage.added_at),
            officer.map(|id| id.to_string()),
        )?;
        Ok(touched == 1)
    }
}
