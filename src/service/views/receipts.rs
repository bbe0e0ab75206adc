//! Receipts, for the phone and for whoever is shown one.

use super::CountyView;
use chrono::NaiveDate;
use serde::Serialize;

/// `GET /api/phone/certificate`.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateView {
    /// Receipt number.
    pub receipt_number: String,
    /// Until when the confirmation holds.
    pub due_on: NaiveDate,
    /// Address of the page that says whether the certificate is genuine.
    pub url: String,
    /// The same as a QR code, SVG.
    pub qr_svg: String,
}

/// `GET /api/verify/{certificate}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateCheck {
    /// What it is worth.
    pub standing: CertificateStanding,
    /// This county.
    pub county: CountyView,
    /// What it says; only when this county issued it.
    pub certificate: Option<CertificateText>,
}

/// What a certificate is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStanding {
    /// Issued here, recorded, and its time is not over.
    Holds,
    /// Issued here and recorded; its time is over.
    Ended,
    /// Signed with our key, but the records do not know it.
    Unknown,
    /// Not signed with our key, or changed since.
    Altered,
    /// Not a certificate at all.
    Unreadable,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateText {
    /// Receipt number.
    pub receipt_number: String,
    /// Masked name ("王**").
    pub addressee: String,
    /// Day of the confirmation.
    pub confirmed_on: NaiveDate,
    /// Until when it holds.
    pub due_on: NaiveDate,
}

/// `GET /api/verify/key`.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateKey {
    /// Whose.
    pub county: CountyView,
    /// Ed25519 public key, 64 hexadecimal characters.
    pub public_key: String,
}
