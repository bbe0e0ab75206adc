//! What speaks against a person, each as a reason. Absence of evidence is one too: `liveness_inconclusive`.

use crate::domain::{
    evidence::{Evidence, LightOutcome, ReferenceTemplate, TurnOutcome},
    finding::{PackStamp, QualityIssue},
    policy::Policy,
    score::ComparisonScore,
    verdict::Reason,
};
use chrono::Months;

/// What the presentation-attack nets said.
enum Presentation {
    BonaFide,
    Doubtful,
    Flat,
}

fn presentation(evidence: &Evidence, pack: &PackStamp, policy: &Policy) -> Presentation {
    let scores = &evidence.liveness.bona_fide;
    #[allow(clippy::cast_precision_loss)]
    let share = |part: usize| part as f32 / scores.len().max(1) as f32;
    let enough = pack.has_pad && scores.len() >= policy.bona_fide_frames_min.max(1) as usize;
    #[allow(clippy::cast_precision_loss)]
    let mean = scores.iter().map(|s| s.0).sum::<f32>() / scores.len().max(1) as f32;
    if enough && mean < policy.flat_below {
        return Presentation::Flat;
    }
    let good = scores.iter().filter(|s| **s >= pack.bona_fide_from).count();
    // Written so that a number that is none (NaN) is never good.
    if enough && mean >= policy.flat_below && share(good) >= policy.bona_fide_share_min {
        Presentation::BonaFide
    } else {
        Presentation::Doubtful
    }
}

/// Seen alive: the screen's light or the guided turn was answered.
fn answered(evidence: &Evidence) -> bool {
    matches!(evidence.liveness.light, LightOutcome::Seen(_))
        || matches!(evidence.liveness.turn, TurnOutcome::Seen { .. })
}

/// Signs of an attack, and of other people. These stand however the capture ended.
pub(super) fn against(evidence: &Evidence, policy: &Policy) -> Vec<Reason> {
    let seen = &evidence.liveness;
    let mut reasons = Vec::new();
    match seen.light {
        LightOutcome::Mismatch(_) => reasons.push(Reason::LightMismatch),
        LightOutcome::Late(_) => reasons.push(Reason::TimingMismatch),
        LightOutcome::Flat(_) if !answered(evidence) => reasons.push(Reason::FlatSurface),
        LightOutcome::Flat(_) | LightOutcome::Seen(_) | LightOutcome::Inconclusive(_) => {}
    }
    if seen.turn == TurnOutcome::TooSoon {
        reasons.push(Reason::TimingMismatch);
    }
    if let Some(pack) = &evidence.pack
        && let Presentation::Flat = presentation(evidence, pack, policy)
    {
        reasons.push(Reason::FlatSurface);
    }
    let track = &seen.continuity;
    // An empty room or a covered lens stands still too: without a face nobody presented anything.
    let still =
        track.repeated_ms > policy.repeated_ms_max || track.frozen_ms > policy.frozen_ms_max;
    if still && seen.usable_frames > 0 {
        reasons.push(Reason::RepeatedFrames);
    }
    // No head leaps so far between two frames: a cut.
    if track.jumps > policy.jumps_max {
        reasons.push(Reason::InjectedStream);
    }
    let changed = track.least_self_comparison.is_some_and(|s| s < policy.self_comparison_min);
    if changed || track.second_face_share > policy.second_face_share_max {
        reasons.push(Reason::SecondFace);
    }
    reasons
}

/// Every reference whose day is known is older than the policy's limit, and there is one. One of unknown day may be new: then not.
fn only_old_references(evidence: &Evidence, policy: &Policy) -> bool {
    let years = policy.reference_old_years;
    let Some(limit) = evidence
        .opened_at
        .date_naive()
        .checked_sub_months(Months::new(years.saturating_mul(12)))
        .filter(|_| years > 0)
    else {
        return false;
    };
    let old = |r: &ReferenceTemplate| r.taken_on.is_some_and(|day| day < limit);
    !evidence.references.is_empty() && evidence.references.iter().all(old)
}

/// What is missing for an automatic confirmation.
pub(super) fn missing(
    evidence: &Evidence,
    pack: &PackStamp,
    comparison: Option<ComparisonScore>,
    policy: &Policy,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    match comparison {
        None => reasons.push(Reason::ReferenceMissing),
        Some(score) if score >= pack.accept_from => {}
        // Faces change: beside old photographs alone a low score accuses nobody, it asks for a newer photograph.
        Some(_) if only_old_references(evidence, policy) => {
            reasons.extend([Reason::BelowAccept, Reason::ReferencePoor]);
        }
        Some(score) if score < pack.far_below => reasons.push(Reason::FarBelow),
        Some(_) => reasons.push(Reason::BelowAccept),
    }
    let bona_fide = matches!(presentation(evidence, pack, policy), Presentation::BonaFide);
    if pack.trial || !pack.has_pad {
        reasons.push(Reason::TrialModels);
    } else if !bona_fide {
        reasons.push(Reason::LivenessInconclusive);
    }
    if !answered(evidence) {
        reasons.push(Reason::LivenessInconclusive);
    }
    reasons
}

/// What stood in the way of a good picture, as reasons.
pub(super) fn capture(issues: &[QualityIssue]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = issues
        .iter()
        .map(|issue| match issue {
            QualityIssue::TooDark | QualityIssue::TooBright => Reason::TooDark,
            QualityIssue::Blurred => Reason::Blurred,
            QualityIssue::Covered => Reason::Covered,
            QualityIssue::TooFar
            | QualityIssue::TooClose
            | QualityIssue::OffCentre
            | QualityIssue::Turned => Reason::TooFar,
        })
        .take(2)
        .collect();
    if reasons.is_empty() {
        reasons.push(Reason::LivenessInconclusive);
    }
    reasons
}
