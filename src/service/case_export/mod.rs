//! A case for a court: everything that was recorded about it, as JSON signed by the ledger's key and as a PDF that a person can read.
//! Taking it out is an audit event.

mod pages;

use super::{
    Service, ServiceError,
    audit::{ledger_holds, row},
    beneficiary,
    calls::open_record,
    record::event,
    token::sha256_hex,
    views::AuditRowView,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        beneficiary::Beneficiary,
        confirmation::Confirmation,
        ids::{CaseId, OfficerId},
        verdict::{Decision, ScoreMeaning},
    },
    ledger::{Checkpoint, Entry, Hash, inclusion_proof, sign_for, signing_key},
    notice::letter::print_document,
    storage::{AuditLine, CaseRecord, Tx},
    vault::Kind,
};
use chrono::{DateTime, SecondsFormat, Utc};
use pages::{blocks, text};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What a signature over an export is for.
pub const EXPORT_PURPOSE: &str = "case export";
const FORMAT: &str = "jianmian case export 1";
const BATCH: i64 = 2_000;

/// A case with everything that was recorded about it. It holds no fractions, so that it reads the same wherever it is written again.
#[derive(Clone, Debug, Serialize)]
struct CaseFile {
    format: &'static str,
    county: String,
    exported_at: String,
    exported_by: String,
    export_id: CaseId,
    case: Value,
    person: Value,
    evidence: Option<Value>,
    confirmations: Vec<Value>,
    events: Vec<Value>,
    ledger: Value,
    checks: Value,
}

/// An export as a file.
#[derive(Clone, Debug)]
pub struct ExportedCase {
    /// Name for the file, without ending.
    pub name: String,
    /// Bytes.
    pub bytes: Vec<u8>,
}

