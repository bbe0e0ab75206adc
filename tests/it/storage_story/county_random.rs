//! Random sequences of events: none of them reaches a stop without two people and an investigation.

use super::{
    county::{DAY_S, person, seen, status, three, today},
    stage::Stage,
};
use chrono::Months;
use jianmian::{
    clock::china_date,
    domain::{
        beneficiary::BenefitStatus,
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        ids::{BeneficiaryId, OfficerId},
        investigation::InvestigationFinding,
        proposal::ProposalKind,
        signal::SignalKind,
    },
    service::SignalForm,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// Random sequences of everything that can happen, by any of three officers: whenever somebody is suspended, there were two people, an
/// investigation that found nobody, and enough contacts.
pub async fn no_sequence_suspends_without_two_people(stage: &Stage) {
    let officers: [OfficerId; 3] = three(stage).await.into();
    let mut rng = ChaCha8Rng::seed_from_u64(765);
    let people = [person(stage).await, person(stage).await];
    let mut suspended = 0;
    for step in 0..1_200_u32 {
        let mut below = |n: u32| rng.next_u32() % n;
        let (who, officer) = (people[below(2) as usize], officers[below(3) as usize]);
        match below(24) {
            // Now and then somebody comes: otherwise nobody would ever be past the grace.
            0 if below(8) == 0 => seen(stage, who, Channel::Station).await,
            0..=5 => stage.pass(u64::from(below(20)) * DAY_S),
            6..=9 => contact(stage, who, officer, (below(4), below(3))).await,
            10 => signal(stage, who).await,
            kind => decide(stage, who, officer, (kind, below(5))).await,
        }
        for who in people {
            suspended += u32::from(justified(stage, who, step).await);
        }
    }
    assert!(suspended > 0, "no sequence came that far: the test says nothing");
}

async fn contact(stage: &Stage, who: BeneficiaryId, officer: OfficerId, (n, m): (u32, u32)) {
    use ContactChannel::{Email, Letter, PhoneCall, Sms};
    use ContactOutcome::{NoAnswer, OurFault, Sent};
    let channel = [Sms, Letter, PhoneCall, Email][n as usize];
    let outcome = [Sent, NoAnswer, OurFault][m as usize];
    stage.service.record_contact(officer, who, channel, outcome).await.unwrap();
}

async fn signal(stage: &Stage, who: BeneficiaryId) {
    let form = SignalForm {
        beneficiary_id: who,
        kind: SignalKind::DeathSignal,
        source: "family".into(),
        event_on: Some(today(stage)),
    };
    stage.service.take_signal(form).await.unwrap();
}

/// One of the things that officers and the paying side do. Most of them are refused; that is the point.
async fn decide(stage: &Stage, who: BeneficiaryId, officer: OfficerId, (kind, n): (u32, u32)) {
    let service = &stage.service;
    let mut tx = stage.tx().await;
    let investigation = tx.investigations(who).await.unwrap().pop().map(|i| i.id);
    let proposal = tx.proposals_of(who).await.unwrap().pop().map(|p| p.id);
    drop(tx);
    match (kind, investigation, proposal) {
        (11..=13, _, _) => drop(service.open_investigation(officer, who).await),
        (14..=16, Some(id), _) => {
            let alive = n == 0;
            let finding =
                if alive { InvestigationFinding::Alive } else { InvestigationFinding::NotFound };
            drop(service.close_investigation(officer, id, finding, "asked").await);
        }
        (17 | 18, Some(id), _) => drop(service.propose_stop(officer, id).await),
        (19, Some(id), _) => drop(service.propose_end(officer, id).await),
        (20 | 21, _, Some(id)) => drop(service.decide_proposal(officer, id, n > 0).await),
        (22, _, Some(id)) => drop(service.withdraw_proposal(officer, id).await),
        (_, _, Some(id)) => drop(service.acknowledge_proposal(id).await),
        _ => {}
    }
}

/// Whether the person is suspended; then everything must be there.
async fn justified(stage: &Stage, who: BeneficiaryId, step: u32) -> bool {
    let status = status(stage, who).await;
    assert_ne!(status, BenefitStatus::Ended, "step {step}: nobody was found dead");
    if status != BenefitStatus::Suspended {
        return false;
    }
    let mut tx = stage.tx().await;
    let event = tx.status_events(who).await.unwrap().pop().unwrap();
    let p = tx.proposal(event.proposal_id).await.unwrap().unwrap();
    assert_eq!(p.kind, ProposalKind::Suspend);
    assert_ne!(p.reviewer_id.unwrap(), p.approver_id.unwrap(), "step {step}");
    let found = tx.investigation(p.investigation_id.unwrap()).await.unwrap().unwrap().end.unwrap();
    assert_eq!(found.finding, InvestigationFinding::NotFound);
    assert_ne!(found.closed_by, p.approver_id.unwrap());
    assert!(p.contacts.attempts >= 3 && p.contacts.channels >= 2);
    assert!(china_date(p.proposed_at) > p.due_on + Months::new(1));
    true
}
