//! What a live call leaves: handed to the service when its result is recorded, and forgotten otherwise.

use crate::domain::{
    finding::CallMs,
    live_call::{Cut, LiveEnd},
    live_record::{LiveSeen, PromptOutcome, SnapshotMark},
};

/// A still that the officer took. In memory only until the result is recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When, and its digest.
    pub mark: SnapshotMark,
    /// JPEG.
    pub jpeg: Vec<u8>,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({} bytes)", self.jpeg.len())
    }
}

/// A live call as far as it went.
#[derive(Clone, Debug)]
pub struct LiveRecord {
    /// When they began to talk, ms since the opening.
    pub talking_from_ms: Option<CallMs>,
    /// When the officer said the word.
    pub word_said_ms: Option<CallMs>,
    /// When the right code was read back.
    pub code_read_ms: Option<CallMs>,
    /// Codes that were wrong.
    pub code_wrong: u32,
    /// The two prompts.
    pub prompts: Vec<PromptOutcome>,
    /// Stills.
    pub snapshots: Vec<Snapshot>,
    /// Breaks of the line.
    pub cuts: Vec<Cut>,
    /// Still pictures took the place of moving ones at some time.
    pub still_frames: bool,
    /// What the analysis said last.
    pub machine: LiveSeen,
    /// How it ended; none: it goes on.
    pub end: Option<LiveEnd>,
}
