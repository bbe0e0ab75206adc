//! From comparisons with a known truth to a calibration: one threshold for everybody, what it proves, and what each score says.

use super::{
    bootstrap::People,
    jackknife::counted,
    levels::{far_below, levels},
    rate::{Rate, lower_bound, upper_bound},
    verification::{Comparison, Scores},
};
use crate::domain::calibration::{Calibration, FMR_MAX, GroupProof, PhotoAge, Proof};
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashSet};

/// A group with fewer impostor comparisons neither sets the threshold nor is judged.
const GROUP_MIN: usize = 1_000;
/// The tail of the impostor scores begins at this share; below it an exponential tail is not assumed.
const TAIL: f64 = 0.05;
/// Scores in the tail, at least.
const TAIL_MIN: usize = 50;
/// Confidence of the tail's own numbers when it is carried on.
const SURE: f64 = 0.95;
/// Standard normal quantile of that confidence.
const SURE_Z: f64 = 1.645;
/// Years that the bands of photo age begin with.
const AGE_BANDS: [u32; 5] = [0, 2, 5, 10, 100];

/// A comparison with what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Score and truth.
    pub comparison: Comparison,
    /// Groups it belongs to, such as `age 70 to 79`.
    pub groups: Vec<String>,
    /// Years between the two pictures, when known.
    pub years: Option<f32>,
}

/// What a calibration says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Version.
    pub version: String,
    /// Pack.
    pub pack: String,
    /// SHA-256 of its embedder.
    pub embedder_sha256: String,
    /// Today.
    pub made_on: NaiveDate,
    /// What it is made from.
    pub sources: Vec<String>,
    /// What it does not cover.
    pub limits: Vec<String>,
}

/// Why there can be no calibration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalibrateError {
    /// Too few comparisons to say anything.
    #[error(
        "{genuine} genuine and {impostor} impostor comparisons are too few: at least 30 and 1,000 are needed"
    )]
    TooFew {
        /// Genuine.
        genuine: usize,
        /// Impostor.
        impostor: usize,
    },
}

/// Makes a calibration.
///
/// # Errors
/// [`CalibrateError::TooFew`].
pub fn calibrate(samples: &[Sample], about: About) -> Result<Calibration, CalibrateError> {
    let comparisons: Vec<Comparison> = samples.iter().map(|s| s.comparison).collect();
    let scores = Scores::of(&comparisons);
    let (genuine, impostor) = (scores.genuine().len(), scores.impostor().len());
    if genuine < 30 || impostor < GROUP_MIN {
        return Err(CalibrateError::TooFew { genuine, impostor });
    }
    let proven = prove(samples);
    let levels = levels(&comparisons, &proven.overall);
    Ok(Calibration {
        format: 1,
        version: about.version,
        pack: about.pack,
        embedder_sha256: about.embedder_sha256,
        made_on: about.made_on,
        sources: about.sources,
        limits: about.limits,
        accept_from: proven.threshold,
        set_by: proven.set_by,
        extrapolated: proven.extrapolated,
        far_below: far_below(&levels, proven.threshold),
        overall: proven.overall,
        groups: proven.groups,
        photo_age: photo_age(samples, proven.threshold),
        levels,
    })
}

/// The threshold and what it proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// One threshold for everybody.
    pub threshold: f32,
    /// The group that set it.
    pub set_by: String,
    /// Carried on beyond the sample.
    pub extrapolated: bool,
    /// All impostors.
    pub overall: Proof,
    /// Each group.
    pub groups: Vec<GroupProof>,
}

/// Finds the threshold and what it proves.
pub fn prove(samples: &[Sample]) -> Proven {
    let impostors: Vec<&Sample> = samples.iter().filter(|s| !s.comparison.same).collect();
    let mut by_group: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in &impostors {
        for group in &sample.groups {
            by_group.entry(group.as_str()).or_default().push(sample);
        }
    }
    let all = Tail::of(&impostors);
    let (mut threshold, mut set_by, mut extrapolated) = (all.threshold, "all", all.extrapolated);
    for (name, members) in &by_group {
        let tail = Tail::of(members);
        if members.len() >= GROUP_MIN && tail.threshold > threshold {
            (threshold, set_by, extrapolated) = (tail.threshold, *name, tail.extrapolated);
        }
    }
    let groups = by_group
        .iter()
        .map(|(name, members)| {
            let (ratio, worse) = beside_the_rest(members, name, &impostors);
            GroupProof { name: (*name).to_owned(), proof: proof(members, threshold), ratio, worse }
        })
        .collect();
    Proven {
        threshold,
        set_by: set_by.to_owned(),
        extrapolated,
        overall: proof(&impostors, threshold),
        groups,
    }
}

/// The upper end of the impostor scores of a group.
struct Tail {
    threshold: f32,
    extrapolated: bool,
}

