//! The county's figures and lists: a few grouped queries over everybody, counted at most once a minute.

use super::{
    Service, ServiceError,
    due::{DueAsk, DuePerson, Lane},
    views::{
        ChannelMonth, CountyFigures, DeskCounts, FoundPerson, Funnel, MonthFigure, PeopleLane,
        PeoplePage, TownshipFigure,
    },
};
use crate::{
    clock::china_date,
    domain::{
        beneficiary::BenefitStatus,
        due::Phase,
        figures::published,
        ids::BeneficiaryId,
        month::Month,
        name::name_of,
        scheme::{FIRST_DAY, SchemeBook},
    },
    storage::{FoundRow, FunnelRow, TownshipRow, Tx},
};
use chrono::{Days, Months, NaiveDate, NaiveTime, TimeDelta};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, PoisonError},
};
use tokio::sync::Mutex;

/// Figures are counted at most this often.
const COUNTED_FOR: TimeDelta = TimeDelta::seconds(60);
/// Townships with a picture of their own.
const TOWNSHIPS_SHOWN: usize = 12;
/// Confirmations of so many days belong to the way to a confirmation: as long as notices are sent by the usual scheme.
const FUNNEL_DAYS: u32 = 90;
/// People on a page of a list.
const PEOPLE_AT_ONCE: u32 = 100;
/// China Standard Time is UTC+8 all year.
const CHINA: TimeDelta = TimeDelta::hours(8);

/// Older figures than this are not shown while newer ones are counted: whoever asks waits.
const SHOWN_FOR: TimeDelta = TimeDelta::minutes(30);

/// The figures counted last, and the right to count: one at a time, nobody counts twice.
#[derive(Debug, Default)]
pub(super) struct Counted {
    last: std::sync::Mutex<Option<Arc<CountyFigures>>>,
    turn: Mutex<()>,
}

