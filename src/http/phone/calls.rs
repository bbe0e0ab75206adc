//! `POST /api/phone/calls`.

use crate::{
    http::{Door, auth::LinkToken, problem::Problem},
    service::views::OpenedCall,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use std::sync::Arc;

/// Opens a call; there is a place for it, or the answer says when to come again.
pub async fn open(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<OpenedCall>), Problem> {
    let opened = door.service.open_call(&token).await?;
    // The class of the device is for statistics: without it the call goes on all the same.
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if let Err(error) = door.service.note_device(opened.call_id, agent).await {
        tracing::warn!(%error, "the device of a call was not kept");
    }
    Ok((StatusCode::CREATED, Json(opened)))
}
