//! What the two sides say in a talk.

use super::{record::Snapshot, seat::codec, talk::Talk};
use crate::{
    call::eyes::Picture,
    capture::Side,
    domain::{
        finding::CallMs,
        live_call::{LiveEnd, Party},
        live_control::{CAPTION_CHARS_MAX, LiveSaid, LiveTold, ToLive},
        live_record::SnapshotMark,
    },
};
use sha2::{Digest, Sha256};

/// A still shows what the officer saw at the key, ms.
const SNAPSHOT_AGE_MS: CallMs = 2_500;
/// Stills of one call, and their longest side, px.
const SNAPSHOTS_MAX: usize = 12;
const SNAPSHOT_SIDE_PX: u32 = 800;
const SNAPSHOT_JPEG_QUALITY: u8 = 88;

impl Talk {
    pub(super) async fn said(&mut self, party: Party, said: LiveSaid, now: CallMs) {
        match said {
            LiveSaid::Ready { mut codecs } => {
                codecs.truncate(4);
                let seat = self.seat(party);
                seat.codecs = Some(codecs);
                seat.told = None;
            }
            LiveSaid::Offer { sdp } => self.offer(party, &sdp).await,
            LiveSaid::Candidate { candidate } => {
                let seat = self.seat(party);
                if let Err(error) = seat.line.candidate(&candidate) {
                    seat.fault("bad_candidate", error);
                }
            }
            LiveSaid::StillFrames { on } => {
                self.still_frames = on;
                self.still_frames_ever |= on;
            }
            LiveSaid::Leave => self.left(party, now),
            LiveSaid::Ping => self.seat(party).tell(LiveTold::Pong),
            officers => self.officer_said(officers, now),
        }
    }

    async fn offer(&mut self, party: Party, sdp: &str) {
        let Some(agreed) = self.codec() else {
            self.seat(party).fault("out_of_place", "wait for `join` before an offer");
            return;
        };
        let side = match party {
            Party::Phone => Side::Phone,
            Party::Officer => Side::Officer,
        };
        let leg = self.relay.leg(side, codec(agreed));
        let seat = self.seat(party);
        match seat.line.offer(sdp, Some(leg)).await {
            Ok(sdp) => seat.tell(LiveTold::Answer { sdp }),
            Err(error) => seat.fault("bad_sdp", error),
        }
    }

    fn officer_said(&mut self, said: LiveSaid, now: CallMs) {
        match said {
            LiveSaid::Caption { text } if text.chars().count() > CAPTION_CHARS_MAX => {
                let most = format!("a caption has at most {CAPTION_CHARS_MAX} characters");
                return self.officer.fault("too_long", most);
            }
            LiveSaid::Caption { text } => {
                self.caption.clone_from(&text);
                self.phone.tell(LiveTold::Caption { text });
            }
            LiveSaid::Ask { nth } => match self.script.ask(nth, now) {
                Some(prompt) => self.phone.tell(LiveTold::Prompt { prompt: Some(prompt.words()) }),
                None => self.officer.fault("out_of_place", "there is no such prompt"),
            },
            LiveSaid::Judge { nth, done } => {
                if self.script.judge(nth, done) {
                    self.phone.tell(LiveTold::Prompt { prompt: None });
                } else {
                    self.officer.fault("out_of_place", "show the prompt first");
                }
            }
            LiveSaid::WordSaid => {
                self.script.word_said_ms.get_or_insert(now);
            }
            LiveSaid::Code { digits } => {
                if !self.script.code(&digits, now) {
                    self.officer.fault("out_of_place", "too many wrong codes");
                }
            }
            LiveSaid::Snapshot => self.snapshot(now),
            _ => return,
        }
        self.tell_script();
    }

    fn left(&mut self, party: Party, now: CallMs) {
        self.seat(party).codecs = None;
        self.call.lost(party, now);
        match (party, self.call.talking_from_ms()) {
            (Party::Phone, None) => self.call.end(LiveEnd::Left),
            (Party::Officer, _) => self.call.end(LiveEnd::HungUp),
            // The officer says what becomes of it.
            (Party::Phone, Some(_)) => {}
        }
    }

    pub(super) fn still(&mut self, party: Party, jpeg: Vec<u8>, now: CallMs) {
        if !self.still_frames && self.codec().is_some() {
            return self.seat(party).fault("out_of_place", "still frames are off");
        }
        if !self.seat(party).may_send_still(now) {
            return self.seat(party).fault("too_fast", "one still frame a second");
        }
        match party {
            Party::Phone => {
                let seq = self.phone.line.take_seq();
                self.eyes.submit(Picture::Still { bytes: jpeg.clone(), seq, at_ms: now });
                self.officer.send(ToLive::Picture(jpeg));
            }
            Party::Officer => self.phone.send(ToLive::Picture(jpeg)),
        }
    }

    fn snapshot(&mut self, now: CallMs) {
        let fresh = self.newest.as_ref().filter(|f| f.at_ms + SNAPSHOT_AGE_MS >= now);
        let room = self.snapshots.len() < SNAPSHOTS_MAX;
        let jpeg = fresh.filter(|_| room).and_then(|frame| {
            let picture = &frame.picture;
            let jpeg = picture.to_jpeg(SNAPSHOT_SIDE_PX, SNAPSHOT_JPEG_QUALITY).ok()?;
            Some((jpeg, picture.width(), picture.height()))
        });
        let sha256 = jpeg.map(|(jpeg, width, height)| {
            let sha256 = hex::encode(Sha256::digest(&jpeg));
            let mark = SnapshotMark { at_ms: now, sha256: sha256.clone() };
            let (width_px, height_px) = scaled(width, height);
            self.snapshots.push(Snapshot { mark, jpeg, width_px, height_px });
            sha256
        });
        self.officer.tell(LiveTold::Snapshot { sha256 });
    }
}

/// The size of a still with its longest side within the limit.
fn scaled(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= SNAPSHOT_SIDE_PX {
        return (width, height);
    }
    let of = |side: u32| (side * SNAPSHOT_SIDE_PX).div_ceil(longest).max(1);
    (of(width), of(height))
}
