//! Forms on paper.

use super::pictures::JPEG;
use crate::{
    domain::{
        confirmation::Channel,
        ids::{BeneficiaryId, PaperFormId},
    },
    http::{Door, Upload, auth::SignedIn, problem::Problem},
    service::views::{FormOwner, FormView, KeyingForm, KeyingView},
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
use serde::Deserialize;
use std::sync::Arc;

/// Whose form came how.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanQuery {
    beneficiary_id: BeneficiaryId,
    channel: Channel,
}

/// Which version was looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionForm {
    version: i64,
}

/// A short code, or what a QR code says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhoseForm {
    text: String,
}

/// `POST /api/console/forms/whose`.
pub async fn whose(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    form: Result<Json<WhoseForm>, JsonRejection>,
) -> Result<Json<FormOwner>, Problem> {
    let Json(form) = form?;
    Ok(Json(door.service.whose_form(&form.text).await?))
}

/// `GET /api/console/forms`.
pub async fn list(
    State(door): State<Arc<Door>>,
    _: SignedIn,
) -> Result<Json<Vec<FormView>>, Problem> {
    Ok(Json(door.service.open_forms().await?))
}

/// `POST /api/console/forms/receive?beneficiary_id=…&channel=…`, the picture as body.
pub async fn receive(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    query: Result<Query<ScanQuery>, QueryRejection>,
    scan: Upload,
) -> Result<(StatusCode, Json<FormView>), Problem> {
    let Query(query) = query?;
    let (of, channel) = (query.beneficiary_id, query.channel);
    let made = door.service.receive_form(officer.officer.id, of, channel, scan.bytes).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// `GET /api/console/forms/{id}/scan`.
pub async fn scan(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<PaperFormId>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    Ok((JPEG, door.service.form_scan(officer.officer.id, id).await?))
}

/// `POST /api/console/forms/{id}/key`.
pub async fn key(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<PaperFormId>, PathRejection>,
    form: Result<Json<KeyingForm>, JsonRejection>,
) -> Result<Json<KeyingView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.key_form(officer.officer.id, id, form).await?))
}

/// `POST /api/console/forms/{id}/refuse`: nobody can read it.
pub async fn refuse(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<PaperFormId>, PathRejection>,
    form: Result<Json<VersionForm>, JsonRejection>,
) -> Result<Json<KeyingView>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    Ok(Json(door.service.refuse_form(officer.officer.id, id, form.version).await?))
}
