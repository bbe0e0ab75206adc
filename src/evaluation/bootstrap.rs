//! The bootstrap by subject: comparisons that share a person are not independent, so people are drawn anew, not comparisons.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Draws at most, and at least.
const DRAWS_MAX: usize = 1000;
const DRAWS_MIN: usize = 200;
/// Comparisons times draws at most, so that a large evaluation ends in seconds.
const WORK_MAX: usize = 200_000_000;
/// So that a second run gives the same digits.
const SEED: u64 = 0x6a69_616e_6d69_616e;

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The two people of a comparison, by number; twice the same for a genuine one.
pub type People = (u32, u32);

/// How often each person is drawn in each draw.
#[derive(Clone, Debug)]
pub struct Resampling {
    weights: Vec<Vec<u8>>,
}

impl Resampling {
    /// For so many people and comparisons.
    pub fn of(people: usize, comparisons: usize) -> Self {
        let draws = (WORK_MAX / comparisons.max(1)).clamp(DRAWS_MIN, DRAWS_MAX);
        Self::with(people, draws)
    }

    /// With a given number of draws.
    pub fn with(people: usize, draws: usize) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(SEED);
        let weights = (0..draws)
            .map(|_| {
                let mut weights = vec![0_u8; people];
                for _ in 0..people {
                    // Lemire's reduction without its correction: the bias is below 2^-32 times the number of people
                    let drawn = (u64::from(chance.next_u32()) * people as u64) >> 32;
                    let weight = &mut weights[drawn as usize];
                    *weight = weight.saturating_add(1);
                }
                weights
            })
            .collect();
        Self { weights }
    }

    /// The statistic of each draw, from the weight that a comparison of two people has in it.
    pub fn each<T>(&self, mut statistic: impl FnMut(&dyn Fn(People) -> f64) -> T) -> Vec<T> {
        self.weights
            .iter()
            .map(|weights| {
                statistic(&|(a, b): People| {
                    let weight = |p: u32| f64::from(weights.get(p as usize).copied().unwrap_or(0));
                    if a == b { weight(a) } else { weight(a) * weight(b) }
                })
            })
            .collect()
    }

    /// The middle 95 % of the draws; absent when fewer than half of them say anything.
    pub fn interval(&self, values: impl IntoIterator<Item = f64>) -> Option<Interval> {
        let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        if values.len() * 2 < self.weights.len() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        Some(Interval { low: at(0.025), high: at(0.975) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_twice_is_drawn_alike() {
        let a = Resampling::with(50, 20).each(|w| w((3, 4)));
        let b = Resampling::with(50, 20).each(|w| w((3, 4)));
        assert_eq!(a, b);
        let everybody: f64 = (0..50).map(|p| Resampling::with(50, 1).each(|w| w((p, p)))[0]).sum();
        assert!((everybody - 50.0).abs() < 1e-9, "each draw has as many people as there are");
    }

    /// For the mean of one value a person the bootstrap's spread is known: s / sqrt(n).
    #[test]
    fn the_spread_of_a_mean_is_the_standard_error() {
        let people = 200_u32;
        let resampling = Resampling::with(people as usize, 1000);
        let value = |p: u32| f64::from(p % 10);
        let means = resampling.each(|weight| {
            (0..people).map(|p| weight((p, p)) * value(p)).sum::<f64>() / f64::from(people)
        });
        let interval = resampling.interval(means).unwrap();
        let expected = 2.0 * 1.96 * 8.25_f64.sqrt() / f64::from(people).sqrt();
        assert!((interval.high - interval.low - expected).abs() < 0.1 * expected, "{interval:?}");
    }
}
