//! Appointments for officers.

use crate::{
    domain::{appointment::HoursException, audit::Actor, ids::AppointmentId},
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{
        AppointmentCloseForm, AppointmentView, DayAppointment, DayHours, HoursForm, SlotView,
        StaffBookingForm,
    },
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
};
use chrono::NaiveDate;
use serde::Deserialize;
use std::sync::Arc;

/// Which day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnQuery {
    on: NaiveDate,
}

/// Which days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaysQuery {
    from: NaiveDate,
    until: NaiveDate,
}

/// `GET /api/console/appointments?on=…`.
pub async fn list(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    query: Result<Query<OnQuery>, QueryRejection>,
) -> Result<Json<Vec<DayAppointment>>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.appointments_on(query.on).await?))
}

/// `GET /api/console/appointment-slots?from=…&until=…`.
pub async fn slots(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    query: Result<Query<DaysQuery>, QueryRejection>,
) -> Result<Json<Vec<SlotView>>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.free_slots(query.from, query.until).await?))
}

/// `POST /api/console/appointments/book`.
pub async fn book(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<StaffBookingForm>, JsonRejection>,
) -> Result<(StatusCode, Json<AppointmentView>), Problem> {
    let Json(form) = form?;
    let of = (form.beneficiary_id, form.way, form.starts_at);
    let made = door.service.book_for(officer.officer.id, of.0, of.1, of.2).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// `POST /api/console/appointments/{id}/close`.
pub async fn close(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<AppointmentId>, PathRejection>,
    form: Result<Json<AppointmentCloseForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    door.service.close_appointment(officer.officer.id, id, form.state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/console/appointment-hours?on=…`.
pub async fn hours_on(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    query: Result<Query<OnQuery>, QueryRejection>,
) -> Result<Json<DayHours>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.hours_on(query.on).await?))
}

/// `POST /api/console/appointment-hours/drop`: the weekly pattern holds again.
pub async fn drop_hours(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<OnQuery>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(form) = form?;
    door.service.drop_hours(Actor::Officer { id: officer.officer.id }, form.on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/console/appointment-hours`; who is booked outside them.
pub async fn hours(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<HoursForm>, JsonRejection>,
) -> Result<Json<Vec<DayAppointment>>, Problem> {
    let Json(form) = form?;
    let exception = HoursException { day_on: form.day_on, spans: form.spans, reason: form.reason };
    let by = Actor::Officer { id: officer.officer.id };
    Ok(Json(door.service.set_hours(by, exception).await?))
}
