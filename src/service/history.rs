//! Earlier history: confirmations from before a person entered this roster, from the county's books. They are recorded as confirmations of
//! their own channel, and tell where the person's account begins; nobody is told of them, and no due date comes nearer.

use super::{
    Service, ServiceError, event_file,
    record::{Grounds, enter, event},
    rules::Rules,
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::IdNumber,
        confirmation::Channel,
        due::Beginning,
        ids::BeneficiaryId,
    },
    storage::{CountRow, Tx},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Titles of the columns, in English or Chinese.
const TITLES: [&[&str]; 2] =
    [&["id_number", "name", "confirmed_on"], &["身份证号", "姓名", "认证日期"]];
/// People written in one transaction: others may write between two of them.
const PEOPLE_AT_ONCE: usize = 200;

/// What becomes of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryFound {
    /// It is recorded.
    Recorded,
    /// It is recorded already, or stands in the file twice.
    KnownAlready,
    /// No person of the roster has this id number.
    NotInRoster,
    /// The name is not the one in the roster: nothing is guessed.
    NameDiffers,
}

/// What a file of earlier history brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HistoryReport {
    /// Every line and what becomes of it, in order of the file.
    pub lines: Vec<(u64, HistoryFound)>,
    /// How many lines are what.
    pub found: BTreeMap<HistoryFound, usize>,
    /// People whose due date moves out by it.
    pub later_due: usize,
    /// Everything that is wrong, with the line. Anything here: nothing was taken.
    pub faults: Vec<String>,
    /// It was written.
    pub imported: bool,
}

struct Line {
    number: u64,
    id_number: IdNumber,
    name: String,
    confirmed_on: NaiveDate,
}

/// The new days of a person, in order.
type Days = BTreeSet<NaiveDate>;

