//! The times in which the clock of a case stood, and what moves its promise.

use super::{
    Result, Tx,
    columns::{At, Text, day, ms, word},
};
use crate::domain::{
    case::CaseKind,
    ids::{BeneficiaryId, CaseId, OfficerId},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use std::collections::HashSet;

/// A time in which the clock of a case stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockStop {
    /// What the citizen was asked for.
    pub why: String,
    /// From when.
    pub stopped_at: DateTime<Utc>,
    /// Until when; none while it stands.
    pub restarted_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    why: String,
    stopped_at: At,
    restarted_at: Option<At>,
}

impl Tx {
    /// The times in which the clock of a case stood, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clock_stops(&mut self, case: CaseId) -> Result<Vec<ClockStop>> {
        let rows = all!(
            self,
            Row,
            "SELECT why, stopped_at, restarted_at FROM clock_stops WHERE case_id = $1 ORDER BY sequence",
            case.to_string(),
        )?;
        let whole = |row: Row| ClockStop {
            why: row.why,
            stopped_at: row.stopped_at.0,
            restarted_at: row.restarted_at.map(|at| at.0),
        };
        Ok(rows.into_iter().map(whole).collect())
    }

    /// Cases whose clock stands now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing_clocks(&mut self) -> Result<HashSet<CaseId>> {
        let rows = all!(
            self,
            (Text<CaseId>,),
            "SELECT case_id FROM clock_stops WHERE restarted_at IS NULL"
        )?;
        Ok(rows.into_iter().map(|row| row.0.0).collect())
    }

    /// Stops the clock of a case. The caller made sure that it runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stop_clock(
        &mut self,
        case: CaseId,
        why: &str,
        officer: OfficerId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO clock_stops (case_id, sequence, why, stopped_at, stopped_by)
             SELECT $1, COUNT(*) + 1, $2, $3, $4 FROM clock_stops WHERE case_id = $1",
            case.to_string(),
            why,
            ms(at),
            officer.to_string(),
        )?;
        Ok(())
    }

    /// Lets the clock of a case run on. False when it runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restart_clock(
        &mut self,
        case: CaseId,
        officer: OfficerId,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE clock_stops SET restarted_at = $2, restarted_by = $3 WHERE case_id = $1 AND restarted_at IS NULL",
            case.to_string(),
            ms(at),
            officer.to_string(),
        )?;
        Ok(touched > 0)
    }

    /// Moves the promise of a case; `on` is its day in the county, by which the queue is ordered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_answer_by(
        &mut self,
        case: CaseId,
        at: DateTime<Utc>,
        on: NaiveDate,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE cases SET answer_by = $2, answer_on = $3 WHERE id = $1",
            case.to_string(),
            ms(at),
            day(on),
        )?;
        Ok(())
    }

    /// Closes the waiting cases of a kind about a beneficiary: what they asked is settled; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_cases(&mut self, of: BeneficiaryId, kind: CaseKind) -> Result<u64> {
        run!(
            self,
            "UPDATE cases SET status = 'settled', lane = 'closed', version = version + 1
             WHERE beneficiary_id = $1 AND kind = $2 AND lane <> 'closed'",
            of.to_string(),
            word(&kind),
        )
    }

    /// Settles what waits for a form, a visit or an appointment of a beneficiary: they were confirmed on paper or in person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_on_site(&mut self, of: BeneficiaryId) -> Result<u64> {
        run!(
            self,
            "UPDATE cases SET status = 'settled', lane = 'closed', version = version + 1
             WHERE beneficiary_id = $1 AND lane IN ('visit', 'mail')",
            of.to_string(),
        )
    }
}
