//! What each score says: how many impostors reach it, and the likelihood ratio by isotonic regression (pool adjacent violators),
//! with a bootstrap by subject.

use super::{
    bootstrap::Resampling,
    rate::{lower_bound, upper_bound},
    verification::Comparison,
};
use crate::domain::calibration::{Level, Proof};

/// Scores from, step, and how many levels: to 1.
const FROM: f32 = -0.2;
const STEP: f32 = 0.02;
const LEVELS: usize = 60;
/// Draws of the bootstrap.
const DRAWS: usize = 200;

fn place(score: f32) -> usize {
    (((score - FROM) / STEP).floor().max(0.0) as usize).min(LEVELS - 1)
}

/// The levels of all comparisons.
pub(super) fn levels(comparisons: &[Comparison], overall: &Proof) -> Vec<Level> {
    let drawn = draws(comparisons);
    let mut counts = [[0.0_f64; LEVELS]; 2];
    for c in comparisons.iter().filter(|c| c.score.is_finite()) {
        counts[usize::from(c.same)][place(c.score)] += 1.0;
    }
    let llrs = likelihood_ratios(&counts);
    let n: f64 = counts[0].iter().sum();
    let share = if n > 0.0 { overall.counted / n } else { 0.0 };
    (0..LEVELS)
        .map(|i| {
            let errors: f64 = counts[0][i..].iter().sum();
            let mut here: Vec<f64> = drawn.iter().map(|d| d[i]).collect();
            here.sort_by(f64::total_cmp);
            let at = |q: f64| {
                here.get((here.len().max(1) as f64 * q) as usize).copied().unwrap_or(llrs[i])
            };
            Level {
                score: FROM + STEP * f32::from(u8::try_from(i).unwrap_or(u8::MAX)),
                errors: errors as u64,
                fmr_low: lower_bound(errors * share, n * share, 0.975),
                fmr_high: upper_bound(errors * share, n * share, 0.975),
                llr: llrs[i],
                llr_low: at(0.025).min(llrs[i]),
                llr_high: at(0.975).max(llrs[i]),
            }
        })
        .collect()
}

/// Below the first score that speaks for the same person the two are far apart; always below the threshold.
pub(super) fn far_below(levels: &[Level], threshold: f32) -> f32 {
    let first = levels.iter().find(|l| l.llr >= 0.0).map_or(threshold, |l| l.score);
    first.min(threshold - STEP)
}

fn draws(comparisons: &[Comparison]) -> Vec<[f64; LEVELS]> {
    let people = comparisons.iter().filter_map(|c| c.people).map(|(a, b)| a.max(b)).max();
    let Some(people) = people else { return Vec::new() };
    let binned: Vec<_> = comparisons
        .iter()
        .filter_map(|c| Some((c.people?, usize::from(c.same), place(c.score))))
        .collect();
    Resampling::with(people as usize + 1, DRAWS).each(|weight| {
        let mut counts = [[0.0; LEVELS]; 2];
        for (people, same, place) in &binned {
            counts[*same][*place] += weight(*people);
        }
        likelihood_ratios(&counts)
    })
}

/// Pools neighbouring levels until the share of genuine comparisons rises, then takes the ratio of each pool; half a comparison is
/// added to either kind, so that no pool is infinitely sure.
fn likelihood_ratios([impostor, genuine]: &[[f64; LEVELS]; 2]) -> [f64; LEVELS] {
    let totals = [impostor.iter().sum::<f64>(), genuine.iter().sum::<f64>()];
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    let share = |p: &(f64, f64, usize)| {
        let (i, g) = (p.0 / totals[0].max(1.0), p.1 / totals[1].max(1.0));
        if i + g > 0.0 { Some(g / (i + g)) } else { None }
    };
    for (i, g) in impostor.iter().zip(genuine) {
        pools.push((*i, *g, 1));
        while let [.., before, last] = &pools[..] {
            // An empty level says nothing of its own: it goes with the one before it.
            let rising = match (share(before), share(last)) {
                (Some(a), Some(b)) => a < b,
                _ => false,
            };
            if rising {
                break;
            }
            let merged = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            pools.truncate(pools.len() - 2);
            pools.push(merged);
        }
    }
    let mut llrs = [0.0; LEVELS];
    let (mut at, mut highest) = (0, f64::NEG_INFINITY);
    for (i, g, width) in pools {
        let llr = ((g + 0.5) / (totals[1] + 1.0)).ln() - ((i + 0.5) / (totals[0] + 1.0)).ln();
        highest = highest.max(llr);
        llrs[at..at + width].fill(highest);
        at += width;
    }
    llrs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bell curves of equal width: the true logarithm of the ratio is a straight line.
    #[test]
    fn the_ratio_of_two_bell_curves_is_found() {
        let (low, high, sd) = (0.1_f64, 0.6_f64, 0.12_f64);
        let mut comparisons = Vec::new();
        for i in 1..4000_u32 {
            // quantiles of the standard normal by the logistic approximation are enough here
            let p = f64::from(i) / 4000.0;
            let z = (p / (1.0 - p)).ln() / 1.702;
            for (mean, same) in [(low, false), (high, true)] {
                let people = Some(if same { (i, i) } else { (i, i + 1) });
                let score = (mean + sd * z) as f32;
                comparisons.push(Comparison { score, same, people });
            }
        }
        let proof = Proof {
            impostors: 3999,
            counted: 3999.0,
            people: Some(4000),
            errors: 0,
            fmr_high: 1.0,
        };
        let levels = levels(&comparisons, &proof);
        assert!(levels.windows(2).all(|w| w[0].llr <= w[1].llr), "monotone");
        let middle = levels.iter().find(|l| l.score >= 0.339).unwrap();
        assert!(middle.llr.abs() < 0.5, "even odds half way: {middle:?}");
        assert!(levels.last().unwrap().llr > 5.0 && levels[5].llr < -4.0);
        assert!(levels.iter().all(|l| l.llr_low <= l.llr && l.llr <= l.llr_high));
        let far = far_below(&levels, 0.6);
        assert!((0.3..0.4).contains(&far), "{far}");
    }
}
