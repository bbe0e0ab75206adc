//! Live calls between a person and an officer.

use super::Fault;
use crate::domain::live_call::LiveLimits;
use serde::{Deserialize, Serialize};

/// Live calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveCalls {
    /// Officers who ring or talk at the same time.
    pub calls_max: usize,
    /// People in the waiting room.
    pub waiting_max: usize,
    /// How long an officer may ring, minutes.
    pub ringing_minutes: u64,
    /// How long somebody may wait, minutes.
    pub waiting_minutes: u64,
    /// How long a broken line is waited for, s.
    pub broken_seconds: u64,
    /// Longest talk, minutes.
    pub talk_minutes: u64,
}

/// Who has left the waiting room, or the ringing telephone, for so long has gone, ms.
const ALONE_MS: u64 = 60_000;

impl LiveCalls {
    /// As the state machine counts.
    pub fn limits(&self) -> LiveLimits {
        LiveLimits {
            alone_ms: ALONE_MS,
            broken_ms: self.broken_seconds * 1_000,
            ringing_ms: self.ringing_minutes * 60_000,
            waiting_ms: self.waiting_minutes * 60_000,
            talk_ms: self.talk_minutes * 60_000,
        }
    }

    /// What is wrong.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let bounds = [
            ("calls_max", self.calls_max as u64, 1..=512),
            ("waiting_max", self.waiting_max as u64, 1..=512),
            ("ringing_minutes", self.ringing_minutes, 1..=120),
            ("waiting_minutes", self.waiting_minutes, 5..=480),
            ("broken_seconds", self.broken_seconds, 30..=1_800),
            ("talk_minutes", self.talk_minutes, 5..=240),
        ];
        let outside = bounds.into_iter().filter(|(_, value, within)| !within.contains(value));
        outside
            .map(|(key, _, within)| Fault {
                key: format!("live_calls.{key}"),
                message: format!("must be {} to {}", within.start(), within.end()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn the_defaults_are_sound_and_faults_are_named() {
        let mut live = Settings::defaults().live_calls;
        assert!(live.faults().is_empty());
        live.waiting_max = 0;
        live.talk_minutes = 1;
        let keys: Vec<String> = live.faults().into_iter().map(|f| f.key).collect();
        assert_eq!(keys, ["live_calls.waiting_max", "live_calls.talk_minutes"]);
    }
}
