//! Calls held by this machine, and memory for each: whole calls over WebRTC on loopback, through the service's own conductor.
//!
//! `call_load held CLIP.h264` raises the number of calls at the same time until the slowest is looked at less often than liveness
//! needs. `call_load memory CLIP.h264` opens a number of calls in a fresh process and closes them. Both print one JSON line.
//! The phones live in a process of their own (`call_load phones`, started by these), so that memory and processor time are the
//! server's; they run on the same cores.

#[path = "../../tests/it/media/count.rs"]
#[allow(dead_code, missing_docs)]
mod count;
#[path = "../../tests/it/media/phone.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_errors_doc,
    missing_docs
)]
mod phone;
mod phones;
mod server;

use anyhow::{Context, Result, bail};
use jianmian::{capture::Codec, liveness::SLOW_FRAMES_MS};
use server::{Heard, Server};
use std::{sync::Arc, time::Duration};

/// Longest wait of a phone for its connection.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most calls tried at the same time: `calls.live_max` of a large node.
const CALLS_MAX: usize = 96;
/// Numbers of calls tried at most, about twelve seconds each.
const TRIES_MAX: usize = 8;
/// Calls at the same time while memory is measured.
const MEMORY_CALLS: usize = 12;

/// The clip as the phones send it.
mod streams {
    use jianmian::capture::Codec;

    /// Units of the clip, of which the first alone is a key frame.
    pub const KEY_EVERY: usize = 90;

    pub struct Stream {
        pub codec: Codec,
        pub units: Vec<Vec<u8>>,
    }
}

/// The first six seconds of an Annex B stream with access unit delimiters.
fn clip(path: &str) -> Result<streams::Stream> {
    let bytes = std::fs::read(path).with_context(|| path.to_owned())?;
    let starts: Vec<usize> = bytes
        .windows(5)
        .enumerate()
        .filter(|(_, w)| w[..4] == [0, 0, 0, 1] && w[4] & 0x1f == 9)
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let units = starts.iter().zip(ends).map(|(from, to)| bytes[*from..to].to_vec());
    let units: Vec<_> = units.take(streams::KEY_EVERY).collect();
    anyhow::ensure!(units.len() == streams::KEY_EVERY, "{path} is too short");
    Ok(streams::Stream { codec: Codec::H264, units })
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["phones", path] => phones::run(clip(path)?).await,
        ["held", path] => held(&Server::start(path).await?).await,
        ["memory", path] => memory(&Server::start(path).await?).await,
        _ => bail!("usage: call_load held|memory CLIP.h264"),
    }
}

#[derive(serde::Serialize)]
struct Held {
    cores: usize,
    calls: usize,
    /// At that number: the slowest call's looks a second, the median age of a finding, and cores that the server used.
    looks_per_second: f64,
    age_ms: u64,
    server_cores: f64,
    /// One call alone.
    alone_looks_per_second: f64,
    alone_server_cores: f64,
    looks_needed: f64,
}

/// Doubles the number of calls until one is too many, then halves the step.
async fn held(server: &Arc<Server>) -> Result<()> {
    let needed = 1000.0 / f64::from(SLOW_FRAMES_MS);
    server.round(1).await?; // the first one warms up
    let alone = server.round(1).await?;
    let mut best = (1, alone.clone());
    let (mut next, mut too_many) = (4, CALLS_MAX + 1);
    for _ in 0..TRIES_MAX {
        let heard = server.round(next).await?;
        eprintln!("   {next} calls: {heard}");
        if heard.looks_per_second >= needed && heard.pictures_per_second >= Heard::PICTURES_NEEDED {
            best = (next, heard);
        } else {
            too_many = next;
        }
        next = if too_many > CALLS_MAX {
            (best.0 * 2).min(CALLS_MAX)
        } else {
            best.0.midpoint(too_many)
        };
        if next <= best.0 {
            break;
        }
    }
    let (calls, heard) = best;
    let line = Held {
        cores: std::thread::available_parallelism()?.get(),
        calls,
        looks_per_second: heard.looks_per_second,
        age_ms: heard.age_ms,
        server_cores: heard.server_cores,
        alone_looks_per_second: alone.looks_per_second,
        alone_server_cores: alone.server_cores,
        looks_needed: needed,
    };
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}

#[derive(serde::Serialize)]
struct Memory {
    calls: usize,
    /// The server before any call but one that warmed up.
    idle_kb: u64,
    /// For each call, while all are live.
    each_kb: u64,
    /// For each call, after all have ended; and what another round of as many adds to that.
    kept_kb: i64,
    kept_again_kb: i64,
}

async fn memory(server: &Arc<Server>) -> Result<()> {
    server.round(1).await?;
    let idle = server::resident_kb()?;
    let first = server.round(MEMORY_CALLS).await?;
    let after = server::resident_kb()?;
    server.round(MEMORY_CALLS).await?;
    let again = server::resident_kb()?;
    let calls = MEMORY_CALLS as u64;
    let each = |kb: u64, from: u64| (kb.cast_signed() - from.cast_signed()) / calls.cast_signed();
    let line = Memory {
        calls: MEMORY_CALLS,
        idle_kb: idle,
        each_kb: first.resident_kb.saturating_sub(idle) / calls,
        kept_kb: each(after, idle),
        kept_again_kb: each(again, after),
    };
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}
