//! Proposals to the paying side, as they are recorded. How one comes about is in [`super::stop`].

use super::{
    contact::ContactCount,
    ids::{BeneficiaryId, ConfirmationId, InvestigationId, OfficerId, ProposalId},
    month::Month,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// Stop paying until the person is confirmed.
    Suspend,
    /// Pay again, with arrears.
    Resume,
    /// Stop for good: the person has died.
    End,
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// A reviewer proposed it; it waits for a different approver.
    Proposed,
    /// Two people agree (a resumption: a confirmation lifted the stop). It goes to the paying side.
    Approved,
    /// The second person said no.
    Rejected,
    /// It has no ground any more: the person was confirmed, or the reviewer took it back.
    Withdrawn,
    /// The paying side has done it.
    Acknowledged,
}

/// Months that were not paid and are paid after a resumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrears {
    /// First month that was not paid.
    pub from: Month,
    /// Last month: that of the confirmation. The month after it is paid as usual.
    pub until: Month,
    /// How many.
    pub months: u32,
}

impl Arrears {
    /// From the month of the stop to the month of the confirmation, both included.
    pub fn between(stopped_from: Month, confirmed_on: NaiveDate) -> Self {
        let until = Month::of(confirmed_on);
        Self { from: stopped_from, until, months: stopped_from.count_until(until) }
    }
}

/// A proposal as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Id.
    pub id: ProposalId,
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// What is proposed.
    pub kind: ProposalKind,
    /// Where it stands.
    pub state: ProposalState,
    /// The due date when it was proposed.
    pub due_on: NaiveDate,
    /// The investigation it rests on (stop, end).
    pub investigation_id: Option<InvestigationId>,
    /// The confirmation it rests on (resumption).
    pub confirmation_id: Option<ConfirmationId>,
    /// How often it had been tried to reach the person (stop).
    pub contacts: ContactCount,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
    /// By whom; nobody for a resumption, which follows from its confirmation.
    pub reviewer_id: Option<OfficerId>,
    /// When it was approved, rejected or withdrawn.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who approved or rejected it.
    pub approver_id: Option<OfficerId>,
    /// First month that is not paid (stop, end) or is paid again as usual (resumption).
    pub from_month: Option<Month>,
    /// Months to pay after a resumption.
    pub arrears: Option<Arrears>,
    /// When the paying side said that it is done.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Counts changes.
    pub version: i64,
}

/// What stands against a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The due date has not passed.
    #[error("the confirmation is due by {0}: nothing is overdue")]
    NotOverdue(NaiveDate),
    /// The grace has not passed.
    #[error("the grace lasts until {0}")]
    InGrace(NaiveDate),
    /// Too few attempts.
    #[error("{have} contact attempts of the {need} that are needed")]
    Attempts {
        /// Counted.
        have: u32,
        /// Needed.
        need: u32,
    },
    /// Too few channels.
    #[error("contact attempts on {have} channels of the {need} that are needed")]
    Channels {
        /// Counted.
        have: u32,
        /// Needed.
        need: u32,
    },
    /// No investigation since the due date.
    #[error("there is no investigation since the confirmation became overdue")]
    Investigation,
    /// The investigation runs.
    #[error("the investigation is not closed yet")]
    InvestigationOpen,
    /// The investigation found something else.
    #[error("the investigation does not say so")]
    OtherFinding,
    /// One person alone.
    #[error(
        "reviewer and approver must be different people, and the approver not the investigator"
    )]
    SamePerson,
    /// It is not in the state for this.
    #[error("the proposal is not in the state for this")]
    State,
    /// The person's benefit is not in the status for this.
    #[error("the benefit is not in the status for this")]
    Status,
}

/// The record of what a reviewer proposes.
pub(super) fn proposed(
    kind: ProposalKind,
    beneficiary_id: BeneficiaryId,
    due_on: NaiveDate,
    investigation: InvestigationId,
    reviewer: OfficerId,
    proposed_at: DateTime<Utc>,
) -> Proposal {
    Proposal {
        id: ProposalId::new(),
        beneficiary_id,
        kind,
        state: ProposalState::Proposed,
        due_on,
        investigation_id: Some(investigation),
        confirmation_id: None,
        contacts: ContactCount::default(),
        proposed_at,
        reviewer_id: Some(reviewer),
        decided_at: None,
        approver_id: None,
        from_month: None,
        arrears: None,
        acknowledged_at: None,
        version: 1,
    }
}

/// The record of a resumption by a confirmation on `confirmed_on`; without `arrears` where the scheme pays none.
pub fn resumption(
    of: BeneficiaryId,
    due_on: NaiveDate,
    (confirmation, confirmed_on): (ConfirmationId, NaiveDate),
    arrears: Option<Arrears>,
    at: DateTime<Utc>,
) -> Proposal {
    Proposal {
        id: ProposalId::new(),
        beneficiary_id: of,
        kind: ProposalKind::Resume,
        state: ProposalState::Approved,
        due_on,
        investigation_id: None,
        confirmation_id: Some(confirmation),
        contacts: ContactCount::default(),
        proposed_at: at,
        reviewer_id: None,
        decided_at: Some(at),
        approver_id: None,
        from_month: Some(Month::of(confirmed_on).next()),
        arrears,
        acknowledged_at: None,
        version: 1,
    }
}
