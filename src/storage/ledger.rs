//! The append-only list of ledger entries. What they mean is the ledger room's affair.

use super::{
    Result, Tx,
    columns::{Count, Json, json},
};
use sqlx::FromRow;

/// One stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Place in the log, from 0.
    pub sequence: u64,
    /// The entry, JSON.
    pub entry: String,
    /// Hash of its leaf, hex.
    pub leaf_sha256: String,
    /// Right edge of the tree after it, hex.
    pub peaks: Vec<String>,
}

#[derive(FromRow)]
struct Row {
    sequence: Count<u64>,
    entry: String,
    leaf_sha256: String,
    peaks: Json<Vec<String>>,
}

impl From<Row> for LedgerRow {
    fn from(row: Row) -> Self {
        Self {
            sequence: row.sequence.0,
            entry: row.entry,
            leaf_sha256: row.leaf_sha256,
            peaks: row.peaks.0,
        }
    }
}

impl Tx {
    /// The last entry; none in an empty ledger. Call [`Tx::next`] on `ledger` first: it lets only one writer pass.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_head(&mut self) -> Result<Option<LedgerRow>> {
        let row = one!(self, Row, "SELECT * FROM ledger ORDER BY sequence DESC LIMIT 1")?;
        Ok(row.map(LedgerRow::from))
    }

    /// Appends an entry.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when its place is taken.
    pub async fn append_ledger(&mut self, row: &LedgerRow) -> Result<()> {
        run!(
            self,
            "INSERT INTO ledger (sequence, entry, leaf_sha256, peaks) VALUES ($1, $2, $3, $4)",
            i64::try_from(row.sequence).unwrap_or(i64::MAX),
            &row.entry,
            &row.leaf_sha256,
            json(&row.peaks)?,
        )?;
        Ok(())
    }

    /// Entries from place `from` on, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_entries(&mut self, from: i64, limit: i64) -> Result<Vec<LedgerRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM ledger WHERE sequence >= $1 ORDER BY sequence LIMIT $2",
            from,
            limit,
        )?;
        Ok(rows.into_iter().map(LedgerRow::from).collect())
    }
}
