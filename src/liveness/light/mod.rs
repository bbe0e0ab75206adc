//! The screen light: what was shown when, what the camera saw, and whether the one answers the other.
//! The mathematics is explained in `docs/liveness.md`.

mod judge;
mod signal;

pub(super) use judge::judge;

use super::plan::FADE_MS;
use crate::domain::{
    challenge::ScreenColour,
    finding::{CallMs, FrameFindings, MeanColour},
};

/// A missing acknowledgement is taken to be this late, ms (a prompt's way to a phone on a mobile network, and one repaint).
const UNACKNOWLEDGED_MS: CallMs = 150;
/// No acknowledgement counts for later than this, ms: else a relay could hide its way round behind late acknowledgements.
const ACKNOWLEDGED_MAX_MS: CallMs = 1200;
/// Frames kept of one run; 40 s at 15 a second, many times a run's length.
const SAMPLES_MAX: usize = 600;

/// One step that was sent to the phone.
#[derive(Clone, Debug)]
pub(super) struct ShownStep {
    pub step: u32,
    pub colour: ScreenColour,
    pub prompted_ms: CallMs,
    pub acknowledged_ms: Option<CallMs>,
}

impl ShownStep {
    /// When it came onto the screen, as well as the server can know.
    fn shown_ms(&self) -> CallMs {
        match self.acknowledged_ms {
            Some(at) => {
                at.clamp(self.prompted_ms, self.prompted_ms.saturating_add(ACKNOWLEDGED_MAX_MS))
            }
            None => self.prompted_ms.saturating_add(UNACKNOWLEDGED_MS),
        }
    }
}

/// Mean colours of one frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub at_ms: CallMs,
    pub skin: MeanColour,
    pub background: Option<MeanColour>,
}

/// Everything one run of light left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Recording {
    steps: Vec<ShownStep>,
    off_ms: Option<CallMs>,
    samples: Vec<Sample>,
}

impl Recording {
    /// A step (not the lead-in, which is paper like what was there before) was sent.
    pub fn prompted(&mut self, step: u32, colour: ScreenColour, at_ms: CallMs) {
        self.steps.push(ShownStep { step, colour, prompted_ms: at_ms, acknowledged_ms: None });
    }

    /// The phone says that it shows a step. The first word counts; unknown steps are ignored.
    pub fn acknowledged(&mut self, step: u32, at_ms: CallMs) {
        if let Some(s) = self.steps.iter_mut().find(|s| s.step == step) {
            s.acknowledged_ms.get_or_insert(at_ms);
        }
    }

    /// The ground went back to paper.
    pub fn off(&mut self, at_ms: CallMs) {
        self.off_ms.get_or_insert(at_ms);
    }

    /// A frame; without a face it tells nothing.
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs) {
        if let Some(face) = frame.face.as_ref().filter(|_| self.samples.len() < SAMPLES_MAX) {
            self.samples.push(Sample { at_ms, skin: face.skin, background: frame.background });
        }
    }

    /// Frames that fell into a step, on average, when the steps are seen `lag_ms` after they were shown.
    #[allow(clippy::cast_precision_loss)]
    fn frames_per_step(&self, spans: &[(f32, f32)], lag_ms: i32) -> f32 {
        let lag = lag_ms as f32;
        let inside = |s: &&Sample| {
            spans.iter().any(|(from, until)| (from + lag..until + lag).contains(&ms(s.at_ms)))
        };
        self.samples.iter().filter(inside).count() as f32 / spans.len().max(1) as f32
    }

    /// Usual time (median) between a prompt and its appearance as far as the server can know, ms.
    fn usual_way_ms(&self) -> i32 {
        let mut ways: Vec<CallMs> =
            self.steps.iter().map(|s| s.shown_ms() - s.prompted_ms).collect();
        ways.sort_unstable();
        ways.get(ways.len() / 2).and_then(|w| i32::try_from(*w).ok()).unwrap_or(0)
    }

    /// Step `i` on the screen: from, until (both at the start of the fade), ms.
    fn spans(&self) -> Vec<(f32, f32)> {
        let mut starts: Vec<CallMs> = self.steps.iter().map(ShownStep::shown_ms).collect();
        let way = starts.last().zip(self.steps.last()).map_or(0, |(s, l)| s - l.prompted_ms);
        let last = starts.last().copied().unwrap_or(0);
        starts.push(self.off_ms.map_or(last + CallMs::from(FADE_MS), |off| off + way));
        starts.windows(2).map(|w| (ms(w[0]), ms(w[1].max(w[0])))).collect()
    }
}

/// Milliseconds within a call fit a float's 24 bits for 4.6 hours.
#[allow(clippy::cast_precision_loss)]
pub(super) fn ms(at: CallMs) -> f32 {
    at as f32
}
