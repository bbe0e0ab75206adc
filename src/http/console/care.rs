//! The special-care register (台账).

use crate::{
    domain::ids::{SpecialCareId, VisitId},
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{CareForm, CareView},
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::{StatusCode, header},
    response::IntoResponse,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A new entry.
#[derive(Serialize)]
pub struct NewEntry {
    entry_id: SpecialCareId,
}

/// It was looked at again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewForm {
    version: i64,
    /// When again; none: it has ended.
    review_on: Option<NaiveDate>,
}

/// Until when due.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithinForm {
    days: u32,
}

/// `GET /api/console/special-care`.
pub async fn list(
    State(door): State<Arc<Door>>,
    _: SignedIn,
) -> Result<Json<Vec<CareView>>, Problem> {
    Ok(Json(door.service.special_care().await?))
}

/// `GET /api/console/special-care.csv`.
pub async fn csv(State(door): State<Arc<Door>>, _: SignedIn) -> Result<impl IntoResponse, Problem> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"special-care.csv\""),
    ];
    Ok((headers, door.service.special_care_csv().await?))
}

/// `POST /api/console/special-care/enter`.
pub async fn enter(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<CareForm>, JsonRejection>,
) -> Result<(StatusCode, Json<NewEntry>), Problem> {
    let Json(form) = form?;
    let entry_id = door.service.enter_special_care(officer.officer.id, form).await?;
    Ok((StatusCode::CREATED, Json(NewEntry { entry_id })))
}

/// `POST /api/console/special-care/{id}/review`.
pub async fn review(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<SpecialCareId>, PathRejection>,
    form: Result<Json<ReviewForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    let entry = (id, form.version);
    door.service.review_special_care(officer.officer.id, entry, form.review_on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/console/special-care/visits`: asks for a visit for everybody who is due within so many days.
pub async fn visits(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<WithinForm>, JsonRejection>,
) -> Result<Json<Vec<VisitId>>, Problem> {
    let Json(form) = form?;
    Ok(Json(door.service.visits_from_register(officer.officer.id, form.days).await?))
}
