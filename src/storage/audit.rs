//! Audit events, written in the same transaction as what they tell of.

use super::{
    Result, Tx,
    columns::{At, Json, Text, Word, json, ms, word},
};
use crate::domain::{
    audit::{Action, Actor, AuditEvent},
    ids::{AuditId, OfficerId},
};
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
