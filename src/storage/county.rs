//! Figures over everybody, each by one grouped query: what the county's page shows. And the township of each residence, which the
//! program reads from the address.

use super::{
    Result, Tx,
    columns::{Count, Text, Word, day, ms},
};
use crate::domain::{
    beneficiary::BenefitStatus, confirmation::Channel, due::Phase, ids::BeneficiaryId,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

/// Overdue people of a township whose due date lay in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TownshipRow {
    /// Township; empty where the address names none.
    pub township: String,
    /// Month of the due date, `2026-11`; `earlier` for everything before.
    pub month: String,
    /// Overdue.
    pub overdue: u64,
    /// Of them: past the grace.
    pub past_grace: u64,
}

/// People who stand alike on the way to their confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // the columns of one grouped row
pub struct FunnelRow {
    /// Where their period stands.
    pub phase: Phase,
    /// All notices are out: a person calls.
    pub notices_out: bool,
    /// A message, letter or call reached telephone, mailbox or person.
    pub told: bool,
    /// Their link was opened.
    pub opened: bool,
    /// They made a video call.
    pub called: bool,
    /// An officer has a case about them.
    pub with_officer: bool,
    /// The person or the household answered in this period.
    pub reached: bool,
    /// How many.
    pub people: u64,
}

#[derive(FromRow)]
struct Grouped {
    phase: String,
    notices_out: i64,
    told: i64,
    opened: i64,
    called: i64,
    with_officer: i64,
    reached: i64,
    people: i64,
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

impl Tx {
    /// How many benefits have which status.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn status_counts(&mut self) -> Result<Vec<(BenefitStatus, u64)>> {
        let rows = all!(
            self,
            (Word<BenefitStatus>, i64),
            "SELECT status, COUNT(*) FROM beneficiaries GROUP BY status"
        )?;
        Ok(rows.into_iter().map(|(status, n)| (status.0, count(n))).collect())
    }

