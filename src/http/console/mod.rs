//! The officer's side.

pub(super) mod access;
mod appointments;
mod audit;
mod batches;
mod bureau;
mod care;
mod cases;
mod channels;
mod claims;
mod continuation;
mod county;
mod disposition;
mod forms;
mod invitation;
mod live;
mod officers;
mod own_desk;
mod passkeys;
mod people;
mod pictures;
mod proposals;
mod quality;
mod schemes;
mod sign_in;
mod statistics;
mod visits;

use super::{Door, assets, auth, json_limit, problem::Problem};
use axum::{Router, extract::State, http::HeaderMap, middleware, response::Response, routing::get};
use std::sync::Arc;

/// Routes of the console; those of its API stand in [`access`].
pub fn routes(door: &Arc<Door>) -> Router<Arc<Door>> {
    let api = access::router(door)
        .layer(json_limit())
        .layer(middleware::from_fn(auth::with_own_header))
        .layer(middleware::from_fn_with_state(door.clone(), auth::from_own_page));
    Router::new().route("/console", get(page)).route("/visit", get(visit_page)).merge(api)
}

/// `GET /console`.
async fn page(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "console/index.html", &headers)
}

/// `GET /visit`: the visiting clerk's page, also for a station's device.
async fn visit_page(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    assets::page(&door, "visit/index.html", &headers)
}
