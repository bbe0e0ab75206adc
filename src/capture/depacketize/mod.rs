//! RTP payloads → coded bytes, one file a payload format. Written here because a hostile payload must neither panic nor grow
//! without limit. In: one payload after another, in order. Out: bytes appended to the access unit, and what they mean.

pub(super) mod h264;
pub(super) mod vp8;

/// Most bytes of one access unit: a 1080p key frame of a phone's encoder has less than half. More is a broken stream.
pub(super) const UNIT_BYTES_MAX: usize = 512 * 1024;

/// A payload breaks the rules of its format; the access unit is lost.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a payload says about its access unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Payload {
    /// It can only be the first of its unit.
    pub starts: bool,
    /// The unit can be decoded without those before.
    pub key: bool,
}

/// Appends within [`UNIT_BYTES_MAX`].
fn append(unit: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Malformed> {
    if unit.len() + bytes.len() > UNIT_BYTES_MAX {
        return Err(Malformed);
    }
    unit.extend_from_slice(bytes);
    Ok(())
}
