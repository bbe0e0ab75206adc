//! One entry: what was decided, as digests and dates. It holds nothing that tells who the person is, so it can stay when
//! everything else about a person is erased.

use super::tree::{Hash, leaf_hash};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A confirmation, by whichever channel.
    Confirmation,
    /// An officer's disposition that did not confirm.
    Disposition,
    /// A key was destroyed, and with it what it sealed.
    Erasure,
    /// A digest over all audit events of a span of time.
    AuditSeal,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Place in the log, from 0.
    pub sequence: u64,
    /// What it is about.
    pub kind: EntryKind,
    /// When it was recorded (kept to the millisecond).
    pub recorded_at: DateTime<Utc>,
    /// The record: confirmation, case or key.
    pub record_id: Uuid,
    /// Channel, disposition or key kind, as its stable name.
    pub what: String,
    /// Until when a confirmation holds.
    pub due_on: Option<NaiveDate>,
    /// SHA-256 over the sealed evidence, hex.
    pub evidence_sha256: Option<String>,
    /// Policy version that decided.
    pub policy_version: Option<String>,
}

impl Entry {
    /// The leaf: one `name: value` line a field, in this order. Texts are escaped as in JSON, so that no value can begin a
    /// line; an absent value is an empty one.
    pub fn leaf(&self) -> Vec<u8> {
        let kind = crate::domain::name::name_of(&self.kind).unwrap_or_default();
        let due_on = self.due_on.map(|d| d.to_string()).unwrap_or_default();
        let lines = [
            ("sequence", self.sequence.to_string()),
            ("kind", kind),
            ("recorded_at", self.recorded_at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            ("record_id", self.record_id.to_string()),
            ("what", escaped(&self.what)),
            ("due_on", due_on),
            ("evidence_sha256", self.evidence_sha256.as_deref().map(escaped).unwrap_or_default()),
            ("policy_version", self.policy_version.as_deref().map(escaped).unwrap_or_default()),
        ];
        let mut text = String::from("jianmian ledger entry 1\n");
        for (name, value) in lines {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(&value);
            text.push('\n');
        }
        text.into_bytes()
    }

    /// The hash under which it stands in the log.
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.leaf())
    }
}

fn escaped(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            sequence: 7,
            kind: EntryKind::Confirmation,
            recorded_at: DateTime::from_timestamp_millis(1_790_000_000_123).unwrap(),
            record_id: Uuid::from_u128(5),
            what: "video_auto".into(),
            due_on: NaiveDate::from_ymd_opt(2027, 9, 30),
            evidence_sha256: Some("ab".repeat(32)),
            policy_version: Some("2026-11-1".into()),
        }
    }

    #[test]
    fn the_leaf_is_readable_and_stable() {
        let expected = "jianmian ledger entry 1\nsequence: 7\nkind: confirmation\n\
             recorded_at: 2026-09-21T14:13:20.123Z\n\
             record_id: 00000000-0000-0000-0000-000000000005\nwhat: \"video_auto\"\n\
             due_on: 2027-09-30\n"
            .to_owned()
            + &format!("evidence_sha256: \"{}\"\npolicy_version: \"2026-11-1\"\n", "ab".repeat(32));
        assert_eq!(String::from_utf8(entry().leaf()).unwrap(), expected);
    }

    #[test]
    fn any_change_changes_the_hash_and_no_value_forges_a_line() {
        let base = entry();
        let mut others: Vec<Entry> = std::iter::repeat_n(base.clone(), 6).collect();
        others[0].sequence = 8;
        others[1].what = "video_auto\ndue_on: 2099-01-01".into();
        others[2].due_on = None;
        others[3].policy_version = Some(String::new());
        others[4].policy_version = None;
        others[5].kind = EntryKind::Erasure;
        let mut hashes: Vec<Hash> = others.iter().map(Entry::hash).collect();
        hashes.push(base.hash());
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 7);
        assert_eq!(String::from_utf8(others[1].leaf()).unwrap().lines().count(), 9);
    }
}
