//! The continuation: files that reconcile with the ledger, the same bytes again, answers taken once, and the feed.

use super::stage::Stage;
use chrono::{Days, NaiveDate};
use jianmian::{
    clock::china_date,
    domain::{
        beneficiary::BenefitStatus,
        confirmation::Channel,
        contact::{ContactAttempt, ContactChannel, ContactOutcome},
        continuation::{ContinuationKind, ContinuationRow},
        ids::{BeneficiaryId, ConfirmationId, ContactAttemptId},
        investigation::InvestigationFinding,
        verdict::Verdict,
    },
    ledger::{Entry, EntryKind},
    service::{EvidenceOfLife, ServiceError},
};
use std::{collections::BTreeSet, path::PathBuf};

/// All rows of all files, by the feed's pages.
async fn all_rows(stage: &Stage) -> Vec<ContinuationRow> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = stage.service.feed_page(&after, 2).await.unwrap();
        rows.extend(page.rows);
        after = page.next;
        if !page.more {
            return rows;
        }
    }
}

/// Confirmations that the ledger holds.
pub async fn in_ledger(stage: &Stage) -> BTreeSet<ConfirmationId> {
    let entries = stage.tx().await.ledger_entries(0, 1_000_000).await.unwrap();
    let entries = entries.iter().map(|row| serde_json::from_str::<Entry>(&row.entry).unwrap());
    entries
        .filter(|e| e.kind == EntryKind::Confirmation)
        .map(|e| ConfirmationId(e.record_id))
        .collect()
}

fn part(stage: &Stage, sequence: u64, ending: &str) -> PathBuf {
    stage.data.path().join(format!("outbox/continuation/continuation-{sequence:06}.{ending}"))
}

pub async fn files_reconcile_with_the_ledger(stage: &Stage) {
    assert!(stage.service.export_continuation(&|_| ()).await.unwrap().files.is_empty());
    for _ in 0..5 {
        let guest = stage.guest().await;
        stage.called(&guest.token, Verdict::Confirmed).await;
    }
    // The outbox cannot be written: the rows are kept, and the next export writes the file under the same number.
    let outbox = stage.data.path().join("outbox");
    std::fs::write(&outbox, "a file where the folder should be").unwrap();
    assert!(stage.service.export_continuation(&|_| ()).await.is_err());
    std::fs::remove_file(&outbox).unwrap();
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    let report = stage.service.export_continuation(&|_| ()).await.unwrap();
    let sizes: Vec<(u64, u64)> = report.files.iter().map(|f| (f.sequence, f.totals.rows)).collect();
    assert_eq!(sizes, [(1, 5), (2, 1)]);
    assert!(stage.service.export_continuation(&|_| ()).await.unwrap().files.is_empty());
    let told: Vec<ConfirmationId> =
        all_rows(stage).await.iter().filter_map(|r| r.confirmation_id).collect();
    let once: BTreeSet<ConfirmationId> = told.iter().copied().collect();
    assert_eq!(told.len(), once.len());
    assert_eq!(once, in_ledger(stage).await);
    same_bytes_and_signatures(stage).await;
    answers(stage).await;
    feed_tokens(stage).await;
}

async fn same_bytes_and_signatures(stage: &Stage) {
    let parts = ["csv", "csv.sig", "json", "json.sig", "control.json", "control.json.sig"];
    let read = || parts.map(|ending| std::fs::read(part(stage, 1, ending)).unwrap());
    let before = read();
    for ending in parts {
        std::fs::remove_file(part(stage, 1, ending)).unwrap();
    }
    stage.pass(3_600);
    stage.service.export_again(1).await.unwrap();
    assert_eq!(read(), before);
    for (ending, bytes) in parts.iter().zip(&before) {
        assert_eq!(&stage.service.feed_part(1, ending).await.unwrap(), bytes, "{ending}");
    }
    assert!(matches!(stage.service.export_again(3).await, Err(ServiceError::NotFound(_))));
    let json: serde_json::Value = serde_json::from_slice(&before[2]).unwrap();
    assert_eq!(json["totals"]["rows"], 5);
    assert_eq!(json["rows"].as_array().unwrap().len(), 5);
    follows_its_schema(&json);
    // Somebody else's software checks the signature.
    let verified = std::process::Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"])
        .arg(stage.data.path().join("outbox/continuation/continuation.pub.pem"))
        .arg("-in")
        .arg(part(stage, 1, "csv"))
        .arg("-sigfile")
        .arg(part(stage, 1, "csv.sig"))
        .output();
    match verified {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) => println!("the signature was not checked by openssl: {error}"),
    }
}

