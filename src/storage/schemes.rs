//! Versions of schemes. A version is written once; only its decision is added.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    ids::OfficerId,
    scheme::{Scheme, SchemeBook, SchemeState, SchemeVersion},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    version: Count<u32>,
    terms: Json<Scheme>,
    effective_from: Text<NaiveDate>,
    state: Word<SchemeState>,
    proposed_at: At,
    proposer_id: Option<Text<OfficerId>>,
    decided_at: Option<At>,
    approver_id: Option<Text<OfficerId>>,
}

impl From<Row> for SchemeVersion {
    fn from(row: Row) -> Self {
        Self {
            version: row.version.0,
            terms: row.terms.0,
            effective_from: row.effective_from.0,
            state: row.state.0,
            proposed_at: row.proposed_at.0,
            proposer_id: row.proposer_id.map(|id| id.0),
            decided_at: row.decided_at.map(|at| at.0),
            approver_id: row.approver_id.map(|id| id.0),
        }
    }
}

impl Tx {
    /// All versions of all schemes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schemes(&mut self) -> Result<SchemeBook> {
        let rows = all!(
            self,
            Row,
            "SELECT version, terms, effective_from, state, proposed_at, proposer_id, decided_at, approver_id
             FROM schemes ORDER BY name, version",
        )?;
        Ok(SchemeBook::new(rows.into_iter().map(SchemeVersion::from).collect()))
    }

    /// Keeps a version, unless one of this number is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_scheme(&mut self, new: &SchemeVersion) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO schemes (name, version, terms, effective_from, state, proposed_at, proposer_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name, version) DO NOTHING",
            &new.terms.name,
            i64::from(new.version),
            json(&new.terms)?,
            day(new.effective_from),
            word(&new.state),
            ms(new.proposed_at),
            new.proposer_id.map(|id| id.to_string()),
        )?;
        Ok(touched == 1)
    }

    /// Decides about a version that waits. False when it does not wait, or when its proposer is the one who decides.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_scheme(
        &mut self,
        (name, version): (&str, u32),
        to: SchemeState,
        approver: OfficerId,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE schemes SET state = $3, approver_id = $4, decided_at = $5
             WHERE name = $1 AND version = $2 AND state = 'proposed' AND proposer_id <> $4",
            name,
            i64::from(version),
            word(&to),
            approver.to_string(),
            ms(at),
        )?;
        Ok(touched == 1)
    }
}
