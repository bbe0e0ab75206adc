//! Statistics of a calendar quarter. Quarters do not overlap, so that no two of them differ by a few people only.

use super::{
    Service, ServiceError,
    special_care::plain,
    views::{ChannelCount, DeadlineView, LaneAge, OfficerLoad, StatisticsView, StepCount},
};
use crate::{
    clock::china_date,
    domain::{
        audit::Action,
        call::CallStatus,
        case::{CaseKind, CaseStatus},
        confirmation::Channel,
        ids::{BeneficiaryId, CallId, LinkId, OfficerId},
        name::name_of,
        notice::township_of,
        quality::AgeBand,
        queue::Lane,
        statistics::{DeviceClass, Dimension, Group, Journey, Step, counted, table},
    },
    storage::{CallFact, CaseFact, LinkFact, Tx},
};
use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};

type Span = (DateTime<Utc>, DateTime<Utc>);

const DIMENSIONS: [Dimension; 4] =
    [Dimension::AgeBand, Dimension::Device, Dimension::Channel, Dimension::Township];
/// Ends of the ages of waiting cases, hours.
const AGES_HOURS: [i64; 3] = [24, 72, 240];
const CHANNELS: [Channel; 8] = [
    Channel::VideoAuto,
    Channel::VideoOfficer,
    Channel::Review,
    Channel::Mail,
    Channel::HomeVisit,
    Channel::Station,
    Channel::Consulate,
    Channel::DataMatch,
];

impl Service {
    /// Notes from what a call came, as its browser says.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_device(&self, call: CallId, user_agent: &str) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        tx.note_device(call, DeviceClass::of(user_agent)).await?;
        Ok(tx.commit().await?)
    }

    /// Figures of a quarter (`2026-4`); without one of the quarter that runs.
    ///
    /// # Errors
    /// `unknown_quarter`.
    pub async fn statistics(&self, quarter: Option<&str>) -> Result<StatisticsView, ServiceError> {
        let now = self.now();
        let first = match quarter {
            Some(text) => first_day(text).ok_or_else(|| {
                ServiceError::unacceptable(
                    "unknown_quarter",
                    "quarter: a year and 1 to 4, e.g. 2026-4",
                )
            })?,
            None => quarter_of(china_date(now)),
        };
        let next = first + Months::new(3);
        let span = (begins(first), begins(next));
        let mut tx = self.db.read().await?;
        let links = tx.link_facts(span).await?;
        let calls = tx.call_facts(span).await?;
        let cases = tx.link_cases(span).await?;
        let confirmed = tx.confirmed_by(span).await?;
        let journeys = journeys(&links, &calls, china_date(now));
        Ok(StatisticsView {
            quarter: format!("{}-{}", first.year(), first.month0() / 3 + 1),
            from: first,
            until: next.pred_opt().unwrap_or(next),
            running: now < span.1,
            tables: DIMENSIONS.map(|dimension| table(dimension, &journeys)).into(),
            steps: steps(&links, &calls, &cases, &confirmed),
            channels: channels(&confirmed),
            deadlines: self.deadlines(&mut tx, span, now).await?,
            lanes: lanes(&tx.waiting_cases().await?, now),
            officers: loads(&mut tx, span).await?,
        })
    }

    async fn deadlines(
        &self,
        tx: &mut Tx,
        span: Span,
        now: DateTime<Utc>,
    ) -> Result<DeadlineView, ServiceError> {
        let decided = tx.decided_cases(span).await?;
        let standing = tx.standing_clocks().await?;
        let waiting = tx.waiting_cases().await?;
        let late = |case: &&CaseFact| case.decided_at.is_some_and(|at| at > case.answer_by);
        let over = |case: &&CaseFact| now > case.answer_by && !standing.contains(&case.id);
        Ok(DeadlineView {
            decided: decided.len() as u64,
            late: decided.iter().filter(late).count() as u64,
            waiting: waiting.len() as u64,
            overdue: waiting.iter().filter(over).count() as u64,
        })
    }

    /// The same figures as a table for a spreadsheet: no cell of it is taken for a formula.
    ///
    /// # Errors
    /// As [`Service::statistics`].
    pub async fn statistics_csv(&self, quarter: Option<&str>) -> Result<Vec<u8>, ServiceError> {
        let view = self.statistics(quarter).await?;
        let mut rows = vec![cells(&["table", "group", "figure", "value"])];
        for table in &view.tables {
            let dimension = name_of(&table.dimension).unwrap_or_default();
            rows.extend(group_rows(&dimension, "(all)", &table.all));
            for group in &table.groups {
                let name = if group.name.is_empty() { "(unknown)" } else { &group.name };
                rows.extend(group_rows(&dimension, name, group));
            }
        }
        let word = |value: Option<u64>| value.map_or_else(|| "<10".to_owned(), |n| n.to_string());
        for step in &view.steps {
            let name = name_of(&step.step).unwrap_or_default();
            rows.push(cells(&["steps", &name, "people", &word(step.people)]));
        }
        for channel in &view.channels {
            let name = name_of(&channel.channel).unwrap_or_default();
            rows.push(cells(&["channels", &name, "people", &word(channel.people)]));
        }
        let d = &view.deadlines;
        for (figure, value) in [
            ("decided", d.decided),
            ("late", d.late),
            ("waiting", d.waiting),
            ("overdue", d.overdue),
        ] {
            rows.push(cells(&["deadlines", "", figure, &value.to_string()]));
        }
        for lane in &view.lanes {
            let name = name_of(&lane.lane).unwrap_or_default();
            for (figure, value) in ["1_day", "3_days", "10_days", "longer"].iter().zip(lane.by_age)
            {
                rows.push(cells(&["queue", &name, figure, &value.to_string()]));
            }
        }
        for officer in &view.officers {
            rows.push(cells(&[
                "officers",
                &officer.officer,
                "decided",
                &officer.decided.to_string(),
            ]));
        }
        written(&rows)
    }
}

