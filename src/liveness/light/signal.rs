//! Signals: colours as log chroma, slow drift taken out, and the drawn steps as functions of time.

use super::{Recording, ms};
use crate::{
    domain::{challenge::ScreenColour, finding::MeanColour},
    liveness::plan::{FADE_MS, PAPER},
};

/// Highest power of time in the drift that is taken out: white balance and exposure wander, the sun goes behind a cloud.
const TREND_POWER: usize = 3;
/// Values further out than so many robust standard deviations are drawn in: one badly cut face must not decide.
const CLIP_SIGMAS: f32 = 3.5;
/// A channel mean below this (of 255) carries no colour.
const DARK: f32 = 3.0;

/// Two chroma channels.
pub(super) type Chroma = [f32; 2];

/// sRGB (IEC 61966-2-1) value of 0 to 255 as linear light, 0 to 1.
fn linear(value: f32) -> f32 {
    let v = (value / 255.0).clamp(0.0, 1.0);
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// `ln(red/green)`, `ln(blue/green)` in linear light: exposure and shading, which scale all three alike, fall out; a fixed
/// skin colour and white balance become a constant. `None` when too dark or not a number.
pub(super) fn chroma(c: MeanColour) -> Option<Chroma> {
    let lit = |v: f32| v.is_finite() && v >= DARK;
    (lit(c.r) && lit(c.g) && lit(c.b)).then(|| {
        let g = linear(c.g);
        [(linear(c.r) / g).ln(), (linear(c.b) / g).ln()]
    })
}

/// Change of chroma against paper per unit of the screen's share in the face's light, to first order.
pub(super) fn drawn(c: ScreenColour) -> Chroma {
    let of = |c: ScreenColour| {
        let g = linear(c.g.into());
        [linear(c.r.into()) - g, linear(c.b.into()) - g]
    };
    let (colour, paper) = (of(c), of(PAPER));
    [colour[0] - paper[0], colour[1] - paper[1]]
}

/// Colour over time with the drift taken out.
pub(super) struct Trace {
    at: Vec<f32>,
    channels: [Vec<f32>; 2],
    trend: Vec<Vec<f32>>,
    /// Sum of squares over both channels.
    pub energy: f32,
}

impl Trace {
    /// `None` when fewer than `least` frames carry a colour.
    pub fn new(
        recording: &Recording,
        least: usize,
        colour: impl Fn(&super::Sample) -> Option<MeanColour>,
    ) -> Option<Self> {
        let points: Vec<(f32, Chroma)> = recording
            .samples
            .iter()
            .filter_map(|s| Some((ms(s.at_ms), chroma(colour(s)?)?)))
            .collect();
        if points.len() < least.max(TREND_POWER + 3) {
            return None;
        }
        let at: Vec<f32> = points.iter().map(|p| p.0).collect();
        let trend = trend(&at);
        let channel = |i: usize| {
            let mut values: Vec<f32> = points.iter().map(|p| p.1[i]).collect();
            remove(&trend, &mut values);
            clip(&mut values);
            remove(&trend, &mut values);
            values
        };
        let channels = [channel(0), channel(1)];
        let energy = channels.iter().flatten().map(|v| v * v).sum();
        Some(Self { at, channels, trend, energy })
    }

    pub fn frames(&self) -> usize {
        self.at.len()
    }

    /// How the trace and the steps meet when the steps are seen `lag` ms after they were shown.
    pub fn meet(&self, spans: &[(f32, f32)], lag: f32) -> Meeting {
        let steps: Vec<Vec<f32>> = spans
            .iter()
            .map(|&(from, until)| {
                let mut step: Vec<f32> =
                    self.at.iter().map(|t| ramp(t - from - lag) - ramp(t - until - lag)).collect();
                remove(&self.trend, &mut step);
                step
            })
            .collect();
        let seen =
            steps.iter().map(|s| [dot(s, &self.channels[0]), dot(s, &self.channels[1])]).collect();
        let overlap = steps.iter().map(|a| steps.iter().map(|b| dot(a, b)).collect()).collect();
        Meeting { seen, overlap }
    }
}

/// Inner products from which the correlation with any order of colours follows without going back to the frames.
pub(super) struct Meeting {
    /// Trace with step `i`, by channel.
    pub seen: Vec<Chroma>,
    /// Step `i` with step `j`.
    pub overlap: Vec<Vec<f32>>,
}

/// 0 before, 1 after the fade, a line between.
fn ramp(since: f32) -> f32 {
    #[allow(clippy::cast_precision_loss)]
    let fade = FADE_MS as f32;
    (since / fade).clamp(0.0, 1.0)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Orthonormal powers of time (Gram-Schmidt).
fn trend(at: &[f32]) -> Vec<Vec<f32>> {
    let (first, last) = (at.first().copied().unwrap_or(0.0), at.last().copied().unwrap_or(0.0));
    let half = ((last - first) / 2.0).max(1.0);
    let mut columns: Vec<Vec<f32>> = Vec::new();
    for power in 0..=TREND_POWER {
        let exponent = i32::try_from(power).unwrap_or(0);
        let mut column: Vec<f32> =
            at.iter().map(|t| ((t - first) / half - 1.0).powi(exponent)).collect();
        remove(&columns, &mut column);
        let norm = dot(&column, &column).sqrt();
        if norm > 1e-3 {
            for v in &mut column {
                *v /= norm;
            }
            columns.push(column);
        }
    }
    columns
}

fn remove(columns: &[Vec<f32>], values: &mut [f32]) {
    for column in columns {
        let share = dot(column, values);
        values.iter_mut().zip(column).for_each(|(v, c)| *v -= share * c);
    }
}

/// Draws outliers in. 1.4826: median absolute deviation to standard deviation of a normal distribution.
fn clip(values: &mut [f32]) {
    let mut sizes: Vec<f32> = values.iter().map(|v| v.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
    let limit = median * 1.4826 * CLIP_SIGMAS;
    if limit > 0.0 {
        for v in values {
            *v = v.clamp(-limit, limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposure_falls_out_of_chroma() {
        let at = |k: f32| {
            let byte = |l: f32| 255.0 * (1.055 * (l * k).powf(1.0 / 2.4) - 0.055);
            chroma(MeanColour { r: byte(0.5), g: byte(0.3), b: byte(0.2) }).unwrap()
        };
        let (dim, bright) = (at(0.5), at(1.0));
        assert!((dim[0] - bright[0]).abs() < 1e-3 && (dim[1] - bright[1]).abs() < 1e-3);
    }

    #[test]
    fn darkness_and_nonsense_carry_no_colour() {
        assert!(chroma(MeanColour { r: 1.0, g: 90.0, b: 90.0 }).is_none());
        assert!(chroma(MeanColour { r: f32::NAN, g: 90.0, b: 90.0 }).is_none());
    }

    #[test]
    fn a_cubic_drift_is_removed_entirely() {
        let at: Vec<f32> = (0..60_u8).map(|i| f32::from(i) * 100.0).collect();
        let columns = trend(&at);
        let mut values: Vec<f32> =
            at.iter().map(|t| 0.3 + 1e-4 * t - 2e-8 * t * t + 3e-12 * t * t * t).collect();
        remove(&columns, &mut values);
        assert!(values.iter().all(|v| v.abs() < 1e-4));
    }
}
