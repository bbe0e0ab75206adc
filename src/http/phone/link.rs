//! The link: its page, and what it leads to.

use crate::{
    http::{
        Door, assets,
        auth::{LinkToken, is_token},
        problem::Problem,
    },
    service::views::LinkView,
};
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use std::sync::Arc;

/// `GET /p/{token}`: the same page for every token; the API tells whether it is known.
pub async fn page(
    State(door): State<Arc<Door>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !is_token(&token) {
        return Err(Problem::not_found("page"));
    }
    assets::page(&door, "phone/index.html", &headers)
}

/// `GET /api/phone/link`.
pub async fn view(
    State(door): State<Arc<Door>>,
    LinkToken(token): LinkToken,
) -> Result<Json<LinkView>, Problem> {
    Ok(Json(door.service.link_view(&token).await?))
}
