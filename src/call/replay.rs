//! Recomputing a stored verdict: liveness and decision once more, from the sealed record.

use crate::{
    decision,
    domain::{call::CallRecord, evidence::Evidence, policy::Policy, verdict::Decision},
    liveness,
};

/// Why a record cannot be recomputed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The recorded events do not lead to an end.
    #[error("the recorded events do not conclude: the record is incomplete")]
    Unfinished,
    /// Liveness now concludes differently from what was recorded, or what stands against the call is not what its brief says.
    #[error("the recorded events now lead to other evidence than was recorded")]
    OtherEvidence,
}

/// Decides on evidence with a policy, as a call does at its end: for evidence of a recorded call beside other references.
pub fn decide(evidence: &Evidence, policy: &Policy) -> Decision {
    decision::decide(evidence, policy)
}

/// Runs liveness over the recorded events and decides again.
///
/// # Errors
/// When the events do not conclude, or conclude with other evidence than was recorded.
pub fn replay(record: &CallRecord) -> Result<Decision, ReplayError> {
    let brief = &record.brief;
    let liveness = liveness::replay(brief.seed, &brief.policy, &record.events)
        .ok_or(ReplayError::Unfinished)?;
    if liveness != record.evidence.liveness {
        return Err(ReplayError::OtherEvidence);
    }
    // What the brief holds against the call stands, whatever else the record says; the call itself may have added to it.
    let standing = record.evidence.standing.clone();
    if !standing.starts_with(&brief.standing) {
        return Err(ReplayError::OtherEvidence);
    }
    let evidence = brief.evidence(record.transport, record.pack.clone(), liveness, standing);
    Ok(decision::decide(&evidence, &brief.policy))
}
