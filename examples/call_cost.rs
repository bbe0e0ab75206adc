//! Processor time of one person's call of six seconds: decode every picture, look at every third.
//!
//! `call_cost CLIP.h264 [ROUNDS]` takes an Annex B stream with access unit delimiters and prints one JSON line a round,
//! in milliseconds of one core. `tests/bench/run.sh` sets it beside the same nets of its peer.

use anyhow::{Context, Result, ensure};
use jianmian::{
    analysis::Pipeline,
    capture::{Codec, decode::Decoder},
    config::Settings,
    domain::{
        finding::{FrameFindings, Want},
        score::QualityScore,
    },
    frame::{Frame, Picture},
};
use std::sync::Arc;

/// Pictures of a call: six seconds at 15 a second.
const PICTURES: usize = 90;
/// Every third one is looked at.
const EVERY: usize = 3;
/// Of those, how many go through the presentation-attack nets, and how many are embedded.
const BONA_FIDE: usize = 16;
const EMBEDDINGS: usize = 3;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().context("usage: call_cost CLIP.h264 [ROUNDS]")?;
    let rounds: usize = arguments.next().map_or(Ok(1), |r| r.parse())?;
    let stream = std::fs::read(&path).with_context(|| path.clone())?;
    let units = access_units(&stream);
    ensure!(units.len() >= PICTURES, "{path} has {} pictures, {PICTURES} are needed", units.len());
    let settings = Settings::load([], None, std::env::vars())?;
    let mut pipeline = Pipeline::open(&settings.models)?;
    call(&units, &mut pipeline)?; // the first one warms up
    for _ in 0..rounds {
        let cost = call(&units, &mut pipeline)?;
        println!("{}", serde_json::to_string(&cost)?);
    }
    Ok(())
}

#[derive(serde::Serialize)]
struct Cost {
    decode_ms: f64,
    colour_ms: f64,
    analyse_ms: f64,
    total_ms: f64,
    faces: usize,
    /// Runs of the face mesh: one for each face, trusted or not.
    meshes: usize,
    bona_fide: usize,
    embeddings: usize,
}

fn call(units: &[&[u8]], pipeline: &mut Pipeline) -> Result<Cost> {
    let mut decoder = Decoder::new(Codec::H264, 1920);
    let (mut decode, mut colour, mut analyse) = (0, 0, 0);
    let mut seen = Vec::new();
    for (i, unit) in units.iter().take(PICTURES).enumerate() {
        let begun = processor_ns()?;
        let planes = decoder.decode(unit)?.context("a unit gave no picture")?;
        let after = processor_ns()?;
        decode += after - begun;
        if !i.is_multiple_of(EVERY) {
            continue;
        }
        let rgb = planes.to_rgb();
        let (width, height) = (u32::try_from(planes.width)?, u32::try_from(planes.height)?);
        let picture = Arc::new(Picture::from_rgb(width, height, rgb)?);
        let coloured = processor_ns()?;
        colour += coloured - after;
        let frame = Frame { seq: i as u64, at_ms: i as u64 * 66, picture };
        seen.push(pipeline.look(&frame, want(i / EVERY))?);
        analyse += processor_ns()? - coloured;
    }
    let count = |what: fn(&FrameFindings) -> bool| seen.iter().filter(|f| what(f)).count();
    #[allow(clippy::cast_precision_loss)] // nanoseconds of seconds
    let ms = |ns: u64| ns as f64 / 1e6;
    Ok(Cost {
        decode_ms: ms(decode),
        colour_ms: ms(colour),
        analyse_ms: ms(analyse),
        total_ms: ms(decode + colour + analyse),
        faces: count(|f| f.face.is_some()),
        meshes: count(|f| f.face.is_some()),
        bona_fide: count(|f| f.face.as_ref().is_some_and(|f| f.bona_fide.is_some())),
        embeddings: count(|f| f.face.as_ref().is_some_and(|f| f.embedding.is_some())),
    })
}

/// The first frames carry the extras, as many as a call needs.
fn want(looked_at: usize) -> Want {
    Want {
        pose: true,
        bona_fide: looked_at < BONA_FIDE,
        embedding_from: (looked_at < EMBEDDINGS).then(|| QualityScore::new(0.0)),
    }
}

/// Time this thread has spent on a processor, ns.
fn processor_ns() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")
        .context("the processor time of a thread needs Linux with scheduler statistics")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

/// Splits an Annex B stream at its access unit delimiters (NAL type 9).
fn access_units(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = stream
        .windows(5)
        .enumerate()
        .filter(|(_, w)| w[..4] == [0, 0, 0, 1] && w[4] & 0x1f == 9)
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    starts.iter().zip(ends).map(|(from, to)| &stream[*from..to]).collect()
}
