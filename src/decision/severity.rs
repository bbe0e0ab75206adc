//! Which reason an officer should read first.

use crate::domain::verdict::Reason;

/// From the most serious to the least: a person in need; doubt that a living person was there; doubt that it was the right
/// one; what records say; who else was there; and last what is nobody's fault.
const ORDER: [Reason; 30] = [
    Reason::Distress,
    Reason::InjectedStream,
    Reason::RepeatedFrames,
    Reason::LightMismatch,
    Reason::TimingMismatch,
    Reason::FlatSurface,
    Reason::FarBelow,
    Reason::SecondFace,
    Reason::PromptedByOther,
    Reason::DeathSignal,
    Reason::DuplicateFace,
    Reason::DataConflict,
    Reason::DeviceManyBeneficiaries,
    Reason::HelperUnknown,
    Reason::BelowAccept,
    Reason::LivenessInconclusive,
    Reason::ReferenceMissing,
    Reason::ReferencePoor,
    Reason::Covered,
    Reason::TooDark,
    Reason::Blurred,
    Reason::TooFar,
    Reason::AskedForPerson,
    Reason::NetworkLost,
    Reason::BrowserUnsupported,
    Reason::CameraDenied,
    Reason::OurFault,
    Reason::TrialModels,
    Reason::AccuracyUnproven,
    Reason::RandomSample,
];

/// Sorts reasons, each once.
pub fn most_serious_first(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.sort_by_key(|r| ORDER.iter().position(|o| o == r).unwrap_or(ORDER.len()));
    reasons.dedup();
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_place_once() {
        let mut order = ORDER.to_vec();
        order.sort();
        order.dedup();
        assert_eq!(order.len(), ORDER.len());
        // `AccuracyUnproven` is the last of the list in `domain`: a new one breaks this.
        assert_eq!(Reason::AccuracyUnproven as usize + 1, ORDER.len());
    }

    #[test]
    fn sorted_and_each_once() {
        let mixed = vec![Reason::TrialModels, Reason::FarBelow, Reason::Distress, Reason::FarBelow];
        let sorted = [Reason::Distress, Reason::FarBelow, Reason::TrialModels];
        assert_eq!(most_serious_first(mixed), sorted);
    }
}
