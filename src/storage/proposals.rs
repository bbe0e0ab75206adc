//! Proposals to the paying side, and the history of benefit statuses. A status changes here only, and only by a [`StatusChange`].

use super::{
    Result, Tx,
    columns::{At, Count, Text, Word, day, ms, word},
};
use crate::domain::{
    beneficiary::BenefitStatus,
    contact::ContactCount,
    ids::{BeneficiaryId, ConfirmationId, InvestigationId, OfficerId, ProposalId},
    month::Month,
    proposal::{Arrears, Proposal, ProposalKind, ProposalState},
    stop::{StatusChange, StatusWhy},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<ProposalId>,
    beneficiary_id: Text<BeneficiaryId>,
    kind: Word<ProposalKind>,
    state: Word<ProposalState>,
    due_on: Text<NaiveDate>,
    investigation_id: Option<Text<InvestigationId>>,
    confirmation_id: Option<Text<ConfirmationId>>,
    contact_attempts: Count<u32>,
    contact_channels: Count<u32>,
    proposed_at: At,
    reviewer_id: Option<Text<OfficerId>>,
    decided_at: Option<At>,
    approver_id: Option<Text<OfficerId>>,
    from_month: Option<Text<Month>>,
    arrears_from: Option<Text<Month>>,
    arrears_until: Option<Text<Month>>,
    arrears_months: Option<Count<u32>>,
    acknowledged_at: Option<At>,
    version: i64,
}

impl From<Row> for Proposal {
    fn from(row: Row) -> Self {
        let arrears = match (row.arrears_from, row.arrears_until, row.arrears_months) {
            (Some(from), Some(until), Some(months)) => {
                Some(Arrears { from: from.0, until: until.0, months: months.0 })
            }
            _ => None,
        };
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            kind: row.kind.0,
            state: row.state.0,
            due_on: row.due_on.0,
            investigation_id: row.investigation_id.map(|id| id.0),
            confirmation_id: row.confirmation_id.map(|id| id.0),
            contacts: ContactCount {
                attempts: row.contact_attempts.0,
                channels: row.contact_channels.0,
            },
            proposed_at: row.proposed_at.0,
            reviewer_id: row.reviewer_id.map(|id| id.0),
            decided_at: row.decided_at.map(|at| at.0),
            approver_id: row.approver_id.map(|id| id.0),
            from_month: row.from_month.map(|month| month.0),
            arrears,
            acknowledged_at: row.acknowledged_at.map(|at| at.0),
            version: row.version,
        }
    }
}

/// A recorded change of a benefit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Status before.
    pub from: BenefitStatus,
    /// Status after.
    pub to: BenefitStatus,
    /// Why.
    pub why: StatusWhy,
    /// What it rests on.
    pub proposal_id: ProposalId,
}

#[derive(FromRow)]
struct EventRow {
    at: At,
    from_status: Word<BenefitStatus>,
    to_status: Word<BenefitStatus>,
    why: Word<StatusWhy>,
    proposal_id: Text<ProposalId>,
}

impl Tx {
    /// Keeps a proposal.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when a stop of this person waits already.
    pub async fn add_proposal(&mut self, p: &Proposal) -> Result<()> {
        run!(
            self,
            "INSERT INTO proposals (id, beneficiary_id, kind, state, due_on, investigation_id, confirmation_id,
             contact_attempts, contact_channels, proposed_at, reviewer_id, decided_at, approver_id, from_month,
             arrears_from, arrears_until, arrears_months, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            p.id.to_string(),
            p.beneficiary_id.to_string(),
            word(&p.kind),
            word(&p.state),
            day(p.due_on),
            p.investigation_id.map(|id| id.to_string()),
            p.confirmation_id.map(|id| id.to_string()),
            i64::from(p.contacts.attempts),
            i64::from(p.contacts.channels),
            ms(p.proposed_at),
            p.reviewer_id.map(|id| id.to_string()),
            p.decided_at.map(ms),
            p.approver_id.map(|id| id.to_string()),
            p.from_month.map(|month| month.to_string()),
            p.arrears.map(|a| a.from.to_string()),
            p.arrears.map(|a| a.until.to_string()),
            p.arrears.map(|a| i64::from(a.months)),
            p.version,
        )?;
        Ok(())
    }

