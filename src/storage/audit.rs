//! Audit events, written in the same transaction as what they tell of.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, Word, json, ms, word},
};
use crate::domain::{
    audit::{Action, Actor, AuditEvent},
    ids::{AuditId, CaseId, OfficerId},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<AuditId>,
    at: At,
    actor: String,
    officer_id: Option<Text<OfficerId>>,
    action: Word<Action>,
    subject_kind: String,
    subject_id: String,
    detail: Json<serde_json::Value>,
}

impl TryFrom<Row> for AuditEvent {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> std::result::Result<Self, sqlx::Error> {
        let actor = match (row.actor.as_str(), row.officer_id) {
            ("citizen", None) => Actor::Citizen,
            ("service", None) => Actor::Service,
            ("operator", None) => Actor::Operator,
            ("officer", Some(id)) => Actor::Officer { id: id.0 },
            _ => return Err(sqlx::Error::Decode("an audit event without a known actor".into())),
        };
        Ok(Self {
            id: row.id.0,
            at: row.at.0,
            actor,
            action: row.action.0,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            detail: row.detail.0,
        })
    }
}

/// How an actor is written.
pub(super) fn actor_columns(actor: Actor) -> (&'static str, Option<String>) {
    match actor {
        Actor::Citizen => ("citizen", None),
        Actor::Service => ("service", None),
        Actor::Operator => ("operator", None),
        Actor::Officer { id } => ("officer", Some(id.to_string())),
    }
}

impl Tx {
    /// Writes an audit event.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_audit(&mut self, event: &AuditEvent) -> Result<()> {
        let (actor, officer) = actor_columns(event.actor);
        run!(
            self,
            "INSERT INTO audit (id, at, actor, officer_id, action, subject_kind, subject_id, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            event.id.to_string(),
            ms(event.at),
            actor,
            officer,
            word(&event.action),
            &event.subject_kind,
            &event.subject_id,
            json(&event.detail)?,
        )?;
        Ok(())
    }

    /// What happened to one thing, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_of(&mut self, kind: &str, id: &str) -> Result<Vec<AuditEvent>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM audit WHERE subject_kind = $1 AND subject_id = $2 ORDER BY at, id LIMIT 1000",
            kind,
            id,
        )?;
        Ok(rows.into_iter().map(AuditEvent::try_from).collect::<std::result::Result<_, _>>()?)
    }
}

/// Which audit events to read: newest first, before `before`.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// From.
    pub from: DateTime<Utc>,
    /// Until.
    pub until: DateTime<Utc>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only by this officer.
    pub officer: Option<OfficerId>,
    /// Only about this person: name, id number or case number.
    pub person: String,
    /// Only where a value of the detail begins with this.
    pub mark: String,
    /// Only before this event.
    pub before: Option<(DateTime<Utc>, AuditId)>,
}

/// An audit event with what stands beside it.
#[derive(Clone, Debug)]
pub struct AuditLine {
    /// Event.
    pub event: AuditEvent,
    /// Number of the case that it is about.
    pub case_number: Option<String>,
    /// The officer's note.
    pub note: Option<String>,
}

/// A seal over the audit events of a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditSeal {
    /// Counts the seals, from 1.
    pub sequence: i64,
    /// Events from this instant on,
    pub from_at: DateTime<Utc>,
    /// and before this one.
    pub until_at: DateTime<Utc>,
    /// How many.
    pub events: u64,
    /// Digest over them and the seal before, hex.
    pub sha256: String,
    /// Its place in the ledger.
    pub ledger_sequence: u64,
}

#[derive(FromRow)]
struct LineRow {
    #[sqlx(flatten)]
    event: Row,
    case_number: Option<String>,
    note: Option<String>,
}

impl TryFrom<LineRow> for AuditLine {
    type Error = sqlx::Error;
    fn try_from(row: LineRow) -> std::result::Result<Self, sqlx::Error> {
        let LineRow { event, case_number, note } = row;
        Ok(Self { event: event.try_into()?, case_number, note })
    }
}

#[derive(FromRow)]
struct SealRow {
    sequence: i64,
    from_at: At,
    until_at: At,
    events: Count<u64>,
    sha256: String,
    ledger_sequence: Count<u64>,
}

/// An audit event as it stands in the table: what is sealed.
#[derive(FromRow)]
struct RawRow {
    id: String,
    at: i64,
    actor: String,
    officer_id: Option<String>,
    action: String,
    subject_kind: String,
    subject_id: String,
    detail: String,
}

