//! The end of a live call: the officer's result, the stills, the signed protocol and what follows from it, in one transaction, once only.

use super::LiveCallRow;
use crate::{
    call::LiveRecord,
    domain::{
        audit::{Action, Actor},
        case::{CaseStatus, Disposition},
        ids::{CaseId, LiveCallId, OfficerId, StillId},
        live_call::LiveEnd,
        live_control::LiveResult,
        live_record::{LiveMatch, LiveProtocol, PROTOCOL_FORMAT},
    },
    ledger::{SigningKey, sign_for, signing_key},
    service::{
        Service, ServiceError,
        record::event,
        token::sha256_hex,
        views::{
            DispositionForm, DispositionView, LiveCallLine, LiveProtocolView, LiveResultForm,
            LiveStillView,
        },
    },
    storage::{NewLiveStill, SignedProtocol, Tx},
    vault::Kind,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// What the signature of a protocol is for.
const PURPOSE: &str = "live call protocol";

/// The live call on which a disposition rests.
#[derive(Clone, Debug)]
pub(in crate::service) struct LiveGround {
    pub live_call_id: LiveCallId,
    /// SHA-256 of the protocol, hex.
    pub sha256: String,
    /// The machine saw another face than the reference's: a second officer looks.
    pub far: bool,
}

impl Service {
    /// Records the result that the officer said to the person: disposition, stills and protocol together, or nothing of it.
    ///
    /// # Errors
    /// `not_yours`, `live_over`, `not_talked` before anybody has come; for a confirmation `word_missing`, `identity_missing` (neither the
    /// code nor both prompts), `snapshot_missing`; and those of a disposition.
    pub async fn conclude_live(
        &self,
        officer: OfficerId,
        proved_at: DateTime<Utc>,
        id: LiveCallId,
        form: LiveResultForm,
    ) -> Result<DispositionView, ServiceError> {
        let over = || ServiceError::conflict("live_over", "this call is over");
        let switchboard = &self.lines()?.switchboard;
        let record = switchboard.record(id).await.ok_or_else(over)?;
        if record.end.is_some() {
            return Err(over());
        }
        ready(&record, &form.disposition)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let call = self.own_live_call(&mut tx, officer, id).await?;
        let protocol = protocol(&call, &record, (officer, now), &form.disposition);
        let signed = self.sign(&protocol)?;
        let ground = LiveGround {
            live_call_id: id,
            sha256: signed.sha256.clone(),
            far: record.machine.comparison == LiveMatch::Far,
        };
        let form = DispositionForm { version: form.version, disposition: form.disposition };
        let view = self
            .dispose_in(&mut tx, (officer, proved_at, now), call.case_id, form, Some(ground))
            .await?;
        if !tx.end_live_call(id, LiveEnd::Decided, Some(&signed), now).await? {
            return Err(over());
        }
        self.keep_stills(&mut tx, &call, &record).await?;
        let by = Actor::Officer { id: officer };
        let detail = json!({
            "live_call_id": id,
            "protocol_sha256": signed.sha256,
            "snapshots": record.snapshots.iter().map(|s| &s.mark.sha256).collect::<Vec<_>>(),
        });
        let about = ("case", call.case_id);
        tx.add_audit(&event(now, by, Action::LiveCallConcluded, about, detail)).await?;
        tx.commit().await?;
        self.news.tell();
        switchboard.announce(id, told(&view)).await;
        Ok(view)
    }

    /// The protocol of a live call.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such call or it left none.
    pub async fn live_protocol(&self, id: LiveCallId) -> Result<LiveProtocolView, ServiceError> {
        let call = self.db.read().await?.live_call(id).await?;
        let signed = call.and_then(|call| call.protocol);
        let signed = signed.ok_or(ServiceError::NotFound("protocol"))?;
        Ok(LiveProtocolView {
            live_call_id: id,
            protocol: signed.text,
            signature: signed.signature,
            sha256: signed.sha256,
            public_key: hex::encode(self.protocol_key().verifying_key().to_bytes()),
        })
    }

    /// A still of a live call, JPEG. The look is an audit event.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such still.
    pub async fn live_still(
        &self,
        officer: OfficerId,
        still: StillId,
    ) -> Result<Vec<u8>, ServiceError> {
        let mut tx = self.db.write().await?;
        let found = tx.live_still_jpeg(still).await?.ok_or(ServiceError::NotFound("still"))?;
        let (case, whose, sealed) = found;
        let key = self.data_key(&mut tx, whose).await?;
        let jpeg = key.open(Kind::Still, &still.to_string(), &sealed)?;
        self.face_viewed(&mut tx, officer, ("still", still.to_string()), case).await?;
        tx.commit().await?;
        Ok(jpeg.to_vec())
    }

    /// The live calls about a case, newest first, with their stills.
    pub(in crate::service) async fn live_lines_of(
        &self,
        tx: &mut Tx,
        case: CaseId,
    ) -> Result<Vec<LiveCallLine>, ServiceError> {
        let stills = tx.live_stills_of(case).await?;
        let of = |id: LiveCallId| {
            let own = stills.iter().filter(move |still| still.live_call_id == id);
            let view = |still: &crate::storage::LiveStillRow| LiveStillView {
                id: still.id,
                taken_at: still.taken_at,
                width_px: still.width_px,
                height_px: still.height_px,
            };
            own.map(view).collect()
        };
        let calls = tx.live_calls_about(case).await?;
        let line = |call: LiveCallRow| LiveCallLine {
            live_call_id: call.id,
            opened_at: call.opened_at,
            protocol: call.protocol.is_some(),
            stills: of(call.id),
        };
        Ok(calls.into_iter().map(line).collect())
    }

    async fn keep_stills(
        &self,
        tx: &mut Tx,
        call: &LiveCallRow,
        record: &LiveRecord,
    ) -> Result<(), ServiceError> {
        let key = self.data_key(tx, call.beneficiary_id).await?;
        for snapshot in &record.snapshots {
            let id = StillId::new();
            tx.add_live_still(&NewLiveStill {
                id,
                live_call_id: call.id,
                taken_at: after(call.opened_at, snapshot.mark.at_ms),
                width_px: snapshot.width_px,
                height_px: snapshot.height_px,
                jpeg_sha256: snapshot.mark.sha256.clone(),
                sealed_jpeg: key.seal(Kind::Still, &id.to_string(), &snapshot.jpeg)?,
            })
            .await?;
        }
        Ok(())
    }

    fn sign(&self, protocol: &LiveProtocol) -> Result<SignedProtocol, ServiceError> {
        let text = serde_json::to_string(protocol)?;
        let signature = sign_for(PURPOSE, text.as_bytes(), &self.protocol_key());
        let sha256 = sha256_hex(text.as_bytes());
        Ok(SignedProtocol { text, signature, sha256 })
    }

    fn protocol_key(&self) -> SigningKey {
        signing_key(&self.vault.receipt_secret())
    }
}

/// The live call that a colleague's proposal rests on.
pub(in crate::service) async fn ground_of(
    tx: &mut Tx,
    id: Option<LiveCallId>,
) -> Result<Option<LiveGround>, ServiceError> {
    let Some(id) = id else { return Ok(None) };
    let signed = tx.live_call(id).await?.and_then(|call| call.protocol);
    Ok(signed.map(|p| LiveGround { live_call_id: id, sha256: p.sha256, far: false }))
}

/// Whether the call went far enough for this result.
fn ready(record: &LiveRecord, disposition: &Disposition) -> Result<(), ServiceError> {
    let refuse =
        |code: &'static str, detail: &'static str| Err(ServiceError::conflict(code, detail));
    if record.talking_from_ms.is_none() {
        return refuse("not_talked", "nobody has come to this call yet");
    }
    if *disposition != Disposition::Confirm {
        return Ok(());
    }
    if record.word_said_ms.is_none() {
        return refuse("word_missing", "say the case word to the person first");
    }
    let prompts = record.prompts.iter().all(|prompt| prompt.done == Some(true));
    if record.code_read_ms.is_none() && !prompts {
        return refuse("identity_missing", "the person reads the code back, or does both prompts");
    }
    if record.snapshots.is_empty() {
        return refuse("snapshot_missing", "keep one still of the person first");
    }
    Ok(())
}

fn after(opened_at: DateTime<Utc>, ms: u64) -> DateTime<Utc> {
    opened_at + TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX / 1_000_000))
}

