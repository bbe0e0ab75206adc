//! Reference photographs and their embeddings, both sealed.

use super::{
    Result, Tx,
    columns::{At, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    ids::{BeneficiaryId, CallId, OfficerId, ReferenceId},
    renewal::ReferenceStanding,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// A reference photograph to be stored.
#[derive(Clone, Debug)]
pub struct NewReference {
    /// Id.
    pub id: ReferenceId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Where it came from: `roster`, `demo`, `call`.
    pub source: &'static str,
    /// Taken on.
    pub taken_on: Option<NaiveDate>,
    /// Enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// Eyes in px, image-left first.
    pub eyes: Option<[[f32; 2]; 2]>,
    /// Quality, 0 to 100.
    pub quality: u8,
    /// JPEG, sealed.
    pub sealed_photo: Vec<u8>,
    /// SHA-256 of the embedder, hex.
    pub embedder_sha256: String,
    /// Embedding, sealed.
    pub sealed_embedding: Vec<u8>,
    /// SHA-256 of the file that it was enrolled from, hex.
    pub file_sha256: String,
    /// Whether it is compared with.
    pub standing: ReferenceStanding,
    /// Call that it was kept from, and the officer who confirmed it.
    pub kept_from: Option<(CallId, OfficerId)>,
}

/// A stored reference without its picture.
#[derive(Clone, Debug)]
pub struct ReferenceRow {
    /// Id.
    pub id: ReferenceId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Where it came from.
    pub source: String,
    /// Taken on.
    pub taken_on: Option<NaiveDate>,
    /// Enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// Eyes in px.
    pub eyes: Option<[[f32; 2]; 2]>,
    /// SHA-256 of the embedder, hex.
    pub embedder_sha256: String,
    /// Embedding, sealed.
    pub sealed_embedding: Vec<u8>,
    /// Whether it is compared with.
    pub standing: ReferenceStanding,
    /// Officer whose confirmation it was kept from.
    pub kept_by: Option<OfficerId>,
}

#[derive(FromRow)]
struct Row {
    id: Text<ReferenceId>,
    beneficiary_id: Text<BeneficiaryId>,
    source: String,
    taken_on: Option<Text<NaiveDate>>,
    enrolled_at: At,
    eyes: Json<Option<[[f32; 2]; 2]>>,
    embedder_sha256: String,
    sealed_embedding: Vec<u8>,
    standing: Word<ReferenceStanding>,
    kept_by: Option<Text<OfficerId>>,
}

impl From<Row> for ReferenceRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            source: row.source,
            taken_on: row.taken_on.map(|d| d.0),
            enrolled_at: row.enrolled_at.0,
            eyes: row.eyes.0,
            embedder_sha256: row.embedder_sha256,
            sealed_embedding: row.sealed_embedding,
            standing: row.standing.0,
            kept_by: row.kept_by.map(|id| id.0),
        }
    }
}

impl Tx {
    /// Stores a reference photograph.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_reference(&mut self, r: &NewReference) -> Result<()> {
        run!(
            self,
            "INSERT INTO reference_photos (id, beneficiary_id, source, taken_on, enrolled_at, eyes, quality,
             sealed_photo, embedder_sha256, sealed_embedding, file_sha256, standing, call_id, kept_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            r.id.to_string(),
            r.beneficiary_id.to_string(),
            r.source,
            r.taken_on.map(day),
            ms(r.enrolled_at),
            json(&r.eyes)?,
            i64::from(r.quality),
            r.sealed_photo.as_slice(),
            &r.embedder_sha256,
            r.sealed_embedding.as_slice(),
            &r.file_sha256,
            word(&r.standing),
            r.kept_from.map(|(call, _)| call.to_string()),
            r.kept_from.map(|(_, officer)| officer.to_string()),
        )?;
        Ok(())
    }

    /// The references of a beneficiary that calls are compared with, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn references(&mut self, of: BeneficiaryId) -> Result<Vec<ReferenceRow>> {
        let mut rows = self.references_held(of).await?;
        rows.retain(|row| row.standing == ReferenceStanding::InUse);
        Ok(rows)
    }

    /// The references of a beneficiary that did not retire, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn references_held(&mut self, of: BeneficiaryId) -> Result<Vec<ReferenceRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT id, beneficiary_id, source, taken_on, enrolled_at, eyes, embedder_sha256, sealed_embedding, standing,
             kept_by FROM reference_photos WHERE beneficiary_id = $1 AND standing <> $2
             ORDER BY enrolled_at DESC, id DESC",
            of.to_string(),
            word(&ReferenceStanding::Retired),
        )?;
        Ok(rows.into_iter().map(ReferenceRow::from).collect())
    }

    /// Gives a reference another standing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_reference_standing(
        &mut self,
        id: ReferenceId,
        standing: ReferenceStanding,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE reference_photos SET standing = $2 WHERE id = $1",
            id.to_string(),
            word(&standing),
        )?;
        Ok(())
    }

    /// A reference retires. What was kept from a call is deleted; a photograph that the county enrolled stays, unused.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_reference(&mut self, id: ReferenceId) -> Result<()> {
        self.set_reference_standing(id, ReferenceStanding::Retired).await?;
        run!(
            self,
            "DELETE FROM reference_photos WHERE id = $1 AND call_id IS NOT NULL",
            id.to_string(),
        )?;
        Ok(())
    }

    /// Whether a reference of somebody was enrolled from this file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_reference_of(&mut self, of: BeneficiaryId, file_sha256: &str) -> Result<bool> {
        let row = one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM reference_photos WHERE beneficiary_id = $1 AND file_sha256 = $2",
            of.to_string(),
            file_sha256,
        )?;
        Ok(row.is_some_and(|row| row.0 > 0))
    }

    /// The sealed picture of a reference, and whose it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reference_photo(
        &mut self,
        id: ReferenceId,
    ) -> Result<Option<(BeneficiaryId, Vec<u8>)>> {
        let row = one!(
            self,
            (Text<BeneficiaryId>, Vec<u8>),
            "SELECT beneficiary_id, sealed_photo FROM reference_photos WHERE id = $1",
            id.to_string(),
        )?;
        Ok(row.map(|(whose, sealed)| (whose.0, sealed)))
    }

    /// Replaces an embedding by one of another embedder.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_embedding(
        &mut self,
        id: ReferenceId,
        embedder_sha256: &str,
        sealed_embedding: &[u8],
    ) -> Result<()> {
        run!(
            self,
            "UPDATE reference_photos SET embedder_sha256 = $2, sealed_embedding = $3 WHERE id = $1",
            id.to_string(),
            embedder_sha256,
            sealed_embedding,
        )?;
        Ok(())
    }
}
