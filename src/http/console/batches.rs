//! Batches: made, their files part by part, run, looked at, put away.

use crate::{
    domain::ids::BatchId,
    http::{Door, Upload, auth::SignedIn, problem::Problem},
    service::views::{BatchForm, BatchRunForm, BatchView},
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
};
use serde::Deserialize;
use std::sync::Arc;

type Id = Result<Path<BatchId>, PathRejection>;

/// Which part of the file, from 0.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartQuery {
    nth: u64,
}

/// `GET /api/console/batches`.
pub async fn list(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
) -> Result<Json<Vec<BatchView>>, Problem> {
    Ok(Json(door.service.batches(officer.officer.id).await?))
}

/// `POST /api/console/batches/make`.
pub async fn make(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<BatchForm>, JsonRejection>,
) -> Result<(StatusCode, Json<BatchView>), Problem> {
    let Json(form) = form?;
    Ok((StatusCode::CREATED, Json(door.service.make_batch(officer.officer.id, form).await?)))
}

/// `GET /api/console/batches/{id}`.
pub async fn batch(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
) -> Result<Json<BatchView>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.batch(officer.officer.id, id).await?))
}

/// `POST /api/console/batches/{id}/part?nth=…`, the part as body.
pub async fn part(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
    query: Result<Query<PartQuery>, QueryRejection>,
    part: Upload,
) -> Result<Json<BatchView>, Problem> {
    let (Path(id), Query(query)) = (id?, query?);
    let part = (query.nth, part.bytes);
    Ok(Json(door.service.take_batch_part(officer.officer.id, id, part).await?))
}

/// `POST /api/console/batches/{id}/run`.
pub async fn run(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
    form: Result<Json<BatchRunForm>, JsonRejection>,
) -> Result<Json<BatchView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.run_batch(officer.officer.id, id, form).await?))
}

/// `POST /api/console/batches/{id}/drop`.
pub async fn put_away(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
) -> Result<StatusCode, Problem> {
    let Path(id) = id?;
    door.service.drop_batch(officer.officer.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
