//! Signals from outside, investigations, and attempts to reach people. None of them stops anything.

use super::{Service, ServiceError, record::event};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        case::CaseKind,
        contact::{ContactAttempt, ContactChannel, ContactOutcome},
        ids::{BeneficiaryId, CaseId, ContactAttemptId, InvestigationId, OfficerId, SignalId},
        investigation::{Investigation, InvestigationEnd, InvestigationFinding},
        signal::{Signal, SignalKind, SignalState},
        verdict::Reason,
    },
    storage::Tx,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

/// Longest report of an investigation, characters.
const REPORT_CHARS_MAX: usize = 4_000;

/// A signal as it comes in.
#[derive(Clone, Debug)]
pub struct SignalForm {
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// What it tells.
    pub kind: SignalKind,
    /// Where it came from: a short name, no personal data.
    pub source: String,
    /// The day it tells of.
    pub event_on: Option<NaiveDate>,
}

impl Service {
    /// Settles a conflict of data that somebody put right (`Cleared`) or found to be so (`True`), and its case. Signals of death are
    /// settled by a confirmation or by the end of the benefit, never by a click.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when no conflict of data about this person is open.
    pub async fn settle_data_conflict(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
        to: SignalState,
    ) -> Result<(), ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        tx.hold_beneficiary(of).await?;
        if tx.settle_signals(of, SignalKind::DataConflict, to, at).await? == 0 {
            return Err(ServiceError::NotFound("open conflict of data"));
        }
        tx.settle_cases(of, CaseKind::DataConflict).await?;
        let by = Actor::Officer { id: officer };
        let detail = json!({ "state": to });
        tx.add_audit(&event(at, by, Action::SignalSettled, ("beneficiary", of), detail)).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a signal: it opens a case, and that is all it does. A death opens the task to see the person alive, on the same day. The
    /// same word from the same source again adds nothing. The case it opened, if it did.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], `source_missing`.
    pub async fn take_signal(&self, form: SignalForm) -> Result<Option<CaseId>, ServiceError> {
        let source = form.source.trim().to_owned();
        let named = (1..=64).contains(&source.len())
            && source.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !named {
            let detail = "source: a short name such as civil_affairs (letters, digits, _ -)";
            return Err(ServiceError::unacceptable("source_missing", detail));
        }
        let at = self.now();
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(form.beneficiary_id).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let about = (form.beneficiary_id, form.kind);
        let case = self.note_signal(&mut tx, about, &source, form.event_on, at).await?;
        tx.commit().await?;
        Ok(case)
    }

    /// The same inside a transaction, with the person held: what a visit heard, what matched data contradicted.
    pub(super) async fn note_signal(
        &self,
        tx: &mut Tx,
        (of, what): (BeneficiaryId, SignalKind),
        source: &str,
        event_on: Option<NaiveDate>,
        at: DateTime<Utc>,
    ) -> Result<Option<CaseId>, ServiceError> {
        let signal = Signal {
            id: SignalId::new(),
            beneficiary_id: of,
            kind: what,
            source: source.to_owned(),
            event_on,
            received_at: at,
            case_id: None,
            state: SignalState::Open,
            settled_at: None,
        };
        if !tx.add_signal(&signal).await? {
            return Ok(None);
        }
        let (kind, reason) = match what {
            SignalKind::DeathSignal => (CaseKind::ConfirmAlive, Reason::DeathSignal),
            SignalKind::DataConflict => (CaseKind::DataConflict, Reason::DataConflict),
        };
        let new = self.case_about(tx, of, kind, vec![reason], at).await?;
        tx.open_case(&new).await?;
        tx.set_signal_case(signal.id, new.case.id).await?;
        let detail = json!({ "signal_id": signal.id, "kind": what, "case_id": new.case.id });
        let about = ("beneficiary", of);
        tx.add_audit(&event(at, Actor::Service, Action::SignalReceived, about, detail)).await?;
        Ok(Some(new.case.id))
    }

