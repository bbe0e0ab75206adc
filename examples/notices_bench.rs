//! Notices of one day and of one month for a synthetic county, on the database named in `JIANMIAN_BENCH_DATABASE` (`postgres://…`, or SQLite in
//! a temporary folder when it is not set). `notices_bench PEOPLE DAYS`. See `tests/bench/notices.sh`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss
)]

use chrono::{DateTime, Days, Utc};
use jianmian::{
    clock::ManualClock,
    config::Settings,
    domain::{
        beneficiary::{Beneficiary, BenefitStatus, IdNumber},
        ids::BeneficiaryId,
        notice::NoticeChannel,
    },
    service::{NoExaminer, Parts, RunOptions, RunStep, Service},
    storage::Db,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Rows in one transaction of the set-up.
const CHUNK: u32 = 5_000;

/// A made-up person (area 990000 is nobody's) whose last confirmation lies up to a year back.
fn person(n: u32, today: chrono::NaiveDate) -> Beneficiary {
    let digits = format!(
        "990{:03}19{:02}{:02}{:02}{:03}",
        n / 1_000 % 1_000,
        30 + n / 1_000_000,
        1 + n % 12,
        1 + n % 28,
        n % 1_000
    );
    let check = IdNumber::check_character(&digits).unwrap();
    let id_number = IdNumber::parse(&format!("{digits}{check}")).unwrap();
    let last = today - Days::new(u64::from(n.wrapping_mul(2_654_435_761) % 365));
    Beneficiary {
        id: BeneficiaryId::new(),
        name: "王秀兰".into(),
        birth_on: id_number.birth_date().unwrap(),
        sex: id_number.sex(),
        id_number,
        phone: Some(format!("138{:08}", n % 100_000_000)),
        residence: (n % 20 != 19)
            .then(|| format!("示范县{}镇{}号", ["城关", "东河", "南岭"][n as usize % 3], n)),
        status: BenefitStatus::Active,
        scheme: "urban_rural_resident".into(),
        last_confirmed_on: Some(last),
        due_on: last,
    }
}

async fn fill(db: &Db, people: u32, today: chrono::NaiveDate, at: DateTime<Utc>) {
    for chunk in (0..people).step_by(CHUNK as usize) {
        let mut tx = db.write().await.unwrap();
        for n in chunk..(chunk + CHUNK).min(people) {
            tx.add_beneficiary(&person(n, today), &n.to_be_bytes(), at).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1).map(|word| word.parse::<u32>().expect("a number"));
    let (people, days) = (words.next().unwrap_or(20_000), words.next().unwrap_or(1));
    let dir = tempfile::tempdir().unwrap();
    let mut settings = Settings::defaults();
    settings.server.data_dir = dir.path().to_owned();
    if let Ok(url) = std::env::var("JIANMIAN_BENCH_DATABASE") {
        settings.database.url = url;
    }
    // Everybody has a telephone; whom the first message did not move gets a letter, as channels change.
    settings.notices.order = vec![NoticeChannel::Sms];
    let at: DateTime<Utc> = "2026-12-01T00:30:00Z".parse().unwrap();
    let clock = ManualClock::at(at);
    let parts =
        Parts { settings: settings.clone(), clock: clock.clone(), examiner: Arc::new(NoExaminer) };
    let service = Service::open(parts).await.unwrap();
    let db = Db::open(&settings.database.url, dir.path()).await.unwrap();
    let began = Instant::now();
    fill(&db, people, jianmian::clock::china_date(at), at).await;
    println!("{people} people written in {:.1} s", began.elapsed().as_secs_f64());
    let began = Instant::now();
    service.count_dates(&|_| ()).await.unwrap();
    println!("dates counted in {:.1} s", began.elapsed().as_secs_f64());
    let month = Instant::now();
    let (mut planned, mut sent, mut letters) = (0, 0, 0);
    for day in 0..days {
        let began = Instant::now();
        let plan_ms = AtomicU64::new(0);
        let progress = |step: RunStep, _| {
            if step == RunStep::Planned {
                plan_ms
                    .store(u64::try_from(began.elapsed().as_millis()).unwrap(), Ordering::Relaxed);
            }
        };
        let report = service.run_notices(RunOptions::default(), &progress).await.unwrap();
        let all: u64 = report.planned.values().flat_map(|c| c.values()).sum();
        planned += all;
        sent += report.sent;
        letters += report.letters;
        if all > 0 {
            let plan_s = plan_ms.load(Ordering::Relaxed) as f64 / 1_000.0;
            let all_s = began.elapsed().as_secs_f64();
            println!(
                "day {day}: {all} notices planned in {plan_s:.1} s, {} messages carried and {} letters printed in {:.1} s",
                report.sent,
                report.letters,
                all_s - plan_s
            );
        }
        clock.advance(Duration::from_secs(86_400));
    }
    println!(
        "{days} days: {planned} notices planned, {sent} messages carried, {letters} letters printed, in {:.1} s",
        month.elapsed().as_secs_f64()
    );
}
