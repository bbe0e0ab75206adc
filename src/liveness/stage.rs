//! The stages of a capture and the one table of transitions between them. The session asks this table where to go, and the
//! picture in `docs/liveness-states.svg` is drawn from it: neither can say what the other does not.

use super::{
    gesture::Turning,
    light::Recording,
    plan::{FADE_MS, LEAD_IN_MS, PAPER},
};
use crate::domain::{
    challenge::{LightStep, Prompt},
    evidence::CaptureEnd,
    finding::CallMs,
};

/// Names of the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageName {
    /// Waits for a steady, usable face.
    Seeking,
    /// Shows the drawn colours one by one.
    Light,
    /// Paper again; the last answers come in, then the light is judged.
    Settling,
    /// The light did not tell enough; waits for the drawn moment of the turn.
    Waiting,
    /// The turn was asked for.
    Turning,
    /// The person looks back at the phone.
    Returning,
    /// The line is down: nothing counts.
    Paused,
    /// Over.
    Concluded,
}

/// Why a stage ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A usable face in several frames in a row.
    FaceSteady,
    /// The same, when there is no light to show: it has been judged before, or the rear camera is in use.
    FaceSteadyAgain,
    /// No usable face for a long time.
    NoFaceInTime,
    /// The last step had its time.
    StepsShown,
    /// No face for more than a second: again, with fresh colours.
    FaceGone,
    /// The same once too often.
    FaceGoneTooOften,
    /// The face answered the light.
    LightSeen,
    /// The face answered another light, or too late: an officer looks at it.
    LightRefuted,
    /// Daylight, few frames, no background, or everything answered alike.
    LightUnclear,
    /// The drawn moment.
    MomentCame,
    /// The person does not want to move.
    MovementSkipped,
    /// The head turned, to whichever side.
    Turned,
    /// Nobody moved.
    NotTurned,
    /// Back at the phone, or long enough.
    LookedBack,
    /// The helper's phone changed its camera: another view, everything in it is looked for anew.
    CameraChanged,
    /// The line went down.
    LineLost,
    /// The line is back.
    LineBack,
    /// It stayed down.
    LineStaysLost,
    /// The person left or asked for somebody.
    Left,
    /// The time of the call is spent.
    BudgetSpent,
}

/// One arrow of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// From here.
    pub from: StageName,
    /// Because of this.
    pub cause: Cause,
    /// To there.
    pub to: StageName,
}

const fn arrow(from: StageName, cause: Cause, to: StageName) -> Transition {
    Transition { from, cause, to }
}

/// Every way from one stage to another, but for [`ALWAYS`].
pub const TRANSITIONS: [Transition; 30] = {
    use {Cause as C, StageName as S};
    [
        arrow(S::Seeking, C::FaceSteady, S::Light),
        arrow(S::Seeking, C::FaceSteadyAgain, S::Waiting),
        arrow(S::Seeking, C::NoFaceInTime, S::Concluded),
        arrow(S::Seeking, C::CameraChanged, S::Seeking),
        arrow(S::Seeking, C::LineLost, S::Paused),
        arrow(S::Light, C::StepsShown, S::Settling),
        arrow(S::Light, C::FaceGone, S::Seeking),
        arrow(S::Light, C::FaceGoneTooOften, S::Concluded),
        arrow(S::Light, C::LightRefuted, S::Concluded),
        arrow(S::Light, C::CameraChanged, S::Seeking),
        arrow(S::Light, C::LineLost, S::Paused),
        arrow(S::Settling, C::LightSeen, S::Concluded),
        arrow(S::Settling, C::LightRefuted, S::Concluded),
        arrow(S::Settling, C::LightUnclear, S::Waiting),
        arrow(S::Settling, C::CameraChanged, S::Seeking),
        arrow(S::Settling, C::LineLost, S::Paused),
        arrow(S::Waiting, C::MomentCame, S::Turning),
        arrow(S::Waiting, C::MovementSkipped, S::Concluded),
        arrow(S::Waiting, C::CameraChanged, S::Seeking),
        arrow(S::Waiting, C::LineLost, S::Paused),
        arrow(S::Turning, C::Turned, S::Returning),
        arrow(S::Turning, C::NotTurned, S::Concluded),
        arrow(S::Turning, C::MovementSkipped, S::Concluded),
        arrow(S::Turning, C::CameraChanged, S::Seeking),
        arrow(S::Turning, C::LineLost, S::Paused),
        arrow(S::Returning, C::LookedBack, S::Concluded),
        arrow(S::Returning, C::CameraChanged, S::Concluded),
        arrow(S::Returning, C::LineLost, S::Concluded),
        arrow(S::Paused, C::LineBack, S::Seeking),
        arrow(S::Paused, C::LineStaysLost, S::Concluded),
    ]
};

