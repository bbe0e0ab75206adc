//! The verdict.

use super::{
    attack::{attack_score, reason},
    calibration::{locked, meaning},
    comparison::fused_comparison,
    findings::{against, capture, missing},
    severity::most_serious_first,
};
use crate::domain::{
    attack::AttackScore,
    challenge::Hint,
    evidence::{CaptureEnd, Evidence},
    policy::Policy,
    score::ComparisonScore,
    verdict::{Decision, Reason, Verdict},
};

/// Most pieces of advice at once; nobody keeps more in mind.
const ADVICE_MAX: usize = 2;

/// Decides a call. In this order:
/// 1. our own fault (no models, or they could not run): an officer;
/// 2. signs of an attack, a second face, a missing reference, or the wish for a person: an officer, however the capture ended;
/// 3. a lost line or too little to see: again with advice, and after [`Policy::retries_max`] attempts an officer;
/// 4. all conditions hold, nothing stands against it, and the evidence for the pack suffices ([`locked`]): confirmed;
/// 5. everything else: an officer.
pub fn decide(evidence: &Evidence, policy: &Policy) -> Decision {
    let comparison = fused_comparison(evidence);
    let attack = policy.attack.doubt_from.map(|_| attack_score(&evidence.liveness, policy));
    let verdict = verdict(evidence, policy, comparison, attack.as_ref());
    let meaning = comparison.and_then(|score| meaning(evidence.pack.as_ref(), score));
    Decision { verdict, comparison, policy_version: policy.version.clone(), meaning, attack }
}

/// The decision as it would be were automatic confirmation not locked: for evaluation, never for a call.
pub fn decide_unlocked(evidence: &Evidence, policy: &Policy) -> Decision {
    let unlocked = Policy { danger_automatic_without_proof: true, ..policy.clone() };
    decide(evidence, &unlocked)
}

fn verdict(
    evidence: &Evidence,
    policy: &Policy,
    comparison: Option<ComparisonScore>,
    attack: Option<&AttackScore>,
) -> Verdict {
    let standing = evidence.standing.clone();
    let flagged = |more: &[&[Reason]]| Verdict::Flagged {
        reasons: most_serious_first(without_the_weaker([&standing[..], &more.concat()].concat())),
    };
    let Some(pack) =
        evidence.pack.as_ref().filter(|_| evidence.liveness.end != CaptureEnd::OurFault)
    else {
        return flagged(&[&[Reason::OurFault]]);
    };
    let mut against = against(evidence, policy);
    let doubt_from = policy.attack.doubt_from.unwrap_or(f32::INFINITY);
    // Signs are told by many frames; of too few, only those that stand by themselves count.
    let enough = evidence.liveness.usable_frames >= policy.usable_frames_min;
    if let Some(attack) = attack.filter(|a| enough && a.score >= doubt_from && against.is_empty()) {
        against.push(reason(attack));
    }
    if evidence.references.is_empty() {
        against.push(Reason::ReferenceMissing);
    }
    let poor = too_little(evidence, policy);
    let asked = standing.contains(&Reason::AskedForPerson);
    if evidence.liveness.end == CaptureEnd::Left && (asked || !poor) {
        against.push(Reason::AskedForPerson);
    }
    let missing = missing(evidence, pack, comparison, policy);
    if !against.is_empty() || asked {
        let missing = if poor { Vec::new() } else { missing };
        return flagged(&[&against, &missing]);
    }
    let line_lost = evidence.liveness.end == CaptureEnd::LineLost;
    if line_lost || poor {
        if evidence.attempt <= policy.retries_max {
            return Verdict::Retry { advice: advice(evidence) };
        }
        let why =
            if line_lost { vec![Reason::NetworkLost] } else { capture(&evidence.liveness.issues) };
        return flagged(&[&why]);
    }
    if !missing.is_empty() || !standing.is_empty() {
        return flagged(&[&missing]);
    }
    if !policy.automatic_confirmation {
        // Switched off: every good call is a sample for an officer.
        return flagged(&[&[Reason::RandomSample]]);
    }
    if locked(Some(pack), policy) {
        return flagged(&[&[Reason::AccuracyUnproven]]);
    }
    Verdict::Confirmed
}

