//! What is known about the scores of one embedder: how often different people reach a score, how much a score says, and whether
//! that is enough to confirm anybody automatically. Data, signed as a file; `evaluation` makes it, `decision` uses it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The false-match rate that automatic confirmation must be proven to keep (NIST SP 800-63A-4: 1 in 10,000).
pub const FMR_MAX: f64 = 1e-4;
/// Comparisons of different people without which that cannot be proven at 95 %: zero errors in `n` prove about `3 / n`.
pub const IMPOSTORS_MIN: u64 = 30_000;

/// The calibration of a pack's embedder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Format of this file.
    pub format: u32,
    /// Version, written into decisions.
    pub version: String,
    /// Pack it was made with.
    pub pack: String,
    /// SHA-256 of the embedder; scores of another one mean something else.
    pub embedder_sha256: String,
    /// When it was made.
    pub made_on: NaiveDate,
    /// What it was made from, one line each.
    pub sources: Vec<String>,
    /// What it does not cover, one line each.
    pub limits: Vec<String>,
    /// Score from which a comparison is a match, one for everybody: that of the worst group with enough data.
    pub accept_from: f32,
    /// Which group set it; `all` when none was worse than all together.
    pub set_by: String,
    /// True when the sample does not reach down to the false-match rate and the threshold was carried on beyond it.
    pub extrapolated: bool,
    /// Score below which the two are far apart: half of the genuine comparisons that fail lie below it, or 1 in 100 impostors.
    pub far_below: f32,
    /// All impostor comparisons at `accept_from`.
    pub overall: Proof,
    /// Groups at `accept_from`.
    pub groups: Vec<GroupProof>,
    /// What each score means, ascending.
    pub levels: Vec<Level>,
    /// Genuine comparisons by the age of the reference photograph.
    pub photo_age: Vec<PhotoAge>,
}

/// How many different people reached the threshold, and what that proves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Impostor comparisons.
    pub impostors: u64,
    /// For how many independent ones they count: people occur in many comparisons.
    pub counted: f64,
    /// Distinct people; absent when not known, and then comparisons cannot be told apart.
    pub people: Option<u64>,
    /// How many reached the threshold.
    pub errors: u64,
    /// With 95 % confidence the false-match rate is at most this.
    pub fmr_high: f64,
}

impl Proof {
    /// Enough to prove [`FMR_MAX`], were there no error.
    pub fn enough(&self) -> bool {
        self.impostors >= IMPOSTORS_MIN
    }

    /// The false-match rate is proven to be low enough.
    pub fn holds(&self) -> bool {
        self.enough() && self.people.is_some() && self.fmr_high <= FMR_MAX
    }
}

/// The same for one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupProof {
    /// Column and value, such as `age 70 to 79`.
    pub name: String,
    /// At `accept_from`.
    pub proof: Proof,
    /// Times the false-match rate of all together, where there are errors to compare; absent when there are too few.
    pub ratio: Option<f64>,
    /// Shown with 95 % confidence to be more than a quarter worse than all together.
    pub worse: bool,
}

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// From this score on.
    pub score: f32,
    /// Impostor comparisons that reach it.
    pub errors: u64,
    /// Share of impostors that reach it, at least, with 95 % confidence (two-sided).
    pub fmr_low: f64,
    /// Share of impostors that reach it, at most.
    pub fmr_high: f64,
    /// Natural logarithm of the likelihood ratio "same person" to "different people" of a score here.
    pub llr: f64,
    /// Its 95 % interval.
    pub llr_low: f64,
    /// Its 95 % interval.
    pub llr_high: f64,
}

/// How genuine comparisons fare with references of some age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoAge {
    /// Years from.
    pub years_from: u32,
    /// Years below.
    pub years_below: u32,
    /// Genuine comparisons.
    pub genuine: u64,
    /// Of them below `accept_from`.
    pub below: u64,
    /// Share below, at least, with 95 % confidence.
    pub fnmr_low: f64,
    /// Share below, at most.
    pub fnmr_high: f64,
}

