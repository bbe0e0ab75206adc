//! The county's pages: figures that agree with their lists, a person found and explained, batches that are cut off and go on.

use super::stage::{Stage, token_of};
use jianmian::{
    domain::{
        audit::Action,
        batch::{BatchKind, BatchState},
        contact::{ContactChannel, ContactOutcome},
        ids::{BatchId, BeneficiaryId, OfficerId},
        role::Role,
    },
    service::{
        RosterOutcome, ServiceError,
        views::{BatchForm, BatchRunForm, BatchView, LookBecause, PeopleLane, StopNeed},
    },
};
use std::{fmt::Write as _, time::Duration};

fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> String {
    match result.unwrap_err() {
        ServiceError::Conflict { code, .. } | ServiceError::Unacceptable { code, .. } => {
            code.to_owned()
        }
        ServiceError::NotAllowed { .. } => "not_allowed".to_owned(),
        ServiceError::NotFound(_) => "not_found".to_owned(),
        other => panic!("{other:?}"),
    }
}

/// So many made-up people, of whom every third is overdue, in two townships, each with a telephone.
async fn county(stage: &Stage, people: u32) -> Vec<BeneficiaryId> {
    let mut csv = String::from("姓名,身份证号,电话,现居住地,上次认证日期\n");
    let mut numbers = Vec::new();
    for n in 0..people {
        let number = stage.number();
        let town = if n % 2 == 0 { "石桥镇" } else { "东河乡" };
        let seen = ["2025-09-10", "2025-12-20", "2026-08-15"][(n % 3) as usize];
        let name = ["王秀兰", "李建国", "欧阳桂芬"][(n % 3) as usize];
        let phone = 13_900_000_000_u64 + u64::from(n);
        let _infallible =
            writeln!(csv, "{name},{},{phone},示范县{town}{n}号,{seen}", number.expose());
        numbers.push(number);
    }
    stage.add_people(&csv).await;
    stage.service.count_dates(&|_| ()).await.unwrap();
    let mut ids = Vec::new();
    for number in &numbers {
        let found = stage.tx().await.beneficiary_of_number(number).await.unwrap().unwrap();
        ids.push(found.id);
    }
    ids
}

/// Everybody on a list, page by page.
async fn all_on(stage: &Stage, lane: PeopleLane, township: &str) -> Vec<BeneficiaryId> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = stage.service.people(lane, (None, township), &after).await.unwrap();
        all.extend(page.people.into_iter().map(|p| p.id));
        match page.next {
            Some(next) => after = next,
            None => return all,
        }
    }
}

pub async fn figures_agree_with_their_lists(stage: &Stage) {
    let service = &stage.service;
    let people = county(stage, 230).await;
    let figures = service.county_figures().await.unwrap();
    // Seen in September 2025: due by the end of September 2026, today is 23 November: in the grace of 60 days.
    assert_eq!((figures.due.in_grace, figures.due.past_grace), (77, 0));
    assert_eq!(figures.people.get("active"), Some(&230));
    for (lane, count) in [
        (PeopleLane::Due, figures.due.due),
        (PeopleLane::InGrace, figures.due.in_grace),
        (PeopleLane::PastGrace, figures.due.past_grace),
        (PeopleLane::ToCall, figures.due.to_call),
        (PeopleLane::Overdue, figures.due.in_grace + figures.due.past_grace),
    ] {
        let listed = all_on(stage, lane, "").await;
        assert_eq!(listed.len() as u64, count, "{lane:?}");
        let mut once = listed.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), listed.len(), "{lane:?}: somebody stands there twice");
    }
    for one in &figures.townships {
        let listed = all_on(stage, PeopleLane::Overdue, &one.township).await;
        assert_eq!(listed.len() as u64, one.overdue, "{}", one.township);
        assert_eq!(one.months.iter().map(|m| m.people).sum::<u64>(), one.overdue);
    }
    assert_eq!(figures.townships.iter().map(|t| t.overdue).sum::<u64>(), 77);
    let in_months = figures.months.iter().map(|m| m.people).sum::<u64>();
    assert_eq!(in_months, 230, "{:?}", figures.months);
    let september = service.people(PeopleLane::Month, (Some("2026-09".parse().unwrap()), ""), "");
    assert_eq!(september.await.unwrap().people.len(), 77);
    assert_eq!(code(service.people(PeopleLane::Month, (None, ""), "").await), "month_missing");
    assert_eq!(code(service.people(PeopleLane::Due, (None, ""), "x").await), "bad_cursor");
    the_way_to_a_confirmation(stage, &people).await;
}

