//! Faces for officers: opened from the vault at each look, never stored on the way.

use crate::{
    domain::ids::{CaseId, ReferenceId, StillId},
    http::{Door, auth::SignedIn, problem::Problem},
};
use axum::{
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::header,
    response::IntoResponse,
};
use serde::Deserialize;
use std::sync::Arc;

pub(super) const JPEG: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "image/jpeg")];

/// `GET /api/console/stills/{id}`.
pub async fn still(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<StillId>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    Ok((JPEG, door.service.still(officer.officer.id, id).await?))
}

/// For which case a reference is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceQuery {
    case: Option<CaseId>,
}

/// `GET /api/console/references/{id}/image?case=…`.
pub async fn reference(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<ReferenceId>, PathRejection>,
    query: Result<Query<ReferenceQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let (Path(id), Query(query)) = (id?, query?);
    Ok((JPEG, door.service.reference_image(officer.officer.id, id, query.case).await?))
}
