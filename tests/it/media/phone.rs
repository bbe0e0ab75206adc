//! A phone in this process: the webrtc crate as the offering side, sending coded units as they are.

use super::streams::{KEY_EVERY, Stream};
use bytes::Bytes;
use jianmian::capture::{Codec, Peer};
use rtc::{
    interceptor::{Interceptor, Packet, Slot, StreamInfo, TaggedPacket},
    media_stream::MediaStreamTrack,
    peer_connection::configuration::{
        interceptor_registry::register_default_interceptors, media_engine::MediaEngine,
    },
    rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication,
    rtp::{
        codec::{h264::H264Payloader, vp8::Vp8Payloader},
        header::Header,
        packetizer::Payloader,
    },
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
        RtpCodecKind,
    },
    sansio,
    shared::error::Error,
};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;
use webrtc::{
    media_stream::track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
    peer_connection::{
        PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceCandidateInit,
        RTCPeerConnectionState, RTCSessionDescription, Registry,
    },
};

const SSRC: u32 = 0x00C0_FFEE;
/// Pictures are sent faster than a camera does, so that tests are short.
const PICTURE_PAUSE: Duration = Duration::from_millis(25);

/// How the phone reaches the port.
#[derive(Clone, Copy)]
pub enum Way {
    Udp,
    /// UDP through a relay at this address.
    Relay(SocketAddr),
    Tcp,
}

pub struct Phone {
    pub connection: Arc<dyn PeerConnection>,
    pub state: watch::Receiver<RTCPeerConnectionState>,
    /// Key frames that the server asked for.
    pub asked: Arc<AtomicU64>,
    /// Pause after each picture.
    pub pause: Duration,
    track: Arc<TrackLocalStaticRTP>,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
}

struct Handler(watch::Sender<RTCPeerConnectionState>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.0.send_replace(state);
    }
}

