//! Calls: opened, resumed by their token, cut off. Concluding is in `conclude`.

use super::{
    Attachment, Service, ServiceError,
    links::Standing,
    record::event,
    token::{Token, sha256_hex},
    views::OpenedCall,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        beneficiary::BenefitStatus,
        call::{CallBrief, CallRecord, CallStatus},
        control::CallResult,
        ids::{CallId, LinkId},
        signal::{Signal, SignalKind, SignalState},
        verdict::Reason,
    },
    storage::{CallKind, NewCall, ReferenceRow, Tx},
    vault::{DataKey, Kind, random},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;
use subtle::ConstantTimeEq;

/// After how long a page goes on with still frames when WebRTC does not connect, ms.
const STILLS_AFTER_MS: u64 = 8000;

/// Starts and ends live calls. The live part of the program implements it.
#[async_trait]
pub trait CallStarter: std::fmt::Debug + Send + Sync {
    /// Whether one more call has a place now. It reserves nothing.
    ///
    /// # Errors
    /// When all places are taken: seconds after which to ask again.
    fn admit(&self) -> Result<(), u64>;

    /// Starts a call whose row is written.
    fn start(&self, brief: CallBrief);

    /// Ends a call that another one on the same link replaced; its row is closed already. Unknown calls are passed over.
    fn stop(&self, call: CallId);

    /// Connects a socket to a live call; `None` when the call is not live on this node.
    async fn attach(&self, call: CallId) -> Option<Attachment>;

    /// Calls going on now.
    fn live_calls(&self) -> usize;
}

/// What a call's token opens.
#[derive(Clone, Debug)]
pub struct CallAccess {
    /// Where the call stands.
    pub status: CallStatus,
    /// Node that conducts it.
    pub node: String,
    /// How it ended, when it has.
    pub result: Option<CallResult>,
}

/// A call's references with the photographs that must be looked at anew.
type References = Vec<(ReferenceRow, Option<Vec<u8>>)>;

impl Service {
    /// Opens a call on a link. An earlier call still open on it is cut off: one link holds one place.
    ///
    /// # Errors
    /// `consent_missing`, `already_confirmed`, `with_officer`, too many tries, or all places taken.
    pub async fn open_call(&self, token: &str) -> Result<OpenedCall, ServiceError> {
        let now = self.now();
        let (key, references) = self.before_opening(token, now).await?;
        let starter = self
            .starter
            .get()
            .ok_or_else(|| ServiceError::broken("no calls can be started here"))?;
        starter.admit().map_err(|retry_after_s| ServiceError::Full { retry_after_s })?;
        let enrolled = references.len();
        let (templates, renewed) = self.templates(&key, references).await?;

        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        refuse(&standing, now)?;
        for reference in &renewed {
            tx.set_embedding(reference.id, &reference.embedder_sha256, &reference.sealed).await?;
        }
        let replaced = cut_off_open(&mut tx, standing.link.id, now).await?;
        let call_token = Token::draw()?;
        let mut brief = self.brief(&mut tx, &standing, now).await?;
        if templates.is_empty() && enrolled > 0 && self.examiner.pack().is_some() {
            brief.standing.push(Reason::ReferencePoor);
        }
        brief.references = templates;
        self.write_opened(&mut tx, &standing, &brief, &call_token).await?;
        tx.commit().await?;

        let opened = self.opened(brief.call_id, call_token);
        self.stop(replaced);
        starter.start(brief);
        Ok(opened)
    }

    /// Ends live calls whose rows were closed.
    pub(super) fn stop(&self, replaced: Vec<CallId>) {
        if let Some(starter) = self.starter.get() {
            for call in replaced {
                starter.stop(call);
            }
        }
    }

