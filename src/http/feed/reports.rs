//! `POST /feed/sms-reports`: whether a text message arrived, signed by the gateway.

use crate::{
    http::{Door, problem::Problem},
    service::DeliveryAnswer,
};
use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use std::sync::Arc;

/// The same headers as on what we send.
const SIGNATURE: &str = "x-jianmian-signature";
const TIMESTAMP: &str = "x-jianmian-timestamp";

/// Takes a report.
pub async fn report(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let body = body?;
    let header = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !door.service.gateway_signed(header(TIMESTAMP), &body, header(SIGNATURE)) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "signature_refused",
            "the signature is wrong, or older than five minutes",
        ));
    }
    let report: DeliveryAnswer = serde_json::from_slice(&body)
        .map_err(|e| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", e.to_string()))?;
    door.service.delivery_answer(&report).await?;
    Ok(StatusCode::NO_CONTENT)
}
