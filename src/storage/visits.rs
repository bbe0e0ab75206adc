//! Visits and stations, with pictures and statements sealed.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day, ms, word},
};
use crate::domain::{
    assistance::{AskedBy, Assistance},
    confirmation::Channel,
    ids::{BeneficiaryId, CaseId, ConfirmationId, LinkId, OfficerId, VisitId},
    visit::{Visit, VisitOutcome, VisitState},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<VisitId>,
    beneficiary_id: Text<BeneficiaryId>,
    channel: Word<Channel>,
    asked_by: Word<AskedBy>,
    asked_at: At,
    case_id: Option<Text<CaseId>>,
    township: String,
    address: String,
    state: Word<VisitState>,
    planned_on: Option<Text<NaiveDate>>,
    clerk_id: Option<Text<OfficerId>>,
    link_id: Option<Text<LinkId>>,
    visited_at: Option<At>,
    outcome: Option<Word<VisitOutcome>>,
    assistance: Option<Word<Assistance>>,
    evidence_sha256: Option<String>,
    version: i64,
}

impl From<Row> for Visit {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            beneficiary_id: row.beneficiary_id.0,
            channel: row.channel.0,
            asked_by: row.asked_by.0,
            asked_at: row.asked_at.0,
            case_id: row.case_id.map(|id| id.0),
            township: row.township,
            address: row.address,
            state: row.state.0,
            planned_on: row.planned_on.map(|d| d.0),
            clerk_id: row.clerk_id.map(|id| id.0),
            link_id: row.link_id.map(|id| id.0),
            visited_at: row.visited_at.map(|at| at.0),
            outcome: row.outcome.map(|o| o.0),
            assistance: row.assistance.map(|a| a.0),
            evidence_sha256: row.evidence_sha256,
            version: row.version,
        }
    }
}

/// How a visit ends.
#[derive(Clone, Debug)]
pub struct VisitEnd {
    /// `Confirmed` or `Closed`.
    pub state: VisitState,
    /// What it found, when that is new.
    pub outcome: Option<VisitOutcome>,
    /// Who checked it.
    pub checked_by: Option<OfficerId>,
    /// What it confirmed.
    pub confirmation_id: Option<ConfirmationId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Asks for a visit. False when one is asked for already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_visit(&mut self, new: &Visit) -> Result<bool> {
        let touched = run!(
            self,
            "INSERT INTO visits (id, beneficiary_id, channel, asked_by, asked_at, case_id, township, address, state,
             planned_on, clerk_id, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
             ON CONFLICT DO NOTHING",
            new.id.to_string(),
            new.beneficiary_id.to_string(),
            word(&new.channel),
            word(&new.asked_by),
            ms(new.asked_at),
            new.case_id.map(|id| id.to_string()),
            &new.township,
            &new.address,
            word(&new.state),
            new.planned_on.map(day),
            new.clerk_id.map(|id| id.to_string()),
        )?;
        Ok(touched == 1)
    }

