//! What an officer does with a case. A decision names the version it saw; of two at the same time only one holds.

use super::{
    Service, ServiceError, beneficiary,
    cases::channel_of,
    record::{Grounds, append, event},
    views::{DispositionForm, DispositionView, NewLink},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor, AuditEvent},
        case::{AskAgainBecause, CaseStatus, Disposition},
        ids::{CaseId, OfficerId},
    },
    ledger::{Entry, EntryKind},
    notice,
    storage::{CaseRecord, NoteRow, Tx},
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// Longest note, characters.
const NOTE_CHARS_MAX: usize = 500;

/// Who decides about what, and when.
struct Sitting {
    officer: OfficerId,
    record: CaseRecord,
    at: DateTime<Utc>,
}

impl Sitting {
    fn event(&self, action: Action, detail: serde_json::Value) -> AuditEvent {
        let by = Actor::Officer { id: self.officer };
        event(self.at, by, action, ("case", self.record.case.id), detail)
    }

    /// Moves the case on, unless somebody was faster.
    async fn move_to(&self, tx: &mut Tx, status: CaseStatus) -> Result<(), ServiceError> {
        let case = &self.record.case;
        if tx.move_case(case.id, case.version, status, self.officer).await? {
            return Ok(());
        }
        Err(stale())
    }
}

impl Service {
    /// Confirms, approves, asks again, or passes on.
    ///
    /// # Errors
    /// `closed`, `stale_version`, `own_case` (an approver must not be the reviewer), `too_long`, `note_missing`,
    /// `cannot_confirm`.
    pub async fn dispose(
        &self,
        officer: OfficerId,
        case: CaseId,
        form: DispositionForm,
    ) -> Result<DispositionView, ServiceError> {
        let mut tx = self.db.write().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        tx.hold_beneficiary(record.case.beneficiary_id).await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        let sitting = Sitting { officer, record, at: self.now() };
        sitting.refuse(&form)?;
        let view = match form.disposition {
            Disposition::Confirm => self.confirm(&mut tx, &sitting).await?,
            Disposition::AskAgain { because } => self.ask_again(&mut tx, &sitting, because).await?,
            Disposition::PassOn { note } => pass_on(&mut tx, &sitting, &note).await?,
        };
        tx.commit().await?;
        Ok(view)
    }

    async fn confirm(
        &self,
        tx: &mut Tx,
        sitting: &Sitting,
    ) -> Result<DispositionView, ServiceError> {
        let case = &sitting.record.case;
        let channel = channel_of(case.kind).ok_or_else(|| {
            ServiceError::conflict(
                "cannot_confirm",
                "a call back confirms nobody; ask again instead",
            )
        })?;
        let approving = case.status == CaseStatus::ToApprove;
        if !approving && self.needs_four_eyes(case) {
            sitting.move_to(tx, CaseStatus::ToApprove).await?;
            tx.add_audit(&sitting.event(Action::CaseApprovalAsked, json!({}))).await?;
            return Ok(view(CaseStatus::ToApprove));
        }
        let call = match case.call_id {
            Some(id) => tx.call(id).await?,
            None => None,
        };
        sitting.move_to(tx, CaseStatus::Confirmed).await?;
        let link = match sitting.record.link_id.or(call.as_ref().map(|c| c.link_id)) {
            Some(id) => tx.link(id).await?,
            None => None,
        };
        // A sample's call confirmed already, and so may have another way meanwhile: one link, one confirmation.
        let known = match &link {
            Some(link) => tx.confirmation_of(case.beneficiary_id, link.id, link.made_at).await?,
            None => None,
        };
        let confirmation = if let Some(known) = known {
            known
        } else {
            let grounds = Grounds {
                channel,
                link_id: link.map(|link| link.id),
                call_id: case.call_id,
                case_id: Some(case.id),
                officer_id: Some(sitting.officer),
                evidence_sha256: call.and_then(|c| c.evidence_sha256),
                policy_version: None,
            };
            let whom = beneficiary(tx, case.beneficiary_id).await?;
            self.record_confirmation(tx, &whom, grounds, sitting.at).await?
        };
        let detail = json!({ "confirmation_id": confirmation.id, "approved": approving });
        tx.add_audit(&sitting.event(Action::CaseConfirmed, detail)).await?;
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
        sitting.move_to(tx, CaseStatus::AskedAgain).await?;
        // An officer's wish to see the person again opens a new round of attempts.
        tx.restart_attempts(case.beneficiary_id, at).await?;
        let by = Actor::Officer { id: sitting.officer };
        let link: NewLink = self.make_link(tx, case.beneficiary_id, by, at).await?;
        append(
            tx,
            Entry {
                sequence: 0,
                kind: EntryKind::Disposition,
                recorded_at: at,
                record_id: case.id.0,
                what: "ask_again".into(),
                due_on: None,
                evidence_sha256: None,
                policy_version: None,
            },
        )
        .await?;
        let detail = json!({ "because": because, "link_id": link.link_id });
        tx.add_audit(&sitting.event(Action::CaseAskedAgain, detail)).await?;
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

async fn pass_on(
    tx: &mut Tx,
    sitting: &Sitting,
    note: &str,
) -> Result<DispositionView, ServiceError> {
    let note = note.trim();
    if note.is_empty() {
        return Err(ServiceError::unacceptable("note_missing", "note: say for whom or why"));
    }
    if note.chars().count() > NOTE_CHARS_MAX {
        let detail = format!("note: at most {NOTE_CHARS_MAX} characters");
        return Err(ServiceError::unacceptable("too_long", detail));
    }
    sitting.move_to(tx, CaseStatus::PassedOn).await?;
    let passed = sitting.event(Action::CasePassedOn, json!({}));
    tx.add_audit(&passed).await?;
    let note = NoteRow { audit_id: passed.id, note: note.to_owned() };
    tx.add_note(sitting.record.case.id, &note).await?;
    Ok(view(CaseStatus::PassedOn))
}

impl Sitting {
    fn refuse(&self, form: &DispositionForm) -> Result<(), ServiceError> {
        let case = &self.record.case;
        if case.status.is_closed() {
            return Err(ServiceError::conflict("closed", "the case is closed already"));
        }
        if form.version != case.version {
            return Err(stale());
        }
        let own = case.status == CaseStatus::ToApprove && case.officer_id == Some(self.officer);
        if own && form.disposition == Disposition::Confirm {
            return Err(ServiceError::conflict(
                "own_case",
                "you reviewed this case yourself; a second officer approves it",
            ));
        }
        Ok(())
    }
}

fn stale() -> ServiceError {
    ServiceError::conflict("stale_version", "somebody else changed the case; look at it again")
}

fn view(status: CaseStatus) -> DispositionView {
    DispositionView { status, receipt_number: None, due_on: None, link: None, notice: None }
}