impl Service {
    /// Imports earlier history (CSV; columns `id_number,name,confirmed_on` or 身份证号,姓名,认证日期): all of the file is checked first, then
    /// written person by person. The same file again adds nothing, so that an import that was cut off is simply run again. `progress` is
    /// told of people: how many are written, of how many.
    ///
    /// # Errors
    /// When the database fails. Faults of the file are in the report, and then nothing was taken.
    pub async fn history_import(
        &self,
        file: &[u8],
        dry_run: bool,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<HistoryReport, ServiceError> {
        let at = self.now();
        let (lines, faults) = event_file::read(file, &TITLES, |record| line_of(record, at));
        let mut report = HistoryReport { faults, ..HistoryReport::default() };
        let people = self.matched(&lines, &mut report).await?;
        if !report.faults.is_empty() {
            return Ok(report);
        }
        let sha256 = hex::encode(Sha256::digest(file));
        let people: Vec<(BeneficiaryId, Days)> = people.into_iter().collect();
        let mut done = 0;
        for some in people.chunks(PEOPLE_AT_ONCE) {
            let mut tx = self.db.write().await?;
            let rules = Rules::read(&mut tx).await?;
            for (whom, days) in some {
                let person = (*whom, days);
                let later = self.begin_with(&mut tx, &rules, person, (&sha256, at)).await?;
                report.later_due += usize::from(later);
            }
            if !dry_run {
                tx.commit().await?;
            }
            done += some.len();
            progress(done, people.len());
        }
        if !dry_run {
            let detail = json!({ "found": report.found, "later_due": report.later_due });
            let about = ("history_file", &sha256);
            let mut tx = self.db.write().await?;
            let imported = event(at, Actor::Operator, Action::EvidenceImported, about, detail);
            tx.add_audit(&imported).await?;
            tx.commit().await?;
            report.imported = true;
        }
        Ok(report)
    }

    /// Whose the lines are, with the days that are new; what becomes of each line, and what is wrong with some.
    async fn matched(
        &self,
        lines: &[Line],
        report: &mut HistoryReport,
    ) -> Result<BTreeMap<BeneficiaryId, Days>, ServiceError> {
        let mut people = BTreeMap::<BeneficiaryId, Days>::new();
        let mut tx = self.db.read().await?;
        for line in lines {
            let found = match tx.beneficiary_of_number(&line.id_number).await? {
                None => HistoryFound::NotInRoster,
                Some(whom) if whom.name != line.name => HistoryFound::NameDiffers,
                Some(whom) => {
                    let row = counted(&mut tx, whom.id).await?;
                    let entered = china_date(row.added_at);
                    if line.confirmed_on >= entered || line.confirmed_on <= whom.birth_on {
                        let what = "the day is not between birth and the day on which the person entered this roster";
                        report.faults.push(format!("line {}: {what}", line.number));
                        continue;
                    }
                    let known = tx.history_of(whom.id).await?.0.contains(&line.confirmed_on);
                    if !known && people.entry(whom.id).or_default().insert(line.confirmed_on) {
                        HistoryFound::Recorded
                    } else {
                        HistoryFound::KnownAlready
                    }
                }
            };
            *report.found.entry(found).or_default() += 1;
            report.lines.push((line.number, found));
        }
        Ok(people)
    }

    /// Records the days of one person. When the last of them makes the due date later than the roster's beginning did, the account begins with
    /// it; then whatever was proposed because of the earlier date is withdrawn or lifted. Whether it did.
    async fn begin_with(
        &self,
        tx: &mut Tx,
        rules: &Rules,
        (whom, days): (BeneficiaryId, &Days),
        (file_sha256, at): (&str, DateTime<Utc>),
    ) -> Result<bool, ServiceError> {
        tx.hold_beneficiary(whom).await?;
        let row = counted(tx, whom).await?;
        let (known, confirmed_here) = tx.history_of(whom).await?;
        let runs = rules.runs(&row)?;
        if row.period.is_none() {
            tx.set_dates(&[(whom, runs)]).await?;
        }
        let begun_with = |day: NaiveDate| {
            let first = rules.counting(&row).first(Beginning {
                added_on: china_date(row.added_at),
                last_confirmed_on: Some(day),
                due_on: row.due_on,
            });
            first.map_err(|error| ServiceError::broken(error.to_string()))
        };
        let mut last = None;
        for day in days.iter().filter(|day| !known.contains(day)) {
            let dates = begun_with(*day)?;
            let grounds = Grounds {
                channel: Channel::Import,
                link_id: None,
                call_id: None,
                case_id: None,
                officer_id: None,
                evidence_sha256: Some(file_sha256.to_owned()),
                policy_version: None,
            };
            let held = (*day, dates.cycle_due_on);
            let new = enter(tx, whom, grounds, held, (noon(*day), at)).await?;
            last = Some((new.confirmation, dates));
        }
        let Some((last, dates)) = last else { return Ok(false) };
        let detail = json!({ "channel": Channel::Import, "confirmations": days.len() });
        let about = ("beneficiary", whom);
        let recorded = event(at, Actor::Operator, Action::EvidenceRecorded, about, detail);
        tx.add_audit(&recorded).await?;
        if row.last_confirmed_on.is_some_and(|known| known >= last.period_from) {
            return Ok(false);
        }
        if confirmed_here || dates.due_on <= runs.due_on {
            tx.set_confirmed(whom, last.period_from, &runs).await?;
            return Ok(false);
        }
        tx.begin_anew(whom, last.period_from, dates.cycle_due_on).await?;
        tx.set_dates(&[(whom, dates)]).await?;
        if dates.due_on >= china_date(at) {
            self.lift(tx, &last, at).await?;
        }
        Ok(true)
    }
}

async fn counted(tx: &mut Tx, whom: BeneficiaryId) -> Result<CountRow, ServiceError> {
    tx.count_row(whom).await?.ok_or(ServiceError::NotFound("beneficiary"))
}

/// Noon of a day in China, which is UTC+8: the hour is not known.
fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN + TimeDelta::hours(12 - 8)).and_utc()
}

fn line_of(record: &csv::StringRecord, at: DateTime<Utc>) -> Result<Line, String> {
    let number = record.position().map_or(0, csv::Position::line);
    let cell = |n: usize| record.get(n).unwrap_or_default();
    let fault = |what: &str| format!("line {number}: {what}");
    let id_number = IdNumber::parse(cell(0)).map_err(|_| fault("id_number is not one"))?;
    let name = cell(1).to_owned();
    if name.is_empty() {
        return Err(fault("name is empty"));
    }
    let confirmed_on = event_file::day_of(cell(2), china_date(at))
        .map_err(|what| fault(&format!("confirmed_on {what}")))?;
    Ok(Line { number, id_number, name, confirmed_on })
}
