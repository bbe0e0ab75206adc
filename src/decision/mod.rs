//! Decision: from evidence to a verdict.
//!
//! Purpose: to apply the policy, and nothing else. There is no refusal in its vocabulary: what is not clearly good goes to
//! an officer, and what could not be judged is tried again.
//! In: [`Evidence`] and [`Policy`]. Out: a [`Decision`].
//! May use: `domain`. Pure: no await, no log, no clock, no randomness, so that any past verdict can be recomputed.

mod attack;
mod calibration;
mod comparison;
mod decide;
mod findings;
mod severity;

pub use attack::attack_score;
pub use calibration::{locked, locks, meaning};
pub use comparison::fused_comparison;
pub use decide::{decide, decide_unlocked};
pub use severity::most_serious_first;

#[cfg(doc)]
use crate::domain::{evidence::Evidence, policy::Policy, verdict::Decision};
