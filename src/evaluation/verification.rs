//! Comparisons of two pictures whose truth is known: error rates at thresholds, and the curve between them.

use super::{
    bootstrap::{Interval, People, Resampling},
    group::Grouping,
    rate::Rate,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// False-match rates at which the false non-match rate is told.
const FMR_POINTS: [(f64, &str); 4] =
    [(1e-1, "FMR 1:10"), (1e-2, "FMR 1:100"), (1e-3, "FMR 1:1,000"), (1e-4, "FMR 1:10,000")];
/// Points of the curve kept for the picture.
const CURVE_POINTS: usize = 240;
/// Width of a bar of the score picture.
const BAR: f32 = 0.025;

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Comparison score; higher is more alike.
    pub score: f32,
    /// The same person on both.
    pub same: bool,
    /// Who is on them, when known.
    pub people: Option<People>,
}

/// Scores in order, and the rates that follow.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    genuine: Vec<f32>,
    impostor: Vec<f32>,
}

impl Scores {
    /// Of comparisons; scores that are no numbers are left out.
    pub fn of<'a>(comparisons: impl IntoIterator<Item = &'a Comparison>) -> Self {
        let mut scores = Self::default();
        for c in comparisons.into_iter().filter(|c| c.score.is_finite()) {
            if c.same { &mut scores.genuine } else { &mut scores.impostor }.push(c.score);
        }
        scores.genuine.sort_by(f32::total_cmp);
        scores.impostor.sort_by(f32::total_cmp);
        scores
    }

    /// Genuine scores, ascending.
    pub fn genuine(&self) -> &[f32] {
        &self.genuine
    }

    /// Impostor scores, ascending.
    pub fn impostor(&self) -> &[f32] {
        &self.impostor
    }

    /// Share of different people with a score of at least `threshold`.
    pub fn fmr(&self, threshold: f32) -> Rate {
        let below = self.impostor.partition_point(|s| *s < threshold);
        Rate::of(self.impostor.len() - below, self.impostor.len())
    }

    /// Share of same people with a score below `threshold`.
    pub fn fnmr(&self, threshold: f32) -> Rate {
        Rate::of(self.genuine.partition_point(|s| *s < threshold), self.genuine.len())
    }

    /// The lowest threshold at which at most the share `fmr` of the impostor scores reach it. The flag says whether the sample is
    /// large enough for it: with fewer than `1 / fmr` comparisons no error is allowed at all and the threshold is merely above all.
    pub fn threshold_at(&self, fmr: f64) -> Option<(f32, bool)> {
        let n = self.impostor.len();
        let allowed = (fmr * n as f64 + 1e-9).floor() as usize;
        let highest_refused = *self.impostor.get(n.checked_sub(1 + allowed)?)?;
        Some((highest_refused.next_up(), allowed > 0))
    }

    /// Where the two rates are equal, and the rate there.
    pub fn equal_error(&self) -> Option<(f32, f64)> {
        let both = self.genuine.iter().chain(&self.impostor).copied();
        let gap = |t: f32| {
            let (m, n) = (self.fmr(t).rate?, self.fnmr(t).rate?);
            Some(((m - n).abs(), t, f64::midpoint(m, n)))
        };
        let best = both.filter_map(gap).min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((best.1, best.2))
    }

    /// False-match and false non-match rates along the thresholds.
    fn curve(&self) -> Vec<[f64; 2]> {
        let mut thresholds: Vec<f32> =
            self.genuine.iter().chain(&self.impostor).map(|s| s.next_up()).collect();
        thresholds.sort_by(f32::total_cmp);
        thresholds.dedup();
        let all: Vec<[f64; 2]> = thresholds
            .iter()
            .filter_map(|t| Some([self.share_from(*t)?, self.share_below(*t)?]))
            .collect();
        // thinned evenly in the logarithm of the false-match rate, which is how it is drawn
        let mut kept: Vec<[f64; 2]> = Vec::new();
        let n = self.impostor.len().max(1) as f64;
        let step = (n.ln() + 1.0) / CURVE_POINTS as f64;
        for point in all {
            let place = |p: &[f64; 2]| (p[0].max(0.1 / n)).ln();
            let far = kept.last().is_none_or(|last| {
                (place(last) - place(&point)).abs() >= step || (last[1] - point[1]).abs() > 0.01
            });
            if far {
                kept.push(point);
            }
        }
        kept
    }

    fn share_from(&self, t: f32) -> Option<f64> {
        let n = self.impostor.len();
        (n > 0).then(|| (n - self.impostor.partition_point(|s| *s < t)) as f64 / n as f64)
    }

    fn share_below(&self, t: f32) -> Option<f64> {
        let n = self.genuine.len();
        (n > 0).then(|| self.genuine.partition_point(|s| *s < t) as f64 / n as f64)
    }
}

