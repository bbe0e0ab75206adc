//! The session of one call: events in, prompts and in the end evidence out. What a stage begins with is in `entering`.

mod entering;

pub use entering::SLOW_FRAMES_MS;

use super::{
    Output,
    gathered::Gathered,
    gesture::Baseline,
    hints::Hints,
    light,
    plan::Draw,
    stage::{Cause, Due, LightRun, Stage, StageName, end_of, next},
};
use crate::domain::{
    challenge::{CameraSide, LivenessEvent, Plan, Prompt, TimedEvent},
    evidence::{CaptureEnd, LightOutcome, LivenessEvidence, MarkKind, TurnOutcome},
    finding::{CallMs, FrameFindings, Want},
    policy::Policy,
};
use std::collections::VecDeque;

/// A face is steady when usable in so many frames in a row, over at least so many ms.
const STEADY_FRAMES: u32 = 4;
const STEADY_MS: CallMs = 300;
/// Seeking ends without a usable face after, ms.
const SEEKING_MAX_MS: CallMs = 12_000;
/// A face that is away for longer during the light begins it anew, ms; and so many times at most.
const FACE_GONE_MS: CallMs = 1000;
const RESTARTS_MAX: u32 = 2;
/// So much longer the light is not judged while pictures of that time are still being analysed, ms: a slow server waits for what
/// it has already been sent.
const PENDING_MAX_MS: CallMs = 1500;
/// Looking back after the turn takes at most, ms.
const RETURNING_MAX_MS: CallMs = 2500;
/// Longest capture, ms, pauses not counted; and longest pauses, all together.
const CAPTURE_MAX_MS: CallMs = 75_000;
const PAUSES_MAX_MS: CallMs = 40_000;
/// One capture, sans I/O: feed [`Session::handle`], then drain [`Session::poll`].
#[derive(Debug)]
pub struct Session {
    policy: Policy,
    draw: Draw,
    plan: Plan,
    stage: Stage,
    outbox: VecDeque<Output>,
    now: CallMs,
    /// Arrival of the newest frame that was looked at.
    taken_ms: CallMs,
    began_ms: Option<CallMs>,
    paused_ms: CallMs,
    progress: f32,
    step: u32,
    light_runs: u32,
    restarts: u32,
    camera: CameraSide,
    light: Option<LightOutcome>,
    turn: TurnOutcome,
    turns_asked: u32,
    no_movement: bool,
    baseline: Baseline,
    hints: Hints,
    gathered: Gathered,
}

impl Session {
    /// Draws the plan of the call from its seed.
    pub fn new(seed: [u8; 32], policy: &Policy) -> Self {
        let mut draw = Draw::new(seed);
        let plan = draw.plan();
        Self {
            policy: policy.clone(),
            draw,
            plan,
            stage: Stage::Seeking { since_ms: 0, steady: None },
            outbox: VecDeque::from([Output::Prompt(Prompt::FindFace)]),
            now: 0,
            taken_ms: 0,
            began_ms: None,
            paused_ms: 0,
            progress: 0.0,
            step: 0,
            light_runs: 0,
            restarts: 0,
            camera: CameraSide::Front,
            light: None,
            turn: TurnOutcome::NotAsked,
            turns_asked: 0,
            no_movement: false,
            baseline: Baseline::default(),
            hints: Hints::default(),
            gathered: Gathered::default(),
        }
    }

    /// One event. Times that run backwards are taken as standing still.
    pub fn handle(&mut self, event: &TimedEvent) {
        if matches!(self.stage, Stage::Concluded) {
            return;
        }
        self.now = self.now.max(event.at_ms);
        if !matches!(event.event, LivenessEvent::Camera { .. }) {
            self.began_ms.get_or_insert(self.now);
        }
        self.time();
        match &event.event {
            LivenessEvent::Frame(frame) => self.frame(frame),
            LivenessEvent::Shown { step } => self.shown(*step),
            LivenessEvent::SkipMovement => self.skip_movement(),
            LivenessEvent::Camera { side } => self.camera(*side),
            LivenessEvent::LineLost => self.go(Cause::LineLost),
            LivenessEvent::LineBack => self.go(Cause::LineBack),
            LivenessEvent::Tick => {}
            LivenessEvent::End => self.go(Cause::BudgetSpent),
            LivenessEvent::Leave => self.go(Cause::Left),
        }
        self.show_progress();
    }

