//! The queue: order, claims, what is put off, second officers; and many officers at once.

use super::{
    calls::code,
    console::{dispose, open_case},
    stage::{Stage, flagged},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use jianmian::{
    domain::{
        beneficiary::IdNumber,
        case::{
            AskAgainBecause, Case, CaseKind, CaseStatus, Disposition as D, OtherWay, RefuseBecause,
        },
        ids::{BeneficiaryId, CaseId, OfficerId},
        queue::{Urgency, risk},
        role::Role,
        verdict::{Reason, Verdict},
    },
    service::views::{DispositionForm, OtherWayForm, PutOffForm},
    storage::{Db, NewCase},
};
use std::fmt::Write as _;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Instant,
};

/// Numbers that look drawn and are the same each time (`SplitMix64`).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

async fn people(stage: &Stage, count: usize) -> Vec<BeneficiaryId> {
    let mut roster = String::from("姓名,身份证号\n");
    let mut numbers = Vec::new();
    for n in 0..count {
        let (year, serial) = (1930 + n / 1000, n % 1000);
        let digits = format!("990000{year}0312{serial:03}");
        let number = format!("{digits}{}", IdNumber::check_character(&digits).unwrap());
        let _ = writeln!(roster, "王{n},{number}");
        numbers.push(IdNumber::parse(&number).unwrap());
    }
    stage.add_people(&roster).await;
    let mut ids = Vec::new();
    let mut tx = stage.tx().await;
    for number in &numbers {
        ids.push(tx.beneficiary_of_number(number).await.unwrap().unwrap().id);
    }
    ids
}

/// Cases with drawn deadlines, harm, presence and risk; their order by the law of `domain::queue`.
async fn many_cases(stage: &Stage, count: usize) -> Vec<CaseId> {
    let whose = people(stage, count).await;
    let (mut drawn, now) = (Drawn(7), stage.now());
    let mut all = Vec::new();
    let mut tx = stage.db.write().await.unwrap();
    for (n, whose) in whose.into_iter().enumerate() {
        let reasons = match drawn.below(3) {
            0 => vec![Reason::FlatSurface],
            1 => vec![Reason::BelowAccept],
            _ => vec![Reason::TooDark],
        };
        let opened_at = now - Duration::seconds(i64::try_from(drawn.below(90_000)).unwrap());
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        let case = Case {
            id: CaseId::new(),
            beneficiary_id: whose,
            kind: CaseKind::FlaggedCall,
            status: CaseStatus::Open,
            call_id: None,
            reasons,
            opened_at,
            answer_by: now + Duration::days(3),
            officer_id: None,
            version: 1,
        };
        let urgency = Urgency {
            answer_on: today + Duration::days(i64::try_from(drawn.below(4)).unwrap()),
            harm: u8::try_from(drawn.below(4)).unwrap(),
            away: drawn.below(10) > 0,
            risk: risk(&case.reasons),
            opened_at,
        };
        let online_until =
            if urgency.away { DateTime::<Utc>::UNIX_EPOCH } else { now + Duration::days(9) };
        let new = NewCase {
            case,
            number: format!("2026-{n:05}"),
            link_id: None,
            wish: None,
            wish_phone: None,
            urgency,
            claim: None,
            snoozed_until: DateTime::UNIX_EPOCH,
            for_officer: None,
            online_until,
            proposal: None,
            before: None,
        };
        tx.open_case(&new).await.unwrap();
        all.push((urgency, new.case.id));
    }
    tx.commit().await.unwrap();
    if let Db::Postgres(pool) = &stage.db {
        // As a server does by itself within a minute.
        sqlx::query("ANALYZE").execute(pool).await.unwrap();
    }
    all.sort_by_key(|(urgency, id)| (*urgency, id.to_string()));
    all.into_iter().map(|(_, id)| id).collect()
}

