//! Figures of a quarter.

use super::access::{Route, get};
use crate::{
    domain::role::Act as A,
    http::{Door, problem::Problem},
    service::views::StatisticsView,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use serde::Deserialize;
use std::sync::Arc;

/// The part of the table.
pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/console/statistics", A::SeeStatistics, statistics),
        get("/api/console/statistics.csv", A::SeeStatistics, csv),
    ]
}

/// Which quarter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuarterQuery {
    #[serde(default)]
    quarter: Option<String>,
}

/// `GET /api/console/statistics?quarter=…`.
async fn statistics(
    State(door): State<Arc<Door>>,
    query: Result<Query<QuarterQuery>, QueryRejection>,
) -> Result<Json<StatisticsView>, Problem> {
    let Query(query) = query?;
    Ok(Json(door.service.statistics(query.quarter.as_deref()).await?))
}

/// `GET /api/console/statistics.csv?quarter=…`.
async fn csv(
    State(door): State<Arc<Door>>,
    query: Result<Query<QuarterQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Query(query) = query?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"statistics.csv\""),
    ];
    Ok((headers, door.service.statistics_csv(query.quarter.as_deref()).await?))
}