impl Counted {
    fn last(&self) -> Option<Arc<CountyFigures>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Service {
    /// Figures of today: at once those counted last, while newer ones are counted beside when they are older than a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn county_figures(self: &Arc<Self>) -> Result<Arc<CountyFigures>, ServiceError> {
        let now = self.now();
        let known = self.figures.last().filter(|figures| figures.on == china_date(now));
        let Some(figures) = known.filter(|f| (now - f.counted_at).abs() < SHOWN_FOR) else {
            return self.count_figures().await;
        };
        if (now - figures.counted_at).abs() >= COUNTED_FOR {
            let service = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = service.count_figures().await {
                    tracing::warn!(%error, "the county's figures could not be counted");
                }
            });
        }
        Ok(figures)
    }

    /// Counts them, unless somebody has within a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_figures(&self) -> Result<Arc<CountyFigures>, ServiceError> {
        let _turn = self.figures.turn.lock().await;
        let now = self.now();
        let fresh = |f: &Arc<CountyFigures>| {
            f.on == china_date(now) && (now - f.counted_at).abs() < COUNTED_FOR
        };
        if let Some(figures) = self.figures.last().filter(fresh) {
            return Ok(figures);
        }
        let figures = Arc::new(self.count_county().await?);
        let mut last = self.figures.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Arc::clone(&figures));
        Ok(figures)
    }

    async fn count_county(&self) -> Result<CountyFigures, ServiceError> {
        let now = self.now();
        let on = china_date(now);
        let due = self.due_counts(on).await?;
        let mut tx = self.db.read().await?;
        let this_month = Month::of(on).first_day();
        let months_from = this_month - Months::new(2);
        let due_months = tx.due_months(months_from, this_month + Months::new(13)).await?;
        let channels = tx.channel_months(this_month - Months::new(11)).await?;
        let six = this_month - Months::new(5);
        let townships = tx.overdue_townships(on, six).await?;
        let people = tx.status_counts().await?;
        let midnight = on.and_time(NaiveTime::MIN).and_utc() - CHINA;
        let [proposals, visits, forms, care, appointments] =
            tx.desk_counts(on, (midnight, midnight + TimeDelta::days(1))).await?;
        let (townships, townships_more, overdue_more) = by_township(townships, six);
        Ok(CountyFigures {
            on,
            counted_at: now,
            people: people
                .into_iter()
                .map(|(status, n)| (name_of(&status).unwrap_or_default(), n))
                .collect(),
            due,
            desks: DeskCounts { proposals, visits, forms, care, appointments },
            months: every_month(months_from, 15, &due_months),
            channels: channels
                .into_iter()
                .map(|(month, channel, people)| ChannelMonth { month, channel, people })
                .collect(),
            townships,
            townships_more,
            overdue_more,
            funnel: funnel(&mut tx, on).await?,
        })
    }

    /// The figures as they may be published, CSV: cells with fewer than ten people are hidden, and there are no sums.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn county_csv(self: &Arc<Self>) -> Result<String, ServiceError> {
        let figures = self.county_figures().await?;
        let mut csv = String::from("\u{feff}table,row,column,people\n");
        let mut line = |table: &str, row: &str, column: &str, people: u64| {
            let row = if row.contains([',', '"', '\n']) || row.starts_with(['=', '+', '-', '@']) {
                format!("\"'{}\"", row.replace('"', "\"\""))
            } else {
                row.to_owned()
            };
            let _infallible = writeln!(csv, "{table},{row},{column},{}", published(people));
        };
        for month in &figures.months {
            line("due_by_month", &month.month, "due", month.people);
        }
        for one in &figures.channels {
            let channel = name_of(&one.channel).unwrap_or_default();
            line("confirmed_by_channel", &one.month, &channel, one.people);
        }
        for one in &figures.townships {
            line("overdue_by_township", &one.township, "overdue", one.overdue);
            line("overdue_by_township", &one.township, "past_grace", one.past_grace);
        }
        let f = figures.funnel;
        for (stage, people) in [
            ("due", f.due),
            ("told", f.told),
            ("opened", f.opened),
            ("called", f.called),
            ("confirmed", f.confirmed),
            ("with_officer", f.with_officer),
            ("unreached", f.unreached),
        ] {
            line("way_to_confirmation", "", stage, people);
        }
        Ok(csv)
    }

    /// A part of a list of people, of one township or all. `after` is the `next` of the part before.
    ///
    /// # Errors
    /// `month_missing` when the list of a month names none, `bad_cursor`.
    pub async fn people(
        &self,
        lane: PeopleLane,
        (month, township): (Option<Month>, &str),
        after: &str,
    ) -> Result<PeoplePage, ServiceError> {
        let after = cursor(after)?;
        let on = china_date(self.now());
        let (lane, on, until) = match lane {
            PeopleLane::Due => (Lane::Due, on, on),
            PeopleLane::InGrace => (Lane::InGrace, on, on),
            PeopleLane::PastGrace => (Lane::PastGrace, on, on),
            PeopleLane::ToCall => (Lane::ToCall, on, on),
            PeopleLane::Overdue => (Lane::DueBetween, FIRST_DAY, on - Days::new(1)),
            PeopleLane::Month => {
                let missing = "month: name one, such as 2026-11";
                let month =
                    month.ok_or_else(|| ServiceError::unacceptable("month_missing", missing))?;
                (Lane::DueBetween, month.first_day(), month.last_day())
            }
            PeopleLane::Suspended => return self.of_status(BenefitStatus::Suspended, after).await,
            PeopleLane::Ended => return self.of_status(BenefitStatus::Ended, after).await,
        };
        let ask = DueAsk { lane, on, until, after, limit: PEOPLE_AT_ONCE };
        let page = self.due_list_of(ask, township).await?;
        let today = china_date(self.now());
        Ok(PeoplePage {
            people: page.people.into_iter().map(|person| listed(person, today)).collect(),
            next: page.next.map(|(on, id)| format!("{on}/{id}")),
        })
    }

    async fn of_status(
        &self,
        status: BenefitStatus,
        after: Option<(NaiveDate, BeneficiaryId)>,
    ) -> Result<PeoplePage, ServiceError> {
        let limit = i64::from(PEOPLE_AT_ONCE);
        let today = china_date(self.now());
        let rows = self.db.read().await?.people_of_status(status, after, limit + 1).await?;
        let more = rows.len() > PEOPLE_AT_ONCE as usize;
        let mut people: Vec<FoundPerson> = rows.into_iter().map(|row| found(row, today)).collect();
        people.truncate(PEOPLE_AT_ONCE as usize);
        let next = people.last().filter(|_| more).map(|p| format!("{}/{}", p.due_on, p.id));
        Ok(PeoplePage { people, next })
    }
}

fn cursor(text: &str) -> Result<Option<(NaiveDate, BeneficiaryId)>, ServiceError> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.split_once('/').and_then(|(on, id)| on.parse().ok().zip(id.parse().ok()));
    let bad = || ServiceError::unacceptable("bad_cursor", "after: must be `next` of another part");
    parsed.map(Some).ok_or_else(bad)
}

fn phase(due_on: NaiveDate, grace_until: NaiveDate, today: NaiveDate) -> Phase {
    if grace_until < today {
        Phase::PastGrace
    } else if due_on < today {
        Phase::InGrace
    } else {
        Phase::Due
    }
}

fn listed(person: DuePerson, today: NaiveDate) -> FoundPerson {
    FoundPerson {
        id: person.id,
        name: person.name,
        id_number_tail: person.id_number_tail,
        birth_on: person.birth_on,
        phone: person.phone,
        residence: person.residence,
        status: BenefitStatus::Active,
        phase: Some(phase(person.due_on, person.grace_until, today)),
        due_on: person.due_on,
        last_confirmed_on: person.last_confirmed_on,
    }
}

pub(super) fn found(row: FoundRow, today: NaiveDate) -> FoundPerson {
    let begun = row.notify_from.is_some_and(|from| from <= today);
    FoundPerson {
        phase: row
            .grace_until
            .map(|grace| if begun { phase(row.due_on, grace, today) } else { Phase::Confirmed }),
        id: row.id,
        name: row.name,
        id_number_tail: row.id_number_tail,
        birth_on: row.birth_on,
        phone: row.phone,
        residence: row.residence,
        status: row.status,
        due_on: row.due_on,
        last_confirmed_on: row.last_confirmed_on,
    }
}