/// Told, opened, called, reached: each counts the person once, whoever was confirmed counts too.
async fn the_way_to_a_confirmation(stage: &Stage, people: &[BeneficiaryId]) {
    let service = &stage.service;
    let officer = stage.officer("caller").await;
    let before = service.county_figures().await.unwrap().funnel;
    assert_eq!((before.told, before.opened, before.confirmed), (0, 0, 0));
    assert_eq!(before.due, 154, "two of three have been asked or are overdue");
    assert_eq!(before.unreached, 77, "all notices are out, nobody answered");
    for _ in 0..2 {
        let (sms, sent) = (ContactChannel::Sms, ContactOutcome::Sent);
        service.record_contact(officer, people[0], sms, sent).await.unwrap();
    }
    let (call, reached) = (ContactChannel::PhoneCall, ContactOutcome::Reached);
    service.record_contact(officer, people[3], call, reached).await.unwrap();
    let (call, nobody) = (ContactChannel::PhoneCall, ContactOutcome::NoAnswer);
    service.record_contact(officer, people[6], call, nobody).await.unwrap();
    let token = stage.link(&people[9].to_string()).await;
    service.link_view(&token).await.unwrap();
    service.link_view(&token).await.unwrap();
    super::county::seen(stage, people[12], jianmian::domain::confirmation::Channel::DataMatch)
        .await;
    let same = service.county_figures().await.unwrap().funnel;
    assert_eq!(same, before, "counted at most once a minute");
    stage.pass(61);
    let shown = service.county_figures().await.unwrap().funnel;
    assert_eq!(shown, before, "shown at once while newer ones are counted beside");
    let figures = service.count_figures().await.unwrap();
    assert_eq!(service.county_figures().await.unwrap().funnel, figures.funnel);
    let after = figures.funnel;
    assert_eq!((after.due, after.told, after.opened), (154, 2, 1));
    assert_eq!((after.confirmed, after.called, after.with_officer), (1, 0, 0));
    assert_eq!(after.unreached, 74, "reached, opened and confirmed are not unreached");
    assert_eq!(figures.due.to_call, 75, "whoever opened a link is still called");
    assert_eq!(figures.channels.len(), 1);
    let csv = service.county_csv().await.unwrap();
    assert!(csv.contains("way_to_confirmation,,due,154\n"), "{csv}");
    assert!(csv.contains("way_to_confirmation,,told,<10\n"), "small cells are hidden: {csv}");
    assert!(csv.contains("confirmed_by_channel,2026-11,data_match,<10\n"), "{csv}");
}

