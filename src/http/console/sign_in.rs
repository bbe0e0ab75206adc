//! Signing in and out.

use crate::{
    http::{
        Door, OverTls,
        auth::{From, SignedIn, browser_cookie, set_cookie},
        problem::Problem,
    },
    service::{
        NewSession,
        views::{OfficerView, PasswordForm},
    },
};
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use std::sync::Arc;

/// The answer to whoever has shown who they are.
pub(super) fn signed_in(door: &Door, tls: OverTls, session: NewSession) -> Response {
    let secure = door.is_secure(tls);
    let cookies = [
        set_cookie(&session.session_token, secure),
        browser_cookie(&session.browser_token, secure),
    ];
    let mut response = Json(session.officer).into_response();
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /api/console/sign-in`.
pub async fn sign_in(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    From(source): From,
    form: Result<Json<PasswordForm>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(form) = form?;
    let session = door.service.sign_in(&form, &source).await?;
    Ok(signed_in(&door, tls, session))
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
