//! Stills kept as evidence, sealed.

use super::{
    Result, Tx,
    columns::{Count, Json, Text, json},
};
use crate::domain::ids::{BeneficiaryId, CallId, StillId};
use sqlx::FromRow;

/// A still to be stored.
#[derive(Clone, Debug)]
pub struct NewStill {
    /// What is known of it.
    pub row: StillRow,
    /// Frame.
    pub seq: u64,
    /// JPEG, sealed.
    pub sealed_jpeg: Vec<u8>,
}

/// A stored still without its picture.
#[derive(Clone, Debug)]
pub struct StillRow {
    /// Id.
    pub id: StillId,
    /// Of which call.
    pub call_id: CallId,
    /// When, ms since the call opened.
    pub at_ms: u64,
    /// One of the best frames.
    pub probe: bool,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// Eyes in px.
    pub eyes: Option<[[f32; 2]; 2]>,
    /// Quality, 0 to 100.
    pub quality: Option<u8>,
}

#[derive(FromRow)]
struct Row {
    id: Text<StillId>,
    call_id: Text<CallId>,
    at_ms: Count<u64>,
    probe: bool,
    width_px: Count<u32>,
    height_px: Count<u32>,
    eyes: Json<Option<[[f32; 2]; 2]>>,
    quality: Option<Count<u8>>,
}

impl From<Row> for StillRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            call_id: row.call_id.0,
            at_ms: row.at_ms.0,
            probe: row.probe,
            width_px: row.width_px.0,
            height_px: row.height_px.0,
            eyes: row.eyes.0,
            quality: row.quality.map(|q| q.0),
        }
    }
}

impl Tx {
    /// Stores a still.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_still(&mut self, still: &NewStill) -> Result<()> {
        let big = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        run!(
            self,
            "INSERT INTO stills (id, call_id, seq, at_ms, probe, width_px, height_px, eyes, quality, sealed_jpeg)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            still.row.id.to_string(),
            still.row.call_id.to_string(),
            big(still.seq),
            big(still.row.at_ms),
            still.row.probe,
            i64::from(still.row.width_px),
            i64::from(still.row.height_px),
            json(&still.row.eyes)?,
            still.row.quality.map(i64::from),
            still.sealed_jpeg.as_slice(),
        )?;
        Ok(())
    }

    /// Stills of a call, in order of time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stills(&mut self, of: CallId) -> Result<Vec<StillRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT id, call_id, at_ms, probe, width_px, height_px, eyes, quality FROM stills
             WHERE call_id = $1 ORDER BY at_ms, seq",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(StillRow::from).collect())
    }

    /// The sealed picture of a still, its call and whose face it shows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn still_jpeg(
        &mut self,
        id: StillId,
    ) -> Result<Option<(CallId, BeneficiaryId, Vec<u8>)>> {
        let row = one!(
            self,
            (Text<CallId>, Text<BeneficiaryId>, Vec<u8>),
            "SELECT s.call_id, c.beneficiary_id, s.sealed_jpeg FROM stills s JOIN calls c ON c.id = s.call_id
             WHERE s.id = $1",
            id.to_string(),
        )?;
        Ok(row.map(|(call, whose, sealed)| (call.0, whose.0, sealed)))
    }
}
