//! The county's rules: schemes changed by two people, outages, time limits, and stops that need everything they need.

use super::stage::Stage;
use chrono::{DateTime, Days, NaiveDate, Utc};
use jianmian::{
    clock::{Clock, china_date},
    domain::{
        beneficiary::BenefitStatus,
        case::{CaseKind, CaseStatus},
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        ids::{BeneficiaryId, OfficerId, ProposalId},
        investigation::InvestigationFinding,
        proposal::{ProposalKind, ProposalState},
        role::Role,
        signal::{SignalKind, SignalState},
        verdict::{Reason, Verdict},
    },
    service::{CaseClock, EvidenceOfLife, ServiceError, SignalForm},
};

pub const DAY_S: u64 = 24 * 3600;

fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> &'static str {
    match result.unwrap_err() {
        ServiceError::Conflict { code, .. } | ServiceError::Unacceptable { code, .. } => code,
        ServiceError::NotFound(_) => "not_found",
        other => panic!("{other:?}"),
    }
}

pub fn today(stage: &Stage) -> NaiveDate {
    china_date(stage.clock.now())
}

/// Somebody last confirmed on 2025-12-03: due by the end of December 2026, in the grace until 1 March 2027.
pub async fn person(stage: &Stage) -> BeneficiaryId {
    let guest = stage.guest().await;
    stage.service.count_dates(&|_| ()).await.unwrap();
    guest.id
}

pub async fn status(stage: &Stage, of: BeneficiaryId) -> BenefitStatus {
    stage.tx().await.beneficiary(of).await.unwrap().unwrap().status
}

pub async fn seen(stage: &Stage, of: BeneficiaryId, channel: Channel) {
    let evidence = EvidenceOfLife {
        beneficiary_id: of,
        channel,
        alive_on: today(stage),
        evidence_sha256: None,
        officer_id: None,
    };
    stage.service.confirm_by_evidence(&[evidence]).await.unwrap();
}

pub async fn a_stop_needs_everything(stage: &Stage) {
    let service = &stage.service;
    let (reviewer, approver) = (stage.officer("reviewer").await, stage.officer("approver").await);
    let visitor = stage.officer("visitor").await;
    let who = person(stage).await;
    let early = service.open_investigation(visitor, who).await.unwrap();
    assert_eq!(code(service.open_investigation(visitor, who).await), "investigation_runs");
    let closed =
        |id, finding| service.close_investigation(visitor, id, finding, "asked the neighbours");
    assert_eq!(
        code(
            service.close_investigation(visitor, early, InvestigationFinding::NotFound, " ").await
        ),
        "report_missing"
    );
    closed(early, InvestigationFinding::NotFound).await.unwrap();
    assert_eq!(code(service.propose_stop(reviewer, early).await), "not_overdue");
    stage.pass(60 * DAY_S); // 2027-01-22
    assert_eq!(code(service.propose_stop(reviewer, early).await), "in_grace");
    stage.pass(50 * DAY_S); // 2027-03-13
    assert_eq!(code(service.propose_stop(reviewer, early).await), "contact_attempts_missing");
    for _ in 0..3 {
        service
            .record_contact(visitor, who, ContactChannel::Sms, ContactOutcome::Sent)
            .await
            .unwrap();
        service
            .record_contact(visitor, who, ContactChannel::Letter, ContactOutcome::Undeliverable)
            .await
            .unwrap();
        service
            .record_contact(visitor, who, ContactChannel::Email, ContactOutcome::OurFault)
            .await
            .unwrap();
        stage.pass(DAY_S);
    }
    assert_eq!(code(service.propose_stop(reviewer, early).await), "contact_channels_missing");
    service
        .record_contact(visitor, who, ContactChannel::HomeVisit, ContactOutcome::NoAnswer)
        .await
        .unwrap();
    assert_eq!(
        code(service.propose_stop(reviewer, early).await),
        "investigation_missing",
        "it is older than the due date"
    );
    let fresh = service.open_investigation(visitor, who).await.unwrap();
    assert_eq!(
        code(service.propose_stop(reviewer, fresh).await),
        "investigation_missing",
        "it runs"
    );
    closed(fresh, InvestigationFinding::NotFound).await.unwrap();
    assert_eq!(code(closed(fresh, InvestigationFinding::Deceased).await), "closed");
    let proposal = service.propose_stop(reviewer, fresh).await.unwrap();
    assert_eq!((proposal.contacts.attempts, proposal.contacts.channels), (4, 2));
    assert_eq!(code(service.propose_stop(reviewer, fresh).await), "proposal_waits");
    assert_eq!(code(service.decide_proposal(reviewer, proposal.id, true).await), "own_case");
    assert_eq!(
        code(service.decide_proposal(visitor, proposal.id, true).await),
        "own_case",
        "the investigator"
    );
    assert_eq!(code(service.acknowledge_proposal(proposal.id).await), "closed", "one person alone");
    assert_eq!(status(stage, who).await, BenefitStatus::Active);
    let approved = service.decide_proposal(approver, proposal.id, true).await.unwrap();
    assert_eq!(approved.from_month.unwrap().to_string(), "2027-04");
    assert_eq!(
        status(stage, who).await,
        BenefitStatus::Active,
        "the paying side has not acted yet"
    );
    service.acknowledge_proposal(proposal.id).await.unwrap();
    service.acknowledge_proposal(proposal.id).await.unwrap();
    assert_eq!(status(stage, who).await, BenefitStatus::Suspended);
    coming_back_lifts_it(stage, who).await;
}

