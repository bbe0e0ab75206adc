//! The relay of a live call: what one side sends goes to the other as it is, without transcoding.
//!
//! ```text
//!  phone ──► its peer ──► rewrite ──► officer's peer ──► officer
//!        ◄── key frames asked for ◄── PLI, FIR ◄──
//! ```
//! Only RTP is relayed: each side has a connection of its own with the server, with its own keys, numbers and repair. Lost packets are asked
//! for and sent again on each leg by itself (NACK); a request for a key frame goes through to the one who can make it. A side that is
//! replaced (another network, a page loaded anew) continues the numbers of the one before, so the other side's decoder goes on.

mod rewrite;
mod sending;
mod tap;

pub(super) use sending::{Agreed, Sending};
pub(super) use tap::Tap;

use super::Codec;
use rtc::rtp::Packet;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{Notify, mpsc};

/// Packets that wait for one side's sender: 0.5 s at 4 Mbit/s. When full, further ones are lost as on a bad line, and the receiver asks for
/// a key frame.
const PACKETS_WAITING: usize = 256;
/// Largest payload that is relayed, bytes: what fits an Ethernet frame. A browser sends at most 1200.
const PAYLOAD_BYTES_MAX: usize = 1400;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    Video(Codec),
    Sound,
}

/// A packet on its way to the other side.
#[derive(Debug)]
pub(super) struct Passed {
    /// Which connection it came by.
    pub leg: u64,
    pub medium: Medium,
    pub packet: Packet,
}

/// One side as the other one reaches it.
#[derive(Debug, Default)]
struct End {
    /// Into the sender of this side's connection, while there is one.
    inlet: Mutex<Option<mpsc::Sender<Passed>>>,
    /// Told when the other side needs a key frame of this one.
    keyframe: Arc<Notify>,
}

/// The two ends of one live call.
#[derive(Clone, Debug, Default)]
pub struct Relay {
    phone: Arc<End>,
    officer: Arc<End>,
    /// Connections so far, of both sides.
    legs: Arc<AtomicU64>,
}

/// Who is at an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The pensioner. What the phone sends is decoded as well, for analysis.
    Phone,
    /// The officer. What the desk sends is only passed on.
    Officer,
}

impl Relay {
    /// What a connection of `side` needs to take part, speaking `codec`.
    pub fn leg(&self, side: Side, codec: Codec) -> Leg {
        let (own, other) = match side {
            Side::Phone => (&self.phone, &self.officer),
            Side::Officer => (&self.officer, &self.phone),
        };
        let number = self.legs.fetch_add(1, Ordering::Relaxed);
        Leg { own: Arc::clone(own), other: Arc::clone(other), number, side, codec }
    }
}

/// A connection's place in a relay.
#[derive(Clone, Debug)]
pub struct Leg {
    own: Arc<End>,
    other: Arc<End>,
    number: u64,
    side: Side,
    codec: Codec,
}

impl Leg {
    /// The one video codec that both sides speak.
    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    /// Whether this side's pictures are decoded here.
    pub(super) fn decodes(&self) -> bool {
        self.side == Side::Phone
    }

    /// Told when this side should make a key frame.
    pub(super) fn keyframe(&self) -> Arc<Notify> {
        Arc::clone(&self.own.keyframe)
    }

    /// Takes what the other side sends from now on; an earlier connection of this side gets no more.
    pub(super) fn take_inlet(&self) -> mpsc::Receiver<Passed> {
        let (inlet, packets) = mpsc::channel(PACKETS_WAITING);
        *self.own.inlet.lock().unwrap_or_else(PoisonError::into_inner) = Some(inlet);
        packets
    }

    /// Passes a packet of this side on; lost when nobody is there or the queue is full.
    pub(super) fn pass(&self, medium: Medium, packet: &Packet) {
        if packet.payload.len() > PAYLOAD_BYTES_MAX {
            return;
        }
        let inlet = self.other.inlet.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inlet) = inlet.as_ref() {
            let _ = inlet.try_send(Passed { leg: self.number, medium, packet: packet.clone() });
        }
    }

    /// This side cannot go on without a key frame of the other.
    pub(super) fn ask_keyframe(&self) {
        self.other.keyframe.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn packet(bytes: usize) -> Packet {
        Packet { payload: Bytes::from(vec![7; bytes]), ..Packet::default() }
    }

    #[tokio::test]
    async fn a_packet_reaches_the_other_side_and_a_wish_for_a_key_frame_comes_back() {
        let relay = Relay::default();
        let phone = relay.leg(Side::Phone, Codec::Vp8);
        let officer = relay.leg(Side::Officer, Codec::Vp8);
        phone.pass(Medium::Sound, &packet(1)); // nobody there: lost
        let mut inlet = officer.take_inlet();
        phone.pass(Medium::Video(Codec::Vp8), &packet(20));
        let passed = inlet.recv().await.unwrap();
        assert_eq!((passed.medium, passed.packet.payload.len()), (Medium::Video(Codec::Vp8), 20));
        officer.ask_keyframe();
        phone.keyframe().notified().await;
        assert!(phone.decodes() && !officer.decodes());
    }

    #[tokio::test]
    async fn what_is_too_large_or_too_much_is_lost_and_a_new_connection_takes_over() {
        let relay = Relay::default();
        let phone = relay.leg(Side::Phone, Codec::H264);
        let officer = relay.leg(Side::Officer, Codec::H264);
        let mut first = officer.take_inlet();
        phone.pass(Medium::Sound, &packet(PAYLOAD_BYTES_MAX + 1));
        assert!(first.try_recv().is_err());
        for _ in 0..PACKETS_WAITING + 50 {
            phone.pass(Medium::Sound, &packet(1));
        }
        let waiting = std::iter::from_fn(|| first.try_recv().ok()).count();
        assert_eq!(waiting, PACKETS_WAITING);
        let mut second = officer.take_inlet();
        phone.pass(Medium::Sound, &packet(1));
        assert!(second.try_recv().is_ok());
        assert!(first.recv().await.is_none(), "the earlier connection gets nothing more");
    }
}
