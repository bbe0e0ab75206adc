//! Forms on paper, with their scans and keyings sealed.

use super::{
    Result, Tx,
    columns::{At, Text, Word, ms, word},
};
use crate::domain::{
    confirmation::Channel,
    ids::{BeneficiaryId, ConfirmationId, OfficerId, PaperFormId},
    paper_form::{FormRefusal, FormState, PaperForm},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<PaperFormId>,
    beneficiary_id: Text<BeneficiaryId>,
    channel: Word<Channel>,
    state: Word<FormState>,
    received_at: At,
    received_by: Text<OfficerId>,
    scan_sha256: String,
    first_by: Option<Text<OfficerId>>,
    second_by: Option<Text<OfficerId>>,
    refusal: Option<Word<FormRefusal>>,
    version: i64,
}

impl From<Row> for PaperForm {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            channel: row.channel.0,
            state: row.state.0,
            received_at: row.received_at.0,
            received_by: row.received_by.0,
            scan_sha256: row.scan_sha256,
            first_by: row.first_by.map(|id| id.0),
            second_by: row.second_by.map(|id| id.0),
            refusal: row.refusal.map(|r| r.0),
            version: row.version,
        }
    }
}

/// What changes about a form.
#[derive(Clone, Debug)]
pub struct FormChange<'a> {
    /// Where it stands now.
    pub state: FormState,
    /// A first keying, and whose.
    pub first: Option<(&'a [u8], OfficerId)>,
    /// A second keying, and whose.
    pub second: Option<(&'a [u8], OfficerId)>,
    /// Why it is refused.
    pub refusal: Option<FormRefusal>,
    /// What it confirmed.
    pub confirmation_id: Option<ConfirmationId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Keeps a form with its sealed scan. False when this person's same scan is there already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_paper_form(&mut self, new: &PaperForm, sealed_scan: &[u8]) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO paper_forms (id, beneficiary_id, channel, state, received_at, received_by, scan_sha256,
             sealed_scan, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT DO NOTHING",
            new.id.to_string(),
            new.beneficiary_id.to_string(),
            word(&new.channel),
            word(&new.state),
            ms(new.received_at),
            new.received_by.to_string(),
            &new.scan_sha256,
            sealed_scan,
        )?;
        Ok(touched == 1)
    }

    /// A form.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn paper_form(&mut self, id: PaperFormId) -> Result<Option<PaperForm>> {
        let sql = "SELECT id, beneficiary_id, channel, state, received_at, received_by, scan_sha256, first_by, second_by,
             refusal, version FROM paper_forms WHERE id = $1";
        let row = one!(self, Row, sql, id.to_string())?;
        Ok(row.map(PaperForm::from))
    }

    /// Forms that are not closed, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_paper_forms(&mut self) -> Result<Vec<PaperForm>> {
        let sql = "SELECT id, beneficiary_id, channel, state, received_at, received_by, scan_sha256, first_by, second_by,
             refusal, version FROM paper_forms WHERE state NOT IN ('confirmed', 'refused')
             ORDER BY received_at, id LIMIT 500";
        let rows = all!(self, Row, sql)?;
        Ok(rows.into_iter().map(PaperForm::from).collect())
    }

    /// The sealed scan of a form.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn form_scan(&mut self, id: PaperFormId) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT sealed_scan FROM paper_forms WHERE id = $1";
        Ok(one!(self, (Vec<u8>,), sql, id.to_string())?.map(|row| row.0))
    }

    /// Both sealed keyings of a form.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn form_keyings(
        &mut self,
        id: PaperFormId,
    ) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>)> {
        let sql = "SELECT sealed_first, sealed_second FROM paper_forms WHERE id = $1";
        let row = one!(self, (Option<Vec<u8>>, Option<Vec<u8>>), sql, id.to_string())?;
        Ok(row.unwrap_or_default())
    }

    /// Changes a form that still has this version and is not closed. False when somebody was faster.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_paper_form(
        &mut self,
        (id, version): (PaperFormId, i64),
        change: &FormChange<'_>,
    ) -> Result<bool> {
        let closed_at = change.state.is_closed().then(|| ms(change.at));
        let touched = run!(
            self,
            "UPDATE paper_forms SET state = $3, sealed_first = COALESCE($4, sealed_first),
             first_by = COALESCE($5, first_by), sealed_second = COALESCE($6, sealed_second),
             second_by = COALESCE($7, second_by), refusal = $8, confirmation_id = $9, closed_at = $10,
             version = version + 1
             WHERE id = $1 AND version = $2 AND state NOT IN ('confirmed', 'refused')",
            id.to_string(),
            version,
            word(&change.state),
            change.first.map(|(sealed, _)| sealed),
            change.first.map(|(_, by)| by.to_string()),
            change.second.map(|(sealed, _)| sealed),
            change.second.map(|(_, by)| by.to_string()),
            change.refusal.as_ref().map(word),
            change.confirmation_id.map(|id| id.to_string()),
            closed_at,
        )?;
        Ok(touched == 1)
    }
}
