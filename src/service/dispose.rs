//! What an officer does with a case. A decision names the version it saw; of two at the same time only one holds.

use super::{
    Service, ServiceError, beneficiary,
    cases::act_of,
    live_call::LiveGround,
    queue::noted,
    record::{Grounds, append},
    sitting::{Sitting, view},
    views::{DispositionForm, DispositionView, NewLink},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        case::{AskAgainBecause, Case, CaseStatus, Disposition, Proposal, RefuseBecause},
        ids::{CaseId, OfficerId},
        role::{Act, Role},
        verdict::Reason,
    },
    ledger::{Entry, EntryKind},
    notice,
    storage::Tx,
};
use chrono::{DateTime, Utc};
use serde_json::json;

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
        let who = (officer, proved_at, self.now());
        let view = self.dispose_in(&mut tx, who, case, form, None).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(view)
    }

    /// The same inside a transaction; `live` when the officer has just seen the person.
    pub(super) async fn dispose_in(
        &self,
        tx: &mut Tx,
        (officer, proved_at, at): (OfficerId, DateTime<Utc>, DateTime<Utc>),
        case: CaseId,
        form: DispositionForm,
        live: Option<LiveGround>,
    ) -> Result<DispositionView, ServiceError> {
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        tx.hold_beneficiary(record.case.beneficiary_id).await?;
        let mut sitting = Sitting::of(tx, officer, case, at).await?;
        sitting.live = live.or(sitting.live);
        sitting.refuse(&form)?;
        self.authorise(tx, &sitting, &form.disposition, proved_at).await?;
        let seed = tx.seed(case).await?;
        let judged = seed.as_ref().and_then(|s| Some((s, s.truth.judges(&form.disposition)?)));
        let mut view = match judged {
            Some((seed, right)) => {
                self.answer_seed(tx, &sitting, seed, (form.disposition, right)).await?
            }
            None => self.carry_out(tx, &sitting, form.disposition).await?,
        };
        view.undo = !view.status.is_closed();
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
        let far = sitting.live.as_ref().map(|live| live.far);
        if !agreed && self.needs_four_eyes(case, &disposition, far) {
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
                evidence_sha256: sitting.evidence_sha256(),
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
    let live_call_id = sitting.live.as_ref().map(|live| live.live_call_id);
    let proposal = Proposal { disposition, from: sitting.record.case.status, live_call_id };
    let refusal = matches!(proposal.disposition, Disposition::Refuse { .. });
    let moved = sitting.taken_back_until_lease(CaseStatus::ToApprove, Some(proposal));
    sitting.move_to(tx, moved).await?;
    let action = if refusal { Action::CaseRefusalAsked } else { Action::CaseApprovalAsked };
    tx.add_audit(&sitting.event(action, CaseStatus::ToApprove, json!({}))).await?;
    Ok(view(CaseStatus::ToApprove))
}