/// The documented schema names exactly the fields that are there.
fn follows_its_schema(json: &serde_json::Value) {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/continuation-schema.json")).unwrap();
    let keys = |v: &serde_json::Value| -> BTreeSet<String> {
        v.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(json), keys(&schema["properties"]));
    assert_eq!(json["schema"], schema["properties"]["schema"]["const"]);
    assert_eq!(keys(&json["totals"]), keys(&schema["properties"]["totals"]["properties"]));
    let row = &schema["$defs"]["row"];
    for given in json["rows"].as_array().unwrap() {
        assert_eq!(keys(given), keys(&row["properties"]));
        assert!(row["properties"]["kind"]["enum"].as_array().unwrap().contains(&given["kind"]));
    }
}

async fn answers(stage: &Stage) {
    let csv = "file_sequence,row_number,answer,reason\n1,1,accepted,\n1,2,accepted,\n1,3,rejected,account closed\n1,99,accepted,\n1,4,maybe,\n";
    let first = stage.service.import_answers(csv.as_bytes(), &|_, _| ()).await.unwrap();
    assert_eq!((first.accepted, first.rejected, first.known), (2, 1, 0));
    let lines: Vec<usize> = first.faults.iter().map(|f| f.line).collect();
    assert_eq!(lines, [5, 6], "{:?}", first.faults);
    let second = stage.service.import_answers(csv.as_bytes(), &|_, _| ()).await.unwrap();
    assert_eq!((second.accepted, second.rejected, second.known, second.faults.len()), (0, 0, 3, 2));
    let other = br#"{"answers":[{"file_sequence":1,"row_number":3,"answer":"accepted"}]}"#;
    let third = stage.service.import_answers(other, &|_, _| ()).await.unwrap();
    assert!(third.faults[0].message.contains("the first answer stays"), "{third:?}");
    let views = stage.service.continuations(0).await.unwrap();
    assert_eq!((views[0].accepted, views[0].rejected, views[0].unanswered), (2, 1, 2));
}

async fn feed_tokens(stage: &Stage) {
    let token = stage.service.new_feed_token("bank").await.unwrap();
    let taken = stage.service.new_feed_token("bank").await.unwrap_err();
    assert!(matches!(taken, ServiceError::Conflict { code: "name_taken", .. }));
    let client = stage.service.feed_client(&token).await.unwrap();
    assert_eq!(client.name, "bank");
    assert!(matches!(stage.service.feed_client("x").await, Err(ServiceError::SignedOut)));
    stage.service.feed_was_read(&client, "rows until 2-1").await.unwrap();
    let audit = stage.tx().await.audit_of("feed_token", &client.id.to_string()).await.unwrap();
    assert_eq!(audit.len(), 2);
    stage.service.revoke_feed_token("bank").await.unwrap();
    assert!(matches!(stage.service.feed_client(&token).await, Err(ServiceError::SignedOut)));
    assert!(stage.service.feed_page("nonsense", 5).await.is_err());
}

/// Somebody whose grace is long past: when they were confirmed last, the 10 January 2025.
async fn long_overdue(stage: &Stage) -> BeneficiaryId {
    let number = stage.number();
    let csv = format!("姓名,身份证号,上次认证日期\n李建国,{},2025-01-10\n", number.expose());
    stage.add_people(&csv).await;
    stage.service.count_dates(&|_| ()).await.unwrap();
    stage.tx().await.beneficiary_of_number(&number).await.unwrap().unwrap().id
}

