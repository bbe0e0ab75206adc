//! The drawn fixtures, cut into access units. The unit tests of the decoders take this file in as well, so it names `Codec`
//! from the root.

use crate::capture::Codec;
use sha2::{Digest, Sha256};

/// A coded stream and the SHA-256 of every picture's planes and RGB bytes, computed by an independent decoder.
pub struct Stream {
    pub codec: Codec,
    pub units: Vec<Vec<u8>>,
    pub planes: Vec<String>,
    pub rgb: Vec<String>,
}

/// Every tenth unit is a key frame.
pub const KEY_EVERY: usize = 10;

pub fn stream(codec: Codec) -> Stream {
    let (units, hashes) = match codec {
        Codec::H264 => (
            annex_b(include_bytes!("../../fixtures/media/pattern.h264")),
            include_str!("../../fixtures/media/pattern.h264.sha256"),
        ),
        Codec::Vp8 => (
            ivf(include_bytes!("../../fixtures/media/pattern.ivf")),
            include_str!("../../fixtures/media/pattern.ivf.sha256"),
        ),
    };
    let pairs = hashes.lines().map(|line| line.split_once(' ').unwrap());
    let (planes, rgb) = pairs.map(|(planes, rgb)| (planes.into(), rgb.into())).unzip();
    Stream { codec, units, planes, rgb }
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn annex_b(bytes: &[u8]) -> Vec<Vec<u8>> {
    let is_delimiter = |w: &[u8]| w[..4] == [0, 0, 0, 1] && w[4] & 0x1F == 9;
    let starts: Vec<usize> =
        (0..bytes.len() - 4).filter(|&at| is_delimiter(&bytes[at..at + 5])).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(&start, end)| bytes[start..end].to_vec()).collect()
}

fn ivf(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &bytes[32..];
    let mut units = Vec::new();
    while rest.len() >= 12 {
        let length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        units.push(rest[12..12 + length].to_vec());
        rest = &rest[12 + length..];
    }
    units
}