fn cells(row: &[&str]) -> Vec<String> {
    row.iter().map(|cell| plain(cell)).collect()
}

fn written(rows: &[Vec<String>]) -> Result<Vec<u8>, ServiceError> {
    // With the mark by which Excel knows UTF-8.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row).map_err(ServiceError::internal)?;
    }
    writer.into_inner().map_err(|error| ServiceError::internal(error.into_error()))
}

fn group_rows(dimension: &str, name: &str, group: &Group) -> Vec<Vec<String>> {
    let hidden = || "<10".to_owned();
    [
        ("people", group.people.map_or_else(hidden, |n| n.to_string())),
        ("first_pass", group.first_pass.map_or_else(hidden, |n| n.to_string())),
        ("attempts", group.attempts.map_or_else(hidden, |n| n.to_string())),
        ("median_seconds", group.median_seconds.map_or_else(hidden, |n| n.to_string())),
    ]
    .into_iter()
    .map(|(figure, value)| cells(&[dimension, name, figure, &value]))
    .collect()
}

/// The first day of `YEAR-QUARTER`.
fn first_day(text: &str) -> Option<NaiveDate> {
    let (year, quarter) = text.split_once('-')?;
    let (year, quarter): (i32, u32) = (year.parse().ok()?, quarter.parse().ok()?);
    let plausible = (2000..2100).contains(&year) && (1..=4).contains(&quarter);
    plausible.then(|| NaiveDate::from_ymd_opt(year, 3 * quarter - 2, 1)).flatten()
}

fn quarter_of(day: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1).unwrap_or(day)
}

/// Midnight in China.
fn begins(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::hours(8)
}

fn by_link(calls: &[CallFact]) -> HashMap<LinkId, Vec<&CallFact>> {
    let mut by: HashMap<LinkId, Vec<&CallFact>> = HashMap::new();
    for call in calls {
        by.entry(call.link_id).or_default().push(call);
    }
    by
}

const fn concluded(status: CallStatus) -> bool {
    matches!(status, CallStatus::Confirmed | CallStatus::Flagged | CallStatus::Retry)
}

fn journeys(links: &[LinkFact], calls: &[CallFact], today: NaiveDate) -> Vec<Journey> {
    let by = by_link(calls);
    let journey = |link: &LinkFact| {
        let ended: Vec<&&CallFact> =
            by.get(&link.id)?.iter().filter(|c| concluded(c.status)).collect();
        let (first, last) = (ended.first()?, ended.last()?);
        let seconds = last.ended_at.unwrap_or(last.opened_at) - first.opened_at;
        Some(Journey {
            age_band: AgeBand::of(today.years_since(link.birth_on).unwrap_or(0)),
            device: first.device,
            channel: if link.assisted { "helped" } else { "alone" },
            township: township_of(link.residence.as_deref().unwrap_or_default()),
            first_pass: first.status == CallStatus::Confirmed,
            attempts: ended.len() as u64,
            seconds: seconds.num_seconds().unsigned_abs(),
        })
    };
    links.iter().filter_map(journey).collect()
}

