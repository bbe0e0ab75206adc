//! Officers' sessions and the throttle on sign-in. Only hashes of tokens and names are stored.

use super::{
    Result, Tx,
    columns::{At, Json, Text, Word, ms, word},
};
use crate::domain::{ids::OfficerId, role::Role};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// How somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A passkey.
    Passkey,
    /// Password and one-time code.
    PasswordAndCode,
    /// A password alone.
    Password,
}

/// A session and its officer.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Hash of its token: its name in lists.
    pub token_sha256: String,
    /// Officer.
    pub officer_id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Signed in.
    pub signed_in_at: DateTime<Utc>,
    /// Last seen.
    pub seen_at: DateTime<Utc>,
    /// Showed last who they are.
    pub proved_at: DateTime<Utc>,
    /// How.
    pub way: Way,
    /// Browser and system in a few words.
    pub browser: String,
}

#[derive(FromRow)]
struct Row {
    token_sha256: String,
    officer_id: Text<OfficerId>,
    name: String,
    roles: Json<Vec<Role>>,
    signed_in_at: At,
    seen_at: At,
    proved_at: At,
    way: Word<Way>,
    browser: String,
}

impl From<Row> for SessionRow {
    fn from(row: Row) -> Self {
        Self {
            token_sha256: row.token_sha256,
            officer_id: row.officer_id.0,
            name: row.name,
            roles: row.roles.0,
            signed_in_at: row.signed_in_at.0,
            seen_at: row.seen_at.0,
            proved_at: row.proved_at.0,
            way: row.way.0,
            browser: row.browser,
        }
    }
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
        (way, browser): (Way, &str),
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO sessions (token_sha256, officer_id, signed_in_at, seen_at, proved_at, way, browser)
             VALUES ($1, $2, $3, $3, $3, $4, $5)",
            token_sha256,
            officer.to_string(),
            ms(at),
            word(&way),
            browser,
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
            "SELECT s.*, o.name, o.roles FROM sessions s
             JOIN officers o ON o.id = s.officer_id WHERE s.token_sha256 = $1",
            token_sha256,
        )?;
        Ok(row.map(SessionRow::from))
    }

    /// The sessions of an officer, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions_of(&mut self, officer: OfficerId) -> Result<Vec<SessionRow>> {
        let rows = all!(
            self,
            Row,
            "SELECT s.*, o.name, o.roles FROM sessions s
             JOIN officers o ON o.id = s.officer_id WHERE s.officer_id = $1 ORDER BY s.signed_in_at DESC",
            officer.to_string(),
        )?;
        Ok(rows.into_iter().map(SessionRow::from).collect())
    }

    /// Notes that the officer of a session showed anew who they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_session(&mut self, token_sha256: &str, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE sessions SET proved_at = $2, seen_at = $2 WHERE token_sha256 = $1",
            token_sha256,
            ms(at),
        )?;
        Ok(())
    }

    /// Ends all sessions of an officer, or all but one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_of(&mut self, officer: OfficerId, but: &str) -> Result<u64> {
        run!(
            self,
            "DELETE FROM sessions WHERE officer_id = $1 AND token_sha256 <> $2",
            officer.to_string(),
            but,
        )
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

    /// Tries under a key (name and network): how many in a row, and the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_failures(
        &mut self,
        key_sha256: &str,
    ) -> Result<Option<(i64, DateTime<Utc>)>> {
        let row = one!(
            self,
            (i64, At),
            "SELECT failures, last_at FROM sign_in_failures WHERE key_sha256 = $1",
            key_sha256,
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
        key_sha256: &str,
        counted: i64,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = if counted == 0 {
            run!(
                self,
                "INSERT INTO sign_in_failures (key_sha256, failures, last_at) VALUES ($1, 1, $2)
                 ON CONFLICT (key_sha256) DO NOTHING",
                key_sha256,
                ms(at),
            )?
        } else {
            run!(
                self,
                "UPDATE sign_in_failures SET failures = failures + 1, last_at = $3
                 WHERE key_sha256 = $1 AND failures = $2",
                key_sha256,
                counted,
                ms(at),
            )?
        };
        Ok(touched == 1)
    }

    /// Forgets the failures under a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_sign_in_failures(&mut self, key_sha256: &str) -> Result<()> {
        run!(self, "DELETE FROM sign_in_failures WHERE key_sha256 = $1", key_sha256)?;
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
