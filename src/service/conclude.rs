//! The end of a call: confirmation, case or retry, with stills, record, ledger entry, audit event and due date, in one
//! transaction and once only.

use super::{
    Service, ServiceError,
    attempts::counts,
    beneficiary,
    record::{Grounds, event},
    token::sha256_hex,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        call::{CallConclusion, CallRecord, CallStatus, CapturedStill},
        case::CaseKind,
        challenge::Hint,
        confirmation::Channel,
        control::CallResult,
        ids::{CallId, StillId},
        verdict::{Reason, Verdict},
    },
    storage::{CallRow, NewStill, StillRow, Tx},
    vault::{DataKey, Kind},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use zeroize::Zeroizing;

/// From which retry on a link a person is offered first (DOMAIN §9: at most three tries before a person is offered).
const OFFER_PERSON_FROM: u32 = 2;

/// Evidence as it goes into the database.
pub(super) struct Sealed {
    record: Vec<u8>,
    stills: Vec<NewStill>,
    pub sha256: String,
}

/// How a call ended, before it is written.
struct Ending {
    status: CallStatus,
    action: Action,
    result: CallResult,
}

impl Service {
    /// Records the end of a call and says what the phone is told. The same call concluded again, also at the same time,
    /// changes nothing and gives the same answer; a call that was cut off stays cut off.
    ///
    /// # Errors
    /// When the database or the vault fails: then nothing is recorded, and it may be tried again.
    pub async fn conclude(&self, conclusion: CallConclusion) -> Result<CallResult, ServiceError> {
        let id = conclusion.record.brief.call_id;
        let mut tx = self.db.read().await?;
        let call = tx.call(id).await?.ok_or(ServiceError::NotFound("call"))?;
        if let Some(result) = call.result {
            return Ok(result);
        }
        if call.beneficiary_id != conclusion.record.brief.beneficiary_id {
            return Err(ServiceError::broken("a call was concluded for another beneficiary"));
        }
        let key = self.data_key(&mut tx, call.beneficiary_id).await?;
        drop(tx);
        let sealed = seal(&key, &conclusion)?;
        match self.write_conclusion(&call, &conclusion.record, &sealed).await {
            // Somebody wrote past the held row: what they wrote decides.
            Err(error) if error.is_taken() => {
                self.write_conclusion(&call, &conclusion.record, &sealed).await
            }
            done => done,
        }
    }

    async fn write_conclusion(
        &self,
        call: &CallRow,
        record: &CallRecord,
        sealed: &Sealed,
    ) -> Result<CallResult, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        tx.hold_beneficiary(call.beneficiary_id).await?;
        let fresh = tx.call(call.id).await?.ok_or(ServiceError::NotFound("call"))?;
        if let Some(result) = fresh.result {
            return Ok(result);
        }
        let ending = match &record.decision.verdict {
            Verdict::Confirmed => self.confirmed(&mut tx, call, record, sealed, now).await?,
            Verdict::Flagged { reasons } => self.flagged(&mut tx, call, reasons, now).await?,
            Verdict::Retry { advice } => retried(advice, record.brief.retries_before),
        };
        let counted = counts(&record.decision.verdict, record.evidence.liveness.end);
        let closed = tx.close_call(call.id, ending.status, now, counted, &ending.result).await?;
        if !closed {
            return Err(ServiceError::broken("an open call could not be closed"));
        }
        write_sealed(&mut tx, call.id, sealed).await?;
        tx.note_capture_end(call.id, record.evidence.liveness.end).await?;
        let pack = record.pack.as_ref();
        let detail = json!({
            "from": CallStatus::Open,
            "to": ending.status,
            "policy_version": record.decision.policy_version,
            "evidence_sha256": sealed.sha256,
            "pack": pack.map(|p| &p.name),
            "models": pack.map(|p| p.models.iter().map(|m| &m.sha256).collect::<Vec<_>>()),
        });
        let about = ("call", call.id);
        tx.add_audit(&event(now, Actor::Service, ending.action, about, detail)).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(ending.result)
    }

    async fn confirmed(
        &self,
        tx: &mut Tx,
        call: &CallRow,
        record: &CallRecord,
        sealed: &Sealed,
        now: DateTime<Utc>,
    ) -> Result<Ending, ServiceError> {
        let link = tx.link(call.link_id).await?.ok_or(ServiceError::NotFound("link"))?;
        let known = tx.confirmation_of(call.beneficiary_id, link.id, link.made_at).await?;
        let confirmation = if let Some(known) = known {
            known
        } else {
            let whom = beneficiary(tx, call.beneficiary_id).await?;
            let grounds = Grounds {
                channel: tx.link_channel(link.id).await?.unwrap_or(Channel::VideoAuto),
                link_id: Some(call.link_id),
                call_id: Some(call.id),
                case_id: None,
                officer_id: None,
                evidence_sha256: Some(sealed.sha256.clone()),
                policy_version: Some(record.decision.policy_version.clone()),
            };
            let made = self.record_confirmation(tx, &whom, grounds, now).await?;
            self.sample(tx, call, &sealed.sha256, now).await?;
            made
        };
        Ok(Ending {
            status: CallStatus::Confirmed,
            action: Action::CallConfirmed,
            result: CallResult::Confirmed {
                receipt_number: confirmation.receipt_number,
                due_on: confirmation.due_on,
            },
        })
    }

    async fn flagged(
        &self,
        tx: &mut Tx,
        call: &CallRow,
        reasons: &[Reason],
        now: DateTime<Utc>,
    ) -> Result<Ending, ServiceError> {
        let mut new = self
            .case_about(tx, call.beneficiary_id, CaseKind::FlaggedCall, reasons.to_vec(), now)
            .await?;
        new.case.call_id = Some(call.id);
        new.link_id = Some(call.link_id);
        tx.open_case(&new).await?;
        let about = ("case", new.case.id);
        let detail = json!({ "call_id": call.id });
        tx.add_audit(&event(now, Actor::Service, Action::CallFlagged, about, detail)).await?;
        Ok(Ending {
            status: CallStatus::Flagged,
            action: Action::CallFlagged,
            result: CallResult::WithOfficer {
                case_number: new.number,
                answer_by: new.case.answer_by,
            },
        })
    }
}

