//! Random sequences of events, shrunk when one fails: none of them reaches a stop without two people, an investigation, and enough contacts.

use super::{
    county::{DAY_S, seen, status, three, today},
    stage::Stage,
};
use chrono::{Datelike, Months};
use jianmian::{
    clock::china_date,
    domain::{
        beneficiary::BenefitStatus,
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        ids::{BeneficiaryId, OfficerId},
        investigation::InvestigationFinding,
        proposal::{ProposalKind, ProposalState},
        signal::SignalKind,
    },
    service::SignalForm,
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::sync::atomic::{AtomicU32, Ordering};

/// Sequences that are tried.
const CASES: u32 = 96;
/// Steps that are simplified away at most when a sequence fails.
const SHRINKS: u32 = 200;

/// What happens; officers are 0 to 2. Most of what officers do is refused; that is the point.
#[derive(Clone, Copy, Debug)]
enum Step {
    Days(u64),
    Contact(u32, ContactChannel, ContactOutcome),
    Death,
    Seen,
    Open(usize),
    Close(usize, InvestigationFinding),
    ProposeStop(usize),
    ProposeEnd(usize),
    Decide(usize, bool),
    Withdraw(usize),
    Acknowledge,
}

fn step() -> impl Strategy<Value = Step> {
    use {ContactChannel as C, ContactOutcome as O, InvestigationFinding as F};
    let officer = || 0..3_usize;
    let channel = prop::sample::select(vec![C::Sms, C::Letter, C::PhoneCall, C::Email]);
    let outcome = prop_oneof![4 => Just(O::NoAnswer), 1 => Just(O::Sent), 1 => Just(O::OurFault)];
    let finding = prop_oneof![6 => Just(F::NotFound), 1 => Just(F::Alive)];
    prop_oneof![
        4 => (0..80_u64).prop_map(Step::Days),
        5 => (1..3_u32, channel, outcome).prop_map(|(n, by, what)| Step::Contact(n, by, what)),
        1 => prop_oneof![Just(Step::Death), Just(Step::Seen)],
        4 => officer().prop_map(Step::Open),
        5 => (officer(), finding).prop_map(|(who, what)| Step::Close(who, what)),
        5 => officer().prop_map(Step::ProposeStop),
        1 => officer().prop_map(Step::ProposeEnd),
        5 => (officer(), prop::bool::weighted(0.8)).prop_map(|(who, yes)| Step::Decide(who, yes)),
        1 => officer().prop_map(Step::Withdraw),
        4 => Just(Step::Acknowledge),
    ]
}

pub async fn no_sequence_suspends_without_two_people(stage: &Stage) {
    let officers: [OfficerId; 3] = three(stage).await.into();
    let config = Config { cases: CASES, max_shrink_iters: SHRINKS, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let suspended = AtomicU32::new(0);
    let here = tokio::runtime::Handle::current();
    let result = tokio::task::block_in_place(|| {
        runner.run(&prop::collection::vec(step(), 30..90), |steps| {
            let came = here.block_on(lived(stage, officers, &steps));
            suspended.fetch_add(u32::from(came), Ordering::Relaxed);
            Ok(())
        })
    });
    if let Err(failed) = result {
        panic!("{failed}");
    }
    let suspended = suspended.into_inner();
    assert!(suspended > 5, "{suspended} sequences came that far: the test says little");
}

/// Somebody new, due soon, to whom all of it happens. Whether they were stopped by it at some time.
async fn lived(stage: &Stage, officers: [OfficerId; 3], steps: &[Step]) -> bool {
    // Each sequence begins with a month, so that it finds the same dates when it is tried again.
    stage.pass(u64::from(32 - today(stage).day()) * DAY_S);
    let who = due_soon(stage).await;
    let mut stopped = false;
    for (n, step) in steps.iter().enumerate() {
        take(stage, who, officers, *step).await;
        stopped |= justified(stage, who, n).await;
    }
    let explained = stage.service.explain(who).await.unwrap();
    assert!(explained.agrees, "{explained:#?}");
    stopped
}

async fn due_soon(stage: &Stage) -> BeneficiaryId {
    let (number, last) = (stage.number(), today(stage) - Months::new(11));
    stage
        .add_people(&format!("姓名,身份证号,上次认证日期\n张三,{},{last}\n", number.expose()))
        .await;
    stage.service.count_dates(&|_| ()).await.unwrap();
    stage.tx().await.beneficiary_of_number(&number).await.unwrap().unwrap().id
}

async fn take(stage: &Stage, who: BeneficiaryId, officers: [OfficerId; 3], step: Step) {
    let service = &stage.service;
    let mut tx = stage.tx().await;
    let investigation = tx.investigations(who).await.unwrap().pop().map(|i| i.id);
    let proposal = tx.proposals_of(who).await.unwrap().pop().map(|p| p.id);
    drop(tx);
    match (step, investigation, proposal) {
        (Step::Days(days), ..) => stage.pass(days * DAY_S),
        (Step::Contact(times, channel, outcome), ..) => {
            for _ in 0..times {
                service.record_contact(officers[0], who, channel, outcome).await.unwrap();
            }
        }
        (Step::Death, ..) => {
            let (kind, event_on) = (SignalKind::DeathSignal, Some(today(stage)));
            let form = SignalForm { beneficiary_id: who, kind, source: "family".into(), event_on };
            service.take_signal(form).await.unwrap();
        }
        (Step::Seen, ..) => {
            seen(stage, who, Channel::Station).await;
            assert_eq!(status(stage, who).await, BenefitStatus::Active, "seen alive");
        }
        (Step::Open(by), ..) => drop(service.open_investigation(officers[by], who).await),
        (Step::Close(by, finding), Some(id), _) => {
            drop(service.close_investigation(officers[by], id, finding, "asked").await);
        }
        (Step::ProposeStop(by), Some(id), _) => drop(service.propose_stop(officers[by], id).await),
        (Step::ProposeEnd(by), Some(id), _) => drop(service.propose_end(officers[by], id).await),
        (Step::Decide(by, yes), _, Some(id)) => {
            drop(service.decide_proposal(officers[by], id, yes).await);
        }
        (Step::Withdraw(by), _, Some(id)) => {
            drop(service.withdraw_proposal(officers[by], id).await);
        }
        (Step::Acknowledge, _, Some(id)) => drop(service.acknowledge_proposal(id).await),
        _ => {}
    }
}

/// Whether the person is suspended; then everything must be there.
async fn justified(stage: &Stage, who: BeneficiaryId, step: usize) -> bool {
    let status = status(stage, who).await;
    assert_ne!(status, BenefitStatus::Ended, "step {step}: nobody was found dead");
    if status != BenefitStatus::Suspended {
        return false;
    }
    let mut tx = stage.tx().await;
    let event = tx.status_events(who).await.unwrap().pop().unwrap();
    let p = tx.proposal(event.proposal_id).await.unwrap().unwrap();
    let because = (p.kind, p.state);
    assert_eq!(because, (ProposalKind::Suspend, ProposalState::Acknowledged), "step {step}");
    assert_ne!(p.reviewer_id.unwrap(), p.approver_id.unwrap(), "step {step}");
    let found = tx.investigation(p.investigation_id.unwrap()).await.unwrap().unwrap().end.unwrap();
    assert_eq!(found.finding, InvestigationFinding::NotFound);
    assert_ne!(found.closed_by, p.approver_id.unwrap());
    assert!(p.contacts.attempts >= 3 && p.contacts.channels >= 2);
    assert!(china_date(p.proposed_at) > p.due_on + Months::new(1));
    true
}
