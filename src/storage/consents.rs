//! Consents to face processing: separate, explicit, recorded.

use super::{
    Result, Tx,
    columns::{Word, ms, word},
};
use crate::domain::{helper::Helper, ids::LinkId};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// The consent last given on a link.
#[derive(Clone, Debug)]
pub struct ConsentRow {
    /// Version of the text that was shown.
    pub version: String,
    /// Somebody else holds the phone.
    pub assisted: bool,
    /// What the helper says to be; absent without one.
    pub helper: Option<Helper>,
    /// With a helper: the beneficiary was asked and agreed in person. Absent without one.
    pub own_consent: Option<bool>,
    /// A picture of the call may be kept to compare with later.
    pub keep_picture: bool,
}

#[derive(FromRow)]
struct Row {
    version: String,
    assisted: bool,
    helper: Option<Word<Helper>>,
    own_consent: Option<bool>,
    keep_picture: bool,
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
            "INSERT INTO consents (id, link_id, version, language, assisted, helper, own_consent, keep_picture,
             given_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            uuid::Uuid::now_v7().to_string(),
            link.to_string(),
            &consent.version,
            language,
            consent.assisted,
            consent.helper.as_ref().map(word),
            consent.own_consent,
            consent.keep_picture,
            ms(at),
        )?;
        Ok(())
    }

    /// The consent last given on a link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_consent(&mut self, link: LinkId) -> Result<Option<ConsentRow>> {
        let row = one!(
            self,
            Row,
            "SELECT version, assisted, helper, own_consent, keep_picture FROM consents WHERE link_id = $1
             ORDER BY given_at DESC, id DESC LIMIT 1",
            link.to_string(),
        )?;
        Ok(row.map(|row| ConsentRow {
            version: row.version,
            assisted: row.assisted,
            helper: row.helper.map(|helper| helper.0),
            own_consent: row.own_consent,
            keep_picture: row.keep_picture,
        }))
    }
}
