//! The attack score of a call: every sign that was measured, weighed by the policy and added up.

use crate::domain::{
    attack::{AttackScore, Cue, Family},
    evidence::{LightOutcome, LivenessEvidence, TurnOutcome},
    policy::Policy,
    verdict::Reason,
};

/// The score and its parts. Signs that could not be measured say nothing.
pub fn attack_score(seen: &LivenessEvidence, policy: &Policy) -> AttackScore {
    let signs = seen.signs.unwrap_or_default();
    let (light, response) = answer(seen);
    let measured = [
        (Cue::AttackNets, nets(seen)),
        (Cue::Border, signs.border),
        (Cue::Moire, signs.moire),
        (Cue::Flicker, signs.flicker),
        (Cue::Bands, signs.bands),
        (Cue::FaceMotion, signs.face_motion),
        (Cue::SharedMotion, signs.shared_motion),
        (Cue::Repetition, repetition(seen)),
        (Cue::ScreenLight, light),
        (Cue::ResponseTime, response),
    ];
    let known = measured.into_iter().filter_map(|(cue, value)| Some((cue, value?)));
    AttackScore::of(known.filter(|(_, value)| value.is_finite()), &policy.attack)
}

/// The reason to tell when the score alone sends a call to an officer: by what its strongest sign looks at.
pub(super) fn reason(score: &AttackScore) -> Reason {
    match score.parts.first().map(|part| (part.cue, part.cue.family())) {
        Some((Cue::Repetition, _)) => Reason::RepeatedFrames,
        Some((Cue::ResponseTime, _)) => Reason::TimingMismatch,
        Some((_, Family::Answer)) => Reason::LightMismatch,
        Some((_, Family::Surface | Family::Motion)) | None => Reason::FlatSurface,
    }
}

#[allow(clippy::cast_precision_loss)] // a few scores a call
fn nets(seen: &LivenessEvidence) -> Option<f32> {
    let sum = seen.bona_fide.iter().map(|s| s.0).sum::<f32>();
    (!seen.bona_fide.is_empty()).then(|| sum / seen.bona_fide.len() as f32)
}

/// The longer of the two, s; only of a capture with enough pictures to tell.
fn repetition(seen: &LivenessEvidence) -> Option<f32> {
    let longest = seen.continuity.repeated_ms.max(seen.continuity.frozen_ms);
    #[allow(clippy::cast_precision_loss)] // ms of a call
    (seen.usable_frames > 1).then(|| longest as f32 / 1000.0)
}

/// Correlation and response time.
fn answer(seen: &LivenessEvidence) -> (Option<f32>, Option<f32>) {
    #[allow(clippy::cast_precision_loss)] // ms of a call
    let turn = match seen.turn {
        TurnOutcome::Seen { after_ms } => Some(after_ms as f32),
        TurnOutcome::TooSoon => Some(0.0),
        TurnOutcome::NotAsked | TurnOutcome::Skipped | TurnOutcome::WrongSide => None,
    };
    #[allow(clippy::cast_precision_loss)] // ms of a call
    match seen.light {
        LightOutcome::Seen(m) => (Some(m.correlation), turn.or(Some(m.lag_ms.max(1) as f32))),
        LightOutcome::Late(m) => (Some(-1.0), Some(m.lag_ms.max(1) as f32)),
        LightOutcome::Mismatch(_) | LightOutcome::Flat(_) => (Some(-1.0), turn),
        // In daylight nobody answers: that says nothing.
        LightOutcome::Inconclusive(_) => (None, turn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        attack::Signs,
        fixtures::{evidence, measure, policy},
        score::BonaFideScore,
    };

    #[test]
    fn a_good_call_speaks_for_a_living_person_and_a_filmed_screen_against() {
        let good = attack_score(&evidence().liveness, &policy());
        assert!(good.score < 0.0, "{good:?}");
        let mut e = evidence().liveness;
        e.bona_fide = vec![BonaFideScore(0.3); 12];
        e.signs = Some(Signs { moire: Some(2.5), bands: Some(0.9), ..Signs::default() });
        e.light = LightOutcome::Mismatch(measure());
        let bad = attack_score(&e, &policy());
        assert!(bad.score > policy().attack.doubt_from.unwrap(), "{bad:?}");
        assert!(bad.parts[0].adds >= bad.parts[1].adds, "the strongest first");
    }

    #[test]
    fn the_reason_follows_the_strongest_sign() {
        let mut e = evidence().liveness;
        e.continuity.repeated_ms = 6_000;
        e.bona_fide = vec![BonaFideScore(0.6); 12];
        assert_eq!(reason(&attack_score(&e, &policy())), Reason::RepeatedFrames);
        assert_eq!(reason(&AttackScore::default()), Reason::FlatSurface);
    }

    #[test]
    fn what_was_not_measured_says_nothing() {
        let mut e = evidence().liveness;
        e.bona_fide.clear();
        e.usable_frames = 0;
        e.light = LightOutcome::Inconclusive(None);
        assert_eq!(attack_score(&e, &policy()), AttackScore::default());
        e.bona_fide = vec![BonaFideScore(f32::NAN)];
        assert_eq!(attack_score(&e, &policy()), AttackScore::default());
    }
}
