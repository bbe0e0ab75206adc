//! The messages of a live call on the `WebSocket`s of both sides, as JSON text. Binary messages are JPEG still frames, both ways.
//! The contract between `web/phone/js/live.js`, `web/console/js/pages/live.js` and `call::live`.

use super::{
    control::IceCandidate,
    finding::CallMs,
    ids::LiveCallId,
    live_call::{LiveEnd, LivePhase},
    live_record::{LiveSeen, PromptOutcome, PromptWords},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Longest caption, characters: what fits a small phone in large letters.
pub const CAPTION_CHARS_MAX: usize = 120;

/// A video codec by its name in browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoCodec {
    /// H.264 constrained baseline, packetization mode 1.
    H264,
    /// VP8.
    Vp8,
}

/// Client to server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LiveSaid {
    /// The page stands, and speaks these codecs; none: still frames only.
    Ready {
        /// Codecs.
        codecs: Vec<VideoCodec>,
    },
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
    /// Still pictures instead of moving ones, or moving ones again.
    StillFrames {
        /// Whether.
        on: bool,
    },
    /// Officer: these words in large letters on the phone; empty: none any more.
    Caption {
        /// Words, at most [`CAPTION_CHARS_MAX`] characters.
        text: String,
    },
    /// Officer: this prompt on the phone.
    Ask {
        /// 0 or 1.
        nth: usize,
    },
    /// Officer: what became of a prompt.
    Judge {
        /// 0 or 1.
        nth: usize,
        /// Whether it was done.
        done: bool,
    },
    /// Officer: I said the case word.
    WordSaid,
    /// Officer: the person read this code.
    Code {
        /// Digits as heard.
        digits: String,
    },
    /// Officer: keep this picture as a still.
    Snapshot,
    /// I leave.
    Leave,
    /// Are you there? Answered by `pong`.
    Ping,
}

impl LiveSaid {
    /// Whether only the officer may say so.
    pub fn is_officers(&self) -> bool {
        matches!(
            self,
            Self::Caption { .. }
                | Self::Ask { .. }
                | Self::Judge { .. }
                | Self::WordSaid
                | Self::Code { .. }
                | Self::Snapshot
        )
    }
}

/// What a call hears from a socket.
#[derive(Clone, PartialEq)]
pub enum FromLive {
    /// A control message.
    Message(LiveSaid),
    /// A still frame: JPEG.
    Still(Vec<u8>),
    /// The socket is gone; another one may follow.
    SocketLost,
}

impl std::fmt::Debug for FromLive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Message(_) => "Message",
            Self::Still(_) => "Still",
            Self::SocketLost => "SocketLost",
        })
    }
}

/// Where the call stands, told to each side after every change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveStanding {
    /// Phase.
    pub phase: LivePhase,
    /// Whether the other side is there now.
    pub other_here: bool,
    /// Place in the waiting room, from 1; none: not waiting.
    pub place: Option<usize>,
    /// About how long to wait, minutes.
    pub wait_minutes: Option<u64>,
    /// Still pictures instead of moving ones.
    pub still_frames: bool,
    /// ms since they began to talk.
    pub talked_ms: Option<CallMs>,
}

/// What only the officer knows of the call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveScript {
    /// The two prompts, with what became of them.
    pub prompts: Vec<PromptOutcome>,
    /// Their words.
    pub words: Vec<PromptWords>,
    /// The case word was said.
    pub word_said: bool,
    /// The code was read back rightly.
    pub code_read: bool,
    /// Codes that were wrong.
    pub code_wrong: u32,
    /// Stills taken.
    pub snapshots: usize,
}

/// Server to client. No score is ever among these; what the analysis saw goes to the officer alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveTold {
    /// First message on every (re)connected socket.
    Welcome {
        /// The call.
        live_call_id: LiveCallId,
        /// The word that the officer says first.
        word: String,
        /// To the phone: the code that the person reads back.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// Where it stands.
    Standing {
        /// Standing.
        standing: LiveStanding,
    },
    /// To the officer: how far the script is.
    Script {
        /// Script.
        script: LiveScript,
    },
    /// Both are ready: make an offer with this codec; none: go on with still frames.
    Join {
        /// Codec.
        codec: Option<VideoCodec>,
    },
    /// SDP answer; it carries all candidates of the server.
    Answer {
        /// SDP.
        sdp: String,
    },
    /// The media connection stands.
    MediaConnected,
    /// The media connection is lost: restart ICE.
    MediaLost,
    /// To the phone: words in large letters; empty: none any more.
    Caption {
        /// Words.
        text: String,
    },
    /// To the phone: do this, please; none: no more.
    Prompt {
        /// Prompt.
        prompt: Option<PromptWords>,
    },
    /// To the officer: what the analysis says now.
    Seen {
        /// Words.
        seen: LiveSeen,
    },
    /// To the officer: a still was kept, or there was no picture to keep.
    Snapshot {
        /// Its SHA-256, hex.
        sha256: Option<String>,
    },
    /// The end.
    Over {
        /// How.
        result: LiveResult,
    },
    /// A message was not understood; the call goes on.
    Fault {
        /// Stable code: those of a call, `out_of_place`, `too_long`.
        code: String,
        /// What is wrong, in English, for developers.
        detail: String,
    },
    /// Answer to `ping`.
    Pong,
}

/// What a socket is sent.
#[derive(Clone, PartialEq)]
pub enum ToLive {
    /// A control message.
    Message(Box<LiveTold>),
    /// The other side's still frame.
    Picture(Vec<u8>),
}

impl std::fmt::Debug for ToLive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Message(_) => "Message",
            Self::Picture(_) => "Picture",
        })
    }
}

/// How a live call ended, in the words of either side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum LiveResult {
    /// Confirmed and recorded.
    Confirmed {
        /// Receipt number.
        receipt_number: String,
        /// Until when it holds.
        due_on: NaiveDate,
    },
    /// Recorded; somebody goes on with it, and the pension is paid as usual meanwhile.
    Recorded,
    /// Over without a result.
    Ended {
        /// Why.
        end: LiveEnd,
    },
}