pub async fn a_person_is_found_and_explained(stage: &Stage) {
    let service = &stage.service;
    let people = county(stage, 12).await;
    let officer = stage.officer("chen").await;
    let found = async |text: &str| {
        let found = service.find_people(text).await.unwrap();
        found.into_iter().map(|p| p.id).collect::<Vec<_>>()
    };
    assert_eq!(found("王秀").await.len(), 4);
    assert_eq!(found("欧阳桂芬").await.len(), 4);
    assert!(found("王%").await.is_empty(), "a sign of LIKE is only itself");
    assert_eq!(found("0000 007").await, [people[7]], "the end of the telephone");
    let number = stage.tx().await.beneficiary(people[5]).await.unwrap().unwrap().id_number;
    assert_eq!(found(number.expose()).await, [people[5]]);
    assert!(found(&number.expose()[12..]).await.contains(&people[5]), "the end of the id number");
    assert_eq!(code(service.find_people("王").await), "search_short");
    assert_eq!(code(service.find_people("123").await), "search_short");

    let guest = stage.guest().await;
    service.count_dates(&|_| ()).await.unwrap();
    service.link_view(&guest.token).await.unwrap();
    let view = service.person(officer, guest.id).await.unwrap();
    assert!(view.agrees && view.links[0].opened_at.is_some());
    assert_eq!(view.events.len(), 1, "{:?}", view.events);
    assert_eq!(view.dates.due_on.to_string(), "2026-12-31");
    let steps: Vec<(StopNeed, bool)> = view.stop_steps.iter().map(|s| (s.what, s.done)).collect();
    assert!(steps.iter().all(|(_, done)| !done), "{steps:?}");
    let reference = view.references[0].id;
    let because = LookBecause::CheckReference;
    let face = service.persons_face(officer, guest.id, reference, because).await.unwrap();
    assert!(face.starts_with(&[0xff, 0xd8]));
    let stray = service.persons_face(officer, people[0], reference, because).await;
    assert_eq!(code(stray), "not_found", "another's photograph");
    let link = service.link_for(officer, guest.id).await.unwrap();
    assert!(service.link_view(&token_of(&link.url)).await.is_ok());
    let mut tx = stage.tx().await;
    let looks = tx.audit_of("beneficiary", &guest.id.to_string()).await.unwrap();
    assert!(looks.iter().any(|e| e.action == Action::PersonViewed));
    let faces = tx.audit_of("reference", &reference.to_string()).await.unwrap();
    let seen = faces.iter().find(|e| e.action == Action::FaceViewed).unwrap();
    assert_eq!(seen.detail["because"], "check_reference");
}

/// A batch with its file as one part.
async fn made(stage: &Stage, officer: OfficerId, kind: BatchKind, file: &str) -> BatchId {
    let form =
        BatchForm { kind, file_name: Some("roster.csv".into()), file_bytes: file.len() as u64 };
    let view = stage.service.make_batch(officer, form).await.unwrap();
    assert_eq!((view.state, view.parts), (BatchState::Receiving, 1));
    let part = (0, file.as_bytes().to_vec());
    let view = stage.service.take_batch_part(officer, view.id, part).await.unwrap();
    assert_eq!(view.state, BatchState::Ready);
    view.id
}

