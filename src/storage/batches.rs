//! Batches run from the console.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, json, ms, word},
};
use crate::domain::{
    batch::{Batch, BatchKind, BatchState},
    ids::{BatchId, OfficerId},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<BatchId>,
    kind: Word<BatchKind>,
    state: Word<BatchState>,
    file_name: Option<String>,
    file_bytes: Count<u64>,
    parts: Count<u64>,
    received: Count<u64>,
    made_at: At,
    made_by: Text<OfficerId>,
    run_by: Option<Text<OfficerId>>,
    ended_at: Option<At>,
    report: Option<Json<serde_json::Value>>,
    version: i64,
}

impl From<Row> for Batch {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind.0,
            state: row.state.0,
            file_name: row.file_name,
            file_bytes: row.file_bytes.0,
            parts: row.parts.0,
            received: row.received.0,
            made_at: row.made_at.0,
            made_by: row.made_by.0,
            run_by: row.run_by.map(|id| id.0),
            ended_at: row.ended_at.map(|at| at.0),
            report: row.report.map(|report| report.0),
            version: row.version,
        }
    }
}

/// How a run of a batch ended.
#[derive(Clone, Copy, Debug)]
pub struct BatchEnd<'a> {
    /// Where it stands now.
    pub state: BatchState,
    /// What it found and did.
    pub report: &'a serde_json::Value,
    /// When.
    pub at: DateTime<Utc>,
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Tx {
    /// Keeps a new batch, with the salt of its file's key and the machine that holds the file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_batch(&mut self, new: &Batch, salt: Option<&[u8]>, node: &str) -> Result<()> {
        run!(
            self,
            "INSERT INTO batches (id, kind, state, file_name, file_bytes, parts, received, seal_salt, node, made_at, made_by, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            new.id.to_string(),
            word(&new.kind),
            word(&new.state),
            new.file_name.as_deref(),
            number(new.file_bytes),
            number(new.parts),
            number(new.received),
            salt,
            node,
            ms(new.made_at),
            new.made_by.to_string(),
            new.version,
        )?;
        Ok(())
    }

    /// A batch.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batch(&mut self, id: BatchId) -> Result<Option<Batch>> {
        let row = one!(self, Row, "SELECT * FROM batches WHERE id = $1", id.to_string())?;
        Ok(row.map(Batch::from))
    }

    /// The salt of a batch's file, and the machine that holds it; none when the file is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batch_salt(&mut self, id: BatchId) -> Result<Option<(Vec<u8>, String)>> {
        one!(
            self,
            (Vec<u8>, String),
            "SELECT seal_salt, node FROM batches WHERE id = $1 AND seal_salt IS NOT NULL",
            id.to_string()
        )
    }

    /// Batches, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batches(&mut self, limit: i64) -> Result<Vec<Batch>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM batches ORDER BY made_at DESC, id DESC LIMIT $1",
            limit
        )?;
        Ok(rows.into_iter().map(Batch::from).collect())
    }

    /// Batches that were made before and are neither over nor running.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgotten_batches(&mut self, before: DateTime<Utc>) -> Result<Vec<Batch>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM batches WHERE made_at < $1 AND state NOT IN ('done', 'dropped', 'running') LIMIT 100",
            ms(before)
        )?;
        Ok(rows.into_iter().map(Batch::from).collect())
    }

    /// One more part has come. False when another part was waited for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batch_received(&mut self, id: BatchId, nth: u64) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE batches SET received = received + 1,
             state = CASE WHEN received + 1 = parts THEN 'ready' ELSE state END, version = version + 1
             WHERE id = $1 AND state = 'receiving' AND received = $2",
            id.to_string(),
            number(nth),
        )?;
        Ok(touched == 1)
    }

    /// A run begins. False when the batch has another version by now.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when another of its kind runs.
    pub async fn begin_batch(
        &mut self,
        (id, version): (BatchId, i64),
        by: OfficerId,
        node: &str,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE batches SET state = 'running', run_by = $3, node = $4, ended_at = NULL, version = version + 1
             WHERE id = $1 AND version = $2 AND state IN ('ready', 'checked', 'interrupted', 'failed')",
            id.to_string(),
            version,
            by.to_string(),
            node,
        )?;
        Ok(touched == 1)
    }

    /// A run has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_batch(&mut self, id: BatchId, end: &BatchEnd<'_>) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE batches SET state = $2, report = $3, ended_at = $4, version = version + 1
             WHERE id = $1 AND state NOT IN ('done', 'dropped')",
            id.to_string(),
            word(&end.state),
            json(end.report)?,
            ms(end.at),
        )?;
        Ok(touched == 1)
    }

    /// The file of a batch is gone, and with its salt the key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_batch_salt(&mut self, id: BatchId) -> Result<()> {
        run!(self, "UPDATE batches SET seal_salt = NULL WHERE id = $1", id.to_string())?;
        Ok(())
    }

    /// What ran on this machine when it stopped was cut off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn interrupt_batches(&mut self, node: &str, at: DateTime<Utc>) -> Result<u64> {
        run!(
            self,
            "UPDATE batches SET state = 'interrupted', ended_at = $2, version = version + 1
             WHERE state = 'running' AND node = $1",
            node,
            ms(at),
        )
    }
}
