//! References that are kept from calls.

use super::{
    console::{dispose, open_case},
    stage::{Guest, Stage, conclusion, flagged},
};
use crate::domain_fixtures as good;
use jianmian::domain::{
    audit::Action,
    call::CallConclusion,
    case::{CaseStatus, Disposition},
    finding::{ModelStamp, PackStamp},
    ids::OfficerId,
    renewal::ReferenceStanding,
    score::Embedding,
    verdict::{Reason, Verdict},
};

const YEAR_S: u64 = 366 * 86_400;

/// A year later the person calls again; what was seen is as green as the photograph on file.
async fn next_year(stage: &Stage, guest: &Guest, keep: bool, verdict: Verdict) {
    stage.pass(YEAR_S);
    let token = stage.link(&guest.id.to_string()).await;
    stage.consent_to(&token, keep).await.unwrap();
    let (_, brief) = stage.call(&token).await;
    stage.pass(30);
    let CallConclusion { mut record, stills } = conclusion(brief, verdict);
    let like_green = Embedding::from_raw(vec![41.0, 199.0, 42.0, 10.0]).unwrap();
    let embedder =
        ModelStamp { role: "embedder".into(), name: "painted".into(), sha256: "e1".into() };
    let pack = Some(PackStamp { models: vec![embedder], ..good::pack() });
    record.evidence.liveness.probes = vec![good::probe(2, like_green)];
    record.pack.clone_from(&pack);
    record.evidence.pack = pack;
    stage.service.conclude(CallConclusion { record, stills }).await.unwrap();
}

async fn confirmed_by(stage: &Stage, officer: OfficerId) {
    let view = open_case(stage, officer, "to_review").await;
    let case = (view.row.id, view.version);
    let done = dispose(stage, officer, case, Disposition::Confirm).await.unwrap();
    assert_eq!(done.status, CaseStatus::Confirmed);
}

async fn standings(stage: &Stage, guest: &Guest) -> (usize, usize) {
    let held = stage.tx().await.references_held(guest.id).await.unwrap();
    let of = |standing| held.iter().filter(|r| r.standing == standing).count();
    (of(ReferenceStanding::InUse), of(ReferenceStanding::OnProbation))
}

pub async fn references_are_renewed_by_two_officers_and_never_by_the_machine(stage: &Stage) {
    let guest = stage.guest().await;
    let (li, wei) = (stage.officer("li").await, stage.officer("wei").await);
    stage.pass(2 * YEAR_S);

    next_year(stage, &guest, true, Verdict::Confirmed).await;
    assert_eq!(standings(stage, &guest).await, (1, 0), "the machine's word keeps nothing");

    let good_call = || flagged(&[Reason::AccuracyUnproven]);
    next_year(stage, &guest, false, good_call()).await;
    confirmed_by(stage, li).await;
    assert_eq!(standings(stage, &guest).await, (1, 0), "without consent nothing is kept");

    next_year(stage, &guest, true, good_call()).await;
    confirmed_by(stage, li).await;
    assert_eq!(standings(stage, &guest).await, (1, 1));
    let mut tx = stage.tx().await;
    assert_eq!(tx.references(guest.id).await.unwrap().len(), 1, "nobody is compared with it yet");
    let audit = tx.audit_of("beneficiary", &guest.id.to_string()).await.unwrap();
    assert!(audit.iter().any(|e| e.action == Action::ReferencesRenewed));
    drop(tx);

    next_year(stage, &guest, true, good_call()).await;
    confirmed_by(stage, li).await;
    assert_eq!(standings(stage, &guest).await, (1, 1), "the same officer bears out nothing");

    next_year(stage, &guest, true, good_call()).await;
    confirmed_by(stage, wei).await;
    assert_eq!(standings(stage, &guest).await, (2, 1), "and the next one is kept");

    stage.pass(YEAR_S);
    let token = stage.link(&guest.id.to_string()).await;
    stage.consent(&token).await.unwrap();
    let (_, brief) = stage.call(&token).await;
    assert_eq!(brief.references.len(), 2, "calls are compared with both");
    assert!(brief.references.iter().all(|r| r.embedding.as_slice().len() == 4));
}
