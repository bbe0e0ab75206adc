//! Finding people, and what belongs to one of them.

use super::{
    Result, Tx,
    columns::{At, Text, Word, ms},
};
use crate::domain::{
    beneficiary::BenefitStatus,
    case::{CaseKind, CaseStatus},
    confirmation::Channel,
    ids::{AppointmentId, BeneficiaryId, CaseId, LinkId, OfficerId, PaperFormId, VisitId},
    paper_form::FormState,
    visit::{VisitOutcome, VisitState},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// What is known of somebody that an officer looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// The beginning of the name, at least two characters.
    Name(String),
    /// The whole id number.
    IdNumber(String),
    /// The end of the id number, at least four characters.
    IdTail(String),
    /// The end of the telephone number, at least four digits.
    PhoneTail(String),
}

/// Somebody found.
#[derive(Clone, Debug)]
pub struct FoundRow {
    /// Who.
    pub id: BeneficiaryId,
    /// Name. Personal data.
    pub name: String,
    /// Last four characters of the id number.
    pub id_number_tail: String,
    /// Born.
    pub birth_on: NaiveDate,
    /// Telephone. Personal data.
    pub phone: Option<String>,
    /// Residence. Personal data.
    pub residence: Option<String>,
    /// Benefit status.
    pub status: BenefitStatus,
    /// Due.
    pub due_on: NaiveDate,
    /// End of the grace; none when it is not counted yet.
    pub grace_until: Option<NaiveDate>,
    /// From when notices are sent; none when it is not counted yet.
    pub notify_from: Option<NaiveDate>,
    /// Last confirmation known.
    pub last_confirmed_on: Option<NaiveDate>,
}

#[derive(FromRow)]
struct Row {
    id: Text<BeneficiaryId>,
    name: String,
    id_number_tail: String,
    birth_on: Text<NaiveDate>,
    phone: Option<String>,
    residence: Option<String>,
    status: Word<BenefitStatus>,
    due_on: Text<NaiveDate>,
    grace_until: Option<Text<NaiveDate>>,
    notify_from: Option<Text<NaiveDate>>,
    last_confirmed_on: Option<Text<NaiveDate>>,
}

impl From<Row> for FoundRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            id_number_tail: row.id_number_tail,
            birth_on: row.birth_on.0,
            phone: row.phone,
            residence: row.residence,
            status: row.status.0,
            due_on: row.due_on.0,
            grace_until: row.grace_until.map(|d| d.0),
            notify_from: row.notify_from.map(|d| d.0),
            last_confirmed_on: row.last_confirmed_on.map(|d| d.0),
        }
    }
}

/// A link of somebody.
#[derive(Clone, Copy, Debug)]
pub struct LinkOfRow {
    /// Id.
    pub id: LinkId,
    /// Made.
    pub made_at: DateTime<Utc>,
    /// Works until.
    pub expires_at: DateTime<Utc>,
    /// First opened.
    pub opened_at: Option<DateTime<Utc>>,
}

/// The columns of a found person.
macro_rules! found {
    ($condition:literal) => {
        concat!(
            "SELECT id, name, substr(id_number, 15, 4) AS id_number_tail, birth_on, phone, residence, status, due_on,
             grace_until, notify_from, last_confirmed_on FROM beneficiaries WHERE ",
            $condition
        )
    };
}

