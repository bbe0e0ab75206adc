//! Due dates: counting them, listing who is due, and our outages.
//!
//! Counting is a batch that may be killed at any point: a person is counted or not, and whoever is not is counted by the next run.

use super::{Service, ServiceError, record::event, rules::Rules};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        due::OutageDays,
        ids::{BeneficiaryId, OfficerId},
        notice::township_of,
        scheme::{FIRST_DAY, SchemeBook},
    },
    storage::{DueLane, DueQuery, DueRow},
};
use chrono::{Days, NaiveDate};
use serde_json::json;

pub use crate::storage::{DueLane as Lane, DueRow as DuePerson};

/// Longest page of a due list.
pub const DUE_PAGE_MAX: u32 = 10_000;
/// People whose township is read in one transaction.
const TOWNSHIPS_AT_ONCE: i64 = 1_000;
/// Longest outage that is taken, days: a longer one is a mistake in the dates.
const OUTAGE_DAYS_MAX: i64 = 92;

/// Byte-order mark (spreadsheets take the file for UTF-8 then) and the columns, named as the roster names them.
pub const CSV_HEAD: &str = "\u{feff}编号,姓名,电话,现居住地,险种,上次认证日期,到期日,宽限至\n";

/// A part of a due list.
#[derive(Clone, Debug)]
pub struct DuePage {
    /// Who.
    pub people: Vec<DueRow>,
    /// Where the next part begins; none: this is the last.
    pub next: Option<(NaiveDate, BeneficiaryId)>,
}

/// How many stand on each list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DueCounts {
    /// Notices are sent.
    pub due: u64,
    /// Overdue, in the grace.
    pub in_grace: u64,
    /// Overdue, the grace has passed.
    pub past_grace: u64,
    /// To be called by a person.
    pub to_call: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct DueAsk {
    /// Which list.
    pub lane: Lane,
    /// Its day.
    pub on: NaiveDate,
    /// With [`DueLane::DueBetween`]: last due date; the first one is `on`.
    pub until: NaiveDate,
    /// Where to go on.
    pub after: Option<(NaiveDate, BeneficiaryId)>,
    /// How many at most.
    pub limit: u32,
}

impl Service {
    /// Counts the dates of everybody who is not counted yet (new in the roster, or touched by an outage); how many.
    ///
    /// # Errors
    /// When the database fails. What was counted until then stays counted.
    pub async fn count_dates(
        &self,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, ServiceError> {
        self.read_townships().await?;
        let mut counted = 0;
        loop {
            let mut tx = self.db.write().await?;
            let rows = tx.uncounted().await?;
            if rows.is_empty() {
                return Ok(counted);
            }
            let rules = Rules::read(&mut tx).await?;
            let dates = rows
                .iter()
                .map(|row| Ok((row.id, rules.runs(row)?)))
                .collect::<Result<Vec<_>, ServiceError>>()?;
            counted += tx.set_dates(&dates).await?;
            tx.commit().await?;
            progress(counted);
        }
    }

    /// Reads the township from every residence from which it was not read yet: people of before this was kept.
    async fn read_townships(&self) -> Result<(), ServiceError> {
        loop {
            let people = self.db.read().await?.without_township(TOWNSHIPS_AT_ONCE).await?;
            if people.is_empty() {
                return Ok(());
            }
            let township =
                |residence: Option<String>| township_of(residence.as_deref().unwrap_or_default());
            let read: Vec<(BeneficiaryId, String)> =
                people.into_iter().map(|(id, residence)| (id, township(residence))).collect();
            let mut tx = self.db.write().await?;
            tx.set_townships(&read).await?;
            tx.commit().await?;
        }
    }

    /// A part of a due list. Suspended and ended benefits stand on none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_list(&self, ask: DueAsk) -> Result<DuePage, ServiceError> {
        self.due_list_of(ask, "").await
    }