pub async fn the_next_case_is_the_most_urgent(stage: &Stage) {
    let expected = many_cases(stage, 60).await;
    let li = stage.officer("li").await;
    for id in &expected {
        let claim = stage.service.next(li, None).await.unwrap().unwrap();
        assert_eq!(claim.case_id, *id);
        let view = stage.service.case(li, *id).await.unwrap();
        assert_eq!(view.row.claimed_by.as_deref(), Some("li"));
        let mail = D::Mail { note: String::new() };
        dispose(stage, li, (*id, view.version), mail).await.unwrap();
        // Out of the way: mail is a lane of its own, and would be offered again.
        let put = PutOffForm {
            version: view.version + 1,
            until: Some(stage.now() + Duration::days(1)),
            to: None,
            because: "waits for the post".into(),
        };
        stage.service.put_off(li, *id, put).await.unwrap();
    }
    assert!(stage.service.next(li, None).await.unwrap().is_none());
    let lane = stage.service.queue(li, "mail").await.unwrap();
    let shown: Vec<CaseId> = lane.cases.iter().map(|row| row.id).collect();
    assert_eq!(shown, expected, "a lane has the same order");
}

pub async fn claims_hold_five_minutes_and_go_back(stage: &Stage) {
    let cases = many_cases(stage, 2).await;
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    let first = stage.service.next(li, None).await.unwrap().unwrap().case_id;
    assert_eq!(stage.service.next(li, None).await.unwrap().unwrap().case_id, first, "still theirs");
    let second = stage.service.next(wei, None).await.unwrap().unwrap().case_id;
    assert_eq!([first, second], [cases[0], cases[1]]);
    assert_eq!(code(&stage.service.claim(wei, first).await.unwrap_err()), "claimed");
    let confirm = dispose(stage, wei, (first, 1), D::Mail { note: String::new() }).await;
    assert_eq!(code(&confirm.unwrap_err()), "claimed");
    for _ in 0..3 {
        stage.pass(240);
        stage.service.keep_claim(li, first).await.unwrap();
    }
    stage.pass(301);
    assert_eq!(code(&stage.service.keep_claim(li, first).await.unwrap_err()), "claim_lost");
    assert_eq!(stage.service.next(wei, None).await.unwrap().unwrap().case_id, first);
    stage.service.give_back(wei, first).await.unwrap();
    stage.service.give_back(wei, first).await.unwrap();
    assert_eq!(stage.service.claim(li, first).await.unwrap().case_id, first);
    // A late decision on a case that a colleague took meanwhile: told, nothing lost.
    let late = dispose(stage, wei, (first, 1), D::Mail { note: String::new() }).await.unwrap_err();
    assert_eq!(code(&late), "claimed");
}

pub async fn put_off_handed_over_escalated(stage: &Stage) {
    let case = many_cases(stage, 1).await[0];
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    let boss = stage.service.add_officer_as("boss", &[Role::Supervisor], None).await.unwrap();
    let clerk = stage.service.add_officer_as("clerk", &[Role::StationClerk], None).await.unwrap();
    let next =
        async |who: OfficerId| stage.service.next(who, None).await.unwrap().map(|c| c.case_id);
    let put = |version, until: Option<DateTime<Utc>>, to: Option<OfficerId>| PutOffForm {
        version,
        until,
        to,
        because: "the daughter calls tomorrow".into(),
    };
    let hour = Some(stage.now() + Duration::hours(1));
    let mute = PutOffForm { because: " ".into(), ..put(1, hour, None) };
    assert_eq!(code(&stage.service.put_off(li, case, mute).await.unwrap_err()), "note_missing");
    let long = put(1, Some(stage.now() + Duration::days(15)), None);
    assert_eq!(code(&stage.service.put_off(li, case, long).await.unwrap_err()), "bad_time");
    stage.service.put_off(li, case, put(1, hour, None)).await.unwrap();
    assert_eq!(next(wei).await, None);
    stage.pass(3601);
    assert_eq!(next(li).await, Some(case));
    stage.service.put_off(li, case, put(2, None, Some(wei))).await.unwrap();
    assert_eq!((next(li).await, next(wei).await), (None, Some(case)));
    let why = || D::Escalate { note: "the id card is another's".into() };
    dispose(stage, wei, (case, 3), why()).await.unwrap();
    assert_eq!((next(wei).await, next(clerk).await), (None, None));
    let view = stage.service.case(wei, case).await.unwrap();
    assert!(view.may.is_empty(), "{:?}", view.may);
    let ask = D::AskAgain { because: AskAgainBecause::NotSure };
    assert_eq!(code(&dispose(stage, wei, (case, 4), ask).await.unwrap_err()), "escalated");
    assert_eq!(next(boss).await, Some(case));
    let visit = D::Visit { note: "ground floor, ask for the daughter".into() };
    dispose(stage, boss, (case, 4), visit).await.unwrap();
    assert_eq!(next(clerk).await, Some(case), "a station clerk visits");
    let refuse = D::Refuse { because: RefuseBecause::Died, text: "x".into() };
    assert_eq!(code(&dispose(stage, clerk, (case, 5), refuse).await.unwrap_err()), "not_allowed");
    // A visit is recorded with its picture and checked by somebody else; a click at the desk confirms none.
    let seen = dispose(stage, clerk, (case, 5), D::Confirm).await;
    assert_eq!(code(&seen.unwrap_err()), "cannot_confirm");
}

