//! A phone in this process: the webrtc crate as the offering side, sending coded units as they are.

use super::{
    count::Count,
    streams::{KEY_EVERY, Stream},
};
use bytes::Bytes;
use jianmian::capture::{Codec, Peer};
use rtc::{
    interceptor::Slot,
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
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use webrtc::{
    media_stream::{
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
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
    /// What came from the server: whether it is sound, and its header.
    pub heard: Heard,
    track: Arc<TrackLocalStaticRTP>,
    microphone: Option<Arc<TrackLocalStaticRTP>>,
    sound: (u8, u16, u32),
    tracks: watch::Receiver<Vec<Arc<dyn TrackRemote>>>,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
}

/// Headers of the packets that came, and whether each was sound.
pub type Heard = Arc<Mutex<Vec<(bool, Header)>>>;

struct Handler {
    state: watch::Sender<RTCPeerConnectionState>,
    heard: Heard,
    tracks: watch::Sender<Vec<Arc<dyn TrackRemote>>>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let sound = track.kind().await == RtpCodecKind::Audio;
        if !sound {
            self.tracks.send_modify(|tracks| tracks.push(track.clone()));
        }
        let heard = self.heard.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    heard.lock().unwrap().push((sound, packet.header));
                }
            }
        });
    }
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "audio/opus".into(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".into(),
        rtcp_feedback: vec![],
    }
}

fn track(kind: RtpCodecKind, ssrc: u32, codec: RTCRtpCodec) -> Arc<TrackLocalStaticRTP> {
    let coding = RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() };
    let encoding =
        RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    let name = kind.to_string();
    Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
        "camera".into(),
        name.clone(),
        name,
        kind,
        vec![encoding],
    )))
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
        Self::made(codecs, false).await
    }

    /// A side of a live call: it speaks too.
    pub async fn with_sound(codecs: &[Codec]) -> Self {
        Self::made(codecs, true).await
    }

    async fn made(codecs: &[Codec], with_sound: bool) -> Self {
        let mut engine = MediaEngine::default();
        if with_sound {
            let codec = RTCRtpCodecParameters { rtp_codec: opus(), payload_type: 109 };
            engine.register_codec(codec, RtpCodecKind::Audio).unwrap();
        }
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
        let (tracks_tx, tracks) = watch::channel(Vec::new());
        let heard = Heard::default();
        let handler = Handler { state: state_tx, heard: heard.clone(), tracks: tracks_tx };
        let building = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(handler))
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
        let microphone = with_sound.then(|| track(RtpCodecKind::Audio, SSRC + 1, opus()));
        if let Some(microphone) = &microphone {
            connection.add_track(microphone.clone() as Arc<dyn TrackLocal>).await.unwrap();
        }
        let track = track(RtpCodecKind::Video, SSRC, codec_of(codecs[0]));
        connection.add_track(track.clone() as Arc<dyn TrackLocal>).await.unwrap();
        Self {
            heard,
            microphone,
            sound: (0, 100, 0),
            tracks,
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
        let opus = sdp.lines().find(|l| l.starts_with("a=rtpmap:") && l.ends_with("opus/48000/2"));
        self.sound.0 = opus.map_or(0, |l| l[9..].split(' ').next().unwrap().parse().unwrap());
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

    /// Sends `count` packets of sound, 20 ms each.
    pub async fn talk(&mut self, count: usize) {
        for _ in 0..count {
            let (payload_type, sequence_number, timestamp) = self.sound;
            let header = Header {
                version: 2,
                payload_type,
                sequence_number,
                timestamp,
                ssrc: SSRC + 1,
                ..Default::default()
            };
            self.sound =
                (payload_type, sequence_number.wrapping_add(1), timestamp.wrapping_add(960));
            let packet =
                rtc::rtp::Packet { header, payload: Bytes::from_static(&[0xF8, 0xFF, 0xFE]) };
            self.microphone.as_ref().unwrap().write_rtp(packet).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks for a key frame of what comes from the server.
    pub async fn ask_keyframe(&self) {
        let tracks = self.tracks.borrow().clone();
        for track in tracks {
            for media_ssrc in track.ssrcs().await {
                let ask = PictureLossIndication { sender_ssrc: 0, media_ssrc };
                track.write_rtcp(vec![Box::new(ask)]).await.unwrap();
            }
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