impl Tx {
    /// Audit events, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_page(&mut self, f: &AuditFilter, limit: i64) -> Result<Vec<AuditLine>> {
        let before =
            f.before.map_or((i64::MAX, String::new()), |(at, id)| (ms(at), id.to_string()));
        let rows = all!(
            self,
            LineRow,
            "WITH who AS (SELECT b.id FROM beneficiaries b WHERE b.id_number = $5 OR b.name = $5
                          UNION SELECT k.beneficiary_id FROM cases k WHERE k.number = $5)
             SELECT a.id, a.at, a.actor, a.officer_id, a.action, a.subject_kind, a.subject_id, a.detail,
             k.number AS case_number, n.note AS note
             FROM audit a LEFT JOIN cases k ON a.subject_kind = 'case' AND k.id = a.subject_id
             LEFT JOIN case_notes n ON n.audit_id = a.id
             WHERE a.at >= $1 AND a.at < $2 AND ($3 = '' OR a.action = $3) AND ($4 = '' OR a.officer_id = $4)
             AND ($5 = '' OR a.subject_id IN (
                 SELECT id FROM who
                 UNION SELECT id FROM cases WHERE beneficiary_id IN (SELECT id FROM who)
                 UNION SELECT id FROM calls WHERE beneficiary_id IN (SELECT id FROM who)
                 UNION SELECT id FROM links WHERE beneficiary_id IN (SELECT id FROM who)
                 UNION SELECT id FROM visits WHERE beneficiary_id IN (SELECT id FROM who)
                 UNION SELECT id FROM paper_forms WHERE beneficiary_id IN (SELECT id FROM who)
                 UNION SELECT id FROM reference_photos WHERE beneficiary_id IN (SELECT id FROM who)
                 UNION SELECT s.id FROM stills s JOIN calls c ON c.id = s.call_id WHERE c.beneficiary_id IN (SELECT id FROM who)))
             AND ($9 = '' OR a.detail LIKE '%\"' || $9 || '%')
             AND (a.at < $6 OR (a.at = $6 AND a.id < $7)) ORDER BY a.at DESC, a.id DESC LIMIT $8",
            ms(f.from),
            ms(f.until),
            f.action.as_ref().map(word).unwrap_or_default(),
            f.officer.map(|id| id.to_string()).unwrap_or_default(),
            f.person.as_str(),
            before.0,
            before.1,
            limit,
            f.mark.as_str(),
        )?;
        Ok(rows.into_iter().map(AuditLine::try_from).collect::<std::result::Result<_, _>>()?)
    }

    /// Who looked at faces for a case, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn face_views(&mut self, case: CaseId) -> Result<Vec<AuditEvent>> {
        let rows = all!(
            self,
            Row,
            "SELECT * FROM audit WHERE action = 'face_viewed' AND detail LIKE $1 ORDER BY at, id LIMIT 1000",
            format!("%\"case_id\":\"{case}\"%"),
        )?;
        Ok(rows.into_iter().map(AuditEvent::try_from).collect::<std::result::Result<_, _>>()?)
    }

    /// Audit events of a span of time after one of them, as one line each: what a seal is made over. Every value is preceded by its
    /// length, so that no two lists read alike.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_lines(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        after: &(i64, String),
        limit: i64,
    ) -> Result<Vec<((i64, String), String)>> {
        let rows = all!(
            self,
            RawRow,
            "SELECT id, at, actor, officer_id, action, subject_kind, subject_id, detail FROM audit
             WHERE at >= $1 AND at < $2 AND (at > $3 OR (at = $3 AND id > $4)) ORDER BY at, id LIMIT $5",
            ms(from),
            ms(until),
            after.0,
            after.1.as_str(),
            limit,
        )?;
        let line = |row: RawRow| {
            let at = row.at.to_string();
            let officer = row.officer_id.unwrap_or_default();
            let values = [
                &row.id,
                &at,
                &row.actor,
                &officer,
                &row.action,
                &row.subject_kind,
                &row.subject_id,
                &row.detail,
            ];
            let text = values.iter().fold(String::new(), |text, value| {
                text + &value.len().to_string() + ":" + value + ","
            });
            ((row.at, row.id), text)
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// When the oldest audit event was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_audit_at(&mut self) -> Result<Option<DateTime<Utc>>> {
        let row = one!(self, (At,), "SELECT at FROM audit ORDER BY at, id LIMIT 1")?;
        Ok(row.map(|(at,)| at.0))
    }

    /// Audit events since an instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_count_since(&mut self, from: DateTime<Utc>) -> Result<u64> {
        let row = one!(self, (Count<u64>,), "SELECT COUNT(*) FROM audit WHERE at >= $1", ms(from))?;
        Ok(row.map_or(0, |(n,)| n.0))
    }

    /// All seals, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_seals(&mut self) -> Result<Vec<AuditSeal>> {
        let rows = all!(self, SealRow, "SELECT * FROM audit_seals ORDER BY sequence")?;
        let read = |row: SealRow| AuditSeal {
            sequence: row.sequence,
            from_at: row.from_at.0,
            until_at: row.until_at.0,
            events: row.events.0,
            sha256: row.sha256,
            ledger_sequence: row.ledger_sequence.0,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Keeps a seal.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when somebody else made it at the same moment.
    pub async fn add_audit_seal(&mut self, seal: &AuditSeal) -> Result<()> {
        run!(
            self,
            "INSERT INTO audit_seals (sequence, from_at, until_at, events, sha256, ledger_sequence)
             VALUES ($1, $2, $3, $4, $5, $6)",
            seal.sequence,
            ms(seal.from_at),
            ms(seal.until_at),
            i64::try_from(seal.events).unwrap_or(i64::MAX),
            &seal.sha256,
            i64::try_from(seal.ledger_sequence).unwrap_or(i64::MAX),
        )?;
        Ok(())
    }
}
