//! What a score means, in numbers that a sentence can be made of, and whether automatic confirmation is locked.

use crate::domain::{
    calibration::{Calibration, Lock},
    finding::PackStamp,
    policy::Policy,
    score::ComparisonScore,
    verdict::ScoreMeaning,
};

/// Fewer impostor comparisons than this say nothing that an officer could use ("sample too small").
const SENTENCE_MIN: f64 = 1_000.0;

/// Whether automatic confirmation is locked: the evidence for the pack in use does not suffice, and the county has not chosen to go
/// without it ([`Policy::danger_automatic_without_proof`]).
pub fn locked(pack: Option<&PackStamp>, policy: &Policy) -> bool {
    !policy.danger_automatic_without_proof && !locks(pack).is_empty()
}

/// Why the evidence does not suffice; empty when it does.
pub fn locks(pack: Option<&PackStamp>) -> Vec<Lock> {
    match pack.and_then(|p| p.calibration.as_ref()) {
        Some(calibration) => calibration.locks(),
        None => vec![Lock::Uncalibrated],
    }
}

/// How many of 10,000 unrelated people reach this score. `None` without a calibration.
pub fn meaning(pack: Option<&PackStamp>, score: ComparisonScore) -> Option<ScoreMeaning> {
    let calibration = pack?.calibration.as_ref()?;
    Some(of(calibration, score.0))
}

#[allow(clippy::cast_precision_loss)] // far below 2^52
fn of(calibration: &Calibration, score: f32) -> ScoreMeaning {
    let sample = calibration.overall.impostors;
    let level = calibration.level(score);
    match level {
        Some(level) if calibration.overall.counted >= SENTENCE_MIN => ScoreMeaning::Known {
            of_ten_thousand: 1e4 * level.errors as f64 / (sample.max(1) as f64),
            low: 1e4 * level.fmr_low,
            high: 1e4 * level.fmr_high,
            sample,
            llr: level.llr,
            llr_low: level.llr_low,
            llr_high: level.llr_high,
            calibration_version: calibration.version.clone(),
        },
        _ => ScoreMeaning::SampleTooSmall { sample },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{calibration, evidence, policy};

    #[test]
    fn without_evidence_it_is_locked_and_only_the_telling_setting_opens_it() {
        let mut pack = evidence().pack.unwrap();
        assert!(!locked(Some(&pack), &policy()));
        pack.calibration = None;
        assert!(locked(Some(&pack), &policy()));
        assert_eq!(locks(Some(&pack)), [Lock::Uncalibrated]);
        let danger = Policy { danger_automatic_without_proof: true, ..policy() };
        assert!(!locked(Some(&pack), &danger));
        assert!(locked(None, &policy()));
    }

    #[test]
    fn a_score_becomes_a_sentence_or_says_that_the_sample_is_too_small() {
        let pack = evidence().pack;
        let told = meaning(pack.as_ref(), ComparisonScore(0.55)).unwrap();
        let ScoreMeaning::Known { of_ten_thousand, low, high, sample, .. } = told else { panic!() };
        assert!((of_ten_thousand - 1.0).abs() < 1e-9 && low < 1.0 && high > 1.0);
        assert_eq!(sample, 60_000);
        let mut small = pack.clone().unwrap();
        small.calibration.as_mut().unwrap().overall.counted = 80.0;
        let told = meaning(Some(&small), ComparisonScore(0.55)).unwrap();
        assert_eq!(told, ScoreMeaning::SampleTooSmall { sample: 60_000 });
        assert_eq!(meaning(None, ComparisonScore(0.5)), None);
        assert_eq!(calibration().locks(), []);
    }
}
