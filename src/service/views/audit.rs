//! The JSON contract of the audit.

use crate::domain::{
    audit::Action,
    ids::{AuditId, OfficerId},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `POST /api/console/audit`. It is a POST so that no name or number stands in an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditForm {
    /// From.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Until.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// Only this action.
    #[serde(default)]
    pub action: Option<Action>,
    /// Only by this officer.
    #[serde(default)]
    pub officer: Option<OfficerId>,
    /// Only about this person: name, id number or case number, whole.
    #[serde(default)]
    pub person: String,
    /// Only where this is told: a digest of evidence or of a model, the version of a policy, a model pack; whole, or its beginning.
    #[serde(default)]
    pub mark: String,
    /// Only before this event: the next page.
    #[serde(default)]
    pub before: Option<AuditPlace>,
}

/// A place in the audit.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditPlace {
    /// Its time.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: AuditId,
}

/// A page of the audit.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// Events, newest first.
    pub rows: Vec<AuditRowView>,
    /// There are older ones.
    pub more: bool,
    /// Everybody who may have done something, by name.
    pub officers: Vec<(String, OfficerId)>,
}

/// An audit event.
#[derive(Clone, Debug, Serialize)]
pub struct AuditRowView {
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// `officer`, `citizen`, `service`, `operator`.
    pub actor: String,
    /// Officer's name.
    pub officer: Option<String>,
    /// What.
    pub action: Action,
    /// Kind of the thing acted on.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// Number of the case, when it is one.
    pub case_number: Option<String>,
    /// From which state.
    pub from: Option<String>,
    /// To which.
    pub to: Option<String>,
    /// Why, as a word.
    pub reason: Option<String>,
    /// Why, in the officer's words.
    pub note: Option<String>,
    /// Digest of the evidence.
    pub evidence_sha256: Option<String>,
    /// Version of the policy.
    pub policy_version: Option<String>,
    /// Model pack.
    pub pack: Option<String>,
    /// Digests of its models.
    pub models: Vec<String>,
    /// Everything else that was kept.
    pub detail: serde_json::Value,
}

/// `POST /api/console/audit/chain`: whether ledger and audit are what was written.
#[derive(Clone, Debug, Serialize)]
pub struct ChainView {
    /// Checked.
    pub at: DateTime<Utc>,
    /// Entries of the ledger.
    pub entries: u64,
    /// Its root.
    pub root: String,
    /// The first entry that does not hold; none: all do.
    pub first_broken_entry: Option<u64>,
    /// Seals over the audit.
    pub seals: u64,
    /// Events under them.
    pub sealed_events: u64,
    /// Span of the first seal that does not hold; none: all do.
    pub first_broken_seal: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Sealed until.
    pub sealed_until: Option<DateTime<Utc>>,
    /// Events since then.
    pub unsealed_events: u64,
}
