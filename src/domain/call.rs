//! One call: what it is opened with and what it concludes with.

use super::{
    challenge::TimedEvent,
    evidence::{Evidence, LivenessEvidence, ReferenceTemplate, Transport},
    finding::{CallMs, PackStamp},
    helper::Helper,
    ids::{BeneficiaryId, CallId},
    policy::Policy,
    score::QualityScore,
    verdict::{Decision, Reason},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything a call needs to know; read once, before it begins. The middle of the river never reads the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallBrief {
    /// The call.
    pub call_id: CallId,
    /// Whose claim.
    pub beneficiary_id: BeneficiaryId,
    /// When it opened.
    pub opened_at: DateTime<Utc>,
    /// References to compare with.
    pub references: Vec<ReferenceTemplate>,
    /// Policy in force.
    pub policy: Policy,
    /// Randomness of this call, drawn by the service; everything shown to the phone follows from it.
    pub seed: [u8; 32],
    /// Somebody else holds the phone.
    pub assisted: bool,
    /// What the helper says to be to the person; absent without one.
    #[serde(default)]
    pub helper: Option<Helper>,
    /// Which attempt on this link, from 1.
    pub attempt: u32,
    /// Retries that came before on this link.
    pub retries_before: u32,
    /// Facts that send the call to an officer whatever is seen.
    pub standing: Vec<Reason>,
}

impl CallBrief {
    /// The evidence of this call: what the brief holds and what became of it. `standing` is the brief's own and whatever the call
    /// added. The one place where evidence is made, for the call itself and for `jianmian replay`.
    pub fn evidence(
        &self,
        transport: Transport,
        pack: Option<PackStamp>,
        liveness: LivenessEvidence,
        standing: Vec<Reason>,
    ) -> Evidence {
        Evidence {
            call_id: self.call_id,
            beneficiary_id: self.beneficiary_id,
            opened_at: self.opened_at,
            transport,
            assisted: self.assisted,
            references: self.references.clone(),
            liveness,
            pack,
            attempt: self.attempt,
            standing,
        }
    }
}

/// Where a call stands in the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Going on (or cut off by a crash, until the next start of its node).
    Open,
    /// Concluded: confirmed.
    Confirmed,
    /// Concluded: with an officer.
    Flagged,
    /// Concluded: try again.
    Retry,
    /// Cut off by us or by the network: counts for nothing.
    Interrupted,
}

/// A still kept as evidence.
#[derive(Clone, PartialEq)]
pub struct CapturedStill {
    /// Frame.
    pub seq: u64,
    /// When.
    pub at_ms: CallMs,
    /// One of the probes (large), or a frame of the filmstrip (small).
    pub probe: bool,
    /// JPEG.
    pub jpeg: Vec<u8>,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// Eyes in px of this still, image-left first.
    pub eyes: Option<[[f32; 2]; 2]>,
    /// Quality of the face.
    pub quality: Option<QualityScore>,
}

impl std::fmt::Debug for CapturedStill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CapturedStill({}, {} bytes)", self.seq, self.jpeg.len())
    }
}

/// What is sealed for `jianmian replay`: enough to run liveness and decision again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Brief.
    pub brief: CallBrief,
    /// Pack that analysed.
    pub pack: Option<PackStamp>,
    /// Transport at the end.
    pub transport: Transport,
    /// Everything liveness was told, in order.
    pub events: Vec<TimedEvent>,
    /// What it concluded with.
    pub evidence: Evidence,
    /// What was decided.
    pub decision: Decision,
}

/// The end of a call, handed to the service.
#[derive(Clone, Debug)]
pub struct CallConclusion {
    /// Record.
    pub record: CallRecord,
    /// Stills, in order of time.
    pub stills: Vec<CapturedStill>,
}