/// Why automatic confirmation stays locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lock", rename_all = "snake_case")]
pub enum Lock {
    /// There is no calibration for this pack.
    Uncalibrated,
    /// Fewer impostor comparisons than can prove it.
    SampleTooSmall {
        /// Comparisons.
        impostors: u64,
        /// For how many they count.
        counted: u64,
    },
    /// The bound is above 1 in 10,000.
    NotProven {
        /// `all`, or a group.
        group: String,
    },
    /// A group is more than a quarter worse, and too few of it were compared to prove the bound for it.
    GroupWorse {
        /// Which.
        group: String,
    },
}

impl Calibration {
    /// Why automatic confirmation stays locked; empty when the evidence suffices. It follows from the numbers alone.
    pub fn locks(&self) -> Vec<Lock> {
        let mut locks = Vec::new();
        let all = &self.overall;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        if !all.enough() || upper_rule(all.counted) > FMR_MAX {
            let counted = all.counted.max(0.0) as u64;
            locks.push(Lock::SampleTooSmall { impostors: all.impostors, counted });
        } else if !all.holds() {
            locks.push(Lock::NotProven { group: "all".into() });
        }
        for group in &self.groups {
            if group.proof.enough() && !group.proof.holds() {
                locks.push(Lock::NotProven { group: group.name.clone() });
            } else if !group.proof.enough() && group.worse {
                locks.push(Lock::GroupWorse { group: group.name.clone() });
            }
        }
        locks
    }

    /// The score from which a comparison counts as a match. A calibration that does not open the lock moves the pack's own line only
    /// upwards, above every impostor that was seen: from a small sample it can say where nobody should be trusted, not where everybody
    /// may be.
    pub fn accepts_from(&self, of_pack: f32) -> f32 {
        if self.locks().is_empty() {
            return self.accept_from;
        }
        let above_all = self.levels.iter().find(|l| l.errors == 0).map_or(1.0, |l| l.score);
        of_pack.max(above_all.min(self.accept_from))
    }

    /// What is known at a score: the level at or below it.
    pub fn level(&self, score: f32) -> Option<&Level> {
        self.levels.iter().rev().find(|level| level.score <= score)
    }
}

/// The best that `n` comparisons can prove: the bound without any error.
fn upper_rule(n: f64) -> f64 {
    if n <= 0.0 { 1.0 } else { 1.0 - 0.05_f64.powf(1.0 / n) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::calibration;

    fn locks(change: impl FnOnce(&mut Calibration)) -> Vec<Lock> {
        let mut c = calibration();
        change(&mut c);
        c.locks()
    }

    #[test]
    fn the_lock_follows_from_the_numbers() {
        assert_eq!(locks(|_| {}), []);
        assert!(matches!(
            locks(|c| c.overall.impostors = 29_999)[..],
            [Lock::SampleTooSmall { .. }]
        ));
        assert!(matches!(
            locks(|c| c.overall.counted = 9_000.0)[..],
            [Lock::SampleTooSmall { .. }]
        ));
        assert!(matches!(locks(|c| c.overall.fmr_high = 2e-4)[..], [Lock::NotProven { .. }]));
        assert!(matches!(locks(|c| c.overall.people = None)[..], [Lock::NotProven { .. }]));
        assert!(matches!(
            locks(|c| c.groups[0].proof.fmr_high = 2e-4)[..],
            [Lock::NotProven { .. }]
        ));
        assert!(matches!(locks(|c| c.groups[1].worse = true)[..], [Lock::GroupWorse { .. }]));
        let nan = locks(|c| c.overall.fmr_high = f64::NAN);
        assert_eq!(nan.len(), 1, "a number that is none opens nothing");
    }

    #[test]
    fn a_locked_calibration_moves_the_line_upwards_only() {
        let mut c = calibration();
        assert!((c.accepts_from(0.9) - c.accept_from).abs() < 1e-6, "proven: its own line");
        c.overall.counted = 100.0;
        c.accept_from = 1.0;
        assert!((c.accepts_from(0.62) - 0.7).abs() < 1e-6, "six impostors reached 0.5");
        assert!((c.accepts_from(0.8) - 0.8).abs() < 1e-6);
    }

    #[test]
    fn a_score_has_the_meaning_of_the_level_below_it() {
        let c = calibration();
        assert_eq!(c.level(-0.9), None);
        assert!((c.level(0.55).unwrap().score - 0.5).abs() < 1e-6);
        assert!((c.level(0.99).unwrap().score - 0.7).abs() < 1e-6);
    }
}
