//! Batches that somebody runs from the console: an uploaded file, or work over everybody. One of a kind runs at a time, and each may be
//! run again after it was cut off: what was done stays done and is not done twice.

use super::{
    ids::{BatchId, OfficerId},
    role::Act,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a batch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchKind {
    /// Takes a roster file, all of it or nothing.
    Roster,
    /// Enrols photographs of a zip, each by itself.
    Photos,
    /// Counts the dates of everybody who is not counted yet.
    Due,
    /// Plans the notices of today and carries what waits.
    Notices,
    /// Writes what the paying side is to be told.
    Export,
    /// Takes what the paying side answers.
    Answers,
}

impl BatchKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Roster, Self::Photos, Self::Due, Self::Notices, Self::Export, Self::Answers];

    /// What whoever runs it must be allowed to do.
    pub const fn act(self) -> Act {
        match self {
            Self::Roster | Self::Photos | Self::Due | Self::Notices => Act::KeepRoster,
            Self::Export | Self::Answers => Act::TakeContinuationFile,
        }
    }

    /// Whether it works on an uploaded file.
    pub const fn wants_file(self) -> bool {
        matches!(self, Self::Roster | Self::Photos | Self::Answers)
    }

    /// Whether it can be tried without writing anything.
    pub const fn can_dry_run(self) -> bool {
        matches!(self, Self::Roster | Self::Photos | Self::Notices)
    }
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Its file is on the way.
    Receiving,
    /// It can be run.
    Ready,
    /// It runs.
    Running,
    /// It was tried without writing anything; it can be run.
    Checked,
    /// It was cut off: the machine stopped. It can be run again.
    Interrupted,
    /// It could not be done, as its report says. It can be run again.
    Failed,
    /// It is done; its file is gone.
    Done,
    /// Somebody put it away; its file is gone.
    Dropped,
}

impl BatchState {
    /// Whether it can be run now.
    pub const fn can_run(self) -> bool {
        matches!(self, Self::Ready | Self::Checked | Self::Interrupted | Self::Failed)
    }

    /// Nothing can be done with it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dropped)
    }
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Id.
    pub id: BatchId,
    /// What it does.
    pub kind: BatchKind,
    /// Where it stands.
    pub state: BatchState,
    /// Name of the file as it was on the officer's machine.
    pub file_name: Option<String>,
    /// Length of the file.
    pub file_bytes: u64,
    /// Parts that it comes in.
    pub parts: u64,
    /// Parts that have come.
    pub received: u64,
    /// Made.
    pub made_at: DateTime<Utc>,
    /// By whom.
    pub made_by: OfficerId,
    /// Who ran it last.
    pub run_by: Option<OfficerId>,
    /// When the last run ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the last run found and did: counts and faults, no personal data.
    pub report: Option<serde_json::Value>,
    /// Counts changes.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_never_runs_and_what_runs_is_not_run_again() {
        use BatchState as S;
        for state in [S::Receiving, S::Running, S::Done, S::Dropped] {
            assert!(!state.can_run(), "{state:?}");
        }
        for state in [S::Ready, S::Checked, S::Interrupted, S::Failed] {
            assert!(state.can_run() && !state.is_over(), "{state:?}");
        }
    }

    #[test]
    fn each_kind_wants_an_act_that_no_citizen_facing_clerk_has() {
        use crate::domain::role::{Role, reach};
        for kind in BatchKind::ALL {
            let may = |role| reach(&[role], kind.act()).at_all();
            assert!(!may(Role::Officer) && !may(Role::StationClerk) && !may(Role::Auditor));
            assert!(may(Role::Supervisor) != may(Role::PaymentClerk), "{kind:?}");
        }
    }
}
