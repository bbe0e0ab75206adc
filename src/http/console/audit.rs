//! The audit, its check, and a case for a court.

use super::access::{Route, post};
use crate::{
    domain::{ids::CaseId, role::Act as A},
    http::{Door, auth::SignedIn, problem::Problem},
    service::{
        ExportedCase,
        views::{AuditForm, AuditPage, ChainView},
    },
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::header,
    response::IntoResponse,
};
use std::sync::Arc;

/// The part of the table.
pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/console/audit", A::SeeAudit, page),
        post("/api/console/audit/chain", A::SeeAudit, chain),
        post("/api/console/cases/{id}/export/json", A::ExportCase, json),
        post("/api/console/cases/{id}/export/pdf", A::ExportCase, pdf),
    ]
}

/// `POST /api/console/audit`.
async fn page(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    form: Result<Json<AuditForm>, JsonRejection>,
) -> Result<Json<AuditPage>, Problem> {
    let Json(form) = form?;
    Ok(Json(door.service.audit(officer.officer.id, form).await?))
}

/// `POST /api/console/audit/chain`.
async fn chain(State(door): State<Arc<Door>>) -> Result<Json<ChainView>, Problem> {
    Ok(Json(door.service.audit_chain().await?))
}

/// `POST /api/console/cases/{id}/export/json`.
async fn json(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    Ok(file(door.service.export_json(officer.officer.id, id).await?, "application/json", "json"))
}

/// `POST /api/console/cases/{id}/export/pdf`.
async fn pdf(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Result<Path<CaseId>, PathRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    Ok(file(door.service.export_pdf(officer.officer.id, id).await?, "application/pdf", "pdf"))
}

fn file(exported: ExportedCase, kind: &'static str, ending: &str) -> impl IntoResponse {
    let place = format!("attachment; filename=\"{}.{ending}\"", exported.name);
    (
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, place)],
        exported.bytes,
    )
}
