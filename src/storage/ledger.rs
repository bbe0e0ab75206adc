//! The append-only list of ledger entries. What they mean is the ledger room's affair.

use super::{Result, Tx};
use sqlx::FromRow;

/// The last entry.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LedgerHead {
    /// Number of the entry, from 1.
    pub seq: i64,
    /// Hash over the chain up to it, hex.
    pub chain_sha256: String,
}

impl Tx {
    /// The last entry; none in an empty ledger.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_head(&mut self) -> Result<Option<LedgerHead>> {
        one!(self, LedgerHead, "SELECT seq, chain_sha256 FROM ledger ORDER BY seq DESC LIMIT 1")
    }

    /// Appends an entry after `head.seq - 1`. Call [`Tx::next`] on `ledger` for the number: it lets only one writer pass.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the number or the entry is there already.
    pub async fn append_ledger(
        &mut self,
        head: &LedgerHead,
        entry: &str,
        leaf_sha256: &str,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO ledger (seq, entry, leaf_sha256, chain_sha256) VALUES ($1, $2, $3, $4)",
            head.seq,
            entry,
            leaf_sha256,
            &head.chain_sha256,
        )?;
        Ok(())
    }

    /// Entries from number `from` on, in order: (number, entry, leaf hash).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_entries(
        &mut self,
        from: i64,
        limit: i64,
    ) -> Result<Vec<(i64, String, String)>> {
        all!(
            self,
            (i64, String, String),
            "SELECT seq, entry, leaf_sha256 FROM ledger WHERE seq >= $1 ORDER BY seq LIMIT $2",
            from,
            limit,
        )
    }
}
