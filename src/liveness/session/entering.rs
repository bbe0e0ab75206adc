//! What each stage begins with, and the change of the camera, which begins them anew.

use super::Session;
use crate::{
    domain::{
        challenge::{CameraSide, LightStep, Prompt},
        evidence::{LightOutcome, MarkKind, TurnOutcome},
        finding::CallMs,
    },
    liveness::{
        gesture::Turning,
        light::{self, Recording},
        stage::{Cause, LightRun, Stage},
    },
};

/// After the last colour, ms: the slowest allowed answer comes in.
const SETTLING_MS: CallMs = 700;
/// Frames further apart than this, ms (smoothed), get slower light: each step must be seen in several frames.
pub const SLOW_FRAMES_MS: f32 = 280.0;
const SLOW_PACE: f32 = 1.5;
/// Without light there is no time of plain looking before the turn: so much of it is added, ms, for probes and for the
/// presentation-attack nets (policy: at least 6 looks, one each 400 ms).
const LOOKING_MS: CallMs = 4000;

impl Session {
    /// Another camera. What the light has refuted by now stays refuted: changing the camera does not wash it off.
    pub(super) fn camera(&mut self, side: CameraSide) {
        if side == self.camera {
            return;
        }
        self.camera = side;
        self.gathered.mark(
            self.now,
            match side {
                CameraSide::Front => MarkKind::FrontCamera,
                CameraSide::Rear => MarkKind::RearCamera,
            },
        );
        let shown = match &self.stage {
            Stage::Light(LightRun { recording, .. }) | Stage::Settling { recording, .. } => {
                Some(recording.clone())
            }
            _ => None,
        };
        if let Some(mut recording) = shown {
            recording.off(self.now);
            let outcome = light::judge(&recording, &self.policy.light);
            if matches!(outcome, LightOutcome::Mismatch(_) | LightOutcome::Late(_)) {
                return self.judged(outcome);
            }
        }
        self.go(Cause::CameraChanged);
    }

    pub(super) fn enter_light(&mut self) -> Stage {
        let steps: Vec<LightStep> = match self.light_runs {
            0 => self.plan.light.clone(),
            _ => self.draw.light(),
        };
        self.light_runs += 1;
        let pace = if self.gathered.interval_ms() > SLOW_FRAMES_MS { SLOW_PACE } else { 1.0 };
        let lead_in = LightRun::lead_in(self.step);
        self.light_prompt(lead_in);
        self.gathered.probes.new_segment(self.now);
        Stage::Light(LightRun::new(steps, self.now, pace))
    }

    pub(super) fn enter_settling(&mut self, from: Stage) -> Stage {
        let mut recording = match from {
            Stage::Light(run) => run.recording,
            _ => Recording::default(),
        };
        recording.off(self.now);
        self.gathered.probes.new_segment(self.now);
        Stage::Settling { recording, until_ms: self.now.saturating_add(SETTLING_MS) }
    }

    pub(super) fn enter_waiting(&mut self) -> Stage {
        if self.turns_asked > 0 {
            self.plan = self.draw.plan();
        }
        if self.no_movement {
            self.turn = TurnOutcome::Skipped;
        }
        let looking = if self.light.is_none() { LOOKING_MS } else { 0 };
        if looking > 0 {
            self.prompt(Prompt::LightOff);
        }
        Stage::Waiting {
            ask_ms: self.now.saturating_add(looking + CallMs::from(self.plan.turn_after_ms)),
        }
    }

    pub(super) fn enter_turning(&mut self) -> Stage {
        self.turns_asked += 1;
        self.turn = TurnOutcome::Skipped;
        let side = self.plan.turn;
        self.prompt(Prompt::Turn { side });
        self.gathered.mark(self.now, MarkKind::TurnAsked);
        Stage::Turning(Turning::new(side, self.now, &self.baseline, &self.policy.turn))
    }

    pub(super) fn enter_returning(&mut self, from: Stage) -> Stage {
        self.prompt(Prompt::FaceForward);
        self.gathered.probes.new_segment(self.now);
        match from {
            Stage::Turning(turning) => Stage::Returning { turning, since_ms: self.now },
            other => other,
        }
    }
}
