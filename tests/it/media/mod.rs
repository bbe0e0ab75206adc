//! Capture against real media: an in-process phone sends the drawn fixtures over loopback sockets.

mod calls;
mod count;
mod freeing;
mod hostile;
mod live;
mod phone;
mod relay;
mod restart;
mod silence;
#[allow(dead_code)] // the decoders' own tests use the rest
mod streams;

use jianmian::{
    capture::{MediaPort, Peer, PeerEvents, PortLoad},
    clock::{SharedClock, SystemClock},
    config::{Media, Settings},
};
use std::time::Duration;

/// Longest wait for anything that should happen at once; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

fn settings() -> Media {
    let mut media = Settings::defaults().media;
    media.udp_listen = "127.0.0.1:0".parse().unwrap();
    media.tcp_listen = "127.0.0.1:0".into();
    media
}

async fn port() -> MediaPort {
    MediaPort::bind(&settings()).await.unwrap()
}

async fn open(port: &MediaPort, first_seq: u64) -> (Peer, PeerEvents) {
    let clock: SharedClock = SystemClock::shared();
    let opened = clock.monotonic();
    Peer::open(port, &settings(), clock, opened, first_seq, None).await.unwrap()
}

/// Waits until `condition` holds.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waited).await.is_ok(), "waited in vain: {what}");
}

/// Waits until the port holds nothing any more.
async fn until_empty(port: &MediaPort) {
    let empty = || PortLoad { strays: port.load().strays, ..PortLoad::default() } == port.load();
    until("the port is empty", empty).await;
}
