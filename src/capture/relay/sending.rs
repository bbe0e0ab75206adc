//! The sending half of a leg: two tracks, and the task that writes to them what the other side sent.

use super::{Leg, Medium, Passed, rewrite::Rewriter};
use crate::{
    capture::{CaptureError, Codec},
    clock::SharedClock,
};
use rtc::{
    media_stream::MediaStreamTrack,
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
    },
};
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{sync::mpsc, task::JoinHandle};
use webrtc::{
    media_stream::track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
    peer_connection::PeerConnection,
};

/// Source numbers of what the server sends: a connection has its own keys, so they may be the same in every one.
const VIDEO_SSRC: u32 = 0x4A4D_0001;
const SOUND_SSRC: u32 = 0x4A4D_0002;
/// Clocks (RFC 6184 §8.1, RFC 7741 §6.1; RFC 7587 §4.1).
const VIDEO_TICKS_PER_S: u64 = 90_000;
const SOUND_TICKS_PER_S: u64 = 48_000;
/// Both tracks belong together: receivers keep lips and voice in step.
const STREAM: &str = "live";

/// Payload types as agreed with this side.
#[derive(Clone, Debug, Default)]
pub(in crate::capture) struct Agreed {
    pub video: HashMap<u8, Codec>,
    pub sound: Option<u8>,
}

impl Agreed {
    fn payload_type(&self, medium: Medium) -> Option<u8> {
        match medium {
            Medium::Sound => self.sound,
            Medium::Video(codec) => {
                let spoken = self.video.iter().filter(|(_, known)| **known == codec);
                spoken.map(|(number, _)| *number).min()
            }
        }
    }
}

/// Two tracks towards one side.
pub(in crate::capture) struct Sending {
    leg: Leg,
    clock: SharedClock,
    video: TrackLocalStaticRTP,
    sound: TrackLocalStaticRTP,
    agreed: Arc<RwLock<Agreed>>,
    connected: Arc<AtomicBool>,
}

impl Sending {
    /// Adds the tracks to a connection that has not seen an offer yet; what is sent begins with [`Sending::start`].
    pub async fn add(
        connection: &dyn PeerConnection,
        leg: &Leg,
        clock: SharedClock,
        (video_codec, sound_codec): (RTCRtpCodec, RTCRtpCodec),
        (agreed, connected): (Arc<RwLock<Agreed>>, Arc<AtomicBool>),
    ) -> Result<Self, CaptureError> {
        let video = track(RtpCodecKind::Video, VIDEO_SSRC, video_codec);
        let sound = track(RtpCodecKind::Audio, SOUND_SSRC, sound_codec);
        for track in [&sound, &video] {
            let added = connection.add_track(Arc::new(track.clone()) as Arc<dyn TrackLocal>).await;
            added.map_err(|_| CaptureError::Engine("a track cannot be added"))?;
        }
        Ok(Self { leg: leg.clone(), clock, video, sound, agreed, connected })
    }

    /// Writes what the other side sends, until the connection closes.
    pub fn start(self) -> JoinHandle<()> {
        let packets = self.leg.take_inlet();
        tokio::spawn(self.run(packets))
    }

    fn number(&self, medium: Medium) -> Option<u8> {
        self.agreed.read().unwrap_or_else(PoisonError::into_inner).payload_type(medium)
    }

    async fn run(self, mut packets: mpsc::Receiver<Passed>) {
        let mut video = Rewriter::new(VIDEO_SSRC, VIDEO_TICKS_PER_S);
        let mut sound = Rewriter::new(SOUND_SSRC, SOUND_TICKS_PER_S);
        while let Some(Passed { leg, medium, mut packet }) = packets.recv().await {
            let (rewriter, track) = match medium {
                Medium::Video(_) => (&mut video, &self.video),
                Medium::Sound => (&mut sound, &self.sound),
            };
            let number = self.number(medium);
            let (Some(number), true) = (number, self.connected.load(Ordering::Relaxed)) else {
                rewriter.break_off();
                continue;
            };
            rewriter.rewrite(&mut packet.header, (leg, number), self.clock.monotonic());
            // An error says that the connection is going; the inlet closes with it.
            let _ = track.write_rtp(packet).await;
        }
    }
}

fn track(kind: RtpCodecKind, ssrc: u32, codec: RTCRtpCodec) -> TrackLocalStaticRTP {
    let coding = RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() };
    let encoding =
        RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    let name = kind.to_string();
    TrackLocalStaticRTP::new(MediaStreamTrack::new(
        STREAM.into(),
        name.clone(),
        name,
        kind,
        vec![encoding],
    ))
}
