//! One UDP port and one TCP port for the media of all calls, and the table that says whose a datagram is.
//!
//! A binding request names its receiver in USERNAME and binds the address that it came from; everything else goes by that address.
//! What belongs to nobody is dropped after one look-up. Memory: [`PEERS_MAX`] peers, [`ADDRESSES_MAX`] addresses each, and
//! [`DATAGRAMS_WAITING`] datagrams each.

use super::{CaptureError, stun, tcp};
use crate::config::Media;
use bytes::Bytes;
use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::mpsc,
    task::JoinHandle,
};

/// Most connections at once; `calls.live_max` is the limit that people meet, this one is the wall behind it.
pub(super) const PEERS_MAX: usize = 1024;
/// Addresses remembered for one peer; a phone shows one or two a network. When full, the one bound longest ago is forgotten; the
/// phone's next check (every 2 to 3 s) binds it again.
const ADDRESSES_MAX: usize = 16;
/// Datagrams waiting for one peer's driver: 0.7 s at 4 Mbit/s. When full, further ones are lost as on a bad line.
const DATAGRAMS_WAITING: usize = 256;
/// Largest datagram: the engine's own receive buffer holds 2000 bytes. Larger ones are dropped.
const DATAGRAM_BYTES_MAX: usize = 2000;

/// A datagram and where it came from.
pub(super) type Datagram = (Bytes, SocketAddr);

/// The media port. Clones share it; with the last one the sockets close.
#[derive(Clone, Debug)]
pub struct MediaPort {
    pub(super) wire: Arc<Wire>,
    _readers: Arc<Readers>,
}

/// What the port holds now; after the last call has ended all of it is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortLoad {
    /// Peers that datagrams are routed to.
    pub peers: usize,
    /// Source addresses bound to them.
    pub addresses: usize,
    /// Connections of the media engine that are not yet freed. More than `peers` for long means a leak.
    pub connections: usize,
    /// Datagrams and streams that belonged to nobody, since the start.
    pub strays: u64,
}

/// Sockets, addresses and table.
#[derive(Debug)]
pub(super) struct Wire {
    pub udp: UdpSocket,
    local_udp: SocketAddr,
    /// Candidates told to the phones.
    pub udp_candidates: Vec<SocketAddr>,
    pub tcp_candidates: Vec<SocketAddr>,
    table: Mutex<Table>,
    pub connections: AtomicUsize,
    strays: AtomicU64,
}

#[derive(Debug, Default)]
struct Table {
    last_id: u64,
    peers: HashMap<u64, Entry>,
    by_ufrag: HashMap<String, u64>,
    by_address: HashMap<SocketAddr, u64>,
}

#[derive(Debug)]
struct Entry {
    ufrag: Option<String>,
    addresses: VecDeque<SocketAddr>,
    v4: mpsc::Sender<Datagram>,
    v6: mpsc::Sender<Datagram>,
    streams: mpsc::Sender<tcp::Stream>,
}

/// The receiving ends of a peer.
#[derive(Debug)]
pub(super) struct Inbox {
    pub v4: mpsc::Receiver<Datagram>,
    pub v6: mpsc::Receiver<Datagram>,
    pub streams: mpsc::Receiver<tcp::Stream>,
}

/// A peer's place in the table; dropping it frees the place.
#[derive(Debug)]
pub(super) struct Seat {
    pub wire: Arc<Wire>,
    id: u64,
}

#[derive(Debug)]
struct Readers(Vec<JoinHandle<()>>);

impl Drop for Readers {
    fn drop(&mut self) {
        for reader in &self.0 {
            reader.abort();
        }
    }
}

