//! The relay of a live call: two in-process sides, real sockets, the server between.

use super::{
    PATIENCE,
    phone::{Phone, Way},
    port, settings,
    streams::stream,
    until, until_empty,
};
use bytes::Bytes;
use jianmian::{
    capture::{Codec, MediaPort, Peer, PeerEvents, Relay, Side},
    clock::{SharedClock, SystemClock},
};
use rtc::rtp::header::Header;
use std::{sync::atomic::Ordering, time::Duration};

/// How long both sides film and talk.
const FILMED: Duration = Duration::from_secs(3);

async fn side(port: &MediaPort, relay: &Relay, side: Side, codec: Codec) -> (Peer, PeerEvents) {
    let clock: SharedClock = SystemClock::shared();
    let opened = clock.monotonic();
    let leg = Some(relay.leg(side, codec));
    Peer::open(port, &settings(), clock, opened, 0, leg).await.unwrap()
}

async fn join(peer: &Peer, codec: Codec) -> Phone {
    let mut phone = Phone::with_sound(&[codec]).await;
    let answer = peer.offer(&phone.offer().await).await.unwrap();
    assert!(answer.contains("opus/48000/2"), "{answer}");
    phone.take(&answer, codec, Way::Udp).await;
    phone.connected().await;
    phone
}

/// Headers of the pictures (90 kHz stream) that a side got.
fn pictures(phone: &Phone) -> Vec<Header> {
    phone.heard.lock().unwrap().iter().filter(|(sound, _)| !sound).map(|(_, h)| h.clone()).collect()
}

fn sounds(phone: &Phone) -> usize {
    phone.heard.lock().unwrap().iter().filter(|(sound, _)| *sound).count()
}

/// One stream, each number once more than the one before, times that never step back.
fn assert_unbroken(headers: &[Header]) {
    for pair in headers.windows(2) {
        assert_eq!(pair[0].ssrc, pair[1].ssrc, "one stream");
        assert_eq!(pair[1].sequence_number, pair[0].sequence_number.wrapping_add(1));
        assert!(pair[1].timestamp.wrapping_sub(pair[0].timestamp).cast_signed() >= 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_sound_go_both_ways_and_a_key_frame_is_asked_for_on_joining() {
    for codec in [Codec::H264, Codec::Vp8] {
        let port = port().await;
        let relay = Relay::default();
        let (phone_peer, ends) = side(&port, &relay, Side::Phone, codec).await;
        let (desk_peer, desk_ends) = side(&port, &relay, Side::Officer, codec).await;
        let mut phone = join(&phone_peer, codec).await;
        let drawn = stream(codec);
        phone.film(&drawn, 12).await; // nobody sees these but the analysis
        until("frames", || ends.frames.borrow().is_some()).await;
        let asked = phone.asked.load(Ordering::Relaxed);
        let mut desk = join(&desk_peer, codec).await;
        let film = async {
            loop {
                phone.film(&drawn, 5).await;
                desk.film(&drawn, 5).await;
                phone.talk(4).await;
                desk.talk(4).await;
            }
        };
        tokio::select! {
            () = film => {}
            () = tokio::time::sleep(FILMED) => {}
        }
        assert!(phone.asked.load(Ordering::Relaxed) > asked, "a key frame on joining");
        let (at_desk, at_phone) = (pictures(&desk), pictures(&phone));
        assert!(at_desk.len() > 20 && at_phone.len() > 20, "{} {}", at_desk.len(), at_phone.len());
        assert_unbroken(&at_desk);
        assert_unbroken(&at_phone);
        assert!(sounds(&desk) > 5 && sounds(&phone) > 5, "{} {}", sounds(&desk), sounds(&phone));
        assert!(desk_ends.frames.borrow().is_none(), "the officer's pictures are decoded nowhere");

        let asked = phone.asked.load(Ordering::Relaxed);
        let asked_again = phone.asked.clone();
        desk.ask_keyframe().await;
        let film = async {
            loop {
                phone.film(&drawn, 5).await;
            }
        };
        tokio::select! {
            () = until("the wish reaches the phone", || asked_again.load(Ordering::Relaxed) > asked) => {}
            () = film => {}
        }
        phone.hang_up().await;
        desk.hang_up().await;
        phone_peer.close().await;
        desk_peer.close().await;
        until_empty(&port).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_that_comes_back_by_another_connection_continues_the_stream() {
    let port = port().await;
    let relay = Relay::default();
    let codec = Codec::H264;
    let (desk_peer, _desk_ends) = side(&port, &relay, Side::Officer, codec).await;
    let desk = join(&desk_peer, codec).await;
    let drawn = stream(codec);
    let (first, _ends) = side(&port, &relay, Side::Phone, codec).await;
    let mut phone = join(&first, codec).await;
    phone.film(&drawn, 15).await;
    until("pictures", || pictures(&desk).len() > 10).await;
    phone.hang_up().await;
    first.close().await;
    let before = pictures(&desk).len();
    let (second, _ends) = side(&port, &relay, Side::Phone, codec).await;
    let mut phone = join(&second, codec).await;
    phone.film(&drawn, 20).await;
    until("pictures again", || pictures(&desk).len() > before + 10).await;
    assert_unbroken(&pictures(&desk));
    phone.hang_up().await;
    desk.hang_up().await;
    second.close().await;
    desk_peer.close().await;
    until_empty(&port).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_giants_of_one_side_do_not_end_the_other() {
    let port = port().await;
    let relay = Relay::default();
    let codec = Codec::Vp8;
    let (phone_peer, _ends) = side(&port, &relay, Side::Phone, codec).await;
    let (desk_peer, _desk_ends) = side(&port, &relay, Side::Officer, codec).await;
    let mut phone = join(&phone_peer, codec).await;
    let desk = join(&desk_peer, codec).await;
    for length in [0, 1, 2, 900, 1399, 1401, 1500] {
        phone.send_payload(true, Bytes::from(vec![0xFF; length])).await;
    }
    let drawn = stream(codec);
    let film = async {
        loop {
            phone.film(&drawn, 10).await;
        }
    };
    tokio::select! {
        () = until("pictures all the same", || pictures(&desk).len() > 30) => {}
        () = film => {}
    }
    assert!(desk.heard.lock().unwrap().iter().all(|(_, h)| !h.extension));
    phone.hang_up().await;
    desk.hang_up().await;
    phone_peer.close().await;
    desk_peer.close().await;
    let closed = tokio::time::timeout(PATIENCE, until_empty(&port));
    assert!(closed.await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_agreed_codec_is_answered() {
    let port = port().await;
    let relay = Relay::default();
    let (peer, _ends) = side(&port, &relay, Side::Officer, Codec::Vp8).await;
    let phone = Phone::with_sound(&[Codec::Vp8]).await;
    let answer = peer.offer(&phone.offer().await).await.unwrap();
    assert!(answer.contains("VP8/90000") && !answer.contains("H264"), "{answer}");
    let (other, _ends) = side(&port, &relay, Side::Phone, Codec::Vp8).await;
    let deaf = Phone::with_sound(&[Codec::H264]).await;
    assert!(other.offer(&deaf.offer().await).await.is_err(), "no codec in common");
    phone.hang_up().await;
    deaf.hang_up().await;
    peer.close().await;
    other.close().await;
}
