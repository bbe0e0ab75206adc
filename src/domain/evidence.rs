//! Evidence: what one call showed, complete enough that `decide` needs nothing else.

use super::{
    attack::Signs,
    finding::{CallMs, FaceFindings, HeadPose, PackStamp, QualityIssue},
    ids::{BeneficiaryId, CallId, ReferenceId},
    score::{BonaFideScore, Embedding, QualityScore},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// So many of the best probes are averaged: more would let worse pictures in.
const PROBES_FUSED: usize = 5;

/// How the pictures travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A WebRTC video track.
    Webrtc,
    /// JPEG still frames over the WebSocket.
    Stills,
}

/// A frame chosen for comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Frame.
    pub seq: u64,
    /// When.
    pub at_ms: CallMs,
    /// Quality.
    pub quality: QualityScore,
    /// Pose.
    pub pose: Option<HeadPose>,
    /// Embedding.
    pub embedding: Embedding,
}

/// A reference to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceTemplate {
    /// Which photograph.
    pub id: ReferenceId,
    /// When it was taken, when known.
    pub taken_on: Option<NaiveDate>,
    /// Embedding by the embedder of the pack in use.
    pub embedding: Embedding,
}

/// What the screen light showed. The numbers stand under their own key, because serde cannot write an absent measure
/// beside an internal tag.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "light", content = "measure", rename_all = "snake_case")]
pub enum LightOutcome {
    /// The drawn colours were seen on the face at the right time, more than on the background.
    Seen(LightMeasure),
    /// Not enough light on the face to tell (daylight, small screen), or too few frames.
    Inconclusive(Option<LightMeasure>),
    /// The face changed colour clearly, but in another order than drawn: a recording of another call.
    Mismatch(LightMeasure),
    /// The right colours came too late: the pictures took a way round.
    Late(LightMeasure),
    /// Everything in the picture answered alike, as a flat surface does.
    Flat(LightMeasure),
}

/// The numbers behind a [`LightOutcome`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LightMeasure {
    /// Correlation of the face's colour changes with the drawn ones at the best lag, -1 to 1.
    pub correlation: f32,
    /// Lag between the phone's acknowledgement and the face's response, ms.
    pub lag_ms: i32,
    /// Share of orderings of the same colours that would agree as well, 0 to 1: the chance that an unrelated recording passes.
    pub chance: f32,
    /// Size of the response on the face, in per cent change of colour.
    pub face_response: f32,
    /// Size of the response on the background; absent when there was too little background.
    pub background_response: Option<f32>,
    /// Frames used.
    pub frames: u32,
}

/// What the guided turn showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum TurnOutcome {
    /// Not asked for.
    NotAsked,
    /// The person chose not to, or time passed without movement. Not held against anybody.
    Skipped,
    /// The head turned to the asked side inside the window.
    Seen {
        /// Prompt to first movement, ms.
        after_ms: u32,
    },
    /// The head turned clearly to the other side.
    WrongSide,
    /// It moved sooner than a person can answer (before [`crate::domain::policy::Policy`]'s shortest response).
    TooSoon,
}

/// Was it one face throughout?
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Continuity {
    /// Lowest comparison score between any two probes; absent with fewer than two.
    pub least_self_comparison: Option<f32>,
    /// Times the face was lost and found again.
    pub losses: u32,
    /// Times the face jumped further than a head moves between two frames.
    pub jumps: u32,
    /// Frames with more than one face, share of all analysed, 0 to 1.
    pub second_face_share: f32,
    /// A run of moving pictures came twice (a loop), length in ms; 0 when not.
    pub repeated_ms: u32,
    /// Longest time in which the picture did not change at all, ms.
    pub frozen_ms: u32,
}

/// Why the capture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureEnd {
    /// All that was asked for was seen.
    Complete,
    /// No usable face within the time.
    NoUsableFace,
    /// The budget of the call was spent.
    BudgetSpent,
    /// The line was lost and did not come back.
    LineLost,
    /// The person ended it.
    Left,
    /// The analysis could not run (no model, or a fault of ours).
    OurFault,
}

