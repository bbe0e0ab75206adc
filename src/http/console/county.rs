//! The county's figures.

use crate::{
    http::{Door, auth::SignedIn, problem::Problem},
    service::views::CountyFigures,
};
use axum::{Json, extract::State, http::header, response::IntoResponse};
use std::sync::Arc;

/// `GET /api/console/county`: a working list; every count is shown.
pub async fn figures(
    State(door): State<Arc<Door>>,
    _: SignedIn,
) -> Result<Json<CountyFigures>, Problem> {
    Ok(Json(door.service.county_figures().await?.as_ref().clone()))
}

/// `GET /api/console/county.csv`: what may be published; cells with fewer than ten people are hidden.
pub async fn csv(State(door): State<Arc<Door>>, _: SignedIn) -> Result<impl IntoResponse, Problem> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"county.csv\""),
    ];
    Ok((headers, door.service.county_csv().await?))
}
