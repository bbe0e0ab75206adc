//! Puts the whole together, in the order of the river, and serves it.
//!
//! In: settings. Out: a running service. May use: all rooms.

pub mod calibration;

use crate::{
    analysis::Engine,
    call::{Conductor, Examination, Switchboard},
    capture::MediaPort,
    clock::SharedClock,
    config::Settings,
    decision,
    http::{
        Assets, DemoDesk, Door, addresses,
        listen::{self, Listeners},
        tls,
    },
    service::{Live, Parts, Service},
};
use anyhow::Context;
use std::{
    future::Future,
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

/// Environment variable that names a folder to serve instead of the compiled-in pages, while they are being worked on.
pub const WEB_DIR: &str = "JIANMIAN_WEB_DIR";

/// How often the audit is sealed.
const SEALED_EVERY: std::time::Duration = std::time::Duration::from_secs(3600);

/// Everything built and bound, not serving yet.
#[derive(Debug)]
pub struct App {
    door: Arc<Door>,
    listeners: Listeners,
}

impl App {
    /// Builds the rooms and binds the ports.
    ///
    /// # Errors
    /// When a file, the database or a port cannot be used; the message names it.
    pub async fn build(
        settings: Settings,
        clock: SharedClock,
        demo: Option<DemoDesk>,
    ) -> anyhow::Result<Self> {
        let data_dir = &settings.server.data_dir;
        std::fs::create_dir_all(data_dir)
            .with_context(|| format!("cannot make the data folder {}", data_dir.display()))?;
        let listeners = bind(&settings).await?;
        let examination = Examination::new(engine(&settings));
        let service =
            Arc::new(open_service(settings.clone(), clock.clone(), examination.clone()).await?);
        service.sweep_interrupted(&settings.server.node).await?;
        service.sweep_live_calls(&settings.server.node).await?;
        let port = MediaPort::bind(&settings.media).await?;
        let switchboard = Switchboard::new(
            examination.clone(),
            port.clone(),
            settings.live_calls.clone(),
            settings.media.clone(),
            clock.clone(),
        );
        service.set_switchboard(switchboard);
        let conductor = Conductor::new(
            examination,
            port,
            settings.calls.clone(),
            settings.media.clone(),
            clock.clone(),
        );
        Live::new(conductor).wire(&service);
        let web_dir = std::env::var_os(WEB_DIR).map(PathBuf::from);
        let mut door = Door::new(service, settings, Assets::new(web_dir), clock);
        door.phone_bases = phone_bases(&listeners)?;
        door.demo = demo;
        Ok(Self { door: Arc::new(door), listeners })
    }

    /// The use cases.
    pub fn service(&self) -> &Arc<Service> {
        &self.door.service
    }

    /// The HTTP address that was bound (the port may have been chosen by the system).
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn http_address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listeners.http.local_addr()?)
    }

    /// HTTPS addresses for other machines, without a slash at the end.
    pub fn phone_bases(&self) -> &[String] {
        &self.door.phone_bases
    }

    /// Serves until `stop` is ready.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let service = Arc::clone(&self.door.service);
        let sealing = tokio::spawn(seal_hourly(Arc::clone(&service)));
        let served = listen::serve(self.door, self.listeners, stop).await;
        sealing.abort();
        service.close().await;
        served.context("a listener failed")
    }
}

/// Seals the audit into the ledger, hour by hour.
async fn seal_hourly(service: Arc<Service>) {
    loop {
        if let Err(error) = service.seal_audit().await {
            tracing::error!(%error, "the audit could not be sealed");
        }
        tokio::time::sleep(SEALED_EVERY).await;
    }
}

/// The models, or none: then calls still work and every one of them ends at an officer. Says plainly which.
pub fn engine(settings: &Settings) -> Option<Engine> {
    match Engine::start(&settings.models) {
        Ok(engine) => {
            let pack = engine.pack();
            tracing::info!(pack = %pack.name, trial = pack.trial, "models are ready");
            if pack.trial {
                tracing::warn!(
                    "these are trial models: faces are found and compared, nothing is confirmed automatically"
                );
            }
            let engine = calibration::calibrated(engine, settings);
            tell_lock(&engine, settings);
            Some(engine)
        }
        Err(error) => {
            tracing::error!(%error, "no usable models: every call ends at an officer");
            None
        }
    }
}

fn tell_lock(engine: &Engine, settings: &Settings) {
    let why = calibration::lock_words(&decision::locks(Some(engine.pack()))).join("; ");
    if why.is_empty() || !settings.policy.automatic_confirmation {
        return;
    }
    if decision::locked(Some(engine.pack()), &settings.policy) {
        tracing::warn!(why, "automatic confirmation is locked: officers confirm every good call");
    } else {
        tracing::warn!(
            why,
            "DANGER: calls are confirmed automatically without proof (policy.danger_automatic_without_proof)"
        );
    }
}

/// The use cases on their database and vault.
///
/// # Errors
/// When one of them cannot be used; the message names it.
pub async fn open_service(
    settings: Settings,
    clock: SharedClock,
    examination: Examination,
) -> anyhow::Result<Service> {
    let parts = Parts { settings, clock, examiner: Arc::new(examination) };
    Ok(Service::open(parts).await?)
}

async fn bind(settings: &Settings) -> anyhow::Result<Listeners> {
    let server = &settings.server;
    let http = listener(server.listen, "server.listen")?;
    let https = if server.tls_listen.is_empty() {
        None
    } else {
        let address = server.tls_listen.parse().context("server.tls_listen")?;
        let config = tls::config(settings, &addresses::of_this_machine()).await?;
        Some((listener(address, "server.tls_listen")?, config))
    };
    Ok(Listeners { http, https })
}

fn listener(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))
}

/// Where phones in the same network find the HTTPS listener.
fn phone_bases(listeners: &Listeners) -> anyhow::Result<Vec<String>> {
    let Some((listener, _)) = &listeners.https else { return Ok(Vec::new()) };
    let bound = listener.local_addr()?;
    let hosts: Vec<IpAddr> = match bound.ip() {
        ip if ip.is_unspecified() => addresses::of_this_machine(),
        ip if ip.is_loopback() => Vec::new(),
        ip => vec![ip],
    };
    let base = |ip| format!("https://{}", SocketAddr::new(ip, bound.port()));
    Ok(hosts.into_iter().map(base).collect())
}

/// Ready on SIGTERM or SIGINT.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
        tracing::info!("stopping: no new requests, those in progress end");
    })
}
