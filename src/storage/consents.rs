//! Consents to face processing: separate, explicit, recorded.

use super::{Result, Tx, columns::ms};
use crate::domain::ids::LinkId;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// The consent last given on a link.
#[derive(Clone, Debug, FromRow)]
pub struct ConsentRow {
    /// Version of the text that was shown.
    pub version: String,
    /// Somebody else holds the phone.
    pub assisted: bool,
}

impl Tx {
    /// Records a consent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_consent(
        &mut self,
        link: LinkId,
        consent: &ConsentRow,
        language: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO consents (id, link_id, version, language, assisted, given_at) VALUES ($1, $2, $3, $4, $5, $6)",
            uuid::Uuid::now_v7().to_string(),
            link.to_string(),
            &consent.version,
            language,
            consent.assisted,
            ms(at),
        )?;
        Ok(())
    }

    /// The consent last given on a link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_consent(&mut self, link: LinkId) -> Result<Option<ConsentRow>> {
        one!(
            self,
            ConsentRow,
            "SELECT version, assisted FROM consents WHERE link_id = $1 ORDER BY given_at DESC, id DESC LIMIT 1",
            link.to_string(),
        )
    }
}
