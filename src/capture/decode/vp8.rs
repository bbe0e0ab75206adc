//! VP8: the frame tag is read here first, then the frame goes to the decoder crate.

use super::{Fault, Planes, check_sides};
use oximedia_codec::{
    traits::{DecoderConfig, VideoDecoder},
    vp8::Vp8Decoder,
};

/// What follows the frame tag of a key frame (RFC 6386 §9.1).
const START_CODE: [u8; 3] = [0x9D, 0x01, 0x2A];

#[derive(Default)]
pub(super) struct Decoder {
    inner: Option<Vp8Decoder>,
}

impl Decoder {
    pub fn decode(&mut self, unit: &[u8], side_max_px: u32) -> Result<Option<Planes>, Fault> {
        check_tag(unit, side_max_px)?;
        if self.inner.is_none() {
            self.inner = Vp8Decoder::new(DecoderConfig::default()).ok();
        }
        let decoder = self.inner.as_mut().ok_or(Fault::Unsupported)?;
        decoder.send_packet(unit, 0).map_err(|_| Fault::Broken)?;
        let Some(mut frame) = decoder.receive_frame().map_err(|_| Fault::Broken)? else {
            return Ok(None);
        };
        let mut plane = |index: usize| {
            frame.planes.get_mut(index).map(|p| std::mem::take(&mut p.data)).unwrap_or_default()
        };
        let (y, u, v) = (plane(0), plane(1), plane(2));
        let side = |px: u32| usize::try_from(px).unwrap_or_default();
        Ok(Some(Planes { width: side(frame.width), height: side(frame.height), y, u, v }))
    }
}

/// Key frames carry 14-bit dimensions; the others take those of the key frame before.
fn check_tag(unit: &[u8], side_max_px: u32) -> Result<(), Fault> {
    let (&first, rest) = unit.split_first().ok_or(Fault::Broken)?;
    if first & 1 == 1 {
        return Ok(());
    }
    let [_, _, a, b, c, w0, w1, h0, h1, ..] = rest else { return Err(Fault::Broken) };
    if [*a, *b, *c] != START_CODE {
        return Err(Fault::Broken);
    }
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    check_sides(side(*w0, *w1), side(*h0, *h1), side_max_px)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_checked_before_decoding() {
        let tag = |width: u16, height: u16| {
            let mut tag = vec![0x10, 0, 0, 0x9D, 0x01, 0x2A];
            tag.extend(width.to_le_bytes());
            tag.extend(height.to_le_bytes());
            tag
        };
        assert_eq!(check_tag(&tag(640, 480), 1920), Ok(()));
        assert_eq!(check_tag(&tag(0x4280, 480), 1920), Ok(()), "640 with scaling bits");
        assert_eq!(check_tag(&tag(1921, 480), 1920), Err(Fault::Dimensions));
        assert_eq!(check_tag(&tag(0, 480), 1920), Err(Fault::Dimensions));
        assert_eq!(check_tag(&tag(640, 480)[..9], 1920), Err(Fault::Broken));
        assert_eq!(check_tag(&[0x11], 1920), Ok(()), "an inter frame");
        assert_eq!(check_tag(&[], 1920), Err(Fault::Broken));
    }
}