    /// The next output; drain after each event.
    pub fn poll(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// What analysis should compute for the next frame.
    pub fn wants(&self) -> Want {
        let pose = match self.stage {
            Stage::Paused { .. } | Stage::Concluded => return Want::LEAST,
            Stage::Seeking { .. } => self.gathered.frames().is_multiple_of(2),
            Stage::Light(_) | Stage::Settling { .. } => self.gathered.frames().is_multiple_of(3),
            Stage::Waiting { .. } | Stage::Turning(_) | Stage::Returning { .. } => true,
        };
        let seeking = matches!(self.stage, Stage::Seeking { .. });
        Want {
            pose,
            bona_fide: !seeking && self.gathered.probes.wants_look(self.now),
            embedding_from: self.gathered.probes.wants_embedding_from(self.now),
        }
    }

    /// The stage, for the timeline and for tests.
    pub fn stage(&self) -> StageName {
        self.stage.name()
    }

    /// What follows from time alone.
    fn time(&mut self) {
        let now = self.now;
        self.gathered.probes.time(now);
        let captured = now - self.began_ms.unwrap_or(now);
        if !matches!(self.stage, Stage::Paused { .. })
            && captured.saturating_sub(self.paused_ms) >= CAPTURE_MAX_MS
        {
            return self.go(Cause::BudgetSpent);
        }
        match &mut self.stage {
            // Nobody is sought before there are pictures, however long connecting takes.
            Stage::Seeking { since_ms, .. } if self.gathered.frames() == 0 => *since_ms = now,
            Stage::Seeking { since_ms, .. } if now - *since_ms >= SEEKING_MAX_MS => {
                self.go(Cause::NoFaceInTime);
            }
            Stage::Light(run) => match run.due(now, self.step) {
                Due::Step(prompt) => self.light_prompt(prompt),
                Due::Over => self.go(Cause::StepsShown),
                Due::Nothing => {}
            },
            Stage::Settling { recording, until_ms }
                if now >= *until_ms
                    && (self.taken_ms >= *until_ms || now - *until_ms >= PENDING_MAX_MS) =>
            {
                let outcome = light::judge(recording, &self.policy.light);
                self.judged(outcome);
            }
            Stage::Waiting { .. } if self.no_movement => self.go(Cause::MovementSkipped),
            Stage::Waiting { ask_ms } if now >= *ask_ms => self.go(Cause::MomentCame),
            Stage::Turning(turning) if turning.over(now, &self.policy.turn) => {
                self.turn = TurnOutcome::Skipped;
                self.go(Cause::NotTurned);
            }
            Stage::Returning { since_ms, .. } if now - *since_ms >= RETURNING_MAX_MS => {
                self.go(Cause::LookedBack);
            }
            Stage::Paused { since_ms } if now - *since_ms + self.paused_ms >= PAUSES_MAX_MS => {
                self.go(Cause::LineStaysLost);
            }
            _ => {}
        }
    }

    /// What happened in front of the camera is dated by the arrival of its picture: how long decoding and analysis took after
    /// that is the server's affair, and must never count against a person. What the session itself does is dated by `now`.
    fn frame(&mut self, frame: &FrameFindings) {
        let at = frame.at_ms.clamp(self.taken_ms, self.now);
        self.taken_ms = at;
        if matches!(self.stage, Stage::Paused { .. }) {
            self.go(Cause::LineBack);
        }
        if matches!(self.stage, Stage::Concluded) {
            return;
        }
        let excused = matches!(self.stage, Stage::Turning(_) | Stage::Returning { .. });
        let usable = self.gathered.frame(frame, at, excused, self.policy.flat_below);
        if let Some(hint) = self.hints.frame(frame, self.now).filter(|_| !excused) {
            self.outbox.push_back(Output::Hint(hint));
        }
        let without_face = self.gathered.without_face_ms(at).unwrap_or(0);
        match &mut self.stage {
            Stage::Seeking { steady, .. } => {
                let (since, frames) = steady.map_or((at, 1), |(since, n)| (since, n + 1));
                *steady = usable.then_some((since, frames));
                if usable && frames >= STEADY_FRAMES && at - since >= STEADY_MS {
                    self.go(match (self.light, self.camera) {
                        (None, CameraSide::Front) => Cause::FaceSteady,
                        _ => Cause::FaceSteadyAgain,
                    });
                }
            }
            Stage::Light(run) => {
                run.recording.frame(frame, at);
                if frame.face.is_none() && without_face > FACE_GONE_MS {
                    let again = self.restarts < RESTARTS_MAX;
                    self.restarts += 1;
                    self.go(if again { Cause::FaceGone } else { Cause::FaceGoneTooOften });
                }
            }
            Stage::Settling { recording, .. } => recording.frame(frame, at),
            Stage::Turning(turning) => {
                if let Some(outcome) = turning.frame(frame, at, &self.policy.turn) {
                    self.turn = outcome;
                    if let TurnOutcome::Seen { .. } = outcome {
                        self.gathered.mark(at, MarkKind::TurnSeen);
                    }
                    self.go(Cause::Turned);
                }
            }
            Stage::Returning { turning, .. } => {
                let back = turning.is_back(frame, &self.policy.turn);
                if back && usable && self.gathered.probes.segment_done() {
                    self.go(Cause::LookedBack);
                }
            }
            Stage::Waiting { .. } | Stage::Paused { .. } | Stage::Concluded => {}
        }
        self.baseline.frame(frame, at);
    }

    fn shown(&mut self, step: u32) {
        match &mut self.stage {
            Stage::Light(LightRun { recording, .. }) | Stage::Settling { recording, .. } => {
                recording.acknowledged(step, self.now);
            }
            _ => {}
        }
    }

    fn skip_movement(&mut self) {
        self.no_movement = true;
        if matches!(self.stage, Stage::Waiting { .. } | Stage::Turning(_)) {
            self.turn = TurnOutcome::Skipped;
        }
        self.go(Cause::MovementSkipped);
    }

    fn judged(&mut self, outcome: LightOutcome) {
        self.light = Some(outcome);
        let cause = match outcome {
            LightOutcome::Seen(_) => Cause::LightSeen,
            LightOutcome::Mismatch(_) | LightOutcome::Late(_) => Cause::LightRefuted,
            LightOutcome::Inconclusive(_) | LightOutcome::Flat(_) => Cause::LightUnclear,
        };
        if cause == Cause::LightSeen {
            self.gathered.mark(self.now, MarkKind::LightSeen);
        }
        self.go(cause);
    }

    /// Leaves the stage for the one the table names; nothing when the cause means nothing here.
    fn go(&mut self, cause: Cause) {
        let Some(to) = next(self.stage.name(), cause) else { return };
        let from = std::mem::replace(&mut self.stage, Stage::Concluded);
        if let Stage::Light(_) = from {
            self.prompt(Prompt::LightOff);
        }
        if let Stage::Paused { since_ms } = from {
            self.paused_ms += self.now - since_ms;
            self.gathered.mark(self.now, MarkKind::LineBack);
        }
        self.stage = match to {
            StageName::Seeking => {
                self.prompt(Prompt::FindFace);
                Stage::Seeking { since_ms: self.now, steady: None }
            }
            StageName::Light => self.enter_light(),
            StageName::Settling => self.enter_settling(from),
            StageName::Waiting => self.enter_waiting(),
            StageName::Turning => self.enter_turning(),
            StageName::Returning => self.enter_returning(from),
            StageName::Paused => {
                self.gathered.mark(self.now, MarkKind::LineLost);
                Stage::Paused { since_ms: self.now }
            }
            StageName::Concluded => {
                let line_down = matches!(from, Stage::Paused { .. }) || self.gathered.frames() == 0;
                self.conclude(end_of(cause, line_down));
                Stage::Concluded
            }
        };
    }

    fn conclude(&mut self, end: CaptureEnd) {
        self.prompt(Prompt::Wait);
        let light = self.light.unwrap_or(LightOutcome::Inconclusive(None));
        // Policies recorded before there were signs give the evidence of then.
        let wants_signs = self.policy.attack.doubt_from.is_some();
        let evidence: LivenessEvidence = self.gathered.conclude(end, light, self.turn, wants_signs);
        self.progress = 1.0;
        self.outbox.push_back(Output::Progress(1.0));
        self.outbox.push_back(Output::Concluded(Box::new(evidence)));
    }

    fn light_prompt(&mut self, prompt: Prompt) {
        self.step = self.step.saturating_add(1);
        self.gathered.mark(self.now, MarkKind::LightShown);
        self.prompt(prompt);
    }

    fn prompt(&mut self, prompt: Prompt) {
        self.outbox.push_back(Output::Prompt(prompt));
    }

    fn show_progress(&mut self) {
        let done = match &self.stage {
            Stage::Seeking { .. } => 0.05,
            Stage::Light(run) => 0.1 + 0.7 * run.done(self.now),
            Stage::Settling { .. } => 0.82,
            Stage::Waiting { .. } => 0.86,
            Stage::Turning(_) => 0.9,
            Stage::Returning { .. } => 0.95,
            Stage::Paused { .. } | Stage::Concluded => return,
        };
        if done >= self.progress + 0.02 {
            self.progress = done;
            self.outbox.push_back(Output::Progress(done));
        }
    }
}
