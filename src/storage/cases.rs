//! Cases: what waits for, or was closed by, an officer.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    case::{Before, Case, CaseKind, CaseStatus, Proposal},
    ids::{AuditId, BeneficiaryId, CallId, CaseId, LinkId, OfficerId},
    queue::{Lane, Urgency},
    verdict::Reason,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// A case with what stands around it.
#[derive(Clone, Debug)]
pub struct CaseRecord {
    /// The case.
    pub case: Case,
    /// Number told to the citizen.
    pub number: String,
    /// On which link; none when the citizen is not told (random sample).
    pub link_id: Option<LinkId>,
    /// What the citizen wrote.
    pub wish: Option<String>,
    /// Telephone the citizen wants to be called on.
    pub wish_phone: Option<String>,
    /// Which case comes first.
    pub urgency: Urgency,
    /// Who has claimed it, and until when.
    pub claim: Option<(OfficerId, DateTime<Utc>)>,
    /// Waits until then.
    pub snoozed_until: DateTime<Utc>,
    /// Handed over to.
    pub for_officer: Option<OfficerId>,
    /// The citizen's page is open until then, as far as is known.
    pub online_until: DateTime<Utc>,
    /// What a second officer is asked to agree to.
    pub proposal: Option<Proposal>,
    /// Where it stood before a move that its officer may still take back.
    pub before: Option<Before>,
}

/// Where a case is moved to.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Status.
    pub to: CaseStatus,
    /// By whom.
    pub officer_id: Option<OfficerId>,
    /// What a second officer is asked to agree to.
    pub proposal: Option<Proposal>,
    /// How to take it back.
    pub before: Option<Before>,
}

/// A case to be opened.
pub type NewCase = CaseRecord;

/// An officer's note.
#[derive(Clone, Debug)]
pub struct NoteRow {
    /// The audit event it belongs to.
    pub audit_id: AuditId,
    /// Text.
    pub note: String,
}

#[derive(FromRow)]
pub(super) struct Row {
    id: Text<CaseId>,
    number: String,
    beneficiary_id: Text<BeneficiaryId>,
    kind: Word<CaseKind>,
    status: Word<CaseStatus>,
    link_id: Option<Text<LinkId>>,
    call_id: Option<Text<CallId>>,
    reasons: Json<Vec<Reason>>,
    wish: Option<String>,
    wish_phone: Option<String>,
    opened_at: At,
    answer_by: At,
    officer_id: Option<Text<OfficerId>>,
    version: i64,
    answer_on: Text<NaiveDate>,
    harm: Count<u8>,
    risk: Count<u8>,
    online_until: At,
    claimed_by: Option<Text<OfficerId>>,
    claimed_until: At,
    snoozed_until: At,
    for_officer: Option<Text<OfficerId>>,
    proposal: Option<Json<Proposal>>,
    before: Option<Json<Before>>,
}

impl From<Row> for CaseRecord {
    fn from(row: Row) -> Self {
        Self {
            case: Case {
                id: row.id.0,
                beneficiary_id: row.beneficiary_id.0,
                kind: row.kind.0,
                status: row.status.0,
                call_id: row.call_id.map(|id| id.0),
                reasons: row.reasons.0,
                opened_at: row.opened_at.0,
                answer_by: row.answer_by.0,
                officer_id: row.officer_id.map(|id| id.0),
                version: row.version,
            },
            number: row.number,
            link_id: row.link_id.map(|id| id.0),
            wish: row.wish,
            wish_phone: row.wish_phone,
            urgency: Urgency {
                answer_on: row.answer_on.0,
                harm: row.harm.0,
                away: true,
                risk: row.risk.0,
                opened_at: row.opened_at.0,
            },
            claim: row.claimed_by.map(|id| (id.0, row.claimed_until.0)),
            snoozed_until: row.snoozed_until.0,
            for_officer: row.for_officer.map(|id| id.0),
            online_until: row.online_until.0,
            proposal: row.proposal.map(|proposal| proposal.0),
            before: row.before.map(|before| before.0),
        }
    }
}

impl Tx {
    /// Opens a case.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the call has a case already.
    pub async fn open_case(&mut self, new: &NewCase) -> Result<()> {
        let case = &new.case;
        run!(
            self,
            "INSERT INTO cases (id, number, beneficiary_id, kind, status, link_id, call_id, reasons, wish, wish_phone,
             opened_at, answer_by, version, lane, answer_on, harm, risk, online_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            case.id.to_string(),
            &new.number,
            case.beneficiary_id.to_string(),
            word(&case.kind),
            word(&case.status),
            new.link_id.map(|id| id.to_string()),
            case.call_id.map(|id| id.to_string()),
            json(&case.reasons)?,
            new.wish.as_deref(),
            new.wish_phone.as_deref(),
            ms(case.opened_at),
            ms(case.answer_by),
            case.version,
            word(&Lane::of(case.kind, case.status, &case.reasons)),
            day(new.urgency.answer_on),
            i64::from(new.urgency.harm),
            i64::from(new.urgency.risk),
            ms(new.online_until),
        )?;
        Ok(())
    }

    /// A case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case(&mut self, id: CaseId) -> Result<Option<CaseRecord>> {
        let row = one!(self, Row, "SELECT * FROM cases WHERE id = $1", id.to_string())?;
        Ok(row.map(CaseRecord::from))
    }

    /// The cases of a link that are not closed, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_cases_of_link(&mut self, link: LinkId) -> Result<Vec<CaseRecord>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM cases WHERE link_id = $1 AND lane <> 'closed'
             ORDER BY opened_at DESC, id DESC",
            link.to_string(),
        )?;
        Ok(rows.into_iter().map(CaseRecord::from).collect())
    }

    /// Whether a case rests on this call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_of_call(&mut self, call: CallId) -> Result<Option<CaseId>> {
        let row = one!(
            self,
            (Text<CaseId>,),
            "SELECT id FROM cases WHERE call_id = $1",
            call.to_string()
        )?;
        Ok(row.map(|row| row.0.0))
    }

    /// Moves a case that still has this version, ends its claim, and keeps what is proposed and how to take it back. False when
    /// somebody else was first: then nothing is changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_case(&mut self, case: &Case, moved: &Moved) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE cases SET status = $3, officer_id = $4, lane = $5, proposal = $6, before = $7,
             version = version + 1, claimed_by = NULL, claimed_until = 0, snoozed_until = 0, for_officer = NULL
             WHERE id = $1 AND version = $2",
            case.id.to_string(),
            case.version,
            word(&moved.to),
            moved.officer_id.map(|id| id.to_string()),
            word(&Lane::of(case.kind, moved.to, &case.reasons)),
            moved.proposal.as_ref().map(json).transpose()?,
            moved.before.as_ref().map(json).transpose()?,
        )?;
        Ok(touched == 1)
    }

    /// Keeps an officer's note.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_note(&mut self, case: CaseId, note: &NoteRow) -> Result<()> {
        run!(
            self,
            "INSERT INTO case_notes (audit_id, case_id, note) VALUES ($1, $2, $3)",
            note.audit_id.to_string(),
            case.to_string(),
            &note.note,
        )?;
        Ok(())
    }

    /// The notes of a case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notes(&mut self, case: CaseId) -> Result<Vec<NoteRow>> {
        let rows = all!(
            self,
            (Text<AuditId>, String),
            "SELECT audit_id, note FROM case_notes WHERE case_id = $1",
            case.to_string(),
        )?;
        Ok(rows.into_iter().map(|(id, note)| NoteRow { audit_id: id.0, note }).collect())
    }
}
