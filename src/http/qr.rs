//! Addresses as QR codes.

use qrcode::{EcLevel, QrCode, render::svg};

/// The address as a QR code (SVG, at least 240 px); `None` when it is too long for one. Level L: the code is shown on a clean screen,
/// and fewer modules are larger ones.
pub fn qr_svg(url: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(url, EcLevel::L).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}