fn retried(advice: &[Hint], retries_before: u32) -> Ending {
    Ending {
        status: CallStatus::Retry,
        action: Action::CallRetry,
        result: CallResult::Retry {
            advice: advice.to_vec(),
            offer_person: retries_before + 1 >= OFFER_PERSON_FROM,
        },
    }
}

/// The stills that are kept: all for an officer, one after an automatic pass, none when the person tries again.
fn kept<'a>(verdict: &Verdict, stills: &'a [CapturedStill]) -> Vec<&'a CapturedStill> {
    match verdict {
        Verdict::Flagged { .. } => stills.iter().collect(),
        Verdict::Confirmed => {
            stills.iter().max_by_key(|s| (s.probe, s.quality)).into_iter().collect()
        }
        Verdict::Retry { .. } => Vec::new(),
    }
}

/// Seals the evidence of a call.
pub(super) fn seal(key: &DataKey, conclusion: &CallConclusion) -> Result<Sealed, ServiceError> {
    let call_id = conclusion.record.brief.call_id;
    let plain = Zeroizing::new(serde_json::to_vec(&conclusion.record)?);
    let record = key.seal(Kind::CallRecord, &call_id.to_string(), &plain)?;
    let mut digests = sha256_hex(&record);
    let mut stills = Vec::new();
    for still in kept(&conclusion.record.decision.verdict, &conclusion.stills) {
        let id = StillId::new();
        let sealed_jpeg = key.seal(Kind::Still, &id.to_string(), &still.jpeg)?;
        digests.push_str(&sha256_hex(&sealed_jpeg));
        let row = StillRow {
            id,
            call_id,
            at_ms: still.at_ms,
            probe: still.probe,
            width_px: still.width_px,
            height_px: still.height_px,
            eyes: still.eyes,
            quality: still.quality.map(crate::domain::score::QualityScore::get),
        };
        stills.push(NewStill { row, seq: still.seq, sealed_jpeg });
    }
    Ok(Sealed { record, stills, sha256: sha256_hex(digests.as_bytes()) })
}

/// Writes sealed evidence.
pub(super) async fn write_sealed(
    tx: &mut Tx,
    call: CallId,
    sealed: &Sealed,
) -> Result<(), ServiceError> {
    for still in &sealed.stills {
        tx.add_still(still).await?;
    }
    Ok(tx.keep_record(call, &sealed.record, &sealed.sha256).await?)
}
