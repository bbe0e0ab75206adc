//! Nothing suspends by itself: the types are the law.
//!
//! A [`StopApproved`] can be built in one way only, from a period past its grace, enough contact attempts on enough channels, a closed
//! investigation that found nobody, a reviewer, and a different approver. And nothing but a [`StopApproved`] gives the [`StatusChange`] to
//! `suspended`. The records hold the same law as constraints of the table.

use super::{
    beneficiary::BenefitStatus,
    contact::{ContactAttempt, ContactCount},
    due::{Dates, Phase},
    ids::{BeneficiaryId, InvestigationId, OfficerId, ProposalId},
    investigation::{Investigation, InvestigationFinding},
    month::Month,
    proposal::{Missing, Proposal, ProposalKind, ProposalState, proposed},
    scheme::Scheme,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A period whose grace has passed.
#[derive(Clone, Copy, Debug)]
pub struct Overdue(Dates);

impl Overdue {
    /// # Errors
    /// [`Missing::NotOverdue`] or [`Missing::InGrace`].
    pub fn on(dates: &Dates, today: NaiveDate) -> Result<Self, Missing> {
        match dates.phase(today) {
            Phase::Confirmed | Phase::Due => Err(Missing::NotOverdue(dates.due_on)),
            Phase::InGrace => Err(Missing::InGrace(dates.grace_until)),
            Phase::PastGrace => Ok(Self(*dates)),
        }
    }
}

/// Enough contact attempts on enough channels in this period, from its first notice on.
#[derive(Clone, Copy, Debug)]
pub struct Contacted(ContactCount);

impl Contacted {
    /// # Errors
    /// [`Missing::Attempts`] or [`Missing::Channels`].
    pub fn enough(
        attempts: &[ContactAttempt],
        overdue: &Overdue,
        terms: &Scheme,
        today: NaiveDate,
    ) -> Result<Self, Missing> {
        let count = ContactCount::of(attempts, overdue.0.notify_from, today);
        if count.attempts < terms.contact_attempts_min {
            return Err(Missing::Attempts {
                have: count.attempts,
                need: terms.contact_attempts_min,
            });
        }
        if count.channels < terms.channels_min {
            return Err(Missing::Channels { have: count.channels, need: terms.channels_min });
        }
        Ok(Self(count))
    }
}

/// A closed investigation, and who closed it.
#[derive(Clone, Copy, Debug)]
struct Investigated {
    id: InvestigationId,
    by: OfficerId,
}

impl Investigated {
    fn found(of: &Investigation, finding: InvestigationFinding) -> Result<Self, Missing> {
        let end = of.end.as_ref().ok_or(Missing::InvestigationOpen)?;
        if end.finding != finding {
            return Err(Missing::OtherFinding);
        }
        Ok(Self { id: of.id, by: end.closed_by })
    }
}

/// Everything a stop rests on but the people.
#[derive(Clone, Copy, Debug)]
pub struct StopGrounds {
    overdue: Overdue,
    contacted: Contacted,
    investigated: Investigated,
}

impl StopGrounds {
    /// `opened_on` is the day in China on which the investigation was opened: one from before the due date says nothing about what came
    /// after it.
    ///
    /// # Errors
    /// [`Missing::Investigation`], [`Missing::InvestigationOpen`], [`Missing::OtherFinding`].
    pub fn new(
        overdue: Overdue,
        contacted: Contacted,
        investigation: &Investigation,
        opened_on: NaiveDate,
    ) -> Result<Self, Missing> {
        if opened_on <= overdue.0.due_on {
            return Err(Missing::Investigation);
        }
        let investigated = Investigated::found(investigation, InvestigationFinding::NotFound)?;
        Ok(Self { overdue, contacted, investigated })
    }

    /// A reviewer proposes it.
    pub fn review(self, reviewer: OfficerId) -> StopReviewed {
        StopReviewed { grounds: self, reviewer }
    }
}

/// A stop that one person proposes.
#[derive(Clone, Copy, Debug)]
pub struct StopReviewed {
    grounds: StopGrounds,
    reviewer: OfficerId,
}

impl StopReviewed {
    /// The record of it.
    pub fn proposal(&self, of: BeneficiaryId, at: DateTime<Utc>) -> Proposal {
        let contacts = self.grounds.contacted.0;
        let due_on = self.grounds.overdue.0.due_on;
        let investigation = self.grounds.investigated.id;
        Proposal {
            contacts,
            ..proposed(ProposalKind::Suspend, of, due_on, investigation, self.reviewer, at)
        }
    }

    /// A second person approves it: the month after `approved_on` is the first that is not paid.
    ///
    /// # Errors
    /// [`Missing::SamePerson`].
    pub fn approve(
        self,
        approver: OfficerId,
        approved_on: NaiveDate,
    ) -> Result<StopApproved, Missing> {
        if approver == self.reviewer || approver == self.grounds.investigated.by {
            return Err(Missing::SamePerson);
        }
        let from_month = Month::of(approved_on).next();
        Ok(StopApproved { to: BenefitStatus::Suspended, approver, from_month })
    }
}

/// Everything the end of a benefit rests on but the people: an investigation with a document of the death.
#[derive(Clone, Copy, Debug)]
pub struct EndGrounds(Investigated);

impl EndGrounds {
    /// # Errors
    /// [`Missing::InvestigationOpen`], [`Missing::OtherFinding`].
    pub fn new(investigation: &Investigation) -> Result<Self, Missing> {
        Investigated::found(investigation, InvestigationFinding::Deceased).map(Self)
    }

    /// The record of what a reviewer proposes.
    pub fn proposal(
        &self,
        of: BeneficiaryId,
        due_on: NaiveDate,
        reviewer: OfficerId,
        at: DateTime<Utc>,
    ) -> Proposal {
        proposed(ProposalKind::End, of, due_on, self.0.id, reviewer, at)
    }

    /// A second person approves what `reviewer` proposed.
    ///
    /// # Errors
    /// [`Missing::SamePerson`].
    pub fn approve(
        self,
        reviewer: OfficerId,
        approver: OfficerId,
        approved_on: NaiveDate,
    ) -> Result<StopApproved, Missing> {
        if approver == reviewer || approver == self.0.by {
            return Err(Missing::SamePerson);
        }
        let from_month = Month::of(approved_on).next();
        Ok(StopApproved { to: BenefitStatus::Ended, approver, from_month })
    }
}

/// A stop or an end on which two different people agree. No other code can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopApproved {
    to: BenefitStatus,
    approver: OfficerId,
    from_month: Month,
}

