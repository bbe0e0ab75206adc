//! What an officer does with a case. A decision names the version it saw; of two at the same time only one holds.

use super::{
    Service, ServiceError, beneficiary,
    cases::{act_of, channel_of},
    queue::{noted, refuse_claimed},
    record::{Grounds, append, event},
    views::{DispositionForm, DispositionView, NewLink},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor, AuditEvent},
        case::{AskAgainBecause, Before, Case, CaseStatus, Disposition, Proposal, RefuseBecause},
        confirmation::Channel,
        ids::{CaseId, OfficerId},
        queue::LEASE,
        role::{Act, Role},
        verdict::Reason,
    },
    ledger::{Entry, EntryKind},
    notice,
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
}

impl Sitting {
    /// What the audit keeps of a move: from where, to where, on what evidence, under which policy.
    pub(super) fn event(&self, action: Action, to: CaseStatus, more: Value) -> AuditEvent {
        let by = Actor::Officer { id: self.officer };
        let mut detail = json!({
            "from": self.record.case.status,
            "to": to,
            "evidence_sha256": self.call.as_ref().and_then(|c| c.evidence_sha256.clone()),
            "policy_version": self.call.as_ref().map(|c| c.policy_version.clone()),
        });
        if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
            detail.extend(more);
        }
        event(self.at, by, action, ("case", self.record.case.id), detail)
    }

    /// By which channel the case confirms from where it stands, or stood when a colleague proposed it.
    fn channel(&self) -> Result<Channel, ServiceError> {
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
    fn taken_back_until_lease(&self, to: CaseStatus, proposal: Option<Proposal>) -> Moved {
        let before = Before {
            status: self.record.case.status,
            officer_id: self.record.case.officer_id,
            proposal: self.record.proposal.clone(),
            until: self.at + LEASE,
        };
        Moved { to, officer_id: Some(self.officer), proposal, before: Some(before) }
    }

    /// Moves the case on with an audit event and, where there is one, a note.
    async fn move_noted(
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

impl Service {
    /// Decides about a case, or proposes where a second officer must agree.
    ///
    /// # Errors
    /// `closed`, `stale_version`, `own_case` (an approver must not be the reviewer), `claimed`, `too_long`, `note_missing`,
    /// `cannot_confirm`, `proposal_differs`; `not_allowed`; `proof_needed` for a refusal, unless the officer showed lately
    /// (`proved_at`) who they are.
    pub async fn dispose(
        &self,
        officer: OfficerId,
        proved_at: DateTime<Utc>,
        case: CaseId,
        form: DispositionForm,
    ) -> Result<DispositionView, ServiceError> {
        let mut tx = self.db.write().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        tx.hold_beneficiary(record.case.beneficiary_id).await?;
        let sitting = Sitting::of(&mut tx, officer, case, self.now()).await?;
        sitting.refuse(&form)?;
        self.authorise(&mut tx, &sitting, &form.disposition, proved_at).await?;
        let seed = tx.seed(case).await?;
        let judged = seed.as_ref().and_then(|s| Some((s, s.truth.judges(&form.disposition)?)));
        let mut view = match judged {
            Some((seed, right)) => {
                self.answer_seed(&mut tx, &sitting, seed, (form.disposition, right)).await?
            }
            None => self.carry_out(&mut tx, &sitting, form.disposition).await?,
        };
        view.undo = !view.status.is_closed();
        tx.commit().await?;
        self.news.tell();
        Ok(view)
    }

    /// Roles, and a proof of this moment for decisions that hurt: a refusal, and agreeing to one.
    async fn authorise(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
        disposition: &Disposition,
        proved_at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let case = &sitting.record.case;
        let act = act_of(case, disposition);
        let whose = case.officer_id.filter(|_| act == Act::Approve);
        let roles = self.may(tx, sitting.officer, act, whose).await?;
        if case.status == CaseStatus::Escalated && !roles.contains(&Role::Supervisor) {
            return Err(ServiceError::conflict("escalated", "this case waits for a supervisor"));
        }
        let proposed = sitting.record.proposal.as_ref().map(|p| &p.disposition);
        let refusal = |d: &Disposition| matches!(d, Disposition::Refuse { .. });
        let hurts = refusal(disposition)
            || (act == Act::Approve && proposed.is_some_and(refusal))
            || (act != Act::Approve && self.overrides(case, disposition));
        if hurts { self.wants_proof(proved_at) } else { Ok(()) }
    }

    /// Whether the officer decides against the machine, in either direction.
    fn overrides(&self, case: &Case, disposition: &Disposition) -> bool {
        let machine_confirmed = case.reasons == [Reason::RandomSample];
        match disposition {
            Disposition::Confirm => case.reasons.contains(&Reason::FarBelow),
            Disposition::AskAgain { .. } => machine_confirmed && self.settings.console.four_eyes,
            _ => false,
        }
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
        disposition: Disposition,
    ) -> Result<DispositionView, ServiceError> {
        use {CaseStatus as S, Disposition as D};
        let case = &sitting.record.case;
        let agreed = case.status == S::ToApprove;
        // Cases from before proposals were kept wait for a confirmation.
        let proposal = sitting.record.proposal.as_ref();
        let proposal = proposal.map_or(D::Confirm, |p| p.disposition.clone());
        let disposition = match disposition {
            D::Approve if agreed => proposal,
            D::Approve => return Err(ServiceError::conflict("no_proposal", "nothing is proposed")),
            D::Confirm if agreed && proposal != D::Confirm => {
                let detail = "your colleague proposed something else; approve it or pass it back";
                return Err(ServiceError::conflict("proposal_differs", detail));
            }
            D::Refuse { because, text } => D::Refuse { because, text: noted(&text)? },
            other => other,
        };
        if !agreed && self.needs_four_eyes(case, &disposition) {
            if disposition == D::Confirm {
                sitting.channel()?;
            }
            return propose(tx, sitting, disposition).await;
        }
        let optional =
            |note: &str| if note.trim().is_empty() { Ok(String::new()) } else { noted(note) };
        match disposition {
            D::Confirm | D::Approve => self.confirm(tx, sitting).await,
            D::AskAgain { because } => self.ask_again(tx, sitting, because).await,
            D::Refuse { because, .. } => self.refused(tx, sitting, because).await,
            D::PassOn { ref note } | D::Escalate { ref note } => {
                sitting.move_noted(tx, &disposition, &noted(note)?).await
            }
            D::CallBack { ref note } | D::Visit { ref note } | D::Mail { ref note } => {
                sitting.move_noted(tx, &disposition, &optional(note)?).await
            }
        }
    }

    /// A refusal that two officers agreed to. It stops no benefit: it says that this confirmation does not count.
    async fn refused(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
        because: RefuseBecause,
    ) -> Result<DispositionView, ServiceError> {
        let case = &sitting.record.case;
        sitting.move_to(tx, sitting.closed(CaseStatus::Refused)).await?;
        self.note_disposition(tx, sitting, "refuse").await?;
        let detail = json!({ "because": because, "proposed_by": case.officer_id });
        tx.add_audit(&sitting.event(Action::CaseRefused, CaseStatus::Refused, detail)).await?;
        Ok(view(CaseStatus::Refused))
    }

    async fn note_disposition(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
        what: &str,
    ) -> Result<(), ServiceError> {
        let entry = Entry {
            sequence: 0,
            kind: EntryKind::Disposition,
            recorded_at: sitting.at,
            record_id: sitting.record.case.id.0,
            what: what.into(),
            due_on: None,
            evidence_sha256: None,
            policy_version: None,
        };
        append(tx, entry).await.map(|_| ())
    }

    async fn confirm(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
    ) -> Result<DispositionView, ServiceError> {
        let case = &sitting.record.case;
        let channel = sitting.channel()?;
        let approving = case.status == CaseStatus::ToApprove;
        let call = sitting.call.as_ref();
        sitting.move_to(tx, sitting.closed(CaseStatus::Confirmed)).await?;
        let link = match sitting.record.link_id.or(call.map(|c| c.link_id)) {
            Some(id) => tx.link(id).await?,
            None => None,
        };
        // One link, one confirmation: another way may have been first. A clerk's device says that it was a visit, a station.
        let (known, there) = match &link {
            Some(link) => (
                tx.confirmation_of(case.beneficiary_id, link.id, link.made_at).await?,
                tx.link_channel(link.id).await?,
            ),
            None => (None, None),
        };
        if there.is_some() {
            tx.settle_on_site(case.beneficiary_id).await?;
        }
        let confirmation = if let Some(known) = known {
            known
        } else {
            let grounds = Grounds {
                channel: there.unwrap_or(channel),
                link_id: link.map(|link| link.id),
                call_id: case.call_id,
                case_id: Some(case.id),
                officer_id: Some(sitting.officer),
                evidence_sha256: call.and_then(|c| c.evidence_sha256.clone()),
                policy_version: None,
            };
            let whom = beneficiary(tx, case.beneficiary_id).await?;
            self.record_confirmation(tx, &whom, grounds, sitting.at).await?
        };
        self.renew_references(tx, case, call, (sitting.officer, sitting.at)).await?;
        let detail = json!({ "confirmation_id": confirmation.id, "approved": approving });
        tx.add_audit(&sitting.event(Action::CaseConfirmed, CaseStatus::Confirmed, detail)).await?;
        Ok(DispositionView {
            receipt_number: Some(confirmation.receipt_number),
            due_on: Some(confirmation.due_on),
            ..view(CaseStatus::Confirmed)
        })
    }

    async fn ask_again(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
        because: AskAgainBecause,
    ) -> Result<DispositionView, ServiceError> {
        let (case, at) = (&sitting.record.case, sitting.at);
        sitting.move_to(tx, sitting.closed(CaseStatus::AskedAgain)).await?;
        // An officer's wish to see the person again opens a new round of attempts.
        tx.restart_attempts(case.beneficiary_id, at).await?;
        let by = Actor::Officer { id: sitting.officer };
        let link: NewLink = self.make_link(tx, case.beneficiary_id, by, at).await?;
        self.note_disposition(tx, sitting, "ask_again").await?;
        let detail = json!({ "because": because, "link_id": link.link_id });
        tx.add_audit(&sitting.event(Action::CaseAskedAgain, CaseStatus::AskedAgain, detail))
            .await?;
        self.plan_case_result(tx, case.beneficiary_id, (case.id, link.link_id), because, at)
            .await?;
        let until = china_date(link.expires_at);
        let notice = notice::ask_again(&self.settings.county, because, &link.url, until)?;
        Ok(DispositionView {
            link: Some(link),
            notice: Some(notice),
            ..view(CaseStatus::AskedAgain)
        })
    }
}

/// Asks a second officer to agree.
async fn propose(
    tx: &mut Tx,
    sitting: &Sitting,
    disposition: Disposition,
) -> Result<DispositionView, ServiceError> {
    let proposal = Proposal { disposition, from: sitting.record.case.status };
    let refusal = matches!(proposal.disposition, Disposition::Refuse { .. });
    let moved = sitting.taken_back_until_lease(CaseStatus::ToApprove, Some(proposal));
    sitting.move_to(tx, moved).await?;
    let action = if refusal { Action::CaseRefusalAsked } else { Action::CaseApprovalAsked };
    tx.add_audit(&sitting.event(action, CaseStatus::ToApprove, json!({}))).await?;
    Ok(view(CaseStatus::ToApprove))
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
        Ok(Self { officer, record, at, call })
    }

    fn refuse(&self, form: &DispositionForm) -> Result<(), ServiceError> {
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
