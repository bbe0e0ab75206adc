use super::*;
use crate::{capture::stun::tests::binding_request, config::Settings};

async fn port() -> MediaPort {
    let mut settings = Settings::defaults().media;
    settings.udp_listen = "127.0.0.1:0".parse().unwrap();
    settings.tcp_listen = String::new();
    MediaPort::bind(&settings).await.unwrap()
}

fn from(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

#[tokio::test]
async fn datagrams_find_their_peer_by_name_and_then_by_address() {
    let port = port().await;
    let (seat, mut inbox) = Seat::take(&port.wire).unwrap();
    seat.name("abc");
    port.wire.route(&[0x80, 1, 2], from(1));
    assert!(inbox.v4.try_recv().is_err(), "an address that named nobody");
    port.wire.route(&binding_request("abc:phone"), from(1));
    port.wire.route(&[0x80, 1, 2], from(1));
    assert_eq!(inbox.v4.try_recv().unwrap().1, from(1));
    assert_eq!(&inbox.v4.try_recv().unwrap().0[..], [0x80, 1, 2]);
    port.wire.route(&[0x60, 1, 2], from(1)); // neither STUN, DTLS nor RTP
    port.wire.route(&binding_request("other:phone"), from(2));
    assert!(inbox.v4.try_recv().is_err());
    let load = port.load();
    assert_eq!((load.peers, load.addresses, load.strays), (1, 1, 3));
    drop(seat);
    assert_eq!(port.load(), PortLoad { strays: 3, ..PortLoad::default() });
}

#[tokio::test]
async fn a_new_name_replaces_the_old_one() {
    let port = port().await;
    let (seat, mut inbox) = Seat::take(&port.wire).unwrap();
    seat.name("before");
    seat.name("after");
    port.wire.route(&binding_request("before:phone"), from(1));
    assert!(inbox.v4.try_recv().is_err());
    port.wire.route(&binding_request("after:phone"), from(1));
    assert!(inbox.v4.try_recv().is_ok());
}

#[tokio::test]
async fn addresses_and_waiting_datagrams_are_limited() {
    let port = port().await;
    let (seat, mut inbox) = Seat::take(&port.wire).unwrap();
    let (other, _inbox) = Seat::take(&port.wire).unwrap();
    seat.name("abc");
    other.name("def");
    for number in 1..=1000 {
        port.wire.route(&binding_request("abc:phone"), from(number));
    }
    assert_eq!(port.load().addresses, ADDRESSES_MAX);
    assert_eq!(std::iter::from_fn(|| inbox.v4.try_recv().ok()).count(), DATAGRAMS_WAITING);
    port.wire.route(&binding_request("def:phone"), from(1000));
    assert_eq!(port.load().addresses, ADDRESSES_MAX, "the address changed hands");
    seat.leave();
    assert_eq!(port.load().addresses, 1);
}

#[tokio::test]
async fn seats_are_limited_and_given_back() {
    let port = port().await;
    let seats: Vec<_> = (0..PEERS_MAX).map(|_| Seat::take(&port.wire).unwrap()).collect();
    assert!(matches!(Seat::take(&port.wire), Err(CaptureError::Full { .. })));
    drop(seats);
    assert!(Seat::take(&port.wire).is_ok());
}

#[tokio::test]
async fn candidates_follow_the_settings() {
    let local = "192.0.2.7:8790".parse().unwrap();
    assert_eq!(candidates(local, &[]).unwrap(), [local]);
    let advertised: Vec<IpAddr> = vec!["203.0.113.5".parse().unwrap()];
    let told: SocketAddr = "203.0.113.5:8790".parse().unwrap();
    assert_eq!(candidates(local, &advertised).unwrap(), [told]);
    let every = candidates("0.0.0.0:8790".parse().unwrap(), &[]).unwrap();
    assert!(!every.is_empty() && every.iter().all(|a| a.is_ipv4() && !a.ip().is_unspecified()));
    let others = every.iter().any(|a| !a.ip().is_loopback());
    assert!(!others || every.iter().all(|a| !a.ip().is_loopback()));
}
