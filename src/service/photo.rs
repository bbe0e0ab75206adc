//! A photograph sent instead of a call: always an officer's to judge. It is kept as a call of a single still, so that officers
//! see it as they see any other evidence.

use super::{
    Service, ServiceError,
    calls::cut_off_open,
    conclude::{seal, write_sealed},
    enrol::eyes,
    links::Standing,
    phone::citizen_case,
    pictures::{Kept, keep},
    record::event,
    token::Token,
    views::CitizenCase,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        call::{CallBrief, CallConclusion, CallRecord, CallStatus, CapturedStill},
        case::CaseKind,
        control::CallResult,
        evidence::{Evidence, LivenessEvidence, ReferenceTemplate, Transport},
        finding::{FrameFindings, PackStamp},
        ids::CallId,
        policy::Policy,
        score::{ComparisonScore, Embedding},
        verdict::{Decision, Reason, Verdict},
    },
    storage::{CallKind, NewCall},
};
use chrono::{DateTime, Utc};
use serde_json::json;

impl Service {
    /// Takes a photograph (JPEG, PNG or BMP) in place of a call and opens a case for it.
    ///
    /// # Errors
    /// `too_large`, `unreadable_picture`, `consent_missing`, `already_confirmed`, `with_officer`.
    pub async fn photo(&self, token: &str, picture: Vec<u8>) -> Result<CitizenCase, ServiceError> {
        let now = self.now();
        let (key, references) = {
            let mut tx = self.db.read().await?;
            let standing = self.standing(&mut tx, token, now).await?;
            refuse(&standing)?;
            let key = self.data_key(&mut tx, standing.beneficiary.id).await?;
            let rows = tx.references(standing.beneficiary.id).await?;
            (key, rows.into_iter().map(|row| (row, None)).collect())
        };
        let kept = keep(picture).await?;
        // Without models the officer still sees the photograph beside the reference.
        let findings = self.examiner.examine(&kept.picture).await.ok();
        let (templates, _) = self.templates(&key, references).await?;

        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        refuse(&standing)?;
        let replaced = cut_off_open(&mut tx, standing.link.id, now).await?;
        let policy = self.policy_in_force(&mut tx, now).await?;
        let brief = photo_brief(&standing, templates, policy, now);
        let policy_version = brief.policy.version.clone();
        let conclusion = conclusion(brief, self.examiner.pack(), kept, findings);
        let sealed = seal(&key, &conclusion)?;
        let reasons = match &conclusion.record.decision.verdict {
            Verdict::Flagged { reasons } => reasons.clone(),
            _ => Vec::new(),
        };
        let who = standing.beneficiary.id;
        let mut new = self.case_about(&mut tx, who, CaseKind::Photo, reasons, now).await?;
        let call_id = conclusion.record.brief.call_id;
        (new.case.call_id, new.link_id) = (Some(call_id), Some(standing.link.id));
        tx.open_call(&NewCall {
            id: call_id,
            kind: CallKind::Photo,
            link_id: standing.link.id,
            beneficiary_id: who,
            node: &self.settings.server.node,
            token_sha256: &Token::draw()?.sha256, // nobody gets this token: there is nothing to resume
            opened_at: now,
            policy_version: &policy_version,
        })
        .await?;
        let told = citizen_case(&new);
        let result = CallResult::WithOfficer {
            case_number: told.case_number.clone(),
            answer_by: told.answer_by,
        };
        tx.close_call(call_id, CallStatus::Flagged, now, false, &result).await?;
        write_sealed(&mut tx, call_id, &sealed).await?;
        tx.open_case(&new).await?;
        let detail = json!({ "call_id": call_id, "evidence_sha256": sealed.sha256 });
        let about = ("case", new.case.id);
        tx.add_audit(&event(now, Actor::Citizen, Action::PhotoReceived, about, detail)).await?;
        tx.commit().await?;
        self.news.tell();
        self.stop(replaced);
        Ok(told)
    }
}

fn photo_brief(
    standing: &Standing,
    references: Vec<ReferenceTemplate>,
    policy: Policy,
    now: DateTime<Utc>,
) -> CallBrief {
    CallBrief {
        call_id: CallId::new(),
        beneficiary_id: standing.beneficiary.id,
        opened_at: now,
        references,
        policy,
        seed: [0; 32], // nothing is drawn for a photograph
        assisted: standing.consent.as_ref().is_some_and(|c| c.assisted),
        helper: standing.consent.as_ref().and_then(|c| c.helper),
        attempt: 1,
        retries_before: 0,
        standing: Vec::new(),
    }
}

fn refuse(standing: &Standing) -> Result<(), ServiceError> {
    standing.refuse_when_done()?;
    standing.refuse_without_consent().map(|_| ())
}

fn conclusion(
    brief: CallBrief,
    pack: Option<PackStamp>,
    kept: Kept,
    findings: Option<FrameFindings>,
) -> CallConclusion {
    let face = findings.and_then(|f| f.face);
    let embedding = face.as_ref().and_then(|f| f.embedding.clone());
    let comparison = compare(embedding.as_ref(), &brief.references);
    let reasons = reasons(comparison, brief.references.is_empty(), pack.as_ref());
    let still = CapturedStill {
        seq: 0,
        at_ms: 0,
        probe: true,
        width_px: kept.picture.width(),
        height_px: kept.picture.height(),
        jpeg: kept.jpeg,
        eyes: face.as_ref().map(eyes),
        quality: face.as_ref().map(|f| f.quality.score),
    };
    let evidence = Evidence {
        call_id: brief.call_id,
        beneficiary_id: brief.beneficiary_id,
        opened_at: brief.opened_at,
        transport: Transport::Stills,
        assisted: brief.assisted,
        references: brief.references.clone(),
        liveness: LivenessEvidence::of_still(face.as_ref(), embedding),
        pack: pack.clone(),
        attempt: brief.attempt,
        standing: Vec::new(),
    };
    let policy_version = brief.policy.version.clone();
    let verdict = Verdict::Flagged { reasons };
    // A single photograph proves nothing about its sender: its score is not put into a sentence.
    let decision = Decision { verdict, comparison, policy_version, meaning: None, attack: None };
    let record = CallRecord {
        brief,
        pack,
        transport: Transport::Stills,
        events: Vec::new(),
        evidence,
        decision,
    };
    CallConclusion { record, stills: vec![still] }
}

/// A photograph shows no life: that is always the first reason.
fn reasons(
    comparison: Option<ComparisonScore>,
    no_references: bool,
    pack: Option<&PackStamp>,
) -> Vec<Reason> {
    let doubt = match (comparison, pack) {
        (Some(score), Some(pack)) if score < pack.far_below => Some(Reason::FarBelow),
        (Some(score), Some(pack)) if score < pack.accept_from => Some(Reason::BelowAccept),
        (Some(_), _) => None,
        (None, _) => no_references.then_some(Reason::ReferenceMissing),
    };
    [Reason::LivenessInconclusive].into_iter().chain(doubt).collect()
}

fn compare(probe: Option<&Embedding>, references: &[ReferenceTemplate]) -> Option<ComparisonScore> {
    let scores = references.iter().filter_map(|r| r.embedding.compare(probe?));
    scores.max_by(|a, b| a.0.total_cmp(&b.0))
}
