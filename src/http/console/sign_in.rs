//! Signing in and out.

use crate::{
    http::{
        Door, OverTls,
        auth::{SignedIn, set_cookie},
        problem::Problem,
    },
    service::views::OfficerView,
};
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::Arc;

/// Name and password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    name: String,
    password: String,
}

/// `POST /api/console/sign-in`.
pub async fn sign_in(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    form: Result<Json<SignInForm>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(form) = form?;
    let (token, officer) = door.service.sign_in(&form.name, &form.password).await?;
    let cookie = set_cookie(&token, door.is_secure(tls));
    Ok((AppendHeaders(cookie.map(|c| (header::SET_COOKIE, c))), Json(officer)).into_response())
}

/// `POST /api/console/sign-out`.
pub async fn sign_out(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    officer: SignedIn,
) -> Result<Response, Problem> {
    door.service.sign_out(&officer.session_token).await?;
    let cookie = set_cookie("", door.is_secure(tls));
    let ended = AppendHeaders(cookie.map(|c| (header::SET_COOKIE, c)));
    Ok((StatusCode::NO_CONTENT, ended).into_response())
}

/// `GET /api/console/me`.
pub async fn me(officer: SignedIn) -> Json<OfficerView> {
    Json(officer.officer)
}
