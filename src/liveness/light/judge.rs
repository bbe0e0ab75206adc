//! Judgement: does the face answer the drawn colours, in their order, in time, and more than the background?

use super::{
    Recording,
    signal::{Chroma, Meeting, Trace, drawn},
};
use crate::domain::{
    challenge::ScreenColour,
    evidence::{LightMeasure, LightOutcome},
    policy::LightPolicy,
};

/// Lags that are tried, ms: from the sending of the prompt (no answer can be earlier; on a slow line the acknowledgement
/// travels more slowly than the picture) to well above the policy's limit, to tell a late answer from none.
const LAG_FROM_MS: i32 = -600;
const LAG_TO_MS: i32 = 1800;
const LAG_STEP_MS: usize = 75;
/// Frames a step, on average, below which nobody is accused: a step seen in so few pictures can look like its neighbour, and a
/// picture of every quarter of a second dates an answer no better than that. Seven pictures a second, one of twenty lost, are
/// 5.1 in seven steps; a server that keeps up with 5 a second looks at 4.4.
const ACCUSING_FRAMES_PER_STEP: f32 = 5.0;
/// So much of the fitted signal may be left unexplained when that is more than the policy's limit: what errors of timing leave
/// grows with the light itself. It asks for a correlation of 0.93: of 600 simulated recordings of another call, in strong light,
/// none passed by it.
const UNEXPLAINED_SHARE: f32 = 0.4;
/// Share of frames in which the background must be seen to be compared.
const BACKGROUND_SHARE: f32 = 0.6;

/// How well one order of colours fits, at its best lag.
#[derive(Clone, Copy, Debug)]
struct Fit {
    correlation: f32,
    /// Per cent change of colour, root mean square over the run, along the fitted signal.
    response: f32,
    lag_ms: i32,
}

/// One lag: everything needed to score any order of the same colours.
struct AtLag {
    lag_ms: i32,
    /// Agreement of step `i` with colour `k`.
    agree: Vec<Vec<f32>>,
    overlap: Vec<Vec<f32>>,
}

/// Judges one run of light.
pub(in crate::liveness) fn judge(recording: &Recording, policy: &LightPolicy) -> LightOutcome {
    let spans = recording.spans();
    let least = policy.frames_min as usize;
    let Some(face) = Trace::new(recording, least, |s| Some(s.skin)) else {
        return LightOutcome::Inconclusive(None);
    };
    let (colours, order) = palette_of(recording);
    if colours.len() < 3 || face.energy <= f32::EPSILON {
        return LightOutcome::Inconclusive(None);
    }
    let lags: Vec<AtLag> = (LAG_FROM_MS.max(-recording.usual_way_ms())..=LAG_TO_MS)
        .step_by(LAG_STEP_MS)
        .map(|lag| AtLag::new(&face, &spans, &colours, lag))
        .collect();
    let products = products(&colours);
    let fit_of = |order: &[usize]| best_fit(&lags, order, &products, &face);
    let drawn_fit = fit_of(&order);
    let others = Others::compare(&order, drawn_fit, fit_of);
    let background =
        background_response(recording, &spans, &colours, &order, &products, drawn_fit.lag_ms);
    let measure = LightMeasure {
        correlation: drawn_fit.correlation,
        lag_ms: drawn_fit.lag_ms,
        chance: others.chance,
        face_response: drawn_fit.response,
        background_response: background,
        frames: u32::try_from(face.frames()).unwrap_or(u32::MAX),
    };
    let accusing = recording.frames_per_step(&spans, measure.lag_ms) >= ACCUSING_FRAMES_PER_STEP;
    match outcome(measure, &others, policy) {
        LightOutcome::Mismatch(m) | LightOutcome::Late(m) if !accusing => {
            LightOutcome::Inconclusive(Some(m))
        }
        outcome => outcome,
    }
}

fn outcome(m: LightMeasure, others: &Others, policy: &LightPolicy) -> LightOutcome {
    let clear = m.correlation >= policy.correlation_min
        && m.chance <= policy.chance_max
        && m.face_response >= policy.response_min
        && unexplained(&m) <= policy.unexplained_max.max(UNEXPLAINED_SHARE * m.face_response);
    if !clear {
        let other_order = others.best.correlation >= policy.mismatch_correlation_min
            && others.best.correlation - m.correlation >= policy.mismatch_margin
            && others.best.response >= 2.0 * policy.response_min;
        return if other_order {
            LightOutcome::Mismatch(m)
        } else {
            LightOutcome::Inconclusive(Some(m))
        };
    }
    // Without a background a print that fills the picture answers like a face: not enough to tell.
    let Some(background) = m.background_response else {
        return LightOutcome::Inconclusive(Some(m));
    };
    if m.lag_ms > policy.lag_max_ms {
        LightOutcome::Late(m)
    } else if m.face_response < policy.face_over_background_min * background {
        LightOutcome::Flat(m)
    } else {
        LightOutcome::Seen(m)
    }
}

/// Size of the colour changes that the drawn light does not explain, per cent: with correlation `c` the explained part is `c`
/// of the whole, the rest `sqrt(1 - c²)`.
fn unexplained(m: &LightMeasure) -> f32 {
    let c = m.correlation.max(0.01);
    m.face_response * (1.0 - c * c).max(0.0).sqrt() / c
}

