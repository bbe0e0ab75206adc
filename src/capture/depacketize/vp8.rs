//! VP8 payloads (RFC 7741): the payload descriptor is read and removed.

use super::{Malformed, Payload, append};

/// Appends what `payload` holds to `unit`.
///
/// # Errors
/// When the descriptor is broken, the unit does not begin with its beginning, or it grows over its limit.
pub(in crate::capture) fn push(payload: &[u8], unit: &mut Vec<u8>) -> Result<Payload, Malformed> {
    let (starts, body) = split(payload).ok_or(Malformed)?;
    if starts != unit.is_empty() {
        return Err(Malformed);
    }
    let &first = body.first().ok_or(Malformed)?;
    append(unit, body)?;
    // Bit 0 of the frame tag (RFC 6386 §9.1) is 0 in a key frame.
    Ok(Payload { starts, key: starts && first & 1 == 0 })
}

/// Whether this begins a frame (S bit and partition 0), and the bytes behind the descriptor.
fn split(payload: &[u8]) -> Option<(bool, &[u8])> {
    let (&first, mut rest) = payload.split_first()?;
    if first & 0x80 != 0 {
        let (&extension, after) = rest.split_first()?;
        rest = after;
        if extension & 0x80 != 0 {
            // PictureID, 7 or 15 bits
            let (&id, after) = rest.split_first()?;
            rest = if id & 0x80 != 0 { after.get(1..)? } else { after };
        }
        if extension & 0x40 != 0 {
            rest = rest.get(1..)?; // TL0PICIDX
        }
        if extension & 0x30 != 0 {
            rest = rest.get(1..)?; // TID, Y, KEYIDX
        }
    }
    Some((first & 0x17 == 0x10, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_of_every_length_are_removed() {
        let cases: [&[u8]; 5] = [
            &[0x10, 0xAA],
            &[0x90, 0x80, 0x11, 0xAA],
            &[0x90, 0x80, 0x91, 0x22, 0xAA],
            &[0x90, 0xC0, 0x91, 0x22, 7, 0xAA],
            &[0x90, 0xF0, 0x91, 0x22, 7, 0x20, 0xAA],
        ];
        for case in cases {
            let mut unit = Vec::new();
            let told = push(case, &mut unit).unwrap();
            assert_eq!((unit, told), (vec![0xAA], Payload { starts: true, key: true }));
        }
    }

    #[test]
    fn a_frame_begins_with_its_beginning() {
        let mut unit = Vec::new();
        assert_eq!(push(&[0x00, 1], &mut unit), Err(Malformed), "no start");
        assert_eq!(push(&[0x11, 1], &mut unit), Err(Malformed), "start of a later partition");
        assert_eq!(push(&[0x10, 1], &mut unit), Ok(Payload { starts: true, key: false }));
        assert_eq!(push(&[0x00, 2], &mut unit), Ok(Payload::default()));
        assert_eq!(unit, [1, 2]);
        assert_eq!(push(&[0x10, 3], &mut unit), Err(Malformed), "a second start");
    }

    #[test]
    fn cut_descriptors_are_refused() {
        for case in
            [&[][..], &[0x10], &[0x90], &[0x90, 0x80], &[0x90, 0x80, 0x91], &[0x90, 0xF0, 1]]
        {
            assert_eq!(push(case, &mut Vec::new()), Err(Malformed), "{case:?}");
        }
    }
}
