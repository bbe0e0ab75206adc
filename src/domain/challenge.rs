//! What the phone is asked to do: the plan drawn for one call, prompts and hints.

use super::finding::{CallMs, QualityIssue};
use serde::{Deserialize, Serialize};

/// An 8-bit sRGB colour that the screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenColour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// One step of screen light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LightStep {
    /// Colour of the whole page ground.
    pub colour: ScreenColour,
    /// How long it is shown, ms (fade included).
    pub duration_ms: u32,
}

/// The side a picture appears on, as the person sees the screen. With a front camera the person's left is image-right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The person's left.
    Left,
    /// The person's right.
    Right,
}

/// The camera that a helper's phone looks through, as the phone declares it. Nothing is believed because of it: it only says whether
/// the screen can light the face at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameraSide {
    /// Beside the screen: the screen's light falls on the face.
    #[default]
    Front,
    /// On the back: the helper sees the screen, the screen's light does not reach the face.
    Rear,
}

/// What the server drew at random for this call. It never leaves the server as a whole: steps are sent one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Screen light, in order.
    pub light: Vec<LightStep>,
    /// Side of the guided turn, should one be needed.
    pub turn: Side,
    /// Wait before the turn is asked for, ms, so that its moment cannot be known beforehand.
    pub turn_after_ms: u32,
}

/// One instruction to the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prompt {
    /// "Hold the phone in front of you, face in the circle."
    FindFace,
    /// "Look at the phone": the ground takes this colour within `fade_ms`; the phone answers `shown`.
    Light {
        /// Counts up over the whole call, restarts included.
        step: u32,
        /// Colour of the ground.
        colour: ScreenColour,
        /// Fade, ms.
        fade_ms: u32,
    },
    /// The ground goes back to paper.
    LightOff,
    /// "Slowly look towards the flower." Can be skipped.
    Turn {
        /// Where the flower stands.
        side: Side,
    },
    /// "Thank you, look back at the phone."
    FaceForward,
    /// "Thank you. One moment."
    Wait,
}

/// A live hint under the instruction. Friendly verbs, never blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// Nothing to say: all is well.
    Good,
    /// No face in the picture.
    NoFace,
    /// Come nearer.
    Nearer,
    /// Move back a little.
    Farther,
    /// Put the face into the circle.
    Centre,
    /// Find a brighter place.
    MoreLight,
    /// Turn away from the bright light.
    LessLight,
    /// Hold still.
    HoldStill,
    /// Look at the phone.
    LookHere,
    /// Take off mask or hat.
    Uncover,
    /// Only one person in the picture, please.
    OnePerson,
}

impl From<QualityIssue> for Hint {
    fn from(issue: QualityIssue) -> Self {
        match issue {
            QualityIssue::TooDark => Self::MoreLight,
            QualityIssue::TooBright => Self::LessLight,
            QualityIssue::Blurred => Self::HoldStill,
            QualityIssue::TooFar => Self::Nearer,
            QualityIssue::TooClose => Self::Farther,
            QualityIssue::OffCentre => Self::Centre,
            QualityIssue::Turned => Self::LookHere,
            QualityIssue::Covered => Self::Uncover,
        }
    }
}

/// Something that happens to the liveness session. Recorded in order, so that a verdict can be recomputed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LivenessEvent {
    /// A frame was analysed.
    Frame(Box<super::finding::FrameFindings>),
    /// The phone says that light step `step` is on its screen now.
    Shown {
        /// The step.
        step: u32,
    },
    /// The person does not want to (or cannot) move.
    SkipMovement,
    /// The phone says that it looks through this camera from now on.
    Camera {
        /// Which.
        side: CameraSide,
    },
    /// No news from the camera since the last event: the line is down.
    LineLost,
    /// The line is back.
    LineBack,
    /// Time passes (sent every 100 ms).
    Tick,
    /// The budget of the call is spent: conclude with what there is.
    End,
    /// The person leaves or asks for somebody: conclude with what there is.
    Leave,
}

/// An event and when it was handled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedEvent {
    /// Milliseconds since the call opened.
    pub at_ms: CallMs,
    /// The event. Under its own key: a frame's findings have an `at_ms` of their own.
    pub event: LivenessEvent,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{FrameFindings, Thumbnail};

    #[test]
    fn a_recorded_event_is_read_back_as_it_was() {
        let frame = FrameFindings {
            seq: 7,
            at_ms: 900,
            width_px: 480,
            height_px: 640,
            faces: 0,
            face: None,
            brightness: 101.5,
            background: None,
            thumbnail: Thumbnail(vec![1, -2, 3]),
        };
        for event in [
            LivenessEvent::Frame(Box::new(frame)),
            LivenessEvent::Shown { step: 3 },
            LivenessEvent::Tick,
        ] {
            let timed = TimedEvent { at_ms: 950, event };
            let json = serde_json::to_string(&timed).unwrap();
            assert_eq!(serde_json::from_str::<TimedEvent>(&json).unwrap(), timed, "{json}");
        }
    }
}