    /// How many people's periods each version of a scheme counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people_by_scheme(&mut self) -> Result<Vec<(String, u32, u64)>> {
        let rows = all!(
            self,
            (String, Count<u32>, i64),
            "SELECT scheme, scheme_version, COUNT(*) FROM beneficiaries WHERE scheme_version IS NOT NULL GROUP BY 1, 2"
        )?;
        Ok(rows.into_iter().map(|(name, version, n)| (name, version.0, count(n))).collect())
    }

    /// How many are due in each month (`2026-11`) of `[from, before)`, suspended and ended benefits left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_months(
        &mut self,
        from: NaiveDate,
        before: NaiveDate,
    ) -> Result<Vec<(String, u64)>> {
        let rows = all!(
            self,
            (String, i64),
            "SELECT substr(due_on, 1, 7), COUNT(*) FROM beneficiaries
             WHERE status = 'active' AND due_on >= $1 AND due_on < $2 GROUP BY 1 ORDER BY 1",
            day(from),
            day(before),
        )?;
        Ok(rows.into_iter().map(|(month, n)| (month, count(n))).collect())
    }

    /// How many were seen alive in each month from `from` on, by channel.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn channel_months(&mut self, from: NaiveDate) -> Result<Vec<(String, Channel, u64)>> {
        let rows = all!(
            self,
            (String, Word<Channel>, i64),
            "SELECT substr(period_from, 1, 7), channel, COUNT(*) FROM confirmations
             WHERE period_from >= $1 GROUP BY 1, 2 ORDER BY 1, 2",
            day(from),
        )?;
        Ok(rows.into_iter().map(|(month, channel, n)| (month, channel.0, count(n))).collect())
    }

    /// Overdue people by township and month of their due date; months before `from` as one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn overdue_townships(
        &mut self,
        on: NaiveDate,
        from: NaiveDate,
    ) -> Result<Vec<TownshipRow>> {
        let rows = all!(
            self,
            (String, String, i64, i64),
            "SELECT COALESCE(township, ''), CASE WHEN due_on < $2 THEN 'earlier' ELSE substr(due_on, 1, 7) END, COUNT(*),
             COUNT(CASE WHEN grace_until < $1 THEN 1 END)
             FROM beneficiaries WHERE status = 'active' AND due_on < $1 GROUP BY 1, 2",
            day(on),
            day(from),
        )?;
        let row = |(township, month, overdue, past)| TownshipRow {
            township,
            month,
            overdue: count(overdue),
            past_grace: count(past),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Everybody whose notices have begun and who is not confirmed yet, grouped by what happened since `since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn funnel(
        &mut self,
        on: NaiveDate,
        (since_on, since): (NaiveDate, DateTime<Utc>),
    ) -> Result<Vec<FunnelRow>> {
        let rows = all!(
            self,
            Grouped,
            "SELECT phase, CAST(notices_out AS BIGINT) AS notices_out, CAST(told AS BIGINT) AS told, CAST(opened AS BIGINT) AS opened,
             CAST(called AS BIGINT) AS called, CAST(with_officer AS BIGINT) AS with_officer, CAST(reached AS BIGINT) AS reached,
             COUNT(*) AS people FROM (
               SELECT CASE WHEN b.due_on >= $1 THEN 'due' WHEN b.grace_until >= $1 THEN 'in_grace' ELSE 'past_grace' END AS phase,
                 CASE WHEN b.call_from <= $1 THEN 1 ELSE 0 END AS notices_out,
                 CASE WHEN a.told_on IS NOT NULL THEN 1 ELSE 0 END AS told,
                 CASE WHEN l.beneficiary_id IS NOT NULL THEN 1 ELSE 0 END AS opened,
                 CASE WHEN c.beneficiary_id IS NOT NULL THEN 1 ELSE 0 END AS called,
                 CASE WHEN o.beneficiary_id IS NOT NULL THEN 1 ELSE 0 END AS with_officer,
                 CASE WHEN a.reached_on >= b.notify_from THEN 1 ELSE 0 END AS reached
               FROM beneficiaries b
               LEFT JOIN (SELECT beneficiary_id,
                   MAX(CASE WHEN outcome IN ('sent', 'delivered', 'reached') THEN attempted_on END) AS told_on,
                   MAX(CASE WHEN outcome = 'reached' THEN attempted_on END) AS reached_on
                 FROM contact_attempts WHERE attempted_on >= $2 GROUP BY beneficiary_id) a ON a.beneficiary_id = b.id
               LEFT JOIN (SELECT DISTINCT beneficiary_id FROM links WHERE opened_at >= $3) l ON l.beneficiary_id = b.id
               LEFT JOIN (SELECT DISTINCT beneficiary_id FROM calls WHERE kind = 'call' AND opened_at >= $3) c
                 ON c.beneficiary_id = b.id
               LEFT JOIN (SELECT DISTINCT beneficiary_id FROM cases WHERE lane <> 'closed') o ON o.beneficiary_id = b.id
               WHERE b.status = 'active' AND b.grace_until IS NOT NULL AND b.notify_from <= $1) AS alike
             GROUP BY 1, 2, 3, 4, 5, 6, 7",
            day(on),
            day(since_on),
            ms(since),
        )?;
        Ok(rows.into_iter().map(FunnelRow::from).collect())
    }

    /// Of those who were seen alive from `from` on (by confirmation): all, told since `since`, link opened, by call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmed_funnel(
        &mut self,
        from: NaiveDate,
        since_on: NaiveDate,
    ) -> Result<[u64; 4]> {
        let row = one!(
            self,
            (i64, i64, i64, i64),
            "SELECT COUNT(*), COUNT(a.beneficiary_id), COUNT(l.opened_at), COUNT(f.call_id) FROM confirmations f
             LEFT JOIN (SELECT beneficiary_id FROM contact_attempts WHERE attempted_on >= $2
                 AND outcome IN ('sent', 'delivered', 'reached') GROUP BY beneficiary_id) a ON a.beneficiary_id = f.beneficiary_id
             LEFT JOIN links l ON l.id = f.link_id
             WHERE f.period_from >= $1 AND f.channel <> 'import'",
            day(from),
            day(since_on),
        )?;
        let (all, told, opened, called) = row.unwrap_or_default();
        Ok([all, told, opened, called].map(count))
    }

    /// What waits at the desks besides cases: proposals, visits, forms, care entries to be looked at again by `on`, appointments within
    /// `[from, until)`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_counts(
        &mut self,
        on: NaiveDate,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<[u64; 5]> {
        let row = one!(
            self,
            (i64, i64, i64, i64, i64),
            "SELECT (SELECT COUNT(*) FROM proposals WHERE state = 'proposed'),
             (SELECT COUNT(*) FROM visits WHERE state IN ('asked', 'assigned', 'recorded')),
             (SELECT COUNT(*) FROM paper_forms WHERE state NOT IN ('confirmed', 'refused')),
             (SELECT COUNT(*) FROM special_care WHERE ended_at IS NULL AND review_on <= $1),
             (SELECT COUNT(*) FROM appointments WHERE starts_at >= $2 AND starts_at < $3 AND state <> 'cancelled')",
            day(on),
            ms(from),
            ms(until),
        )?;
        let (proposals, visits, forms, care, appointments) = row.unwrap_or_default();
        Ok([proposals, visits, forms, care, appointments].map(count))
    }

    /// People whose township was not read from their residence yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn without_township(
        &mut self,
        limit: i64,
    ) -> Result<Vec<(BeneficiaryId, Option<String>)>> {
        let rows = all!(
            self,
            (Text<BeneficiaryId>, Option<String>),
            "SELECT id, residence FROM beneficiaries WHERE township IS NULL ORDER BY id LIMIT $1",
            limit
        )?;
        Ok(rows.into_iter().map(|(id, residence)| (id.0, residence)).collect())
    }

    /// Writes townships of people who have none yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_townships(&mut self, read: &[(BeneficiaryId, String)]) -> Result<u64> {
        let touched: u64 = many!(
            self,
            "UPDATE beneficiaries SET township = v.column2 FROM (",
            read,
            |row| [row.0.to_string(), row.1.as_str()],
            ") AS v WHERE beneficiaries.id = v.column1 AND beneficiaries.township IS NULL"
        );
        Ok(touched)
    }
}

impl From<Grouped> for FunnelRow {
    fn from(row: Grouped) -> Self {
        let phase = match row.phase.as_str() {
            "due" => Phase::Due,
            "in_grace" => Phase::InGrace,
            _ => Phase::PastGrace,
        };
        Self {
            phase,
            notices_out: row.notices_out == 1,
            told: row.told == 1,
            opened: row.opened == 1,
            called: row.called == 1,
            with_officer: row.with_officer == 1,
            reached: row.reached == 1,
            people: count(row.people),
        }
    }
}
