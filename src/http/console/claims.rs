//! The next case on one key, and what can be done with a claim; news of the queue.

use crate::{
    domain::ids::CaseId,
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{ClaimView, PutOffForm},
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// A line without news keeps proxies from closing the connection.
const QUIET: Duration = Duration::from_secs(20);
/// News that come close together are told together.
const GATHERED: Duration = Duration::from_millis(250);

/// From which lane; none: from all that the roles hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    #[serde(default)]
    lane: Option<String>,
}

/// `POST /api/console/next`: 200 with the claim, 204 when nothing waits.
pub async fn next(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    wish: Result<Json<Wish>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(wish) = wish?;
    let claim = door.service.next(officer.officer.id, wish.lane.as_deref()).await?;
    Ok(claim.map_or(StatusCode::NO_CONTENT.into_response(), |claim| Json(claim).into_response()))
}

/// `POST /api/console/cases/{id}/claim`.
pub async fn claim(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<Json<ClaimView>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.claim(officer.officer.id, id).await?))
}

/// Until when a claim holds.
#[derive(Serialize)]
pub struct Kept {
    until: DateTime<Utc>,
}

/// `POST /api/console/cases/{id}/claim/keep`.
pub async fn keep(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<Json<Kept>, Problem> {
    let Path(id) = id?;
    Ok(Json(Kept { until: door.service.keep_claim(officer.officer.id, id).await? }))
}

/// `POST /api/console/cases/{id}/claim/return`.
pub async fn give_back(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(id) = id?;
    door.service.give_back(officer.officer.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/console/cases/{id}/put-off`.
pub async fn put_off(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
    form: Result<Json<PutOffForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    door.service.put_off(officer.officer.id, id, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/console/news`: one event `queue` at each change. It says that something changed, not what: the desk asks anew.
pub async fn news(
    State(door): State<Arc<Door>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = Arc::clone(&door.desks).try_acquire_owned();
    let place = place.map_err(|_| Problem::busy("busy", 20))?;
    let heard = door.service.news().listen();
    let told = stream::unfold((heard, place), |(mut heard, place)| async move {
        heard.changed().await.ok()?;
        tokio::time::sleep(GATHERED).await;
        heard.mark_unchanged();
        Some((Ok(Event::default().event("queue").data("")), (heard, place)))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(QUIET)))
}
