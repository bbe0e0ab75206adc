//! Proposals to the paying side: a reviewer proposes, a different approver agrees, the paying side acknowledges. Nothing suspends by
//! itself, and every ground is looked at anew when the second person decides.

use super::{Service, ServiceError, record::event, rules::Rules, signals::settle};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::BenefitStatus,
        confirmation::Confirmation,
        ids::{BeneficiaryId, InvestigationId, OfficerId, ProposalId},
        investigation::Investigation,
        month::Month,
        proposal::{Arrears, Missing, Proposal, ProposalKind, ProposalState, resumption},
        signal::SignalState,
        stop::{Contacted, EndGrounds, Overdue, StatusChange, StopApproved, StopGrounds},
    },
    storage::{CountRow, Tx},
};
use chrono::{DateTime, Utc};
use serde_json::json;

impl From<Missing> for ServiceError {
    fn from(missing: Missing) -> Self {
        let code = match missing {
            Missing::NotOverdue(_) => "not_overdue",
            Missing::InGrace(_) => "in_grace",
            Missing::Attempts { .. } => "contact_attempts_missing",
            Missing::Channels { .. } => "contact_channels_missing",
            Missing::Investigation | Missing::InvestigationOpen | Missing::OtherFinding => {
                "investigation_missing"
            }
            Missing::SamePerson => "own_case",
            Missing::State => "closed",
            Missing::Status => "benefit_status",
        };
        Self::conflict(code, missing.to_string())
    }
}