/// What the liveness session concludes with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LivenessEvidence {
    /// Why the capture ended.
    pub end: CaptureEnd,
    /// Frames analysed.
    pub frames: u32,
    /// Frames with a usable face.
    pub usable_frames: u32,
    /// First to last frame, ms.
    pub duration_ms: u64,
    /// Probes, best first.
    pub probes: Vec<Probe>,
    /// Bona fide scores in order of time.
    pub bona_fide: Vec<BonaFideScore>,
    /// Screen light.
    pub light: LightOutcome,
    /// Guided turn.
    pub turn: TurnOutcome,
    /// Continuity.
    pub continuity: Continuity,
    /// What most often stood in the way, most frequent first.
    pub issues: Vec<QualityIssue>,
    /// A short log for the officer's timeline.
    pub marks: Vec<Mark>,
    /// Signs of an attack besides those above; absent in records from before they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs: Option<Signs>,
}

impl LivenessEvidence {
    /// The normalised mean of the best probes' embeddings: what is compared. `None` without probes, or with probes of different
    /// embedders.
    pub fn fused_probe(&self) -> Option<Embedding> {
        let mut probes: Vec<&Probe> = self.probes.iter().collect();
        probes.sort_by_key(|p| std::cmp::Reverse(p.quality));
        Embedding::mean(probes.into_iter().take(PROBES_FUSED).map(|p| &p.embedding))
    }

    /// What a single picture shows: no life. `embedding` makes its face a probe.
    pub fn of_still(face: Option<&FaceFindings>, embedding: Option<Embedding>) -> Self {
        let probe = face.zip(embedding).map(|(face, embedding)| Probe {
            seq: 0,
            at_ms: 0,
            quality: face.quality.score,
            pose: face.pose,
            embedding,
        });
        let surface = face.and_then(|f| f.surface);
        Self {
            end: CaptureEnd::Complete,
            frames: 1,
            usable_frames: u32::from(probe.is_some()),
            duration_ms: 0,
            probes: probe.into_iter().collect(),
            bona_fide: face.and_then(|f| f.bona_fide).into_iter().collect(),
            light: LightOutcome::Inconclusive(None),
            turn: TurnOutcome::NotAsked,
            continuity: Continuity {
                least_self_comparison: None,
                losses: 0,
                jumps: 0,
                second_face_share: 0.0,
                repeated_ms: 0,
                frozen_ms: 0,
            },
            issues: face.map(|f| f.quality.issues.clone()).unwrap_or_default(),
            marks: Vec::new(),
            signs: surface.map(|s| Signs {
                border: Some(s.border),
                moire: s.moire,
                ..Signs::default()
            }),
        }
    }
}

/// A mark on the officer's timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at_ms: CallMs,
    /// What.
    pub kind: MarkKind,
}

/// Kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// A face was found (again).
    FaceFound,
    /// The face was lost.
    FaceLost,
    /// A second face appeared.
    SecondFace,
    /// A light step was shown.
    LightShown,
    /// The light was judged as seen.
    LightSeen,
    /// A turn was asked for.
    TurnAsked,
    /// A turn was seen.
    TurnSeen,
    /// The line was lost.
    LineLost,
    /// The line came back.
    LineBack,
    /// A probe was taken.
    Probe,
    /// A presentation-attack net doubted a frame.
    Doubt,
    /// The helper's phone changed to its rear camera.
    RearCamera,
    /// It changed back to the front camera.
    FrontCamera,
}

/// Everything the decision sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The call.
    pub call_id: CallId,
    /// Whose claim.
    pub beneficiary_id: BeneficiaryId,
    /// When the call opened.
    pub opened_at: DateTime<Utc>,
    /// How the pictures came.
    pub transport: Transport,
    /// Somebody else holds the phone.
    pub assisted: bool,
    /// References compared with; empty when none is enrolled.
    pub references: Vec<ReferenceTemplate>,
    /// What liveness concluded.
    pub liveness: LivenessEvidence,
    /// Models; absent when none could run.
    pub pack: Option<PackStamp>,
    /// Which capture attempt of this link it was, from 1.
    pub attempt: u32,
    /// Facts known before the call that send it to an officer whatever the machine sees (death signal, random sample, …).
    pub standing: Vec<super::verdict::Reason>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_outcome_without_a_measure_survives_json() {
        let measure = LightMeasure {
            correlation: 0.5,
            lag_ms: 120,
            chance: 0.25,
            face_response: 2.0,
            background_response: None,
            frames: 30,
        };
        for outcome in [
            LightOutcome::Inconclusive(None),
            LightOutcome::Inconclusive(Some(measure)),
            LightOutcome::Seen(measure),
        ] {
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<LightOutcome>(&json).unwrap(), outcome, "{json}");
        }
    }
}
