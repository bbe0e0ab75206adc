//! `POST /api/phone/consent`.

use crate::{
    http::{Door, auth::LinkToken, problem::Problem},
    service::views::ConsentForm,
};
use axum::{Json, extract::State, extract::rejection::JsonRejection, http::StatusCode};
use std::sync::Arc;

/// Records the consent to face processing.
pub async fn give(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
    form: Result<Json<ConsentForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(form) = form?;
    door.service.consent(&token, form).await?;
    Ok(StatusCode::NO_CONTENT)
}
