//! The messages of one call, as JSON text on its WebSocket. Binary messages from the phone are JPEG still frames.
//! This file is the contract between `web/phone/js/call.js` and `call`; `docs/API.md` describes it in prose.

use super::{
    challenge::{CameraSide, Hint, Prompt},
    ids::CallId,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// An ICE candidate as browsers write it (`RTCIceCandidateInit`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceCandidate {
    /// The candidate line; empty at the end of candidates.
    pub candidate: String,
    /// Media id.
    #[serde(default)]
    pub sdp_mid: Option<String>,
    /// Media line.
    #[serde(default)]
    pub sdp_m_line_index: Option<u16>,
    /// User fragment.
    #[serde(default)]
    pub username_fragment: Option<String>,
}

/// Phone to server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PhoneMessage {
    /// An SDP offer: the first, or one with an ICE restart.
    Offer {
        /// SDP, at most 64 KiB.
        sdp: String,
    },
    /// A trickled candidate.
    Candidate {
        /// The candidate.
        candidate: IceCandidate,
    },
    /// The page goes on with still frames over this socket.
    Stills,
    /// Light step `step` is on the screen.
    Shown {
        /// The step.
        step: u32,
    },
    /// "I cannot do movements."
    SkipMovement,
    /// The pictures come from this camera from now on. Only a call with a helper may use the rear one. A call begins with the front one.
    Camera {
        /// Which.
        side: CameraSide,
    },
    /// The person wants a human being; the capture ends and goes to an officer.
    AskPerson,
    /// The person leaves.
    Leave,
    /// Are you there? Answered by `pong`.
    Ping,
}

/// What a call hears from its socket.
#[derive(Clone, PartialEq)]
pub enum FromPhone {
    /// A control message.
    Message(PhoneMessage),
    /// A still frame: JPEG, at most `media.still_bytes_max` bytes.
    Still(Vec<u8>),
    /// The socket is gone; another one may follow within `calls.resume_seconds`.
    SocketLost,
}

impl std::fmt::Debug for FromPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Message(_) => "Message",
            Self::Still(_) => "Still",
            Self::SocketLost => "SocketLost",
        })
    }
}

/// Server to phone. No score and no attack reason is ever among these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// First message on every (re)connected socket.
    Welcome {
        /// The call.
        call_id: CallId,
        /// Where the call stands, so that a resuming page draws the right screen.
        stage: Stage,
        /// Prompt in force, repeated after a resume.
        prompt: Option<Prompt>,
    },
    /// SDP answer; it carries all candidates of the server.
    Answer {
        /// SDP.
        sdp: String,
    },
    /// The media connection stands.
    MediaConnected,
    /// The media connection is lost: restart ICE, or go on with stills.
    MediaLost,
    /// A new instruction.
    Prompt {
        /// What to do.
        prompt: Prompt,
    },
    /// A new hint.
    Hint {
        /// What to do better.
        hint: Hint,
    },
    /// The ring round the oval: share of the capture that is done, 0 to 1.
    Progress {
        /// Share.
        done: f32,
    },
    /// The end of the call.
    Result {
        /// How it ended.
        result: CallResult,
    },
    /// A message was not understood; the call goes on.
    Fault {
        /// Stable code: `malformed`, `too_large`, `bad_sdp`, `bad_candidate`, `bad_picture`, `out_of_place`,
        /// `too_fast`.
        code: String,
        /// What is wrong, in English, for developers.
        detail: String,
    },
    /// Answer to `ping`.
    Pong,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No pictures yet.
    Connecting,
    /// Looking at pictures.
    Capturing,
    /// Deciding and recording.
    Deciding,
    /// Over.
    Ended,
}

/// How a call ended, in the citizen's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CallResult {
    /// Confirmed and recorded.
    Confirmed {
        /// Receipt number.
        receipt_number: String,
        /// Until when it holds.
        due_on: NaiveDate,
    },
    /// An officer looks at it. The pension goes on as usual meanwhile.
    WithOfficer {
        /// Case number to name on the telephone.
        case_number: String,
        /// Until when the bureau answers.
        answer_by: DateTime<Utc>,
    },
    /// Try again.
    Retry {
        /// What to do better.
        advice: Vec<Hint>,
        /// From the second failed try on a person is offered first.
        offer_person: bool,
    },
    /// The line broke or the server was restarted: open a new call on the same link, nothing is lost.
    Interrupted,
}
