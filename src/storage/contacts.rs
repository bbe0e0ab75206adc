//! Attempts to reach people. One attempt a notice: telling its outcome again changes the outcome and adds nothing.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day, ms, word},
};
use crate::domain::{
    contact::{ContactAttempt, ContactChannel, ContactOutcome},
    ids::{BeneficiaryId, ContactAttemptId, NoticeId, OfficerId},
};
use chrono::NaiveDate;
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<ContactAttemptId>,
    beneficiary_id: Text<BeneficiaryId>,
    channel: Word<ContactChannel>,
    outcome: Word<ContactOutcome>,
    attempted_at: At,
    attempted_on: Text<NaiveDate>,
    notice_id: Option<Text<NoticeId>>,
    officer_id: Option<Text<OfficerId>>,
}

impl From<Row> for ContactAttempt {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            channel: row.channel.0,
            outcome: row.outcome.0,
            attempted_at: row.attempted_at.0,
            attempted_on: row.attempted_on.0,
            notice_id: row.notice_id.map(|id| id.0),
            officer_id: row.officer_id.map(|id| id.0),
        }
    }
}

impl Tx {
    /// Keeps attempts. The second word on one notice replaces its outcome, nothing else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_contact_attempts(&mut self, attempts: &[ContactAttempt]) -> Result<()> {
        many!(
            self,
            "INSERT INTO contact_attempts (id, beneficiary_id, channel, outcome, attempted_at, attempted_on, notice_id, officer_id) ",
            attempts,
            |a| [
                a.id.to_string(),
                a.beneficiary_id.to_string(),
                word(&a.channel),
                word(&a.outcome),
                ms(a.attempted_at),
                day(a.attempted_on),
                a.notice_id.map(|id| id.to_string()),
                a.officer_id.map(|id| id.to_string()),
            ],
            " ON CONFLICT (notice_id) DO UPDATE SET outcome = excluded.outcome"
        );
        Ok(())
    }

    /// Attempts to reach a beneficiary from `since` on, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_attempts(
        &mut self,
        of: BeneficiaryId,
        since: NaiveDate,
    ) -> Result<Vec<ContactAttempt>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM contact_attempts WHERE beneficiary_id = $1 AND attempted_on >= $2 ORDER BY attempted_at, id",
            of.to_string(),
            day(since),
        )?;
        Ok(rows.into_iter().map(ContactAttempt::from).collect())
    }
}