    /// A proposal.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposal(&mut self, id: ProposalId) -> Result<Option<Proposal>> {
        let row = one!(self, Row, "SELECT * FROM proposals WHERE id = $1", id.to_string())?;
        Ok(row.map(Proposal::from))
    }

    /// Proposals about a beneficiary, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals_of(&mut self, of: BeneficiaryId) -> Result<Vec<Proposal>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM proposals WHERE beneficiary_id = $1 ORDER BY proposed_at, id LIMIT 1000",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(Proposal::from).collect())
    }

    /// Proposals in a state after the one with id `after` (none: from the first), in order of id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals_in(
        &mut self,
        state: ProposalState,
        after: Option<ProposalId>,
        limit: i64,
    ) -> Result<Vec<Proposal>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM proposals WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3",
            word(&state),
            after.map(|id| id.to_string()).unwrap_or_default(),
            limit,
        )?;
        Ok(rows.into_iter().map(Proposal::from).collect())
    }

    /// The newest proposals in a state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_proposals(
        &mut self,
        state: ProposalState,
        limit: i64,
    ) -> Result<Vec<Proposal>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM proposals WHERE state = $1 ORDER BY proposed_at DESC, id DESC LIMIT $2",
            word(&state),
            limit,
        )?;
        Ok(rows.into_iter().map(Proposal::from).collect())
    }

    /// Writes the decision about a proposal that still has `version`. False when somebody else was first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_proposal(&mut self, decided: &Proposal, version: i64) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE proposals SET state = $3, decided_at = $4, approver_id = $5, from_month = $6, acknowledged_at = $7,
             version = version + 1 WHERE id = $1 AND version = $2",
            decided.id.to_string(),
            version,
            word(&decided.state),
            decided.decided_at.map(ms),
            decided.approver_id.map(|id| id.to_string()),
            decided.from_month.map(|month| month.to_string()),
            decided.acknowledged_at.map(ms),
        )?;
        Ok(touched == 1)
    }

    /// Takes back the stops of a beneficiary that the paying side has not acknowledged; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_stops(&mut self, of: BeneficiaryId, at: DateTime<Utc>) -> Result<u64> {
        run!(
            self,
            "UPDATE proposals SET state = 'withdrawn', decided_at = $2, version = version + 1
             WHERE beneficiary_id = $1 AND kind <> 'resume' AND state IN ('proposed', 'approved')",
            of.to_string(),
            ms(at),
        )
    }

    /// Changes a benefit status, with its place in the history. False when the status is another one by now: then nothing changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_status(
        &mut self,
        of: BeneficiaryId,
        change: &StatusChange,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE beneficiaries SET status = $3 WHERE id = $1 AND status = $2",
            of.to_string(),
            word(&change.from()),
            word(&change.to()),
        )?;
        if touched == 0 {
            return Ok(false);
        }
        run!(
            self,
            "INSERT INTO benefit_status_events (beneficiary_id, sequence, at, from_status, to_status, why, proposal_id)
             SELECT $1, COUNT(*) + 1, $2, $3, $4, $5, $6 FROM benefit_status_events WHERE beneficiary_id = $1",
            of.to_string(),
            ms(at),
            word(&change.from()),
            word(&change.to()),
            word(&change.why()),
            change.proposal().to_string(),
        )?;
        Ok(true)
    }

    /// The changes of a beneficiary's benefit status, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn status_events(&mut self, of: BeneficiaryId) -> Result<Vec<StatusEvent>> {
        let rows = all!(
            self,
            EventRow,
            "SELECT at, from_status, to_status, why, proposal_id FROM benefit_status_events
             WHERE beneficiary_id = $1 ORDER BY sequence",
            of.to_string(),
        )?;
        let whole = |row: EventRow| StatusEvent {
            at: row.at.0,
            from: row.from_status.0,
            to: row.to_status.0,
            why: row.why.0,
            proposal_id: row.proposal_id.0,
        };
        Ok(rows.into_iter().map(whole).collect())
    }
}