/// April, May and June are paid with the next payment.
async fn coming_back_lifts_it(stage: &Stage, who: BeneficiaryId) {
    let service = &stage.service;
    stage.pass(100 * DAY_S); // 2027-06-24
    seen(stage, who, Channel::Station).await;
    assert_eq!(status(stage, who).await, BenefitStatus::Active);
    let resumption = stage.tx().await.proposals_of(who).await.unwrap().pop().unwrap();
    let arrears = resumption.arrears.unwrap();
    assert_eq!(
        (resumption.kind, resumption.state),
        (ProposalKind::Resume, ProposalState::Approved)
    );
    assert_eq!(
        (arrears.from.to_string(), arrears.until.to_string(), arrears.months),
        ("2027-04".into(), "2027-06".into(), 3)
    );
    let explained = service.explain(who).await.unwrap();
    assert!(explained.agrees, "{explained:#?}");
    assert_eq!(explained.dates.due_on.to_string(), "2028-06-30");
    let moved: i64 = explained.events.iter().map(|e| e.moved_days).sum();
    assert_eq!(moved, 547, "from the end of 2026 to the end of June 2028");
}

/// The paying side stops on a word that was withdrawn meanwhile, and says so the same day or when the next due date has passed: it is
/// recorded as it happened, and lifted at once.
pub async fn a_late_acknowledgement_harms_nobody(stage: &Stage) {
    let officers = three(stage).await;
    for days in [0, 500] {
        let (who, id) = approved_stop(stage, officers).await;
        seen(stage, who, Channel::HomeVisit).await;
        let withdrawn = stage.tx().await.proposal(id).await.unwrap().unwrap();
        assert_eq!(withdrawn.state, ProposalState::Withdrawn);
        stage.pass(days * DAY_S);
        stage.service.acknowledge_proposal(id).await.unwrap();
        assert_eq!(status(stage, who).await, BenefitStatus::Active, "after {days} days");
        let kinds: Vec<ProposalKind> =
            stage.tx().await.proposals_of(who).await.unwrap().into_iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [ProposalKind::Suspend, ProposalKind::Resume]);
        assert_eq!(stage.tx().await.status_events(who).await.unwrap().len(), 2);
        assert!(stage.service.explain(who).await.unwrap().agrees);
    }
}

/// Somebody whom two people agreed to stop.
pub async fn approved_stop(
    stage: &Stage,
    (reviewer, approver, visitor): (OfficerId, OfficerId, OfficerId),
) -> (BeneficiaryId, ProposalId) {
    let who = person(stage).await;
    let id = proposed(stage, who, (reviewer, visitor)).await;
    stage.service.decide_proposal(approver, id, true).await.unwrap();
    (who, id)
}

pub async fn three(stage: &Stage) -> (OfficerId, OfficerId, OfficerId) {
    (
        stage.officer("reviewer").await,
        stage.officer("approver").await,
        stage.officer("visitor").await,
    )
}

/// A stop proposed after 120 days, with everything it needs.
async fn proposed(
    stage: &Stage,
    who: BeneficiaryId,
    (reviewer, visitor): (OfficerId, OfficerId),
) -> ProposalId {
    stage.pass(120 * DAY_S);
    for channel in [ContactChannel::Sms, ContactChannel::Letter, ContactChannel::PhoneCall] {
        stage
            .service
            .record_contact(visitor, who, channel, ContactOutcome::NoAnswer)
            .await
            .unwrap();
    }
    let id = stage.service.open_investigation(visitor, who).await.unwrap();
    stage
        .service
        .close_investigation(visitor, id, InvestigationFinding::NotFound, "nobody knows")
        .await
        .unwrap();
    stage.service.propose_stop(reviewer, id).await.unwrap().id
}

