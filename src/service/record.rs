//! What every way of confirming shares: the confirmation, its place in the ledger, and the dates it moves; and audit events.

use super::{Service, ServiceError, rules::Rules, signals::clear_death_signals};
use crate::{
    clock::china_date,
    domain::{
        assistance::Assistance,
        audit::{Action, Actor, AuditEvent},
        beneficiary::Beneficiary,
        confirmation::{Channel, Confirmation},
        ids::{AuditId, BeneficiaryId, CallId, CaseId, ConfirmationId, LinkId, OfficerId},
        name::name_of,
    },
    ledger::{Entry, EntryKind, Frontier, Hash, receipt_number},
    storage::{LedgerRow, NewConfirmation, Tx},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

/// What a confirmation rests on.
#[derive(Debug)]
pub(super) struct Grounds {
    pub channel: Channel,
    pub link_id: Option<LinkId>,
    pub call_id: Option<CallId>,
    pub case_id: Option<CaseId>,
    pub officer_id: Option<OfficerId>,
    pub evidence_sha256: Option<String>,
    pub policy_version: Option<String>,
}

impl Service {
    /// Records the confirmation of somebody seen alive now, with everything that follows from it. The beneficiary must be held.
    pub(super) async fn record_confirmation(
        &self,
        tx: &mut Tx,
        beneficiary: &Beneficiary,
        grounds: Grounds,
        at: DateTime<Utc>,
    ) -> Result<Confirmation, ServiceError> {
        self.record_evidence(tx, beneficiary.id, grounds, china_date(at), at).await
    }

    /// Records a confirmation by evidence that the person was alive on `alive_on`: the period begins on that day. It withdraws what was
    /// proposed against the person, lifts a stop, and clears a signal of death that is not younger. The beneficiary must be held.
    pub(super) async fn record_evidence(
        &self,
        tx: &mut Tx,
        beneficiary_id: BeneficiaryId,
        grounds: Grounds,
        alive_on: NaiveDate,
        at: DateTime<Utc>,
    ) -> Result<Confirmation, ServiceError> {
        let row =
            tx.count_row(beneficiary_id).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        let rules = Rules::read(tx).await?;
        let runs = rules.runs(&row)?;
        if row.period.is_none() {
            tx.set_dates(&[(row.id, runs)]).await?;
        }
        let dates = rules
            .counting(&row)
            .next(&runs, alive_on)
            .map_err(|error| ServiceError::broken(error.to_string()))?;
        let days = (alive_on, dates.cycle_due_on);
        let new = enter(tx, beneficiary_id, grounds, days, (at, at)).await?;
        if let Some(link) = new.link_id
            && tx.last_consent(link).await?.is_some_and(|c| c.assisted)
        {
            tx.set_assistance(new.confirmation.id, Some(Assistance::Assisted)).await?;
        }
        let newest = row.last_confirmed_on.map_or(alive_on, |last| last.max(alive_on));
        tx.set_confirmed(beneficiary_id, newest, &dates).await?;
        tx.restart_attempts(beneficiary_id, at).await?;
        clear_death_signals(tx, beneficiary_id, alive_on, at).await?;
        self.lift(tx, &new.confirmation, at).await?;
        self.plan_receipt(tx, &new.confirmation, at).await?;
        Ok(new.confirmation)
    }
}

/// Writes a confirmation, by which the person was seen alive on the first day and holds until the second, and its place in the ledger.
/// It is of the first instant; recorded at the second.
pub(super) async fn enter(
    tx: &mut Tx,
    beneficiary_id: BeneficiaryId,
    grounds: Grounds,
    (alive_on, due_on): (NaiveDate, NaiveDate),
    (confirmed_at, recorded_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<NewConfirmation, ServiceError> {
    let id = ConfirmationId::new();
    let entry = Entry {
        sequence: 0,
        kind: EntryKind::Confirmation,
        recorded_at,
        record_id: id.0,
        what: name_of(&grounds.channel).unwrap_or_default(),
        due_on: Some(due_on),
        evidence_sha256: grounds.evidence_sha256.clone(),
        policy_version: grounds.policy_version.clone(),
    };
    let receipt_number = append(tx, entry).await?;
    let confirmation = Confirmation {
        id,
        beneficiary_id,
        channel: grounds.channel,
        confirmed_at,
        period_from: alive_on,
        due_on,
        call_id: grounds.call_id,
        case_id: grounds.case_id,
        officer_id: grounds.officer_id,
        evidence_sha256: grounds.evidence_sha256,
        policy_version: grounds.policy_version,
        receipt_number,
    };
    let new = NewConfirmation { confirmation, link_id: grounds.link_id };
    tx.add_confirmation(&new).await?;
    Ok(new)
}

/// Appends an entry at the end of the ledger, whatever `sequence` it came with; its receipt number.
pub(super) async fn append(tx: &mut Tx, entry: Entry) -> Result<String, ServiceError> {
    let (sequence, leaf) = appended(tx, entry).await?;
    Ok(receipt_number(sequence, &leaf))
}

/// Appends an entry; its place and its leaf.
pub(super) async fn appended(tx: &mut Tx, mut entry: Entry) -> Result<(u64, Hash), ServiceError> {
    tx.next("ledger").await?;
    let mut frontier = match tx.ledger_head().await? {
        Some(head) => frontier_after(&head)?,
        None => Frontier::default(),
    };
    entry.sequence = frontier.size();
    let leaf = entry.hash();
    frontier.append(leaf);
    tx.append_ledger(&LedgerRow {
        sequence: entry.sequence,
        entry: serde_json::to_string(&entry)?,
        leaf_sha256: hex::encode(leaf),
        peaks: frontier.peaks().iter().map(hex::encode).collect(),
    })
    .await?;
    Ok((entry.sequence, leaf))
}

fn frontier_after(head: &LedgerRow) -> Result<Frontier, ServiceError> {
    let peak = |text: &String| -> Option<Hash> {
        let mut hash = Hash::default();
        hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
    };
    head.peaks
        .iter()
        .map(peak)
        .collect::<Option<Vec<Hash>>>()
        .and_then(|peaks| Frontier::from_parts(head.sequence + 1, peaks))
        .ok_or_else(|| ServiceError::broken(format!("ledger entry {} is damaged", head.sequence)))
}

/// An audit event about one thing.
pub(super) fn event(
    at: DateTime<Utc>,
    actor: Actor,
    action: Action,
    (subject_kind, subject_id): (&str, impl std::fmt::Display),
    detail: Value,
) -> AuditEvent {
    AuditEvent {
        id: AuditId::new(),
        at,
        actor,
        action,
        subject_kind: subject_kind.to_owned(),
        subject_id: subject_id.to_string(),
        detail,
    }
}
