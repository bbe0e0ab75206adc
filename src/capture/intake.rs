//! One call's packets → access units: order, depacketising, and where decoding can begin again after a loss.

use super::{
    Codec,
    depacketize::{self, Malformed, Payload},
    pace::Pace,
    reorder::{Next, Reorder},
};
use bytes::Bytes;
use std::{collections::VecDeque, time::Duration};

/// An RTP packet of the call's video.
#[derive(Debug)]
pub(super) struct Arrival {
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
    pub codec: Codec,
    pub payload: Bytes,
    /// Monotonic time of arrival.
    pub at: Duration,
}

/// The coded bytes of one picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub codec: Codec,
    /// Decoding can begin here.
    pub key: bool,
    /// When it was taken, by its timestamp and the arrival of its first packet ([`Pace`]); never before the unit before.
    pub at: Duration,
    pub bytes: Vec<u8>,
}

/// Where the packets stand relative to pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the beginning of a picture, or inside one that is whole so far.
    InStep,
    /// Somewhere after a loss; the timestamp of the picture being skipped, if one was seen.
    Lost(Option<u32>),
}

/// Turns packets into units. Memory: the reorder buffer and one unit.
#[derive(Debug)]
pub(super) struct Intake {
    order: Reorder<Arrival>,
    h264: depacketize::h264::Depacketizer,
    place: Place,
    /// Only a key frame helps.
    wants_key: bool,
    open: Option<Open>,
    ready: VecDeque<Unit>,
    pace: Pace,
    last_at: Duration,
}

#[derive(Debug)]
struct Open {
    timestamp: u32,
    unit: Unit,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            order: Reorder::default(),
            h264: depacketize::h264::Depacketizer::default(),
            place: Place::Lost(None),
            wants_key: true,
            open: None,
            ready: VecDeque::new(),
            pace: Pace::default(),
            last_at: Duration::ZERO,
        }
    }
}

impl Intake {
    /// Takes a packet.
    pub fn push(&mut self, arrival: Arrival) {
        self.order.push(arrival.sequence, arrival.at, arrival);
    }

    /// The next whole unit, if there is one at `now`.
    pub fn pop(&mut self, now: Duration) -> Option<Unit> {
        loop {
            if let Some(unit) = self.ready.pop_front() {
                return Some(unit);
            }
            match self.order.pop(now)? {
                Next::Gap => self.lose(Place::Lost(None)),
                Next::Packet(arrival) => self.place(&arrival),
            }
        }
    }

    /// Whether nothing can be decoded until a key frame comes.
    pub fn wants_key(&self) -> bool {
        self.wants_key
    }

    /// The decoder lost its place: drop units until a key frame.
    pub fn require_key(&mut self) {
        self.wants_key = true;
        self.ready.clear();
    }

    fn lose(&mut self, place: Place) {
        self.open = None;
        self.h264 = depacketize::h264::Depacketizer::default();
        self.place = place;
        self.wants_key = true;
    }

    fn place(&mut self, arrival: &Arrival) {
        if arrival.payload.is_empty() {
            return; // padding that a sender uses to probe the line
        }
        if self.open.as_ref().is_some_and(|open| open.timestamp != arrival.timestamp) {
            self.finish(); // its last packet had no marker
        }
        if let Place::Lost(skipped) = self.place {
            let another = skipped.is_some_and(|timestamp| timestamp != arrival.timestamp);
            if !another && !starts(arrival) {
                self.place = if arrival.marker {
                    Place::InStep
                } else {
                    Place::Lost(Some(arrival.timestamp))
                };
                return;
            }
            self.place = Place::InStep;
        }
        match self.append(arrival) {
            Ok(()) if arrival.marker => self.finish(),
            Ok(()) => {}
            Err(Malformed) if arrival.marker => self.lose(Place::InStep),
            Err(Malformed) => self.lose(Place::Lost(Some(arrival.timestamp))),
        }
    }

    fn append(&mut self, arrival: &Arrival) -> Result<(), Malformed> {
        let open = self.open.get_or_insert_with(|| Open {
            timestamp: arrival.timestamp,
            unit: Unit { codec: arrival.codec, key: false, at: arrival.at, bytes: Vec::new() },
        });
        if open.unit.codec != arrival.codec {
            return Err(Malformed);
        }
        let Payload { key, .. } = match arrival.codec {
            Codec::H264 => self.h264.push(&arrival.payload, &mut open.unit.bytes)?,
            Codec::Vp8 => depacketize::vp8::push(&arrival.payload, &mut open.unit.bytes)?,
        };
        open.unit.key |= key;
        open.unit.at = open.unit.at.min(arrival.at);
        Ok(())
    }

    fn finish(&mut self) {
        let Some(Open { mut unit, timestamp }) = self.open.take() else { return };
        if unit.bytes.is_empty() || (self.wants_key && !unit.key) {
            return;
        }
        self.wants_key = false;
        unit.at = self.pace.taken(timestamp, unit.at).max(self.last_at);
        self.last_at = unit.at;
        self.ready.push_back(unit);
    }
}