impl Service {
    /// The case as signed JSON: `{"export": …, "signature": …, "public_key": …}`. `jianmian export verify` checks it.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn export_json(
        &self,
        officer: OfficerId,
        case: CaseId,
    ) -> Result<ExportedCase, ServiceError> {
        let (name, _, signed) = self.exported(officer, case, "json").await?;
        Ok(ExportedCase { name, bytes: signed })
    }

    /// The case as a PDF, with the digest and signature of the JSON of the same moment.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `no_font`.
    pub async fn export_pdf(
        &self,
        officer: OfficerId,
        case: CaseId,
    ) -> Result<ExportedCase, ServiceError> {
        let faces = self.typefaces()?;
        let (name, file, signed) = self.exported(officer, case, "pdf").await?;
        let envelope: Value = serde_json::from_slice(&signed)?;
        let blocks = blocks(&file, &envelope);
        let foot = format!("{} · 第 {{page}} 页，共 {{pages}} 页", text(&file.case["number"]));
        let title = format!("办件档案 {}", text(&file.case["number"]));
        let print = move || print_document(&blocks, &foot, &title, (&faces.0, &faces.1));
        let printed = tokio::task::spawn_blocking(print).await.map_err(ServiceError::internal)?;
        Ok(ExportedCase { name, bytes: printed? })
    }

    async fn exported(
        &self,
        officer: OfficerId,
        case: CaseId,
        form: &str,
    ) -> Result<(String, CaseFile, Vec<u8>), ServiceError> {
        self.seal_audit().await?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        // That it was taken out is part of what is taken out.
        let by = Actor::Officer { id: officer };
        let taken = event(now, by, Action::CaseExported, ("case", case), json!({ "form": form }));
        tx.add_audit(&taken).await?;
        let file = self.case_file(&mut tx, officer, &record, now).await?;
        tx.commit().await?;
        let plain = serde_json::to_value(&file)?;
        let key = signing_key(&self.vault.receipt_secret());
        let envelope = json!({
            "signature": sign_for(EXPORT_PURPOSE, &serde_json::to_vec(&plain)?, &key),
            "public_key": hex::encode(key.verifying_key().to_bytes()),
            "export": plain,
        });
        Ok((format!("case-{}", record.number), file, serde_json::to_vec_pretty(&envelope)?))
    }

    async fn case_file(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        record: &CaseRecord,
        now: DateTime<Utc>,
    ) -> Result<CaseFile, ServiceError> {
        let names = tx.officer_names().await?;
        let whose = beneficiary(tx, record.case.beneficiary_id).await?;
        let seed = tx.seed(record.case.id).await?;
        let confirmations = match &seed {
            None => tx.confirmations(whose.id).await?,
            Some(_) => Vec::new(),
        };
        let about = |c: &&Confirmation| {
            c.case_id == Some(record.case.id) || c.call_id == record.case.call_id
        };
        let confirmations: Vec<Confirmation> = confirmations
            .iter()
            .filter(about)
            .filter(|c| c.call_id.is_some() || c.case_id.is_some())
            .cloned()
            .collect();
        let mut ids: Vec<uuid::Uuid> = confirmations.iter().map(|c| c.id.0).collect();
        ids.push(record.case.id.0);
        let (entries, root, fault, _) = ledger_holds(tx).await?;
        let ledger = self.ledger_part(tx, &ids, (entries, root), now).await?;
        Ok(CaseFile {
            format: FORMAT,
            county: self.settings.county.name_zh.clone(),
            exported_at: at(now),
            exported_by: names.get(&officer).cloned().unwrap_or_default(),
            export_id: CaseId::new(),
            case: case_part(record, seed.is_some()),
            person: person_part(&whose),
            evidence: self.evidence_part(tx, record).await?,
            confirmations: confirmations.iter().map(|c| confirmation_part(c, &names)).collect(),
            events: events(tx, record, &names).await?,
            ledger,
            checks: json!({ "ledger_entries": entries, "first_broken_entry": fault }),
        })
    }

    /// What the call showed, as words and digests: no picture leaves the house with it.
    async fn evidence_part(
        &self,
        tx: &mut Tx,
        record: &CaseRecord,
    ) -> Result<Option<Value>, ServiceError> {
        let Some(id) = record.case.call_id else { return Ok(None) };
        let call = tx.call(id).await?.ok_or(ServiceError::NotFound("call"))?;
        let key = self.data_key(tx, call.beneficiary_id).await?;
        let mut stills = Vec::new();
        for still in tx.stills(id).await? {
            let Some((_, _, sealed)) = tx.still_jpeg(still.id).await? else { continue };
            let jpeg = key.open(Kind::Still, &still.id.to_string(), &sealed)?;
            stills.push(json!({
                "at_ms": still.at_ms,
                "probe": still.probe,
                "jpeg_sha256": sha256_hex(&jpeg),
            }));
        }
        let opened = match &call.sealed_record {
            Some(sealed) => Some(open_record(&key, id, sealed)?),
            None => None,
        };
        let pack = opened.as_ref().and_then(|record| record.pack.as_ref());
        Ok(Some(json!({
            "call_id": id,
            "opened_at": at(call.opened_at),
            "evidence_sha256": call.evidence_sha256,
            "policy_version": call.policy_version,
            "pack": pack.map(|p| &p.name),
            "models": pack.map(|p| {
                let model = |m: &crate::domain::finding::ModelStamp| {
                    json!({ "role": m.role, "name": m.name, "sha256": m.sha256 })
                };
                p.models.iter().map(model).collect::<Vec<_>>()
            }),
            "verdict": opened.as_ref().map(|record| &record.decision.verdict),
            "comparison_score": opened.as_ref().and_then(|r| r.decision.comparison).map(|s| format!("{:.4}", s.0)),
            "comparison_means": opened.as_ref().map(|record| meaning_part(&record.decision)),
            "duration_ms": opened.as_ref().map(|record| record.evidence.liveness.duration_ms),
            "stills": stills,
        })))
    }

    async fn ledger_part(
        &self,
        tx: &mut Tx,
        ids: &[uuid::Uuid],
        (size, root): (u64, Hash),
        now: DateTime<Utc>,
    ) -> Result<Value, ServiceError> {
        let (mut leaves, mut found): (Vec<Hash>, Vec<(usize, Entry)>) = (Vec::new(), Vec::new());
        loop {
            let from = i64::try_from(leaves.len()).unwrap_or(i64::MAX);
            let rows = tx.ledger_entries(from, BATCH).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let entry: Entry = serde_json::from_str(&row.entry)?;
                leaves.push(entry.hash());
                if ids.contains(&entry.record_id) {
                    found.push((leaves.len() - 1, entry));
                }
            }
        }
        let mut entries = Vec::new();
        for (place, entry) in found {
            let proof = inclusion_proof(&leaves, place).map_err(ServiceError::internal)?;
            entries.push(json!({
                "leaf": String::from_utf8_lossy(&entry.leaf()),
                "leaf_sha256": hex::encode(entry.hash()),
                "sequence": place,
                "proof": proof.iter().map(hex::encode).collect::<Vec<_>>(),
            }));
        }
        let origin = self.settings.county.name_zh.clone();
        let checkpoint = Checkpoint { origin, size, root, at: now };
        let signed = checkpoint
            .sign(&signing_key(&self.vault.receipt_secret()))
            .map_err(ServiceError::internal)?;
        Ok(json!({
            "entries": entries,
            "checkpoint": signed.text,
            "checkpoint_signature": hex::encode(signed.signature),
        }))
    }
}

