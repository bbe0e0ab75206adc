//! Recorded clips as a row of JPEG pictures, one after the other without anything between (`.mjpeg`): the same pictures that a
//! browser plays as its camera, for evaluation.

use super::CaptureError;
use std::io::Read;

/// Largest picture of a clip, bytes; a longer one is no picture of a call.
const PICTURE_BYTES_MAX: usize = 16 << 20;

/// Pictures of a clip in order, each a whole JPEG.
#[derive(Debug)]
pub struct MjpegPictures<R> {
    from: R,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: Read> MjpegPictures<R> {
    /// Of an open file or pipe.
    pub fn new(from: R) -> Self {
        Self { from, buffer: Vec::new(), ended: false }
    }

    fn more(&mut self) -> Result<bool, CaptureError> {
        let mut part = [0_u8; 16 << 10];
        let n = self.from.read(&mut part).map_err(|_| CaptureError::Still("it cannot be read"))?;
        self.buffer.extend_from_slice(&part[..n]);
        self.ended = n == 0;
        Ok(n > 0)
    }
}

impl<R: Read> Iterator for MjpegPictures<R> {
    type Item = Result<Vec<u8>, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match whole(&self.buffer) {
                Some(Ok(length)) => {
                    let rest = self.buffer.split_off(length);
                    return Some(Ok(std::mem::replace(&mut self.buffer, rest)));
                }
                Some(Err(what)) => {
                    self.buffer.clear();
                    self.ended = true;
                    return Some(Err(CaptureError::Still(what)));
                }
                None if self.ended => {
                    // A last picture that was cut off is left out, as a camera would.
                    return None;
                }
                None if self.buffer.len() > PICTURE_BYTES_MAX => {
                    self.buffer.clear();
                    self.ended = true;
                    return Some(Err(CaptureError::Still("a picture of it has no end")));
                }
                None => {
                    if let Err(fault) = self.more() {
                        self.ended = true;
                        return Some(Err(fault));
                    }
                }
            }
        }
    }
}

/// Length of the JPEG at the beginning of `bytes`; `None` when more bytes are needed (ITU-T T.81 B.1.1).
fn whole(bytes: &[u8]) -> Option<Result<usize, &'static str>> {
    let [first, second, ..] = bytes else { return None };
    if (*first, *second) != (0xFF, 0xD8) {
        return Some(Err("it is not a row of JPEG pictures"));
    }
    let mut at = 2;
    loop {
        let (mark, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xFF {
            return Some(Err("a picture of it is damaged"));
        }
        match marker {
            0xD9 => return Some(Ok(at + 2)),
            0xFF => at += 1,               // fill byte
            0x01 | 0xD0..=0xD7 => at += 2, // no length follows
            _ => {
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length.max(2));
                if marker == 0xDA {
                    at = end_of_scan(bytes, at)?;
                }
            }
        }
    }
}

/// The next marker after entropy-coded bytes: there FF is followed by 00 or by a restart marker.
fn end_of_scan(bytes: &[u8], from: usize) -> Option<usize> {
    let marks = |w: &[u8]| w[0] == 0xFF && !matches!(w[1], 0 | 0xFF | 0xD0..=0xD7);
    bytes.get(from..)?.windows(2).position(marks).map(|i| from + i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Picture;

    fn jpeg(shade: u8) -> Vec<u8> {
        let rgb = (0..48_u32 * 32 * 3).map(|i| shade.wrapping_mul(i.to_le_bytes()[0])).collect();
        Picture::from_rgb(48, 32, rgb).unwrap().to_jpeg(4096, 90).unwrap()
    }

    /// A reader that gives a few bytes at a time, as pipes do.
    struct Drops(std::io::Cursor<Vec<u8>>);

    impl Read for Drops {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let n = into.len().min(97);
            self.0.read(&mut into[..n])
        }
    }

    #[test]
    fn pictures_come_out_as_they_went_in() {
        let pictures: Vec<Vec<u8>> = (1..6).map(jpeg).collect();
        let mut file = pictures.concat();
        file.extend(&jpeg(9)[..200]); // the last one is cut off
        let read: Vec<_> =
            MjpegPictures::new(Drops(std::io::Cursor::new(file))).map(Result::unwrap).collect();
        assert_eq!(read, pictures);
    }

    #[test]
    fn other_files_are_refused_once_and_the_row_ends() {
        for file in [b"RIFF....AVI ".to_vec(), [jpeg(3), b"garbage".to_vec()].concat()] {
            let read: Vec<_> = MjpegPictures::new(std::io::Cursor::new(file)).collect();
            assert!(read.last().unwrap().is_err());
            assert_eq!(read.iter().filter(|r| r.is_err()).count(), 1);
        }
        assert_eq!(MjpegPictures::new(std::io::empty()).count(), 0);
    }
}
