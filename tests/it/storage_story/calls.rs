//! From a link to the end of a call.

use super::stage::{Stage, conclusion, ended, flagged, painted};
use chrono::NaiveDate;
use jianmian::{
    domain::{
        audit::Action,
        call::CallStatus,
        challenge::Hint,
        confirmation::Channel,
        control::CallResult,
        evidence::CaptureEnd,
        queue::Lane,
        verdict::{Reason, Verdict},
    },
    ledger,
    service::{
        ServiceError,
        views::{ConsentForm, LinkState},
    },
};
use std::sync::Arc;

pub fn code(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::Conflict { code, .. } | ServiceError::Unacceptable { code, .. } => code,
        ServiceError::TooManyTries { .. } => "too_many_tries",
        ServiceError::NotFound(_) => "not_found",
        ServiceError::NotAllowed { .. } => "not_allowed",
        ServiceError::ProofNeeded => "proof_needed",
        ServiceError::InvitationUnknown => "invitation_unknown",
        other => panic!("{other:?}"),
    }
}

fn retry() -> Verdict {
    Verdict::Retry { advice: vec![Hint::MoreLight] }
}

pub async fn confirmed_once_however_often_concluded(stage: &Stage) {
    let guest = stage.guest().await;
    let (opened, brief) = stage.call(&guest.token).await;
    assert_eq!((brief.references.len(), brief.attempt, brief.assisted), (1, 1, true));
    let end = conclusion(brief, Verdict::Confirmed);

    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (service, end) = (Arc::clone(&stage.service), end.clone());
            tokio::spawn(async move { service.conclude(end).await.unwrap() })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results.dedup();
    let due_on = NaiveDate::from_ymd_opt(2027, 11, 30).unwrap();
    let [CallResult::Confirmed { receipt_number, due_on: told }] = &results[..] else {
        panic!("{results:?}")
    };
    assert_eq!(*told, due_on);

    let mut tx = stage.tx().await;
    let confirmations = tx.confirmations(guest.id).await.unwrap();
    assert_eq!(confirmations.len(), 1);
    assert_eq!(confirmations[0].channel, Channel::VideoAuto);
    assert_eq!(&confirmations[0].receipt_number, receipt_number);
    let whose = tx.beneficiary(guest.id).await.unwrap().unwrap();
    assert_eq!(
        (whose.due_on, whose.last_confirmed_on),
        (due_on, NaiveDate::from_ymd_opt(2026, 11, 23))
    );
    assert_eq!(tx.stills(opened.call_id).await.unwrap().len(), 1, "one still after a pass");
    let audit = tx.audit_of("call", &opened.call_id.to_string()).await.unwrap();
    let actions: Vec<Action> = audit.iter().map(|e| e.action).collect();
    assert_eq!(actions, [Action::CallOpened, Action::CallConfirmed]);
    drop(tx);
    ledger_holds(stage, receipt_number).await;

    let view = stage.service.link_view(&guest.token).await.unwrap();
    assert_eq!((view.state, view.due_on), (LinkState::Confirmed, due_on));
    let error = stage.service.open_call(&guest.token).await.unwrap_err();
    assert_eq!(code(&error), "already_confirmed");
    let record = stage.service.call_record(opened.call_id).await.unwrap();
    assert_eq!(record, end.record, "the record came back changed");
}

/// The ledger's chain holds, and the receipt belongs to an entry.
async fn ledger_holds(stage: &Stage, receipt: &str) {
    let rows = stage.tx().await.ledger_entries(0, 100).await.unwrap();
    let mut frontier = ledger::Frontier::default();
    let mut leaves = Vec::new();
    for row in &rows {
        let entry: ledger::Entry = serde_json::from_str(&row.entry).unwrap();
        assert_eq!(hex::encode(entry.hash()), row.leaf_sha256);
        assert_eq!(frontier.append(entry.hash()), row.sequence);
        let peaks: Vec<String> = frontier.peaks().iter().map(hex::encode).collect();
        assert_eq!(peaks, row.peaks);
        leaves.push(entry.hash());
    }
    assert_eq!(frontier.root(), ledger::root(&leaves));
    let number = ledger::parse_receipt_number(receipt).unwrap();
    let place = usize::try_from(number.sequence).unwrap();
    assert!(number.belongs_to(number.sequence, &leaves[place]));
}

