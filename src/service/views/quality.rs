//! The JSON contract of quality control.

use crate::domain::{
    policy::Policy,
    quality::{AgeBand, PolicyChange, SamplingRule, Terms, Truth},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Errors among trials, with the exact 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasuredRate {
    /// Errors.
    pub errors: u64,
    /// Trials.
    pub trials: u64,
    /// Errors over trials, 0 to 1; none when there are too few.
    pub rate: Option<f64>,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Too few trials to say anything.
    pub too_small: bool,
}

/// Samples of one age band.
#[derive(Clone, Debug, Serialize)]
pub struct SampleBand {
    /// Age.
    pub age_band: AgeBand,
    /// Automatic passes.
    pub passes: u64,
    /// Of them drawn.
    pub drawn: u64,
    /// Of those that were decided: decided otherwise than the machine did.
    pub overturned: MeasuredRate,
}

/// Checks of one officer.
#[derive(Clone, Debug, Serialize)]
pub struct OfficerChecks {
    /// Name.
    pub officer: String,
    /// Confirmed somebody else, or a deception.
    pub confirmed_wrongly: MeasuredRate,
    /// Did not confirm the right person.
    pub sent_away_wrongly: MeasuredRate,
}

/// `GET /api/console/quality`.
#[derive(Clone, Debug, Serialize)]
pub struct QualityView {
    /// Measured since.
    pub from: DateTime<Utc>,
    /// Draws since then.
    pub draws: u64,
    /// Draws that come out otherwise when they are made again: somebody changed them.
    pub draws_that_differ: u64,
    /// Samples by age band.
    pub samples: Vec<SampleBand>,
    /// Officers with answered checks.
    pub officers: Vec<OfficerChecks>,
    /// Checks that wait in the queue.
    pub seeds_waiting: u64,
    /// Trials from which a rate is told.
    pub trials_min: u64,
}

/// `POST /api/console/quality/seeds`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedForm {
    /// What shall be true; any without.
    #[serde(default)]
    pub truth: Option<Truth>,
}

/// Told after the decision about a check.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CheckView {
    /// What was true.
    pub truth: Truth,
    /// The decision was right.
    pub right: bool,
}

/// `GET /api/console/policy`.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyView {
    /// Today in the county.
    pub today: NaiveDate,
    /// Version of the sampling rule in force; 0: the settings.
    pub sampling_version: u32,
    /// Sampling rule in force.
    pub sampling: SamplingRule,
    /// Decision policy in force.
    pub decision: Policy,
    /// Changes, newest first.
    pub changes: Vec<PolicyChangeView>,
}

/// A change for the page.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyChangeView {
    /// The change.
    #[serde(flatten)]
    pub change: PolicyChange,
    /// Proposer's name.
    pub proposer: String,
    /// Approver's name.
    pub approver: Option<String>,
    /// Proposed by the officer who looks.
    pub own: bool,
}

/// `POST /api/console/policy/changes`.
#[derive(Clone, Debug, Deserialize)]
pub struct PolicyChangeForm {
    /// What shall hold.
    #[serde(flatten)]
    pub terms: Terms,
    /// From which day on.
    pub effective_from: NaiveDate,
    /// Why.
    pub reason: String,
}

/// `POST /api/console/policy/changes/{id}/decision`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDecisionForm {
    /// Agreed to, or not.
    pub approve: bool,
}
