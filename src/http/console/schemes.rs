//! Schemes: their versions side by side, and how two people change them.

use crate::{
    domain::scheme::SchemeVersion,
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{SchemeDecision, SchemeForm, SchemeView},
};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
};
use std::sync::Arc;

/// `GET /api/console/schemes`.
pub async fn list(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
) -> Result<Json<Vec<SchemeView>>, Problem> {
    Ok(Json(door.service.scheme_views(officer.officer.id).await?))
}

/// `POST /api/console/schemes/propose`.
pub async fn propose(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<SchemeForm>, JsonRejection>,
) -> Result<(StatusCode, Json<SchemeVersion>), Problem> {
    let Json(form) = form?;
    let of = (form.terms, form.effective_from);
    let made = door.service.propose_scheme(officer.officer.id, of.0, of.1).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// `POST /api/console/schemes/decide`: never by who proposed it.
pub async fn decide(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<SchemeDecision>, JsonRejection>,
) -> Result<Json<SchemeVersion>, Problem> {
    let Json(form) = form?;
    let of = (form.name.as_str(), form.version);
    Ok(Json(door.service.decide_scheme(officer.officer.id, of, form.approve).await?))
}