    /// Opens an investigation into what became of a person.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `investigation_runs` when one does.
    pub async fn open_investigation(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
    ) -> Result<InvestigationId, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(of).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let new = Investigation {
            id: InvestigationId::new(),
            beneficiary_id: of,
            opened_at: at,
            opened_by: officer,
            end: None,
        };
        if tx.investigations(of).await?.iter().any(|i| i.end.is_none()) {
            return Err(ServiceError::conflict(
                "investigation_runs",
                "an investigation about this person runs already",
            ));
        }
        tx.open_investigation(&new).await?;
        let detail = json!({ "investigation_id": new.id });
        let by = Actor::Officer { id: officer };
        let about = ("beneficiary", of);
        tx.add_audit(&event(at, by, Action::InvestigationOpened, about, detail)).await?;
        tx.commit().await?;
        Ok(new.id)
    }

    /// Closes an investigation with what it found and how. Finding the person alive confirms nobody: the visit or call that found them
    /// is confirmed by its own channel.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], `closed`, `report_missing`.
    pub async fn close_investigation(
        &self,
        officer: OfficerId,
        id: InvestigationId,
        finding: InvestigationFinding,
        report: &str,
    ) -> Result<(), ServiceError> {
        let report = report.trim();
        if report.is_empty() || report.chars().count() > REPORT_CHARS_MAX {
            let detail = format!(
                "report: say in at most {REPORT_CHARS_MAX} characters whom you asked, where you went, what you saw"
            );
            return Err(ServiceError::unacceptable("report_missing", detail));
        }
        let at = self.now();
        let mut tx = self.db.write().await?;
        let found = tx.investigation(id).await?.ok_or(ServiceError::NotFound("investigation"))?;
        tx.hold_beneficiary(found.beneficiary_id).await?;
        let end = InvestigationEnd {
            closed_at: at,
            closed_by: officer,
            finding,
            report: report.to_owned(),
        };
        if !tx.close_investigation(id, &end).await? {
            return Err(ServiceError::conflict("closed", "the investigation is closed already"));
        }
        let detail = json!({ "investigation_id": id, "finding": finding });
        let by = Actor::Officer { id: officer };
        let about = ("beneficiary", found.beneficiary_id);
        tx.add_audit(&event(at, by, Action::InvestigationClosed, about, detail)).await?;
        Ok(tx.commit().await?)
    }

    /// Records that an officer tried to reach a person.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn record_contact(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
        channel: ContactChannel,
        outcome: ContactOutcome,
    ) -> Result<ContactAttemptId, ServiceError> {
        let at = self.now();
        let attempt = ContactAttempt {
            id: ContactAttemptId::new(),
            beneficiary_id: of,
            channel,
            outcome,
            attempted_at: at,
            attempted_on: china_date(at),
            notice_id: None,
            officer_id: Some(officer),
        };
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(of).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        tx.keep_contact_attempts(std::slice::from_ref(&attempt)).await?;
        tx.commit().await?;
        Ok(attempt.id)
    }

    /// Keeps attempts that a batch made (notices), all or none. Telling of a notice again changes its outcome only.
    ///
    /// # Errors
    /// When the database fails, or one of the people is not in the roster.
    pub async fn record_contacts(&self, attempts: &[ContactAttempt]) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        tx.keep_contact_attempts(attempts).await?;
        Ok(tx.commit().await?)
    }
}

/// The person was seen alive on `alive_on`: signals of death from before were wrong, and their cases are settled. A younger signal stays:
/// evidence from before it says nothing.
pub(super) async fn clear_death_signals(
    tx: &mut Tx,
    of: BeneficiaryId,
    alive_on: NaiveDate,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let signals = tx.signals(of).await?;
    let open = |s: &&Signal| s.kind == SignalKind::DeathSignal && s.state == SignalState::Open;
    let told = |s: &Signal| s.event_on.unwrap_or(china_date(s.received_at));
    if signals.iter().filter(open).any(|s| told(s) > alive_on) {
        return Ok(());
    }
    settle(tx, of, SignalState::Cleared, at).await
}

/// Settles the open signals of death, and the cases that they opened.
pub(super) async fn settle(
    tx: &mut Tx,
    of: BeneficiaryId,
    to: SignalState,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if tx.settle_signals(of, SignalKind::DeathSignal, to, at).await? > 0 {
        tx.settle_cases(of, CaseKind::ConfirmAlive).await?;
    }
    Ok(())
}
