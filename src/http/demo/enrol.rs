//! `POST /api/demo/enrol`: a made-up beneficiary with the newcomer's face, and links to it for phones in the network.

use crate::{
    http::{Door, Upload, problem::Problem},
    service::views::{DemoEnrolled, PhoneLink},
};
use axum::{Json, extract::State, http::StatusCode};
use qrcode::{QrCode, render::svg};
use std::sync::Arc;

/// Enrols the photograph.
pub async fn enrol(
    State(door): State<Arc<Door>>,
    Upload { bytes, .. }: Upload,
) -> Result<(StatusCode, Json<DemoEnrolled>), Problem> {
    let (name, link) = door.service.demo_enrol(bytes).await?;
    let token = link.url.rsplit('/').next().unwrap_or_default();
    let phone_links = door
        .phone_bases
        .iter()
        .map(|base| format!("{base}/p/{token}"))
        .filter_map(|url| Some(PhoneLink { qr_svg: qr_svg(&url)?, url }))
        .collect();
    Ok((StatusCode::CREATED, Json(DemoEnrolled { name, link, phone_links })))
}

/// The address as a QR code of at least 240 px; `None` when it is too long for one.
fn qr_svg(url: &str) -> Option<String> {
    let code = QrCode::new(url).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}
