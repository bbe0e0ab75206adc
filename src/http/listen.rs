//! Listening: HTTP and, when asked for, HTTPS, until told to stop.

use super::{Door, OverTls, router};
use axum_server::{Handle, Server, accept::Accept, tls_rustls::RustlsConfig};
use std::{
    future::{Future, Ready, ready},
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpStream;

/// Connections of one listener; more are closed at once.
const CONNECTIONS_MAX: usize = 1024;
/// Longest time until a new connection has sent its first request's head.
const FIRST_REQUEST_TIME: Duration = Duration::from_secs(10);
/// Longest time for the head of any later request; idle connections end with it.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// Longest time for requests in progress to end after the signal to stop.
const STOP_TIME: Duration = Duration::from_secs(10);

/// Bound listeners, not serving yet.
#[derive(Debug)]
pub struct Listeners {
    /// HTTP.
    pub http: TcpListener,
    /// HTTPS.
    pub https: Option<(TcpListener, RustlsConfig)>,
}

/// Serves `door` until `stop` is ready and the requests in progress have ended.
///
/// # Errors
/// When a listener fails.
pub async fn serve(
    door: Arc<Door>,
    listeners: Listeners,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (http, https) = (Handle::new(), Handle::new());
    let plain = {
        let server = axum_server::from_tcp(listeners.http)?;
        let service = router(door.clone(), OverTls(false));
        prepared(server.acceptor(Bounded(http.clone())), &http)
            .serve(service.into_make_service_with_connect_info::<SocketAddr>())
    };
    let tls = async {
        let Some((listener, config)) = listeners.https else { return Ok(()) };
        let server = axum_server::from_tcp_rustls(listener, config)?;
        let server = server.map(|tls| tls.acceptor(Bounded(https.clone())));
        let service = router(door, OverTls(true));
        prepared(server, &https)
            .serve(service.into_make_service_with_connect_info::<SocketAddr>())
            .await
    };
    let stopping = async {
        stop.await;
        http.graceful_shutdown(Some(STOP_TIME));
        https.graceful_shutdown(Some(STOP_TIME));
        std::future::pending::<io::Result<((), ())>>().await
    };
    tokio::select! {
        ended = async { tokio::try_join!(plain, tls) } => ended.map(|_| ()),
        ended = stopping => ended.map(|_| ()),
    }
}

fn prepared<A>(
    server: Server<SocketAddr, A>,
    handle: &Handle<SocketAddr>,
) -> Server<SocketAddr, A> {
    let mut server = server.handle(handle.clone()).first_request_timeout(FIRST_REQUEST_TIME);
    server.http_builder().http1().header_read_timeout(HEAD_TIME);
    server.http_builder().http2().max_concurrent_streams(32).keep_alive_interval(HEAD_TIME);
    server
}

/// Takes a connection when there is a place for it.
#[derive(Clone)]
struct Bounded(Handle<SocketAddr>);

impl<S> Accept<TcpStream, S> for Bounded {
    type Stream = TcpStream;
    type Service = S;
    type Future = Ready<io::Result<(TcpStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        if self.0.connection_count() > CONNECTIONS_MAX {
            return ready(Err(io::Error::other("all connections are taken")));
        }
        ready(stream.set_nodelay(true).map(|()| (stream, service)))
    }
}