    /// A visit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit(&mut self, id: VisitId) -> Result<Option<Visit>> {
        let row = one!(self, Row, "SELECT * FROM visits WHERE id = $1", id.to_string())?;
        Ok(row.map(Visit::from))
    }

    /// Visits that are not closed, of all townships or one, of all clerks or one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_visits(
        &mut self,
        township: Option<&str>,
        clerk: Option<OfficerId>,
    ) -> Result<Vec<Visit>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM visits WHERE state IN ('asked', 'assigned', 'recorded')
             AND ($1 = '' OR township = $1) AND ($2 = '' OR clerk_id = $2)
             ORDER BY township, planned_on, asked_at LIMIT 2000",
            township.unwrap_or_default(),
            clerk.map(|id| id.to_string()).unwrap_or_default(),
        )?;
        Ok(rows.into_iter().map(Visit::from).collect())
    }

    /// Gives a visit to a clerk for a day. False when it has another version, or is not to be made any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn assign_visit(
        &mut self,
        (id, version): (VisitId, i64),
        clerk: OfficerId,
        on: NaiveDate,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE visits SET state = 'assigned', clerk_id = $3, planned_on = $4, version = version + 1
             WHERE id = $1 AND version = $2 AND state IN ('asked', 'assigned')",
            id.to_string(),
            version,
            clerk.to_string(),
            day(on),
        )?;
        Ok(touched == 1)
    }

    /// The call of a visit runs on this link; none: it ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_visit_link(
        &mut self,
        id: VisitId,
        clerk: OfficerId,
        link: Option<LinkId>,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE visits SET link_id = $2, clerk_id = $3, state = 'assigned', version = version + 1
             WHERE id = $1 AND state IN ('asked', 'assigned')",
            id.to_string(),
            link.map(|id| id.to_string()),
            clerk.to_string(),
        )?;
        Ok(())
    }

    /// Keeps what a visit brought, sealed. `visit` holds the new values. False when it has another version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_visit(
        &mut self,
        visit: &Visit,
        sealed_photo: Option<&[u8]>,
        sealed_statement: &[u8],
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE visits SET state = $3, clerk_id = $4, visited_at = $5, outcome = $6, assistance = $7,
             evidence_sha256 = $8, sealed_photo = $9, sealed_statement = $10, version = version + 1
             WHERE id = $1 AND version = $2 AND state IN ('asked', 'assigned')",
            visit.id.to_string(),
            visit.version,
            word(&visit.state),
            visit.clerk_id.map(|id| id.to_string()),
            visit.visited_at.map(ms),
            visit.outcome.as_ref().map(word),
            visit.assistance.as_ref().map(word),
            visit.evidence_sha256.as_deref(),
            sealed_photo,
            sealed_statement,
        )?;
        Ok(touched == 1)
    }

    /// What a visit brought, sealed: picture and statement.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit_evidence(
        &mut self,
        id: VisitId,
    ) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>)> {
        let sql = "SELECT sealed_photo, sealed_statement FROM visits WHERE id = $1";
        let row = one!(self, (Option<Vec<u8>>, Option<Vec<u8>>), sql, id.to_string())?;
        Ok(row.unwrap_or_default())
    }

    /// Ends a visit. False when it has another version or is ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_visit(
        &mut self,
        (id, version): (VisitId, i64),
        end: &VisitEnd,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE visits SET state = $3, outcome = COALESCE($4, outcome), checked_by = $5, confirmation_id = $6,
             closed_at = $7, version = version + 1
             WHERE id = $1 AND version = $2 AND state IN ('asked', 'assigned', 'recorded')",
            id.to_string(),
            version,
            word(&end.state),
            end.outcome.as_ref().map(word),
            end.checked_by.map(|id| id.to_string()),
            end.confirmation_id.map(|id| id.to_string()),
            ms(end.at),
        )?;
        Ok(touched == 1)
    }

    /// Lets somebody go again: what was recorded is dropped, the visit is asked for anew. False when it has another version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_visit_again(&mut self, (id, version): (VisitId, i64)) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE visits SET state = 'asked', planned_on = NULL, clerk_id = NULL, visited_at = NULL, outcome = NULL,
             sealed_photo = NULL, sealed_statement = NULL, evidence_sha256 = NULL, version = version + 1
             WHERE id = $1 AND version = $2 AND state = 'recorded'",
            id.to_string(),
            version,
        )?;
        Ok(touched == 1)
    }

    /// Ends a link now: whoever holds it can do nothing with it any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_link(&mut self, id: LinkId, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE links SET expires_at = $2 WHERE id = $1 AND expires_at > $2",
            id.to_string(),
            ms(at),
        )?;
        Ok(())
    }

    /// How the person was helped at a confirmation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_assistance(
        &mut self,
        of: ConfirmationId,
        assistance: Option<Assistance>,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE confirmations SET assistance = $2 WHERE id = $1",
            of.to_string(),
            assistance.as_ref().map(word),
        )?;
        Ok(())
    }
}