/// The distinct colours that were shown, and the order of the steps as indices into them.
fn palette_of(recording: &Recording) -> (Vec<Chroma>, Vec<usize>) {
    let mut seen: Vec<ScreenColour> = Vec::new();
    let order = recording
        .steps
        .iter()
        .map(|s| {
            seen.iter().position(|c| *c == s.colour).unwrap_or_else(|| {
                seen.push(s.colour);
                seen.len() - 1
            })
        })
        .collect();
    (seen.into_iter().map(drawn).collect(), order)
}

fn products(colours: &[Chroma]) -> Vec<Vec<f32>> {
    let product = |a: &Chroma, b: &Chroma| a[0] * b[0] + a[1] * b[1];
    colours.iter().map(|a| colours.iter().map(|b| product(a, b)).collect()).collect()
}

impl AtLag {
    fn new(trace: &Trace, spans: &[(f32, f32)], colours: &[Chroma], lag_ms: i32) -> Self {
        #[allow(clippy::cast_precision_loss)]
        let Meeting { seen, overlap } = trace.meet(spans, lag_ms as f32);
        let agree = seen
            .iter()
            .map(|s| colours.iter().map(|c| s[0] * c[0] + s[1] * c[1]).collect())
            .collect();
        Self { lag_ms, agree, overlap }
    }

    /// Inner product of the trace with an order's signal, and the signal's energy.
    fn score(&self, order: &[usize], products: &[Vec<f32>]) -> (f32, f32) {
        let (mut inner, mut energy) = (0.0, 0.0);
        for (i, &a) in order.iter().enumerate() {
            let (overlap, product) = (&self.overlap[i], &products[a]);
            inner += self.agree[i][a];
            energy += overlap[i] * product[a];
            for (j, &b) in order[..i].iter().enumerate() {
                energy += 2.0 * overlap[j] * product[b];
            }
        }
        (inner, energy)
    }
}

fn best_fit(lags: &[AtLag], order: &[usize], products: &[Vec<f32>], trace: &Trace) -> Fit {
    let mut best = Fit { correlation: -1.0, response: 0.0, lag_ms: 0 };
    for lag in lags {
        let (inner, energy) = lag.score(order, products);
        let correlation = inner / (energy * trace.energy).sqrt();
        if energy > f32::EPSILON && correlation > best.correlation {
            let response = response(inner, energy, trace.frames());
            best = Fit { correlation, response, lag_ms: lag.lag_ms };
        }
    }
    best
}

/// Least-squares gain times the signal's root mean square, in per cent.
#[allow(clippy::cast_precision_loss)]
fn response(inner: f32, energy: f32, frames: usize) -> f32 {
    100.0 * inner / (energy * frames as f32).sqrt()
}

/// How the other orders of the same colours fit.
struct Others {
    /// Share of all orders that fit at least as well as the drawn one, itself counted.
    chance: f32,
    best: Fit,
}

impl Others {
    fn compare(order: &[usize], own: Fit, fit_of: impl Fn(&[usize]) -> Fit) -> Self {
        let mut best = Fit { correlation: -1.0, response: 0.0, lag_ms: 0 };
        let (mut all, mut as_good) = (1_u16, 1_u16);
        let mut other = order.to_vec();
        other.sort_unstable();
        loop {
            if other != order && other.windows(2).all(|w| w[0] != w[1]) {
                let fit = fit_of(&other);
                all = all.saturating_add(1);
                as_good = as_good.saturating_add(u16::from(fit.correlation >= own.correlation));
                if fit.correlation > best.correlation {
                    best = fit;
                }
            }
            if !next_order(&mut other) {
                break;
            }
        }
        Self { chance: f32::from(as_good) / f32::from(all), best }
    }
}

/// Next permutation in lexicographic order, equal elements counted once; `false` after the last.
fn next_order(order: &mut [usize]) -> bool {
    let Some(pivot) = order.windows(2).rposition(|w| w[0] < w[1]) else { return false };
    let Some(larger) = order.iter().rposition(|v| *v > order[pivot]) else { return false };
    order.swap(pivot, larger);
    order[pivot + 1..].reverse();
    true
}

fn background_response(
    recording: &Recording,
    spans: &[(f32, f32)],
    colours: &[Chroma],
    order: &[usize],
    products: &[Vec<f32>],
    lag_ms: i32,
) -> Option<f32> {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let least = (BACKGROUND_SHARE * recording.samples.len() as f32).ceil() as usize;
    let trace = Trace::new(recording, least, |s| s.background)?;
    let (inner, energy) = AtLag::new(&trace, spans, colours, lag_ms).score(order, products);
    (energy > f32::EPSILON).then(|| response(inner, energy, trace.frames()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_enumerated_once() {
        let mut order = vec![0, 0, 1, 2];
        let mut seen = std::collections::HashSet::from([order.clone()]);
        while next_order(&mut order) {
            assert!(seen.insert(order.clone()));
        }
        assert_eq!(seen.len(), 12);
    }
}
