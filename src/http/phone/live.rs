//! A live call from the phone: whether an officer rings, joining, and the socket.

use crate::{
    domain::live_call::Party,
    http::{Door, auth::LinkToken, live, problem::Problem},
    service::views::{LiveInvitation, OpenedLive},
};
use axum::{
    Json,
    extract::{Path, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::StatusCode,
    response::Response,
};
use std::sync::Arc;

/// `GET /api/phone/live`: asked every few seconds by a page that waits.
pub async fn view(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
) -> Result<Json<LiveInvitation>, Problem> {
    Ok(Json(door.service.live_invitation(&token).await?))
}

/// `POST /api/phone/live`: answers, or takes a chair in the waiting room.
pub async fn join(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
) -> Result<(StatusCode, Json<OpenedLive>), Problem> {
    Ok((StatusCode::CREATED, Json(door.service.join_live(&token).await?)))
}

/// `GET /api/phone/live/{id}/ws`.
pub async fn connect(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    live::connect(door, &id, Party::Phone, upgrade)
}
