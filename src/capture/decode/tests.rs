//! The decoders against an independent one (see tests/fixtures/media/README.md), and against broken streams.

use super::*;
use sha2::{Digest, Sha256};

const H264: &[u8] = include_bytes!("../../../tests/fixtures/media/pattern.h264");
const H264_HASHES: &str = include_str!("../../../tests/fixtures/media/pattern.h264.sha256");
const VP8: &[u8] = include_bytes!("../../../tests/fixtures/media/pattern.ivf");
const VP8_HASHES: &str = include_str!("../../../tests/fixtures/media/pattern.ivf.sha256");

/// Access units of the Annex B fixture: each begins with a delimiter.
fn h264_units() -> Vec<Vec<u8>> {
    let starts: Vec<usize> = H264
        .windows(5)
        .enumerate()
        .filter(|(_, w)| w[..4] == [0, 0, 0, 1] && w[4] & 0x1F == 9)
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([H264.len()]);
    starts.iter().zip(ends).map(|(&start, end)| H264[start..end].to_vec()).collect()
}

/// Frames of the IVF fixture.
fn vp8_units() -> Vec<Vec<u8>> {
    let mut rest = &VP8[32..];
    let mut units = Vec::new();
    while rest.len() >= 12 {
        let length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        units.push(rest[12..12 + length].to_vec());
        rest = &rest[12 + length..];
    }
    units
}

fn both() -> [(Codec, Vec<Vec<u8>>, &'static str); 2] {
    [(Codec::H264, h264_units(), H264_HASHES), (Codec::Vp8, vp8_units(), VP8_HASHES)]
}

fn sha(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

#[test]
fn every_picture_is_what_an_independent_decoder_makes_of_it() {
    for (codec, units, hashes) in both() {
        assert_eq!(units.len(), 40);
        let mut decoder = Decoder::new(codec, 1920);
        for (number, (unit, expected)) in units.iter().zip(hashes.lines()).enumerate() {
            let planes = decoder.decode(unit).unwrap().unwrap();
            assert_eq!((planes.width, planes.height), (320, 240));
            let got =
                format!("{} {}", sha(&[&planes.y, &planes.u, &planes.v]), sha(&[&planes.to_rgb()]));
            assert_eq!(got, expected, "{codec:?} picture {number}");
        }
    }
}

#[test]
fn pictures_over_the_limit_are_refused_unseen() {
    for (codec, units, _) in both() {
        assert_eq!(Decoder::new(codec, 304).decode(&units[0]), Err(Fault::Dimensions), "{codec:?}");
    }
}

#[test]
fn inter_frames_without_a_key_frame_are_a_fault() {
    for (codec, units, _) in both() {
        assert_eq!(Decoder::new(codec, 1920).decode(&units[1]), Err(Fault::Broken), "{codec:?}");
    }
}

/// Pictures from broken streams, faults, and panics that were caught. No assertion but that it comes back, in bounded time and
/// with bounded pictures: what a decoder makes of garbage is its own affair.
#[test]
fn mutated_streams_never_escape() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for (codec, units, _) in both() {
        let mut decoder = Decoder::new(codec, 640);
        let (mut pictures, mut faults) = (0, 0);
        for round in 0..1500 {
            let mut unit = units[if round % 3 == 0 { random(4) * 10 } else { random(40) }].clone();
            for _ in 0..random(4) {
                let (at, value) = (random(unit.len()), random(256));
                unit[at] = u8::try_from(value).unwrap();
            }
            if random(8) == 0 {
                unit.truncate(random(unit.len()));
            }
            if let Ok(picture) = decoder.decode(&unit) {
                assert!(picture.map_or(0, |p| p.width.max(p.height)) <= 640);
                pictures += 1;
            } else {
                decoder = Decoder::new(codec, 640);
                faults += 1;
            }
        }
        assert!(pictures > 100 && faults > 100, "{codec:?}: {pictures} pictures, {faults} faults");
    }
}

/// Prints what a picture costs in processor time; run with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a test"]
fn cost_of_a_picture() {
    let spent_ns = || {
        let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        status.split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    for (codec, units, _) in both() {
        let (mut decoding, mut colouring) = (0, 0);
        for _ in 0..5 {
            let mut decoder = Decoder::new(codec, 1920);
            for unit in &units {
                let start = spent_ns();
                let planes = decoder.decode(unit).unwrap().unwrap();
                let between = spent_ns();
                std::hint::black_box(planes.to_rgb());
                decoding += between - start;
                colouring += spent_ns() - between;
            }
        }
        let each_us = |ns: u64| ns / 200 / 1000;
        let (decoding, colouring) = (each_us(decoding), each_us(colouring));
        println!("{codec:?} 320x240: decoding {decoding} us, RGB {colouring} us");
    }
}
