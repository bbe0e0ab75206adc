//! Recomputing a stored verdict: liveness and decision once more, from the sealed record.

use crate::{
    decision,
    domain::{
        call::CallRecord,
        evidence::Evidence,
        verdict::{Decision, Reason},
    },
    liveness,
};

/// Why a record cannot be recomputed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The recorded events do not lead to an end.
    #[error("the recorded events do not conclude: the record is incomplete")]
    Unfinished,
    /// Liveness now concludes differently from what was recorded.
    #[error("the recorded events now lead to other liveness evidence than was recorded")]
    OtherEvidence,
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
    let asked_for_person = record.evidence.standing.contains(&Reason::AskedForPerson);
    let mut evidence = Evidence { liveness, ..evidence_frame(record) };
    if asked_for_person && !evidence.standing.contains(&Reason::AskedForPerson) {
        evidence.standing.push(Reason::AskedForPerson);
    }
    Ok(decision::decide(&evidence, &brief.policy))
}

/// The evidence as the brief makes it, so that a tampered `evidence` in the record cannot decide anything.
fn evidence_frame(record: &CallRecord) -> Evidence {
    let brief = &record.brief;
    Evidence {
        call_id: brief.call_id,
        beneficiary_id: brief.beneficiary_id,
        opened_at: brief.opened_at,
        transport: record.transport,
        assisted: brief.assisted,
        references: brief.references.clone(),
        liveness: record.evidence.liveness.clone(),
        pack: record.pack.clone(),
        attempt: brief.attempt,
        standing: brief.standing.clone(),
    }
}
