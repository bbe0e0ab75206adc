//! Hears what a receiver says about the stream it is sent: that it needs a key frame.

use super::Leg;
use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    rtcp::payload_feedbacks::{
        full_intra_request::FullIntraRequest, picture_loss_indication::PictureLossIndication,
    },
    sansio,
    shared::error::Error,
};
use std::{collections::VecDeque, time::Instant};

/// Packets held between two steps of the chain; the engine empties it after each.
const HELD_MAX: usize = 1024;

/// Lets everything through.
pub(in crate::capture) struct Tap {
    leg: Leg,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Tap {
    pub fn new(leg: Leg) -> Self {
        Self { leg, reads: VecDeque::new(), writes: VecDeque::new() }
    }
}

fn hold(queue: &mut VecDeque<TaggedPacket>, packet: TaggedPacket) {
    if queue.len() < HELD_MAX {
        queue.push_back(packet);
    }
}

impl sansio::Protocol<TaggedPacket, TaggedPacket, ()> for Tap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let asks = packets.iter().map(|packet| packet.as_any());
            if asks
                .into_iter()
                .any(|p| p.is::<PictureLossIndication>() || p.is::<FullIntraRequest>())
            {
                self.leg.ask_keyframe();
            }
        }
        hold(&mut self.reads, message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        hold(&mut self.writes, message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }

    fn handle_timeout(&mut self, _: Instant) -> Result<(), Error> {
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        None
    }
}

impl Interceptor for Tap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
