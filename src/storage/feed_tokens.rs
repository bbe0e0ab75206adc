//! Machines that may read the feed. Only the SHA-256 of a token is stored.

use super::{
    Result, Tx,
    columns::{At, Text, ms},
};
use crate::domain::ids::FeedTokenId;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedTokenRow {
    /// Id.
    pub id: FeedTokenId,
    /// Name.
    pub name: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    id: Text<FeedTokenId>,
    name: String,
    made_at: At,
    revoked_at: Option<At>,
}

impl From<Row> for FeedTokenRow {
    fn from(row: Row) -> Self {
        let revoked_at = row.revoked_at.map(|at| at.0);
        Self { id: row.id.0, name: row.name, made_at: row.made_at.0, revoked_at }
    }
}

impl Tx {
    /// Adds a machine.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the name is taken.
    pub async fn add_feed_token(&mut self, new: &FeedTokenRow, token_sha256: &str) -> Result<()> {
        run!(
            self,
            "INSERT INTO feed_tokens (id, name, token_sha256, made_at) VALUES ($1, $2, $3, $4)",
            new.id.to_string(),
            &new.name,
            token_sha256,
            ms(new.made_at),
        )?;
        Ok(())
    }

    /// The machine of a token, when it may read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_token(&mut self, token_sha256: &str) -> Result<Option<FeedTokenRow>> {
        let row = one!(
            self,
            Row,
            "SELECT id, name, made_at, revoked_at FROM feed_tokens WHERE token_sha256 = $1 AND revoked_at IS NULL",
            token_sha256,
        )?;
        Ok(row.map(FeedTokenRow::from))
    }

    /// All machines, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_tokens(&mut self) -> Result<Vec<FeedTokenRow>> {
        let rows =
            all!(self, Row, "SELECT id, name, made_at, revoked_at FROM feed_tokens ORDER BY name")?;
        Ok(rows.into_iter().map(FeedTokenRow::from).collect())
    }

    /// Takes a token back. None when there is none of this name that may read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_feed_token(
        &mut self,
        name: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<FeedTokenId>> {
        let row = one!(
            self,
            (Text<FeedTokenId>,),
            "UPDATE feed_tokens SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING id",
            name,
            ms(at),
        )?;
        Ok(row.map(|r| r.0.0))
    }
}
