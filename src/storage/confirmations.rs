//! Confirmations. UNIQUE on link, call and case: none of them can confirm twice.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day, ms, word},
};
use crate::domain::{
    confirmation::{Channel, Confirmation},
    ids::{BeneficiaryId, CallId, CaseId, ConfirmationId, LinkId, OfficerId},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// A confirmation to be recorded.
#[derive(Clone, Debug)]
pub struct NewConfirmation {
    /// The confirmation.
    pub confirmation: Confirmation,
    /// The link that led to it.
    pub link_id: Option<LinkId>,
}

#[derive(FromRow)]
struct Row {
    id: Text<ConfirmationId>,
    beneficiary_id: Text<BeneficiaryId>,
    channel: Word<Channel>,
    confirmed_at: At,
    period_from: Text<NaiveDate>,
    due_on: Text<NaiveDate>,
    call_id: Option<Text<CallId>>,
    case_id: Option<Text<CaseId>>,
    officer_id: Option<Text<OfficerId>>,
    evidence_sha256: Option<String>,
    policy_version: Option<String>,
    receipt_number: String,
}

impl From<Row> for Confirmation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            channel: row.channel.0,
            confirmed_at: row.confirmed_at.0,
            period_from: row.period_from.0,
            due_on: row.due_on.0,
            call_id: row.call_id.map(|id| id.0),
            case_id: row.case_id.map(|id| id.0),
            officer_id: row.officer_id.map(|id| id.0),
            evidence_sha256: row.evidence_sha256,
            policy_version: row.policy_version,
            receipt_number: row.receipt_number,
        }
    }
}

impl Tx {
    /// Records a confirmation.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when its link, call, case or receipt number confirmed already.
    pub async fn add_confirmation(&mut self, new: &NewConfirmation) -> Result<()> {
        let c = &new.confirmation;
        run!(
            self,
            "INSERT INTO confirmations (id, beneficiary_id, channel, confirmed_at, period_from, due_on, link_id, call_id,
             case_id, officer_id, evidence_sha256, policy_version, receipt_number)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            c.id.to_string(),
            c.beneficiary_id.to_string(),
            word(&c.channel),
            ms(c.confirmed_at),
            day(c.period_from),
            day(c.due_on),
            new.link_id.map(|id| id.to_string()),
            c.call_id.map(|id| id.to_string()),
            c.case_id.map(|id| id.to_string()),
            c.officer_id.map(|id| id.to_string()),
            c.evidence_sha256.as_deref(),
            c.policy_version.as_deref(),
            &c.receipt_number,
        )?;
        Ok(())
    }

    /// Confirmations of a beneficiary, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmations(&mut self, of: BeneficiaryId) -> Result<Vec<Confirmation>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM confirmations WHERE beneficiary_id = $1 ORDER BY confirmed_at DESC, id DESC LIMIT 100",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(Confirmation::from).collect())
    }

    /// Days of the earlier history that is recorded of a beneficiary, and whether anything else confirmed them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn history_of(&mut self, of: BeneficiaryId) -> Result<(Vec<NaiveDate>, bool)> {
        let rows = all!(
            self,
            (Word<Channel>, Text<NaiveDate>),
            "SELECT DISTINCT channel, period_from FROM confirmations WHERE beneficiary_id = $1",
            of.to_string(),
        )?;
        let (imported, ours): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(channel, _)| channel.0 == Channel::Import);
        Ok((imported.into_iter().map(|(_, day)| day.0).collect(), !ours.is_empty()))
    }

    /// The newest confirmation that a link led to, or that came by any other way since it was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmation_of(
        &mut self,
        of: BeneficiaryId,
        link: LinkId,
        made_at: DateTime<Utc>,
    ) -> Result<Option<Confirmation>> {
        let row = one!(
            self,
            Row,
            "SELECT * FROM confirmations WHERE beneficiary_id = $1 AND (confirmed_at > $2 OR link_id = $3)
             ORDER BY confirmed_at DESC, id DESC LIMIT 1",
            of.to_string(),
            ms(made_at),
            link.to_string(),
        )?;
        Ok(row.map(Confirmation::from))
    }

    /// The confirmation of a receipt number (in groups, as it was given out).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmation_of_receipt(&mut self, number: &str) -> Result<Option<Confirmation>> {
        let row = one!(self, Row, "SELECT * FROM confirmations WHERE receipt_number = $1", number)?;
        Ok(row.map(Confirmation::from))
    }
}