impl Tail {
    /// The score that one in 10,000 reaches, to the safe side. The tail beyond the 95th percentile is taken for exponential, which
    /// falls more slowly than that of a bell curve; its steepness and size are taken at the worse ends of their own intervals; and
    /// no score that was seen may pass.
    fn of(impostors: &[&Sample]) -> Self {
        let mut scores: Vec<f32> = impostors.iter().map(|s| s.comparison.score).collect();
        scores.sort_by(f32::total_cmp);
        let Some(highest) = scores.last().copied() else {
            return Self { threshold: 1.0, extrapolated: true };
        };
        let n = scores.len();
        let size = ((n as f64 * TAIL) as usize).max(TAIL_MIN).min(n.saturating_sub(1)).max(1);
        let from = scores[n - 1 - size.min(n - 1)];
        let tail = &scores[n - size.min(n)..];
        let excess = tail.iter().map(|s| f64::from(s - from)).sum::<f64>() / tail.len() as f64;
        let weight = counted_share(impostors, from.next_up());
        let (k, n_counted) = (tail.len() as f64 * weight, n as f64 * weight);
        let steep = excess * (1.0 + SURE_Z / k.max(1.0).sqrt());
        let share = upper_bound(k, n_counted, SURE);
        let carried = f64::from(from) + steep * (share / FMR_MAX).max(1.0).ln();
        let threshold = (carried as f32).max(highest.next_up()).min(1.0);
        Self { threshold, extrapolated: (n as f64) * FMR_MAX < 3.0 }
    }
}

fn hits(impostors: &[&Sample], threshold: f32) -> Option<Vec<(People, bool)>> {
    let hit = |s: &&Sample| Some((s.comparison.people?, s.comparison.score >= threshold));
    impostors.iter().map(hit).collect()
}

/// Independent comparisons over comparisons, 0 to 1; 1 where people are not known.
fn counted_share(impostors: &[&Sample], threshold: f32) -> f64 {
    hits(impostors, threshold).map_or(1.0, |hits| counted(&hits) / (hits.len().max(1) as f64))
}

fn proof(impostors: &[&Sample], threshold: f32) -> Proof {
    let n = impostors.len();
    let errors = impostors.iter().filter(|s| s.comparison.score >= threshold).count();
    let mut people = HashSet::new();
    let mut known = true;
    for sample in impostors {
        match sample.comparison.people {
            Some((a, b)) => people.extend([a, b]),
            None => known = false,
        }
    }
    // How much people share is measured where there are errors to measure it by: at the beginning of the tail.
    let mut scores: Vec<f32> = impostors.iter().map(|s| s.comparison.score).collect();
    scores.sort_by(f32::total_cmp);
    let from = scores.get((n as f64 * (1.0 - TAIL)) as usize).copied().unwrap_or(threshold);
    let share = counted_share(impostors, from);
    Proof {
        impostors: n as u64,
        counted: n as f64 * share,
        people: known.then_some(people.len() as u64),
        errors: errors as u64,
        fmr_high: upper_bound(errors as f64 * share, n as f64 * share, 0.95),
    }
}

/// A group beside all that do not belong to it, at the threshold at which those make one error in 1,000 (or in 100, where the group
/// is small): how many times as many errors, and whether more than a quarter more is shown with 95 % confidence.
fn beside_the_rest(members: &[&Sample], name: &str, all: &[&Sample]) -> (Option<f64>, bool) {
    let rest: Vec<Comparison> =
        all.iter().filter(|s| !s.groups.iter().any(|g| g == name)).map(|s| s.comparison).collect();
    if members.len() < GROUP_MIN || rest.len() < GROUP_MIN {
        return (None, false);
    }
    let rest = Scores::of(&rest);
    let mut told = (None, false);
    for fmr in [1e-3, 1e-2] {
        let Some((threshold, true)) = rest.threshold_at(fmr) else { continue };
        let base = rest.fmr(threshold).rate.unwrap_or(0.0);
        let errors = members.iter().filter(|s| s.comparison.score >= threshold).count() as f64;
        let (n, share) = (members.len() as f64, counted_share(members, threshold));
        if base > 0.0 {
            told.0 = told.0.or(Some(errors / n / base));
            told.1 |= lower_bound(errors * share, n * share, 0.95) > 1.25 * base;
        }
    }
    told
}

fn photo_age(samples: &[Sample], threshold: f32) -> Vec<PhotoAge> {
    let bands = AGE_BANDS.windows(2).map(|w| (w[0], w[1]));
    bands
        .filter_map(|(years_from, years_below)| {
            let scores: Vec<f32> = samples
                .iter()
                .filter(|s| s.comparison.same)
                .filter(|s| {
                    s.years.is_some_and(|y| {
                        (f64::from(years_from)..f64::from(years_below)).contains(&f64::from(y))
                    })
                })
                .map(|s| s.comparison.score)
                .collect();
            let below = scores.iter().filter(|s| **s < threshold).count();
            let rate = Rate::of(below, scores.len());
            (!scores.is_empty()).then_some(PhotoAge {
                years_from,
                years_below,
                genuine: rate.trials,
                below: rate.errors,
                fnmr_low: rate.low,
                fnmr_high: rate.high,
            })
        })
        .collect()
}
