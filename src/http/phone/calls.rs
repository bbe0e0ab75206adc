//! `POST /api/phone/calls`.

use crate::{
    http::{Door, auth::LinkToken, problem::Problem},
    service::views::OpenedCall,
};
use axum::{Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// Opens a call; there is a place for it, or the answer says when to come again.
pub async fn open(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
) -> Result<(StatusCode, Json<OpenedCall>), Problem> {
    Ok((StatusCode::CREATED, Json(door.service.open_call(&token).await?)))
}