/// How far the people came: each person once, by the furthest of their links.
fn steps(
    links: &[LinkFact],
    calls: &[CallFact],
    cases: &[(LinkId, CaseKind, CaseStatus)],
    confirmed: &[(BeneficiaryId, Channel)],
) -> Vec<StepCount> {
    let by = by_link(calls);
    let confirmed: HashSet<BeneficiaryId> = confirmed.iter().map(|(whose, _)| *whose).collect();
    let mut waits: HashMap<LinkId, Step> = HashMap::new();
    for (link, kind, status) in cases {
        let pictures = matches!(kind, CaseKind::FlaggedCall | CaseKind::Photo);
        let step = if pictures && !matches!(status, CaseStatus::AskedAgain) {
            Step::WithOfficer
        } else if pictures {
            Step::AfterATry
        } else {
            Step::OtherWay
        };
        waits.entry(*link).and_modify(|known| *known = step.max(*known)).or_insert(step);
    }
    let mut furthest: HashMap<BeneficiaryId, Step> = HashMap::new();
    for link in links {
        let calls = by.get(&link.id);
        let tried = calls.is_some_and(|calls| calls.iter().any(|c| concluded(c.status)));
        let step = if confirmed.contains(&link.beneficiary_id) {
            Step::Confirmed
        } else if let Some(step) = waits.get(&link.id) {
            *step
        } else if tried {
            Step::AfterATry
        } else if calls.is_some() {
            Step::InTheCall
        } else if link.consented {
            Step::BeforeTheCall
        } else {
            Step::NotBegun
        };
        let known = furthest.entry(link.beneficiary_id).or_insert(step);
        *known = step.max(*known);
    }
    let count = |step: Step| furthest.values().filter(|s| **s == step).count() as u64;
    let cells: Vec<(Step, u64)> = Step::ALL.map(|step| (step, count(step))).into();
    counted(&cells).into_iter().map(|(step, people)| StepCount { step, people }).collect()
}

fn channels(confirmed: &[(BeneficiaryId, Channel)]) -> Vec<ChannelCount> {
    let count = |channel: Channel| {
        let of = confirmed.iter().filter(|(_, c)| *c == channel);
        of.map(|(whose, _)| whose).collect::<HashSet<_>>().len() as u64
    };
    let cells: Vec<(Channel, u64)> = CHANNELS.map(|channel| (channel, count(channel))).into();
    counted(&cells).into_iter().map(|(channel, people)| ChannelCount { channel, people }).collect()
}

fn lanes(waiting: &[CaseFact], now: DateTime<Utc>) -> Vec<LaneAge> {
    let of = |lane: Lane| {
        let ages =
            waiting.iter().filter(|c| c.lane == lane).map(|c| (now - c.opened_at).num_hours());
        let mut by_age = [0; 4];
        for age in ages {
            by_age[AGES_HOURS.iter().filter(|end| age >= **end).count()] += 1;
        }
        LaneAge { lane, by_age }
    };
    let shown = |lane: &Lane| !matches!(lane, Lane::Closed | Lane::Live);
    Lane::ALL.into_iter().filter(shown).map(of).collect()
}

async fn loads(tx: &mut Tx, span: Span) -> Result<Vec<OfficerLoad>, ServiceError> {
    use Action as A;
    let names = tx.officer_names().await?;
    let mut by: BTreeMap<OfficerId, OfficerLoad> = BTreeMap::new();
    for (officer, action, count) in tx.officer_acts(span).await? {
        let load = by.entry(officer).or_insert_with(|| OfficerLoad {
            officer: names.get(&officer).cloned().unwrap_or_default(),
            taken: 0,
            decided: 0,
        });
        match action {
            A::CaseClaimed => load.taken += count,
            A::CaseConfirmed
            | A::CaseApprovalAsked
            | A::CaseAskedAgain
            | A::CaseRefusalAsked
            | A::CaseRefused
            | A::CaseToCallBack
            | A::CaseToVisit
            | A::CaseToMail
            | A::CaseEscalated
            | A::CasePassedOn
            | A::SeedAnswered => load.decided += count,
            _ => {}
        }
    }
    Ok(by.into_values().filter(|load| load.taken + load.decided > 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_those_of_the_calendar_in_china() {
        let first = first_day("2026-4").unwrap();
        assert_eq!(first.to_string(), "2026-10-01");
        assert_eq!(begins(first).to_rfc3339(), "2026-09-30T16:00:00+00:00");
        assert_eq!(quarter_of("2026-12-31".parse().unwrap()), first);
        for bad in ["2026", "2026-0", "2026-5", "x-1", "1999-1", "2026-4-1"] {
            assert_eq!(first_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        let row = cells(&["=1+1", "-5", "@x", "镇", "<10"]);
        assert_eq!(row, ["'=1+1", "'-5", "'@x", "镇", "<10"]);
        let text = String::from_utf8(written(&[row]).unwrap()).unwrap();
        assert_eq!(text, "\u{feff}'=1+1,'-5,'@x,镇,<10\n");
    }
}
