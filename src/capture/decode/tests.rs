//! The decoders against an independent one (see tests/fixtures/media/README.md), and against broken streams.

use super::*;
use streams::{Stream, sha256, stream};

#[allow(dead_code)] // each side uses its part
#[path = "../../../tests/it/media/streams.rs"]
mod streams;

fn both() -> [Stream; 2] {
    [stream(Codec::H264), stream(Codec::Vp8)]
}

#[test]
fn every_picture_is_what_an_independent_decoder_makes_of_it() {
    for drawn in both() {
        assert_eq!(drawn.units.len(), 40);
        let mut decoder = Decoder::new(drawn.codec, 1920);
        for (number, unit) in drawn.units.iter().enumerate() {
            let planes = decoder.decode(unit).unwrap().unwrap();
            assert_eq!((planes.width, planes.height), (320, 240));
            let bytes = [&planes.y[..], &planes.u, &planes.v].concat();
            assert_eq!(sha256(&bytes), drawn.planes[number], "{:?} picture {number}", drawn.codec);
            let rgb = sha256(&planes.to_rgb());
            assert_eq!(rgb, drawn.rgb[number], "{:?} picture {number}", drawn.codec);
        }
    }
}

#[test]
fn pictures_over_the_limit_are_refused_unseen() {
    for Stream { codec, units, .. } in both() {
        assert_eq!(Decoder::new(codec, 304).decode(&units[0]), Err(Fault::Dimensions), "{codec:?}");
    }
}

#[test]
fn inter_frames_without_a_key_frame_are_a_fault() {
    for Stream { codec, units, .. } in both() {
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
    for Stream { codec, units, .. } in both() {
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
    for Stream { codec, units, .. } in both() {
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