impl MediaPort {
    /// Opens the ports and begins to read.
    ///
    /// # Errors
    /// When an address is taken or not of this machine, or there is no address to tell the phones.
    pub async fn bind(settings: &Media) -> Result<Self, CaptureError> {
        let udp_error = |source| CaptureError::Bind { setting: "media.udp_listen", source };
        let tcp_error = |source| CaptureError::Bind { setting: "media.tcp_listen", source };
        let udp = UdpSocket::bind(settings.udp_listen).await.map_err(udp_error)?;
        let local_udp = udp.local_addr().map_err(udp_error)?;
        let tcp = match settings.tcp_listen.as_str() {
            "" => None,
            address => {
                let address: SocketAddr = address.parse().map_err(|_| CaptureError::Setting {
                    setting: "media.tcp_listen",
                    reason: "must be ADDRESS:PORT or empty",
                })?;
                Some(TcpListener::bind(address).await.map_err(tcp_error)?)
            }
        };
        let local_tcp = tcp.as_ref().map(TcpListener::local_addr).transpose().map_err(tcp_error)?;
        let advertised = &settings.advertised_addresses;
        let wire = Arc::new(Wire {
            udp,
            local_udp,
            udp_candidates: candidates(local_udp, advertised)?,
            tcp_candidates: local_tcp.map_or(Ok(vec![]), |local| candidates(local, advertised))?,
            table: Mutex::default(),
            connections: AtomicUsize::new(0),
            strays: AtomicU64::new(0),
        });
        let mut readers = vec![tokio::spawn(read_datagrams(Arc::clone(&wire)))];
        readers.extend(tcp.map(|listener| tokio::spawn(tcp::accept(listener, Arc::clone(&wire)))));
        Ok(Self { wire, _readers: Arc::new(Readers(readers)) })
    }

    /// The UDP address that is listened on.
    pub fn local_udp(&self) -> SocketAddr {
        self.wire.local_udp
    }

    /// What the port holds now.
    pub fn load(&self) -> PortLoad {
        let table = self.wire.table();
        PortLoad {
            peers: table.peers.len(),
            addresses: table.by_address.len(),
            connections: self.wire.connections.load(Ordering::Relaxed),
            strays: self.wire.strays.load(Ordering::Relaxed),
        }
    }
}

impl Wire {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what belongs to nobody.
    pub fn stray(&self) {
        self.strays.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the socket reaches IPv4, and IPv6.
    pub fn families(&self) -> (bool, bool) {
        let ip = self.local_udp.ip();
        (ip.is_ipv4() || ip.is_unspecified(), ip.is_ipv6())
    }

    /// Sends a datagram; what the system does not take at once is lost, as on a bad line.
    pub fn send(&self, bytes: &[u8], to: SocketAddr) {
        let to = match (self.local_udp, to) {
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => {
                SocketAddr::V6(SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0))
            }
            (_, to) => to,
        };
        let _ = self.udp.try_send_to(bytes, to);
    }

    fn route(&self, datagram: &[u8], from: SocketAddr) {
        let mut table = self.table();
        let id = match stun::request_ufrag(datagram) {
            Some(ufrag) => table.bind(ufrag, from),
            None if stun::is_media(datagram) => table.by_address.get(&from).copied(),
            None => None,
        };
        let Some(entry) = id.and_then(|id| table.peers.get(&id)) else {
            drop(table);
            return self.stray();
        };
        let inbox = if from.is_ipv4() { &entry.v4 } else { &entry.v6 };
        // Full: lost, see DATAGRAMS_WAITING. Closed: the connection is going.
        let _ = inbox.try_send((Bytes::copy_from_slice(datagram), from));
    }

    /// Hands a stream to the peer that its first frame names; `false` when there is none or it has enough streams.
    pub fn route_stream(&self, ufrag: &str, stream: tcp::Stream) -> bool {
        let table = self.table();
        let entry = table.by_ufrag.get(ufrag).and_then(|id| table.peers.get(id));
        entry.is_some_and(|entry| entry.streams.try_send(stream).is_ok())
    }
}

impl Table {
    /// Binds the source of a binding request to the peer that it names.
    fn bind(&mut self, ufrag: &str, from: SocketAddr) -> Option<u64> {
        let id = *self.by_ufrag.get(ufrag)?;
        let before = self.by_address.insert(from, id);
        if let Some(other) = before.filter(|&other| other != id)
            && let Some(entry) = self.peers.get_mut(&other)
        {
            entry.addresses.retain(|address| *address != from);
        }
        let entry = self.peers.get_mut(&id)?;
        entry.addresses.retain(|address| *address != from);
        entry.addresses.push_back(from);
        if entry.addresses.len() > ADDRESSES_MAX
            && let Some(oldest) = entry.addresses.pop_front()
        {
            self.by_address.remove(&oldest);
        }
        Some(id)
    }
}

