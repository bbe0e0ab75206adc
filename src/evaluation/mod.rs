//! Evaluation: from scores with a known truth to error rates with their uncertainty, and to a calibration.
//!
//! Purpose: to say what was measured, on how many, and how sure that is; and, where the sample is too small, to say that.
//! In: scores of comparisons, presentations and calls whose truth is known. Out: reports (data and a self-contained page), and
//! a [`Calibration`](crate::domain::calibration::Calibration).
//! May use: `domain`, `serde`, `rand_core`, `rand_chacha`. Pure: the same scores give the same report, to the last digit;
//! all randomness (the bootstrap) comes from a fixed seed.

// Rates and counts: every count is far below 2^52.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod attack;
mod bootstrap;
mod calibrate;
mod calls;
mod group;
mod html;
mod jackknife;
mod levels;
mod picture;
mod rate;
mod verification;
#[cfg(test)]
mod worlds;

pub use attack::{AttackReport, ByScore, CueRow, Presentation, attack_report};
pub use bootstrap::{Interval, Resampling};
pub use calibrate::{About, CalibrateError, Proven, Sample, calibrate, prove};
pub use calls::{CallItem, CallsReport, calls_report};
pub use group::{Finding, Group, Grouping, grouping_of};
pub use html::{attack_page, calls_page, verification_page};
pub use rate::{CONFIDENCE, Rate, upper_bound};
pub use verification::{
    Acquisition, Comparison, Frame, OperatingPoint, Scores, Times, VerificationReport,
    verification_report,
};