impl StopApproved {
    /// Who approved it.
    pub fn approver(&self) -> OfficerId {
        self.approver
    }

    /// First month that is not paid.
    pub fn from_month(&self) -> Month {
        self.from_month
    }

    /// Read back from its record. A proposal withdrawn after it was approved is one too: the paying side may have acted on it before it
    /// heard of the confirmation.
    ///
    /// # Errors
    /// What the record lacks.
    pub fn recorded(proposal: &Proposal) -> Result<Self, Missing> {
        let to = match proposal.kind {
            ProposalKind::Suspend => BenefitStatus::Suspended,
            ProposalKind::End => BenefitStatus::Ended,
            ProposalKind::Resume => return Err(Missing::State),
        };
        if !matches!(proposal.state, ProposalState::Approved | ProposalState::Withdrawn) {
            return Err(Missing::State);
        }
        if proposal.investigation_id.is_none() {
            return Err(Missing::Investigation);
        }
        let (Some(reviewer), Some(approver)) = (proposal.reviewer_id, proposal.approver_id) else {
            return Err(Missing::SamePerson);
        };
        if reviewer == approver {
            return Err(Missing::SamePerson);
        }
        let from_month = proposal.from_month.ok_or(Missing::State)?;
        Ok(Self { to, approver, from_month })
    }
}

/// Why a benefit status changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusWhy {
    /// The paying side stopped after a proposal of two people.
    Stopped,
    /// A confirmation lifted the stop.
    Confirmed,
    /// The paying side ended the benefit after a proposal of two people.
    Ended,
}

/// A change of a benefit status. It can be built from what justifies it only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusChange {
    from: BenefitStatus,
    to: BenefitStatus,
    why: StatusWhy,
    proposal: ProposalId,
}

impl StatusChange {
    /// The paying side says that it has done what two people proposed.
    ///
    /// # Errors
    /// [`Missing::Status`] when the benefit is stopped or ended already; or what the record lacks.
    pub fn stopped(status: BenefitStatus, proposal: &Proposal) -> Result<Self, Missing> {
        let approved = StopApproved::recorded(proposal)?;
        let (to, why) = match (status, approved.to) {
            (BenefitStatus::Active, BenefitStatus::Suspended) => (approved.to, StatusWhy::Stopped),
            (BenefitStatus::Active | BenefitStatus::Suspended, BenefitStatus::Ended) => {
                (approved.to, StatusWhy::Ended)
            }
            _ => return Err(Missing::Status),
        };
        Ok(Self { from: status, to, why, proposal: proposal.id })
    }

    /// A confirmation lifts a stop or an end; `resumption` is the record of it.
    ///
    /// # Errors
    /// [`Missing::Status`] when nothing is stopped, [`Missing::State`] when the record is no resumption by a confirmation.
    pub fn resumed(status: BenefitStatus, resumption: &Proposal) -> Result<Self, Missing> {
        // An end recorded in error is lifted as a stop is: the person is alive.
        if status == BenefitStatus::Active {
            return Err(Missing::Status);
        }
        if resumption.kind != ProposalKind::Resume || resumption.confirmation_id.is_none() {
            return Err(Missing::State);
        }
        let (to, why) = (BenefitStatus::Active, StatusWhy::Confirmed);
        Ok(Self { from: status, to, why, proposal: resumption.id })
    }

    /// The status before.
    pub fn from(&self) -> BenefitStatus {
        self.from
    }
    /// The status after.
    pub fn to(&self) -> BenefitStatus {
        self.to
    }
    /// Why.
    pub fn why(&self) -> StatusWhy {
        self.why
    }
    /// The proposal it rests on.
    pub fn proposal(&self) -> ProposalId {
        self.proposal
    }
}
