//! Passkeys: signing in with one, showing anew who one is, and a further one.

use super::sign_in::signed_in;
use crate::{
    http::{
        Door, OverTls,
        auth::{From, Host, SignedIn},
        problem::Problem,
    },
    service::views::{PasskeyMade, PasskeyOptions, PasskeySigned, RegistrationOptions},
};
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
    response::Response,
};
use std::sync::Arc;

/// `POST /api/console/sign-in/passkey/options`.
pub async fn options(
    State(door): State<Arc<Door>>,
    Host(host): Host,
) -> Result<Json<PasskeyOptions>, Problem> {
    Ok(Json(door.service.passkey_options(&host)?))
}

/// `POST /api/console/sign-in/passkey`.
pub async fn sign_in(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    Host(host): Host,
    From(source): From,
    signed: Result<Json<PasskeySigned>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(signed) = signed?;
    let session = door.service.passkey_sign_in(&host, &signed, &source).await?;
    Ok(signed_in(&door, tls, session))
}

/// `POST /api/console/prove/passkey/options`.
pub async fn proof_options(
    State(door): State<Arc<Door>>,
    Host(host): Host,
    officer: SignedIn,
) -> Result<Json<PasskeyOptions>, Problem> {
    Ok(Json(door.service.proof_options(&host, officer.officer.id).await?))
}

/// `POST /api/console/prove/passkey`.
pub async fn prove(
    State(door): State<Arc<Door>>,
    Host(host): Host,
    officer: SignedIn,
    signed: Result<Json<PasskeySigned>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(signed) = signed?;
    let who = (officer.officer.id, officer.session_token.as_str());
    door.service.prove_by_passkey(&host, who, &signed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/console/passkeys/options`. A stranger at an open desk must not leave a key of theirs behind.
pub async fn another_options(
    State(door): State<Arc<Door>>,
    Host(host): Host,
    officer: SignedIn,
) -> Result<Json<RegistrationOptions>, Problem> {
    door.service.wants_proof(officer.officer.proved_at)?;
    Ok(Json(door.service.another_options(&host, officer.officer.id).await?))
}

/// `POST /api/console/passkeys`.
pub async fn add(
    State(door): State<Arc<Door>>,
    Host(host): Host,
    officer: SignedIn,
    made: Result<Json<PasskeyMade>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(made) = made?;
    door.service.wants_proof(officer.officer.proved_at)?;
    door.service.add_passkey(&host, officer.officer.id, &made).await?;
    Ok(StatusCode::CREATED)
}