/// Whether the payload can only begin a picture.
fn starts(arrival: &Arrival) -> bool {
    let mut unit = Vec::new();
    let told = match arrival.codec {
        Codec::H264 => depacketize::h264::Depacketizer::default().push(&arrival.payload, &mut unit),
        Codec::Vp8 => depacketize::vp8::push(&arrival.payload, &mut unit),
    };
    told.is_ok_and(|payload| payload.starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::reorder::GAP_WAIT;

    fn vp8(sequence: u16, frame: u32, first: bool, last: bool, key: bool) -> Arrival {
        let descriptor = if first { 0x10 } else { 0x00 };
        let body = u8::from(!key);
        Arrival {
            sequence,
            timestamp: frame * 3000,
            marker: last,
            codec: Codec::Vp8,
            payload: Bytes::from(vec![descriptor, body, 7]),
            at: Duration::from_millis(u64::from(frame) * 33),
        }
    }

    fn h264(sequence: u16, frame: u32, marker: bool, payload: &[u8]) -> Arrival {
        Arrival {
            sequence,
            timestamp: frame * 3000,
            marker,
            codec: Codec::H264,
            payload: Bytes::copy_from_slice(payload),
            at: Duration::from_millis(u64::from(frame) * 33),
        }
    }

    fn units(intake: &mut Intake, now: Duration) -> Vec<Unit> {
        std::iter::from_fn(|| intake.pop(now)).collect()
    }

    #[test]
    fn nothing_comes_before_the_first_key_frame() {
        let mut intake = Intake::default();
        intake.push(vp8(1, 1, true, true, false));
        intake.push(vp8(2, 2, true, false, true));
        intake.push(vp8(3, 2, false, true, false));
        intake.push(vp8(4, 3, true, true, false));
        let got = units(&mut intake, Duration::ZERO);
        assert_eq!(got.iter().map(|u| u.key).collect::<Vec<_>>(), [true, false]);
        assert_eq!(got[0].bytes, [0, 7, 1, 7]);
        assert!(!intake.wants_key());
    }

    #[test]
    fn after_a_loss_only_a_key_frame_helps() {
        let mut intake = Intake::default();
        intake.push(vp8(1, 1, true, true, true));
        intake.push(vp8(3, 3, true, true, false)); // 2 is lost
        assert_eq!(units(&mut intake, Duration::ZERO).len(), 1);
        assert!(!intake.wants_key());
        assert_eq!(units(&mut intake, Duration::from_millis(99) + GAP_WAIT), []);
        assert!(intake.wants_key());
        intake.push(vp8(4, 4, true, true, true));
        assert_eq!(units(&mut intake, Duration::from_secs(1)).len(), 1);
    }

    #[test]
    fn a_key_frame_whose_first_packet_is_lost_is_no_key_frame() {
        let mut intake = Intake::default();
        intake.push(h264(1, 1, true, &[0x61, 1]));
        intake.push(h264(3, 2, true, &[0x65, 1])); // its parameter sets (2) are lost
        intake.push(h264(4, 3, false, &[0x78, 0, 2, 0x67, 9, 0, 2, 0x68, 8]));
        intake.push(h264(5, 3, true, &[0x65, 2]));
        let _ = units(&mut intake, Duration::ZERO);
        let got = units(&mut intake, Duration::from_secs(2));
        assert_eq!(got.len(), 1);
        assert!(got[0].key && got[0].bytes.ends_with(&[0, 0, 0, 1, 0x65, 2]));
    }

    #[test]
    fn a_picture_without_marker_ends_with_the_next_timestamp() {
        let mut intake = Intake::default();
        intake.push(vp8(1, 1, true, false, true));
        intake.push(vp8(2, 2, true, false, false));
        assert_eq!(units(&mut intake, Duration::ZERO).len(), 1);
    }

    #[test]
    fn times_never_run_backwards() {
        let mut intake = Intake::default();
        let mut repaired = vp8(1, 1, true, true, true);
        repaired.at = Duration::from_millis(500);
        intake.push(repaired);
        intake.push(vp8(2, 2, true, true, false));
        let got = units(&mut intake, Duration::from_millis(500));
        assert_eq!(got.iter().map(|u| u.at.as_millis()).collect::<Vec<_>>(), [500, 500]);
    }

    #[test]
    fn random_packets_neither_panic_nor_pile_up() {
        let mut intake = Intake::default();
        let mut state = 88_172_645_463_325_252_u64;
        let mut random = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        for step in 0..60_000_u64 {
            let payload: Vec<u8> =
                (0..random(40)).map(|_| u8::try_from(random(256)).unwrap()).collect();
            intake.push(Arrival {
                sequence: u16::try_from((step + random(6)) % 65_536).unwrap(),
                timestamp: u32::try_from(step / 3 + random(2)).unwrap(),
                marker: random(3) == 0,
                codec: if random(20) < 10 { Codec::H264 } else { Codec::Vp8 },
                payload: Bytes::from(payload),
                at: Duration::from_millis(step),
            });
            while let Some(unit) = intake.pop(Duration::from_millis(step)) {
                assert!(!unit.bytes.is_empty() && unit.bytes.len() <= depacketize::UNIT_BYTES_MAX);
            }
        }
    }
}
