//! Links: who is asked. Only the SHA-256 of a token is stored.

use super::{
    Result, Tx,
    columns::{At, Text, ms},
};
use crate::domain::ids::{BeneficiaryId, LinkId};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// A link.
#[derive(Clone, Copy, Debug)]
pub struct LinkRow {
    /// Id.
    pub id: LinkId,
    /// Who is asked.
    pub beneficiary_id: BeneficiaryId,
    /// Made.
    pub made_at: DateTime<Utc>,
    /// Works until.
    pub expires_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: Text<LinkId>,
    beneficiary_id: Text<BeneficiaryId>,
    made_at: At,
    expires_at: At,
}

impl From<Row> for LinkRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            made_at: row.made_at.0,
            expires_at: row.expires_at.0,
        }
    }
}

impl Tx {
    /// Stores a link by the hash of its token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_link(&mut self, link: &LinkRow, token_sha256: &str) -> Result<()> {
        run!(
            self,
            "INSERT INTO links (id, beneficiary_id, token_sha256, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
            link.id.to_string(),
            link.beneficiary_id.to_string(),
            token_sha256,
            ms(link.made_at),
            ms(link.expires_at),
        )?;
        Ok(())
    }

    /// Lets a link work until `until`, when it would end before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extend_link(&mut self, id: LinkId, until: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE links SET expires_at = $2 WHERE id = $1 AND expires_at < $2",
            id.to_string(),
            ms(until)
        )?;
        Ok(())
    }

    /// The link whose token has this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_of_token(&mut self, token_sha256: &str) -> Result<Option<LinkRow>> {
        let row = one!(
            self,
            Row,
            "SELECT id, beneficiary_id, made_at, expires_at FROM links WHERE token_sha256 = $1",
            token_sha256,
        )?;
        Ok(row.map(LinkRow::from))
    }

    /// A link by its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link(&mut self, id: LinkId) -> Result<Option<LinkRow>> {
        let row = one!(
            self,
            Row,
            "SELECT id, beneficiary_id, made_at, expires_at FROM links WHERE id = $1",
            id.to_string(),
        )?;
        Ok(row.map(LinkRow::from))
    }
}
