//! Notices: told once, by changing channels, with links that work; what comes back; nothing to those who are done.

use super::stage::{Stage, token_of};
use jianmian::{
    domain::{
        beneficiary::IdNumber,
        case::{CaseKind, CaseStatus},
        contact::{ContactChannel, ContactOutcome},
        ids::BeneficiaryId,
        notice::{NoticeChannel as Channel, NoticeKind, NoticeStatus as Status},
        queue::Lane,
        verdict::Verdict,
    },
    service::{DeliveryAnswer, PreviewOf, RunOptions, RunReport, ServiceError},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt::Write as _, path::Path};

const DAY: u64 = 86_400;
const DUE_AT_YEARS_END: &str = "2025-12-03";

/// Imports people (name, telephone, address) whose confirmation is due at the end of 2026; their ids.
async fn people(stage: &Stage, rows: &[(&str, &str, &str)]) -> Vec<BeneficiaryId> {
    let mut csv = "姓名,身份证号,电话,现居住地,上次认证日期\n".to_owned();
    let numbers: Vec<IdNumber> = rows.iter().map(|_| stage.number()).collect();
    for ((name, phone, home), number) in rows.iter().zip(&numbers) {
        let _ = writeln!(csv, "{name},{},{phone},{home},{DUE_AT_YEARS_END}", number.expose());
    }
    stage.add_people(&csv).await;
    let mut ids = Vec::new();
    for number in numbers {
        ids.push(stage.tx().await.beneficiary_of_number(&number).await.unwrap().unwrap().id);
    }
    ids
}

async fn run(stage: &Stage) -> RunReport {
    stage.service.count_dates(&|_| ()).await.unwrap();
    stage.service.run_notices(RunOptions::default(), &|_, _| ()).await.unwrap()
}

/// JSON files under a folder of the outbox.
fn parcels(stage: &Stage, channel: &str) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    let mut open = vec![stage.data.path().join("outbox").join(channel)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                found.push(serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap());
            }
        }
    }
    found
}

fn has_font() -> bool {
    Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
}

pub async fn told_once_by_changing_channels(stage: &Stage) {
    if !has_font() {
        println!("SKIPPED storage_story::notices: needs Debian's fonts-noto-cjk");
        return;
    }
    let ids = people(
        stage,
        &[
            ("王秀兰", "13800000001", "示范县城关镇一组"),
            ("李建国", "", "示范县东河乡二组"),
            ("张桂英", "0734-1234567", ""),
        ],
    )
    .await;
    // 23 November: 38 days left, the notice of 60 days.
    let dry = RunOptions { dry_run: true, ..RunOptions::default() };
    stage.service.count_dates(&|_| ()).await.unwrap();
    let counted = stage.service.run_notices(dry, &|_, _| ()).await.unwrap();
    assert!(stage.tx().await.notices_of(ids[0]).await.unwrap().is_empty());
    let first = run(stage).await;
    assert_eq!(first.planned, counted.planned);
    // The second notice of the schedule is a letter by the settings' order; who has no address or telephone is called.
    assert_eq!(first.planned[&60], [(Channel::Letter, 2), (Channel::Call, 1)].into());
    assert_eq!((first.letters, first.sent, first.letter_files.len()), (2, 0, 2), "{first:?}");
    let again = run(stage).await;
    assert!(
        again.planned.values().all(std::collections::BTreeMap::is_empty) && again.letters == 0,
        "{again:?}"
    );
    // 2 December: 29 days left.
    stage.pass(9 * DAY);
    let second = run(stage).await;
    assert_eq!(
        second.planned[&30],
        [(Channel::Sms, 1), (Channel::Letter, 1), (Channel::Call, 1)].into()
    );
    let sms = parcels(stage, "sms");
    assert_eq!(sms.len(), 1);
    assert_eq!(sms[0]["to"], "13800000001");
    let text = sms[0]["text"].as_str().unwrap();
    assert!(text.contains("2026年12月31日") && !text.contains("王秀兰"), "{text}");
    let url = text.split_whitespace().find(|w| w.starts_with("https://")).unwrap();
    stage.consent(&token_of(url)).await.unwrap();
    links_are_the_same_in_letter_and_message(stage, ids[0], &token_of(url)).await;
    let tried =
        stage.tx().await.contact_attempts(ids[0], "2026-01-01".parse().unwrap()).await.unwrap();
    let what: Vec<_> = tried.iter().map(|a| (a.channel, a.outcome)).collect();
    let sent = ContactOutcome::Sent;
    assert_eq!(what, [(ContactChannel::Letter, sent), (ContactChannel::Sms, sent)]);
    delivery_reports(stage, ids[0]).await;
    // 29 December: within the days of calls.
    stage.pass(27 * DAY);
    let third = run(stage).await;
    assert_eq!(third.planned[&0], [(Channel::Call, 3)].into(), "{third:?}");
    let tasks = stage.tx().await.lane(Lane::CallBack, stage.now(), 100).await.unwrap();
    let calls = tasks
        .iter()
        .filter(|c| c.case.kind == CaseKind::CallBack && c.case.status == CaseStatus::Open);
    assert!(calls.count() >= 3);
}

