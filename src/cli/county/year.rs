//! The year before the demonstration, lived week by week through the use cases under a clock that is moved: whose time comes is rung up, and
//! seen alive at a station, at home, by a consulate, by a form, or by what others recorded. No call is among it: nobody called.

use super::roster::ABROAD;
use crate::{
    clock::{Clock, ManualClock},
    domain::{
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        ids::OfficerId,
    },
    service::{
        EvidenceOfLife, Service,
        due::{DUE_PAGE_MAX, DueAsk, DuePerson, Lane},
    },
};
use chrono::{Days, NaiveDate, TimeDelta};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::time::Duration;

/// How long it is: whole weeks.
pub(super) const LENGTH: TimeDelta = TimeDelta::weeks(WEEKS);
const WEEKS: i64 = 52;
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// People are looked for from so many days before their due date until so many days after it; the last of them nobody finds.
const SOUGHT_DAYS: (u64, u64) = (90, 120);
/// Of a hundred who are sought, so many are rung up in a week, of those so many answer, and so many are seen alive.
const RUNG_UP: u32 = 25;
const ANSWERED: u32 = 70;
const SEEN: u32 = 12;
/// A sighting is recorded at most so many days after it.
const RECORDED_DAYS: u32 = 6;

/// Lives the year, with the officer of this name at the desk.
pub(super) async fn live(
    service: &Service,
    clock: &ManualClock,
    officer: &str,
) -> anyhow::Result<()> {
    let officer = service.officer_named(officer).await?;
    let mut rng = ChaCha8Rng::seed_from_u64(1_204);
    let mut below = move |n: u32| rng.next_u32() % n;
    for _ in 0..WEEKS {
        service.count_dates(&|_| ()).await?;
        let today = clock.today();
        let ask = DueAsk {
            lane: Lane::DueBetween,
            on: today - Days::new(SOUGHT_DAYS.1),
            until: today + Days::new(SOUGHT_DAYS.0),
            after: None,
            limit: DUE_PAGE_MAX,
        };
        let mut seen = Vec::new();
        for person in service.due_list(ask).await?.people {
            if below(100) < RUNG_UP {
                let answered = below(100) < ANSWERED;
                let outcome =
                    if answered { ContactOutcome::Reached } else { ContactOutcome::NoAnswer };
                let by = ContactChannel::PhoneCall;
                service.record_contact(officer, person.id, by, outcome).await?;
            }
            if below(100) < SEEN {
                let alive_on = today - Days::new(u64::from(below(RECORDED_DAYS + 1)));
                let channel = channel_of(&person, below(100));
                seen.push(evidence(&person, channel, alive_on, officer));
            }
        }
        service.confirm_by_evidence(&seen).await?;
        clock.advance(WEEK);
    }
    Ok(())
}

fn evidence(
    person: &DuePerson,
    channel: Channel,
    alive_on: NaiveDate,
    officer: OfficerId,
) -> EvidenceOfLife {
    // What others recorded comes as a file: no officer took it.
    let officer_id = (channel != Channel::DataMatch).then_some(officer);
    EvidenceOfLife {
        beneficiary_id: person.id,
        channel,
        alive_on,
        evidence_sha256: None,
        officer_id,
    }
}

/// By which way; `nth` of a hundred.
fn channel_of(person: &DuePerson, nth: u32) -> Channel {
    match nth {
        _ if person.residence.as_deref() == Some(ABROAD) => Channel::Consulate,
        0..40 => Channel::DataMatch,
        40..65 => Channel::Station,
        65..85 => Channel::HomeVisit,
        _ => Channel::Mail,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{super::demo, make};
    use crate::{
        clock::SystemClock,
        config::Settings,
        domain::beneficiary::IdNumber,
        service::{NoExaminer, Parts, Service},
    };
    use std::{collections::BTreeSet, sync::Arc};

    #[tokio::test]
    async fn everybody_is_explained_at_its_end_and_it_is_lived_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults();
        settings.server.data_dir = dir.path().to_owned();
        let desk = demo::desk(dir.path()).unwrap();
        let clock = SystemClock::shared();
        make(&settings, &desk, clock.now()).await.unwrap();
        let parts = Parts {
            settings: settings.clone(),
            clock: clock.clone(),
            examiner: Arc::new(NoExaminer),
        };
        let service = Arc::new(Service::open(parts).await.unwrap());
        let figures = service.county_figures().await.unwrap();
        let ways: BTreeSet<String> =
            figures.channels.iter().map(|one| format!("{:?}", one.channel)).collect();
        assert_eq!(ways.len(), 5, "{ways:?}");
        let confirmed: u64 = figures.channels.iter().map(|one| one.people).sum();
        assert!((150..300).contains(&confirmed), "{confirmed}");
        let due = figures.due;
        assert!(due.due > 0 && due.in_grace > 0 && (1..40).contains(&due.past_grace), "{due:?}");
        let roster = std::fs::read_to_string(dir.path().join("county.csv")).unwrap();
        for line in roster.lines().skip(1) {
            let number = IdNumber::parse(line.split(',').nth(1).unwrap()).unwrap();
            let found = service.find_people(number.expose()).await.unwrap();
            let told = service.explain(found[0].id).await.unwrap();
            assert!(told.agrees, "{told:?}");
        }
        service.close().await;
        make(&settings, &desk, clock.now()).await.unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("county.csv")).unwrap(), roster);
    }
}
