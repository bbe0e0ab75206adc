//! `GET /api/phone/certificate`.

use crate::{
    http::{
        Door, OverTls,
        auth::{LinkToken, host},
        problem::Problem,
        qr::qr_svg,
    },
    service::views::CertificateView,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, Uri},
};
use std::sync::Arc;

/// The receipt of the link's confirmation, to be shown to others.
pub async fn view(
    State(door): State<Arc<Door>>,
    Extension(tls): Extension<OverTls>,
    LinkToken(token): LinkToken,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<CertificateView>, Problem> {
    let (certificate, says) = door.service.certificate(&token).await?;
    let url = format!("{}/v/{certificate}", base(&door, tls, &uri, &headers));
    let qr_svg = qr_svg(&url).ok_or_else(Problem::internal)?;
    Ok(Json(CertificateView {
        receipt_number: says.receipt_number,
        due_on: says.due_on,
        url,
        qr_svg,
    }))
}

/// Where others find this service: the settings' address, or else (for a trial) the one that this phone used.
fn base(door: &Door, OverTls(tls): OverTls, uri: &Uri, headers: &HeaderMap) -> String {
    let public_url = door.settings.server.public_url.trim_end_matches('/');
    match host(uri, headers) {
        Some(host) if public_url.is_empty() => {
            format!("{}://{host}", if tls { "https" } else { "http" })
        }
        _ => public_url.to_owned(),
    }
}
