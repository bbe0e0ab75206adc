//! Cases: what waits for, or was closed by, an officer.

use super::{
    Result, Tx,
    columns::{At, Json, Text, Word, json, ms, word},
};
use crate::domain::{
    case::{Case, CaseKind, CaseStatus},
    ids::{AuditId, BeneficiaryId, CallId, CaseId, LinkId, OfficerId},
    verdict::Reason,
};
use sqlx::FromRow;

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct NewCase {
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
}

/// A stored case.
pub type CaseRecord = NewCase;

/// An officer's note.
#[derive(Clone, Debug)]
pub struct NoteRow {
    /// The audit event it belongs to.
    pub audit_id: AuditId,
    /// Text.
    pub note: String,
}

#[derive(FromRow)]
struct Row {
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
             opened_at, answer_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
            "SELECT * FROM cases WHERE link_id = $1 AND status IN ('open', 'passed_on', 'to_approve')
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

    /// Cases that are not closed, most urgent first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_cases(&mut self) -> Result<Vec<CaseRecord>> {
        let rows = all!(
            self,
            Row,
            "SELECT c.* FROM cases c JOIN beneficiaries b ON b.id = c.beneficiary_id
             WHERE c.status IN ('open', 'passed_on', 'to_approve')
             ORDER BY c.answer_by, b.due_on, c.opened_at, c.id",
        )?;
        Ok(rows.into_iter().map(CaseRecord::from).collect())
    }

    /// Closed cases, newest first, and how many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn closed_cases(&mut self, limit: i64) -> Result<(Vec<CaseRecord>, u64)> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM cases WHERE status IN ('confirmed', 'asked_again', 'settled')
             ORDER BY opened_at DESC, id DESC LIMIT $1",
            limit,
        )?;
        let count = one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM cases WHERE status IN ('confirmed', 'asked_again', 'settled')"
        )?;
        let count = count.and_then(|row| u64::try_from(row.0).ok()).unwrap_or(0);
        Ok((rows.into_iter().map(CaseRecord::from).collect(), count))
    }

    /// Moves a case that still has `version`. False when somebody else was first: then nothing is changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_case(
        &mut self,
        id: CaseId,
        version: i64,
        to: CaseStatus,
        officer: OfficerId,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE cases SET status = $3, officer_id = $4, version = version + 1 WHERE id = $1 AND version = $2",
            id.to_string(),
            version,
            word(&to),
            officer.to_string(),
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
