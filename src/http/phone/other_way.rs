//! `POST /api/phone/other-way`.

use crate::{
    http::{Door, auth::LinkToken, problem::Problem},
    service::views::{CitizenCase, OtherWayForm},
};
use axum::{Json, extract::State, extract::rejection::JsonRejection, http::StatusCode};
use std::sync::Arc;

/// A person, an appointment, the paper form or a visit instead of a call.
pub async fn choose(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
    form: Result<Json<OtherWayForm>, JsonRejection>,
) -> Result<(StatusCode, Json<CitizenCase>), Problem> {
    let Json(form) = form?;
    Ok((StatusCode::CREATED, Json(door.service.other_way(&token, form).await?)))
}