impl Service {
    /// Proposes to stop paying somebody who is overdue and whom nobody could find.
    ///
    /// # Errors
    /// With what is missing: `not_overdue`, `in_grace`, `contact_attempts_missing`, `contact_channels_missing`,
    /// `investigation_missing`, `benefit_status`; `proposal_waits` when one waits already.
    pub async fn propose_stop(
        &self,
        reviewer: OfficerId,
        investigation: InvestigationId,
    ) -> Result<Proposal, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let found = tx.investigation(investigation).await?;
        let found = found.ok_or(ServiceError::NotFound("investigation"))?;
        let row = held(&mut tx, found.beneficiary_id).await?;
        let proposal =
            stop_grounds(&mut tx, &row, &found, at).await?.review(reviewer).proposal(row.id, at);
        self.keep(&mut tx, &proposal, reviewer).await?;
        tx.commit().await?;
        Ok(proposal)
    }

    /// Proposes to end the benefit of somebody who has died, as an investigation found.
    ///
    /// # Errors
    /// `investigation_missing`, `benefit_status`, `proposal_waits`.
    pub async fn propose_end(
        &self,
        reviewer: OfficerId,
        investigation: InvestigationId,
    ) -> Result<Proposal, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let found = tx.investigation(investigation).await?;
        let found = found.ok_or(ServiceError::NotFound("investigation"))?;
        let row = held(&mut tx, found.beneficiary_id).await?;
        if row.status == BenefitStatus::Ended {
            return Err(Missing::Status.into());
        }
        let grounds = fresh_end(&row, &found)?;
        let proposal = grounds.proposal(row.id, row.due_on, reviewer, at);
        // Whoever was proposed to be stopped as not found is proposed to be ended instead.
        tx.withdraw_stops(row.id, at).await?;
        self.keep(&mut tx, &proposal, reviewer).await?;
        tx.commit().await?;
        Ok(proposal)
    }

    async fn keep(
        &self,
        tx: &mut Tx,
        proposal: &Proposal,
        reviewer: OfficerId,
    ) -> Result<(), ServiceError> {
        let waits = |p: &Proposal| {
            p.kind != ProposalKind::Resume
                && matches!(p.state, ProposalState::Proposed | ProposalState::Approved)
        };
        if tx.proposals_of(proposal.beneficiary_id).await?.iter().any(waits) {
            return Err(ServiceError::conflict(
                "proposal_waits",
                "a proposal about this person waits already",
            ));
        }
        tx.add_proposal(proposal).await?;
        let detail = json!({
            "proposal_id": proposal.id,
            "kind": proposal.kind,
            "investigation_id": proposal.investigation_id,
        });
        let by = Actor::Officer { id: reviewer };
        let about = ("beneficiary", proposal.beneficiary_id);
        let asked = event(proposal.proposed_at, by, Action::ProposalMade, about, detail);
        Ok(tx.add_audit(&asked).await?)
    }

    /// A second person approves or rejects a proposal that waits. Approving looks at every ground again, as it is today.
    ///
    /// # Errors
    /// `own_case`, `closed`, `stale_version`, or what is missing by now.
    pub async fn decide_proposal(
        &self,
        approver: OfficerId,
        id: ProposalId,
        approve: bool,
    ) -> Result<Proposal, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let of = tx.proposal(id).await?.ok_or(ServiceError::NotFound("proposal"))?.beneficiary_id;
        let row = held(&mut tx, of).await?;
        let mut proposal = tx.proposal(id).await?.ok_or(ServiceError::NotFound("proposal"))?;
        if proposal.state != ProposalState::Proposed {
            return Err(Missing::State.into());
        }
        if proposal.reviewer_id == Some(approver) {
            return Err(Missing::SamePerson.into());
        }
        let action = if approve {
            let approved = approved(&mut tx, &row, &proposal, approver, at).await?;
            proposal.state = ProposalState::Approved;
            proposal.from_month = Some(approved.from_month());
            Action::ProposalApproved
        } else {
            proposal.state = ProposalState::Rejected;
            Action::ProposalRejected
        };
        proposal.approver_id = Some(approver);
        proposal.decided_at = Some(at);
        write_decision(&mut tx, &mut proposal).await?;
        let detail = json!({ "proposal_id": id, "kind": proposal.kind });
        let by = Actor::Officer { id: approver };
        tx.add_audit(&event(at, by, action, ("beneficiary", of), detail)).await?;
        tx.commit().await?;
        Ok(proposal)
    }

    /// The paying side says that it has done what was proposed. Twice is no fault. A stop that it had done before it heard of a
    /// confirmation is recorded as what happened, and lifted at once, with the arrears.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `closed` when two people never agreed on it.
    pub async fn acknowledge_proposal(&self, id: ProposalId) -> Result<Proposal, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let of = tx.proposal(id).await?.ok_or(ServiceError::NotFound("proposal"))?.beneficiary_id;
        let row = held(&mut tx, of).await?;
        let mut proposal = tx.proposal(id).await?.ok_or(ServiceError::NotFound("proposal"))?;
        if proposal.acknowledged_at.is_some() {
            return Ok(proposal);
        }
        let withdrawn = proposal.state == ProposalState::Withdrawn;
        let withdrawn_on = proposal.decided_at.map(china_date);
        if proposal.kind != ProposalKind::Resume {
            let change = StatusChange::stopped(row.status, &proposal)?;
            if !tx.change_status(of, &change, at).await? {
                return Err(stale());
            }
            if proposal.kind == ProposalKind::End {
                settle(&mut tx, of, SignalState::True, at).await?;
            }
        } else if proposal.state != ProposalState::Approved {
            return Err(Missing::State.into());
        }
        proposal.acknowledged_at = Some(at);
        if !withdrawn {
            proposal.state = ProposalState::Acknowledged;
        }
        write_decision(&mut tx, &mut proposal).await?;
        if withdrawn {
            // Whoever was confirmed when it was withdrawn is resumed, even when the next due date has passed since.
            let confirmed = withdrawn_on.is_some_and(|day| row.due_on >= day);
            let latest = tx.confirmations(of).await?.into_iter().next();
            if let Some(confirmation) = latest.filter(|_| confirmed) {
                let row = held(&mut tx, of).await?;
                self.resume(&mut tx, &row, &confirmation, at).await?;
            }
        }
        let detail = json!({ "proposal_id": id, "kind": proposal.kind });
        let about = ("beneficiary", of);
        tx.add_audit(&event(at, Actor::Service, Action::ProposalAcknowledged, about, detail))
            .await?;
        tx.commit().await?;
        Ok(proposal)
    }

    /// The reviewer takes a proposal back that nobody decided about yet.
    ///
    /// # Errors
    /// `closed` when it was decided about, `not_yours` for somebody else.
    pub async fn withdraw_proposal(
        &self,
        reviewer: OfficerId,
        id: ProposalId,
    ) -> Result<(), ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let mut proposal = tx.proposal(id).await?.ok_or(ServiceError::NotFound("proposal"))?;
        if proposal.state != ProposalState::Proposed {
            return Err(Missing::State.into());
        }
        if proposal.reviewer_id != Some(reviewer) {
            let detail = "the reviewer takes a proposal back; a second person rejects it";
            return Err(ServiceError::conflict("not_yours", detail));
        }
        proposal.state = ProposalState::Withdrawn;
        proposal.decided_at = Some(at);
        write_decision(&mut tx, &mut proposal).await?;
        let about = ("beneficiary", proposal.beneficiary_id);
        let by = Actor::Officer { id: reviewer };
        let detail = json!({ "proposal_id": id });
        tx.add_audit(&event(at, by, Action::ProposalWithdrawn, about, detail)).await?;
        Ok(tx.commit().await?)
    }

    /// What a confirmation does to proposals and to the benefit status. The beneficiary must be held.
    pub(super) async fn lift(
        &self,
        tx: &mut Tx,
        confirmation: &Confirmation,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let of = confirmation.beneficiary_id;
        tx.withdraw_stops(of, at).await?;
        let row = tx.count_row(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        // Old evidence that does not reach to this day lifts nothing.
        if row.status == BenefitStatus::Active || row.due_on < china_date(at) {
            return Ok(());
        }
        self.resume(tx, &row, confirmation, at).await
    }

    /// Lifts the last stop, with the arrears since it.
    async fn resume(
        &self,
        tx: &mut Tx,
        row: &CountRow,
        confirmation: &Confirmation,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let of = row.id;
        let stop = tx.status_events(of).await?.pop();
        let stop = match stop {
            Some(last) => tx.proposal(last.proposal_id).await?,
            None => None,
        };
        let rules = Rules::read(tx).await?;
        let dates = rules.runs(row)?;
        let back_pay = rules.terms(&row.scheme, &dates)?.back_pay;
        let confirmed_on = china_date(at);
        let from = stop.and_then(|p| p.from_month).unwrap_or(Month::of(confirmed_on));
        let arrears =
            Some(Arrears::between(from, confirmed_on)).filter(|a| back_pay && a.months > 0);
        let resumed = resumption(of, row.due_on, (confirmation.id, confirmed_on), arrears, at);
        tx.add_proposal(&resumed).await?;
        let change = StatusChange::resumed(row.status, &resumed)?;
        if !tx.change_status(of, &change, at).await? {
            return Err(stale());
        }
        let detail = json!({ "proposal_id": resumed.id, "arrears": resumed.arrears });
        let about = ("beneficiary", of);
        let resumed = event(at, Actor::Service, Action::BenefitResumed, about, detail);
        Ok(tx.add_audit(&resumed).await?)
    }

    /// Proposals in a state, by pages in order of id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals(
        &self,
        state: ProposalState,
        after: Option<ProposalId>,
        limit: u32,
    ) -> Result<Vec<Proposal>, ServiceError> {
        let mut tx = self.db.read().await?;
        Ok(tx.proposals_in(state, after, i64::from(limit.clamp(1, 10_000))).await?)
    }
}

