//! Calls: opened, then closed exactly once.

use super::{
    Result, Tx,
    columns::{At, Json, Text, Word, json, ms, word},
};
use crate::domain::{
    call::CallStatus,
    control::CallResult,
    ids::{BeneficiaryId, CallId, LinkId},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// What kind of call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// A video call.
    Call,
    /// A single still sent instead of a call. No machine verdict: always an officer's.
    Photo,
}

/// A call to be opened.
#[derive(Clone, Debug)]
pub struct NewCall<'a> {
    /// Id.
    pub id: CallId,
    /// Kind.
    pub kind: CallKind,
    /// On which link.
    pub link_id: LinkId,
    /// Whose claim.
    pub beneficiary_id: BeneficiaryId,
    /// Node that conducts it.
    pub node: &'a str,
    /// SHA-256 of its token, hex.
    pub token_sha256: &'a str,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// Policy in force.
    pub policy_version: &'a str,
}

/// A stored call.
#[derive(Clone, Debug)]
pub struct CallRow {
    /// Id.
    pub id: CallId,
    /// Kind.
    pub kind: CallKind,
    /// On which link.
    pub link_id: LinkId,
    /// Whose claim.
    pub beneficiary_id: BeneficiaryId,
    /// Node that conducts it.
    pub node: String,
    /// SHA-256 of its token, hex.
    pub token_sha256: String,
    /// Where it stands.
    pub status: CallStatus,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// What the phone was told at the end.
    pub result: Option<CallResult>,
    /// The sealed record.
    pub sealed_record: Option<Vec<u8>>,
    /// SHA-256 over the sealed evidence, hex.
    pub evidence_sha256: Option<String>,
    /// Policy in force when it opened.
    pub policy_version: String,
}

#[derive(FromRow)]
struct Row {
    id: Text<CallId>,
    kind: Word<CallKind>,
    link_id: Text<LinkId>,
    beneficiary_id: Text<BeneficiaryId>,
    node: String,
    token_sha256: String,
    status: Word<CallStatus>,
    opened_at: At,
    result: Option<Json<CallResult>>,
    sealed_record: Option<Vec<u8>>,
    evidence_sha256: Option<String>,
    policy_version: String,
}

impl From<Row> for CallRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind.0,
            link_id: row.link_id.0,
            beneficiary_id: row.beneficiary_id.0,
            node: row.node,
            token_sha256: row.token_sha256,
            status: row.status.0,
            opened_at: row.opened_at.0,
            result: row.result.map(|r| r.0),
            sealed_record: row.sealed_record,
            evidence_sha256: row.evidence_sha256,
            policy_version: row.policy_version,
        }
    }
}

impl Tx {
    /// Opens a call.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when another call is open on this link.
    pub async fn open_call(&mut self, call: &NewCall<'_>) -> Result<()> {
        run!(
            self,
            "INSERT INTO calls (id, kind, link_id, beneficiary_id, node, token_sha256, status, opened_at, counts,
             policy_version) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)",
            call.id.to_string(),
            word(&call.kind),
            call.link_id.to_string(),
            call.beneficiary_id.to_string(),
            call.node,
            call.token_sha256,
            ms(call.opened_at),
            false,
            call.policy_version,
        )?;
        Ok(())
    }

    /// A call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call(&mut self, id: CallId) -> Result<Option<CallRow>> {
        let row = one!(self, Row, "SELECT * FROM calls WHERE id = $1", id.to_string())?;
        Ok(row.map(CallRow::from))
    }

    /// Closes an open call. False when it was closed before: then nothing is changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_call(
        &mut self,
        id: CallId,
        status: CallStatus,
        at: DateTime<Utc>,
        counts: bool,
        result: &CallResult,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE calls SET status = $2, ended_at = $3, counts = $4, result = $5 WHERE id = $1 AND status = 'open'",
            id.to_string(),
            word(&status),
            ms(at),
            counts,
            json(result)?,
        )?;
        Ok(touched == 1)
    }

    /// Keeps the sealed record of a call and the hash over all its sealed evidence.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_record(
        &mut self,
        id: CallId,
        sealed: &[u8],
        evidence_sha256: &str,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE calls SET sealed_record = $2, evidence_sha256 = $3 WHERE id = $1",
            id.to_string(),
            sealed,
            evidence_sha256,
        )?;
        Ok(())
    }

    /// Calls still open on a link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_calls_of_link(&mut self, link: LinkId) -> Result<Vec<CallId>> {
        let rows = all!(
            self,
            (Text<CallId>,),
            "SELECT id FROM calls WHERE link_id = $1 AND status = 'open'",
            link.to_string(),
        )?;
        Ok(rows.into_iter().map(|row| row.0.0).collect())
    }

    /// Calls still open on a node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_calls_of_node(&mut self, node: &str) -> Result<Vec<CallId>> {
        let rows = all!(
            self,
            (Text<CallId>,),
            "SELECT id FROM calls WHERE node = $1 AND status = 'open' ORDER BY opened_at, id",
            node,
        )?;
        Ok(rows.into_iter().map(|row| row.0.0).collect())
    }

    /// When the attempts that count ended, newest first, after `from`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts(
        &mut self,
        of: BeneficiaryId,
        from: DateTime<Utc>,
    ) -> Result<Vec<DateTime<Utc>>> {
        let rows = all!(
            self,
            (At,),
            "SELECT ended_at FROM calls WHERE beneficiary_id = $1 AND counts = $2 AND ended_at > $3
             ORDER BY ended_at DESC LIMIT 1000",
            of.to_string(),
            true,
            ms(from),
        )?;
        Ok(rows.into_iter().map(|row| row.0.0).collect())
    }

    /// How many calls on a link ended in: (any verdict, a retry).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls_before(&mut self, link: LinkId) -> Result<(u32, u32)> {
        let rows = all!(
            self,
            (Word<CallStatus>,),
            "SELECT status FROM calls WHERE link_id = $1 AND kind = 'call'
             AND status IN ('confirmed', 'flagged', 'retry') LIMIT 1000",
            link.to_string(),
        )?;
        let retries = rows.iter().filter(|row| row.0.0 == CallStatus::Retry).count();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok((count(rows.len()), count(retries)))
    }
}