pub async fn flagged_goes_to_an_officer(stage: &Stage) {
    let guest = stage.guest().await;
    let (opened, brief) = stage.call(&guest.token).await;
    let verdict = flagged(&[Reason::BelowAccept]);
    let end = conclusion(brief, verdict);
    let result = stage.service.conclude(end.clone()).await.unwrap();
    let CallResult::WithOfficer { case_number, answer_by } = &result else { panic!("{result:?}") };
    assert_eq!(case_number, "2026-00001");
    assert_eq!(answer_by.to_rfc3339(), "2026-11-26T10:00:00+00:00", "three working days");
    assert_eq!(stage.service.conclude(end).await.unwrap(), result);

    let view = stage.service.link_view(&guest.token).await.unwrap();
    assert_eq!(view.state, LinkState::WithOfficer);
    assert_eq!(&view.case.unwrap().case_number, case_number);
    let error = stage.service.open_call(&guest.token).await.unwrap_err();
    assert_eq!(code(&error), "with_officer");
    let mut tx = stage.tx().await;
    assert_eq!(tx.stills(opened.call_id).await.unwrap().len(), 3, "all stills for the officer");
    assert_eq!(tx.confirmations(guest.id).await.unwrap(), vec![]);
    assert_eq!(tx.lane(Lane::ToReview, stage.now(), 10).await.unwrap().len(), 1);

    let access = stage.service.call_of_token(opened.call_id, &opened.call_token).await.unwrap();
    assert_eq!((access.status, access.result), (CallStatus::Flagged, Some(result)));
    let error = stage.service.call_of_token(opened.call_id, &guest.token).await.unwrap_err();
    assert!(matches!(error, ServiceError::SignedOut));
    let unknown = jianmian::domain::ids::CallId::new();
    let error = stage.service.call_of_token(unknown, &opened.call_token).await.unwrap_err();
    assert!(matches!(error, ServiceError::NotFound(_)));
}

pub async fn attempts_are_limited_and_faults_of_ours_do_not_count(stage: &Stage) {
    let guest = stage.guest().await;
    // Neither a lost line nor our own fault counts, however often.
    for _ in 0..6 {
        let (_, brief) = stage.call(&guest.token).await;
        stage.pass(5);
        let end = ended(brief, retry(), CaptureEnd::LineLost);
        stage.service.conclude(end).await.unwrap();
        let (opened, _) = stage.call(&guest.token).await;
        stage.pass(5);
        stage.service.interrupt(opened.call_id).await.unwrap();
    }
    assert_eq!(stage.service.link_view(&guest.token).await.unwrap().wait_seconds, 0);

    let other = stage.guest().await;
    for tries in 0..5 {
        let (_, brief) = stage.call(&other.token).await;
        stage.pass(30);
        let result = stage.service.conclude(conclusion(brief, retry())).await.unwrap();
        let offered = CallResult::Retry { advice: vec![Hint::MoreLight], offer_person: tries >= 1 };
        assert_eq!(result, offered);
    }
    let error = stage.service.open_call(&other.token).await.unwrap_err();
    assert!(matches!(error, ServiceError::TooManyTries { retry_after_s: 1800 }), "{error:?}");
    stage.pass(1799);
    assert_eq!(stage.service.link_view(&other.token).await.unwrap().wait_seconds, 1);
    stage.pass(1);
    for _ in 0..5 {
        stage.called(&other.token, retry()).await;
        stage.pass(600);
    }
    let view = stage.service.link_view(&other.token).await.unwrap();
    assert!(view.tries_used_up);
    let error = stage.service.open_call(&other.token).await.unwrap_err();
    assert_eq!(code(&error), "too_many_tries");
    // A new link alone does not open a new round; somebody else's attempts are their own.
    let link = stage.link(&other.id.to_string()).await;
    assert!(stage.service.link_view(&link).await.unwrap().tries_used_up);
    stage.call(&guest.token).await;
}

