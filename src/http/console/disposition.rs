//! `POST /api/console/cases/{id}/disposition`.

use crate::{
    domain::ids::CaseId,
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{DispositionForm, DispositionView},
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
};
use std::sync::Arc;

/// Which version to take back.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    version: i64,
}

/// `POST /api/console/cases/{id}/undo`.
pub async fn undo(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
    form: Result<Json<Undo>, JsonRejection>,
) -> Result<Json<DispositionView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.undo(officer.officer.id, id, form.version).await?))
}

/// Decides, or proposes.
pub async fn dispose(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
    form: Result<Json<DispositionForm>, JsonRejection>,
) -> Result<Json<DispositionView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.dispose(officer.officer.id, officer.officer.proved_at, id, form).await?))
}
