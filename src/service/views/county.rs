//! The county's figures, lists of people, and batches.

use crate::{
    domain::{
        batch::{BatchKind, BatchState},
        beneficiary::BenefitStatus,
        confirmation::Channel,
        due::Phase,
        ids::{BatchId, BeneficiaryId},
    },
    service::{RosterOutcome, due::DueCounts},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Figures of a day: `GET /api/console/county`. A working list of the bureau: every count is shown. What is published comes from
/// `county.csv`.
#[derive(Clone, Debug, Serialize)]
pub struct CountyFigures {
    /// The day.
    pub on: NaiveDate,
    /// When they were counted; they are counted at most once a minute.
    pub counted_at: DateTime<Utc>,
    /// Benefits by status.
    pub people: BTreeMap<String, u64>,
    /// How many stand on each due list.
    pub due: DueCounts,
    /// What waits at the desks.
    pub desks: DeskCounts,
    /// Due in each month, the two before this one and the twelve after it.
    pub months: Vec<MonthFigure>,
    /// Seen alive in each of the last twelve months, by channel.
    pub channels: Vec<ChannelMonth>,
    /// Townships with the most overdue people.
    pub townships: Vec<TownshipFigure>,
    /// Townships that are not among them.
    pub townships_more: u64,
    /// Overdue people there.
    pub overdue_more: u64,
    /// The way to a confirmation.
    pub funnel: Funnel,
}

/// What waits at the desks besides cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeskCounts {
    /// Proposals that wait for a second person.
    pub proposals: u64,
    /// Visits that are not closed.
    pub visits: u64,
    /// Forms that are not closed.
    pub forms: u64,
    /// Entries of the special-care register to be looked at again.
    pub care: u64,
    /// Appointments of today.
    pub appointments: u64,
}

/// A month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthFigure {
    /// `2026-11`.
    pub month: String,
    /// People.
    pub people: u64,
}

/// People seen alive in a month by one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelMonth {
    /// `2026-11`.
    pub month: String,
    /// Channel.
    pub channel: Channel,
    /// People.
    pub people: u64,
}

/// Overdue people of a township.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TownshipFigure {
    /// Township; empty where the address names none.
    pub township: String,
    /// Overdue.
    pub overdue: u64,
    /// Of them: past the grace.
    pub past_grace: u64,
    /// By month of the due date, the last six with this one, then everything before as `earlier`.
    pub months: Vec<MonthFigure>,
}

/// The way to a confirmation of everybody whose turn it is (notices have begun, not confirmed) or was confirmed within so many days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// Days of confirmations that are counted.
    pub days: u32,
    /// Everybody.
    pub due: u64,
    /// Told by message, letter or call.
    pub told: u64,
    /// Opened their link.
    pub opened: u64,
    /// Made a video call.
    pub called: u64,
    /// Confirmed, by whatever way.
    pub confirmed: u64,
    /// Not confirmed; an officer has a case about them.
    pub with_officer: u64,
    /// Not confirmed; all notices are out, nobody answered, no link was opened.
    pub unreached: u64,
}

/// A list of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleLane {
    /// Notices are sent.
    Due,
    /// Overdue, in the grace.
    InGrace,
    /// Overdue, the grace has passed.
    PastGrace,
    /// A person calls.
    ToCall,
    /// Due in a month.
    Month,
    /// All who are overdue.
    Overdue,
    /// The benefit is suspended.
    Suspended,
    /// The benefit has ended.
    Ended,
}

/// Somebody on a list.
#[derive(Clone, Debug, Serialize)]
pub struct FoundPerson {
    /// Id.
    pub id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Last four characters of the id number.
    pub id_number_tail: String,
    /// Born.
    pub birth_on: NaiveDate,
    /// Telephone.
    pub phone: Option<String>,
    /// Residence.
    pub residence: Option<String>,
    /// Benefit status.
    pub status: BenefitStatus,
    /// Due.
    pub due_on: NaiveDate,
    /// Where the period stands; none when it is not counted yet.
    pub phase: Option<Phase>,
    /// Last confirmed.
    pub last_confirmed_on: Option<NaiveDate>,
}

/// A part of a list.
#[derive(Clone, Debug, Serialize)]
pub struct PeoplePage {
    /// Who.
    pub people: Vec<FoundPerson>,
    /// Names the next part; none: this is the last.
    pub next: Option<String>,
}

/// `POST /api/console/people/find`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindForm {
    /// Beginning of a name, whole id number, or the end of id number or telephone.
    pub text: String,
}

/// A batch: `GET /api/console/batches`.
#[derive(Clone, Debug, Serialize)]
pub struct BatchView {
    /// Id.
    pub id: BatchId,
    /// What it does.
    pub kind: BatchKind,
    /// Where it stands.
    pub state: BatchState,
    /// Name of its file.
    pub file_name: Option<String>,
    /// Length of its file.
    pub file_bytes: u64,
    /// Parts that the file comes in.
    pub parts: u64,
    /// Parts that have come.
    pub received: u64,
    /// Longest part, bytes; all but the last one have this length.
    pub part_bytes: u64,
    /// Made.
    pub made_at: DateTime<Utc>,
    /// By whom.
    pub made_by: String,
    /// Who ran it last.
    pub run_by: Option<String>,
    /// When the last run ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What a run is doing now.
    pub step: Option<String>,
    /// How much of it is done.
    pub done: u64,
    /// How much in all; 0: not known.
    pub total: u64,
    /// What the last run found and did: counts and faults, free of personal data.
    pub report: Option<serde_json::Value>,
    /// Lines of the last run, for whoever may run it, on the machine that ran it and for an hour: personal data.
    pub lines: Vec<BatchLine>,
    /// More lines than are shown.
    pub lines_more: u64,
}

/// A line of a batch's file, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BatchLine {
    /// Line; 0 for the file as a whole and for people who are not in it.
    pub line: u64,
    /// What becomes of it.
    pub outcome: RosterOutcome,
    /// Column of a fault, or the fields that change.
    pub column: String,
    /// What is wrong.
    pub what: String,
    /// How to put it right.
    pub fix: String,
    /// Name, or what stands in the line.
    pub who: String,
    /// Somebody may compare it with the papers and name it as settled.
    pub can_settle: bool,
}

/// `POST /api/console/batches`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchForm {
    /// What it does.
    pub kind: BatchKind,
    /// Name of the file, for kinds that want one.
    #[serde(default)]
    pub file_name: Option<String>,
    /// Its length.
    #[serde(default)]
    pub file_bytes: u64,
}

/// `POST /api/console/batches/{id}/run`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchRunForm {
    /// Try it, write nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Roster: mark people who are not in the file.
    #[serde(default)]
    pub mark_gone: bool,
    /// Roster: lines that somebody has compared with the papers.
    #[serde(default)]
    pub settled: Vec<u64>,
}
