//! The pages of an exported case, in Chinese, in the console's words.

use super::CaseFile;
use crate::{notice::letter::Block, service::token::sha256_hex};
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value;
use std::collections::HashMap;

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

pub(super) fn text(value: &Value) -> String {
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
    const WORDS: &str = include_str!("../../../web/shared/locales/console.zh.json");
    static TABLE: std::sync::OnceLock<HashMap<String, String>> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| serde_json::from_str(WORDS).unwrap_or_default());
    let name = text(value);
    table.get(&format!("{space}.{name}")).cloned().unwrap_or(name)
}

/// The pages.
pub(super) fn blocks(file: &CaseFile, envelope: &Value) -> Vec<Block> {
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
    use serde_json::json;

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
