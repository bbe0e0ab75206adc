//! What the media engine takes for its machine: virtual sockets on the one port, and no way out but through it.
//!
//! The engine binds a socket of its own for every connection and wraps it in its runtime; this runtime closes that socket and
//! hands out a virtual one. The engine's address for it (a loopback port that nobody listens on) stays inside the process.

use super::{
    PeerEvent,
    guard::guarded_async,
    port::{Datagram, Inbox, Seat, Wire},
    tcp,
};
use std::{
    future::Future,
    io::{self, IoSliceMut},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::mpsc;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, RecvMeta, Runtime,
    TokioRuntime, Transmit,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The runtime of one connection.
#[derive(Debug)]
pub(super) struct Machine {
    seat: Arc<Seat>,
    inbox: Mutex<Taken>,
    events: mpsc::Sender<PeerEvent>,
}

#[derive(Debug)]
struct Taken {
    v4: Option<mpsc::Receiver<Datagram>>,
    v6: Option<mpsc::Receiver<Datagram>>,
    streams: Option<mpsc::Receiver<tcp::Stream>>,
}

impl Machine {
    pub fn new(seat: Arc<Seat>, inbox: Inbox, events: mpsc::Sender<PeerEvent>) -> Self {
        seat.wire.connections.fetch_add(1, Ordering::Relaxed);
        let inbox = Taken { v4: Some(inbox.v4), v6: Some(inbox.v6), streams: Some(inbox.streams) };
        Self { seat, inbox: Mutex::new(inbox), events }
    }

    /// The virtual addresses that the engine binds, one a family that the port reaches.
    pub fn addresses(wire: &Wire) -> Vec<SocketAddr> {
        let (v4, v6) = wire.families();
        let v4 = v4.then_some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let v6 = v6.then_some(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0)));
        v4.into_iter().chain(v6).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.seat.wire.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Runtime for Machine {
    fn spawn(&self, future: Boxed<'static, ()>) -> Box<dyn JoinHandle> {
        let events = self.events.clone();
        // A panic in the engine ends this connection and is told; the process and the other calls go on.
        TokioRuntime.spawn(Box::pin(async move {
            if guarded_async("engine", future).await.is_err() {
                let _ = events.try_send(PeerEvent::Failed);
            }
        }))
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let address = socket.local_addr()?;
        let mut taken = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let inbox = if address.is_ipv4() { taken.v4.take() } else { taken.v6.take() };
        let inbox = Mutex::new(inbox.ok_or(io::ErrorKind::AddrInUse)?);
        Ok(Arc::new(VirtualSocket { wire: Arc::clone(&self.seat.wire), address, inbox }))
    }

    fn wrap_tcp_listener(
        &self,
        listener: std::net::TcpListener,
    ) -> io::Result<Arc<dyn AsyncTcpListener>> {
        let address = listener.local_addr()?;
        let mut taken = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = taken.streams.take().ok_or(io::ErrorKind::AddrInUse)?;
        Ok(Arc::new(tcp::VirtualListener::new(address, streams)))
    }

    fn connect_tcp(&self, _: SocketAddr) -> Boxed<'_, io::Result<Arc<dyn AsyncTcpStream>>> {
        // A phone must not make this server call anybody.
        Box::pin(async { Err(io::ErrorKind::PermissionDenied.into()) })
    }

    fn resolve_host<'a>(&'a self, _host: &'a str) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async { Err(io::ErrorKind::PermissionDenied.into()) })
    }

    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        TokioRuntime.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }
}

/// The engine's socket: the peer's inbox, and the shared socket for sending.
#[derive(Debug)]
struct VirtualSocket {
    wire: Arc<Wire>,
    address: SocketAddr,
    inbox: Mutex<mpsc::Receiver<Datagram>>,
}

impl AsyncUdpSocket for VirtualSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }

    fn poll_send(&self, _: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.wire.send(transmit.contents, transmit.destination);
        Poll::Ready(Ok(transmit.contents.len()))
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        // A closed inbox means that the peer left its seat; the driver is stopped by other means, an error would only be logged.
        let Poll::Ready(Some((bytes, from))) = inbox.poll_recv(cx) else { return Poll::Pending };
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        *meta = RecvMeta::default();
        meta.addr = from;
        meta.len = length;
        meta.stride = length.max(1);
        Poll::Ready(Ok(1))
    }
}