/// Holds a beneficiary and reads what their dates are counted from.
async fn held(tx: &mut Tx, of: BeneficiaryId) -> Result<CountRow, ServiceError> {
    tx.hold_beneficiary(of).await?;
    tx.count_row(of).await?.ok_or(ServiceError::NotFound("beneficiary"))
}

/// The grounds of a stop as they are at `at`, from the records and not from what was stored about them.
async fn stop_grounds(
    tx: &mut Tx,
    row: &CountRow,
    investigation: &Investigation,
    at: DateTime<Utc>,
) -> Result<StopGrounds, ServiceError> {
    if row.status != BenefitStatus::Active {
        return Err(Missing::Status.into());
    }
    let rules = Rules::read(tx).await?;
    let (dates, today) = (rules.runs(row)?, china_date(at));
    let overdue = Overdue::on(&dates, today)?;
    let attempts = tx.contact_attempts(row.id, dates.notify_from).await?;
    let contacted =
        Contacted::enough(&attempts, &overdue, rules.terms(&row.scheme, &dates)?, today)?;
    let opened_on = china_date(investigation.opened_at);
    Ok(StopGrounds::new(overdue, contacted, investigation, opened_on)?)
}

async fn approved(
    tx: &mut Tx,
    row: &CountRow,
    proposal: &Proposal,
    approver: OfficerId,
    at: DateTime<Utc>,
) -> Result<StopApproved, ServiceError> {
    let id = proposal.investigation_id.ok_or(Missing::Investigation)?;
    let reviewer = proposal.reviewer_id.ok_or(Missing::SamePerson)?;
    let found = tx.investigation(id).await?.ok_or(Missing::Investigation)?;
    Ok(match proposal.kind {
        ProposalKind::Suspend => stop_grounds(tx, row, &found, at)
            .await?
            .review(reviewer)
            .approve(approver, china_date(at))?,
        ProposalKind::End => fresh_end(row, &found)?.approve(reviewer, approver, china_date(at))?,
        ProposalKind::Resume => return Err(Missing::State.into()),
    })
}

/// The grounds of an end; an investigation from before the person was last seen alive says nothing.
fn fresh_end(row: &CountRow, found: &Investigation) -> Result<EndGrounds, ServiceError> {
    let seen = row.last_confirmed_on.is_some_and(|seen| seen > china_date(found.opened_at));
    if seen {
        return Err(Missing::Investigation.into());
    }
    Ok(EndGrounds::new(found)?)
}

async fn write_decision(tx: &mut Tx, proposal: &mut Proposal) -> Result<(), ServiceError> {
    let version = proposal.version;
    if !tx.decide_proposal(proposal, version).await? {
        return Err(stale());
    }
    proposal.version += 1;
    Ok(())
}

fn stale() -> ServiceError {
    ServiceError::conflict("stale_version", "somebody else changed the proposal; look at it again")
}
