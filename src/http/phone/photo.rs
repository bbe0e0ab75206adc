//! `POST /api/phone/photo`.

use crate::{
    http::{Door, Upload, auth::LinkToken, problem::Problem},
    service::views::CitizenCase,
};
use axum::{Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// A photograph instead of a call: an officer looks at it.
pub async fn send(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
    Upload { bytes, .. }: Upload,
) -> Result<(StatusCode, Json<CitizenCase>), Problem> {
    Ok((StatusCode::CREATED, Json(door.service.photo(&token, bytes).await?)))
}
