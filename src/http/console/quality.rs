//! Quality control and the policy in force.

use super::access::{Route, get, post};
use crate::{
    domain::{ids::PolicyChangeId, role::Act as A},
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::{PolicyChangeForm, PolicyDecisionForm, PolicyView, QualityView, SeedForm},
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::StatusCode,
};
use std::sync::Arc;

/// The part of the table.
pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/console/quality", A::SeeQuality, quality),
        post("/api/console/quality/seeds", A::SeedCase, seed),
        get("/api/console/policy", A::SeeQuality, policy),
        post("/api/console/policy/changes", A::ProposePolicy, propose),
        post("/api/console/policy/changes/{id}/decision", A::ApprovePolicy, decide),
    ]
}

/// `GET /api/console/quality`.
async fn quality(State(door): State<Arc<Door>>) -> Result<Json<QualityView>, Problem> {
    Ok(Json(door.service.quality().await?))
}

/// `POST /api/console/quality/seeds`.
async fn seed(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<SeedForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(form) = form?;
    door.service.seed_case(officer.officer.id, form.truth).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/console/policy`.
async fn policy(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
) -> Result<Json<PolicyView>, Problem> {
    Ok(Json(door.service.policy_view(officer.officer.id).await?))
}

/// `POST /api/console/policy/changes`.
async fn propose(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<PolicyChangeForm>, JsonRejection>,
) -> Result<(StatusCode, Json<PolicyChangeId>), Problem> {
    let Json(form) = form?;
    let id = door.service.propose_policy(officer.officer.id, form).await?;
    Ok((StatusCode::CREATED, Json(id)))
}

/// `POST /api/console/policy/changes/{id}/decision`.
async fn decide(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<PolicyChangeId>, PathRejection>,
    form: Result<Json<PolicyDecisionForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    door.service.decide_policy(officer.officer.id, id, form.approve).await?;
    Ok(StatusCode::NO_CONTENT)
}
