//! Investigations: somebody looked into what became of a person, and wrote it down.

use super::ids::{BeneficiaryId, InvestigationId, OfficerId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What an investigation found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvestigationFinding {
    /// The person lives.
    Alive,
    /// The person has died; a document shows it.
    Deceased,
    /// Nobody could find the person, nor anybody who knows of them.
    NotFound,
}

/// How an investigation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvestigationEnd {
    /// When.
    pub closed_at: DateTime<Utc>,
    /// By whom.
    pub closed_by: OfficerId,
    /// What was found.
    pub finding: InvestigationFinding,
    /// How it was found: whom was asked, where somebody went. May be personal data.
    pub report: String,
}

/// An investigation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Investigation {
    /// Id.
    pub id: InvestigationId,
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// By whom.
    pub opened_by: OfficerId,
    /// Its end; none while it runs.
    pub end: Option<InvestigationEnd>,
}
