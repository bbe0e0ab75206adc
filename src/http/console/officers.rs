//! Who works here: list, invite, roles, sessions.

use crate::{
    domain::{ids::OfficerId, role::Role},
    http::{Door, auth::SignedIn, problem::Problem},
    service::{
        Invited,
        views::{Colleague, InvitationLink, OfficerRowView, SessionView},
    },
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::StatusCode,
};
use serde::Deserialize;
use std::sync::Arc;

/// `GET /api/console/officers`.
pub async fn list(State(door): State<Arc<Door>>) -> Result<Json<Vec<OfficerRowView>>, Problem> {
    Ok(Json(door.service.officers().await?))
}

/// `GET /api/console/colleagues`: to whom a case can be handed.
pub async fn colleagues(State(door): State<Arc<Door>>) -> Result<Json<Vec<Colleague>>, Problem> {
    Ok(Json(door.service.colleagues().await?))
}

/// Somebody new.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOfficer {
    name: String,
    roles: Vec<Role>,
}

/// `POST /api/console/officers`.
pub async fn add(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<NewOfficer>, JsonRejection>,
) -> Result<(StatusCode, Json<InvitationLink>), Problem> {
    let Json(form) = form?;
    let whom = Invited::New { name: &form.name, roles: &form.roles };
    let link = door.service.invite_as(officer.officer.id, whom).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// `POST /api/console/officers/{id}/invitation`.
pub async fn invite(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<OfficerId>, PathRejection>,
) -> Result<(StatusCode, Json<InvitationLink>), Problem> {
    let Path(id) = id?;
    let link = door.service.invite_as(officer.officer.id, Invited::Known(id)).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// Roles to hold from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    roles: Vec<Role>,
}

/// `POST /api/console/officers/{id}/roles`.
pub async fn roles(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<OfficerId>, PathRejection>,
    form: Result<Json<Roles>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    door.service.set_roles(Some(officer.officer.id), id, &form.roles).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/console/officers/{id}/sessions`.
pub async fn sessions(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<OfficerId>, PathRejection>,
) -> Result<Json<Vec<SessionView>>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.sessions(officer.officer.id, id, &officer.session_token).await?))
}

/// Which session to end; none: all but the one that asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    #[serde(default)]
    session: Option<String>,
}

/// `POST /api/console/officers/{id}/sessions/end`.
pub async fn end_sessions(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<OfficerId>, PathRejection>,
    form: Result<Json<Ended>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    let by = officer.officer.id;
    door.service.revoke(by, id, form.session.as_deref(), &officer.session_token).await?;
    Ok(StatusCode::NO_CONTENT)
}
