//! Access units → planes, by pure-Rust decoders (one file a codec), and the thread that runs them for one call.
//!
//! In: coded units of strangers. Out: planes within the limits, or a [`Fault`]. Dimensions are read from the stream's own headers
//! and checked before a decoder sees the unit; a decoder that returned an error or panicked is thrown away.

mod bits;
mod h264;
mod thread;
mod vp8;

pub use super::colour::Planes;
use super::{Codec, depacketize::UNIT_BYTES_MAX, guard::guarded};
pub(super) use thread::{CodecThread, Sink};

/// Smallest side that is a picture, px: two macroblocks.
const SIDE_MIN_PX: u32 = 32;

/// Why a unit gave no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A side is outside the limits.
    #[error("the picture's dimensions are outside the limits")]
    Dimensions,
    /// A profile, tool or amount of reference pictures that no call needs.
    #[error("the stream uses what is not supported")]
    Unsupported,
    /// The stream is broken.
    #[error("the stream is broken")]
    Broken,
    /// The decoder panicked.
    #[error("the decoder panicked")]
    Panicked,
}

/// A decoder of one stream. After a fault it must be thrown away and the next unit must be a key frame.
pub struct Decoder {
    kind: Kind,
    side_max_px: u32,
}

enum Kind {
    H264(Box<h264::Decoder>),
    Vp8(Box<vp8::Decoder>),
}

impl Decoder {
    /// A fresh decoder that accepts pictures with sides up to `side_max_px`.
    pub fn new(codec: Codec, side_max_px: u32) -> Self {
        let kind = match codec {
            Codec::H264 => Kind::H264(Box::default()),
            Codec::Vp8 => Kind::Vp8(Box::default()),
        };
        Self { kind, side_max_px }
    }

    /// Decodes one access unit (Annex B, or a VP8 frame). `None`: it is not meant to be shown.
    ///
    /// # Errors
    /// When the unit is broken, beyond the limits, or panics the decoder.
    pub fn decode(&mut self, unit: &[u8]) -> Result<Option<Planes>, Fault> {
        if unit.len() > UNIT_BYTES_MAX {
            return Err(Fault::Unsupported);
        }
        // The decoders are young and the bytes hostile. After a panic the caller drops the decoder, so no broken state is used.
        let decoded = guarded("decoder", || match &mut self.kind {
            Kind::H264(decoder) => decoder.decode(unit, self.side_max_px),
            Kind::Vp8(decoder) => decoder.decode(unit, self.side_max_px),
        })
        .unwrap_or(Err(Fault::Panicked))?;
        match decoded {
            Some(planes) if !planes.is_whole() => Err(Fault::Broken),
            decoded => Ok(decoded),
        }
    }
}

/// Whether both sides are bearable.
fn check_sides(width: u32, height: u32, side_max_px: u32) -> Result<(), Fault> {
    let sides = SIDE_MIN_PX..=side_max_px;
    if sides.contains(&width) && sides.contains(&height) { Ok(()) } else { Err(Fault::Dimensions) }
}

#[cfg(test)]
mod tests;
