//! Invitations. The token comes in the body: it stands behind `#` in the address and reaches no log.

use super::sign_in::signed_in;
use crate::{
    http::{
        Door, OverTls,
        auth::{From, Host, is_token},
        problem::Problem,
        qr::qr_svg,
    },
    service::{
        ServiceError,
        views::{InvitationView, PasskeyMade, PasswordChoice, RegistrationOptions},
    },
};
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    response::Response,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    token: String,
}

/// Which invitation, and what was chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted<T> {
    token: String,
    choice: T,
}

/// What the page shows, with the address for authenticator apps as a picture.
#[derive(Serialize)]
pub struct Shown {
    #[serde(flatten)]
    invitation: InvitationView,
    qr_svg: Option<String>,
}

fn checked(token: &str) -> Result<&str, Problem> {
    if is_token(token) { Ok(token) } else { Err(ServiceError::InvitationUnknown.into()) }
}

/// `POST /api/console/invitation`.
pub async fn view(
    State(door): State<Arc<Door>>,
    form: Result<Json<Token>, JsonRejection>,
) -> Result<Json<Shown>, Problem> {
    let Json(form) = form?;
    let invitation = door.service.invitation(checked(&form.token)?).await?;
    let qr_svg = qr_svg(&invitation.otpauth);
    Ok(Json(Shown { invitation, qr_svg }))
}

/// `POST /api/console/invitation/password`.
pub async fn password(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    From(source): From,
    form: Result<Json<Accepted<PasswordChoice>>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(form) = form?;
    let token = checked(&form.token)?;
    let session = door.service.accept_with_password(token, &form.choice, &source).await?;
    Ok(signed_in(&door, tls, session))
}

/// `POST /api/console/invitation/passkey/options`.
pub async fn passkey_options(
    State(door): State<Arc<Door>>,
    Host(host): Host,
    form: Result<Json<Token>, JsonRejection>,
) -> Result<Json<RegistrationOptions>, Problem> {
    let Json(form) = form?;
    Ok(Json(door.service.invitation_options(&host, checked(&form.token)?).await?))
}

/// `POST /api/console/invitation/passkey`.
pub async fn passkey(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    Host(host): Host,
    From(source): From,
    form: Result<Json<Accepted<PasskeyMade>>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(form) = form?;
    let token = checked(&form.token)?;
    let session = door.service.accept_with_passkey(&host, token, &form.choice, &source).await?;
    Ok(signed_in(&door, tls, session))
}
