//! A case for a court: everything that was recorded about it, as JSON signed by the ledger's key and as a PDF that a person can read.
//! Taking it out is an audit event.

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
    notice::letter::{Block, print_document},
    storage::{AuditLine, CaseRecord, Tx},
    vault::Kind,
};
use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};
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

/// The same as the console's sentence.
fn meaning_words(meaning: &Value) -> String {
    let sentence = named("meaning", &meaning["known"]);
    ["n", "low", "high", "sample", "version"]
        .iter()
        .fold(sentence, |told, gap| told.replace(&format!("{{{gap}}}"), &text(&meaning[*gap])))
}

fn verdict_words(verdict: &Value) -> String {
    match text(&verdict["verdict"]).as_str() {
        "confirmed" => "机器确认".into(),
        "flagged" => format!("交工作人员：{}", reason_names(&verdict["reasons"])),
        "retry" => "请再试".into(),
        _ => String::new(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An instant of the export in Chinese time.
fn told(value: &Value) -> String {
    let read = value.as_str().and_then(|t| DateTime::parse_from_rfc3339(t).ok());
    match (read, FixedOffset::east_opt(8 * 3600)) {
        (Some(at), Some(china)) => {
            at.with_timezone(&china).format("%Y年%m月%d日 %H:%M:%S").to_string()
        }
        _ => text(value),
    }
}

fn day(value: &Value) -> String {
    let read = value.as_str().and_then(|t| t.parse::<NaiveDate>().ok());
    read.map_or_else(|| text(value), |day| day.format("%Y年%m月%d日").to_string())
}

/// The Chinese word of a stable name: what stands in the console, so that court and officer read the same.
fn named(space: &str, value: &Value) -> String {
    const WORDS: &str = include_str!("../../web/shared/locales/console.zh.json");
    static TABLE: std::sync::OnceLock<HashMap<String, String>> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| serde_json::from_str(WORDS).unwrap_or_default());
    let name = text(value);
    table.get(&format!("{space}.{name}")).cloned().unwrap_or(name)
}

/// The pages.
fn blocks(file: &CaseFile, envelope: &Value) -> Vec<Block> {
    let pair = |name: &str, value: String| Block::Pair(name.into(), value);
    let (case, person) = (&file.case, &file.person);
    let mut blocks = vec![
        Block::Title(format!("办件档案 {}", text(&case["number"]))),
        Block::Text(format!(
            "{} 养老金待遇领取资格认证。以下内容照记录逐条列出，未作删改。",
            file.county
        )),
        Block::Heading("当事人".into()),
        pair("姓名", text(&person["name"])),
        pair("身份证号", text(&person["id_number"])),
        pair("出生日期", day(&person["birth_on"])),
        pair("居住地", text(&person["residence"])),
        Block::Heading("办件".into()),
        pair("种类", named("kind", &case["kind"])),
        pair("结果", named("status", &case["status"])),
        pair("受理时间", told(&case["opened_at"])),
        pair("答复期限", told(&case["answer_by"])),
        pair("原因", reason_names(&case["reasons"])),
    ];
    if case["check"] == true {
        blocks.push(Block::Text("这是一件质量考核件：对任何人的资格和待遇都没有影响。".into()));
    }
    if let Some(evidence) = &file.evidence {
        blocks.extend(evidence_blocks(evidence));
    }
    for confirmation in &file.confirmations {
        blocks.push(Block::Heading("认证结论".into()));
        blocks.push(pair("方式", named("channel", &confirmation["channel"])));
        blocks.push(pair("认证时间", told(&confirmation["confirmed_at"])));
        blocks.push(pair("有效期至", day(&confirmation["due_on"])));
        blocks.push(pair("经办人", text(&confirmation["officer"])));
        blocks.push(pair("回执号", text(&confirmation["receipt_number"])));
    }
    blocks.push(Block::Heading(format!("经过（共 {} 条）", file.events.len())));
    for event in &file.events {
        blocks.extend(event_blocks(event));
    }
    blocks.extend(proof_blocks(file, envelope));
    blocks
}

fn reason_names(reasons: &Value) -> String {
    let all = reasons.as_array().cloned().unwrap_or_default();
    let name = |code: &Value| {
        let key = Value::String(format!("{}.name", text(code)));
        named("reason", &key)
    };
    all.iter().map(name).collect::<Vec<_>>().join("、")
}

fn evidence_blocks(evidence: &Value) -> Vec<Block> {
    let pair = |name: &str, value: String| Block::Pair(name.into(), value);
    let digest = |name: &str, value: String| Block::Digest(name.into(), value);
    let mut blocks = vec![
        Block::Heading("证据".into()),
        pair("通话时间", told(&evidence["opened_at"])),
        pair("机器结论", verdict_words(&evidence["verdict"])),
        pair("比对分的含义", meaning_words(&evidence["comparison_means"])),
        pair("判定策略", text(&evidence["policy_version"])),
        pair("模型包", text(&evidence["pack"])),
        digest("证据摘要", text(&evidence["evidence_sha256"])),
    ];
    for model in evidence["models"].as_array().into_iter().flatten() {
        let name = format!("模型 {}", text(&model["role"]));
        blocks.push(digest(&name, format!("{} {}", text(&model["name"]), text(&model["sha256"]))));
    }
    for still in evidence["stills"].as_array().into_iter().flatten() {
        let name = format!("画面 {} 毫秒", still["at_ms"]);
        blocks.push(digest(&name, text(&still["jpeg_sha256"])));
    }
    blocks
}

fn event_blocks(event: &Value) -> Vec<Block> {
    let who = match text(&event["who"]).as_str() {
        "citizen" => "当事人一方".to_owned(),
        "service" => "系统".to_owned(),
        "operator" => "系统管理员".to_owned(),
        officer => officer.to_owned(),
    };
    let mut blocks = vec![
        Block::Rule,
        Block::Pair(told(&event["at"]), format!("{who}：{}", named("action", &event["action"]))),
    ];
    if event["to"].is_string() {
        let call = text(&event["subject"]).starts_with("call ");
        let state = |value: &Value| named(if call { "call_status" } else { "status" }, value);
        let moved = format!("{} → {}", state(&event["from"]), state(&event["to"]));
        blocks.push(Block::Pair("状态".into(), moved));
    }
    if event["reason"].is_string() {
        let refused = event["action"] == "case_refused";
        let reason = named(if refused { "refuse" } else { "ask" }, &event["reason"]);
        blocks.push(Block::Pair("原因".into(), reason));
    }
    if event["note"].is_string() {
        blocks.push(Block::Pair("说明".into(), text(&event["note"])));
    }
    for (name, key) in [("证据摘要", "evidence_sha256"), ("判定策略", "policy_version")] {
        if event[key].is_string() {
            blocks.push(Block::Digest(name.into(), text(&event[key])));
        }
    }
    blocks
}

fn proof_blocks(file: &CaseFile, envelope: &Value) -> Vec<Block> {
    let digest = |name: &str, value: String| Block::Digest(name.into(), value);
    let ledger = &file.ledger;
    let mut blocks = vec![
        Block::Heading("账本证明".into()),
        Block::Text(
            "下列各条登记在只增不改的账本中。账本每一条都已重新计算核对；账本的根和本档案由同一把密钥签名，可用公钥独立验证。"
                .into(),
        ),
    ];
    for entry in ledger["entries"].as_array().into_iter().flatten() {
        blocks.push(digest(&format!("第 {} 条", entry["sequence"]), text(&entry["leaf_sha256"])));
    }
    let broken = &file.checks["first_broken_entry"];
    let holds = if broken.is_null() {
        "全部相符".to_owned()
    } else {
        format!("第 {broken} 条不符")
    };
    blocks.push(Block::Pair("账本核对".into(), holds));
    blocks.push(digest("账本检查点", text(&ledger["checkpoint"])));
    blocks.push(digest("检查点签名", text(&ledger["checkpoint_signature"])));
    blocks.push(Block::Heading("本档案".into()));
    blocks.push(Block::Pair("导出人".into(), file.exported_by.clone()));
    blocks.push(Block::Pair("导出时间".into(), told(&Value::String(file.exported_at.clone()))));
    let plain = serde_json::to_vec(&envelope["export"]).unwrap_or_default();
    blocks.push(digest("内容摘要", sha256_hex(&plain)));
    blocks.push(digest("签名", text(&envelope["signature"])));
    blocks.push(digest("公钥", text(&envelope["public_key"])));
    blocks.push(Block::Sign(vec!["经办人签字".into(), "单位盖章".into(), "日期".into()]));
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_console_name_what_was_done() {
        assert_ne!(named("action", &json!("case_refused")), "case_refused");
        assert_ne!(named("status", &json!("confirmed")), "confirmed");
        assert_eq!(named("action", &json!("no_such_word")), "no_such_word");
        let meaning = json!({ "known": "known", "n": "0.30", "low": "0.10", "high": "0.70", "sample": 40_000, "version": "a" });
        let told_so = meaning_words(&meaning);
        assert!(
            told_so.contains("0.10") && told_so.contains("40000") && !told_so.contains('{'),
            "{told_so}"
        );
        let flagged = json!({ "verdict": "flagged", "reasons": ["flat_surface"] });
        assert!(!verdict_words(&flagged).contains("flat_surface"));
        assert_eq!(told(&json!("2026-11-23T02:00:00.123Z")), "2026年11月23日 10:00:00");
    }
}
