//! Still frames over the WebSocket, for lines on which WebRTC cannot connect: a whole JPEG within limits, or a clear error.

use super::{CaptureError, guard::guarded};
use crate::{
    config::Media,
    frame::{Frame, Picture},
};
use std::sync::Arc;

/// Decodes a still frame. It takes some milliseconds of the calling thread.
///
/// # Errors
/// When it is larger than `still_bytes_max`, is no whole JPEG, has a side over `side_max_px`, or does not decode.
pub fn decode_still(
    bytes: &[u8],
    settings: &Media,
    seq: u64,
    at_ms: u64,
) -> Result<Frame, CaptureError> {
    if bytes.len() > settings.still_bytes_max {
        return Err(CaptureError::StillTooLarge {
            bytes: bytes.len(),
            max: settings.still_bytes_max,
        });
    }
    let (width, height) = jpeg_size(bytes)?;
    if width == 0 || height == 0 || u32::from(width.max(height)) > settings.side_max_px {
        return Err(CaptureError::Still("its dimensions are outside the limits"));
    }
    // The decoder is another's work on a stranger's bytes: a panic in it is an unreadable picture, not a lost call.
    let picture = guarded("still", || Picture::decode(bytes))
        .map_err(|_| CaptureError::Still("it breaks the decoder"))?
        .map_err(CaptureError::StillUnreadable)?;
    Ok(Frame { seq, at_ms, picture: Arc::new(picture) })
}

/// Width and height from the frame header (SOF marker, ITU-T T.81 B.2.2), before a pixel is decoded.
/// The end-of-image marker must be there: decoders paint the missing part of a cut picture grey without a word.
fn jpeg_size(bytes: &[u8]) -> Result<(u16, u16), CaptureError> {
    const CUT: CaptureError = CaptureError::Still("it is cut off");
    if !bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Err(CaptureError::Still("it is not a JPEG"));
    }
    let tail = bytes.iter().rposition(|&b| b != 0).unwrap_or(0);
    if bytes.get(tail - 1..=tail) != Some(&[0xFF, 0xD9]) {
        return Err(CUT);
    }
    let mut rest = &bytes[2..];
    loop {
        let [0xFF, marker, high, low, after @ ..] = rest else { return Err(CUT) };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match marker {
            0xFF => rest = &rest[1..], // fill byte
            // Every start of frame but the markers that share its range: DHT, JPG, DAC.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let [_, h1, h0, w1, w0, ..] = after else { return Err(CUT) };
                return Ok((u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0])));
            }
            0xDA | 0xD9 => return Err(CaptureError::Still("it has no frame header")),
            _ => rest = rest.get(2 + length.max(2)..).ok_or(CUT)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let rgb = (0..width * height * 3).map(|i| u8::try_from(i % 251).unwrap()).collect();
        Picture::from_rgb(width, height, rgb).unwrap().to_jpeg(4096, 80).unwrap()
    }

    #[test]
    fn a_whole_jpeg_becomes_a_frame() {
        let frame = decode_still(&jpeg(64, 48), &Settings::defaults().media, 5, 1234).unwrap();
        assert_eq!((frame.seq, frame.at_ms), (5, 1234));
        assert_eq!((frame.picture.width(), frame.picture.height()), (64, 48));
    }

    #[test]
    fn each_fault_has_its_own_error() {
        let settings = Settings::defaults().media;
        let told = |bytes: &[u8]| decode_still(bytes, &settings, 0, 0).unwrap_err().to_string();
        let whole = jpeg(64, 48);
        assert!(told(&whole[..whole.len() / 2]).contains("cut off"));
        assert!(told(b"").contains("not a JPEG"));
        assert!(told(b"GIF89a").contains("not a JPEG"));
        assert!(told(&vec![0; 400_001]).contains("400001 bytes"));
        assert!(told(&[0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9]).contains("no frame header"));
        let mut wide = jpeg(64, 48);
        let sof = wide.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        wide[sof + 7..sof + 9].copy_from_slice(&60_000_u16.to_be_bytes());
        assert!(told(&wide).contains("dimensions"), "refused before decoding");
    }
}
