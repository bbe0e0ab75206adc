//! What the media engine is set up with: codecs, and the interceptors that repair, report and hear.

use super::{
    CaptureError, Codec,
    relay::{Leg, Tap},
};
use rtc::{
    interceptor::{NackGeneratorBuilder, NackResponderBuilder, Slot},
    peer_connection::configuration::media_engine::{
        MIME_TYPE_H264, MIME_TYPE_OPUS, MIME_TYPE_RTX, MIME_TYPE_VP8,
    },
    rtp_transceiver::rtp_sender::{RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind},
};
use webrtc::peer_connection::{
    MediaEngine, Registry, configure_rtcp_reports, configure_twcc_receiver_only,
};

/// Requests for one lost packet, 100 ms apart: as long as a gap is waited for.
const NACKS_MAX: u16 = 4;

/// Requests of a receiver that reach the sender: a key frame in two ways, and lost packets.
fn feedback() -> Vec<RTCPFeedback> {
    let of = |text: &str| {
        let (typ, parameter) = text.split_once(' ').unwrap_or((text, ""));
        RTCPFeedback { typ: typ.into(), parameter: parameter.into() }
    };
    ["ccm fir", "nack", "nack pli"].map(of).to_vec()
}

fn video_rtp_codec(mime: &str, fmtp: String) -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: mime.into(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: fmtp,
        rtcp_feedback: feedback(),
    }
}

fn h264(profile: &str) -> RTCRtpCodec {
    let fmtp = format!("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}");
    video_rtp_codec(MIME_TYPE_H264, fmtp)
}

/// What the server says it sends: the receiver's own profile stands in what is agreed.
pub(super) fn video_codec(codec: Codec) -> RTCRtpCodec {
    match codec {
        Codec::H264 => h264("42e01f"),
        Codec::Vp8 => video_rtp_codec(MIME_TYPE_VP8, String::new()),
    }
}

pub(super) fn sound_codec() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.into(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".into(),
        rtcp_feedback: vec![],
    }
}

/// The codecs that are accepted, with retransmission, and the interceptors that ask for lost packets (NACK) and report; in a relay
/// also sound, and the interceptors that send lost packets again and hear when a key frame is wanted.
pub(super) fn engine(leg: Option<&Leg>) -> Result<(MediaEngine, Registry), CaptureError> {
    let failed = |_| CaptureError::Engine("the codecs cannot be set up");
    let codecs = [
        (h264("42e01f"), 102),
        (h264("42001f"), 104),
        (video_rtp_codec(MIME_TYPE_VP8, String::new()), 96),
    ];
    let mut engine = MediaEngine::default();
    for (rtp_codec, payload_type) in codecs {
        let retransmission = RTCRtpCodec {
            rtcp_feedback: vec![],
            ..video_rtp_codec(MIME_TYPE_RTX, format!("apt={payload_type}"))
        };
        for (rtp_codec, payload_type) in
            [(rtp_codec, payload_type), (retransmission, payload_type + 1)]
        {
            let codec = RTCRtpCodecParameters { rtp_codec, payload_type };
            engine.register_codec(codec, RtpCodecKind::Video).map_err(failed)?;
        }
    }
    // Without a limit the generator asks for every lost packet until 512 newer ones have come, repaired or not.
    let nack = NackGeneratorBuilder::new().with_max_nacks_per_packet(NACKS_MAX);
    let mut registry = Registry::new().with(Slot::NackGenerator, nack.build());
    if let Some(leg) = leg {
        let sound = RTCRtpCodecParameters { rtp_codec: sound_codec(), payload_type: 111 };
        engine.register_codec(sound, RtpCodecKind::Audio).map_err(failed)?;
        registry = registry
            .with(Slot::NackResponder, NackResponderBuilder::new().build())
            .with(Slot::from(1), Tap::new(leg.clone()));
    }
    let registry = configure_rtcp_reports(registry);
    let registry = configure_twcc_receiver_only(registry, &mut engine).map_err(failed)?;
    Ok((engine, registry))
}