fn at(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn case_part(record: &CaseRecord, check: bool) -> Value {
    json!({
        "id": record.case.id,
        "number": record.number,
        "kind": record.case.kind,
        "status": record.case.status,
        "reasons": record.case.reasons,
        "opened_at": at(record.case.opened_at),
        "answer_by": at(record.case.answer_by),
        "wish": record.wish,
        // A blind check of officers: nobody was confirmed or refused by it.
        "check": check,
    })
}

fn person_part(whose: &Beneficiary) -> Value {
    json!({
        "name": whose.name,
        "id_number": whose.id_number.expose(),
        "birth_on": whose.birth_on,
        "residence": whose.residence,
    })
}

fn confirmation_part(c: &Confirmation, names: &HashMap<OfficerId, String>) -> Value {
    json!({
        "id": c.id,
        "channel": c.channel,
        "confirmed_at": at(c.confirmed_at),
        "period_from": c.period_from,
        "due_on": c.due_on,
        "officer": c.officer_id.and_then(|id| names.get(&id)),
        "evidence_sha256": c.evidence_sha256,
        "policy_version": c.policy_version,
        "receipt_number": c.receipt_number,
    })
}

/// Everything that was done with the case and its call, and every look at a face for its sake, oldest first.
async fn events(
    tx: &mut Tx,
    record: &CaseRecord,
    names: &HashMap<OfficerId, String>,
) -> Result<Vec<Value>, ServiceError> {
    let notes = tx.notes(record.case.id).await?;
    let mut all = tx.audit_of("case", &record.case.id.to_string()).await?;
    if let Some(call) = record.case.call_id {
        all.extend(tx.audit_of("call", &call.to_string()).await?);
    }
    all.extend(tx.face_views(record.case.id).await?);
    all.sort_by_key(|event| (event.at, event.id));
    let line = |event: crate::domain::audit::AuditEvent| {
        let note = notes.iter().find(|n| n.audit_id == event.id).map(|n| n.note.clone());
        let row: AuditRowView = row(AuditLine { event, case_number: None, note }, names);
        json!({
            "id": row.id,
            "at": at(row.at),
            "who": row.officer.clone().unwrap_or_else(|| row.actor.clone()),
            "action": row.action,
            "from": row.from,
            "to": row.to,
            "reason": row.reason,
            "note": row.note,
            "evidence_sha256": row.evidence_sha256,
            "policy_version": row.policy_version,
            "pack": row.pack,
            "subject": format!("{} {}", row.subject_kind, row.subject_id),
        })
    };
    Ok(all.into_iter().map(line).collect())
}

/// What a score means, without fractions: numbers as they are read.
fn meaning_part(decision: &Decision) -> Value {
    match &decision.meaning {
        None => json!({ "known": "none" }),
        Some(ScoreMeaning::SampleTooSmall { sample }) => {
            json!({ "known": "sample_too_small", "sample": sample })
        }
        Some(ScoreMeaning::Known {
            of_ten_thousand,
            low,
            high,
            sample,
            calibration_version,
            ..
        }) => json!({
            "known": "known",
            "n": format!("{of_ten_thousand:.2}"),
            "low": format!("{low:.2}"),
            "high": format!("{high:.2}"),
            "sample": sample,
            "version": calibration_version,
        }),
    }
}
