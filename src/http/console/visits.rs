//! Visits and stations.

use super::pictures::JPEG;
use crate::{
    domain::ids::{OfficerId, VisitId},
    http::{Door, auth::SignedIn, problem::Problem},
    service::{
        ServiceError,
        views::{
            AssignForm, NewLink, VisitCheckForm, VisitDone, VisitEvidence, VisitForm,
            VisitRecordForm, VisitView,
        },
    },
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
    response::IntoResponse,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Largest record with its picture as base64, bytes.
pub const RECORD_BYTES_MAX: usize = 12 << 20;

/// Which visits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    #[serde(default)]
    township: Option<String>,
    #[serde(default)]
    clerk: Option<OfficerId>,
    /// One's own.
    #[serde(default)]
    mine: bool,
}

/// A station's township.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationQuery {
    township: String,
}

/// A new visit.
#[derive(Serialize)]
pub struct NewVisit {
    visit_id: VisitId,
}

/// A record with its picture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordBody {
    record: VisitRecordForm,
    /// Picture file, base64.
    #[serde(default)]
    photo: Option<String>,
}

/// How a call on the clerk's device begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartForm {
    language: String,
    own_consent: bool,
}

/// `GET /api/console/visits`.
pub async fn list(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Vec<VisitView>>, Problem> {
    let Query(query) = query?;
    let clerk = if query.mine { Some(officer.officer.id) } else { query.clerk };
    Ok(Json(door.service.visits(query.township.as_deref(), clerk).await?))
}

/// `GET /api/console/station?township=…`.
pub async fn station(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    query: Result<Query<StationQuery>, QueryRejection>,
) -> Result<Json<Vec<VisitView>>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.station_list(&query.township).await?))
}

/// `POST /api/console/visits/ask`.
pub async fn ask(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<VisitForm>, JsonRejection>,
) -> Result<(StatusCode, Json<NewVisit>), Problem> {
    let Json(form) = form?;
    let visit_id = door.service.ask_visit(officer.officer.id, form).await?;
    Ok((StatusCode::CREATED, Json(NewVisit { visit_id })))
}

/// `POST /api/console/visits/{id}/assign`.
pub async fn assign(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
    form: Result<Json<AssignForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    door.service.assign_visit(officer.officer.id, id, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/console/visits/{id}/record`.
pub async fn record(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
    body: Result<Json<RecordBody>, JsonRejection>,
) -> Result<Json<VisitDone>, Problem> {
    let (Path(id), Json(body)) = (id?, body?);
    let photo = body.photo.map(|text| STANDARD.decode(text)).transpose().map_err(|_| {
        ServiceError::Unacceptable {
            code: "unreadable_picture",
            detail: "photo: not base64".into(),
        }
    })?;
    Ok(Json(door.service.record_visit(officer.officer.id, id, body.record, photo).await?))
}

/// `GET /api/console/visits/{id}/evidence`.
pub async fn evidence(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
) -> Result<Json<VisitEvidence>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.visit_evidence(officer.officer.id, id).await?))
}

/// `GET /api/console/visits/{id}/photo`.
pub async fn photo(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    Ok((JPEG, door.service.visit_photo(officer.officer.id, id).await?))
}

/// `POST /api/console/visits/{id}/check`.
pub async fn check(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
    form: Result<Json<VisitCheckForm>, JsonRejection>,
) -> Result<Json<VisitDone>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.check_visit(officer.officer.id, id, form).await?))
}

/// `POST /api/console/visits/{id}/call`: begins a call on this device.
pub async fn start_call(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
    form: Result<Json<StartForm>, JsonRejection>,
) -> Result<(StatusCode, Json<NewLink>), Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    let how = (form.language.as_str(), form.own_consent);
    let link = door.service.start_clerk_call(officer.officer.id, id, how).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// `POST /api/console/visits/{id}/call/end`: the next person, please.
pub async fn end_call(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<VisitId>, PathRejection>,
) -> Result<Json<VisitDone>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.end_clerk_call(officer.officer.id, id).await?))
}
