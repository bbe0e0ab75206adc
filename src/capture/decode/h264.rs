//! H.264: parameter sets are read here first, then the unit goes to the decoder crate.

use super::{
    Fault, Planes,
    bits::{Bits, unescape},
    check_sides,
};

/// Profiles without the extensions that calls do not need: baseline and main (Table A-1 of ITU-T H.264).
const PROFILES: [u32; 2] = [66, 77];
/// Most macroblocks in all reference pictures together: `MaxDpbMbs` of level 4 (Table A-1); about 13 MB of planes.
const REFERENCE_MBS_MAX: u64 = 32_768;
/// Largest parameter set ids (§7.4.2.1.1, §7.4.2.2): the decoder keeps every set it was sent.
const SPS_ID_MAX: u32 = 31;
const PPS_ID_MAX: u32 = 255;

#[derive(Default)]
pub(super) struct Decoder {
    inner: rusty_h264_decoder::Decoder,
}

impl Decoder {
    pub fn decode(&mut self, unit: &[u8], side_max_px: u32) -> Result<Option<Planes>, Fault> {
        for nal in nals(unit) {
            match nal.first().map(|byte| byte & 0x1F) {
                Some(7) => check_sps(&nal[1..], side_max_px)?,
                Some(8) => check_pps(&nal[1..])?,
                _ => {}
            }
        }
        let frame = self.inner.decode(unit).map_err(|_| Fault::Broken)?;
        Ok(frame.map(|f| Planes { width: f.width, height: f.height, y: f.y, u: f.u, v: f.v }))
    }
}

/// The NAL units between start codes (Annex B).
fn nals(unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(unit);
    std::iter::from_fn(move || {
        let nal = rest?;
        let end = nal.windows(3).position(|w| w == [0, 0, 1]).unwrap_or(nal.len());
        rest = after_start_code(&nal[end..]);
        Some(&nal[..end])
    })
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    let at = bytes.windows(3).position(|w| w == [0, 0, 1])?;
    Some(&bytes[at + 3..])
}

/// Reads a sequence parameter set (§7.3.2.1.1) as far as its dimensions.
fn check_sps(payload: &[u8], side_max_px: u32) -> Result<(), Fault> {
    let payload = unescape(payload);
    let size = read_size(&mut Bits::new(&payload)).ok_or(Fault::Broken)?;
    if !PROFILES.contains(&size.profile) || size.id > SPS_ID_MAX {
        return Err(Fault::Unsupported);
    }
    let (width, height) = (size.width_mbs.saturating_mul(16), size.height_mbs.saturating_mul(16));
    // A macroblock more than the limit: 1080 lines are coded as 1088 and then cropped.
    check_sides(width, height, side_max_px.next_multiple_of(16))?;
    let mbs = u64::from(size.width_mbs) * u64::from(size.height_mbs);
    if size.references > 16 || mbs * u64::from(size.references.max(1)) > REFERENCE_MBS_MAX {
        return Err(Fault::Unsupported);
    }
    Ok(())
}

fn check_pps(payload: &[u8]) -> Result<(), Fault> {
    let payload = unescape(payload);
    let mut bits = Bits::new(&payload);
    let (Some(id), Some(sps)) = (bits.ue(), bits.ue()) else { return Err(Fault::Broken) };
    if id > PPS_ID_MAX || sps > SPS_ID_MAX { Err(Fault::Unsupported) } else { Ok(()) }
}

struct Size {
    profile: u32,
    id: u32,
    references: u32,
    width_mbs: u32,
    height_mbs: u32,
}

fn read_size(bits: &mut Bits<'_>) -> Option<Size> {
    let profile = bits.bits(8)?;
    bits.bits(16)?; // constraint flags, level
    let id = bits.ue()?;
    bits.ue()?; // log2_max_frame_num
    match bits.ue()? {
        0 => {
            bits.ue()?;
        }
        1 => {
            bits.flag()?;
            bits.skip_se()?;
            bits.skip_se()?;
            let cycle = bits.ue()?;
            for _ in 0..cycle.min(256) {
                bits.skip_se()?;
            }
        }
        _ => {}
    }
    let references = bits.ue()?;
    bits.flag()?; // gaps_in_frame_num_value_allowed_flag
    let width_mbs = bits.ue()?.checked_add(1)?;
    let map_units = bits.ue()?.checked_add(1)?;
    let fields = u32::from(!bits.flag()?);
    Some(Size {
        profile,
        id,
        references,
        width_mbs,
        height_mbs: map_units.checked_mul(1 + fields)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes an SPS body: profile, 16 bits, then Exp-Golomb codes and flags.
    fn sps(profile: u8, references: u32, width_mbs: u32, height_mbs: u32) -> Vec<u8> {
        let mut text = format!("{profile:08b}{:016b}", 0xE01F);
        let ue = |value: u32| {
            let code = format!("{:b}", value + 1);
            format!("{}{code}", "0".repeat(code.len() - 1))
        };
        for value in [0, 0, 2, references] {
            text += &ue(value);
        }
        text += "0";
        text += &ue(width_mbs - 1);
        text += &ue(height_mbs - 1);
        text += "111";
        text += &"0".repeat(8 - text.len() % 8);
        (0..text.len() / 8)
            .map(|i| u8::from_str_radix(&text[i * 8..i * 8 + 8], 2).unwrap())
            .collect()
    }

    #[test]
    fn dimensions_are_checked_before_decoding() {
        assert_eq!(check_sps(&sps(66, 1, 40, 30), 1920), Ok(()));
        assert_eq!(check_sps(&sps(66, 4, 120, 68), 1920), Ok(()), "1080p");
        assert_eq!(check_sps(&sps(66, 1, 121, 68), 1920), Err(Fault::Dimensions));
        assert_eq!(check_sps(&sps(66, 1, 1, 30), 1920), Err(Fault::Dimensions));
        assert_eq!(check_sps(&sps(66, 1, 60_000, 60_000), 1920), Err(Fault::Dimensions));
        assert_eq!(check_sps(&sps(66, 16, 120, 68), 1920), Err(Fault::Unsupported));
        assert_eq!(check_sps(&sps(100, 1, 40, 30), 1920), Err(Fault::Unsupported), "high");
        assert_eq!(check_sps(&[66], 1920), Err(Fault::Broken));
        assert_eq!(check_pps(&[0xC0]), Ok(()));
        assert_eq!(check_pps(&[0x00, 0x00]), Err(Fault::Broken));
    }

    #[test]
    fn units_are_found_behind_both_start_codes() {
        let unit = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65];
        let kinds: Vec<_> = nals(&unit).map(|nal| nal[0]).collect();
        assert_eq!(kinds, [0x67, 0x68, 0x65]);
        assert_eq!(nals(&[1, 2, 3]).count(), 0);
    }
}
