//! `GET /health`: whether calls can be made, for load balancers and people.

use super::Door;
use crate::service::Vitals;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(flatten)]
    vitals: Vitals,
}

/// 200 when nothing is wrong, 503 with the faults otherwise.
pub async fn health(State(door): State<Arc<Door>>) -> Response {
    let vitals = door.service.vitals().await;
    if vitals.faults.is_empty() {
        Json(Health { status: "ok", vitals }).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "faulty", vitals })).into_response()
    }
}
