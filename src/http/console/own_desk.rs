//! One's own desk: sessions, and showing anew who one is.

use crate::{
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{ProofForm, SessionView},
};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
};
use std::sync::Arc;

/// `POST /api/console/prove`.
pub async fn prove(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<ProofForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(form) = form?;
    door.service.prove(&officer.session_token, &form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/console/sessions`.
pub async fn sessions(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
) -> Result<Json<Vec<SessionView>>, Problem> {
    let me = officer.officer.id;
    Ok(Json(door.service.sessions(me, me, &officer.session_token).await?))
}