/// "Could not be shown" adds nothing beside "was refuted".
fn without_the_weaker(mut reasons: Vec<Reason>) -> Vec<Reason> {
    use Reason::{FlatSurface, LightMismatch, LivenessInconclusive, TimingMismatch};
    if [FlatSurface, LightMismatch, TimingMismatch].iter().any(|r| reasons.contains(r)) {
        reasons.retain(|r| *r != LivenessInconclusive);
    }
    reasons
}

/// Too little was seen to say anything.
fn too_little(evidence: &Evidence, policy: &Policy) -> bool {
    let seen = &evidence.liveness;
    seen.end == CaptureEnd::NoUsableFace
        || seen.usable_frames < policy.usable_frames_min
        || seen.probes.is_empty()
        || seen.probes.len() < policy.probes_min as usize
}

/// Nothing is advised when the line was lost: the person did nothing wrong.
fn advice(evidence: &Evidence) -> Vec<Hint> {
    let seen = &evidence.liveness;
    if seen.end == CaptureEnd::LineLost {
        return Vec::new();
    }
    let mut advice: Vec<Hint> =
        seen.issues.iter().map(|i| Hint::from(*i)).take(ADVICE_MAX).collect();
    if advice.is_empty() {
        advice.push(Hint::NoFace);
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        evidence::{LightOutcome, TurnOutcome},
        finding::QualityIssue,
        fixtures::{embedding, evidence, policy},
        score::BonaFideScore,
    };

    fn reasons(e: &Evidence) -> Vec<Reason> {
        match decide(e, &policy()).verdict {
            Verdict::Flagged { reasons } => reasons,
            other => panic!("{other:?}"),
        }
    }

    fn changed(change: impl FnOnce(&mut Evidence)) -> Evidence {
        let mut e = evidence();
        change(&mut e);
        e
    }

    fn match_at(cosine: f32) -> Evidence {
        changed(|e| e.liveness.probes.iter_mut().for_each(|p| p.embedding = embedding(cosine)))
    }

    #[test]
    fn a_good_call_is_confirmed_with_its_numbers() {
        let decision = decide(&evidence(), &policy());
        assert_eq!(decision.verdict, Verdict::Confirmed);
        assert!((decision.comparison.unwrap().0 - 0.8).abs() < 1e-5);
        assert_eq!(decision.policy_version, policy().version);
    }

    type Change = fn(&mut Evidence);

    #[test]
    fn each_missing_condition_flags_with_its_reason() {
        use Reason as R;
        let light = |e: &Evidence| match e.liveness.light {
            LightOutcome::Seen(m) => m,
            _ => unreachable!(),
        };
        let cases: [(Change, R); 9] = [
            (|e| e.pack = None, R::OurFault),
            (|e| e.liveness.end = CaptureEnd::OurFault, R::OurFault),
            (|e| e.references.clear(), R::ReferenceMissing),
            (|e| e.pack.as_mut().unwrap().trial = true, R::TrialModels),
            (|e| e.pack.as_mut().unwrap().has_pad = false, R::TrialModels),
            (|e| e.liveness.bona_fide.truncate(2), R::LivenessInconclusive),
            (|e| e.liveness.bona_fide = vec![BonaFideScore(0.1); 12], R::FlatSurface),
            (|e| e.liveness.continuity.repeated_ms = 3000, R::RepeatedFrames),
            (|e| e.liveness.continuity.least_self_comparison = Some(0.1), R::SecondFace),
        ];
        for (change, reason) in cases {
            assert_eq!(reasons(&changed(change)), [reason]);
        }
        let measure = light(&evidence());
        let outcomes = [
            (LightOutcome::Inconclusive(None), R::LivenessInconclusive),
            (LightOutcome::Mismatch(measure), R::LightMismatch),
            (LightOutcome::Late(measure), R::TimingMismatch),
            (LightOutcome::Flat(measure), R::FlatSurface),
        ];
        for (outcome, reason) in outcomes {
            let found = reasons(&changed(|e| e.liveness.light = outcome));
            assert_eq!(found, [reason]);
        }
        assert_eq!(reasons(&match_at(0.4)), [R::BelowAccept]);
        assert_eq!(reasons(&match_at(0.1)), [R::FarBelow]);
    }

    #[test]
    fn daylight_is_made_good_by_a_turn() {
        let mut e = changed(|e| e.liveness.light = LightOutcome::Inconclusive(None));
        e.liveness.turn = TurnOutcome::Skipped;
        assert_eq!(reasons(&e), [Reason::LivenessInconclusive]);
        e.liveness.turn = TurnOutcome::Seen { after_ms: 1200 };
        assert_eq!(decide(&e, &policy()).verdict, Verdict::Confirmed);
    }

    #[test]
    fn darkness_is_tried_again_with_advice_and_then_seen_by_an_officer() {
        let mut e = changed(|e| {
            e.liveness.end = CaptureEnd::NoUsableFace;
            e.liveness.issues = vec![QualityIssue::TooDark];
        });
        for attempt in 1..=policy().retries_max {
            e.attempt = attempt;
            let advice = vec![Hint::MoreLight];
            assert_eq!(decide(&e, &policy()).verdict, Verdict::Retry { advice });
        }
        e.attempt = policy().retries_max + 1;
        assert_eq!(reasons(&e), [Reason::TooDark]);
    }

    #[test]
    fn a_lost_line_blames_nobody() {
        let mut e = changed(|e| e.liveness.end = CaptureEnd::LineLost);
        assert_eq!(decide(&e, &policy()).verdict, Verdict::Retry { advice: vec![] });
        e.attempt = 9;
        assert_eq!(reasons(&e), [Reason::NetworkLost]);
    }

    #[test]
    fn hanging_up_does_not_wash_off_an_attack() {
        let mut e = changed(|e| e.liveness.end = CaptureEnd::LineLost);
        e.liveness.continuity.frozen_ms = 6000;
        assert_eq!(reasons(&e)[0], Reason::RepeatedFrames);
    }

    #[test]
    fn whoever_leaves_or_asks_is_answered() {
        let left = changed(|e| e.liveness.end = CaptureEnd::Left);
        assert_eq!(reasons(&left), [Reason::AskedForPerson]);
        let mut early = left;
        early.liveness.usable_frames = 0;
        assert!(matches!(decide(&early, &policy()).verdict, Verdict::Retry { .. }));
        early.standing = vec![Reason::AskedForPerson];
        assert_eq!(reasons(&early), [Reason::AskedForPerson]);
    }

    #[test]
    fn standing_facts_and_the_switch_keep_a_good_call_from_confirming() {
        let e = changed(|e| e.standing = vec![Reason::RandomSample, Reason::DeathSignal]);
        assert_eq!(reasons(&e), [Reason::DeathSignal, Reason::RandomSample]);
        let off = Policy { automatic_confirmation: false, ..policy() };
        assert!(matches!(decide(&evidence(), &off).verdict, Verdict::Flagged { .. }));
    }

    #[test]
    fn a_good_call_without_proven_accuracy_goes_to_an_officer() {
        let e = changed(|e| e.pack.as_mut().unwrap().calibration = None);
        assert_eq!(reasons(&e), [Reason::AccuracyUnproven]);
        assert_eq!(decide_unlocked(&e, &policy()).verdict, Verdict::Confirmed);
        let too_few = |e: &mut Evidence| {
            e.pack.as_mut().unwrap().calibration.as_mut().unwrap().overall.impostors = 29_999;
        };
        assert_eq!(reasons(&changed(too_few)), [Reason::AccuracyUnproven]);
    }
}
