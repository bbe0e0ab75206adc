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

/// Confirm, ask again or pass on.
pub async fn dispose(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
    form: Result<Json<DispositionForm>, JsonRejection>,
) -> Result<Json<DispositionView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.dispose(officer.officer.id, id, form).await?))
}
