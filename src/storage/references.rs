//! Reference photographs and their embeddings, both sealed.

use super::{
    Result, Tx,
    columns::{At, Json, Text, day, json, ms},
};
use crate::domain::ids::{BeneficiaryId, ReferenceId};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// A reference photograph to be stored.
#[derive(Clone, Debug)]
pub struct NewReference {
    /// Id.
    pub id: ReferenceId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Where it came from: `roster`, `demo`.
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
             sealed_photo, embedder_sha256, sealed_embedding, file_sha256)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
        )?;
        Ok(())
    }

    /// All references of a beneficiary, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn references(&mut self, of: BeneficiaryId) -> Result<Vec<ReferenceRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT id, beneficiary_id, source, taken_on, enrolled_at, eyes, embedder_sha256, sealed_embedding
             FROM reference_photos WHERE beneficiary_id = $1 ORDER BY enrolled_at DESC, id DESC",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(ReferenceRow::from).collect())
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
