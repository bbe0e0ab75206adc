//! Signals from outside. A signal opens a case and stops nothing.

use super::ids::{BeneficiaryId, CaseId, SignalId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What a signal tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// Somebody says that the person died: civil affairs, police, hospital, family.
    DeathSignal,
    /// Data about the person contradict each other.
    DataConflict,
}

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalState {
    /// Somebody looks into it.
    Open,
    /// It was wrong: the person is alive.
    Cleared,
    /// It was right.
    True,
}

/// A signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Id.
    pub id: SignalId,
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// What it tells.
    pub kind: SignalKind,
    /// Where it came from, as a short name: `civil_affairs`, `hospital`, `family`, …
    pub source: String,
    /// The day it tells of.
    pub event_on: Option<NaiveDate>,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// The case it opened.
    pub case_id: Option<CaseId>,
    /// What became of it.
    pub state: SignalState,
    /// When that was settled.
    pub settled_at: Option<DateTime<Utc>>,
}