pub async fn a_signal_of_death_stops_nothing(stage: &Stage) {
    let (reviewer, approver, visitor) = three(stage).await;
    let (alive, dead) = (stage.guest().await, person(stage).await);
    let told = |beneficiary_id| SignalForm {
        beneficiary_id,
        kind: SignalKind::DeathSignal,
        source: "civil_affairs".into(),
        event_on: None,
    };
    let case = stage.service.take_signal(told(alive.id)).await.unwrap().unwrap();
    assert_eq!(
        stage.service.take_signal(told(alive.id)).await.unwrap(),
        None,
        "the same word again"
    );
    let record = stage.tx().await.case(case).await.unwrap().unwrap().case;
    assert_eq!((record.kind, record.reasons), (CaseKind::ConfirmAlive, vec![Reason::DeathSignal]));
    assert_eq!(china_date(record.answer_by), today(stage), "on the same day");
    // A call meanwhile is looked at by an officer.
    let (_, brief) = stage.call(&alive.token).await;
    assert!(brief.standing.contains(&Reason::DeathSignal));
    assert_eq!(status(stage, alive.id).await, BenefitStatus::Active);
    seen(stage, alive.id, Channel::HomeVisit).await;
    let signal = stage.tx().await.signals(alive.id).await.unwrap().pop().unwrap();
    assert_eq!(signal.state, SignalState::Cleared);
    let record = stage.tx().await.case(case).await.unwrap().unwrap().case;
    assert_eq!(record.status, CaseStatus::Settled);

    stage.service.take_signal(told(dead)).await.unwrap().unwrap();
    let found = stage.service.open_investigation(visitor, dead).await.unwrap();
    stage
        .service
        .close_investigation(visitor, found, InvestigationFinding::Deceased, "certificate 1")
        .await
        .unwrap();
    assert_eq!(code(stage.service.propose_stop(reviewer, found).await), "not_overdue");
    let end = stage.service.propose_end(reviewer, found).await.unwrap();
    assert_eq!(code(stage.service.decide_proposal(reviewer, end.id, true).await), "own_case");
    stage.service.decide_proposal(approver, end.id, true).await.unwrap();
    assert_eq!(status(stage, dead).await, BenefitStatus::Active);
    stage.service.acknowledge_proposal(end.id).await.unwrap();
    assert_eq!(status(stage, dead).await, BenefitStatus::Ended);
    assert!(stage.service.explain(dead).await.unwrap().agrees);
}

pub async fn schemes_change_by_two_people_and_never_the_past(stage: &Stage) {
    let one = stage.officer_as("chief", Role::Supervisor).await;
    let two = stage.officer_as("deputy", Role::Supervisor).await;
    let clerk = stage.officer("clerk").await;
    let (runs, renewed) = (person(stage).await, person(stage).await);
    let before = stage.service.explain(runs).await.unwrap().dates;
    let mut terms = stage.service.schemes().await.unwrap()[0].terms.clone();
    terms.cycle_months = 6;
    let from = today(stage) + Days::new(10);
    assert_eq!(
        code(stage.service.propose_scheme(one, terms.clone(), today(stage)).await),
        "effective_date"
    );
    let bad = jianmian::domain::scheme::Scheme { cycle_months: 0, ..terms.clone() };
    assert_eq!(code(stage.service.propose_scheme(one, bad, from).await), "scheme_faults");
    // Whoever is named acts by their roles, at the command line too.
    let refused = |error| matches!(error, ServiceError::NotAllowed { .. });
    assert!(refused(stage.service.propose_scheme(clerk, terms.clone(), from).await.unwrap_err()));
    let version = stage.service.propose_scheme(one, terms.clone(), from).await.unwrap();
    assert_eq!(
        code(stage.service.propose_scheme(two, terms.clone(), from).await),
        "proposal_waits"
    );
    let key = (version.terms.name.as_str(), version.version);
    assert_eq!(code(stage.service.decide_scheme(one, key, true).await), "own_case");
    assert!(refused(stage.service.decide_scheme(clerk, key, true).await.unwrap_err()));
    stage.service.decide_scheme(two, key, true).await.unwrap();
    assert_eq!(code(stage.service.decide_scheme(two, key, true).await), "closed");
    stage.pass(11 * DAY_S);
    assert_eq!(
        stage.service.explain(runs).await.unwrap().dates,
        before,
        "a period that runs stays as it is"
    );
    seen(stage, renewed, Channel::Station).await;
    let after = stage.service.explain(renewed).await.unwrap();
    assert_eq!(
        (after.dates.due_on.to_string(), after.dates.scheme_version),
        ("2027-06-30".into(), 2)
    );
    // A restart with other settings changes nothing: what is recorded holds.
    let mut settings = stage.settings.clone();
    settings.schemes[0].cycle_months = 24;
    let again = stage.again(&settings).await;
    assert_eq!(again.schemes().await.unwrap()[0].terms.cycle_months, 12);
}

