//! Changes of policy. A change is written once; only its decision is added.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    ids::{OfficerId, PolicyChangeId},
    quality::{PolicyChange, Terms},
    scheme::SchemeState,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<PolicyChangeId>,
    version: Count<u32>,
    terms: Json<Terms>,
    effective_from: Text<NaiveDate>,
    reason: String,
    state: Word<SchemeState>,
    proposed_at: At,
    proposer_id: Text<OfficerId>,
    decided_at: Option<At>,
    approver_id: Option<Text<OfficerId>>,
}

impl From<Row> for PolicyChange {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            version: row.version.0,
            terms: row.terms.0,
            effective_from: row.effective_from.0,
            reason: row.reason,
            state: row.state.0,
            proposed_at: row.proposed_at.0,
            proposer_id: row.proposer_id.0,
            decided_at: row.decided_at.map(|at| at.0),
            approver_id: row.approver_id.map(|id| id.0),
        }
    }
}

impl Tx {
    /// All changes, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_changes(&mut self) -> Result<Vec<PolicyChange>> {
        let rows = all!(
            self,
            Row,
            "SELECT id, version, terms, effective_from, reason, state, proposed_at, proposer_id, decided_at, approver_id
             FROM policy_changes ORDER BY proposed_at, id",
        )?;
        Ok(rows.into_iter().map(PolicyChange::from).collect())
    }

    /// Keeps a proposed change.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when another one of its kind waits already.
    pub async fn add_policy_change(&mut self, new: &PolicyChange) -> Result<()> {
        run!(
            self,
            "INSERT INTO policy_changes (id, kind, version, terms, effective_from, reason, state, proposed_at, proposer_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            new.id.to_string(),
            word(&new.terms.kind()),
            i64::from(new.version),
            json(&new.terms)?,
            day(new.effective_from),
            &new.reason,
            word(&new.state),
            ms(new.proposed_at),
            new.proposer_id.to_string(),
        )?;
        Ok(())
    }

    /// Decides about a change that waits. False when it does not wait, or when its proposer is the one who decides.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_policy_change(
        &mut self,
        id: PolicyChangeId,
        to: SchemeState,
        approver: OfficerId,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE policy_changes SET state = $2, approver_id = $3, decided_at = $4
             WHERE id = $1 AND state = 'proposed' AND proposer_id <> $3",
            id.to_string(),
            word(&to),
            approver.to_string(),
            ms(at),
        )?;
        Ok(touched == 1)
    }
}
