//! What must be true at the end of the year.

use super::{
    bureau::Bureau,
    people::{DAYS, Fate, People, first_day},
};
use crate::storage_story::stage::Stage;
use chrono::Days;
use jianmian::{
    domain::{
        beneficiary::BenefitStatus,
        contact::ContactCount,
        due::Phase,
        investigation::InvestigationFinding,
        proposal::{ProposalKind, ProposalState},
    },
    service::{Explanation, due::Lane},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write};

/// Checks everything; the digest of the end state (ids left out: they are drawn).
pub async fn all(stage: &Stage, people: &People, bureau: &Bureau<'_>) -> String {
    let mut digest = Sha256::new();
    let mut seen = Seen::default();
    for chunk in people.all.chunks(500) {
        let ids: Vec<_> = chunk.iter().map(|p| p.id).collect();
        let explained = stage.service.explain_all(&ids).await.unwrap();
        for (person, explanation) in chunk.iter().zip(&explained) {
            assert!(
                explanation.agrees,
                "{}: the events do not explain what is stored: {explanation:#?}",
                person.name
            );
            seen.count(explanation);
            bureau.person_reconciles(&person.name, explanation).await;
            if explanation.status == BenefitStatus::Suspended {
                assert!(
                    matches!(person.fate, Fate::Vanished | Fate::Returns(_)),
                    "{} was stopped: {explanation:#?}",
                    person.name
                );
                rightly_stopped(stage, explanation).await;
            }
            if explanation.status == BenefitStatus::Ended {
                assert!(person.dead(first_day() + Days::new(DAYS.into())), "{} lives", person.name);
            }
            digest.update(line(stage, person.number.expose(), explanation).await.as_bytes());
        }
    }
    totals(stage, people, bureau, &seen).await;
    digest.update(bureau.files_reconcile().await.as_bytes());
    hex::encode(digest.finalize())
}

/// What was seen in all accounts.
#[derive(Default, Debug)]
struct Seen {
    statuses: BTreeMap<String, usize>,
    phases: BTreeMap<String, usize>,
    confirmations: usize,
    attempts: usize,
    signals: usize,
    suspensions: usize,
    resumptions: usize,
    outages_moved: usize,
}

impl Seen {
    fn count(&mut self, of: &Explanation) {
        *self.statuses.entry(format!("{:?}", of.status)).or_default() += 1;
        if of.status == BenefitStatus::Active {
            *self.phases.entry(format!("{:?}", of.phase)).or_default() += 1;
        }
        for told in &of.events {
            let happened = serde_json::to_value(&told.happened).unwrap();
            match happened["what"].as_str().unwrap() {
                "confirmed" => self.confirmations += 1,
                "contacted" => self.attempts += 1,
                "signal" => self.signals += 1,
                "outage" => self.outages_moved += usize::from(told.moved_days > 0),
                "status" if told.status == BenefitStatus::Suspended => self.suspensions += 1,
                "status" if told.status == BenefitStatus::Active => self.resumptions += 1,
                _ => {}
            }
            assert!(told.moved_days >= 0, "nothing ever moves a due date forward: {told:?}");
        }
    }
}

/// A stop rests on two people, an investigation that found nobody, and enough contacts: counted again from the records.
async fn rightly_stopped(stage: &Stage, of: &Explanation) {
    let mut tx = stage.tx().await;
    let event = tx.status_events(of.beneficiary_id).await.unwrap().pop().unwrap();
    let proposal = tx.proposal(event.proposal_id).await.unwrap().unwrap();
    let (reviewer, approver) = (proposal.reviewer_id.unwrap(), proposal.approver_id.unwrap());
    let investigation =
        tx.investigation(proposal.investigation_id.unwrap()).await.unwrap().unwrap();
    let end = investigation.end.unwrap();
    assert_eq!(
        (proposal.kind, end.finding),
        (ProposalKind::Suspend, InvestigationFinding::NotFound)
    );
    assert!(reviewer != approver && end.closed_by != approver);
    assert!(end.closed_at <= proposal.proposed_at && proposal.proposed_at <= event.at);
    let since = proposal.due_on - Days::new(90);
    let attempts = tx.contact_attempts(of.beneficiary_id, since).await.unwrap();
    let until = jianmian::clock::china_date(proposal.proposed_at);
    let count = ContactCount::of(&attempts, since, until);
    assert!(count.attempts >= 3 && count.channels >= 2, "{count:?}");
    assert!((until - proposal.due_on).num_days() > 45, "the grace of either version had passed");
}

/// A person's end state in one line: dates, status, and everything that happened, without ids.
async fn line(stage: &Stage, number: &str, of: &Explanation) -> String {
    let mut line = format!("{number} {:?} {:?}", of.status, of.dates);
    let mut proposals = false;
    for told in &of.events {
        let mut happened = serde_json::to_value(told).unwrap();
        let fields = happened.as_object_mut().unwrap();
        fields.retain(|name, _| !name.ends_with("_id"));
        proposals |= fields["what"] == "proposed";
        write!(line, " {happened}").unwrap();
    }
    if proposals {
        for p in stage.tx().await.proposals_of(of.beneficiary_id).await.unwrap() {
            write!(line, " {:?} {:?} {:?} {:?}", p.kind, p.state, p.from_month, p.arrears).unwrap();
        }
    }
    line.push('\n');
    line
}

async fn totals(stage: &Stage, people: &People, bureau: &Bureau<'_>, seen: &Seen) {
    println!("{seen:#?}");
    println!("refused for lack of grounds: {}", bureau.refused);
    assert_eq!(seen.statuses.values().sum::<usize>(), people.all.len());
    assert_eq!(seen.confirmations, bureau.confirmations);
    assert_eq!(seen.attempts, bureau.attempts);
    assert_eq!(seen.signals, bureau.signals);
    // The lists are the same people as the accounts.
    let today = first_day() + Days::new(DAYS.into());
    let counts = stage.service.due_counts(today).await.unwrap();
    let phase = |phase: Phase| seen.phases.get(&format!("{phase:?}")).copied().unwrap_or(0) as u64;
    assert_eq!(counts.due, phase(Phase::Due));
    assert_eq!(counts.in_grace, phase(Phase::InGrace));
    assert_eq!(counts.past_grace, phase(Phase::PastGrace));
    let active =
        bureau.list(Lane::DueBetween, first_day() - Days::new(800), today + Days::new(1_200)).await;
    assert_eq!(active.len(), seen.statuses["Active"]);
    // One ledger entry a confirmation, none else.
    let mut tx = stage.tx().await;
    let head = tx.ledger_head().await.unwrap().unwrap();
    assert_eq!(head.sequence + 1, seen.confirmations as u64);
    // The year had everything in it.
    if people.all.len() >= super::PEOPLE as usize {
        let stops = seen.suspensions > 50 && seen.resumptions > 20 && seen.statuses["Ended"] > 50;
        assert!(stops && seen.outages_moved > 5_000 && bureau.refused > 0, "{seen:?}");
    }
    let waiting = stage.service.proposals(ProposalState::Approved, None, 10_000).await.unwrap();
    assert!(waiting.is_empty(), "the paying side has done all of it");
}