/// So many months from one on, those without anybody too.
fn every_month(from: NaiveDate, months: u32, counted: &[(String, u64)]) -> Vec<MonthFigure> {
    let of = |nth| Month::of(from + Months::new(nth)).to_string();
    let people = |month: &str| counted.iter().find(|(m, _)| m == month).map_or(0, |(_, n)| *n);
    (0..months).map(of).map(|month| MonthFigure { people: people(&month), month }).collect()
}

/// Townships with the most overdue people; how many others there are, and how many overdue people live there.
fn by_township(rows: Vec<TownshipRow>, six: NaiveDate) -> (Vec<TownshipFigure>, u64, u64) {
    let mut all: BTreeMap<String, Vec<TownshipRow>> = BTreeMap::new();
    for row in rows {
        all.entry(row.township.clone()).or_default().push(row);
    }
    let mut figures: Vec<TownshipFigure> = all
        .into_iter()
        .map(|(township, rows)| {
            let counted: Vec<(String, u64)> =
                rows.iter().map(|r| (r.month.clone(), r.overdue)).collect();
            let mut months = every_month(six, 6, &counted);
            let earlier = counted.iter().find(|(m, _)| m == "earlier").map_or(0, |(_, n)| *n);
            months.push(MonthFigure { month: "earlier".into(), people: earlier });
            TownshipFigure {
                township,
                overdue: rows.iter().map(|r| r.overdue).sum(),
                past_grace: rows.iter().map(|r| r.past_grace).sum(),
                months,
            }
        })
        .collect();
    figures.sort_by(|a, b| b.overdue.cmp(&a.overdue).then_with(|| a.township.cmp(&b.township)));
    let rest = figures.split_off(figures.len().min(TOWNSHIPS_SHOWN));
    (figures, rest.len() as u64, rest.iter().map(|t| t.overdue).sum())
}

/// What happened so many days ago cannot belong to a period before the one that runs: whoever's notices have begun was confirmed at least
/// a cycle without its notice days ago.
fn this_period_days(book: &SchemeBook) -> u64 {
    let terms = || book.versions().iter().map(|v| &v.terms);
    let cycle = terms().map(|t| t.cycle_months.saturating_mul(28)).min().unwrap_or(336);
    let lead = terms().filter_map(|t| t.notice_days.first().copied()).max().unwrap_or(0);
    u64::from(cycle.saturating_sub(lead).max(30))
}

async fn funnel(tx: &mut Tx, on: NaiveDate) -> Result<Funnel, ServiceError> {
    let days = this_period_days(&tx.schemes().await?);
    let since_on = on - Days::new(days);
    let since = since_on.and_time(NaiveTime::MIN).and_utc() - CHINA;
    let waiting = tx.funnel(on, (since_on, since)).await?;
    let from = on - Days::new(FUNNEL_DAYS.into());
    let [confirmed, told, opened, called] = tx.confirmed_funnel(from, since_on).await?;
    let of = |which: &dyn Fn(&FunnelRow) -> bool| {
        waiting.iter().filter(|row| which(row)).map(|row| row.people).sum::<u64>()
    };
    Ok(Funnel {
        days: FUNNEL_DAYS,
        due: confirmed + of(&|_| true),
        told: told + of(&|row| row.told),
        opened: opened + of(&|row| row.opened),
        called: called + of(&|row| row.called),
        confirmed,
        with_officer: of(&|row| row.with_officer),
        unreached: of(&|row| {
            row.notices_out && !row.reached && !row.opened && !row.called && !row.with_officer
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_without_anybody_stand_there_too() {
        let from = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let counted = [("2026-12".to_owned(), 7)];
        let months = every_month(from, 3, &counted);
        let told: Vec<(&str, u64)> = months.iter().map(|m| (m.month.as_str(), m.people)).collect();
        assert_eq!(told, [("2026-11", 0), ("2026-12", 7), ("2027-01", 0)]);
    }

    #[test]
    fn the_township_with_the_most_comes_first_and_the_rest_is_summed() {
        let six = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        let row = |nth: usize, month: &str, overdue| TownshipRow {
            township: format!("t{nth:02}"),
            month: month.into(),
            overdue,
            past_grace: overdue / 2,
        };
        let mut rows: Vec<TownshipRow> = (0..20).map(|n| row(n, "2026-07", n as u64)).collect();
        rows.push(row(3, "earlier", 100));
        let (figures, more, people) = by_township(rows, six);
        assert_eq!(figures.len(), TOWNSHIPS_SHOWN);
        assert_eq!((figures[0].township.as_str(), figures[0].overdue), ("t03", 103));
        assert_eq!(figures[0].months.last().map(|m| m.people), Some(100));
        assert_eq!((more, people), (8, (0..9).filter(|n| *n != 3).sum::<u64>()));
    }
}
