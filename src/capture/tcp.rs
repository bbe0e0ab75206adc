//! ICE-TCP (RFC 6544) on one port: the first frame of a stream is a binding request that names its peer.

use super::{port::Wire, stun};
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use webrtc::runtime::{AsyncTcpListener, AsyncTcpStream};

/// Streams waiting for one peer's driver; a phone opens one a network. When full, the stream is closed.
pub(super) const STREAMS_MAX: usize = 4;
/// Open streams of all peers, and those that have not yet said whose they are. When all are taken, new ones are closed.
const OPEN_MAX: usize = 512;
const NAMELESS_MAX: usize = 64;
/// How long a stream may take to say whose it is.
const FIRST_FRAME_WAIT: Duration = Duration::from_secs(5);
/// Largest first frame: binding requests of browsers have about 100 bytes.
const FIRST_FRAME_BYTES_MAX: usize = 600;
/// How long a write may wait for the phone; then the stream is given up, so that it cannot hold the connection's driver.
const WRITE_WAIT: Duration = Duration::from_secs(2);

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Accepts streams until the port closes.
pub(super) async fn accept(listener: TcpListener, wire: Arc<Wire>) {
    let open = Arc::new(Semaphore::new(OPEN_MAX));
    let nameless = Arc::new(Semaphore::new(NAMELESS_MAX));
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            // Out of descriptors and the like; the port must outlive it without spinning.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let permits = Arc::clone(&open).try_acquire_owned().ok();
        let waiting = Arc::clone(&nameless).try_acquire_owned().ok();
        let (Some(permit), Some(waiting)) = (permits, waiting) else {
            wire.stray();
            continue;
        };
        let wire = Arc::clone(&wire);
        tokio::spawn(async move {
            let from = SocketAddr::new(from.ip().to_canonical(), from.port());
            let named = timeout(FIRST_FRAME_WAIT, first_frame(stream, from, permit)).await;
            let routed = match named {
                Ok(Some((ufrag, stream))) => wire.route_stream(&ufrag, stream),
                _ => false,
            };
            if !routed {
                wire.stray();
            }
            drop(waiting);
        });
    }
}

/// Reads the first frame (RFC 4571: two bytes of length); the stream gives it out once more to the engine.
async fn first_frame(
    mut stream: TcpStream,
    from: SocketAddr,
    permit: OwnedSemaphorePermit,
) -> Option<(String, Stream)> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).await.ok()?;
    let size = usize::from(u16::from_be_bytes(length));
    if size > FIRST_FRAME_BYTES_MAX {
        return None;
    }
    let mut first = vec![0; 2 + size];
    first[..2].copy_from_slice(&length);
    stream.read_exact(&mut first[2..]).await.ok()?;
    let ufrag = stun::request_ufrag(&first[2..])?.to_owned();
    stream.set_nodelay(true).ok()?;
    let (reader, writer) = stream.into_split();
    let (first, reader, writer) =
        (Mutex::new(first), AsyncMutex::new(reader), AsyncMutex::new(writer));
    Some((ufrag, Stream { from, first, reader, writer, _permit: permit }))
}

/// A phone's stream, its first frame not yet read by the engine.
#[derive(Debug)]
pub(super) struct Stream {
    from: SocketAddr,
    first: Mutex<Vec<u8>>,
    reader: AsyncMutex<OwnedReadHalf>,
    writer: AsyncMutex<OwnedWriteHalf>,
    _permit: OwnedSemaphorePermit,
}

/// The stream as the engine sees it: arriving at the virtual listener's address.
#[derive(Debug)]
struct VirtualStream {
    address: SocketAddr,
    stream: Stream,
}

impl AsyncTcpStream for VirtualStream {
    fn read<'a, 'b>(&'a self, buffer: &'b mut [u8]) -> Boxed<'b, io::Result<usize>>
    where
        'a: 'b,
    {
        Box::pin(async move {
            {
                let mut first = self.stream.first.lock().unwrap_or_else(PoisonError::into_inner);
                if !first.is_empty() {
                    let length = first.len().min(buffer.len());
                    buffer[..length].copy_from_slice(&first[..length]);
                    first.drain(..length);
                    return Ok(length);
                }
            }
            self.stream.reader.lock().await.read(buffer).await
        })
    }

    fn write_all<'a, 'b>(&'a self, bytes: &'b [u8]) -> Boxed<'b, io::Result<()>>
    where
        'a: 'b,
    {
        Box::pin(async move {
            let mut writer = self.stream.writer.lock().await;
            timeout(WRITE_WAIT, writer.write_all(bytes)).await?
        })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.stream.from)
    }
}

/// The engine's listener: streams that named this peer.
#[derive(Debug)]
pub(super) struct VirtualListener {
    address: SocketAddr,
    streams: AsyncMutex<mpsc::Receiver<Stream>>,
}

impl VirtualListener {
    pub fn new(address: SocketAddr, streams: mpsc::Receiver<Stream>) -> Self {
        Self { address, streams: AsyncMutex::new(streams) }
    }
}

impl AsyncTcpListener for VirtualListener {
    fn accept(&self) -> Boxed<'_, io::Result<(Arc<dyn AsyncTcpStream>, SocketAddr)>> {
        Box::pin(async move {
            let Some(stream) = self.streams.lock().await.recv().await else {
                // The peer left its seat. An error would make the engine ask again without pause.
                return std::future::pending().await;
            };
            let from = stream.from;
            let stream: Arc<dyn AsyncTcpStream> =
                Arc::new(VirtualStream { address: self.address, stream });
            Ok((stream, from))
        })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
