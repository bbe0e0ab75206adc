//! `POST /api/demo/enrol`: a made-up beneficiary with the newcomer's face, and links to it for phones in the network.

use crate::{
    http::{Door, Upload, problem::Problem, qr::qr_svg},
    service::views::{DemoEnrolled, PhoneLink},
};
use axum::{Json, extract::State, http::StatusCode};
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