async fn ran(stage: &Stage, officer: OfficerId, id: BatchId, form: BatchRunForm) -> BatchView {
    stage.service.run_batch(officer, id, form).await.unwrap();
    for _ in 0..600 {
        let view = stage.service.batch(officer, id).await.unwrap();
        if view.state != BatchState::Running {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the batch did not end");
}

pub async fn batches_are_tried_taken_and_cut_off(stage: &Stage) {
    let service = &stage.service;
    let chief = stage.officer_as("chief", Role::Supervisor).await;
    let clerk = stage.officer("clerk").await;
    let payer = stage.officer_as("payer", Role::PaymentClerk).await;
    let numbers: Vec<_> = (0..3).map(|_| stage.number()).collect();
    let line = |n: usize, name: &str| format!("{name},{},石桥镇{n}号\n", numbers[n].expose());
    let csv = format!("姓名,身份证号,现居住地\n{}{}", line(0, "王秀兰"), line(1, "李建国"));
    let form = || BatchForm { kind: BatchKind::Roster, file_name: None, file_bytes: 10 };
    for nobody in [clerk, payer] {
        assert_eq!(code(service.make_batch(nobody, form()).await), "not_allowed");
    }
    let huge = BatchForm { file_bytes: 1 << 40, ..form() };
    assert_eq!(code(service.make_batch(chief, huge).await), "too_large");
    let empty = BatchForm { file_bytes: 0, ..form() };
    assert_eq!(code(service.make_batch(chief, empty).await), "file_missing");

    let id = made(stage, chief, BatchKind::Roster, &csv).await;
    assert_eq!(code(service.batch(payer, id).await), "not_allowed");
    let again = service.take_batch_part(chief, id, (0, csv.clone().into_bytes())).await.unwrap();
    assert_eq!(again.received, 1, "the same part again changes nothing");
    assert_eq!(code(service.take_batch_part(chief, id, (1, vec![1])).await), "part_expected");
    let sealed = stage.data.path().join(format!("batches/{id}/000000"));
    let bytes = std::fs::read(&sealed).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("王秀兰"), "the file lies there sealed");

    let dry = BatchRunForm { dry_run: true, ..BatchRunForm::default() };
    let tried = ran(stage, chief, id, dry).await;
    assert_eq!(tried.state, BatchState::Checked, "{:?}", tried.report);
    assert_eq!(tried.lines.len(), 2);
    assert!(tried.lines.iter().all(|l| l.outcome == RosterOutcome::New), "{:?}", tried.lines);
    assert!(stage.tx().await.beneficiary_of_number(&numbers[0]).await.unwrap().is_none());
    // Cut off: the machine stopped while it ran. It goes on from the sealed file.
    let mut tx = stage.db.write().await.unwrap();
    let version = tx.batch(id).await.unwrap().unwrap().version;
    assert!(tx.begin_batch((id, version), chief, &stage.settings.server.node).await.unwrap());
    tx.commit().await.unwrap();
    let run = BatchRunForm::default;
    assert_eq!(code(service.run_batch(chief, id, run()).await), "not_ready");
    let after = stage.again(&stage.settings).await;
    after.sweep_interrupted(&stage.settings.server.node).await.unwrap();
    assert_eq!(after.batch(chief, id).await.unwrap().state, BatchState::Interrupted);
    let done = ran(stage, chief, id, run()).await;
    assert_eq!(done.state, BatchState::Done, "{:?}", done.report);
    assert!(stage.tx().await.beneficiary_of_number(&numbers[1]).await.unwrap().is_some());
    assert!(!sealed.exists(), "the file is gone with its end");
    assert_eq!(code(service.run_batch(chief, id, run()).await), "not_ready", "once");
    assert_eq!(stage.tx().await.roster_imports().await.unwrap().len(), 1);
    what_a_person_must_settle(stage, chief, &csv.replace("王秀兰", "赵德福")).await;
    the_others_run_too(stage, chief, payer).await;
}

async fn what_a_person_must_settle(stage: &Stage, chief: OfficerId, csv: &str) {
    let id = made(stage, chief, BatchKind::Roster, csv).await;
    let refused = ran(stage, chief, id, BatchRunForm::default()).await;
    assert_eq!(refused.state, BatchState::Failed);
    let fault = &refused.lines[0];
    assert!(fault.can_settle && fault.line == 2, "{fault:?}");
    assert!(!refused.report.unwrap().to_string().contains("赵德福"), "no name stays with it");
    let settled = BatchRunForm { settled: vec![2], ..BatchRunForm::default() };
    assert_eq!(ran(stage, chief, id, settled).await.state, BatchState::Done);
    let dropped = made(stage, chief, BatchKind::Roster, csv).await;
    stage.service.drop_batch(chief, dropped).await.unwrap();
    let form = BatchRunForm::default();
    assert_eq!(code(stage.service.run_batch(chief, dropped, form).await), "not_ready");
    let lost = made(stage, chief, BatchKind::Roster, csv).await;
    stage.pass(25 * 3600);
    made(stage, chief, BatchKind::Roster, csv).await;
    let state = stage.service.batch(chief, lost).await.unwrap().state;
    assert_eq!(state, BatchState::Dropped, "forgotten after a day");
}

async fn the_others_run_too(stage: &Stage, chief: OfficerId, payer: OfficerId) {
    let run = |kind| BatchForm { kind, file_name: None, file_bytes: 0 };
    for kind in [BatchKind::Due, BatchKind::Notices] {
        let made = stage.service.make_batch(chief, run(kind)).await.unwrap();
        let done = ran(stage, chief, made.id, BatchRunForm::default()).await;
        assert_eq!(done.state, BatchState::Done, "{kind:?} {:?}", done.report);
    }
    let export = stage.service.make_batch(payer, run(BatchKind::Export)).await.unwrap();
    let done = ran(stage, payer, export.id, BatchRunForm::default()).await;
    assert_eq!(done.state, BatchState::Done);
    let csv = "file_sequence,row_number,answer,reason\n9,1,accepted,\n";
    let id = made(stage, payer, BatchKind::Answers, csv).await;
    let answered = ran(stage, payer, id, BatchRunForm::default()).await;
    assert_eq!(answered.report.unwrap()["faults"], 1, "there is no such row");
}
