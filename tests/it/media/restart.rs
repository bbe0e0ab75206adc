//! A change of network: a second offer with an ICE restart on the same connection.

use super::{
    open,
    phone::{Phone, Way},
    port,
    relay::Relay,
    streams::stream,
    until,
};
use jianmian::capture::Codec;

#[tokio::test(flavor = "multi_thread")]
async fn pictures_go_on_after_an_ice_restart_over_another_network() {
    let port = port().await;
    let before = Relay::start(port.local_udp(), 0).await;
    let (peer, ends) = open(&port, 0).await;
    let mut phone = Phone::call(&peer, Codec::H264, Way::Relay(before.address)).await;
    let drawn = stream(Codec::H264);
    phone.film(&drawn, 20).await;
    until("pictures", || ends.frames.borrow().is_some()).await;

    drop(before); // the phone leaves its network
    let after = Relay::start(port.local_udp(), 0).await;
    phone.connection.restart_ice().await.unwrap();
    let answer = peer.offer(&phone.offer().await).await.unwrap();
    phone.take(&answer, Codec::H264, Way::Relay(after.address)).await;
    let last = ends.frames.borrow().as_ref().unwrap().seq;
    let film = async {
        loop {
            phone.film(&drawn, 10).await;
        }
    };
    tokio::select! {
        () = until("new pictures", || ends.frames.borrow().as_ref().unwrap().seq > last + 20) => {}
        () = film => {}
    }
    assert_eq!(port.load().peers, 1);
    phone.hang_up().await;
    peer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_fragments_are_long_random_and_new_after_a_restart() {
    let port = port().await;
    let (peer, _ends) = open(&port, 0).await;
    let phone = Phone::new(&[Codec::H264]).await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..4 {
        let answer = peer.offer(&phone.offer().await).await.unwrap();
        let line = |name: &str| {
            let line = answer.lines().find_map(|l| l.strip_prefix(name));
            line.unwrap().to_owned()
        };
        let (ufrag, password) = (line("a=ice-ufrag:"), line("a=ice-pwd:"));
        assert!(ufrag.len() >= 16 && password.len() >= 32, "{} {}", ufrag.len(), password.len());
        assert!(seen.insert(ufrag) && seen.insert(password));
        let description = webrtc::peer_connection::RTCSessionDescription::answer(answer).unwrap();
        phone.connection.set_remote_description(description).await.unwrap();
        phone.connection.restart_ice().await.unwrap();
    }
    phone.hang_up().await;
    peer.close().await;
}
