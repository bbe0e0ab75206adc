//! Verdicts and reasons. There is no machine refusal: only an officer's disposition ends a case against a person.

use super::{attack::AttackScore, challenge::Hint, score::ComparisonScore};
use serde::{Deserialize, Serialize};

/// Why a call goes to an officer. A closed list with stable names; each has a text for the officer, one for the citizen
/// and a next step in `web/shared/locales`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Capture: too dark to judge.
    TooDark,
    /// Capture: blurred.
    Blurred,
    /// Capture: face covered.
    Covered,
    /// Capture: too far away.
    TooFar,
    /// Match: below the accepting score.
    BelowAccept,
    /// Match: far below it.
    FarBelow,
    /// Match: the reference photograph is poor.
    ReferencePoor,
    /// Match: there is no reference photograph.
    ReferenceMissing,
    /// Attack: looks like a flat surface (print or screen).
    FlatSurface,
    /// Attack: pictures repeat or stand still.
    RepeatedFrames,
    /// Attack: the stream does not come from a camera.
    InjectedStream,
    /// Attack: the screen's light was not answered as drawn.
    LightMismatch,
    /// Attack: answers came at an impossible time.
    TimingMismatch,
    /// Liveness could be neither shown nor refuted.
    LivenessInconclusive,
    /// People: a second face.
    SecondFace,
    /// People: prompted by somebody else.
    PromptedByOther,
    /// People: distress (officer only).
    Distress,
    /// Helper: one device, many beneficiaries.
    DeviceManyBeneficiaries,
    /// Helper: unknown helper.
    HelperUnknown,
    /// Data: a sign of death from elsewhere.
    DeathSignal,
    /// Data: records contradict each other.
    DataConflict,
    /// Data: the face is enrolled for another beneficiary.
    DuplicateFace,
    /// Network: the line was lost (never against the person).
    NetworkLost,
    /// Network: the browser cannot make calls.
    BrowserUnsupported,
    /// Network: the camera was denied.
    CameraDenied,
    /// Our own fault (never against the person).
    OurFault,
    /// Trial models never confirm automatically.
    TrialModels,
    /// Quality control drew this call at random.
    RandomSample,
    /// The person asked for another way.
    AskedForPerson,
    /// All is well, but no calibration proves that the pack's false-match rate is low enough to confirm without a person.
    AccuracyUnproven,
}

/// Groups of reasons; four eyes are needed for attack and data reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonGroup {
    /// Picture quality.
    Capture,
    /// Comparison.
    Match,
    /// Presentation or injection attack.
    Attack,
    /// Other people in the scene.
    People,
    /// Helper and device.
    Helper,
    /// Data.
    Data,
    /// Line and browser.
    Network,
    /// Ourselves.
    Ours,
    /// Quality control.
    Quality,
    /// The person's own choice.
    Choice,
}

impl Reason {
    /// The group of the reason.
    pub fn group(self) -> ReasonGroup {
        use Reason as R;
        match self {
            R::TooDark | R::Blurred | R::Covered | R::TooFar => ReasonGroup::Capture,
            R::BelowAccept | R::FarBelow | R::ReferencePoor | R::ReferenceMissing => {
                ReasonGroup::Match
            }
            R::FlatSurface
            | R::RepeatedFrames
            | R::InjectedStream
            | R::LightMismatch
            | R::TimingMismatch
            | R::LivenessInconclusive => ReasonGroup::Attack,
            R::SecondFace | R::PromptedByOther | R::Distress => ReasonGroup::People,
            R::DeviceManyBeneficiaries | R::HelperUnknown => ReasonGroup::Helper,
            R::DeathSignal | R::DataConflict | R::DuplicateFace => ReasonGroup::Data,
            R::NetworkLost | R::BrowserUnsupported | R::CameraDenied => ReasonGroup::Network,
            R::OurFault | R::TrialModels | R::AccuracyUnproven => ReasonGroup::Ours,
            R::RandomSample => ReasonGroup::Quality,
            R::AskedForPerson => ReasonGroup::Choice,
        }
    }

    /// Stable `snake_case` name, as in JSON and SQL.
    pub fn name(self) -> String {
        super::name::name_of(&self).unwrap_or_default()
    }
}

/// What the machine concludes. Note what is missing: it cannot reject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Alive and the same person: recorded for benefit continuation.
    Confirmed,
    /// An officer looks at it.
    Flagged {
        /// At least one, most serious first.
        reasons: Vec<Reason>,
    },
    /// The pictures were not good enough; try again with this advice.
    Retry {
        /// What to do better.
        advice: Vec<Hint>,
    },
}

/// A verdict with the number it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Fused comparison score, when there was something to compare.
    pub comparison: Option<ComparisonScore>,
    /// Version of the policy that decided.
    pub policy_version: String,
    /// What the score means by the calibration in use; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<ScoreMeaning>,
    /// How much speaks for an attack, and by which signs; absent in records from before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack: Option<AttackScore>,
}

/// What a comparison score means, for one sentence to an officer: "so many in 10,000 unrelated people reach this; 95 %: from to;
/// sample so many", or "sample too small".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "known", rename_all = "snake_case")]
pub enum ScoreMeaning {
    /// Measured.
    Known {
        /// Of 10,000 unrelated people so many reach it.
        of_ten_thousand: f64,
        /// 95 %: at least.
        low: f64,
        /// 95 %: at most.
        high: f64,
        /// Impostor comparisons behind it.
        sample: u64,
        /// Natural logarithm of the likelihood ratio.
        llr: f64,
        /// 95 %: at least.
        llr_low: f64,
        /// 95 %: at most.
        llr_high: f64,
        /// Version of the calibration.
        calibration_version: String,
    },
    /// Too few comparisons to say anything.
    SampleTooSmall {
        /// Impostor comparisons there are.
        sample: u64,
    },
}
