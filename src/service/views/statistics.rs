//! The JSON contract of statistics. An absent number is hidden: it would tell of fewer than ten people.

use crate::domain::{
    confirmation::Channel,
    queue::Lane,
    statistics::{Step, Table},
};
use chrono::NaiveDate;
use serde::Serialize;

/// `GET /api/console/statistics?quarter=…`.
#[derive(Clone, Debug, Serialize)]
pub struct StatisticsView {
    /// `YEAR-QUARTER`.
    pub quarter: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// It has not ended yet.
    pub running: bool,
    /// First-time pass rate, attempts, median time by age band, device, channel, township.
    pub tables: Vec<Table>,
    /// How far people came.
    pub steps: Vec<StepCount>,
    /// People confirmed, by channel.
    pub channels: Vec<ChannelCount>,
    /// Promises kept and broken.
    pub deadlines: DeadlineView,
    /// What waits now, by lane and age.
    pub lanes: Vec<LaneAge>,
    /// What officers did.
    pub officers: Vec<OfficerLoad>,
}

/// People at a step.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StepCount {
    /// Step.
    pub step: Step,
    /// People.
    pub people: Option<u64>,
}

/// People confirmed by a channel.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ChannelCount {
    /// Channel.
    pub channel: Channel,
    /// People.
    pub people: Option<u64>,
}

/// Promised answers.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DeadlineView {
    /// Cases decided.
    pub decided: u64,
    /// Of them after the promised day.
    pub late: u64,
    /// Cases that wait now.
    pub waiting: u64,
    /// Of them after the promised day.
    pub overdue: u64,
}

/// What waits in a lane: less than a day, than three days, than ten days, longer.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LaneAge {
    /// Lane.
    pub lane: Lane,
    /// By age.
    pub by_age: [u64; 4],
}

/// What an officer did.
#[derive(Clone, Debug, Serialize)]
pub struct OfficerLoad {
    /// Name.
    pub officer: String,
    /// Cases taken.
    pub taken: u64,
    /// Decisions.
    pub decided: u64,
}
