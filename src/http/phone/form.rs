//! `GET /p/form`: the paper form, printable, without personal data.

use crate::http::{Door, assets, problem::Problem};
use axum::{extract::State, http::HeaderMap, response::Response};
use std::sync::Arc;

/// The form.
pub async fn page(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "phone/form.html", &headers)
}
