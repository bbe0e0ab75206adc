//! Appointments by link.

use crate::{
    http::{Door, auth::LinkToken, problem::Problem},
    service::views::{AppointmentView, AppointmentsView, BookingForm},
};
use axum::{Json, extract::State, extract::rejection::JsonRejection, http::StatusCode};
use std::sync::Arc;

/// `GET /api/phone/appointments`.
pub async fn view(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
) -> Result<Json<AppointmentsView>, Problem> {
    Ok(Json(door.service.phone_appointments(&token).await?))
}

/// `POST /api/phone/appointments`.
pub async fn book(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
    form: Result<Json<BookingForm>, JsonRejection>,
) -> Result<(StatusCode, Json<AppointmentView>), Problem> {
    let Json(form) = form?;
    Ok((StatusCode::CREATED, Json(door.service.phone_book(&token, form).await?)))
}

/// `POST /api/phone/appointments/cancel`.
pub async fn cancel(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
) -> Result<Json<AppointmentsView>, Problem> {
    Ok(Json(door.service.phone_cancel(&token).await?))
}
