//! H.264 payloads (RFC 6184, packetization mode 1): single NAL units, STAP-A and FU-A become an Annex B access unit.
//!
//! Only what a baseline decoder reads is passed on: slices and parameter sets. The rest (SEI, delimiters, extensions) is dropped.

use super::{Malformed, Payload, append};

const START_CODE: [u8; 4] = [0, 0, 0, 1];
const SLICE: u8 = 1;
const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// The state between payloads: a fragmented NAL unit that is not yet whole.
#[derive(Debug, Default)]
pub(in crate::capture) struct Depacketizer {
    fragment: Fragment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fragment {
    #[default]
    None,
    Open(u8),
}

impl Depacketizer {
    /// Appends what `payload` holds to `unit`.
    ///
    /// # Errors
    /// When it breaks the format or the unit grows over its limit; the caller then drops the unit.
    pub fn push(&mut self, payload: &[u8], unit: &mut Vec<u8>) -> Result<Payload, Malformed> {
        let &first = payload.first().ok_or(Malformed)?;
        let kind = first & 0x1F;
        if kind == FU_A {
            return self.fragment(payload, unit);
        }
        if std::mem::take(&mut self.fragment) != Fragment::None {
            return Err(Malformed); // the fragmented unit before has no end
        }
        match kind {
            1..=23 => whole(payload, unit),
            STAP_A => aggregate(&payload[1..], unit),
            _ => Err(Malformed), // interleaved mode is never agreed upon
        }
    }

    fn fragment(&mut self, payload: &[u8], unit: &mut Vec<u8>) -> Result<Payload, Malformed> {
        let [indicator, header, body @ ..] = payload else { return Err(Malformed) };
        let (start, end, kind) = (header & 0x80 != 0, header & 0x40 != 0, header & 0x1F);
        let open = std::mem::take(&mut self.fragment);
        if body.is_empty() || (start && end) || !matches!(kind, 1..=23) {
            return Err(Malformed);
        }
        if start != (open == Fragment::None) || (!start && open != Fragment::Open(kind)) {
            return Err(Malformed);
        }
        if is_kept(kind) {
            if start {
                append(unit, &START_CODE)?;
                append(unit, &[(indicator & 0xE0) | kind])?;
            }
            append(unit, body)?;
        }
        if !end {
            self.fragment = Fragment::Open(kind);
        }
        Ok(Payload { starts: start && begins_unit(kind), key: kind == IDR })
    }
}

fn whole(nal: &[u8], unit: &mut Vec<u8>) -> Result<Payload, Malformed> {
    let kind = nal.first().ok_or(Malformed)? & 0x1F;
    if !matches!(kind, 1..=23) {
        return Err(Malformed);
    }
    if is_kept(kind) {
        append(unit, &START_CODE)?;
        append(unit, nal)?;
    }
    Ok(Payload { starts: begins_unit(kind), key: kind == IDR })
}

fn aggregate(mut rest: &[u8], unit: &mut Vec<u8>) -> Result<Payload, Malformed> {
    let mut all: Option<Payload> = None;
    while let [high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let one = whole(after.get(..length).ok_or(Malformed)?, unit)?;
        let all = all.get_or_insert(one); // the first says whether the unit starts
        all.key |= one.key;
        rest = &after[length..];
    }
    if rest.is_empty() { all.ok_or(Malformed) } else { Err(Malformed) }
}

fn is_kept(kind: u8) -> bool {
    matches!(kind, SLICE | IDR | SPS | PPS)
}

fn begins_unit(kind: u8) -> bool {
    matches!(kind, SPS | DELIMITER)
}

#[cfg(test)]
mod tests {
    use super::super::UNIT_BYTES_MAX;
    use super::*;

    fn push_all(payloads: &[&[u8]]) -> Result<(Vec<u8>, Payload), Malformed> {
        let (mut depacketizer, mut unit, mut last) =
            (Depacketizer::default(), Vec::new(), Payload::default());
        for payload in payloads {
            last = depacketizer.push(payload, &mut unit)?;
        }
        Ok((unit, last))
    }

    #[test]
    fn the_three_forms_give_the_same_units() {
        let (unit, told) = push_all(&[&[0x65, 1, 2, 3]]).unwrap();
        assert_eq!(unit, [0, 0, 0, 1, 0x65, 1, 2, 3]);
        assert_eq!(told, Payload { starts: false, key: true });
        let (unit, told) =
            push_all(&[&[0x7C, 0x85, 1], &[0x7C, 0x05, 2], &[0x7C, 0x45, 3]]).unwrap();
        assert_eq!(unit, [0, 0, 0, 1, 0x65, 1, 2, 3]);
        assert_eq!(told, Payload { starts: false, key: true });
        let (unit, told) = push_all(&[&[0x78, 0, 2, 0x67, 9, 0, 2, 0x68, 8]]).unwrap();
        assert_eq!(unit, [0, 0, 0, 1, 0x67, 9, 0, 0, 0, 1, 0x68, 8]);
        assert_eq!(told, Payload { starts: true, key: false });
    }

    #[test]
    fn what_the_decoder_does_not_read_is_dropped() {
        assert!(push_all(&[&[0x06, 5, 1, 2]]).unwrap().0.is_empty());
        let (unit, told) = push_all(&[&[0x09, 0x10]]).unwrap();
        assert_eq!((unit, told), (vec![], Payload { starts: true, key: false }));
    }

    #[test]
    fn broken_payloads_are_refused() {
        let cases: &[&[&[u8]]] = &[
            &[&[]],
            &[&[0x78]],
            &[&[0x78, 0]],
            &[&[0x78, 0, 1, 0x65, 9]],             // one byte too many
            &[&[0x78, 0, 9, 0x65]],                // shorter than it says
            &[&[0x78, 0, 0]],                      // an empty unit
            &[&[0x78, 0, 1, 0x78]],                // aggregate in an aggregate
            &[&[0x7C]],                            // fragment without header
            &[&[0x7C, 0x85]],                      // empty fragment
            &[&[0x7C, 0xC5, 1]],                   // start and end at once
            &[&[0x7C, 0x05, 1]],                   // no start
            &[&[0x7C, 0x85, 1], &[0x7C, 0x41, 1]], // another kind
            &[&[0x7C, 0x85, 1], &[0x7C, 0x85, 1]], // two starts
            &[&[0x7C, 0x85, 1], &[0x65, 1]],       // never ended
            &[&[0x79, 1, 2, 3]],                   // STAP-B
            &[&[0x60, 1]],                         // type 0
        ];
        for case in cases {
            assert_eq!(push_all(case), Err(Malformed), "{case:?}");
        }
    }

    #[test]
    fn an_endless_fragment_ends_at_the_limit() {
        let (mut depacketizer, mut unit) = (Depacketizer::default(), Vec::new());
        let mut packet = vec![0x7C, 0x85];
        packet.resize(1200, 0);
        depacketizer.push(&packet, &mut unit).unwrap();
        packet[1] = 0x05;
        let refused = (0..10_000).find(|_| depacketizer.push(&packet, &mut unit).is_err());
        assert!(refused.is_some() && unit.len() <= UNIT_BYTES_MAX);
    }
}