/// A text in which LIKE takes every character as it stands, with `\` as its escape.
fn plain(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl Tx {
    /// People who fit, by name. Each search begins with an index.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_people(&mut self, search: &Search, limit: i64) -> Result<Vec<FoundRow>> {
        let end = |text: &str, n: usize| {
            let skip = text.chars().count().saturating_sub(n);
            text.chars().skip(skip).collect::<String>()
        };
        let rows = match search {
            Search::Name(name) => all!(
                self,
                Row,
                found!(
                    "substr(name, 1, 2) = $1 AND name LIKE $2 ESCAPE '\\' ORDER BY name, birth_on, id LIMIT $3"
                ),
                name.chars().take(2).collect::<String>(),
                format!("{}%", plain(name)),
                limit,
            ),
            Search::IdNumber(number) => all!(
                self,
                Row,
                found!("id_number = $1 ORDER BY id LIMIT $2"),
                number.as_str(),
                limit
            ),
            Search::IdTail(tail) => all!(
                self,
                Row,
                found!(
                    "substr(id_number, 15, 4) = $1 AND id_number LIKE $2 ESCAPE '\\' ORDER BY name, birth_on, id LIMIT $3"
                ),
                end(tail, 4),
                format!("%{}", plain(tail)),
                limit,
            ),
            Search::PhoneTail(tail) => all!(
                self,
                Row,
                found!(
                    "substr(phone, length(phone) - 3) = $1 AND phone LIKE $2 ESCAPE '\\' ORDER BY name, birth_on, id LIMIT $3"
                ),
                end(tail, 4),
                format!("%{}", plain(tail)),
                limit,
            ),
        }?;
        Ok(rows.into_iter().map(FoundRow::from).collect())
    }

    /// People with a benefit status, by due date, after one of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people_of_status(
        &mut self,
        status: BenefitStatus,
        after: Option<(NaiveDate, BeneficiaryId)>,
        limit: i64,
    ) -> Result<Vec<FoundRow>> {
        let (on, id) = after.map(|(on, id)| (on.to_string(), id.to_string())).unwrap_or_default();
        let rows = all!(
            self,
            Row,
            found!("status = $1 AND (due_on, id) > ($2, $3) ORDER BY due_on, id LIMIT $4"),
            super::columns::word(&status),
            on.as_str(),
            id.as_str(),
            limit,
        )?;
        Ok(rows.into_iter().map(FoundRow::from).collect())
    }

    /// Links of a beneficiary, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn links_of(&mut self, of: BeneficiaryId) -> Result<Vec<LinkOfRow>> {
        let rows = all!(
            self,
            (Text<LinkId>, At, At, Option<At>),
            "SELECT id, made_at, expires_at, opened_at FROM links WHERE beneficiary_id = $1
             ORDER BY made_at DESC, id DESC LIMIT 50",
            of.to_string(),
        )?;
        let row = |(id, made, expires, opened): (Text<LinkId>, At, At, Option<At>)| LinkOfRow {
            id: id.0,
            made_at: made.0,
            expires_at: expires.0,
            opened_at: opened.map(|at| at.0),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// The page of a link was opened; only the first time is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_opened(&mut self, id: LinkId, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE links SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL",
            id.to_string(),
            ms(at)
        )?;
        Ok(())
    }

    /// Whether the page of a link was opened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_link_opened(&mut self, id: LinkId) -> Result<bool> {
        let row = one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM links WHERE id = $1 AND opened_at IS NOT NULL",
            id.to_string()
        )?;
        Ok(row.is_some_and(|row| row.0 > 0))
    }

    /// What a call on this link confirms counts as this channel: the link is for a clerk's device.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_link_channel(&mut self, id: LinkId, channel: Channel) -> Result<()> {
        run!(
            self,
            "UPDATE links SET channel = $2 WHERE id = $1",
            id.to_string(),
            super::columns::word(&channel)
        )?;
        Ok(())
    }

    /// The channel of a link on a clerk's device; none for a person's own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_channel(&mut self, id: LinkId) -> Result<Option<Channel>> {
        let row = one!(
            self,
            (Word<Channel>,),
            "SELECT channel FROM links WHERE id = $1 AND channel IS NOT NULL",
            id.to_string()
        )?;
        Ok(row.map(|row| row.0.0))
    }

    /// Cases about a beneficiary, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of(
        &mut self,
        of: BeneficiaryId,
    ) -> Result<Vec<(CaseId, String, CaseKind, CaseStatus, DateTime<Utc>)>> {
        let rows = all!(
            self,
            (Text<CaseId>, String, Word<CaseKind>, Word<CaseStatus>, At),
            "SELECT id, number, kind, status, opened_at FROM cases WHERE beneficiary_id = $1
             ORDER BY opened_at DESC, id DESC LIMIT 50",
            of.to_string(),
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, no, kind, status, at)| (id.0, no, kind.0, status.0, at.0))
            .collect())
    }

    /// Visits to a beneficiary, newest first: id, channel, state, asked, clerk, outcome.
    ///
    /// # Errors
    /// When the database fails.
    #[allow(clippy::type_complexity)] // one row
    pub async fn visits_of(
        &mut self,
        of: BeneficiaryId,
    ) -> Result<
        Vec<(VisitId, Channel, VisitState, DateTime<Utc>, Option<OfficerId>, Option<VisitOutcome>)>,
    > {
        let rows = all!(
            self,
            (
                Text<VisitId>,
                Word<Channel>,
                Word<VisitState>,
                At,
                Option<Text<OfficerId>>,
                Option<Word<VisitOutcome>>
            ),
            "SELECT id, channel, state, asked_at, clerk_id, outcome FROM visits WHERE beneficiary_id = $1
             ORDER BY asked_at DESC, id DESC LIMIT 50",
            of.to_string(),
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, channel, state, at, clerk, outcome)| {
                (id.0, channel.0, state.0, at.0, clerk.map(|c| c.0), outcome.map(|o| o.0))
            })
            .collect())
    }

    /// Forms of a beneficiary, newest first: id, channel, state, received.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forms_of(
        &mut self,
        of: BeneficiaryId,
    ) -> Result<Vec<(PaperFormId, Channel, FormState, DateTime<Utc>)>> {
        let rows = all!(
            self,
            (Text<PaperFormId>, Word<Channel>, Word<FormState>, At),
            "SELECT id, channel, state, received_at FROM paper_forms WHERE beneficiary_id = $1
             ORDER BY received_at DESC, id DESC LIMIT 50",
            of.to_string(),
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, channel, state, at)| (id.0, channel.0, state.0, at.0))
            .collect())
    }

    /// Appointments of a beneficiary, latest first: id, way, state, begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn appointments_of(
        &mut self,
        of: BeneficiaryId,
    ) -> Result<Vec<(AppointmentId, String, String, DateTime<Utc>)>> {
        let rows = all!(
            self,
            (Text<AppointmentId>, String, String, At),
            "SELECT id, way, state, starts_at FROM appointments WHERE beneficiary_id = $1
             ORDER BY starts_at DESC, id DESC LIMIT 50",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(|(id, way, state, at)| (id.0, way, state, at.0)).collect())
    }

    /// How confirmations of a beneficiary were helped: confirmation id and mode, where one is recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn assistance_of(
        &mut self,
        of: BeneficiaryId,
    ) -> Result<Vec<(crate::domain::ids::ConfirmationId, crate::domain::assistance::Assistance)>>
    {
        let rows = all!(
            self,
            (Text<crate::domain::ids::ConfirmationId>, Word<crate::domain::assistance::Assistance>),
            "SELECT id, assistance FROM confirmations WHERE beneficiary_id = $1 AND assistance IS NOT NULL LIMIT 100",
            of.to_string(),
        )?;
        Ok(rows.into_iter().map(|(id, mode)| (id.0, mode.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_with_signs_of_like_is_only_itself() {
        assert_eq!(plain("王%_\\"), "王\\%\\_\\\\");
    }
}