    /// Refuses early, and reads what is needed to prepare the references outside of the writing transaction.
    async fn before_opening(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(DataKey, References), ServiceError> {
        let mut tx = self.db.read().await?;
        let standing = self.standing(&mut tx, token, now).await?;
        refuse(&standing, now)?;
        let key = self.data_key(&mut tx, standing.beneficiary.id).await?;
        let pack = self.examiner.pack();
        let embedder = pack.as_ref().and_then(super::examiner::embedder_of);
        let mut references = Vec::new();
        for row in tx.references(standing.beneficiary.id).await? {
            let fresh = embedder.is_none_or(|sha256| sha256 == row.embedder_sha256);
            let photo =
                if fresh { None } else { tx.reference_photo(row.id).await?.map(|(_, p)| p) };
            references.push((row, photo));
        }
        Ok((key, references))
    }

    async fn brief(
        &self,
        tx: &mut Tx,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<CallBrief, ServiceError> {
        let (before, retries_before) = tx.calls_before(standing.link.id).await?;
        let mut facts = Vec::new();
        if standing.beneficiary.status != BenefitStatus::Active {
            facts.push(Reason::DataConflict);
        }
        let signals = tx.signals(standing.beneficiary.id).await?;
        let open = |s: &Signal| s.kind == SignalKind::DeathSignal && s.state == SignalState::Open;
        if signals.iter().any(open) {
            facts.push(Reason::DeathSignal);
        }
        Ok(CallBrief {
            call_id: CallId::new(),
            beneficiary_id: standing.beneficiary.id,
            opened_at: now,
            references: Vec::new(),
            policy: self.policy_in_force(tx, now).await?,
            seed: random()?,
            assisted: standing.consent.as_ref().is_some_and(|c| c.assisted),
            helper: standing.consent.as_ref().and_then(|c| c.helper),
            attempt: before + 1,
            retries_before,
            standing: facts,
        })
    }

    async fn write_opened(
        &self,
        tx: &mut Tx,
        standing: &Standing,
        brief: &CallBrief,
        token: &Token,
    ) -> Result<(), ServiceError> {
        tx.open_call(&NewCall {
            id: brief.call_id,
            kind: CallKind::Call,
            link_id: standing.link.id,
            beneficiary_id: brief.beneficiary_id,
            node: &self.settings.server.node,
            token_sha256: &token.sha256,
            opened_at: brief.opened_at,
            policy_version: &brief.policy.version,
        })
        .await?;
        let about = ("call", brief.call_id);
        let detail = json!({ "link_id": standing.link.id, "attempt": brief.attempt });
        let opened = event(brief.opened_at, Actor::Citizen, Action::CallOpened, about, detail);
        Ok(tx.add_audit(&opened).await?)
    }

    fn opened(&self, call_id: CallId, token: Token) -> OpenedCall {
        OpenedCall {
            call_id,
            call_token: token.plain,
            ws_path: format!("/api/phone/calls/{call_id}/ws"),
            frames_per_second: self.settings.media.frames_per_second,
            stills_after_ms: STILLS_AFTER_MS,
            still_bytes_max: self.settings.media.still_bytes_max,
        }
    }

    /// What a call's token opens.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such call, [`ServiceError::SignedOut`] when the token is not its own.
    pub async fn call_of_token(
        &self,
        call: CallId,
        token: &str,
    ) -> Result<CallAccess, ServiceError> {
        let row = self.db.read().await?.call(call).await?;
        let row = row.ok_or(ServiceError::NotFound("call"))?;
        let given = sha256_hex(token.as_bytes());
        if !bool::from(given.as_bytes().ct_eq(row.token_sha256.as_bytes())) {
            return Err(ServiceError::SignedOut);
        }
        Ok(CallAccess { status: row.status, node: row.node, result: row.result })
    }

    /// Cuts a call off: it counts for nothing. One that is closed already stays as it is.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such call.
    pub async fn interrupt(&self, call: CallId) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        tx.call(call).await?.ok_or(ServiceError::NotFound("call"))?;
        cut_off(&mut tx, call, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Cuts off the calls that a crash of `node` left open; how many. Run it before the node takes calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_interrupted(&self, node: &str) -> Result<u64, ServiceError> {
        let mut tx = self.db.write().await?;
        let (left, now) = (tx.open_calls_of_node(node).await?, self.now());
        let mut swept = 0;
        for call in left {
            swept += u64::from(cut_off(&mut tx, call, now).await?);
        }
        tx.interrupt_batches(node, now).await?;
        tx.commit().await?;
        Ok(swept)
    }

    /// The record of a concluded call, opened.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such call or it left no record, e.g. because it was cut off.
    pub async fn call_record(&self, call: CallId) -> Result<CallRecord, ServiceError> {
        let mut tx = self.db.read().await?;
        let row = tx.call(call).await?.ok_or(ServiceError::NotFound("call"))?;
        let (CallKind::Call, Some(sealed)) = (row.kind, row.sealed_record) else {
            return Err(ServiceError::NotFound("record of a call with a verdict"));
        };
        let key = self.data_key(&mut tx, row.beneficiary_id).await?;
        open_record(&key, call, &sealed)
    }
}

fn refuse(standing: &Standing, now: DateTime<Utc>) -> Result<(), ServiceError> {
    standing.refuse_when_done()?;
    standing.refuse_without_consent()?;
    standing.refuse_too_many(now)
}

/// Closes an open call as interrupted; false when it was closed before.
async fn cut_off(tx: &mut Tx, call: CallId, at: DateTime<Utc>) -> Result<bool, ServiceError> {
    let result = CallResult::Interrupted;
    if !tx.close_call(call, CallStatus::Interrupted, at, false, &result).await? {
        return Ok(false);
    }
    let about = ("call", call);
    let cut = event(at, Actor::Service, Action::CallInterrupted, about, json!({}));
    tx.add_audit(&cut).await?;
    Ok(true)
}

/// Closes whatever is still open on a link; which calls that were.
pub(super) async fn cut_off_open(
    tx: &mut Tx,
    link: LinkId,
    at: DateTime<Utc>,
) -> Result<Vec<CallId>, ServiceError> {
    let open = tx.open_calls_of_link(link).await?;
    for call in &open {
        cut_off(tx, *call, at).await?;
    }
    Ok(open)
}

/// Opens the sealed record of a call.
pub(super) fn open_record(
    key: &DataKey,
    call: CallId,
    sealed: &[u8],
) -> Result<CallRecord, ServiceError> {
    let plain = key.open(Kind::CallRecord, &call.to_string(), sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}