fn codec_of(codec: Codec) -> RTCRtpCodec {
    let (mime, fmtp) = match codec {
        Codec::H264 => {
            ("video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")
        }
        Codec::Vp8 => ("video/VP8", ""),
    };
    RTCRtpCodec {
        mime_type: mime.into(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: fmtp.into(),
        rtcp_feedback: vec![],
    }
}

impl Phone {
    /// A phone that can send `codecs` and will send the first.
    pub async fn new(codecs: &[Codec]) -> Self {
        let mut engine = MediaEngine::default();
        for (codec, number) in codecs.iter().zip([98_u8, 100, 102]) {
            let rtx = RTCRtpCodec {
                mime_type: "video/rtx".into(),
                sdp_fmtp_line: format!("apt={number}"),
                ..codec_of(*codec)
            };
            for (rtp_codec, payload_type) in [(codec_of(*codec), number), (rtx, number + 1)] {
                let codec = RTCRtpCodecParameters { rtp_codec, payload_type };
                engine.register_codec(codec, RtpCodecKind::Video).unwrap();
            }
        }
        let asked = Arc::new(AtomicU64::new(0));
        let registry = register_default_interceptors(Registry::new(), &mut engine).unwrap();
        let registry = registry.with(Slot::from(1), Count::new(asked.clone()));
        let (state_tx, state) = watch::channel(RTCPeerConnectionState::New);
        let building = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(Handler(state_tx)))
            .with_setting_engine(
                webrtc::peer_connection::SettingEngineBuilder::new()
                    .with_include_loopback_candidate(true)
                    .with_multicast_dns_mode(rtc::ice::mdns::MulticastDnsMode::Disabled)
                    .build(),
            )
            .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
            .with_tcp_addrs(vec!["127.0.0.1:0".to_owned()])
            .build();
        let connection: Arc<dyn PeerConnection> = Arc::new(Box::pin(building).await.unwrap());
        let coding = RTCRtpCodingParameters { ssrc: Some(SSRC), ..Default::default() };
        let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
            "camera".into(),
            "video".into(),
            "camera".into(),
            RtpCodecKind::Video,
            vec![RTCRtpEncodingParameters {
                rtp_coding_parameters: coding,
                codec: codec_of(codecs[0]),
                ..Default::default()
            }],
        )));
        connection.add_track(track.clone() as Arc<dyn TrackLocal>).await.unwrap();
        Self {
            connection,
            state,
            asked,
            pause: PICTURE_PAUSE,
            track,
            payload_type: 0,
            sequence: 65_500,
            timestamp: 1_000_000,
        }
    }

    /// The phone's offer, set as its local description.
    pub async fn offer(&self) -> String {
        let offer = self.connection.create_offer(None).await.unwrap();
        self.connection.set_local_description(offer.clone()).await.unwrap();
        offer.sdp
    }

    /// Takes the server's answer, keeping only the candidates of `way`.
    pub async fn take(&mut self, answer: &str, codec: Codec, way: Way) {
        let (kept, candidates): (Vec<&str>, Vec<&str>) =
            answer.lines().partition(|line| !line.starts_with("a=candidate:"));
        let sdp = kept.join("\r\n") + "\r\n";
        self.payload_type = payload_type(&sdp, codec);
        let description = RTCSessionDescription::answer(sdp).unwrap();
        self.connection.set_remote_description(description).await.unwrap();
        let transport = if matches!(way, Way::Tcp) { " tcp " } else { " udp " };
        for line in candidates.iter().filter(|line| line.contains(transport)) {
            let mut fields: Vec<String> =
                line.trim_start_matches("a=").split(' ').map(Into::into).collect();
            if let Way::Relay(address) = way {
                fields[4] = address.ip().to_string();
                fields[5] = address.port().to_string();
            }
            let candidate = fields.join(" ");
            let candidate = RTCIceCandidateInit { candidate, ..Default::default() };
            self.connection.add_ice_candidate(candidate).await.unwrap();
        }
    }

    /// Offers, takes the answer, and waits until connected.
    pub async fn call(peer: &Peer, codec: Codec, way: Way) -> Self {
        let mut phone = Self::new(&[codec]).await;
        let answer = peer.offer(&phone.offer().await).await.unwrap();
        phone.take(&answer, codec, way).await;
        phone.connected().await;
        phone
    }

    /// Waits until connected.
    pub async fn connected(&mut self) {
        let state = self.state.wait_for(|state| *state == RTCPeerConnectionState::Connected);
        tokio::time::timeout(super::PATIENCE, state).await.expect("connected").unwrap();
    }

    /// Sends one unit and waits as long as a picture lasts.
    pub async fn send(&mut self, codec: Codec, unit: &[u8]) {
        let mut payloader: Box<dyn Payloader> = match codec {
            Codec::H264 => Box::<H264Payloader>::default(),
            Codec::Vp8 => Box::<Vp8Payloader>::default(),
        };
        let payloads = payloader.payload(1100, &Bytes::copy_from_slice(unit)).unwrap();
        let count = payloads.len();
        for (index, payload) in payloads.into_iter().enumerate() {
            self.send_payload(index + 1 == count, payload).await;
        }
        self.timestamp = self.timestamp.wrapping_add(6000);
        tokio::time::sleep(self.pause).await;
    }

    /// Sends one RTP packet with this payload.
    pub async fn send_payload(&mut self, marker: bool, payload: Bytes) {
        let header = Header {
            version: 2,
            marker,
            payload_type: self.payload_type,
            sequence_number: self.sequence,
            timestamp: self.timestamp,
            ssrc: SSRC,
            ..Default::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.track.write_rtp(rtc::rtp::Packet { header, payload }).await.unwrap();
    }

    /// Sends `count` pictures as an encoder does: after a request the next one is a key frame.
    pub async fn film(&mut self, stream: &Stream, count: usize) {
        let (mut at, mut answered) = (0, self.asked.load(Ordering::Relaxed));
        for _ in 0..count {
            let asked = self.asked.load(Ordering::Relaxed);
            if asked != answered {
                answered = asked;
                at = (at / KEY_EVERY + 1) * KEY_EVERY;
            }
            let unit = &stream.units[at % stream.units.len()];
            self.send(stream.codec, unit).await;
            at += 1;
        }
    }

    pub async fn hang_up(self) {
        self.connection.close().await.unwrap();
    }
}

/// The answer's first payload type for `codec`.
fn payload_type(answer: &str, codec: Codec) -> u8 {
    let name = match codec {
        Codec::H264 => "H264/90000",
        Codec::Vp8 => "VP8/90000",
    };
    let line = answer.lines().find(|l| l.starts_with("a=rtpmap:") && l.ends_with(name)).unwrap();
    line["a=rtpmap:".len()..].split(' ').next().unwrap().parse().unwrap()
}

/// Counts the key frame requests that pass.
struct Count {
    asked: Arc<AtomicU64>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Count {
    fn new(asked: Arc<AtomicU64>) -> Self {
        Self { asked, reads: VecDeque::new(), writes: VecDeque::new() }
    }
}

impl sansio::Protocol<TaggedPacket, TaggedPacket, ()> for Count {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let asked = packets.iter().filter(|p| p.as_any().is::<PictureLossIndication>()).count();
            self.asked.fetch_add(asked as u64, Ordering::Relaxed);
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(message);
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

impl Interceptor for Count {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