    /// The same, of one township.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_list_of(&self, ask: DueAsk, township: &str) -> Result<DuePage, ServiceError> {
        let limit = ask.limit.clamp(1, DUE_PAGE_MAX);
        let mut tx = self.db.read().await?;
        let between = bounds(&tx.schemes().await?, &ask);
        let query = DueQuery {
            lane: ask.lane,
            township,
            on: ask.on,
            between,
            after: ask.after,
            limit: i64::from(limit) + 1,
        };
        let mut people = tx.due_list(&query).await?;
        let more = people.len() > limit as usize;
        people.truncate(limit as usize);
        let next = people.last().filter(|_| more).map(|last| (last.due_on, last.id));
        Ok(DuePage { people, next })
    }

    /// How many stand on each list of a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_counts(&self, on: NaiveDate) -> Result<DueCounts, ServiceError> {
        let mut tx = self.db.read().await?;
        let book = tx.schemes().await?;
        let mut counts = [0; 4];
        let lanes = [DueLane::Due, DueLane::InGrace, DueLane::PastGrace, DueLane::ToCall];
        for (count, lane) in counts.iter_mut().zip(lanes) {
            let ask = DueAsk { lane, on, until: on, after: None, limit: 1 };
            let between = bounds(&book, &ask);
            let query = DueQuery { lane, township: "", on, between, after: None, limit: 0 };
            *count = tx.due_count(&query).await?;
        }
        let [due, in_grace, past_grace, to_call] = counts;
        Ok(DueCounts { due, in_grace, past_grace, to_call })
    }

    /// Records an outage of ours and extends every due date that runs. The same outage again adds nothing.
    ///
    /// # Errors
    /// `outage_days` (first after last, too long, or in the future), `reason_missing`.
    pub async fn add_outage(
        &self,
        officer: Option<OfficerId>,
        (from_on, until_on): (NaiveDate, NaiveDate),
        reason: &str,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, ServiceError> {
        let (at, reason) = (self.now(), reason.trim());
        if from_on > until_on
            || (until_on - from_on).num_days() >= OUTAGE_DAYS_MAX
            || until_on > china_date(at)
        {
            let detail = format!(
                "first and last day: in this order, at most {OUTAGE_DAYS_MAX} days, and not in the future"
            );
            return Err(ServiceError::unacceptable("outage_days", detail));
        }
        if reason.is_empty() || reason.chars().count() > 200 {
            let detail = "reason: say in at most 200 characters what was down";
            return Err(ServiceError::unacceptable("reason_missing", detail));
        }
        let mut tx = self.db.write().await?;
        let outage = OutageDays { from_on, until_on, added_at: at };
        if tx.add_outage(outage, reason, officer).await? {
            let touched = tx.uncount_from(from_on).await?;
            let by = officer.map_or(Actor::Operator, |id| Actor::Officer { id });
            let about = ("outage", from_on);
            let detail = json!({ "until_on": until_on, "people": touched });
            tx.add_audit(&event(at, by, Action::OutageAdded, about, detail)).await?;
            tx.commit().await?;
        } else {
            drop(tx); // the batch below writes, and there may be one writer only
        }
        // Also when it was known: a run that was killed between the two is finished here.
        self.count_dates(progress).await
    }

    /// Our outages with their reasons.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outages(&self) -> Result<Vec<(OutageDays, String)>, ServiceError> {
        Ok(self.db.read().await?.outages().await?)
    }
}

/// Due dates that can be on a list of that day: what keeps a page from reading the whole table.
fn bounds(book: &SchemeBook, ask: &DueAsk) -> (NaiveDate, NaiveDate) {
    let terms = || book.versions().iter().map(|v| &v.terms);
    let notice = terms().filter_map(|t| t.notice_days.first().copied()).max().unwrap_or(0);
    let grace = terms().map(|t| t.grace_days).max().unwrap_or(0);
    let ahead = ask.on.checked_add_days(Days::new(notice.into())).unwrap_or(ask.on);
    let back = ask.on.checked_sub_days(Days::new(grace.into())).unwrap_or(ask.on);
    match ask.lane {
        DueLane::DueBetween => (ask.on, ask.until),
        DueLane::Due => (ask.on, ahead),
        DueLane::InGrace => (back, ask.on),
        DueLane::PastGrace => (FIRST_DAY, ask.on),
        DueLane::ToCall => (FIRST_DAY, ahead),
    }
}

/// People as lines below [`CSV_HEAD`]. A text that a spreadsheet would take for a formula is preceded by an apostrophe.
///
/// # Errors
/// When a line cannot be written.
pub fn csv_rows(people: &[DueRow]) -> Result<String, ServiceError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let text = |text: &str| match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    for person in people {
        let row = [
            person.id.to_string(),
            text(&person.name),
            text(person.phone.as_deref().unwrap_or_default()),
            text(person.residence.as_deref().unwrap_or_default()),
            person.scheme.clone(),
            person.last_confirmed_on.map(|d| d.to_string()).unwrap_or_default(),
            person.due_on.to_string(),
            person.grace_until.to_string(),
        ];
        writer.write_record(row).map_err(ServiceError::internal)?;
    }
    let bytes = writer.into_inner().map_err(|e| ServiceError::broken(e.to_string()))?;
    String::from_utf8(bytes).map_err(ServiceError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let day: NaiveDate = "2026-12-31".parse().unwrap_or_default();
        let person = DueRow {
            id: BeneficiaryId::new(),
            name: "=cmd()".into(),
            id_number_tail: "0015".into(),
            birth_on: day,
            phone: Some("+86 10".into()),
            residence: Some("东河乡, \"二组\"".into()),
            scheme: "urban".into(),
            last_confirmed_on: None,
            due_on: day,
            grace_until: day,
        };
        let rows = csv_rows(&[person]).unwrap();
        let tail = ",'=cmd(),'+86 10,\"东河乡, \"\"二组\"\"\",urban,,2026-12-31,2026-12-31\n";
        assert!(rows.ends_with(tail), "{rows}");
    }
}
