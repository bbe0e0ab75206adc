//! Liveness: from findings to prompts and evidence.
//!
//! Purpose: to find out, kindly, whether a living person sits before the phone now: several seconds of looking at it while
//! its screen shows soft colours drawn at random; a guided turn only when that light told too little. `docs/liveness.md`
//! explains the stages and the mathematics.
//! In: [`TimedEvent`]s and the [`Policy`]. Out: [`Output`]s, the last of which is the [`LivenessEvidence`]; and what analysis
//! should compute next ([`Session::wants`]).
//! May use: `domain`, `rand_core`, `rand_chacha`. Sans-I/O: no await, no log, no clock; all randomness comes from the seed.

mod continuity;
mod gathered;
mod gesture;
mod hints;
mod light;
mod plan;
mod probes;
mod repeat;
mod session;
mod signs;
mod stage;

pub use plan::{FADE_MS, LEAD_IN_MS, PALETTE, PAPER};
pub use session::{SLOW_FRAMES_MS, Session};
pub use stage::{ALWAYS, Cause, StageName, TRANSITIONS, Transition};

use crate::domain::{
    challenge::{Hint, Prompt, TimedEvent},
    evidence::LivenessEvidence,
    policy::Policy,
};

/// What a session wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this instruction to the phone.
    Prompt(Prompt),
    /// Send this hint to the phone.
    Hint(Hint),
    /// The ring round the oval, 0 to 1; never falls.
    Progress(f32),
    /// The last output of a session.
    Concluded(Box<LivenessEvidence>),
}

/// Runs a recorded call again. `None` when the events do not reach a conclusion.
pub fn replay(seed: [u8; 32], policy: &Policy, events: &[TimedEvent]) -> Option<LivenessEvidence> {
    let mut session = Session::new(seed, policy);
    for event in events {
        session.handle(event);
        while let Some(output) = session.poll() {
            if let Output::Concluded(evidence) = output {
                return Some(*evidence);
            }
        }
    }
    None
}
