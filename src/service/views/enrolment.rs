//! Reference photographs, and the demonstration that enrols them.

use super::NewLink;
use crate::domain::challenge::Hint;
use serde::Serialize;

/// Why a photograph was not enrolled.
#[derive(Clone, Debug, Serialize)]
pub struct EnrolmentRefused {
    /// `no_face`, `several_faces`, `too_small`, `too_dark`, `too_bright`, `blurred`, `turned`, `covered`, `unreadable`,
    /// `no_models`.
    pub code: String,
    /// Hints for taking a better one.
    pub hints: Vec<Hint>,
}

/// `POST /api/demo/enrol` → 201.
#[derive(Clone, Debug, Serialize)]
pub struct DemoEnrolled {
    /// Who was made up for the photograph.
    pub name: String,
    /// Link for this machine.
    pub link: NewLink,
    /// The same link on the machine's network addresses, for a phone: (address, QR code as SVG).
    pub phone_links: Vec<PhoneLink>,
}

/// A link for a phone in the same network.
#[derive(Clone, Debug, Serialize)]
pub struct PhoneLink {
    /// Address.
    pub url: String,
    /// QR code, SVG.
    pub qr_svg: String,
}
