//! Connections are really freed: a thousand of them leave nothing behind.

use super::{
    open,
    phone::{Phone, Way},
    port,
    streams::stream,
    until, until_empty,
};
use jianmian::capture::Codec;

/// Resident memory of this process, bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// Opens, connects, sends a picture, waits until it is seen, and closes.
async fn cycle(port: &jianmian::capture::MediaPort, number: usize) {
    let codec = if number % 2 == 0 { Codec::H264 } else { Codec::Vp8 };
    let (peer, ends) = open(port, 0).await;
    let mut phone = Phone::call(&peer, codec, Way::Udp).await;
    phone.send(codec, &stream(codec).units[0]).await;
    until("the picture", || ends.frames.borrow().is_some()).await;
    peer.close().await;
    phone.hang_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_leave_nothing_behind() {
    let port = port().await;
    let count: usize = std::env::var("CYCLES").ok().map_or(1000, |n| n.parse().unwrap());
    for number in 0..count / 5 {
        cycle(&port, number).await;
    }
    until_empty(&port).await;
    let (before, threads_before) = (resident(), threads());
    for number in 0..count {
        cycle(&port, number).await;
    }
    until_empty(&port).await;
    let grown = resident().saturating_sub(before);
    println!(
        "{count} cycles: {} bytes a cycle, {} MB resident",
        grown / count as u64,
        resident() >> 20
    );
    assert!(threads() <= threads_before + 4, "{} threads, {threads_before} before", threads());
    // Both ends live in this process; one connection that is kept costs several hundred kB.
    assert!(grown / (count as u64) < 20_000, "{grown} bytes kept by {count} connections");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_peer_frees_itself() {
    let port = port().await;
    let (peer, ends) = open(&port, 0).await;
    let phone = Phone::call(&peer, Codec::H264, Way::Udp).await;
    drop((peer, ends));
    until_empty(&port).await;
    phone.hang_up().await;
    let (never_used, _ends) = open(&port, 0).await;
    drop(never_used);
    until_empty(&port).await;
}
