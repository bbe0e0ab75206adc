//! Whole calls: pictures arrive as they were drawn, over UDP and TCP, on bad lines and from late starters.

use super::{
    open,
    phone::{Phone, Way},
    port,
    relay::Relay,
    streams::{Stream, sha256, stream},
    until, until_empty,
};
use jianmian::{
    capture::{Codec, PeerEvent, PeerEvents},
    frame::Frame,
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::{sync::watch, task::JoinHandle};

/// Collects every frame that the watch shows.
fn collect(mut frames: watch::Receiver<Option<Frame>>) -> JoinHandle<Vec<Frame>> {
    tokio::spawn(async move {
        let mut seen = Vec::new();
        while frames.changed().await.is_ok() {
            seen.extend(frames.borrow_and_update().clone());
        }
        seen
    })
}

/// Sends the stream once over `way` and checks what arrives.
async fn exact_pictures(codec: Codec, way: Way) {
    let port = port().await;
    let (peer, PeerEvents { mut events, frames }) = open(&port, 100).await;
    let mut phone = Phone::call(&peer, codec, way).await;
    assert_eq!(events.recv().await, Some(PeerEvent::Connected));
    let seen = collect(frames);
    let Stream { units, rgb, .. } = stream(codec);
    for unit in &units {
        phone.send(codec, unit).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(events.recv().await, Some(PeerEvent::VideoStarted { codec }));
    phone.hang_up().await;
    peer.close().await;
    let seen = seen.await.unwrap();
    assert!(seen.len() >= 30, "{} of 40 pictures seen", seen.len());
    for frame in &seen {
        assert_eq!((frame.picture.width(), frame.picture.height()), (320, 240));
        let number = usize::try_from(frame.seq).unwrap() - 100;
        assert_eq!(sha256(frame.picture.rgb()), rgb[number], "picture {number}");
    }
    assert!(seen.windows(2).all(|w| w[0].seq < w[1].seq && w[0].at_ms <= w[1].at_ms));
    until_empty(&port).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h264_pictures_arrive_as_they_were_drawn() {
    exact_pictures(Codec::H264, Way::Udp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vp8_pictures_arrive_as_they_were_drawn() {
    exact_pictures(Codec::Vp8, Way::Udp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_arrive_over_tcp_where_udp_is_blocked() {
    exact_pictures(Codec::H264, Way::Tcp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_frame_is_asked_for_until_one_comes() {
    let port = port().await;
    let (peer, ends) = open(&port, 0).await;
    let mut phone = Phone::call(&peer, Codec::H264, Way::Udp).await;
    let drawn = stream(Codec::H264);
    let mut asked = 0;
    for unit in drawn.units[1..10].iter().cycle().take(60) {
        phone.send(Codec::H264, unit).await; // inter frames only
        asked = phone.asked.load(Ordering::Relaxed);
    }
    assert!((2..=5).contains(&asked), "asked {asked} times in 1.5 s, at most one each 0.5 s");
    assert!(ends.frames.borrow().is_none());
    phone.send(Codec::H264, &drawn.units[10]).await;
    until("a picture", || ends.frames.borrow().is_some()).await;
    let before = phone.asked.load(Ordering::Relaxed);
    peer.request_keyframe();
    until("a request", || phone.asked.load(Ordering::Relaxed) > before).await;
    phone.hang_up().await;
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_loses_one_packet_in_twenty_is_repaired() {
    for codec in [Codec::H264, Codec::Vp8] {
        let port = port().await;
        let relay = Relay::start(port.local_udp(), 20).await;
        let (peer, ends) = open(&port, 0).await;
        let mut phone = Phone::call(&peer, codec, Way::Relay(relay.address)).await;
        let (drawn, seen) = (stream(codec), collect(ends.frames));
        phone.film(&drawn, 200).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        let asked = phone.asked.load(Ordering::Relaxed);
        phone.hang_up().await;
        peer.close().await;
        let (seen, lost) = (seen.await.unwrap(), relay.lost.load(Ordering::Relaxed));
        assert!(lost >= 5, "the line was too good: {lost} lost");
        let decoded = seen.last().unwrap().seq + 1;
        println!("{codec:?}: {decoded} of 200, {lost} lost, {asked} asked");
        assert!(
            decoded >= 150,
            "{codec:?}: {decoded} of 200 pictures, {lost} packets lost, {asked} asked"
        );
        for frame in &seen {
            let hash = sha256(frame.picture.rgb());
            assert!(drawn.rgb.contains(&hash), "{codec:?}: a damaged picture was shown");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h264_is_preferred_and_vp8_agreed_as_well() {
    let port = port().await;
    let (peer, _ends) = open(&port, 0).await;
    // Chromium offers VP8 first, H.264 of several profiles and modes, and sound.
    let answer = peer.offer(include_str!("../../fixtures/media/chromium-offer.sdp")).await.unwrap();
    let line = |start: &str| answer.lines().find(|l| l.starts_with(start)).unwrap().to_owned();
    let mut formats = line("m=video 9 ");
    let formats = formats.split_off("m=video 9 UDP/TLS/RTP/SAVPF ".len());
    let names = formats.split(' ').map(|f| line(&format!("a=rtpmap:{f} ")));
    let names: Vec<String> = names.map(|l| l.split(' ').nth(1).unwrap().into()).collect();
    let main: Vec<&str> =
        names.iter().map(String::as_str).filter(|n| !n.starts_with("rtx")).collect();
    assert_eq!(main, ["H264/90000", "H264/90000", "VP8/90000"]);
    assert!(line("m=audio").starts_with("m=audio 0 "), "no sound is taken");
    assert!(answer.contains("a=ice-lite") && answer.contains("nack pli"));
    let port_number = port.local_udp().port();
    assert!(line("a=candidate:1 1 udp").contains(&format!(" 127.0.0.1 {port_number} typ host")));
    assert!(line("a=candidate:2 1 tcp").ends_with("typ host tcptype passive"));
    assert_eq!(answer.matches("a=candidate:").count(), 2);
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_share_the_port() {
    let port = port().await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..6_u64 {
        let port = port.clone();
        calls.spawn(async move {
            let codec = if number % 2 == 0 { Codec::H264 } else { Codec::Vp8 };
            let (peer, ends) = open(&port, number * 1000).await;
            let mut phone = Phone::call(&peer, codec, Way::Udp).await;
            phone.film(&stream(codec), 20).await;
            until("a picture", || ends.frames.borrow().is_some()).await;
            let seq = ends.frames.borrow().as_ref().unwrap().seq;
            assert!((number * 1000..number * 1000 + 20).contains(&seq));
            phone.hang_up().await;
            peer.close().await;
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended.unwrap();
    }
    until_empty(&port).await;
}
