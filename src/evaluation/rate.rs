//! A rate and its exact interval (Clopper and Pearson, 1934).

use serde::{Deserialize, Serialize};

/// Confidence of every interval in the reports.
pub const CONFIDENCE: f64 = 0.95;

/// Errors among trials, with the exact two-sided 95 % interval of independent trials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Errors.
    pub errors: u64,
    /// Trials.
    pub trials: u64,
    /// Errors over trials, 0 to 1; absent without a trial.
    pub rate: Option<f64>,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval; 1 without a trial: nothing is known.
    pub high: f64,
}

impl Rate {
    /// The rate of `errors` among `trials`.
    pub fn of(errors: usize, trials: usize) -> Self {
        let (k, n) = (errors as f64, trials as f64);
        let tail = (1.0 - CONFIDENCE) / 2.0;
        Self {
            errors: errors as u64,
            trials: trials as u64,
            rate: (trials > 0).then(|| k / n),
            low: lower(k, n, tail),
            high: upper(k, n, tail),
        }
    }
}

/// One-sided exact upper bound of a rate at the given confidence. Counts may be fractions: comparisons that share people count
/// for less than their number. Zero errors in `n` give about `3 / n` at 95 %.
pub fn upper_bound(errors: f64, trials: f64, confidence: f64) -> f64 {
    upper(errors, trials, 1.0 - confidence)
}

/// One-sided exact lower bound; see [`upper_bound`].
pub fn lower_bound(errors: f64, trials: f64, confidence: f64) -> f64 {
    lower(errors, trials, 1.0 - confidence)
}

fn lower(k: f64, n: f64, tail: f64) -> f64 {
    if k <= 0.0 || n <= 0.0 { 0.0 } else { quantile(tail, k, n - k + 1.0) }
}

fn upper(k: f64, n: f64, tail: f64) -> f64 {
    if k >= n || n <= 0.0 { 1.0 } else { quantile(1.0 - tail, k + 1.0, n - k) }
}

/// Quantile of the beta distribution, by bisection: 200 halvings end at the last bit.
fn quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if incomplete_beta(middle, a, b) < p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8, evaluated after Lentz).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    if x < (a + 1.0) / (a + b + 2.0) {
        front.exp() * fraction(x, a, b) / a
    } else {
        1.0 - front.exp() * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for step in 1..2000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// Logarithm of the gamma function for positive arguments (Lanczos, g = 7, n = 9).
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let sum = TERMS
        .iter()
        .enumerate()
        .fold(0.0, |sum, (i, term)| if i == 0 { *term } else { sum + term / (x + i as f64) });
    let t = x + G + 0.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6 * b.abs().max(1e-3), "{a} is not {b}");
    }

    /// Values of R's `binom.test` and of closed forms.
    #[test]
    fn intervals_are_those_of_the_textbook() {
        let none = Rate::of(0, 100);
        assert!(none.low == 0.0 && none.rate == Some(0.0));
        near(none.high, 1.0 - 0.025_f64.powf(0.01)); // closed form for no error
        let all = Rate::of(10, 10);
        near(all.low, 0.025_f64.powf(0.1));
        near(all.high, 1.0);
        let some = Rate::of(7, 50); // binom.test(7, 50)
        near(some.low, 0.058_191_7);
        near(some.high, 0.267_396_0);
        let half = Rate::of(5, 10); // binom.test(5, 10)
        near(half.low, 0.187_086_0);
        near(half.high, 0.812_914_0);
    }

    #[test]
    fn the_rule_of_three_holds() {
        let bound = upper_bound(0.0, 30_000.0, 0.95);
        assert!(bound <= 1e-4 && bound > 0.99e-4, "{bound}");
        assert!(upper_bound(0.0, 29_000.0, 0.95) > 1e-4);
        near(upper_bound(0.0, 30_000.0, 0.95), 1.0 - 0.05_f64.powf(1.0 / 30_000.0));
    }

    #[test]
    fn without_a_trial_nothing_is_known() {
        let nothing = Rate::of(0, 0);
        assert_eq!((nothing.rate, nothing.low, nothing.high), (None, 0.0, 1.0));
    }

    #[test]
    fn bounds_cover_what_they_promise() {
        // exact coverage for n = 60, p = 0.1: sum over k of P(k) where the interval holds p
        let (n, p) = (60, 0.1_f64);
        let mut covered = 0.0;
        for k in 0..=n {
            let choose = ln_gamma(f64::from(n) + 1.0)
                - ln_gamma(f64::from(k) + 1.0)
                - ln_gamma(f64::from(n - k) + 1.0);
            let chance = choose + f64::from(k) * p.ln() + f64::from(n - k) * (1.0 - p).ln();
            let rate = Rate::of(k as usize, n as usize);
            if rate.low <= p && p <= rate.high {
                covered += chance.exp();
            }
        }
        assert!((0.95..0.99).contains(&covered), "{covered}");
    }
}
