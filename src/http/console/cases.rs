//! The queue and one case.

use crate::{
    domain::ids::CaseId,
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{CaseView, QueueView},
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
};
use serde::Deserialize;
use std::sync::Arc;

/// What the queue is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueQuery {
    #[serde(default = "to_review")]
    lane: String,
}

fn to_review() -> String {
    "to_review".into()
}

/// `GET /api/console/cases?lane=…`.
pub async fn queue(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    query: Result<Query<QueueQuery>, QueryRejection>,
) -> Result<Json<QueueView>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.queue(officer.officer.id, &query.lane).await?))
}

/// `GET /api/console/cases/{id}`.
pub async fn case(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<Json<CaseView>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.case(officer.officer.id, id).await?))
}
