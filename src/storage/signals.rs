//! Signals from outside, and investigations.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day, ms, word},
};
use crate::domain::{
    ids::{BeneficiaryId, CaseId, InvestigationId, OfficerId, SignalId},
    investigation::{Investigation, InvestigationEnd, InvestigationFinding},
    signal::{Signal, SignalKind, SignalState},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct SignalRow {
    id: Text<SignalId>,
    beneficiary_id: Text<BeneficiaryId>,
    kind: Word<SignalKind>,
    source: String,
    event_on: Option<Text<NaiveDate>>,
    received_at: At,
    case_id: Option<Text<CaseId>>,
    state: Word<SignalState>,
    settled_at: Option<At>,
}

#[derive(FromRow)]
struct InvestigationRow {
    id: Text<InvestigationId>,
    beneficiary_id: Text<BeneficiaryId>,
    opened_at: At,
    opened_by: Text<OfficerId>,
    closed_at: Option<At>,
    closed_by: Option<Text<OfficerId>>,
    finding: Option<Word<InvestigationFinding>>,
    report: Option<String>,
}

impl From<SignalRow> for Signal {
    fn from(row: SignalRow) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            kind: row.kind.0,
            source: row.source,
            event_on: row.event_on.map(|d| d.0),
            received_at: row.received_at.0,
            case_id: row.case_id.map(|id| id.0),
            state: row.state.0,
            settled_at: row.settled_at.map(|at| at.0),
        }
    }
}

impl From<InvestigationRow> for Investigation {
    fn from(row: InvestigationRow) -> Self {
        let end = match (row.closed_at, row.closed_by, row.finding) {
            (Some(at), Some(by), Some(finding)) => Some(InvestigationEnd {
                closed_at: at.0,
                closed_by: by.0,
                finding: finding.0,
                report: row.report.unwrap_or_default(),
            }),
            _ => None,
        };
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            opened_at: row.opened_at.0,
            opened_by: row.opened_by.0,
            end,
        }
    }
}

impl Tx {
    /// Keeps a signal. False when the same word came from the same source already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_signal(&mut self, new: &Signal) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO signals (id, beneficiary_id, kind, source, event_on, received_at, case_id, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            new.id.to_string(),
            new.beneficiary_id.to_string(),
            word(&new.kind),
            &new.source,
            new.event_on.map(day),
            ms(new.received_at),
            new.case_id.map(|id| id.to_string()),
            word(&new.state),
        )?;
        Ok(touched == 1)
    }

    /// The case that a signal opened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_signal_case(&mut self, id: SignalId, case: CaseId) -> Result<()> {
        run!(
            self,
            "UPDATE signals SET case_id = $2 WHERE id = $1",
            id.to_string(),
            case.to_string()
        )?;
        Ok(())
    }

    /// Settles the open signals of a beneficiary of this kind; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_signals(
        &mut self,
        of: BeneficiaryId,
        kind: SignalKind,
        to: SignalState,
        at: DateTime<Utc>,
    ) -> Result<u64> {
        run!(
            self,
            "UPDATE signals SET state = $3, settled_at = $4 WHERE beneficiary_id = $1 AND kind = $2 AND state = 'open'",
            of.to_string(),
            word(&kind),
            word(&to),
            ms(at),
        )
    }

    /// Signals about a beneficiary, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signals(&mut self, of: BeneficiaryId) -> Result<Vec<Signal>> {
        let rows = all!(
            self,
            SignalRow,
            "SELECT * FROM signals WHERE beneficiary_id = $1 ORDER BY received_at, id LIMIT 1000",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(Signal::from).collect())
    }

    /// Opens an investigation.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when one runs already.
    pub async fn open_investigation(&mut self, new: &Investigation) -> Result<()> {
        run!(
            self,
            "INSERT INTO investigations (id, beneficiary_id, opened_at, opened_by) VALUES ($1, $2, $3, $4)",
            new.id.to_string(),
            new.beneficiary_id.to_string(),
            ms(new.opened_at),
            new.opened_by.to_string(),
        )?;
        Ok(())
    }

    /// Closes an investigation that runs. False when it is closed already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_investigation(
        &mut self,
        id: InvestigationId,
        end: &InvestigationEnd,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE investigations SET closed_at = $2, closed_by = $3, finding = $4, report = $5
             WHERE id = $1 AND closed_at IS NULL",
            id.to_string(),
            ms(end.closed_at),
            end.closed_by.to_string(),
            word(&end.finding),
            &end.report,
        )?;
        Ok(touched == 1)
    }

    /// An investigation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn investigation(&mut self, id: InvestigationId) -> Result<Option<Investigation>> {
        let row = one!(
            self,
            InvestigationRow,
            "SELECT * FROM investigations WHERE id = $1",
            id.to_string()
        )?;
        Ok(row.map(Investigation::from))
    }

    /// Investigations about a beneficiary, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn investigations(&mut self, of: BeneficiaryId) -> Result<Vec<Investigation>> {
        let rows = all!(
            self,
            InvestigationRow,
            "SELECT * FROM investigations WHERE beneficiary_id = $1 ORDER BY opened_at, id LIMIT 1000",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(Investigation::from).collect())
    }
}
