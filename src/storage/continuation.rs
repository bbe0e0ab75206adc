//! The continuation: numbered files, rows as they were said, answers to them. A confirmation or proposal stands in one row at most.

use super::{
    Result, StorageError, Tx,
    columns::{At, Count, Json, Text, Word, day, json, ms, word},
};
use crate::domain::{
    continuation::{Answer, ContinuationFile, ContinuationKind, ContinuationRow, RowPlace, Totals},
    ids::{BeneficiaryId, ConfirmationId, ProposalId},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
#[allow(clippy::struct_field_names)] // the columns
struct Row {
    file_sequence: Count<u64>,
    row_number: Count<u64>,
    kind: Word<ContinuationKind>,
    beneficiary_id: Text<BeneficiaryId>,
    confirmation_id: Option<Text<ConfirmationId>>,
    proposal_id: Option<Text<ProposalId>>,
    name: String,
    id_number: String,
    scheme: String,
    decided_on: Text<NaiveDate>,
    continues_until: Option<Text<NaiveDate>>,
    from_month: Option<String>,
    arrears_from: Option<String>,
    arrears_until: Option<String>,
    arrears_months: Count<u32>,
    receipt_number: Option<String>,
}

impl From<Row> for ContinuationRow {
    fn from(row: Row) -> Self {
        Self {
            place: RowPlace { file_sequence: row.file_sequence.0, row_number: row.row_number.0 },
            kind: row.kind.0,
            beneficiary_id: row.beneficiary_id.0,
            name: row.name,
            id_number: row.id_number,
            scheme: row.scheme,
            decided_on: row.decided_on.0,
            continues_until: row.continues_until.map(|d| d.0),
            from_month: row.from_month,
            arrears_from: row.arrears_from,
            arrears_until: row.arrears_until,
            arrears_months: row.arrears_months.0,
            receipt_number: row.receipt_number,
            confirmation_id: row.confirmation_id.map(|id| id.0),
            proposal_id: row.proposal_id.map(|id| id.0),
        }
    }
}

#[derive(FromRow)]
struct FileRow {
    sequence: Count<u64>,
    made_at: At,
    made_on: Text<NaiveDate>,
    totals: Json<Totals>,
    csv_sha256: Option<String>,
    json_sha256: Option<String>,
    written_at: Option<At>,
}

impl From<FileRow> for ContinuationFile {
    fn from(row: FileRow) -> Self {
        Self {
            sequence: row.sequence.0,
            made_at: row.made_at.0,
            made_on: row.made_on.0,
            totals: row.totals.0,
            csv_sha256: row.csv_sha256,
            json_sha256: row.json_sha256,
            written_at: row.written_at.map(|at| at.0),
        }
    }
}

/// What is known about a row when it is answered.
#[derive(Clone, Debug)]
pub struct AnsweredRow {
    /// What it says.
    pub kind: ContinuationKind,
    /// The proposal it tells of.
    pub proposal_id: Option<ProposalId>,
    /// The answer that is there already.
    pub answer: Option<Answer>,
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Rows that a file has, in the order of the table's columns.
const COLUMNS: &str = "file_sequence, row_number, kind, beneficiary_id, confirmation_id, proposal_id, name, id_number, scheme, decided_on,
    continues_until, from_month, arrears_from, arrears_until, arrears_months, receipt_number";

impl Tx {
    /// Confirmations that stand in no file, oldest first, as rows without a place; not earlier history, which was told by others. Those that lifted a stop come with their resumption.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmations_to_tell(&mut self, limit: i64) -> Result<Vec<ContinuationRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT CAST(0 AS BIGINT) AS file_sequence, CAST(0 AS BIGINT) AS row_number, 'continue' AS kind, c.beneficiary_id,
               c.id AS confirmation_id, NULL AS proposal_id, b.name, b.id_number, b.scheme, c.period_from AS decided_on,
               c.due_on AS continues_until, NULL AS from_month, NULL AS arrears_from, NULL AS arrears_until,
               CAST(0 AS BIGINT) AS arrears_months, c.receipt_number
             FROM confirmations c JOIN beneficiaries b ON b.id = c.beneficiary_id
             WHERE c.channel <> 'import'
               AND NOT EXISTS (SELECT 1 FROM continuation_rows r WHERE r.confirmation_id = c.id)
               AND NOT EXISTS (SELECT 1 FROM proposals p WHERE p.confirmation_id = c.id AND p.kind = 'resume')
             ORDER BY c.confirmed_at, c.id LIMIT $1",
            limit,
        )?;
        Ok(rows.into_iter().map(ContinuationRow::from).collect())
    }

    /// Approved proposals that stand in no file, as rows without a place. `decided_on` is still to be filled in from the second value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals_to_tell(
        &mut self,
        limit: i64,
    ) -> Result<Vec<(ContinuationRow, DateTime<Utc>)>> {
        #[derive(FromRow)]
        struct Told {
            #[sqlx(flatten)]
            row: Row,
            decided_at: At,
        }
        let rows = all!(
            self,
            Told,
            "SELECT CAST(0 AS BIGINT) AS file_sequence, CAST(0 AS BIGINT) AS row_number, p.kind, p.beneficiary_id,
               CASE WHEN EXISTS (SELECT 1 FROM continuation_rows r WHERE r.confirmation_id = p.confirmation_id)
                    THEN NULL ELSE p.confirmation_id END AS confirmation_id,
               p.id AS proposal_id, b.name, b.id_number, b.scheme, p.due_on AS decided_on,
               c.due_on AS continues_until, p.from_month, p.arrears_from, p.arrears_until,
               COALESCE(p.arrears_months, 0) AS arrears_months, c.receipt_number, p.decided_at
             FROM proposals p JOIN beneficiaries b ON b.id = p.beneficiary_id
             LEFT JOIN confirmations c ON c.id = p.confirmation_id
             WHERE (p.state = 'approved' OR (p.state = 'acknowledged' AND p.kind = 'resume')) AND p.decided_at IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM continuation_rows r WHERE r.proposal_id = p.id)
             ORDER BY p.decided_at, p.id LIMIT $1",
            limit,
        )?;
        Ok(rows.into_iter().map(|told| (told.row.into(), told.decided_at.0)).collect())
    }

    /// Keeps a file with its rows.
    ///
    /// # Errors
    /// [`StorageError::Taken`] when its number, or something it tells of, is in a file already.
    pub async fn add_continuation(
        &mut self,
        file: &ContinuationFile,
        rows: &[ContinuationRow],
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO continuation_files (sequence, made_at, made_on, totals) VALUES ($1, $2, $3, $4)",
            number(file.sequence),
            ms(file.made_at),
            day(file.made_on),
            json(&file.totals)?,
        )?;
        many!(
            self,
            format!("INSERT INTO continuation_rows ({COLUMNS}) "),
            rows,
            |r| [
                number(r.place.file_sequence),
                number(r.place.row_number),
                word(&r.kind),
                r.beneficiary_id.to_string(),
                r.confirmation_id.map(|id| id.to_string()),
                r.proposal_id.map(|id| id.to_string()),
                r.name.clone(),
                r.id_number.clone(),
                r.scheme.clone(),
                day(r.decided_on),
                r.continues_until.map(day),
                r.from_month.clone(),
                r.arrears_from.clone(),
                r.arrears_until.clone(),
                i64::from(r.arrears_months),
                r.receipt_number.clone(),
            ],
            ""
        );
        Ok(())
    }

    /// Files, in order of their numbers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn continuation_files(
        &mut self,
        after: u64,
        limit: i64,
    ) -> Result<Vec<ContinuationFile>> {
        let rows = all!(
            self,
            FileRow,
            "SELECT * FROM continuation_files WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            number(after),
            limit,
        )?;
        Ok(rows.into_iter().map(ContinuationFile::from).collect())
    }

    /// Files of which not all parts were written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unwritten_continuations(&mut self) -> Result<Vec<ContinuationFile>> {
        let rows = all!(
            self,
            FileRow,
            "SELECT * FROM continuation_files WHERE written_at IS NULL ORDER BY sequence",
        )?;
        Ok(rows.into_iter().map(ContinuationFile::from).collect())
    }

    /// Rows after a place, across files.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn continuation_rows(
        &mut self,
        after: RowPlace,
        limit: i64,
    ) -> Result<Vec<ContinuationRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT file_sequence, row_number, kind, beneficiary_id, confirmation_id, proposal_id, name, id_number, scheme, decided_on,
               continues_until, from_month, arrears_from, arrears_until, arrears_months, receipt_number
             FROM continuation_rows WHERE (file_sequence, row_number) > ($1, $2) ORDER BY file_sequence, row_number LIMIT $3",
            number(after.file_sequence),
            number(after.row_number),
            limit,
        )?;
        Ok(rows.into_iter().map(ContinuationRow::from).collect())
    }

    /// Says that a file is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_written(
        &mut self,
        sequence: u64,
        csv: &str,
        json: &str,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE continuation_files SET csv_sha256 = $2, json_sha256 = $3, written_at = $4
             WHERE sequence = $1 AND written_at IS NULL",
            number(sequence),
            csv,
            json,
            ms(at),
        )?;
        Ok(touched == 1)
    }

    /// The row at a place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answered_row(&mut self, place: RowPlace) -> Result<Option<AnsweredRow>> {
        let row = one!(
            self,
            (Word<ContinuationKind>, Option<Text<ProposalId>>, Option<Word<Answer>>),
            "SELECT kind, proposal_id, answer FROM continuation_rows WHERE file_sequence = $1 AND row_number = $2",
            number(place.file_sequence),
            number(place.row_number),
        )?;
        Ok(row.map(|(kind, proposal, answer)| AnsweredRow {
            kind: kind.0,
            proposal_id: proposal.map(|p| p.0),
            answer: answer.map(|a| a.0),
        }))
    }

    /// Keeps the first answer to a row. False when there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer_row(
        &mut self,
        place: RowPlace,
        answer: Answer,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE continuation_rows SET answer = $3, answer_reason = $4, answered_at = $5
             WHERE file_sequence = $1 AND row_number = $2 AND answer IS NULL",
            number(place.file_sequence),
            number(place.row_number),
            word(&answer),
            reason,
            ms(at),
        )?;
        Ok(touched == 1)
    }

    /// How many rows of a file were accepted, rejected, and not answered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answers_of(&mut self, sequence: u64) -> Result<(u64, u64, u64)> {
        let row = one!(
            self,
            (Count<u64>, Count<u64>, Count<u64>),
            "SELECT COUNT(CASE WHEN answer = 'accepted' THEN 1 END), COUNT(CASE WHEN answer = 'rejected' THEN 1 END),
             COUNT(CASE WHEN answer IS NULL THEN 1 END) FROM continuation_rows WHERE file_sequence = $1",
            number(sequence),
        )?;
        row.map(|(a, r, n)| (a.0, r.0, n.0)).ok_or(StorageError::Sql(sqlx::Error::RowNotFound))
    }
}
