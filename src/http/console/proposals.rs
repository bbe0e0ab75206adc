//! Proposals to the paying side.

use crate::{
    domain::{
        ids::ProposalId,
        proposal::{Proposal, ProposalState},
    },
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::ProposalView,
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
};
use serde::Deserialize;
use std::sync::Arc;

/// In which state.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateQuery {
    state: ProposalState,
}

/// Yes or no.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecideForm {
    approve: bool,
}

/// `GET /api/console/proposals?state=proposed`.
pub async fn list(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    query: Result<Query<StateQuery>, QueryRejection>,
) -> Result<Json<Vec<ProposalView>>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.proposal_views(officer.officer.id, query.state).await?))
}

/// `POST /api/console/proposals/{id}/decide`: by somebody else than who proposed it, who shows anew who they are.
pub async fn decide(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<ProposalId>, PathRejection>,
    form: Result<Json<DecideForm>, JsonRejection>,
) -> Result<Json<Proposal>, Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    door.service.wants_proof(officer.officer.proved_at)?;
    Ok(Json(door.service.decide_proposal(officer.officer.id, id, form.approve).await?))
}
