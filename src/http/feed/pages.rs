//! `GET /feed/continuation…`.

use super::{Machine, tagged};
use crate::{
    http::{Door, problem::Problem},
    service::ServiceError,
};
use axum::{
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;
use std::sync::Arc;

const JSON: &str = "application/json; charset=utf-8";

/// Where to begin and how much.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    after: String,
    limit: Option<u32>,
}

/// `GET /feed/continuation?after=CURSOR&limit=N`.
pub async fn rows(
    State(door): State<Arc<Door>>,
    Machine(client): Machine,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted?;
    let page = door.service.feed_page(&wanted.after, wanted.limit.unwrap_or(500)).await?;
    let bytes = serde_json::to_vec(&page).map_err(ServiceError::from)?;
    let (response, sent) = tagged(&headers, JSON, bytes);
    if sent && !page.rows.is_empty() {
        door.service.feed_was_read(&client, &format!("rows until {}", page.next)).await?;
    }
    Ok(response)
}

/// `GET /feed/continuation/files?after=NUMBER`.
pub async fn files(
    State(door): State<Arc<Door>>,
    Machine(_): Machine,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted?;
    let after = match wanted.after.as_str() {
        "" => 0,
        text => text.parse().map_err(|_| {
            let code = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Problem::new(code, "bad_cursor", "after: must be the number of a file")
        })?,
    };
    let files = door.service.feed_files(after).await?;
    let bytes =
        serde_json::to_vec(&serde_json::json!({ "files": files })).map_err(ServiceError::from)?;
    Ok(tagged(&headers, JSON, bytes).0)
}

/// `GET /feed/continuation/files/{sequence}/{part}`.
pub async fn part(
    State(door): State<Arc<Door>>,
    Machine(client): Machine,
    headers: HeaderMap,
    path: Result<Path<(u64, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((sequence, part)) = path?;
    let bytes = door.service.feed_part(sequence, &part).await?;
    let mime = match part.as_str() {
        "csv" => "text/csv; charset=utf-8",
        "json" | "control.json" => JSON,
        _ => "application/octet-stream",
    };
    let (response, sent) = tagged(&headers, mime, bytes);
    if sent {
        door.service.feed_was_read(&client, &format!("file {sequence} {part}")).await?;
    }
    Ok(response)
}

/// `GET /feed/continuation/key`: the public key of the signatures. It is no secret, but whoever relies on it should have it from us
/// by another way too.
pub async fn key(
    State(door): State<Arc<Door>>,
    Machine(_): Machine,
    headers: HeaderMap,
) -> Response {
    let pem = door.service.continuation_public_key().into_bytes();
    tagged(&headers, "application/x-pem-file", pem).0
}
