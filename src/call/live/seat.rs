//! One side of a live call: its socket, its media line, and when it was last heard.

use crate::{
    call::line::Line,
    capture::Codec,
    domain::{
        finding::CallMs,
        live_control::{FromLive, LiveTold, ToLive, VideoCodec},
    },
};
use tokio::sync::mpsc;

/// A side that was not heard for so long is away, ms: pages say something every two seconds.
const SILENCE_MS: CallMs = 5_000;
/// Still frames in a second that are passed on: the page sends one.
const STILLS_PER_SECOND: u32 = 3;

/// A socket's two ends.
pub(super) struct Socket {
    pub outbox: mpsc::Sender<ToLive>,
    pub messages: mpsc::Receiver<FromLive>,
}

/// One side.
pub(super) struct Seat {
    pub socket: Option<Socket>,
    pub line: Line,
    /// What the page speaks, once it is ready; empty: still frames only.
    pub codecs: Option<Vec<VideoCodec>>,
    /// What it was told to join with.
    #[allow(clippy::option_option)] // not told yet; told to send stills; told a codec
    pub told: Option<Option<VideoCodec>>,
    heard_ms: CallMs,
    stills: (CallMs, u32),
}

impl Seat {
    pub fn new(line: Line) -> Self {
        Self { socket: None, line, codecs: None, told: None, heard_ms: 0, stills: (0, 0) }
    }

    /// A page came. An earlier one of the same side is gone by that.
    pub fn attach(&mut self, socket: Socket, at_ms: CallMs) {
        self.socket = Some(socket);
        self.codecs = None;
        self.told = None;
        self.heard_ms = at_ms;
    }

    /// What was agreed stays: the other side may look for a new way meanwhile.
    pub fn detach(&mut self) {
        self.socket = None;
    }

    pub fn heard(&mut self, at_ms: CallMs) {
        self.heard_ms = at_ms;
    }

    /// Ready, and heard not long ago.
    pub fn is_here(&self, at_ms: CallMs) -> bool {
        self.socket.is_some()
            && self.codecs.is_some()
            && at_ms.saturating_sub(self.heard_ms) <= SILENCE_MS
    }

    /// Whether one more still frame may pass in this second.
    pub fn may_send_still(&mut self, at_ms: CallMs) -> bool {
        let (second, count) = self.stills;
        self.stills = if at_ms / 1000 == second { (second, count + 1) } else { (at_ms / 1000, 1) };
        self.stills.1 <= STILLS_PER_SECOND
    }

    /// A full outbox means a dead socket: it is dropped, and the page draws the state anew when it comes back.
    pub fn send(&mut self, message: ToLive) {
        if self.socket.as_ref().is_some_and(|s| s.outbox.try_send(message).is_err()) {
            self.detach();
        }
    }

    pub fn tell(&mut self, message: LiveTold) {
        self.send(ToLive::Message(Box::new(message)));
    }

    pub fn fault(&mut self, code: &str, detail: impl std::fmt::Display) {
        self.tell(LiveTold::Fault { code: code.into(), detail: detail.to_string() });
    }
}

/// The next message of a side; never resolves while no socket is attached.
pub(super) async fn hear(socket: &mut Option<Socket>) -> Option<FromLive> {
    match socket {
        Some(socket) => socket.messages.recv().await,
        None => std::future::pending().await,
    }
}

/// The first codec, in our order of preference, that both speak.
pub(super) fn shared(one: &[VideoCodec], other: &[VideoCodec]) -> Option<VideoCodec> {
    [VideoCodec::H264, VideoCodec::Vp8].into_iter().find(|c| one.contains(c) && other.contains(c))
}

pub(super) fn codec(codec: VideoCodec) -> Codec {
    match codec {
        VideoCodec::H264 => Codec::H264,
        VideoCodec::Vp8 => Codec::Vp8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_codec_that_both_speak() {
        use VideoCodec::{H264, Vp8};
        assert_eq!(shared(&[Vp8, H264], &[H264, Vp8]), Some(H264));
        assert_eq!(shared(&[Vp8], &[H264, Vp8]), Some(Vp8));
        assert_eq!(shared(&[Vp8], &[H264]), None);
        assert_eq!(shared(&[], &[H264]), None);
    }
}
