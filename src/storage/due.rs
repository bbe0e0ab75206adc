//! The dates of the periods that run, and the lists that follow from them.

use super::{
    Result, Tx,
    columns::{At, Text, Word, day},
};
use crate::domain::{
    beneficiary::BenefitStatus,
    due::{Beginning, Dates},
    ids::BeneficiaryId,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// What the dates of a person are counted from.
#[derive(Clone, Debug)]
pub struct CountRow {
    /// Who.
    pub id: BeneficiaryId,
    /// Scheme.
    pub scheme: String,
    /// Date of birth.
    pub birth_on: NaiveDate,
    /// Benefit status.
    pub status: BenefitStatus,
    /// When they entered the roster.
    pub added_at: DateTime<Utc>,
    /// Last confirmation known.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Due date that holds.
    pub due_on: NaiveDate,
    /// The period that runs: its first day and its due date before our outages; none when it was not counted yet.
    pub period: Option<(NaiveDate, NaiveDate)>,
}

#[derive(FromRow)]
struct Row {
    id: Text<BeneficiaryId>,
    scheme: String,
    birth_on: Text<NaiveDate>,
    status: Word<BenefitStatus>,
    added_at: At,
    last_confirmed_on: Option<Text<NaiveDate>>,
    due_on: Text<NaiveDate>,
    period_from: Option<Text<NaiveDate>>,
    cycle_due_on: Option<Text<NaiveDate>>,
}

impl From<Row> for CountRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            scheme: row.scheme,
            birth_on: row.birth_on.0,
            status: row.status.0,
            added_at: row.added_at.0,
            last_confirmed_on: row.last_confirmed_on.map(|d| d.0),
            due_on: row.due_on.0,
            period: row.period_from.map(|d| d.0).zip(row.cycle_due_on.map(|d| d.0)),
        }
    }
}

/// A person on a due list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueRow {
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
    /// Where they live. Personal data.
    pub residence: Option<String>,
    /// Scheme.
    pub scheme: String,
    /// Last confirmation known.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Due date that holds.
    pub due_on: NaiveDate,
    /// End of the grace.
    pub grace_until: NaiveDate,
}

#[derive(FromRow)]
struct ListRow {
    id: Text<BeneficiaryId>,
    name: String,
    id_number_tail: String,
    birth_on: Text<NaiveDate>,
    phone: Option<String>,
    residence: Option<String>,
    scheme: String,
    last_confirmed_on: Option<Text<NaiveDate>>,
    due_on: Text<NaiveDate>,
    grace_until: Text<NaiveDate>,
}

impl From<ListRow> for DueRow {
    fn from(row: ListRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            id_number_tail: row.id_number_tail,
            birth_on: row.birth_on.0,
            phone: row.phone,
            residence: row.residence,
            scheme: row.scheme,
            last_confirmed_on: row.last_confirmed_on.map(|d| d.0),
            due_on: row.due_on.0,
            grace_until: row.grace_until.0,
        }
    }
}

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueLane {
    /// Due date between the bounds.
    DueBetween,
    /// Notices are sent, the due date has not passed.
    Due,
    /// The due date has passed, the grace has not.
    InGrace,
    /// The grace has passed.
    PastGrace,
    /// All notices are out, nobody was reached: a person calls.
    ToCall,
}

/// Which part of which list.
#[derive(Clone, Copy, Debug)]
pub struct DueQuery<'a> {
    /// List.
    pub lane: DueLane,
    /// Of one township; empty: of all.
    pub township: &'a str,
    /// The day of the list.
    pub on: NaiveDate,
    /// Bounds of the due date: nobody outside of them can be on the list.
    pub between: (NaiveDate, NaiveDate),
    /// After this one; none: from the beginning.
    pub after: Option<(NaiveDate, BeneficiaryId)>,
    /// How many at most.
    pub limit: i64,
}

