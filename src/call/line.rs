//! The line to the phone: the media peer, its replacement after a change of network, and the watch over silence.

use crate::{
    capture::{CaptureError, Leg, MediaPort, Peer, PeerEvent, PeerEvents},
    clock::SharedClock,
    config,
    domain::control::IceCandidate,
    frame::Frame,
};
use std::time::Duration;

/// Silence after which the line counts as lost, ms.
const SILENCE_MS: u64 = 1_500;

/// What came over the line.
pub(super) enum FromLine {
    Event(PeerEvent),
    Frame(Frame),
}

/// The media side of one call.
pub(super) struct Line {
    port: MediaPort,
    settings: config::Media,
    clock: SharedClock,
    opened: Duration,
    peer: Option<(Peer, PeerEvents, Option<String>)>,
    next_seq: u64,
    last_frame_ms: Option<u64>,
    silent: bool,
}

impl Line {
    pub(super) fn new(
        port: MediaPort,
        settings: config::Media,
        clock: SharedClock,
        opened: Duration,
    ) -> Self {
        Self {
            port,
            settings,
            clock,
            opened,
            peer: None,
            next_seq: 0,
            last_frame_ms: None,
            silent: false,
        }
    }

    /// Answers an offer. The same certificate again is an ICE restart; another one is another connection of the same
    /// phone, and the old one is closed. With a `leg` the connection takes part in a relay.
    pub(super) async fn offer(
        &mut self,
        sdp: &str,
        leg: Option<Leg>,
    ) -> Result<String, CaptureError> {
        let fingerprint = fingerprint(sdp);
        if let Some((peer, _, known)) = &self.peer
            && fingerprint.is_some()
            && *known == fingerprint
        {
            return peer.offer(sdp).await;
        }
        self.hang_up();
        let (peer, events) = Peer::open(
            &self.port,
            &self.settings,
            SharedClock::clone(&self.clock),
            self.opened,
            self.next_seq,
            leg,
        )
        .await?;
        match peer.offer(sdp).await {
            Ok(answer) => {
                self.peer = Some((peer, events, fingerprint));
                Ok(answer)
            }
            Err(error) => {
                tokio::spawn(peer.close());
                Err(error)
            }
        }
    }

    pub(super) fn candidate(&self, candidate: &IceCandidate) -> Result<(), CaptureError> {
        match &self.peer {
            Some((peer, ..)) => peer.add_candidate(candidate),
            None => Ok(()),
        }
    }

    /// The next event or the newest frame; never resolves without a peer.
    pub(super) async fn next(&mut self) -> FromLine {
        loop {
            let Some((_, events, _)) = &mut self.peer else {
                return std::future::pending().await;
            };
            tokio::select! {
                event = events.events.recv() => match event {
                    Some(event) => return FromLine::Event(event),
                    None => self.hang_up(),
                },
                changed = events.frames.changed() => {
                    if changed.is_err() {
                        self.hang_up();
                        continue;
                    }
                    let newest = events.frames.borrow_and_update().clone();
                    if let Some(frame) = newest {
                        self.next_seq = self.next_seq.max(frame.seq + 1);
                        return FromLine::Frame(frame);
                    }
                }
            }
        }
    }

    /// A picture came (over whichever way). True when the line had been silent.
    pub(super) fn heard(&mut self, at_ms: u64) -> bool {
        self.last_frame_ms = Some(at_ms);
        std::mem::take(&mut self.silent)
    }

    /// True once when pictures stopped coming.
    pub(super) fn fell_silent(&mut self, now_ms: u64) -> bool {
        let silent =
            self.last_frame_ms.is_some_and(|last| now_ms.saturating_sub(last) > SILENCE_MS);
        silent && !std::mem::replace(&mut self.silent, silent)
    }

    /// The sequence number for a still frame.
    pub(super) fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    /// Closes the peer in the background; the call goes on.
    pub(super) fn hang_up(&mut self) {
        if let Some((peer, ..)) = self.peer.take() {
            tokio::spawn(peer.close());
        }
    }
}

fn fingerprint(sdp: &str) -> Option<String> {
    sdp.lines().find_map(|line| line.trim().strip_prefix("a=fingerprint:")).map(str::to_owned)
}
