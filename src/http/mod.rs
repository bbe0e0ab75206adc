//! The door: HTTP, WebSocket and TLS in front of the use cases.
//!
//! In: requests of phones, officers and newcomers. Out: calls of [`crate::service`], pages of `web/`, problem+json.
//! May use: service, domain, config, clock; axum lives here and nowhere else.

pub mod addresses;
mod assets;
mod auth;
mod console;
mod demo;
mod feed;
mod guard;
mod health;
mod line;
pub mod listen;
mod live;
mod phone;
mod problem;
mod qr;
pub mod tls;
mod upload;
mod verify;

pub use assets::Assets;
pub use console::access::{Entrance, entrances};
pub use demo::{DemoDesk, DemoOfficer};
use upload::Upload;

use crate::{clock::SharedClock, config::Settings, service::Service};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    middleware,
    response::{Redirect, Response},
    routing::get,
};
use problem::Problem;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all handlers share.
#[derive(Debug)]
pub struct Door {
    /// Use cases.
    pub service: Arc<Service>,
    /// Settings.
    pub settings: Settings,
    /// Files of `web/`.
    pub assets: Assets,
    /// Clock.
    pub clock: SharedClock,
    /// HTTPS addresses of this machine for phones in the same network, without a slash at the end.
    pub phone_bases: Vec<String>,
    /// The demonstration's officer.
    pub demo: Option<DemoDesk>,
    feed: feed::Limiter,
    code_tries: phone::CodeTries,
    requests: Semaphore,
    uploads: Arc<Semaphore>,
    sockets: Arc<Semaphore>,
    live_sockets: Arc<Semaphore>,
    desks: Arc<Semaphore>,
}

/// Desks that hear of news at the same time; the next ones ask now and then.
const DESKS_MAX: usize = 128;

/// The request came over our own HTTPS listener.
#[derive(Clone, Copy, Debug)]
pub struct OverTls(pub bool);

impl Door {
    /// A door in front of `service`.
    pub fn new(
        service: Arc<Service>,
        settings: Settings,
        assets: Assets,
        clock: SharedClock,
    ) -> Self {
        // A phone that changes networks holds two sockets for a while.
        let sockets = 2 * settings.calls.live_max + 8;
        let live = &settings.live_calls;
        let live_sockets = 4 * live.calls_max + 2 * live.waiting_max + 8;
        Self {
            service,
            settings,
            assets,
            clock,
            phone_bases: Vec::new(),
            demo: None,
            feed: feed::Limiter::default(),
            code_tries: phone::CodeTries::default(),
            requests: Semaphore::new(guard::REQUESTS_MAX),
            uploads: Arc::new(Semaphore::new(upload::UPLOADS_MAX)),
            sockets: Arc::new(Semaphore::new(sockets)),
            live_sockets: Arc::new(Semaphore::new(live_sockets)),
            desks: Arc::new(Semaphore::new(DESKS_MAX)),
        }
    }

    /// Whether cookies are kept to HTTPS.
    fn is_secure(&self, OverTls(own): OverTls) -> bool {
        own || self.settings.server.public_url.starts_with("https://")
    }
}

/// All routes.
pub fn router(door: Arc<Door>, tls: OverTls) -> Router {
    let state = door.clone();
    Router::new()
        .merge(phone::routes(&door))
        .merge(console::routes(&door))
        .merge(demo::routes(&door))
        .merge(verify::routes())
        .merge(feed::routes())
        .route("/", get(root))
        .route("/health", get(health::health))
        .route("/assets/{*path}", get(assets::asset))
        .route("/robots.txt", get(robots))
        .fallback(async || Problem::not_found("page"))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "wrong_method",
                "this method has no meaning here",
            )
        })
        .layer(Extension(tls))
        .layer(middleware::from_fn_with_state(state.clone(), guard::place))
        .layer(middleware::from_fn(guard::headers))
        .layer(middleware::from_fn_with_state(state, guard::log))
        .with_state(door)
}

/// Forms are small.
fn json_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(16 << 10)
}

fn photo_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(upload::PHOTO_BYTES_MAX)
}

/// `GET /`.
async fn root(State(door): State<Arc<Door>>) -> Redirect {
    Redirect::to(if door.settings.demo.danger_enabled { "/demo" } else { "/console" })
}

/// `GET /robots.txt`.
async fn robots(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "robots.txt", &headers)
}