impl Seat {
    /// Takes a place.
    ///
    /// # Errors
    /// When all are taken.
    pub fn take(wire: &Arc<Wire>) -> Result<(Self, Inbox), CaptureError> {
        let (v4, v4_inbox) = mpsc::channel(DATAGRAMS_WAITING);
        let (v6, v6_inbox) = mpsc::channel(DATAGRAMS_WAITING);
        let (streams, streams_inbox) = mpsc::channel(tcp::STREAMS_MAX);
        let mut table = wire.table();
        if table.peers.len() >= PEERS_MAX {
            return Err(CaptureError::Full { max: PEERS_MAX });
        }
        table.last_id += 1;
        let id = table.last_id;
        let entry = Entry { ufrag: None, addresses: VecDeque::new(), v4, v6, streams };
        table.peers.insert(id, entry);
        drop(table);
        let inbox = Inbox { v4: v4_inbox, v6: v6_inbox, streams: streams_inbox };
        Ok((Self { wire: Arc::clone(wire), id }, inbox))
    }

    /// From now on binding requests to `ufrag` are this peer's, and those to its fragment before (ICE restart) are nobody's.
    pub fn name(&self, ufrag: &str) {
        let mut table = self.wire.table();
        let Some(entry) = table.peers.get_mut(&self.id) else { return };
        let before = entry.ufrag.replace(ufrag.to_owned());
        if let Some(before) = before {
            table.by_ufrag.remove(&before);
        }
        table.by_ufrag.insert(ufrag.to_owned(), self.id);
    }

    /// Gives the place back; a second time does nothing.
    pub fn leave(&self) {
        let mut table = self.wire.table();
        let Some(entry) = table.peers.remove(&self.id) else { return };
        if let Some(ufrag) = entry.ufrag {
            table.by_ufrag.remove(&ufrag);
        }
        for address in entry.addresses {
            table.by_address.remove(&address);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

async fn read_datagrams(wire: Arc<Wire>) {
    let mut buffer = [0; DATAGRAM_BYTES_MAX + 1];
    loop {
        match wire.udp.recv_from(&mut buffer).await {
            Ok((length, _)) if length > DATAGRAM_BYTES_MAX => wire.stray(),
            Ok((length, from)) => {
                let from = SocketAddr::new(from.ip().to_canonical(), from.port());
                wire.route(&buffer[..length], from);
            }
            // Out of memory and the like; the port must outlive it without spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// The addresses to tell the phones for a socket: the configured ones, its own, or for a wildcard those of the interfaces.
fn candidates(local: SocketAddr, advertised: &[IpAddr]) -> Result<Vec<SocketAddr>, CaptureError> {
    let ips = if !advertised.is_empty() {
        advertised.to_vec()
    } else if local.ip().is_unspecified() {
        interface_addresses(local.is_ipv6())
    } else {
        vec![local.ip()]
    };
    if ips.is_empty() {
        return Err(CaptureError::Setting {
            setting: "media.advertised_addresses",
            reason: "this machine has no address of its own that phones could reach; name one",
        });
    }
    Ok(ips.into_iter().map(|ip| SocketAddr::new(ip, local.port())).collect())
}

/// Addresses of the interfaces, IPv4 first, without link-local ones; loopback only when there is no other.
fn interface_addresses(with_v6: bool) -> Vec<IpAddr> {
    let interfaces = rtc::shared::ifaces::ifaces().unwrap_or_default();
    let mut ips: Vec<IpAddr> = interfaces
        .into_iter()
        .filter_map(|interface| interface.addr.map(|address| address.ip()))
        .filter(|ip| (ip.is_ipv4() || with_v6) && !ip.is_unspecified() && !is_link_local(*ip))
        .collect();
    ips.sort_unstable();
    ips.dedup();
    if ips.iter().any(|ip| !ip.is_loopback()) {
        ips.retain(|ip| !ip.is_loopback());
    }
    ips
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::is_link_local(&ip),
        IpAddr::V6(ip) => Ipv6Addr::is_unicast_link_local(&ip),
    }
}

#[cfg(test)]
mod tests;