fn protocol(
    call: &LiveCallRow,
    record: &LiveRecord,
    (officer, now): (OfficerId, DateTime<Utc>),
    disposition: &Disposition,
) -> LiveProtocol {
    let word = serde_json::to_value(disposition).ok();
    let outcome = word.as_ref().and_then(|value| value["disposition"].as_str().map(str::to_owned));
    LiveProtocol {
        format: PROTOCOL_FORMAT,
        live_call_id: call.id,
        case_id: call.case_id,
        beneficiary_id: call.beneficiary_id,
        officer_id: officer,
        opened_at: call.opened_at,
        talked_from: record.talking_from_ms.map(|ms| after(call.opened_at, ms)),
        ended_at: now,
        word_said_ms: record.word_said_ms,
        code_read_ms: record.code_read_ms,
        code_wrong: record.code_wrong,
        prompts: record.prompts.clone(),
        snapshots: record.snapshots.iter().map(|s| s.mark.clone()).collect(),
        cuts: record.cuts.clone(),
        still_frames: record.still_frames,
        machine: record.machine,
        outcome: outcome.unwrap_or_default(),
    }
}

/// The result in the words of both sides.
fn told(view: &DispositionView) -> LiveResult {
    match (&view.receipt_number, view.due_on, view.status) {
        (Some(receipt_number), Some(due_on), CaseStatus::Confirmed) => {
            LiveResult::Confirmed { receipt_number: receipt_number.clone(), due_on }
        }
        _ => LiveResult::Recorded,
    }
}
