//! Bytes → frames: the phone's pictures, over WebRTC or as still frames, become [`Frame`](crate::frame::Frame)s.
//!
//! In: SDP offers and candidates from `call`, datagrams and streams from one UDP and one TCP port, JPEG stills.
//! Out: SDP answers, [`PeerEvent`]s and the newest decoded picture. May use: frame, domain, config, clock; webrtc, the two codecs, tokio.
//!
//! ```text
//!  port (UDP, ICE-TCP) ──► engine (ICE, DTLS, SRTP) ──► video task ──► codec thread ──► newest frame
//!   one for all calls       one driver task a call       order, units    decode, RGB      (watch)
//! ```
//! In a live call (`relay`) a second connection, the officer's, gets what the phone sends, and the phone what the desk sends, as it is.
//!
//! What a stranger can reach stands behind limits, each a constant with its reason: datagrams that no call expects are dropped;
//! the engine never contacts an address that a phone named (ICE-lite, no outgoing TCP); H.264 payloads go through a depacketiser
//! with caps; picture dimensions are checked before a decoder sees them; a panic ends a decoder, never the call, and is told in one line of our own. Every queue is
//! bounded and says what happens when it is full: media is lost as on a bad line, and a new key frame is asked for.

mod codec;
mod colour;
mod depacketize;
mod engine;
mod error;
mod guard;
mod intake;
mod mjpeg;
mod pace;
mod peer;
mod port;
mod relay;
mod reorder;
mod runtime;
mod sdp;
mod stills;
mod stun;
mod tcp;
mod video;

pub mod decode;

pub use codec::Codec;
pub use error::CaptureError;
#[cfg(test)]
pub(crate) use guard::guarded;
pub use guard::is_guarded;
pub use mjpeg::MjpegPictures;
pub use peer::{Peer, PeerEvent, PeerEvents};
pub use port::{MediaPort, PortLoad};
pub use relay::{Leg, Relay, Side};
pub use stills::decode_still;
