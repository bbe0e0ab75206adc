//! An officer at a case: what may be refused, and how the case moves on.

use super::{
    ServiceError,
    cases::channel_of,
    live_call::{LiveGround, ground_of},
    queue::refuse_claimed,
    record::event,
    views::{DispositionForm, DispositionView},
};
use crate::{
    domain::{
        audit::{Action, Actor, AuditEvent},
        case::{Before, CaseStatus, Disposition, Proposal},
        confirmation::Channel,
        ids::{CaseId, OfficerId},
        queue::LEASE,
    },
    storage::{CallRow, CaseRecord, Moved, NoteRow, Tx},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Who decides about what, and when.
pub(super) struct Sitting {
    pub officer: OfficerId,
    pub record: CaseRecord,
    pub at: DateTime<Utc>,
    /// The call that the case rests on.
    pub call: Option<CallRow>,
    /// The live call in which the officer, or the colleague who proposed it, saw the person.
    pub live: Option<LiveGround>,
}

impl Sitting {
    /// What the audit keeps of a move: from where, to where, on what evidence, under which policy.
    pub(super) fn event(&self, action: Action, to: CaseStatus, more: Value) -> AuditEvent {
        let by = Actor::Officer { id: self.officer };
        let mut detail = json!({
            "from": self.record.case.status,
            "to": to,
            "evidence_sha256": self.evidence_sha256(),
            "policy_version": self.call.as_ref().map(|c| c.policy_version.clone()),
        });
        if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
            detail.extend(more);
        }
        event(self.at, by, action, ("case", self.record.case.id), detail)
    }

    /// What a decision rests on: the protocol of a live call, else the evidence of the call.
    pub(super) fn evidence_sha256(&self) -> Option<String> {
        match &self.live {
            Some(live) => Some(live.sha256.clone()),
            None => self.call.as_ref().and_then(|c| c.evidence_sha256.clone()),
        }
    }

    /// By which channel the case confirms from where it stands, or stood when a colleague proposed it.
    pub(super) fn channel(&self) -> Result<Channel, ServiceError> {
        if self.live.is_some() {
            return Ok(Channel::VideoOfficer);
        }
        let case = &self.record.case;
        let status = self.record.proposal.as_ref().map_or(case.status, |p| p.from);
        channel_of(status, case.kind).ok_or_else(|| {
            let detail = "nothing to confirm by: send a link, key the form or record the visit";
            ServiceError::conflict("cannot_confirm", detail)
        })
    }

    /// Moves the case on, unless somebody was faster.
    pub(super) async fn move_to(&self, tx: &mut Tx, moved: Moved) -> Result<(), ServiceError> {
        if tx.move_case(&self.record.case, &moved).await? { Ok(()) } else { Err(stale()) }
    }

    /// A move that ends the case: it is in the ledger or with the citizen, and is not taken back.
    pub(super) fn closed(&self, to: CaseStatus) -> Moved {
        Moved { to, officer_id: Some(self.officer), proposal: None, before: None }
    }

    /// A move inside the house: as long as a lease its officer may take it back.
    pub(super) fn taken_back_until_lease(
        &self,
        to: CaseStatus,
        proposal: Option<Proposal>,
    ) -> Moved {
        let before = Before {
            status: self.record.case.status,
            officer_id: self.record.case.officer_id,
            proposal: self.record.proposal.clone(),
            until: self.at + LEASE,
        };
        Moved { to, officer_id: Some(self.officer), proposal, before: Some(before) }
    }

    /// Moves the case on with an audit event and, where there is one, a note.
    pub(super) async fn move_noted(
        &self,
        tx: &mut Tx,
        disposition: &Disposition,
        note: &str,
    ) -> Result<DispositionView, ServiceError> {
        let status = disposition.leads_to();
        let action = match disposition {
            Disposition::PassOn { .. } => Action::CasePassedOn,
            Disposition::Escalate { .. } => Action::CaseEscalated,
            Disposition::CallBack { .. } => Action::CaseToCallBack,
            Disposition::Visit { .. } => Action::CaseToVisit,
            Disposition::Mail { .. } => Action::CaseToMail,
            _ => return Err(ServiceError::broken("this decision is no move inside the house")),
        };
        self.move_to(tx, self.taken_back_until_lease(status, None)).await?;
        let moved = self.event(action, status, json!({}));
        tx.add_audit(&moved).await?;
        if !note.is_empty() {
            let note = NoteRow { audit_id: moved.id, note: note.to_owned() };
            tx.add_note(self.record.case.id, &note).await?;
        }
        Ok(view(status))
    }
}

impl Sitting {
    pub(super) async fn of(
        tx: &mut Tx,
        officer: OfficerId,
        case: CaseId,
        at: DateTime<Utc>,
    ) -> Result<Self, ServiceError> {
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        let call = match record.case.call_id {
            Some(id) => tx.call(id).await?,
            None => None,
        };
        let proposed = record.proposal.as_ref().and_then(|p| p.live_call_id);
        let live = ground_of(tx, proposed).await?;
        Ok(Self { officer, record, at, call, live })
    }

    pub(super) fn refuse(&self, form: &DispositionForm) -> Result<(), ServiceError> {
        let case = &self.record.case;
        if case.status.is_closed() {
            return Err(ServiceError::conflict("closed", "the case is closed already"));
        }
        if form.version != case.version {
            return Err(stale());
        }
        let own = case.status == CaseStatus::ToApprove && case.officer_id == Some(self.officer);
        if own && matches!(form.disposition, Disposition::Confirm | Disposition::Approve) {
            return Err(ServiceError::conflict(
                "own_case",
                "you reviewed this case yourself; a second officer approves it",
            ));
        }
        refuse_claimed(&self.record, self.officer, self.at)
    }
}

pub(super) fn stale() -> ServiceError {
    ServiceError::conflict("stale_version", "somebody else changed the case; look at it again")
}

pub(super) fn view(status: CaseStatus) -> DispositionView {
    DispositionView {
        status,
        undo: false,
        receipt_number: None,
        due_on: None,
        link: None,
        notice: None,
        check: None,
    }
}