/// What ends a capture in every stage.
pub const ALWAYS: [Cause; 2] = [Cause::Left, Cause::BudgetSpent];

/// Where `cause` leads from `from`; `None` when it means nothing there.
pub(super) fn next(from: StageName, cause: Cause) -> Option<StageName> {
    if from == StageName::Concluded {
        return None;
    }
    if ALWAYS.contains(&cause) {
        return Some(StageName::Concluded);
    }
    TRANSITIONS.iter().find(|t| t.from == from && t.cause == cause).map(|t| t.to)
}

/// How a capture ended that `cause` ended; `line_down`: without a picture at the end.
pub(super) fn end_of(cause: Cause, line_down: bool) -> CaptureEnd {
    match cause {
        Cause::NoFaceInTime | Cause::FaceGoneTooOften => CaptureEnd::NoUsableFace,
        Cause::LineStaysLost => CaptureEnd::LineLost,
        Cause::BudgetSpent if line_down => CaptureEnd::LineLost,
        Cause::BudgetSpent => CaptureEnd::BudgetSpent,
        Cause::Left => CaptureEnd::Left,
        _ => CaptureEnd::Complete,
    }
}

/// A stage with what only it needs.
#[derive(Debug)]
pub(super) enum Stage {
    Seeking { since_ms: CallMs, steady: Option<(CallMs, u32)> },
    Light(LightRun),
    Settling { recording: Recording, until_ms: CallMs },
    Waiting { ask_ms: CallMs },
    Turning(Turning),
    Returning { turning: Turning, since_ms: CallMs },
    Paused { since_ms: CallMs },
    Concluded,
}

impl Stage {
    pub fn name(&self) -> StageName {
        match self {
            Self::Seeking { .. } => StageName::Seeking,
            Self::Light(_) => StageName::Light,
            Self::Settling { .. } => StageName::Settling,
            Self::Waiting { .. } => StageName::Waiting,
            Self::Turning(_) => StageName::Turning,
            Self::Returning { .. } => StageName::Returning,
            Self::Paused { .. } => StageName::Paused,
            Self::Concluded => StageName::Concluded,
        }
    }
}

/// What a moment of the light asks for.
pub(super) enum Due {
    Nothing,
    Step(Prompt),
    /// The last step had its time.
    Over,
}

/// The light while it is being shown.
#[derive(Debug)]
pub(super) struct LightRun {
    steps: std::vec::IntoIter<LightStep>,
    next_ms: CallMs,
    began_ms: CallMs,
    total_ms: CallMs,
    pub recording: Recording,
}

impl LightRun {
    /// Begins with the lead-in. `pace`: how much longer each step stays than drawn (slow pictures need longer steps).
    pub fn new(steps: Vec<LightStep>, now: CallMs, pace: f32) -> Self {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let slower =
            |s: LightStep| LightStep { duration_ms: (s.duration_ms as f32 * pace) as u32, ..s };
        let steps: Vec<LightStep> = steps.into_iter().map(slower).collect();
        let shown: CallMs = steps.iter().map(|s| CallMs::from(s.duration_ms)).sum();
        Self {
            steps: steps.into_iter(),
            next_ms: now.saturating_add(LEAD_IN_MS.into()),
            began_ms: now,
            total_ms: shown + CallMs::from(LEAD_IN_MS),
            recording: Recording::default(),
        }
    }

    /// The lead-in's prompt.
    pub fn lead_in(step: u32) -> Prompt {
        Prompt::Light { step, colour: PAPER, fade_ms: FADE_MS }
    }

    /// What is due. A late tick delays all that follow, so that two changes never come closer than drawn.
    pub fn due(&mut self, now: CallMs, step: u32) -> Due {
        if now < self.next_ms {
            return Due::Nothing;
        }
        let Some(next) = self.steps.next() else { return Due::Over };
        self.next_ms = now.saturating_add(next.duration_ms.into());
        self.recording.prompted(step, next.colour, now);
        Due::Step(Prompt::Light { step, colour: next.colour, fade_ms: FADE_MS })
    }

    /// Share of the light that is done, 0 to 1.
    pub fn done(&self, now: CallMs) -> f32 {
        let since = super::light::ms(now.saturating_sub(self.began_ms));
        (since / super::light::ms(self.total_ms.max(1))).clamp(0.0, 1.0)
    }
}
