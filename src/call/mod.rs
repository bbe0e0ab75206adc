//! Conducts one call within a budget: the only room that knows the order of the river.
//!
//! In: a [`CallBrief`](crate::domain::call::CallBrief) and the messages of a phone. Out: prompts to the phone and one
//! [`CallConclusion`](crate::domain::call::CallConclusion). May use: capture, analysis, liveness, decision, domain, frame,
//! clock, config.

mod actor;
mod conductor;
mod ending;
mod examination;
mod eyes;
mod line;
mod live;
mod rehearsal;
mod replay;
mod shelf;

pub use conductor::{Attachment, CallEnd, Conductor, Full};
pub use examination::{Examination, ExamineError};
pub use live::{LiveAttachment, LiveBrief, LiveRecord, Snapshot, Switchboard};
pub use rehearsal::{RehearsedLight, rehearse};
pub use replay::{ReplayError, decide, replay};
