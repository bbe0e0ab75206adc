//! Strangers and hostile phones: clear errors, no panic that escapes, and the port goes on serving.

use super::{
    open,
    phone::{Phone, Way},
    port,
    streams::stream,
    until,
};
use bytes::Bytes;
use jianmian::{
    capture::{Codec, MediaPort, decode_still},
    config::Settings,
    domain::control::IceCandidate,
};
use tokio::{io::AsyncWriteExt, net::UdpSocket};

/// Seeded xorshift, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.below(256)).unwrap()).collect()
    }
}

async fn still_serves(port: &MediaPort) {
    let (peer, ends) = open(port, 0).await;
    let mut phone = Phone::call(&peer, Codec::H264, Way::Udp).await;
    phone.film(&stream(Codec::H264), 12).await;
    until("a picture", || ends.frames.borrow().is_some()).await;
    phone.hang_up().await;
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mutated_offers_are_answered_or_refused() {
    let port = port().await;
    let phone = Phone::new(&[Codec::H264, Codec::Vp8]).await;
    let offer = phone.offer().await;
    let mut random = Random(7);
    let mut refused = 0;
    for _ in 0..150 {
        let mut bytes = offer.clone().into_bytes();
        for _ in 0..=random.below(12) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = b' ' + u8::try_from(random.below(90)).unwrap(),
                1 => bytes.truncate(at.max(1)),
                _ => drop(bytes.splice(at..at, *b"\r\na=")),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (peer, _ends) = open(&port, 0).await;
        if let Err(error) = peer.offer(&text).await {
            refused += 1;
            assert!(error.to_string().starts_with("the offer"), "{error}");
        }
        peer.close().await;
    }
    assert!(refused > 50, "{refused} refused");
    phone.hang_up().await;
    still_serves(&port).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_offer_may_be_followed_by_a_good_one() {
    let port = port().await;
    let (peer, ends) = open(&port, 0).await;
    for bad in ["", "v=0", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", &"v=0\r\n".repeat(20_000)] {
        let error = peer.offer(bad).await.unwrap_err();
        assert!(error.to_string().starts_with("the offer"), "{error}");
    }
    let mut phone = Phone::call(&peer, Codec::Vp8, Way::Udp).await;
    phone.film(&stream(Codec::Vp8), 12).await;
    until("a picture", || ends.frames.borrow().is_some()).await;
    let bad = |text: &str| IceCandidate {
        candidate: text.into(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    };
    assert!(peer.add_candidate(&bad("candidate:1 1 udp 1 192.0.2.1 9 typ host")).is_ok());
    assert!(peer.add_candidate(&bad("nonsense")).is_err());
    assert!((0..1_000).any(|_| peer.add_candidate(&bad("")).is_err()), "candidates are counted");
    phone.hang_up().await;
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_ports_belongs_to_nobody() {
    let port = port().await;
    let (peer, ends) = open(&port, 0).await;
    let mut phone = Phone::call(&peer, Codec::H264, Way::Udp).await;
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut random = Random(11);
    for round in 0..20_000 {
        let length = random.below(1500);
        let mut datagram = random.bytes(length);
        if round % 2 == 0 && datagram.len() > 8 {
            datagram[..8].copy_from_slice(&[0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42]);
        }
        stranger.send_to(&datagram, port.local_udp()).await.unwrap();
        if round % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let answer = peer.offer(&phone.offer().await).await.unwrap();
    let tcp = answer.lines().find(|l| l.contains(" tcp ")).unwrap();
    let tcp: u16 = tcp.split(' ').nth(5).unwrap().parse().unwrap();
    for _ in 0..50 {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", tcp)).await.unwrap();
        let length = random.below(700);
        let _ = stream.write_all(&random.bytes(length)).await;
    }
    let load = port.load();
    assert_eq!((load.peers, load.addresses), (1, 1), "no room was taken by strangers");
    assert!(load.strays > 1000, "{load:?}");
    phone.take(&answer, Codec::H264, Way::Udp).await;
    phone.film(&stream(Codec::H264), 20).await;
    until("a picture", || ends.frames.borrow().is_some()).await;
    phone.hang_up().await;
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_payloads_end_with_the_next_key_frame() {
    for codec in [Codec::H264, Codec::Vp8] {
        let port = port().await;
        let (peer, ends) = open(&port, 0).await;
        let mut phone = Phone::call(&peer, codec, Way::Udp).await;
        let mut random = Random(13);
        let drawn = stream(codec);
        for round in 0..1000 {
            let length = 1 + random.below(60);
            let mut payload = random.bytes(length);
            if round % 3 == 0 {
                payload[0] = [24, 0x7C, 0x10, 0x90][random.below(4)]; // STAP-A, FU-A, VP8 starts
            }
            phone.send_payload(random.below(4) == 0, Bytes::from(payload)).await;
            if round % 20 == 0 {
                let mut unit = drawn.units[random.below(40)].clone();
                let at = random.below(unit.len());
                unit[at] ^= 1 << random.below(8);
                phone.send(codec, &unit).await;
            }
        }
        let before = ends.frames.borrow().as_ref().map_or(0, |frame| frame.seq);
        phone.film(&drawn, 40).await;
        until("pictures again", || {
            ends.frames.borrow().as_ref().is_some_and(|frame| frame.seq > before + 5)
        })
        .await;
        phone.hang_up().await;
        peer.close().await;
        still_serves(&port).await;
    }
}

#[test]
fn mutated_stills_are_decoded_or_refused() {
    let settings = Settings::defaults().media;
    let rgb = (0..160 * 120 * 3).map(|i| u8::try_from(i % 253).unwrap()).collect();
    let picture = jianmian::frame::Picture::from_rgb(160, 120, rgb).unwrap();
    let jpeg = picture.to_jpeg(4096, 80).unwrap();
    let mut random = Random(17);
    let mut refused = 0;
    for _ in 0..400 {
        let mut bytes = jpeg.clone();
        for _ in 0..=random.below(8) {
            let at = random.below(bytes.len());
            bytes[at] = u8::try_from(random.below(256)).unwrap();
        }
        if random.below(5) == 0 {
            bytes.truncate(random.below(bytes.len()));
        }
        match decode_still(&bytes, &settings, 0, 0) {
            Ok(frame) => assert!(frame.picture.width().max(frame.picture.height()) <= 1920),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 50, "{refused} refused");
}
