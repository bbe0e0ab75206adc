//! The guided turn: yaw against the call's own baseline. The person's left is image-right, positive yaw.

use crate::domain::{
    challenge::Side,
    evidence::TurnOutcome,
    finding::{CallMs, FrameFindings},
    policy::TurnPolicy,
};
use std::collections::VecDeque;

/// Yaws from the last so many ms before the prompt make the baseline.
const BASELINE_MS: CallMs = 2000;
/// Fewest yaws that make one.
const BASELINE_LEAST: usize = 3;
/// Share of the turn at which a movement counts as begun: above the sway of a resting head, below the turn.
const ONSET_SHARE: f32 = 0.6;
/// Frames in a row that must show the turn: one may be a landmark error.
const FRAMES_HELD: u32 = 2;

/// Yaws before the prompt.
#[derive(Clone, Debug, Default)]
pub(super) struct Baseline(VecDeque<(CallMs, f32)>);

impl Baseline {
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs) {
        if let Some(yaw) = yaw_of(frame) {
            self.0.push_back((at_ms, yaw));
        }
        while self.0.front().is_some_and(|(at, _)| at + BASELINE_MS < at_ms) {
            self.0.pop_front();
        }
    }

    /// Median yaw, and the swing between the second lowest and the second highest (one landmark error is not a swing).
    fn rest(&self, now: CallMs) -> Option<(f32, f32)> {
        let recent = self.0.iter().filter(|(at, _)| at + BASELINE_MS >= now);
        let mut yaws: Vec<f32> = recent.map(|(_, yaw)| *yaw).collect();
        yaws.sort_by(f32::total_cmp);
        let spare = usize::from(yaws.len() >= 5);
        let (low, high) = (yaws.get(spare)?, yaws.get(yaws.len().checked_sub(1 + spare)?)?);
        (yaws.len() >= BASELINE_LEAST).then(|| (yaws[yaws.len() / 2], high - low))
    }
}

/// A turn that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Turning {
    side: Side,
    asked_ms: CallMs,
    /// Yaw at rest; absent when it was not known or the head was moving anyway: then the turn proves nothing.
    rest_deg: Option<f32>,
    begun_ms: Option<CallMs>,
    held: u32,
    held_left: bool,
}

impl Turning {
    pub fn new(side: Side, asked_ms: CallMs, baseline: &Baseline, policy: &TurnPolicy) -> Self {
        let rest = baseline.rest(asked_ms);
        let rest_deg =
            rest.filter(|(_, swing)| *swing <= policy.baseline_swing_max_deg).map(|(yaw, _)| yaw);
        Self { side, asked_ms, rest_deg, begun_ms: None, held: 0, held_left: false }
    }

    /// A frame; an outcome as soon as there is one.
    pub fn frame(
        &mut self,
        frame: &FrameFindings,
        at_ms: CallMs,
        policy: &TurnPolicy,
    ) -> Option<TurnOutcome> {
        let from_rest = yaw_of(frame)? - self.rest_deg?;
        if from_rest.abs() < policy.yaw_min_deg * ONSET_SHARE {
            self.begun_ms = None;
            self.held = 0;
            return None;
        }
        let left = from_rest > 0.0;
        if self.begun_ms.is_none() || left != self.held_left {
            self.begun_ms = Some(at_ms);
            self.held_left = left;
            self.held = 0;
        }
        if from_rest.abs() < policy.yaw_min_deg {
            self.held = 0;
            return None;
        }
        self.held += 1;
        (self.held >= FRAMES_HELD).then(|| self.outcome(at_ms, policy))
    }

    fn outcome(&self, at_ms: CallMs, policy: &TurnPolicy) -> TurnOutcome {
        let after = self.begun_ms.unwrap_or(at_ms).saturating_sub(self.asked_ms);
        let after_ms = u32::try_from(after).unwrap_or(u32::MAX);
        if self.held_left != (self.side == Side::Left) {
            TurnOutcome::WrongSide
        } else if after_ms < policy.response_min_ms {
            TurnOutcome::TooSoon
        } else {
            TurnOutcome::Seen { after_ms }
        }
    }

    /// Time is up without a turn.
    pub fn over(&self, now: CallMs, policy: &TurnPolicy) -> bool {
        now.saturating_sub(self.asked_ms) >= CallMs::from(policy.response_max_ms)
    }

    /// Looks straight at the phone again (or the pose is not known).
    pub fn is_back(&self, frame: &FrameFindings, policy: &TurnPolicy) -> bool {
        let away = yaw_of(frame).zip(self.rest_deg).map(|(yaw, rest)| (yaw - rest).abs());
        frame.face.is_some() && away.is_none_or(|a| a < policy.yaw_min_deg * ONSET_SHARE)
    }
}

fn yaw_of(frame: &FrameFindings) -> Option<f32> {
    frame.face.as_ref()?.pose.map(|p| p.yaw_deg).filter(|y| y.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{frame, policy};

    fn turn(side: Side, before: &[f32], after: &[(u64, f32)]) -> Option<TurnOutcome> {
        let policy = policy().turn;
        let mut baseline = Baseline::default();
        for (i, yaw) in (0_u64..).zip(before) {
            baseline.frame(&frame(i, i * 100, Some(*yaw)), i * 100);
        }
        let mut turning = Turning::new(side, 1000, &baseline, &policy);
        after.iter().find_map(|(at, yaw)| {
            turning.frame(&frame(*at, 1000 + at, Some(*yaw)), 1000 + at, &policy)
        })
    }

    const STILL: [f32; 10] = [3.0, 3.5, 2.5, 3.0, 3.0, 4.0, 3.0, 2.0, 3.0, 3.0];

    #[test]
    fn a_turn_to_the_asked_side_is_seen() {
        let left = [(300, 5.0), (500, 11.0), (600, 16.0), (700, 22.0)];
        assert_eq!(turn(Side::Left, &STILL, &left), Some(TurnOutcome::Seen { after_ms: 500 }));
        let right: Vec<_> = left.iter().map(|(t, y)| (*t, 6.0 - y)).collect();
        assert_eq!(turn(Side::Right, &STILL, &right), Some(TurnOutcome::Seen { after_ms: 500 }));
    }

    #[test]
    fn the_other_side_is_the_wrong_side() {
        let right = [(500, -8.0), (600, -14.0), (700, -20.0)];
        assert_eq!(turn(Side::Left, &STILL, &right), Some(TurnOutcome::WrongSide));
    }

    #[test]
    fn nobody_answers_before_the_question_arrives() {
        let soon = [(50, 11.0), (120, 16.0), (190, 22.0)];
        assert_eq!(turn(Side::Left, &STILL, &soon), Some(TurnOutcome::TooSoon));
    }

    #[test]
    fn a_head_that_swings_anyway_proves_nothing() {
        let swinging = [0.0, 10.0, 0.0, -10.0, 0.0, 10.0, 0.0, -10.0, 0.0, 10.0];
        assert_eq!(turn(Side::Left, &swinging, &[(600, 16.0), (700, 22.0)]), None);
    }

    #[test]
    fn one_landmark_error_is_not_a_turn() {
        assert_eq!(turn(Side::Left, &STILL, &[(500, 40.0), (600, 3.0), (700, 40.0)]), None);
    }
}
