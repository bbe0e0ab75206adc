//! The special-care register (台账), and events from elsewhere that were matched.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day, ms, word},
};
use crate::domain::{
    assistance::{AskedBy, CareFlag, SpecialCare},
    data_match::MatchFound,
    ids::{BeneficiaryId, ConfirmationId, OfficerId, SpecialCareId},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<SpecialCareId>,
    beneficiary_id: Text<BeneficiaryId>,
    flag: Word<CareFlag>,
    reason: String,
    since_on: Text<NaiveDate>,
    review_on: Text<NaiveDate>,
    asked_by: Word<AskedBy>,
    entered_at: At,
    entered_by: Text<OfficerId>,
    ended_at: Option<At>,
    version: i64,
}

impl From<Row> for SpecialCare {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            flag: row.flag.0,
            reason: row.reason,
            since_on: row.since_on.0,
            review_on: row.review_on.0,
            asked_by: row.asked_by.0,
            entered_at: row.entered_at.0,
            entered_by: row.entered_by.0,
            ended_at: row.ended_at.map(|at| at.0),
            version: row.version,
        }
    }
}

/// An event to be recorded.
#[derive(Clone, Debug)]
pub struct EvidenceEvent {
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// Who recorded it.
    pub source: String,
    /// What.
    pub kind: String,
    /// When.
    pub event_on: NaiveDate,
    /// Where.
    pub place: String,
    /// What it was worth.
    pub found: MatchFound,
    /// What it confirmed.
    pub confirmation_id: Option<ConfirmationId>,
}

impl Tx {
    /// Enters somebody. False when they are in the register with this flag already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enter_special_care(&mut self, new: &SpecialCare) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO special_care (id, beneficiary_id, flag, reason, since_on, review_on, asked_by, entered_at,
             entered_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) ON CONFLICT DO NOTHING",
            new.id.to_string(),
            new.beneficiary_id.to_string(),
            word(&new.flag),
            &new.reason,
            day(new.since_on),
            day(new.review_on),
            word(&new.asked_by),
            ms(new.entered_at),
            new.entered_by.to_string(),
        )?;
        Ok(touched == 1)
    }

    /// The register: entries that have not ended, first what is to be reviewed first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn special_care(&mut self) -> Result<Vec<SpecialCare>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM special_care WHERE ended_at IS NULL ORDER BY review_on, id"
        )?;
        Ok(rows.into_iter().map(SpecialCare::from).collect())
    }

    /// Entries about a beneficiary that have not ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn special_care_of(&mut self, of: BeneficiaryId) -> Result<Vec<SpecialCare>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM special_care WHERE beneficiary_id = $1 AND ended_at IS NULL ORDER BY entered_at, id",
            of.to_string()
        )?;
        Ok(rows.into_iter().map(SpecialCare::from).collect())
    }

    /// An entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn special_care_entry(&mut self, id: SpecialCareId) -> Result<Option<SpecialCare>> {
        let row = one!(self, Row, "SELECT * FROM special_care WHERE id = $1", id.to_string())?;
        Ok(row.map(SpecialCare::from))
    }

    /// Sets the day of the next review. False when the entry has another version or has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn review_special_care(
        &mut self,
        (id, version): (SpecialCareId, i64),
        review_on: NaiveDate,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE special_care SET review_on = $3, version = version + 1
             WHERE id = $1 AND version = $2 AND ended_at IS NULL",
            id.to_string(),
            version,
            day(review_on),
        )?;
        Ok(touched == 1)
    }

    /// Ends an entry. False when it has another version or has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_special_care(
        &mut self,
        (id, version): (SpecialCareId, i64),
        by: OfficerId,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE special_care SET ended_at = $3, ended_by = $4, version = version + 1
             WHERE id = $1 AND version = $2 AND ended_at IS NULL",
            id.to_string(),
            version,
            ms(at),
            by.to_string(),
        )?;
        Ok(touched == 1)
    }

    /// Whether this event is recorded already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_evidence(&mut self, event: &EvidenceEvent) -> Result<bool> {
        let row = one!(
            self,
            (String,),
            "SELECT id FROM evidence_events WHERE beneficiary_id = $1 AND source = $2 AND kind = $3 AND event_on = $4",
            event.beneficiary_id.to_string(),
            &event.source,
            &event.kind,
            day(event.event_on),
        )?;
        Ok(row.is_some())
    }

    /// Records an event with what it was worth.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when it is recorded already.
    pub async fn add_evidence(
        &mut self,
        event: &EvidenceEvent,
        file_sha256: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO evidence_events (id, beneficiary_id, source, kind, event_on, place, found, file_sha256,
             recorded_at, confirmation_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            uuid::Uuid::now_v7().to_string(),
            event.beneficiary_id.to_string(),
            &event.source,
            &event.kind,
            day(event.event_on),
            &event.place,
            word(&event.found),
            file_sha256,
            ms(at),
            event.confirmation_id.map(|id| id.to_string()),
        )?;
        Ok(())
    }
}