pub async fn one_link_holds_one_call(stage: &Stage) {
    let guest = stage.guest().await;
    let (first, brief) = stage.call(&guest.token).await;
    let (second, _) = stage.call(&guest.token).await;
    assert_eq!(*stage.desk.stopped.lock().unwrap(), [first.call_id]);
    let end = conclusion(brief, Verdict::Confirmed);
    assert_eq!(stage.service.conclude(end).await.unwrap(), CallResult::Interrupted);
    assert_eq!(stage.tx().await.confirmations(guest.id).await.unwrap(), vec![]);

    // Many pages at once: one call stays open.
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (service, token) = (Arc::clone(&stage.service), guest.token.clone());
            tokio::spawn(async move { service.open_call(&token).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let link = stage.tx().await.call(second.call_id).await.unwrap().unwrap().link_id;
    assert_eq!(stage.tx().await.open_calls_of_link(link).await.unwrap().len(), 1);

    *stage.desk.full.lock().unwrap() = Some(7);
    let error = stage.service.open_call(&guest.token).await.unwrap_err();
    assert!(matches!(error, ServiceError::Full { retry_after_s: 7 }));
}

pub async fn a_crash_leaves_nothing_behind(stage: &Stage) {
    let guest = stage.guest().await;
    let (opened, brief) = stage.call(&guest.token).await;
    let mut elsewhere = stage.settings.clone();
    elsewhere.server.node = "two".into();
    let restarted = stage.again(&elsewhere).await;
    assert_eq!(restarted.sweep_interrupted("two").await.unwrap(), 0, "another node's call");
    assert_eq!(restarted.sweep_interrupted("one").await.unwrap(), 1);
    assert_eq!(restarted.sweep_interrupted("one").await.unwrap(), 0);
    let access = stage.service.call_of_token(opened.call_id, &opened.call_token).await.unwrap();
    assert_eq!(access.result, Some(CallResult::Interrupted));
    let late = stage.service.conclude(conclusion(brief, Verdict::Confirmed)).await.unwrap();
    assert_eq!(late, CallResult::Interrupted);
    stage.called(&guest.token, Verdict::Confirmed).await;
    assert_eq!(stage.tx().await.confirmations(guest.id).await.unwrap().len(), 1);
}

pub async fn a_lost_database_is_told_and_nothing_is_half_done(stage: Stage) {
    let guest = stage.guest().await;
    let (opened, brief) = stage.call(&guest.token).await;
    let end = conclusion(brief, Verdict::Confirmed);
    stage.service.close().await;
    let error = stage.service.conclude(end.clone()).await.unwrap_err();
    assert!(matches!(&error, ServiceError::Internal(_)));
    assert!(std::error::Error::source(&error).is_some(), "the cause is kept");
    assert!(stage.service.health().await.is_err());
    let mut tx = stage.tx().await;
    assert_eq!(tx.call(opened.call_id).await.unwrap().unwrap().status, CallStatus::Open);
    assert_eq!(tx.stills(opened.call_id).await.unwrap().len(), 0);
    drop(tx);
    let back = stage.again(&stage.settings).await;
    back.health().await.unwrap();
    assert!(matches!(back.conclude(end).await.unwrap(), CallResult::Confirmed { .. }));
}

pub async fn references_follow_the_models(stage: &Stage) {
    let guest = stage.guest().await;
    let (_, before) = stage.call(&guest.token).await;
    *stage.examiner.embedder_sha256.lock().unwrap() = "e2".into();
    let (_, after) = stage.call(&guest.token).await;
    assert_eq!(after.references.len(), 1);
    assert_ne!(before.references[0].embedding, after.references[0].embedding);
    let stored = stage.tx().await.references(guest.id).await.unwrap();
    assert_eq!(stored[0].embedder_sha256, "e2");
    let (_, again) = stage.call(&guest.token).await;
    assert_eq!(again.references, after.references, "what was stored is what was computed");
}

pub async fn links_that_lead_nowhere(stage: &Stage) {
    let guest = stage.guest().await;
    let unknown = stage.service.link_view("AAAA").await.unwrap_err();
    assert!(matches!(unknown, ServiceError::LinkUnknown));
    let fresh = stage.link(&guest.id.to_string()).await;
    assert_eq!(code(&stage.service.open_call(&fresh).await.unwrap_err()), "consent_missing");
    let form = |version: &str, language: &str| ConsentForm {
        consent_version: version.into(),
        language: language.into(),
        assisted: false,
        helper: None,
        own_consent: None,
        keep_picture: false,
    };
    let outdated = stage.service.consent(&fresh, form("2020-1", "zh")).await.unwrap_err();
    assert_eq!(code(&outdated), "consent_outdated");
    let odd = stage.service.consent(&fresh, form("2020-1", "xx")).await.unwrap_err();
    assert_eq!(code(&odd), "bad_language");
    let none = stage.service.photo(&fresh, painted(9, 200, 9)).await.unwrap_err();
    assert_eq!(code(&none), "consent_missing");
    assert!(stage.service.new_link("nobody").await.is_err());
    stage.pass(90 * 86_400);
    let expired = stage.service.link_view(&guest.token).await.unwrap_err();
    assert!(matches!(expired, ServiceError::LinkExpired));
}
