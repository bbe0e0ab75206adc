//! Notices: planned by the schedule, carried, and what became of them. An outbox: each is written down before anything leaves the
//! house, carried under its id, and concluded by compare-and-set, so that a run that is killed anywhere is taken up by the next one.

mod answers;
mod call;
mod carry;
mod letters;
mod plan;
mod preview;
mod words;

pub use answers::DeliveryAnswer;
pub use preview::{NoticePreview, PreviewOf};

use super::{Service, ServiceError};
use crate::{
    clock::china_date,
    domain::notice::{NoticeChannel, NoticeStatus},
};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a run goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// For which day; today when absent.
    pub on: Option<NaiveDate>,
    /// Count, and write nothing.
    pub dry_run: bool,
    /// Wait so long for what another run holds or what is to be tried again, s.
    pub wait_seconds: u32,
}

/// Where a run stands: what is done, and how much of it.
pub type RunProgress<'a> = &'a (dyn Fn(RunStep, u64) + Sync);

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStep {
    /// Notices written down.
    Planned,
    /// Messages carried.
    Carried,
    /// Letters printed.
    Printed,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// The day.
    pub on: NaiveDate,
    /// Nothing was written.
    pub dry_run: bool,
    /// New notices by day of the schedule (0: a person calls) and channel.
    pub planned: BTreeMap<u32, BTreeMap<NoticeChannel, u64>>,
    /// Messages that carriers took.
    pub sent: u64,
    /// Letters printed.
    pub letters: u64,
    /// Files of letters.
    pub letter_files: Vec<String>,
    /// Messages and letters not wanted any more.
    pub withdrawn: u64,
    /// Messages and letters that another channel takes up.
    pub given_up: u64,
    /// To be tried again later.
    pub postponed: u64,
    /// Why carrying was stopped before its end: too many failures one after the other.
    pub stopped_by: Option<String>,
}

/// How many notices stand where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeCount {
    /// Channel.
    pub channel: NoticeChannel,
    /// Status.
    pub status: NoticeStatus,
    /// Notices.
    pub count: u64,
}

impl RunReport {
    /// Whether nothing is left for a later run.
    pub fn is_complete(&self) -> bool {
        self.postponed == 0 && self.stopped_by.is_none()
    }
}

impl Service {
    /// Plans the notices of a day and carries everything that waits. Running it again, at the same time or after a kill, says nothing
    /// twice and leaves nothing out.
    ///
    /// # Errors
    /// `on_future`; or when database, font or outbox fail.
    pub async fn run_notices(
        &self,
        options: RunOptions,
        progress: RunProgress<'_>,
    ) -> Result<RunReport, ServiceError> {
        let today = china_date(self.now());
        let on = options.on.unwrap_or(today);
        if on > today && !options.dry_run {
            return Err(ServiceError::unacceptable(
                "on_future",
                "on: a day to come can be counted only (--dry-run)",
            ));
        }
        let mut report = RunReport { on, dry_run: options.dry_run, ..RunReport::default() };
        self.plan_due_notices(on, options.dry_run, &mut report, progress).await?;
        if options.dry_run {
            return Ok(report);
        }
        self.carry_messages(options.wait_seconds, &mut report, progress).await?;
        self.print_letters(&mut report, progress).await?;
        Ok(report)
    }

    /// How many notices stand where.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_counts(&self) -> Result<Vec<NoticeCount>, ServiceError> {
        let counts = self.db.read().await?.notice_counts().await?;
        let count = |(channel, status, count)| NoticeCount { channel, status, count };
        Ok(counts.into_iter().map(count).collect())
    }
}