/// The rates at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// What the threshold is.
    pub name: String,
    /// The threshold: a score of at least this is a match.
    pub threshold: f32,
    /// False when there are too few comparisons for this false-match rate.
    pub sample_suffices: bool,
    /// False-match rate.
    pub fmr: Rate,
    /// False non-match rate.
    pub fnmr: Rate,
    /// 95 % interval of the false-match rate by the bootstrap by subject, where people are known.
    pub fmr_by_subject: Option<Interval>,
    /// The same for the false non-match rate.
    pub fnmr_by_subject: Option<Interval>,
}

/// Pictures that gave no face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acquisition {
    /// Failures to acquire among the distinct pictures (or clips).
    pub failures: Rate,
    /// How many for each reason.
    pub reasons: BTreeMap<String, u64>,
}

/// Time of analysis, measured when each picture was first analysed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Pictures (or frames) analysed.
    pub analysed: u64,
    /// Mean, ms.
    pub mean_ms: f64,
    /// Median, ms.
    pub median_ms: f64,
    /// 95 of 100 take at most, ms.
    pub p95_ms: f64,
}

impl Times {
    /// From single durations, ms.
    pub fn of(mut ms: Vec<f64>) -> Self {
        ms.sort_by(f64::total_cmp);
        let at = |share: f64| {
            ms.get(((ms.len().max(1) - 1) as f64 * share).round() as usize).copied().unwrap_or(0.0)
        };
        Self {
            analysed: ms.len() as u64,
            mean_ms: ms.iter().sum::<f64>() / ms.len().max(1) as f64,
            median_ms: at(0.5),
            p95_ms: at(0.95),
        }
    }
}

/// A bar of the score picture: shares of all genuine and of all impostor comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Lower edge of the scores.
    pub from: f32,
    /// Genuine comparisons here.
    pub genuine: u64,
    /// Impostor comparisons here.
    pub impostor: u64,
}

/// Everything about an evaluation of comparisons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationReport {
    /// Pack and embedder that compared.
    pub pack: String,
    /// SHA-256 of the embedder.
    pub embedder_sha256: String,
    /// Rows of the list.
    pub rows: u64,
    /// Genuine comparisons with a score.
    pub genuine: u64,
    /// Impostor comparisons with a score.
    pub impostor: u64,
    /// Rows without a score.
    pub rows_failed: u64,
    /// Distinct people, where known.
    pub people: Option<u64>,
    /// Failures to acquire.
    pub acquisition: Acquisition,
    /// Rates at fixed points.
    pub points: Vec<OperatingPoint>,
    /// Threshold and rate at which both rates are equal.
    pub equal_error: Option<(f32, f64)>,
    /// Rates by group, one table a group column.
    pub groups: Vec<Grouping>,
    /// The curve: pairs of false-match and false non-match rate.
    pub curve: Vec<[f64; 2]>,
    /// The score picture.
    pub bars: Vec<Bar>,
    /// Times.
    pub times: Times,
}

/// What a report is made of beside the scores.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Pack name.
    pub pack: String,
    /// SHA-256 of the embedder.
    pub embedder_sha256: String,
    /// The pack's own threshold.
    pub accept_from: f32,
    /// Rows of the list.
    pub rows: usize,
    /// Distinct people.
    pub people: Option<usize>,
    /// Failures to acquire.
    pub acquisition: Acquisition,
    /// Times.
    pub times: Times,
}

