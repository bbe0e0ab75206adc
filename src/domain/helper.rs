//! Whoever holds the phone for the beneficiary: normal, never suspicious in itself, and never speaking for the beneficiary.

use serde::{Deserialize, Serialize};

/// What a helper says to be to the beneficiary. A closed list; no name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Helper {
    /// Child, spouse, other family.
    Family,
    /// Neighbour or friend.
    Neighbour,
    /// Village cadre, community or care worker.
    CommunityWorker,
    /// Clerk of a township station.
    StationClerk,
    /// Somebody else, e.g. a courier.
    Other,
}