/// `$1` to `$4`: bounds of the due date, the day, and the township.
macro_rules! lane {
    ($head:literal, $lane:expr, $tail:literal) => {
        match $lane {
            DueLane::DueBetween => lane!(@sql $head, "$3 = $3", $tail),
            DueLane::Due => lane!(@sql $head, "notify_from <= $3 AND due_on >= $3", $tail),
            DueLane::InGrace => lane!(@sql $head, "due_on < $3 AND grace_until >= $3", $tail),
            DueLane::PastGrace => lane!(@sql $head, "grace_until < $3", $tail),
            DueLane::ToCall => lane!(@sql $head, "call_from <= $3 AND NOT EXISTS (SELECT 1 FROM contact_attempts a
                WHERE a.beneficiary_id = b.id AND a.attempted_on >= b.notify_from AND a.outcome = 'reached')", $tail),
        }
    };
    (@sql $head:literal, $condition:literal, $tail:literal) => {
        concat!($head, " FROM beneficiaries b WHERE status = 'active' AND grace_until IS NOT NULL
                AND due_on BETWEEN $1 AND $2 AND ($4 = '' OR township = $4) AND ", $condition, $tail)
    };
}

impl Tx {
    /// What the dates of a person are counted from.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_row(&mut self, of: BeneficiaryId) -> Result<Option<CountRow>> {
        let row = one!(
            self,
            Row,
            "SELECT id, scheme, birth_on, status, added_at, last_confirmed_on, due_on, period_from, cycle_due_on
             FROM beneficiaries WHERE id = $1",
            of.to_string(),
        )?;
        Ok(row.map(CountRow::from))
    }

    /// Where the account of a person begins: what the roster said. `added_on` is the day of `added_at` as UTC counts it; the caller
    /// knows China's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beginning(&mut self, of: BeneficiaryId) -> Result<Option<Beginning>> {
        let row = one!(
            self,
            (At, Option<Text<NaiveDate>>, Text<NaiveDate>),
            "SELECT added_at, CASE WHEN entered_due_on IS NULL THEN last_confirmed_on ELSE entered_confirmed_on END,
             COALESCE(entered_due_on, due_on) FROM beneficiaries WHERE id = $1",
            of.to_string(),
        )?;
        Ok(row.map(|(added, last, due)| Beginning {
            added_on: added.0.date_naive(),
            last_confirmed_on: last.map(|d| d.0),
            due_on: due.0,
        }))
    }

    /// People whose dates are not counted, at most [`super::ROWS_AT_ONCE`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uncounted(&mut self) -> Result<Vec<CountRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT id, scheme, birth_on, status, added_at, last_confirmed_on, due_on, period_from, cycle_due_on
             FROM beneficiaries WHERE grace_until IS NULL LIMIT $1",
            i64::try_from(super::ROWS_AT_ONCE).unwrap_or(1),
        )?;
        Ok(rows.into_iter().map(CountRow::from).collect())
    }

    /// Forgets the dates of everybody whose grace reaches `day`: they are counted again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uncount_from(&mut self, from: NaiveDate) -> Result<u64> {
        run!(self, "UPDATE beneficiaries SET grace_until = NULL WHERE grace_until >= $1", day(from))
    }

    /// Writes the dates of people who are not counted. Whoever was counted meanwhile stays as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_dates(&mut self, counted: &[(BeneficiaryId, Dates)]) -> Result<u64> {
        let touched: u64 = many!(
            self,
            "UPDATE beneficiaries SET period_from = v.column2, scheme_version = v.column3, cycle_due_on = v.column4,
             due_on = v.column5, notify_from = v.column6, call_from = v.column7, grace_until = v.column8,
             entered_confirmed_on = CASE WHEN entered_due_on IS NULL THEN last_confirmed_on ELSE entered_confirmed_on END,
             entered_due_on = COALESCE(entered_due_on, due_on) FROM (",
            counted,
            |row| [
                row.0.to_string(),
                day(row.1.period_from),
                i64::from(row.1.scheme_version),
                day(row.1.cycle_due_on),
                day(row.1.due_on),
                day(row.1.notify_from),
                day(row.1.call_from),
                day(row.1.grace_until),
            ],
            ") AS v WHERE beneficiaries.id = v.column1 AND beneficiaries.grace_until IS NULL"
        );
        Ok(touched)
    }

    /// Lets the account of a person begin anew, with what the roster would say: last confirmed on `confirmed_on`. Dates are counted from there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_anew(
        &mut self,
        of: BeneficiaryId,
        confirmed_on: NaiveDate,
        due_on: NaiveDate,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE beneficiaries SET last_confirmed_on = $2, due_on = $3, period_from = NULL, scheme_version = NULL,
             cycle_due_on = NULL, notify_from = NULL, call_from = NULL, grace_until = NULL, entered_confirmed_on = NULL,
             entered_due_on = NULL, version = version + 1 WHERE id = $1",
            of.to_string(),
            day(confirmed_on),
            day(due_on),
        )?;
        Ok(())
    }

    /// Writes what a confirmation moves: the person was seen alive on `confirmed_on`, and these dates hold now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_confirmed(
        &mut self,
        of: BeneficiaryId,
        confirmed_on: NaiveDate,
        dates: &Dates,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE beneficiaries SET last_confirmed_on = $2, period_from = $3, scheme_version = $4, cycle_due_on = $5,
             due_on = $6, notify_from = $7, call_from = $8, grace_until = $9 WHERE id = $1",
            of.to_string(),
            day(confirmed_on),
            day(dates.period_from),
            i64::from(dates.scheme_version),
            day(dates.cycle_due_on),
            day(dates.due_on),
            day(dates.notify_from),
            day(dates.call_from),
            day(dates.grace_until),
        )?;
        Ok(())
    }

    /// A page of a due list, by due date.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_list(&mut self, query: &DueQuery<'_>) -> Result<Vec<DueRow>> {
        let (after_on, after_id) = match query.after {
            Some((on, id)) => (day(on), id.to_string()),
            None => (String::new(), String::new()),
        };
        let sql = lane!(
            "SELECT id, name, substr(id_number, 15, 4) AS id_number_tail, birth_on, phone, residence, scheme, last_confirmed_on,
             due_on, grace_until",
            query.lane,
            " AND (due_on, id) > ($5, $6) ORDER BY due_on, id LIMIT $7"
        );
        let rows = all!(
            self,
            ListRow,
            sql,
            day(query.between.0),
            day(query.between.1),
            day(query.on),
            query.township,
            after_on.as_str(),
            after_id.as_str(),
            query.limit,
        )?;
        Ok(rows.into_iter().map(DueRow::from).collect())
    }

    /// How many stand on a due list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_count(&mut self, query: &DueQuery<'_>) -> Result<u64> {
        let sql = lane!("SELECT COUNT(*)", query.lane, "");
        let row = one!(
            self,
            (i64,),
            sql,
            day(query.between.0),
            day(query.between.1),
            day(query.on),
            query.township,
        )?;
        Ok(row.and_then(|row| u64::try_from(row.0).ok()).unwrap_or(0))
    }
}
