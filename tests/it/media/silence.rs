//! What the log says of media at the default filter: nothing of the engine's own, no address, no SDP.

use super::{
    open,
    phone::{Phone, Way},
    port,
    streams::stream,
    until,
};
use jianmian::{
    capture::Codec,
    config::{Log, Settings},
    domain::control::IceCandidate,
    telemetry,
};
use std::process::Command;

/// Set in the process that has this test to itself; holds the filter. A log is one a process.
const FILTER: &str = "JIANMIAN_TEST_LOG_FILTER";

/// What a call wrote to standard error at `filter`.
fn said(filter: &str) -> String {
    let name = "media::silence::the_engine_says_nothing_at_the_default_filter";
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let ran = alone.args(["--exact", name, "--nocapture"]).env(FILTER, filter).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{said}");
    assert!(said.contains("the call is over"), "it did not run: {said}");
    said
}

#[test]
fn the_engine_says_nothing_at_the_default_filter() {
    if let Ok(filter) = std::env::var(FILTER) {
        telemetry::init(&Log { filter, format: "text".into() }).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(whole_call());
        return;
    }
    let silent = said(&Settings::defaults().log.filter);
    for line in silent.lines() {
        assert!(line.contains(" jianmian::") || line.contains(" it::"), "another's line: {line}");
        for word in ["127.0.0.1", "[::1]", "candidate:", "a=", "ufrag", "panicked at"] {
            assert!(!line.contains(word), "`{word}` in the log: {line}");
        }
    }
    // Whoever asks for the engine hears it: so the silence above is the filter's work, not chance.
    let asked = said("info,rtc=debug,webrtc=debug");
    assert!(asked.lines().any(|l| l.contains(" rtc") || l.contains(" webrtc")), "{asked}");
}

/// Offers good and bad, candidates, pictures, and a restart.
async fn whole_call() {
    let port = port().await;
    let (peer, ends) = open(&port, 0).await;
    let mut phone = Phone::call(&peer, Codec::H264, Way::Udp).await;
    let drawn = stream(Codec::H264);
    phone.film(&drawn, 20).await;
    until("pictures", || ends.frames.borrow().is_some()).await;
    peer.offer("v=0\r\na=ice-ufrag:stranger\r\n").await.unwrap_err();
    let candidate = "candidate:1 1 udp 1 192.0.2.9 4 typ host".to_owned();
    let (sdp_mid, sdp_m_line_index, username_fragment) = (None, None, None);
    let named = IceCandidate { candidate, sdp_mid, sdp_m_line_index, username_fragment };
    peer.add_candidate(&named).unwrap();
    phone.connection.restart_ice().await.unwrap();
    peer.offer(&phone.offer().await).await.unwrap();
    phone.hang_up().await;
    peer.close().await;
    tracing::info!("the call is over");
}
