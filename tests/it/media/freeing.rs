//! Connections are really freed: a thousand of them leave nothing behind.

use super::{
    open,
    phone::{Phone, Way},
    port,
    streams::stream,
    until, until_empty,
};
use jianmian::capture::{Codec, MediaPort};
use std::time::Duration;
use tokio::task::JoinSet;

/// Cycles at the same time.
const TOGETHER: usize = 16;

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
async fn cycle(port: &MediaPort, number: usize) {
    let codec = if number.is_multiple_of(2) { Codec::H264 } else { Codec::Vp8 };
    let (peer, ends) = open(port, 0).await;
    let mut phone = Phone::call(&peer, codec, Way::Udp).await;
    let drawn = stream(codec);
    let film = async {
        loop {
            phone.send(codec, &drawn.units[0]).await; // those before the server is ready are lost
        }
    };
    tokio::select! {
        () = until("the picture", || ends.frames.borrow().is_some()) => {}
        () = film => {}
    }
    peer.close().await;
    phone.hang_up().await;
}

/// `count` cycles, some at the same time: a single one spends most of its time waiting for ICE.
async fn cycles(port: &MediaPort, count: usize) {
    let mut running = JoinSet::new();
    for number in 0..count {
        if running.len() == TOGETHER {
            running.join_next().await.unwrap().unwrap();
        }
        let port = port.clone();
        running.spawn(async move { cycle(&port, number).await });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    until_empty(port).await;
}

/// Set in the process that has this test to itself.
const ALONE: &str = "JIANMIAN_TEST_ALONE";

/// In a process of its own: resident memory says nothing beside other tests that load models.
#[test]
fn a_thousand_connections_leave_nothing_behind() {
    if std::env::var_os(ALONE).is_some() {
        // what waits idle for work ends soon, so that threads can be counted
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.enable_all().thread_keep_alive(Duration::from_millis(200)).build();
        runtime.unwrap().block_on(leave_nothing_behind());
        return;
    }
    let name = "media::freeing::a_thousand_connections_leave_nothing_behind";
    let ran = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    println!("{said}");
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("bytes kept by each"), "it did not run: {said}");
}

async fn leave_nothing_behind() {
    let port = port().await;
    let count: usize = std::env::var("CYCLES").ok().map_or(1000, |n| n.parse().unwrap());
    cycles(&port, count / 5).await; // what is allocated once and kept: pools, thread stacks
    let (before, threads_before) = (resident(), threads());
    cycles(&port, count).await;
    let grown = resident().saturating_sub(before);
    let (each, megabytes) = (grown / count as u64, resident() >> 20);
    println!("{count} cycles: {each} bytes kept by each, {megabytes} MB resident");
    let few = || threads() <= threads_before + 4;
    until(&format!("at most 4 threads beside the {threads_before} before"), few).await;
    // Both ends live in this process; one connection that is kept costs several hundred kB.
    assert!(each < 20_000, "{grown} bytes kept by {count} connections");
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
