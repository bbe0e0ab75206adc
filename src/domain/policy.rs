//! The decision policy: versioned data, never constants in code. Defaults are the shipped `config/policy.toml`.

use super::attack::AttackPolicy;
use serde::{Deserialize, Serialize};

/// Every limit that a verdict depends on, besides the pack's own calibrated scores ([`super::finding::PackStamp`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version, written into every decision.
    pub version: String,
    /// Probes needed for an automatic confirmation.
    pub probes_min: u32,
    /// Usable frames below which a call is a retry.
    pub usable_frames_min: u32,
    /// Bona fide scores needed for an automatic confirmation.
    pub bona_fide_frames_min: u32,
    /// Share of bona fide scores that must reach the pack's `bona_fide_from`, 0 to 1.
    pub bona_fide_share_min: f32,
    /// Mean bona fide score under which the surface counts as flat, 0 to 1.
    pub flat_below: f32,
    /// Lowest comparison score between two probes of one call (same face throughout).
    pub self_comparison_min: f32,
    /// Share of frames with a second face that is tolerated, 0 to 1.
    pub second_face_share_max: f32,
    /// Longest repetition tolerated, ms.
    pub repeated_ms_max: u32,
    /// Longest frozen picture tolerated, ms.
    pub frozen_ms_max: u32,
    /// Face jumps tolerated.
    pub jumps_max: u32,
    /// Attempts that may end in a retry before a person is offered.
    pub retries_max: u32,
    /// Automatic confirmation is switched on at all.
    pub automatic_confirmation: bool,
    /// Confirms automatically although no calibration proves a false-match rate of at most 1 in 10,000 for the pack in use. For
    /// demonstrations and tests; every screen of officers says so. Policies recorded before this lock existed had none.
    #[serde(default = "before_the_lock")]
    pub danger_automatic_without_proof: bool,
    /// Years after which a reference photograph is old: a low score with it alone says little against anybody. 0 (records from before):
    /// age is not looked at.
    #[serde(default)]
    pub reference_old_years: u32,
    /// What signs of an attack mean.
    #[serde(default)]
    pub attack: AttackPolicy,
    /// Limits of the screen light.
    pub light: LightPolicy,
    /// Limits of the guided turn.
    pub turn: TurnPolicy,
}

impl Policy {
    /// What is wrong with it, by field.
    pub fn faults(&self) -> Vec<String> {
        let share = 0.0..=1.0;
        let all = [
            (!self.version.is_empty(), "version: must not be empty"),
            (self.probes_min >= 1, "probes_min: at least 1"),
            (self.usable_frames_min >= 1, "usable_frames_min: at least 1"),
            (self.bona_fide_frames_min >= 1, "bona_fide_frames_min: at least 1"),
            (share.contains(&self.bona_fide_share_min), "bona_fide_share_min: 0 to 1"),
            (share.contains(&self.flat_below), "flat_below: 0 to 1"),
            ((-1.0..=1.0).contains(&self.self_comparison_min), "self_comparison_min: -1 to 1"),
            (share.contains(&self.second_face_share_max), "second_face_share_max: 0 to 1"),
            (share.contains(&self.light.correlation_min), "light.correlation_min: 0 to 1"),
            (share.contains(&self.light.chance_max), "light.chance_max: 0 to 1"),
            (self.light.response_min >= 0.0, "light.response_min: not below 0"),
            (self.light.frames_min >= 1, "light.frames_min: at least 1"),
            (self.turn.yaw_min_deg > 0.0, "turn.yaw_min_deg: above 0"),
            (
                self.turn.response_min_ms < self.turn.response_max_ms,
                "turn.response_min_ms: below response_max_ms",
            ),
        ];
        all.into_iter().filter(|(good, _)| !good).map(|(_, fault)| fault.to_owned()).collect()
    }
}

fn before_the_lock() -> bool {
    true
}

/// Limits of the screen light.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LightPolicy {
    /// Correlation from which the light counts as seen.
    pub correlation_min: f32,
    /// Largest chance that an unrelated recording agrees as well.
    pub chance_max: f32,
    /// Least response on the face, per cent.
    pub response_min: f32,
    /// Face response over background response, at least.
    pub face_over_background_min: f32,
    /// Longest lag after the phone's acknowledgement, ms.
    pub lag_max_ms: i32,
    /// Frames needed.
    pub frames_min: u32,
    /// Largest colour change of the face that the drawn light leaves unexplained, per cent: movement makes so much, another
    /// light makes more.
    pub unexplained_max: f32,
    /// Correlation of another order of the same colours from which the face counts as answering another call.
    pub mismatch_correlation_min: f32,
    /// By so much the other order must agree better than the drawn one.
    pub mismatch_margin: f32,
}

/// Limits of the guided turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnPolicy {
    /// Turn from the call's own baseline that counts, degrees.
    pub yaw_min_deg: f32,
    /// Shortest human response, ms.
    pub response_min_ms: u32,
    /// Longest response, ms. No countdown is shown.
    pub response_max_ms: u32,
    /// Yaw swing before the prompt above which the head was moving anyway and the turn proves nothing, degrees.
    pub baseline_swing_max_deg: f32,
}