/// The report on comparisons. `groups` are filled in by the caller with [`super::grouping_of`].
pub fn verification_report(comparisons: &[Comparison], frame: Frame) -> VerificationReport {
    let scores = Scores::of(comparisons);
    let resampling = frame
        .people
        .filter(|people| *people > 1 && comparisons.iter().all(|c| c.people.is_some()))
        .map(|people| Resampling::of(people, comparisons.len()));
    let mut thresholds: Vec<(String, f32, bool)> = FMR_POINTS
        .iter()
        .filter_map(|(fmr, name)| {
            let (threshold, suffices) = scores.threshold_at(*fmr)?;
            Some(((*name).to_owned(), threshold, suffices))
        })
        .collect();
    thresholds.push(("threshold in use".into(), frame.accept_from, true));
    let points = thresholds
        .into_iter()
        .map(|(name, threshold, sample_suffices)| {
            let by_subject = resampling.as_ref().map(|r| by_subject(r, comparisons, threshold));
            let (fmr_by_subject, fnmr_by_subject) = by_subject.unwrap_or((None, None));
            let (fmr, fnmr) = (scores.fmr(threshold), scores.fnmr(threshold));
            OperatingPoint {
                name,
                threshold,
                sample_suffices,
                fmr,
                fnmr,
                fmr_by_subject,
                fnmr_by_subject,
            }
        })
        .collect();
    let compared = scores.genuine.len() + scores.impostor.len();
    VerificationReport {
        pack: frame.pack,
        embedder_sha256: frame.embedder_sha256,
        rows: frame.rows as u64,
        genuine: scores.genuine.len() as u64,
        impostor: scores.impostor.len() as u64,
        rows_failed: frame.rows.saturating_sub(compared) as u64,
        people: frame.people.map(|p| p as u64),
        acquisition: frame.acquisition,
        points,
        equal_error: scores.equal_error(),
        groups: Vec::new(),
        curve: scores.curve(),
        bars: bars(&scores),
        times: frame.times,
    }
}

fn by_subject(
    resampling: &Resampling,
    comparisons: &[Comparison],
    threshold: f32,
) -> (Option<Interval>, Option<Interval>) {
    let rates = resampling.each(|weight| {
        let (mut sums, mut errors) = ([0.0_f64; 2], [0.0_f64; 2]);
        for c in comparisons {
            let w = c.people.map_or(0.0, weight);
            let kind = usize::from(c.same);
            sums[kind] += w;
            if c.same == (c.score < threshold) {
                errors[kind] += w;
            }
        }
        [errors[0] / sums[0], errors[1] / sums[1]]
    });
    (
        resampling.interval(rates.iter().map(|r| r[0])),
        resampling.interval(rates.iter().map(|r| r[1])),
    )
}

fn bars(scores: &Scores) -> Vec<Bar> {
    let within = |all: &[f32], from: f32, to: f32| {
        (all.partition_point(|s| *s < to) - all.partition_point(|s| *s < from)) as u64
    };
    (-40..40_i16)
        .map(|i| f32::from(i) * BAR)
        .map(|from| {
            let to = if from + BAR >= 0.999 { f32::INFINITY } else { from + BAR };
            Bar {
                from,
                genuine: within(&scores.genuine, from, to),
                impostor: within(&scores.impostor, from, to),
            }
        })
        .skip_while(|bar| bar.genuine + bar.impostor == 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparisons() -> Vec<Comparison> {
        let c = |score: f32, same| Comparison { score, same, people: None };
        let mut all: Vec<_> = (0..1000_i16).map(|i| c(f32::from(i) * 0.0005, false)).collect();
        all.extend((0..100_i16).map(|i| c(0.4 + f32::from(i) * 0.005, true)));
        all
    }

    #[test]
    fn thresholds_let_through_exactly_the_allowed_share() {
        let scores = Scores::of(&comparisons());
        let (t, suffices) = scores.threshold_at(0.01).unwrap();
        assert!(suffices);
        assert_eq!(scores.fmr(t).errors, 10);
        assert_eq!(scores.fmr(t.next_down()).errors, 11, "the lowest such threshold");
        // impostors 0.495.. stay; genuine below 0.4945: 19 of 100
        assert_eq!(scores.fnmr(t).errors, 19);
        let (above_all, suffices) = scores.threshold_at(1e-4).unwrap();
        assert!(!suffices && scores.fmr(above_all).errors == 0);
    }

    #[test]
    fn equal_scores_stand_and_fall_together() {
        let c = |score: f32, same| Comparison { score, same, people: None };
        let scores = Scores::of(&[c(0.5, false), c(0.5, false), c(0.1, false), c(0.5, true)]);
        let (t, _) = scores.threshold_at(0.34).unwrap();
        assert_eq!(scores.fmr(t).errors, 0, "two share the score: neither may pass");
        assert_eq!(scores.fnmr(t).errors, 1);
    }

    #[test]
    fn the_equal_error_rate_lies_where_the_rates_meet() {
        let (t, rate) = Scores::of(&comparisons()).equal_error().unwrap();
        // impostor share from t = 1 - t/0.5; genuine share below t = (t - 0.4)/0.5: equal at t = 0.45
        assert!((t - 0.45).abs() < 0.006 && (rate - 0.1).abs() < 0.011, "{t} {rate}");
    }

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let c = Comparison { score: f32::NAN, same: true, people: None };
        assert!(Scores::of(&[c]).genuine().is_empty());
        assert_eq!(Scores::of(&[]).threshold_at(0.1), None);
    }
}