pub async fn refusals_and_overrides_take_two(stage: &Stage) {
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    let guest = stage.guest().await;
    stage.called(&guest.token, flagged(&[Reason::FlatSurface])).await;
    let view = open_case(stage, li, "to_review").await;
    let case = view.row.id;
    let refuse = |text: &str| D::Refuse { because: RefuseBecause::Deception, text: text.into() };
    let mute = dispose(stage, li, (case, view.version), refuse("")).await.unwrap_err();
    assert_eq!(code(&mute), "note_missing");
    let form = DispositionForm { version: view.version, disposition: refuse("a screen") };
    let old = stage.now() - Duration::minutes(6);
    let unproved = stage.service.dispose(li, old, case, form).await.unwrap_err();
    assert_eq!(code(&unproved), "proof_needed");
    let asked = dispose(stage, li, (case, view.version), refuse("a screen")).await.unwrap();
    assert_eq!(asked.status, CaseStatus::ToApprove);
    let own = dispose(stage, li, (case, view.version + 1), D::Approve).await.unwrap_err();
    assert_eq!(code(&own), "own_case");
    let seen = open_case(stage, wei, "to_approve").await;
    assert_eq!(seen.proposal.unwrap().disposition, refuse("a screen"));
    let differs = dispose(stage, wei, (case, seen.version), D::Confirm).await.unwrap_err();
    assert_eq!(code(&differs), "proposal_differs", "a refusal is not approved by a confirm");
    let done = dispose(stage, wei, (case, seen.version), D::Approve).await.unwrap();
    assert_eq!(done.status, CaseStatus::Refused);
    assert_eq!(stage.tx().await.confirmations(guest.id).await.unwrap(), vec![]);
    let other = OtherWayForm { way: OtherWay::HomeVisit, phone: None, wish: None, because: None };
    stage.service.other_way(&guest.token, other).await.unwrap(); // never a dead end
}

pub async fn a_move_inside_the_house_is_taken_back(stage: &Stage) {
    let case = many_cases(stage, 1).await[0];
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    let undo = async |who: OfficerId, version| stage.service.undo(who, case, version).await;
    let nothing = undo(li, 1).await.unwrap_err();
    assert_eq!(code(&nothing), "nothing_to_undo");
    let visit = || D::Visit { note: String::new() };
    assert!(dispose(stage, li, (case, 1), visit()).await.unwrap().undo);
    assert_eq!(code(&undo(wei, 2).await.unwrap_err()), "nothing_to_undo", "another's");
    assert_eq!(undo(li, 2).await.unwrap().status, CaseStatus::Open);
    assert_eq!(code(&undo(li, 3).await.unwrap_err()), "nothing_to_undo", "once");
    dispose(stage, li, (case, 3), visit()).await.unwrap();
    stage.service.claim(wei, case).await.unwrap();
    assert_eq!(code(&undo(li, 4).await.unwrap_err()), "claimed", "a colleague is at it");
    stage.service.give_back(wei, case).await.unwrap();
    stage.pass(301);
    assert_eq!(code(&undo(li, 4).await.unwrap_err()), "nothing_to_undo", "late");
    let ask = D::AskAgain { because: AskAgainBecause::NotSure };
    assert!(!dispose(stage, li, (case, 4), ask).await.unwrap().undo, "the citizen has a link");
    assert_eq!(code(&undo(li, 5).await.unwrap_err()), "nothing_to_undo");
}

