//! The real program, killed at random in the middle of its batches: at the end everything is as if nobody had touched it.

use chrono::{Months, Utc};
use jianmian::{
    clock::{SystemClock, china_date},
    config::Settings,
    domain::{
        audit::Actor, beneficiary::IdNumber, confirmation::Channel, contact::ContactAttempt,
        continuation::RowPlace, notice::Notice, queue::Lane,
    },
    service::{EvidenceOfLife, NoExaminer, Parts, Progress, RosterFile, RosterOptions, Service},
    storage::Db,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

const PEOPLE: u32 = 240;
const KILLS: u32 = 10;
/// More starts than this mean that the program cannot be caught at work.
const STARTS_MAX: u32 = 300;

/// A made-up number that belongs to nobody (area 990000).
fn number(n: u32) -> IdNumber {
    let digits = format!("99000019420{}{:02}{:03}", 1 + n / 900 % 9, 1 + n % 28, n % 1000);
    let check = IdNumber::check_character(&digits).unwrap();
    IdNumber::parse(&format!("{digits}{check}")).unwrap()
}

/// Every tenth cannot be reached, every third has no telephone.
fn roster() -> String {
    let last = Utc::now().date_naive() - Months::new(11);
    let mut csv = "姓名,身份证号,电话,现居住地,上次认证日期\n".to_owned();
    for n in 0..PEOPLE {
        let phone = if n % 3 == 0 { String::new() } else { format!("138{n:08}") };
        let home = ["示范县城关镇", "示范县东河乡", "示范县南岭镇"][n as usize % 3];
        let (phone, home) = if n % 10 == 0 {
            ("", String::new())
        } else {
            (phone.as_str(), format!("{home}{n}号"))
        };
        writeln!(csv, "王秀兰,{},{phone},{home},{last}", number(n).expose()).unwrap();
    }
    csv
}

fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jianmian"));
    command
        .arg("--config")
        .arg(dir.join("county.toml"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn county(dir: &Path) -> PathBuf {
    std::fs::create_dir_all(dir).unwrap();
    let toml = format!(
        "[server]\ndata_dir = \"{}\"\n[notices]\norder = [\"sms\"]\nlease_seconds = 1\nat_once = 2\n[notices.letter]\nletters_max = 10\n",
        dir.join("var").display()
    );
    std::fs::write(dir.join("county.toml"), toml).unwrap();
    dir.to_owned()
}

const NOTICES: &[&str] = &["notices", "run", "--wait", "20"];

fn run(dir: &Path, words: &[&str]) -> Child {
    command(dir).args(words).spawn().unwrap()
}

/// Starts the command again and again and kills it after a time drawn at random, at most `most_ms`, until it was killed ten times; `look` is
/// asked after each kill. Once the work is done a start is short: whenever one ended by itself, less time is given to the next.
fn killed_at_random(dir: &Path, words: &[&str], mut most_ms: u64, mut look: impl FnMut()) {
    let (mut kills, mut starts) = (0, 0);
    while kills < KILLS {
        starts += 1;
        assert!(starts <= STARTS_MAX, "{kills} kills in {starts} starts");
        let mut child = run(dir, words);
        std::thread::sleep(Duration::from_millis(4 + drawn(most_ms)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
            look();
        } else {
            most_ms = (most_ms * 3 / 4).max(8);
        }
        child.wait().unwrap();
    }
}

fn files(dir: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.file_name().into_string().unwrap());
            }
        }
    }
    found.retain(|name| !name.starts_with('.')); // what a kill left half written has no name yet
    found.sort();
    found
}

/// All that a run leaves: for each person notices and contact attempts without their ids, and how many messages and letters lie in the
/// outbox.
#[derive(Debug, PartialEq)]
struct Left {
    people: BTreeMap<String, (Vec<String>, Vec<String>)>,
    messages: usize,
    letters: i64,
    calls: usize,
}

async fn left(dir: &Path) -> Left {
    let var = dir.join("var");
    let db = Db::open("sqlite:jianmian.db", &var).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let notice = |n: &Notice| {
        format!("{:?} {} {} {} {:?} {:?}", n.kind, n.occasion, n.day, n.turn, n.channel, n.status)
    };
    let attempt = |a: &ContactAttempt| format!("{:?} {:?}", a.channel, a.outcome);
    let (mut people, mut sent) = (BTreeMap::new(), Vec::new());
    for n in 0..PEOPLE {
        let whom = tx.beneficiary_of_number(&number(n)).await.unwrap().unwrap();
        let notices = tx.notices_of(whom.id).await.unwrap();
        let attempts = tx.contact_attempts(whom.id, "2000-01-01".parse().unwrap()).await.unwrap();
        sent.extend(notices.iter().map(|n| format!("{}.json", n.id)));
        let told = (notices.iter().map(notice).collect(), attempts.iter().map(attempt).collect());
        people.insert(number(n).expose().to_owned(), told);
    }
    let messages = files(&var.join("outbox/sms"));
    assert!(messages.iter().all(|name| sent.contains(name)), "a message that nobody wrote down");
    assert!(tx.open_letter_batches().await.unwrap().is_empty());
    let mut letters = 0;
    for name in files(&var.join("outbox/letters")) {
        let id = &name[name.len() - 40..name.len() - 4];
        let batch = tx.letter_batch(id.parse().unwrap()).await.unwrap().unwrap();
        letters += batch.letters;
    }
    let calls = tx.lane(Lane::CallBack, Utc::now(), 10_000).await.unwrap().len();
    Left { people, messages: messages.len(), letters, calls }
}

