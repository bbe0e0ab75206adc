//! Confirmations: the one thing every channel ends in.

use super::ids::{BeneficiaryId, CallId, CaseId, ConfirmationId, OfficerId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The way a person was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A call confirmed by policy.
    VideoAuto,
    /// A live call with an officer.
    VideoOfficer,
    /// An officer confirmed a flagged call.
    Review,
    /// A posted form.
    Mail,
    /// A home visit.
    HomeVisit,
    /// A township station.
    Station,
    /// A consulate.
    Consulate,
    /// Imported evidence of life.
    DataMatch,
    /// History at start-up.
    Import,
}

/// A recorded confirmation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Id.
    pub id: ConfirmationId,
    /// Who was confirmed.
    pub beneficiary_id: BeneficiaryId,
    /// By which way.
    pub channel: Channel,
    /// When.
    pub confirmed_at: DateTime<Utc>,
    /// First day of the confirmation period.
    pub period_from: NaiveDate,
    /// Until when it holds: the next due date.
    pub due_on: NaiveDate,
    /// The call it rests on.
    pub call_id: Option<CallId>,
    /// The case it closed.
    pub case_id: Option<CaseId>,
    /// The officer who confirmed; none when policy did.
    pub officer_id: Option<OfficerId>,
    /// SHA-256 over the evidence, hex.
    pub evidence_sha256: Option<String>,
    /// Policy version that decided.
    pub policy_version: Option<String>,
    /// Receipt number told to the citizen.
    pub receipt_number: String,
}
