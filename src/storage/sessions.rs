//! Officers' sessions and the throttle on sign-in. Only hashes of tokens and names are stored.

use super::{
    Result, Tx,
    columns::{At, Text, ms},
};
use crate::domain::ids::OfficerId;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// A session and its officer.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Officer.
    pub officer_id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// Signed in.
    pub signed_in_at: DateTime<Utc>,
    /// Last seen.
    pub seen_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    officer_id: Text<OfficerId>,
    name: String,
    signed_in_at: At,
    seen_at: At,
}

impl Tx {
    /// Opens a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(
        &mut self,
        token_sha256: &str,
        officer: OfficerId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO sessions (token_sha256, officer_id, signed_in_at, seen_at) VALUES ($1, $2, $3, $4)",
            token_sha256,
            officer.to_string(),
            ms(at),
            ms(at),
        )?;
        Ok(())
    }

    /// The session whose token has this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&mut self, token_sha256: &str) -> Result<Option<SessionRow>> {
        let row = one!(
            self,
            Row,
            "SELECT s.officer_id, o.name, s.signed_in_at, s.seen_at FROM sessions s
             JOIN officers o ON o.id = s.officer_id WHERE s.token_sha256 = $1",
            token_sha256,
        )?;
        Ok(row.map(|row| SessionRow {
            officer_id: row.officer_id.0,
            name: row.name,
            signed_in_at: row.signed_in_at.0,
            seen_at: row.seen_at.0,
        }))
    }

    /// Renews the idle time of a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(&mut self, token_sha256: &str, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE sessions SET seen_at = $2 WHERE token_sha256 = $1",
            token_sha256,
            ms(at)
        )?;
        Ok(())
    }

    /// Ends a session; its officer, when there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&mut self, token_sha256: &str) -> Result<Option<OfficerId>> {
        let row = one!(
            self,
            (Text<OfficerId>,),
            "DELETE FROM sessions WHERE token_sha256 = $1 RETURNING officer_id",
            token_sha256,
        )?;
        Ok(row.map(|row| row.0.0))
    }

    /// Removes sessions last seen before `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_sessions_before(&mut self, at: DateTime<Utc>) -> Result<u64> {
        run!(self, "DELETE FROM sessions WHERE seen_at < $1", ms(at))
    }

    /// Wrong passwords for a name: how many in a row, and the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_failures(
        &mut self,
        name_sha256: &str,
    ) -> Result<Option<(i64, DateTime<Utc>)>> {
        let row = one!(
            self,
            (i64, At),
            "SELECT failures, last_at FROM sign_in_failures WHERE name_sha256 = $1",
            name_sha256,
        )?;
        Ok(row.map(|(failures, at)| (failures, at.0)))
    }

    /// Counts a try before the password is looked at, so that tries at the same time cannot share one count. Compare-and-set
    /// on the count that was read: false when another try came between.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_sign_in_try(
        &mut self,
        name_sha256: &str,
        counted: i64,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = if counted == 0 {
            run!(
                self,
                "INSERT INTO sign_in_failures (name_sha256, failures, last_at) VALUES ($1, 1, $2)
                 ON CONFLICT (name_sha256) DO NOTHING",
                name_sha256,
                ms(at),
            )?
        } else {
            run!(
                self,
                "UPDATE sign_in_failures SET failures = failures + 1, last_at = $3
                 WHERE name_sha256 = $1 AND failures = $2",
                name_sha256,
                counted,
                ms(at),
            )?
        };
        Ok(touched == 1)
    }

    /// Forgets the failures of a name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_sign_in_failures(&mut self, name_sha256: &str) -> Result<()> {
        run!(self, "DELETE FROM sign_in_failures WHERE name_sha256 = $1", name_sha256)?;
        Ok(())
    }

    /// Forgets failures older than `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_sign_in_failures_before(&mut self, at: DateTime<Utc>) -> Result<u64> {
        run!(self, "DELETE FROM sign_in_failures WHERE last_at < $1", ms(at))
    }
}