pub async fn a_sample_is_not_undone_by_one(stage: &Stage) {
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    let view = open_case(stage, li, "sample").await;
    let ask = || D::AskAgain { because: AskAgainBecause::NotSure };
    let asked = dispose(stage, li, (view.row.id, view.version), ask()).await.unwrap();
    assert_eq!((asked.status, asked.link.is_none()), (CaseStatus::ToApprove, true));
    let done = dispose(stage, wei, (view.row.id, view.version + 1), D::Approve).await.unwrap();
    assert_eq!(done.status, CaseStatus::AskedAgain);
    assert!(done.link.is_some());
    // Neither is it moved to another way by one alone.
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    let view = open_case(stage, li, "sample").await;
    let call = D::CallBack { note: "it does not look like her".into() };
    let asked = dispose(stage, li, (view.row.id, view.version), call).await.unwrap();
    assert_eq!((asked.status, asked.undo), (CaseStatus::ToApprove, true));
    let own = dispose(stage, li, (view.row.id, view.version + 1), D::Approve).await.unwrap_err();
    assert_eq!(code(&own), "own_case");
    let done = dispose(stage, wei, (view.row.id, view.version + 1), D::Approve).await.unwrap();
    assert_eq!(done.status, CaseStatus::ToCallBack);
}

/// Officers who take and decide, after up to `thought_ms` each time: each case is decided once, none is lost. Times of "next", ms.
async fn rush(stage: &Stage, officers: usize, cases: usize, thought_ms: u64) -> Vec<f64> {
    let all = many_cases(stage, cases).await;
    let decided = Arc::new(Mutex::new(HashMap::<CaseId, usize>::new()));
    let times = Arc::new(Mutex::new(Vec::new()));
    let mut ids = Vec::new();
    for n in 0..officers {
        let name = format!("officer{n}");
        ids.push(stage.service.add_officer_as(&name, &[Role::Officer], None).await.unwrap());
    }
    let place: Arc<HashMap<CaseId, usize>> =
        Arc::new(all.iter().enumerate().map(|(n, id)| (*id, n)).collect());
    let work = ids.into_iter().zip(0..).map(|(officer, seed)| {
        let (service, decided, times) = (stage.service.clone(), decided.clone(), times.clone());
        let (now, place) = (stage.now(), place.clone());
        tokio::spawn(async move {
            // Nobody thinks for as long as their neighbour, nor presses the key at the same moment again and again.
            let mut drawn = Drawn(seed);
            let mut thinks = move || {
                tokio::time::sleep(std::time::Duration::from_millis(drawn.below(thought_ms + 1)))
            };
            let mut last = 0;
            thinks().await;
            loop {
                #[allow(clippy::disallowed_methods)] // what is measured is real time
                let began = Instant::now();
                let Some(claim) = service.next(officer, Some("to_review")).await.unwrap() else {
                    break;
                };
                times.lock().unwrap().push(began.elapsed().as_secs_f64() * 1e3);
                let here = place[&claim.case_id];
                // Others run beside: an officer is never far behind what they had before.
                assert!(here + 200 > last, "place {here} after {last}");
                last = last.max(here);
                thinks().await;
                let disposition = D::AskAgain { because: AskAgainBecause::NotSure };
                let form = DispositionForm { version: 1, disposition };
                service.dispose(officer, now, claim.case_id, form).await.unwrap();
                *decided.lock().unwrap().entry(claim.case_id).or_default() += 1;
            }
        })
    });
    for task in work.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let decided = decided.lock().unwrap();
    assert_eq!(decided.len(), cases, "none lost");
    assert!(decided.values().all(|times| *times == 1), "none twice");
    times.lock().unwrap().clone()
}

pub async fn many_officers_at_once(stage: &Stage) {
    rush(stage, 8, 60, 0).await;
}

/// The benchmark of the queue: 50 officers, 5,000 cases (tests/bench/queue.sh).
pub async fn benchmark(stage: &Stage) {
    let mut times = rush(stage, 50, 5_000, 1_000).await;
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let index = ((times.len() - 1) as f64 * share) as usize;
        times[index]
    };
    println!(
        "next case: {} times, median {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
    assert!(at(0.95) < 50.0, "p95 of the next case: {:.1} ms", at(0.95));
}
