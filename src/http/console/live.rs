//! A live call from the desk: ringing, the link, the socket, the result, and what is kept of it.

use super::{
    access::{Route, get, post},
    pictures::JPEG,
};
use crate::{
    domain::{
        ids::{CaseId, LiveCallId, StillId},
        live_call::Party,
        role::Act,
    },
    http::{Door, auth::SignedIn, live, problem::Problem},
    service::views::{
        DispositionView, LiveCallView, LiveLinkSent, LiveProtocolView, LiveResultForm,
    },
};
use axum::{
    Json,
    extract::{
        Path, State, WebSocketUpgrade,
        rejection::{JsonRejection, PathRejection},
        ws::rejection::WebSocketUpgradeRejection,
    },
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// Routes of live calls, each with its act.
pub(super) fn table() -> Vec<Route> {
    use Act as A;
    vec![
        post("/api/console/cases/{id}/live", A::CallLive, ring),
        post("/api/console/live/{id}/link", A::CallLive, send_link),
        get("/api/console/live/{id}/ws", A::CallLive, connect),
        post("/api/console/live/{id}/result", A::CallLive, conclude),
        get("/api/console/live/{id}/protocol", A::SeeCase, protocol),
        get("/api/console/live/stills/{id}", A::SeeFace, still),
    ]
}

/// `POST /api/console/cases/{id}/live`.
async fn ring(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<Json<LiveCallView>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.ring(officer.officer.id, id).await?))
}

/// `POST /api/console/live/{id}/link`.
async fn send_link(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<LiveCallId>, PathRejection>,
) -> Result<Json<LiveLinkSent>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.send_live_link(officer.officer.id, id).await?))
}

/// `GET /api/console/live/{id}/ws`.
async fn connect(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    live::connect(door, &id, Party::Officer, upgrade)
}

/// `POST /api/console/live/{id}/result`.
async fn conclude(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<LiveCallId>, PathRejection>,
    form: Result<Json<LiveResultForm>, JsonRejection>,
) -> Result<Json<DispositionView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    let (who, proved_at) = (officer.officer.id, officer.officer.proved_at);
    Ok(Json(door.service.conclude_live(who, proved_at, id, form).await?))
}

/// `GET /api/console/live/{id}/protocol`.
async fn protocol(
    State(door): State<Arc<Door>>,
    id: Result<Path<LiveCallId>, PathRejection>,
) -> Result<Json<LiveProtocolView>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.live_protocol(id).await?))
}

/// `GET /api/console/live/stills/{id}`.
async fn still(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<StillId>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    Ok((JPEG, door.service.live_still(officer.officer.id, id).await?))
}