/// An outage extends what runs, once, and a run that was killed half way is finished by the next.
pub async fn outages_extend_and_survive_a_kill(stage: &Stage) {
    let people = [person(stage).await, person(stage).await, person(stage).await];
    let day = today(stage);
    let bad = stage.service.add_outage(None, (day, day + Days::new(1)), "x", &|_| ()).await;
    assert_eq!(code(bad), "outage_days");
    // Killed after the outage was written and before anybody was counted again.
    let mut tx = stage.db.write().await.unwrap();
    let outage = jianmian::domain::due::OutageDays {
        from_on: day - Days::new(2),
        until_on: day,
        added_at: stage.clock.now(),
    };
    assert!(tx.add_outage(outage, "power failure", None).await.unwrap());
    assert_eq!(tx.uncount_from(outage.from_on).await.unwrap(), 3);
    tx.commit().await.unwrap();
    let days = (outage.from_on, outage.until_on);
    assert_eq!(stage.service.add_outage(None, days, "power failure", &|_| ()).await.unwrap(), 3);
    assert_eq!(stage.service.add_outage(None, days, "power failure", &|_| ()).await.unwrap(), 0);
    for who in people {
        let explained = stage.service.explain(who).await.unwrap();
        assert!(explained.agrees, "{explained:#?}");
        assert_eq!(explained.dates.due_on.to_string(), "2027-01-03");
    }
}

pub async fn working_days_follow_the_calendar_and_the_clock_stands(stage: &Stage) {
    let officer = stage.officer("clerk").await;
    let bad = stage
        .service
        .calendar_import(b"day,kind,name\n2026-11-24,holiday,x\n2026-11-24,off,x\n", false)
        .await
        .unwrap();
    assert!(!bad.imported && bad.faults.len() == 1);
    let file = b"day,kind,name\n2026-11-24,holiday,a\n2026-11-25,holiday,b\n2026-11-28,make_up,c\n";
    assert!(!stage.service.calendar_import(file, true).await.unwrap().imported);
    for _ in 0..2 {
        assert!(stage.service.calendar_import(file, false).await.unwrap().imported);
    }
    assert_eq!(stage.service.calendar_days(2026).await.unwrap().len(), 3);
    // Monday, three working days: Thursday, Friday, and the Saturday that is worked.
    let guest = stage.guest().await;
    let flagged = Verdict::Flagged { reasons: vec![Reason::BelowAccept] };
    let call = stage.called(&guest.token, flagged).await;
    let case = stage.tx().await.case_of_call(call).await.unwrap().unwrap();
    let by = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let runs =
        |answer_by, working_days_left, late| CaseClock::Runs { answer_by, working_days_left, late };
    assert_eq!(
        stage.service.case_clock(case).await.unwrap(),
        runs(by("2026-11-28T10:00:00Z"), 3, false)
    );
    let stands = stage.service.stop_clock(officer, case, "a better photograph").await.unwrap();
    assert!(matches!(stands, CaseClock::Stands { working_days_left: 3, .. }), "{stands:?}");
    assert_eq!(code(stage.service.stop_clock(officer, case, "again").await), "clock_stands");
    stage.pass(8 * DAY_S); // Tuesday, 1 December
    let row = stage.service.queue(officer, "to_review").await.unwrap().cases.remove(0);
    assert!(!row.late, "it stands: nobody is late");
    let again = stage.service.restart_clock(officer, case).await.unwrap();
    assert_eq!(again, runs(by("2026-12-04T10:00:00Z"), 3, false));
    assert_eq!(code(stage.service.restart_clock(officer, case).await), "clock_runs");
    stage.pass(4 * DAY_S);
    assert!(stage.service.queue(officer, "to_review").await.unwrap().cases.remove(0).late);
}