/// Attempts on three days of this year by two channels.
fn attempts(of: BeneficiaryId) -> Vec<ContactAttempt> {
    let made = |channel, on: &str| {
        let attempted_on: NaiveDate = on.parse().unwrap();
        ContactAttempt {
            id: ContactAttemptId::new(),
            beneficiary_id: of,
            channel,
            outcome: ContactOutcome::Sent,
            attempted_at: attempted_on.and_hms_opt(2, 0, 0).unwrap().and_utc(),
            attempted_on,
            notice_id: None,
            officer_id: None,
        }
    };
    vec![
        made(ContactChannel::Sms, "2026-05-04"),
        made(ContactChannel::Letter, "2026-06-04"),
        made(ContactChannel::Sms, "2026-07-04"),
    ]
}

/// A stop goes to the paying side only when two people agree, changes the status only by the answer, and is lifted by a confirmation,
/// with arrears, in a later file.
pub async fn a_stop_and_its_resumption(stage: &Stage) {
    let of = long_overdue(stage).await;
    let (reviewer, approver) = (stage.officer("reviewer").await, stage.officer("approver").await);
    stage.service.record_contacts(&attempts(of)).await.unwrap();
    let investigation = stage.service.open_investigation(reviewer, of).await.unwrap();
    let (not_found, report) = (InvestigationFinding::NotFound, "asked the neighbours");
    stage.service.close_investigation(reviewer, investigation, not_found, report).await.unwrap();
    let proposal = stage.service.propose_stop(reviewer, investigation).await.unwrap();
    assert!(
        stage.service.export_continuation(&|_| ()).await.unwrap().files.is_empty(),
        "only proposed"
    );
    stage.service.decide_proposal(approver, proposal.id, true).await.unwrap();
    let first = stage.service.export_continuation(&|_| ()).await.unwrap();
    assert_eq!((first.files[0].totals.rows, first.files[0].totals.suspend), (1, 1));
    let row = all_rows(stage).await.remove(0);
    assert_eq!((row.kind, row.from_month.as_deref()), (ContinuationKind::Suspend, Some("2026-12")));
    assert_eq!(status(stage, of).await, BenefitStatus::Active, "a file stops nothing");
    let accepted = "file_sequence,row_number,answer\n1,1,accepted\n";
    for known in [0, 1] {
        let report = stage.service.import_answers(accepted.as_bytes(), &|_, _| ()).await.unwrap();
        assert_eq!(
            (report.accepted, report.known, report.faults.len()),
            (1 - known, known, 0),
            "{report:?}"
        );
        assert_eq!(status(stage, of).await, BenefitStatus::Suspended);
    }
    stage.pass(75 * 86_400); // 6 February 2027
    let alive_on = china_date("2027-02-06T02:00:00Z".parse().unwrap());
    let life = EvidenceOfLife {
        beneficiary_id: of,
        channel: Channel::Station,
        alive_on,
        evidence_sha256: None,
        officer_id: Some(reviewer),
    };
    stage.service.confirm_by_evidence(&[life]).await.unwrap();
    assert_eq!(status(stage, of).await, BenefitStatus::Active);
    let second = stage.service.export_continuation(&|_| ()).await.unwrap();
    let totals = second.files[0].totals;
    assert_eq!((totals.rows, totals.resume, totals.arrears_months), (1, 1, 3));
    let row = all_rows(stage).await.remove(1);
    let months =
        (row.arrears_from.as_deref(), row.arrears_until.as_deref(), row.from_month.as_deref());
    assert_eq!(months, (Some("2026-12"), Some("2027-02"), Some("2027-03")));
    assert!(row.confirmation_id.is_some() && row.proposal_id.is_some());
    assert!(row.continues_until.unwrap() > alive_on + Days::new(300));
    assert!(stage.service.export_continuation(&|_| ()).await.unwrap().files.is_empty());
}

async fn status(stage: &Stage, of: BeneficiaryId) -> BenefitStatus {
    stage.tx().await.beneficiary(of).await.unwrap().unwrap().status
}
