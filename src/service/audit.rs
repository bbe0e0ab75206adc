//! The audit: reading it, sealing it into the ledger, and checking that neither was changed.

use super::{
    Service, ServiceError,
    record::{appended, event},
    views::{AuditForm, AuditPage, AuditRowView, ChainView},
};
use crate::{
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
    },
    ledger::{Entry, EntryKind, Frontier, Hash},
    storage::{AuditFilter, AuditLine, AuditSeal, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Events shown at once.
const ROWS: i64 = 100;
/// Longest digest or version that is searched for: a SHA-256 has 64 characters.
const MARK_MAX: usize = 64;
/// Rows read at once while checking.
const BATCH: i64 = 2_000;
/// An event bears the time at which its use case began: after this long none is still to come.
const SETTLED: TimeDelta = TimeDelta::minutes(2);
/// What stands in a digest's place before the first seal.
const FIRST: &str = "jianmian audit seal 1";

impl Service {
    /// A page of the audit, newest first. Reading it is itself an audit event.
    ///
    /// # Errors
    /// `bad_mark`; or when the database fails.
    pub async fn audit(
        &self,
        reader: OfficerId,
        form: AuditForm,
    ) -> Result<AuditPage, ServiceError> {
        let now = self.now();
        let mark = form.mark.trim().to_owned();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if mark.len() > MARK_MAX || !mark.bytes().all(plain) {
            let detail = format!("mark: up to {MARK_MAX} letters, digits, . - or _");
            return Err(ServiceError::unacceptable("bad_mark", detail));
        }
        let filter = AuditFilter {
            from: form.from.unwrap_or(DateTime::UNIX_EPOCH),
            until: form.until.unwrap_or(now + TimeDelta::days(1)),
            action: form.action,
            officer: form.officer,
            person: form.person.trim().to_owned(),
            mark,
            before: form.before.map(|b| (b.at, b.id)),
        };
        let mut tx = self.db.write().await?;
        let mut lines = tx.audit_page(&filter, ROWS + 1).await?;
        let more = lines.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
        lines.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
        let names = tx.officer_names().await?;
        let rows = lines.into_iter().map(|line| row(line, &names)).collect();
        if filter.before.is_none() {
            // Whom somebody asked about is told by what only the vault can compute: the audit holds no personal data.
            let veiled =
                || hex::encode(&self.vault.secret("audit asked", b"", &filter.person)[..8]);
            let asked = (!filter.person.is_empty()).then(veiled);
            let detail = json!({
                "person_mark": asked,
                "action": filter.action,
                "officer": filter.officer,
                "mark": (!filter.mark.is_empty()).then_some(&filter.mark),
            });
            let by = Actor::Officer { id: reader };
            let read = event(now, by, Action::AuditRead, ("officer", reader), detail);
            tx.add_audit(&read).await?;
        }
        tx.commit().await?;
        let mut officers: Vec<_> = names.into_iter().map(|(id, name)| (name, id)).collect();
        officers.sort();
        Ok(AuditPage { rows, more, officers })
    }

    /// Seals what was not sealed yet; whether there was anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seal_audit(&self) -> Result<bool, ServiceError> {
        let until_at = self.now() - SETTLED;
        let mut tx = self.db.write().await?;
        let last = tx.audit_seals().await?.pop();
        let from_at = match &last {
            Some(seal) => seal.until_at,
            None => tx.first_audit_at().await?.unwrap_or(until_at),
        };
        if from_at >= until_at {
            return Ok(false);
        }
        let before = last.as_ref().map_or(FIRST, |seal| seal.sha256.as_str());
        let (events, sha256) = digest(&mut tx, (from_at, until_at), before).await?;
        if events == 0 {
            return Ok(false);
        }
        let entry = Entry {
            sequence: 0,
            kind: EntryKind::AuditSeal,
            recorded_at: self.now(),
            record_id: uuid::Uuid::now_v7(),
            what: "audit".into(),
            due_on: None,
            evidence_sha256: Some(sha256.clone()),
            policy_version: None,
        };
        let (ledger_sequence, _) = appended(&mut tx, entry).await?;
        let sequence = last.map_or(1, |seal| seal.sequence + 1);
        let seal = AuditSeal { sequence, from_at, until_at, events, sha256, ledger_sequence };
        match tx.add_audit_seal(&seal).await.map_err(ServiceError::from) {
            // Another machine was faster.
            Err(error) if error.is_taken() => return Ok(false),
            done => done?,
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Checks everything: every entry of the ledger, and every seal over the audit, counted anew from what stands there now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_chain(&self) -> Result<ChainView, ServiceError> {
        self.seal_audit().await?;
        let mut tx = self.db.read().await?;
        let (entries, root, first_fault, sealed) = ledger_holds(&mut tx).await?;
        let mut view = ChainView {
            at: self.now(),
            entries,
            root: hex::encode(root),
            first_broken_entry: first_fault,
            seals: 0,
            sealed_events: 0,
            first_broken_seal: None,
            sealed_until: None,
            unsealed_events: 0,
        };
        let mut before = FIRST.to_owned();
        let mut from = None;
        for seal in tx.audit_seals().await? {
            let (events, sha256) = digest(&mut tx, (seal.from_at, seal.until_at), &before).await?;
            let whole = (events, &sha256) == (seal.events, &seal.sha256)
                && from.is_none_or(|from| from == seal.from_at)
                && sealed.get(&seal.ledger_sequence) == Some(&seal.sha256);
            if !whole && view.first_broken_seal.is_none() {
                view.first_broken_seal = Some((seal.from_at, seal.until_at));
            }
            view.seals += 1;
            view.sealed_events += seal.events;
            (from, before) = (Some(seal.until_at), seal.sha256);
        }
        view.sealed_until = from;
        view.unsealed_events = tx.audit_count_since(from.unwrap_or(DateTime::UNIX_EPOCH)).await?;
        // An entry of the ledger without its seal: somebody took a seal away.
        if view.seals != sealed.len() as u64 && view.first_broken_seal.is_none() {
            view.first_broken_seal = Some((DateTime::UNIX_EPOCH, view.at));
        }
        Ok(view)
    }
}

/// Digest over the events of a span and the seal before; how many there were.
async fn digest(
    tx: &mut Tx,
    span: (DateTime<Utc>, DateTime<Utc>),
    before: &str,
) -> Result<(u64, String), ServiceError> {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    let (mut events, mut after) = (0, (i64::MIN, String::new()));
    loop {
        let lines = tx.audit_lines(span, &after, BATCH).await?;
        let Some((last, _)) = lines.last() else { break };
        after = last.clone();
        for (_, line) in &lines {
            hash.update(line.as_bytes());
            events += 1;
        }
    }
    Ok((events, hex::encode(hash.finalize())))
}

/// Walks the ledger: entries, root, the first entry that does not hold, and the digests of seals by their place.
#[allow(clippy::type_complexity)] // four results of one walk
pub(super) async fn ledger_holds(
    tx: &mut Tx,
) -> Result<(u64, Hash, Option<u64>, HashMap<u64, String>), ServiceError> {
    let (mut frontier, mut fault, mut sealed) = (Frontier::default(), None, HashMap::new());
    loop {
        let from = i64::try_from(frontier.size()).unwrap_or(i64::MAX);
        let rows = tx.ledger_entries(from, BATCH).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let place = frontier.size();
            let entry: Option<Entry> = serde_json::from_str(&row.entry).ok();
            let leaf = entry.as_ref().map(Entry::hash).unwrap_or_default();
            frontier.append(leaf);
            let peaks: Vec<String> = frontier.peaks().iter().map(hex::encode).collect();
            let whole = row.sequence == place
                && entry.as_ref().is_some_and(|e| e.sequence == place)
                && hex::encode(leaf) == row.leaf_sha256
                && peaks == row.peaks;
            if !whole && fault.is_none() {
                fault = Some(place);
            }
            if let Some(Entry {
                kind: EntryKind::AuditSeal, evidence_sha256: Some(sha256), ..
            }) = entry
            {
                sealed.insert(place, sha256);
            }
        }
    }
    Ok((frontier.size(), frontier.root(), fault, sealed))
}

/// An event as a line of the page.
pub(super) fn row(line: AuditLine, names: &HashMap<OfficerId, String>) -> AuditRowView {
    let AuditLine { event, case_number, note } = line;
    let (actor, officer) = match event.actor {
        Actor::Officer { id } => ("officer", names.get(&id).cloned()),
        Actor::Citizen => ("citizen", None),
        Actor::Service => ("service", None),
        Actor::Operator => ("operator", None),
    };
    let text = |key: &str| event.detail.get(key).and_then(Value::as_str).map(str::to_owned);
    let models = event.detail.get("models").and_then(Value::as_array);
    let models = models.map(|all| {
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>()
    });
    AuditRowView {
        id: event.id,
        at: event.at,
        actor: actor.to_owned(),
        officer,
        action: event.action,
        subject_kind: event.subject_kind.clone(),
        subject_id: event.subject_id.clone(),
        case_number,
        from: text("from"),
        to: text("to"),
        reason: text("because"),
        note,
        evidence_sha256: text("evidence_sha256"),
        policy_version: text("policy_version"),
        pack: text("pack"),
        models: models.unwrap_or_default(),
        detail: event.detail.clone(),
    }
}
