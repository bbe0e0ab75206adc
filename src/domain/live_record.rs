//! What is asked, seen and kept of a live call: prompts, what the machine saw beside the officer, and the protocol.

use super::{
    finding::CallMs,
    ids::{BeneficiaryId, CaseId, LiveCallId, OfficerId},
    live_call::Cut,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Something small that the officer asks, drawn at random by the server: who hears it for the first time cannot have recorded the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LivePrompt {
    /// Touch the nose.
    TouchNose,
    /// Touch an ear.
    TouchEar,
    /// Show three fingers.
    ThreeFingers,
    /// Wave with one hand.
    Wave,
    /// Put a hand on the head.
    HandOnHead,
    /// Say which day of the week it is.
    WhichDay,
    /// Say what was eaten for breakfast.
    Breakfast,
    /// Say what stands in the room.
    WhatStandsThere,
    /// Clap twice.
    ClapTwice,
    /// Show the palm of a hand.
    ShowPalm,
}

impl LivePrompt {
    /// All, to draw from.
    pub const ALL: [Self; 10] = [
        Self::TouchNose,
        Self::TouchEar,
        Self::ThreeFingers,
        Self::Wave,
        Self::HandOnHead,
        Self::WhichDay,
        Self::Breakfast,
        Self::WhatStandsThere,
        Self::ClapTwice,
        Self::ShowPalm,
    ];

    /// The words, in Chinese and in English.
    pub const fn words(self) -> PromptWords {
        let (zh, en) = match self {
            Self::TouchNose => ("请摸摸鼻子", "Please touch your nose"),
            Self::TouchEar => ("请摸摸耳朵", "Please touch your ear"),
            Self::ThreeFingers => ("请伸出三个手指", "Please show three fingers"),
            Self::Wave => ("请挥挥手", "Please wave"),
            Self::HandOnHead => ("请把手放在头上", "Please put a hand on your head"),
            Self::WhichDay => ("今天星期几？", "Which day is it?"),
            Self::Breakfast => ("早饭吃了什么？", "What was for breakfast?"),
            Self::WhatStandsThere => ("您身边有什么？", "What is beside you?"),
            Self::ClapTwice => ("请拍两下手", "Please clap twice"),
            Self::ShowPalm => ("请给我看看手心", "Please show your palm"),
        };
        PromptWords { zh, en }
    }

    /// Two different ones, drawn by random bytes.
    pub fn draw([first, second]: [u8; 2]) -> [Self; 2] {
        let count = Self::ALL.len();
        let one = usize::from(first) % count;
        let other = (one + 1 + usize::from(second) % (count - 1)) % count;
        [Self::ALL[one], Self::ALL[other]]
    }
}

/// A prompt as it is read out and shown in large letters. It travels with the call: a phone that never makes one does not load it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PromptWords {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// What became of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptOutcome {
    /// Which.
    pub prompt: LivePrompt,
    /// When it was shown to the person, ms since the call opened; none: never.
    pub shown_ms: Option<CallMs>,
    /// Whether it was done, as the officer saw; none: not judged.
    pub done: Option<bool>,
}

/// A still that the officer took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMark {
    /// When, ms since the call opened.
    pub at_ms: CallMs,
    /// SHA-256 of the JPEG, hex.
    pub sha256: String,
}

/// The signed protocol of a live call: ids, times and digests; no name, no picture, nothing that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveProtocol {
    /// Format of this document.
    pub format: u32,
    /// The call.
    pub live_call_id: LiveCallId,
    /// The case.
    pub case_id: CaseId,
    /// The person.
    pub beneficiary_id: BeneficiaryId,
    /// The officer.
    pub officer_id: OfficerId,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When they began to talk.
    pub talked_from: Option<DateTime<Utc>>,
    /// When the result was recorded.
    pub ended_at: DateTime<Utc>,
    /// When the officer said the case word, ms since the opening; none: not said.
    pub word_said_ms: Option<CallMs>,
    /// When the person read the right code back; none: not read, or wrong.
    pub code_read_ms: Option<CallMs>,
    /// Codes that were read back and were not right.
    pub code_wrong: u32,
    /// The two prompts.
    pub prompts: Vec<PromptOutcome>,
    /// Stills, by digest.
    pub snapshots: Vec<SnapshotMark>,
    /// Breaks of the line.
    pub cuts: Vec<Cut>,
    /// Whether still pictures took the place of moving ones.
    pub still_frames: bool,
    /// What the machine saw beside the officer, as the words that the officer saw at the end.
    pub machine: LiveSeen,
    /// The officer's disposition, by its stable name.
    pub outcome: String,
}

/// Format of [`LiveProtocol`].
pub const PROTOCOL_FORMAT: u32 = 1;

/// How the face compares with the references now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveMatch {
    /// As one and the same person's.
    Match,
    /// Neither this nor that.
    Unsure,
    /// Far apart.
    Far,
    /// There was nothing to compare.
    #[default]
    NotCompared,
}

/// Where the head looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LivePose {
    /// At the screen.
    Ahead,
    /// To a side.
    Aside,
    /// Up or down.
    UpOrDown,
    /// Not seen.
    #[default]
    Unseen,
}

/// How good the picture is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LivePicture {
    /// Good.
    Good,
    /// Too dark or too bright.
    Light,
    /// Blurred.
    Blurred,
    /// Too far, too near, at the edge.
    Place,
    /// Covered.
    Covered,
    /// No face.
    #[default]
    NoFace,
    /// More than one face.
    Several,
}

/// What the analysis says about the picture now: words, never a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSeen {
    /// Comparison over the last good pictures.
    pub comparison: LiveMatch,
    /// Pose.
    pub pose: LivePose,
    /// Picture.
    pub picture: LivePicture,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_prompts_are_drawn_whatever_the_bytes() {
        let mut seen = std::collections::BTreeSet::new();
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let [one, other] = LivePrompt::draw([first, second]);
                assert_ne!(one, other);
                seen.extend([one, other]);
            }
        }
        assert_eq!(seen.len(), LivePrompt::ALL.len());
    }
}
