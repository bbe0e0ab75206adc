//! Whoever is shown a receipt looks here whether it is genuine: no sign-in, nothing kept, nothing told that the receipt does not say.

use super::{Door, assets, problem::Problem};
use crate::service::views::{CertificateCheck, CertificateKey};
use axum::{
    Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use std::sync::Arc;

/// Routes of the verification page.
pub fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/v", get(page))
        .route("/v/{certificate}", get(page))
        .route("/api/verify/key", get(key))
        .route("/api/verify/{certificate}", get(check))
}

/// `GET /v/{certificate}`: the same page for every certificate; the API tells what it is worth.
async fn page(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "verify/index.html", &headers)
}

/// `GET /api/verify/{certificate}`.
async fn check(
    State(door): State<Arc<Door>>,
    certificate: Result<Path<String>, PathRejection>,
) -> Result<Json<CertificateCheck>, Problem> {
    let Path(certificate) = certificate?;
    Ok(Json(door.service.check_certificate(&certificate).await?))
}

/// `GET /api/verify/key`.
async fn key(State(door): State<Arc<Door>>) -> Json<CertificateKey> {
    Json(door.service.certificate_key())
}