/// A number from 0 to `most`, drawn by the system.
fn drawn(most: u64) -> u64 {
    u64::from_le_bytes(jianmian::vault::random::<8>().unwrap()) % (most + 1)
}

#[tokio::test]
async fn killed_ten_times_and_nothing_is_doubled_or_lost() {
    if !Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists() {
        println!("SKIPPED notices_kill: needs Debian's fonts-noto-cjk");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (calm, killed) = (county(&dir.path().join("calm")), county(&dir.path().join("killed")));
    for place in [&calm, &killed] {
        std::fs::write(place.join("roster.csv"), roster()).unwrap();
        let imported =
            command(place).args(["roster", "import"]).arg(place.join("roster.csv")).status();
        assert!(imported.unwrap().success());
    }
    assert!(run(&calm, NOTICES).wait().unwrap().success());
    let mut in_the_middle = 0;
    killed_at_random(&killed, NOTICES, 700, || {
        let done = files(&killed.join("var/outbox/sms")).len();
        in_the_middle += u32::from(done > 0 && done < 144);
    });
    assert!(run(&killed, NOTICES).wait().unwrap().success());
    let (calm, killed) = (left(&calm).await, left(&killed).await);
    println!("{KILLS} kills, {in_the_middle} of them between the first and the last message");
    assert_eq!(calm, killed);
    assert_eq!(calm.people.len(), PEOPLE as usize);
    assert!(calm.people.values().all(|(notices, _)| notices.len() == 1), "one notice each");
    assert_eq!((calm.messages, calm.letters, calm.calls), (144, 72, 24));
}

/// The use cases on the same data folder, in this process.
async fn service(dir: &Path) -> Service {
    let mut settings = Settings::defaults();
    settings.server.data_dir = dir.join("var");
    let parts = Parts { settings, clock: SystemClock::shared(), examiner: Arc::new(NoExaminer) };
    Service::open(parts).await.unwrap()
}

#[tokio::test]
async fn a_continuation_killed_ten_times_tells_everybody_once() {
    let dir = tempfile::tempdir().unwrap();
    let place = county(&dir.path().join("county"));
    let county = service(&place).await;
    let none = |_: &str| Err("no photographs".to_owned());
    let (file, quiet) = (RosterFile::from_bytes(roster()), Arc::new(|_, _, _| ()) as Progress);
    let options = RosterOptions::by(Actor::Operator);
    let imported = county.roster_import(file, &none, &options, &quiet).await.unwrap();
    assert!(imported.imported(), "{:?}", imported.faults);
    let db = Db::open("sqlite:jianmian.db", &place.join("var")).await.unwrap();
    let mut evidence = Vec::new();
    for n in 0..PEOPLE {
        let whom =
            db.read().await.unwrap().beneficiary_of_number(&number(n)).await.unwrap().unwrap();
        evidence.push(EvidenceOfLife {
            beneficiary_id: whom.id,
            channel: Channel::Station,
            alive_on: china_date(Utc::now()),
            evidence_sha256: None,
            officer_id: None,
        });
    }
    assert_eq!(county.confirm_by_evidence(&evidence).await.unwrap().len(), PEOPLE as usize);
    killed_at_random(&place, &["continuation", "export"], 60, || ());
    assert!(run(&place, &["continuation", "export"]).wait().unwrap().success());
    let start = RowPlace { file_sequence: 0, row_number: 0 };
    let rows = db.read().await.unwrap().continuation_rows(start, 10_000).await.unwrap();
    let told: BTreeSet<_> = rows.iter().map(|row| row.beneficiary_id).collect();
    assert_eq!((rows.len(), told.len()), (PEOPLE as usize, PEOPLE as usize));
    let views = county.continuations(0).await.unwrap();
    let numbers: Vec<u64> = views.iter().map(|view| view.file.sequence).collect();
    assert_eq!(numbers, (1..=views.len() as u64).collect::<Vec<u64>>(), "numbers without gaps");
    for view in &views {
        let stem =
            place.join(format!("var/outbox/continuation/continuation-{:06}", view.file.sequence));
        for part in ["csv", "csv.sig", "json", "json.sig", "control.json", "control.json.sig"] {
            let bytes = std::fs::read(stem.with_extension(part)).unwrap();
            assert_eq!(bytes, county.feed_part(view.file.sequence, part).await.unwrap(), "{part}");
        }
    }
    let mut answers = "file_sequence,row_number,answer,reason\n".to_owned();
    for row in &rows {
        writeln!(answers, "{},{},accepted,", row.place.file_sequence, row.place.row_number)
            .unwrap();
    }
    std::fs::write(place.join("answers.csv"), answers).unwrap();
    let file = place.join("answers.csv").into_os_string().into_string().unwrap();
    killed_at_random(&place, &["continuation", "ack", &file], 60, || ());
    assert!(run(&place, &["continuation", "ack", &file]).wait().unwrap().success());
    let accepted: u64 =
        county.continuations(0).await.unwrap().iter().map(|view| view.accepted).sum();
    assert_eq!(accepted, u64::from(PEOPLE));
}
