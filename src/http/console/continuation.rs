//! The files for the paying side.

use crate::{
    http::{Door, auth::SignedIn, problem::Problem},
    service::ContinuationView,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use serde::Deserialize;
use std::sync::Arc;

/// After which file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterQuery {
    #[serde(default)]
    after: u64,
}

/// Which part of which file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartQuery {
    file: u64,
    part: String,
}

/// `GET /api/console/continuation?after=…`.
pub async fn files(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    query: Result<Query<AfterQuery>, QueryRejection>,
) -> Result<Json<Vec<ContinuationView>>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.continuations(query.after).await?))
}

/// `GET /api/console/continuation/part?file=…&part=csv`: `csv`, `json`, `control.json`, each also with `.sig`; the same bytes as in the outbox.
pub async fn part(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    query: Result<Query<PartQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Query(query) = query?;
    let by = officer.officer.id;
    let bytes = door.service.take_continuation_part(by, query.file, &query.part).await?;
    // Only the parts that there are come here, so the name is a plain one.
    let name = format!("attachment; filename=\"continuation-{:06}.{}\"", query.file, query.part);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes))
}
