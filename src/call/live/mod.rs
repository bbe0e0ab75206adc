//! Live calls: a person and an officer talk, and the analysis looks on.
//!
//! In: a [`LiveBrief`] and the messages of both sides. Out: standing, script and what is seen to the officer; captions and prompts to
//! the phone; a [`LiveRecord`] for the service. One task a call; [`Switchboard`] holds them and the waiting room.

mod beside;
mod record;
mod said;
mod script;
mod seat;
mod switchboard;
mod talk;

pub use record::{LiveRecord, Snapshot};
pub use script::LiveBrief;
pub use switchboard::{LiveAttachment, Switchboard};