async fn links_are_the_same_in_letter_and_message(stage: &Stage, of: BeneficiaryId, token: &str) {
    let notices = stage.tx().await.notices_of(of).await.unwrap();
    assert_eq!(notices.len(), 2);
    assert_eq!(notices[0].link_id, notices[1].link_id);
    let letter = PreviewOf {
        who: of.to_string(),
        kind: NoticeKind::Due,
        channel: Channel::Letter,
        language: None,
    };
    let shown = stage.service.preview_notice(&letter).await.unwrap();
    assert!(shown.text.contains("王秀兰") && shown.pdf.unwrap().starts_with(b"%PDF-"));
    let sms = PreviewOf { channel: Channel::Sms, ..letter };
    assert!(stage.service.preview_notice(&sms).await.unwrap().text.contains(token));
    let bad = stage.service.link_of_code("K7M 3PX 9HE RT4").await.unwrap_err();
    assert!(matches!(bad, ServiceError::Unacceptable { code: "bad_code", .. }));
    assert!(matches!(
        stage.service.link_of_code("333 333 333 333").await,
        Err(ServiceError::LinkUnknown)
    ));
}

/// The gateway says first that the message arrived; of another one, that it did not: a letter takes its place.
async fn delivery_reports(stage: &Stage, of: BeneficiaryId) {
    let sms = stage.tx().await.notices_of(of).await.unwrap().remove(0);
    assert_eq!((sms.channel, sms.status), (Channel::Sms, Status::Sent));
    let lost = DeliveryAnswer { id: sms.id, delivered: false, code: "unknown_number".into() };
    for _ in 0..2 {
        stage.service.delivery_answer(&lost).await.unwrap();
    }
    let notices = stage.tx().await.notices_of(of).await.unwrap();
    let turns: Vec<_> =
        notices.iter().filter(|n| n.day == 30).map(|n| (n.turn, n.channel, n.status)).collect();
    assert_eq!(turns, [(1, Channel::Letter, Status::Planned), (0, Channel::Sms, Status::Failed)]);
    let tried = stage.tx().await.contact_attempts(of, "2026-12-01".parse().unwrap()).await.unwrap();
    assert_eq!(tried.len(), 1);
    assert_eq!(tried[0].outcome, ContactOutcome::Undeliverable);
    let nobody = DeliveryAnswer { id: jianmian::domain::ids::NoticeId::new(), ..lost };
    assert!(matches!(stage.service.delivery_answer(&nobody).await, Err(ServiceError::NotFound(_))));
}

/// Whoever was confirmed between planning and carrying is not reminded; the receipt goes out instead, and a new officer's question too.
pub async fn who_is_done_is_not_reminded(stage: &Stage) {
    let guest = stage.guest().await;
    stage.service.record_email(&guest.id.to_string(), "child@home.example", true).await.unwrap();
    let bad =
        stage.service.record_email(&guest.id.to_string(), "no address", false).await.unwrap_err();
    assert!(matches!(bad, ServiceError::Unacceptable { code: "bad_email", .. }));
    stage.called(&guest.token, Verdict::Confirmed).await;
    let report = run(stage).await;
    assert!(report.planned.values().all(std::collections::BTreeMap::is_empty), "{report:?}");
    let mail = parcels(stage, "email");
    assert_eq!(mail.len(), 1, "{report:?}");
    let text = mail[0]["text"].as_str().unwrap();
    let receipt = stage.tx().await.confirmations(guest.id).await.unwrap().remove(0).receipt_number;
    assert!(text.contains(&receipt), "{text}");
    assert_eq!(mail[0]["to"], "child@home.example");
    assert_eq!(run(stage).await.sent, 0);
    let future = RunOptions { on: Some("2027-01-01".parse().unwrap()), ..RunOptions::default() };
    assert!(stage.service.run_notices(future, &|_, _| ()).await.is_err());
}

/// Two runs at the same time, as when a timer and an officer start one: each letter is in one file, and each file is the one that was recorded.
pub async fn two_runs_print_each_letter_once(stage: &Stage) {
    if !has_font() {
        println!("SKIPPED storage_story::notices: needs Debian's fonts-noto-cjk");
        return;
    }
    let homes: Vec<String> =
        (0..36).map(|n| format!("示范县{}镇{n}号", ["城关", "东河", "南岭"][n % 3])).collect();
    let rows: Vec<_> = homes.iter().map(|home| ("王秀兰", "", home.as_str())).collect();
    let ids = people(stage, &rows).await;
    let (one, other) = tokio::join!(run(stage), run(stage));
    assert_eq!(one.letters + other.letters, 36, "{one:?} {other:?}");
    for id in ids {
        let tried = stage.tx().await.contact_attempts(id, "2026-01-01".parse().unwrap()).await;
        assert_eq!(tried.unwrap().len(), 1);
    }
    let files: BTreeSet<_> = one.letter_files.iter().chain(&other.letter_files).collect();
    assert_eq!(files.len(), one.letter_files.len() + other.letter_files.len(), "written twice");
    for file in files {
        let pdf = std::fs::read(stage.data.path().join("outbox/letters").join(file)).unwrap();
        let batch = &file[file.len() - 40..file.len() - 4];
        let said = stage.tx().await.audit_of("letter_batch", batch).await.unwrap();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].detail["sha256"], hex::encode(Sha256::digest(&pdf)), "{file}");
    }
}
