//! The officer's side.

mod cases;
mod disposition;
mod pictures;
mod sign_in;

use super::{Door, assets, auth, json_limit, problem::Problem};
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    middleware,
    response::Response,
    routing::{get, post},
};
use std::sync::Arc;

/// Routes of the console.
pub fn routes(door: &Arc<Door>) -> Router<Arc<Door>> {
    let api = Router::new()
        .route("/api/console/sign-in", post(sign_in::sign_in))
        .route("/api/console/sign-out", post(sign_in::sign_out))
        .route("/api/console/me", get(sign_in::me))
        .route("/api/console/cases", get(cases::queue))
        .route("/api/console/cases/{id}", get(cases::case))
        .route("/api/console/cases/{id}/disposition", post(disposition::dispose))
        .route("/api/console/stills/{id}", get(pictures::still))
        .route("/api/console/references/{id}/image", get(pictures::reference))
        .layer(json_limit())
        .layer(middleware::from_fn(auth::with_own_header))
        .layer(middleware::from_fn_with_state(door.clone(), auth::from_own_page));
    Router::new().route("/console", get(page)).merge(api)
}

/// `GET /console`.
async fn page(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "console/index.html", &headers)
}
