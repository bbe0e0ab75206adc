//! Live calls: opened once a person, joined by one officer, ended exactly once.

use super::{
    Result, Tx,
    columns::{At, Count, Text, Word, ms, word},
};
use crate::domain::{
    ids::{BeneficiaryId, CaseId, LiveCallId, OfficerId, StillId},
    live_call::LiveEnd,
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// A stored live call.
#[derive(Clone, Debug)]
pub struct LiveCallRow {
    /// Id.
    pub id: LiveCallId,
    /// About which case.
    pub case_id: CaseId,
    /// With whom.
    pub beneficiary_id: BeneficiaryId,
    /// The officer, once one has taken it.
    pub officer_id: Option<OfficerId>,
    /// Node that holds it.
    pub node: String,
    /// SHA-256 of the phone's token, hex.
    pub phone_token_sha256: Option<String>,
    /// SHA-256 of the desk's token, hex.
    pub officer_token_sha256: Option<String>,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// Ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How.
    pub ending: Option<LiveEnd>,
    /// The protocol, JSON, with its signature and digest (hex), when a result was recorded.
    pub protocol: Option<SignedProtocol>,
}

/// A protocol as it was signed.
#[derive(Clone, Debug)]
pub struct SignedProtocol {
    /// JSON.
    pub text: String,
    /// Hex.
    pub signature: String,
    /// Hex.
    pub sha256: String,
}

/// A still of a live call to be stored.
#[derive(Clone, Debug)]
pub struct NewLiveStill {
    /// Id.
    pub id: StillId,
    /// Of which call.
    pub live_call_id: LiveCallId,
    /// When.
    pub taken_at: DateTime<Utc>,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// SHA-256 of the JPEG, hex.
    pub jpeg_sha256: String,
    /// JPEG, sealed.
    pub sealed_jpeg: Vec<u8>,
}

/// A stored still without its picture.
#[derive(Clone, Debug)]
pub struct LiveStillRow {
    /// Id.
    pub id: StillId,
    /// Of which call.
    pub live_call_id: LiveCallId,
    /// When.
    pub taken_at: DateTime<Utc>,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
}

#[derive(FromRow)]
struct Row {
    id: Text<LiveCallId>,
    case_id: Text<CaseId>,
    beneficiary_id: Text<BeneficiaryId>,
    officer_id: Option<Text<OfficerId>>,
    node: String,
    phone_token_sha256: Option<String>,
    officer_token_sha256: Option<String>,
    opened_at: At,
    ended_at: Option<At>,
    ending: Option<Word<LiveEnd>>,
    protocol: Option<String>,
    signature: Option<String>,
    protocol_sha256: Option<String>,
}

impl From<Row> for LiveCallRow {
    fn from(row: Row) -> Self {
        let protocol = match (row.protocol, row.signature, row.protocol_sha256) {
            (Some(text), Some(signature), Some(sha256)) => {
                Some(SignedProtocol { text, signature, sha256 })
            }
            _ => None,
        };
        Self {
            id: row.id.0,
            case_id: row.case_id.0,
            beneficiary_id: row.beneficiary_id.0,
            officer_id: row.officer_id.map(|id| id.0),
            node: row.node,
            phone_token_sha256: row.phone_token_sha256,
            officer_token_sha256: row.officer_token_sha256,
            opened_at: row.opened_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            ending: row.ending.map(|word| word.0),
            protocol,
        }
    }
}

#[derive(FromRow)]
struct StillRow {
    id: Text<StillId>,
    live_call_id: Text<LiveCallId>,
    taken_at: At,
    width_px: Count<u32>,
    height_px: Count<u32>,
}

impl Tx {
    /// Opens a live call; false when the person has one already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_live_call(&mut self, new: &LiveCallRow) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO live_calls (id, case_id, beneficiary_id, officer_id, node, phone_token_sha256, officer_token_sha256, opened_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            new.id.to_string(),
            new.case_id.to_string(),
            new.beneficiary_id.to_string(),
            new.officer_id.map(|id| id.to_string()),
            &new.node,
            new.phone_token_sha256.as_deref(),
            new.officer_token_sha256.as_deref(),
            ms(new.opened_at),
        )?;
        Ok(touched == 1)
    }

    /// A live call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_call(&mut self, id: LiveCallId) -> Result<Option<LiveCallRow>> {
        let row = one!(self, Row, "SELECT * FROM live_calls WHERE id = $1", id.to_string())?;
        Ok(row.map(LiveCallRow::from))
    }

    /// The live call that goes on with somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_call_with(&mut self, of: BeneficiaryId) -> Result<Option<LiveCallRow>> {
        let row = one!(
            self,
            Row,
            "SELECT * FROM live_calls WHERE beneficiary_id = $1 AND ended_at IS NULL",
            of.to_string(),
        )?;
        Ok(row.map(LiveCallRow::from))
    }

    /// The live calls about a case, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_calls_about(&mut self, case: CaseId) -> Result<Vec<LiveCallRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM live_calls WHERE case_id = $1 ORDER BY opened_at DESC, id DESC",
            case.to_string(),
        )?;
        Ok(rows.into_iter().map(LiveCallRow::from).collect())
    }

    /// Cases whose people are in a live call now, and whether an officer is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_cases(&mut self) -> Result<Vec<(CaseId, bool)>> {
        let rows = all!(
            self,
            (Text<CaseId>, Option<Text<OfficerId>>),
            "SELECT case_id, officer_id FROM live_calls WHERE ended_at IS NULL"
        )?;
        Ok(rows.into_iter().map(|(case, officer)| (case.0, officer.is_some())).collect())
    }

    /// A page of the person joins: its token is the one that counts from now on. False when the call is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn join_live_call(&mut self, id: LiveCallId, token_sha256: &str) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE live_calls SET phone_token_sha256 = $2 WHERE id = $1 AND ended_at IS NULL",
            id.to_string(),
            token_sha256,
        )?;
        Ok(touched == 1)
    }

    /// An officer takes a call that nobody has, or comes back to their own. Compare-and-set: of two only one has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_live_call(
        &mut self,
        id: LiveCallId,
        officer: OfficerId,
        token_sha256: &str,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE live_calls SET officer_id = $2, officer_token_sha256 = $3
             WHERE id = $1 AND ended_at IS NULL AND (officer_id IS NULL OR officer_id = $2)",
            id.to_string(),
            officer.to_string(),
            token_sha256,
        )?;
        Ok(touched == 1)
    }

    /// Ends a call, with its protocol when a result was recorded; false when it had ended before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_live_call(
        &mut self,
        id: LiveCallId,
        ending: LiveEnd,
        protocol: Option<&SignedProtocol>,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE live_calls SET ended_at = $2, ending = $3, protocol = $4, signature = $5, protocol_sha256 = $6
             WHERE id = $1 AND ended_at IS NULL",
            id.to_string(),
            ms(at),
            word(&ending),
            protocol.map(|p| p.text.as_str()),
            protocol.map(|p| p.signature.as_str()),
            protocol.map(|p| p.sha256.as_str()),
        )?;
        Ok(touched == 1)
    }

    /// Live calls of a node that have not ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_calls_of_node(&mut self, node: &str) -> Result<Vec<LiveCallId>> {
        let rows = all!(
            self,
            (Text<LiveCallId>,),
            "SELECT id FROM live_calls WHERE node = $1 AND ended_at IS NULL",
            node,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.0).collect())
    }

    /// Keeps a still.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_live_still(&mut self, new: &NewLiveStill) -> Result<()> {
        run!(
            self,
            "INSERT INTO live_stills (id, live_call_id, taken_at, width_px, height_px, jpeg_sha256, sealed_jpeg)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            new.id.to_string(),
            new.live_call_id.to_string(),
            ms(new.taken_at),
            i64::from(new.width_px),
            i64::from(new.height_px),
            &new.jpeg_sha256,
            &new.sealed_jpeg,
        )?;
        Ok(())
    }

    /// The stills of the live calls about a case, in order of time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_stills_of(&mut self, case: CaseId) -> Result<Vec<LiveStillRow>> {
        let rows = all!(
            self,
            StillRow,
            "SELECT s.id, s.live_call_id, s.taken_at, s.width_px, s.height_px FROM live_stills s
             JOIN live_calls l ON l.id = s.live_call_id WHERE l.case_id = $1 ORDER BY s.taken_at, s.id",
            case.to_string(),
        )?;
        let still = |row: StillRow| LiveStillRow {
            id: row.id.0,
            live_call_id: row.live_call_id.0,
            taken_at: row.taken_at.0,
            width_px: row.width_px.0,
            height_px: row.height_px.0,
        };
        Ok(rows.into_iter().map(still).collect())
    }

    /// A still's case, person and sealed picture.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_still_jpeg(
        &mut self,
        id: StillId,
    ) -> Result<Option<(CaseId, BeneficiaryId, Vec<u8>)>> {
        let row = one!(
            self,
            (Text<CaseId>, Text<BeneficiaryId>, Vec<u8>),
            "SELECT l.case_id, l.beneficiary_id, s.sealed_jpeg FROM live_stills s
             JOIN live_calls l ON l.id = s.live_call_id WHERE s.id = $1",
            id.to_string(),
        )?;
        Ok(row.map(|(case, whose, sealed)| (case.0, whose.0, sealed)))
    }
}
