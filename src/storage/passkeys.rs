//! Passkeys, the challenges they sign, and the invitations by which officers set them up.

use super::{
    Result, Tx,
    columns::{At, Count, Text, ms},
};
use crate::domain::ids::OfficerId;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// A registered passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Credential id, base64url.
    pub id: String,
    /// Whose.
    pub officer_id: OfficerId,
    /// COSE key.
    pub public_key: Vec<u8>,
    /// The authenticator's counter, as last seen.
    pub sign_count: u32,
    /// Registered.
    pub added_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    officer_id: Text<OfficerId>,
    public_key: Vec<u8>,
    sign_count: Count<u32>,
    added_at: At,
}

impl From<Row> for PasskeyRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            officer_id: row.officer_id.0,
            public_key: row.public_key,
            sign_count: row.sign_count.0,
            added_at: row.added_at.0,
        }
    }
}

/// An invitation that still holds.
#[derive(Clone, Debug)]
pub struct InvitationRow {
    /// For whom.
    pub officer_id: OfficerId,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Secret of one-time codes that its page has shown, sealed.
    pub sealed_code_secret: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct Invited {
    officer_id: Text<OfficerId>,
    expires_at: At,
    sealed_code_secret: Option<Vec<u8>>,
}

impl Tx {
    /// Keeps a passkey.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when this credential is registered already.
    pub async fn add_passkey(&mut self, passkey: &PasskeyRow) -> Result<()> {
        run!(
            self,
            "INSERT INTO passkeys (id, officer_id, public_key, sign_count, added_at) VALUES ($1, $2, $3, $4, $5)",
            &passkey.id,
            passkey.officer_id.to_string(),
            &passkey.public_key,
            i64::from(passkey.sign_count),
            ms(passkey.added_at),
        )?;
        Ok(())
    }

    /// The passkey with this credential id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passkey(&mut self, id: &str) -> Result<Option<PasskeyRow>> {
        let row = one!(
            self,
            Row,
            "SELECT id, officer_id, public_key, sign_count, added_at FROM passkeys WHERE id = $1",
            id
        )?;
        Ok(row.map(PasskeyRow::from))
    }

    /// Credential ids of an officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passkey_ids(&mut self, officer: OfficerId) -> Result<Vec<String>> {
        let rows = all!(
            self,
            (String,),
            "SELECT id FROM passkeys WHERE officer_id = $1 ORDER BY added_at, id",
            officer.to_string(),
        )?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Notes a use of a passkey; compare-and-set on the counter, so that one signing is used once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_passkey(
        &mut self,
        id: &str,
        counted: u32,
        now_counts: u32,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE passkeys SET sign_count = $3, used_at = $4 WHERE id = $1 AND sign_count = $2",
            id,
            i64::from(counted),
            i64::from(now_counts),
            ms(at),
        )?;
        Ok(touched == 1)
    }

    /// Removes the passkeys of an officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_passkeys(&mut self, officer: OfficerId) -> Result<u64> {
        run!(self, "DELETE FROM passkeys WHERE officer_id = $1", officer.to_string())
    }

    /// Uses up a challenge, and forgets those whose time is over. False when it was used before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_challenge(
        &mut self,
        challenge_sha256: &str,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<bool> {
        run!(self, "DELETE FROM used_challenges WHERE expires_at < $1", ms(now))?;
        let touched = run!(
            self,
            "INSERT INTO used_challenges (challenge_sha256, expires_at) VALUES ($1, $2)
             ON CONFLICT (challenge_sha256) DO NOTHING",
            challenge_sha256,
            ms(expires_at),
        )?;
        Ok(touched == 1)
    }

    /// Keeps an invitation; it takes the place of older ones of the same officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_invitation(
        &mut self,
        token_sha256: &str,
        officer: OfficerId,
        made_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        run!(self, "DELETE FROM invitations WHERE officer_id = $1", officer.to_string())?;
        run!(
            self,
            "INSERT INTO invitations (token_sha256, officer_id, made_at, expires_at) VALUES ($1, $2, $3, $4)",
            token_sha256,
            officer.to_string(),
            ms(made_at),
            ms(expires_at),
        )?;
        Ok(())
    }

    /// An invitation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitation(&mut self, token_sha256: &str) -> Result<Option<InvitationRow>> {
        let row = one!(
            self,
            Invited,
            "SELECT officer_id, expires_at, sealed_code_secret FROM invitations WHERE token_sha256 = $1",
            token_sha256,
        )?;
        Ok(row.map(|row| InvitationRow {
            officer_id: row.officer_id.0,
            expires_at: row.expires_at.0,
            sealed_code_secret: row.sealed_code_secret,
        }))
    }

    /// Keeps the secret that an invitation's page shows. False when it has one already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_invitation_secret(
        &mut self,
        token_sha256: &str,
        sealed: &[u8],
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE invitations SET sealed_code_secret = $2 WHERE token_sha256 = $1 AND sealed_code_secret IS NULL",
            token_sha256,
            sealed,
        )?;
        Ok(touched == 1)
    }

    /// Uses up an invitation. False when it was used meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_invitation(&mut self, token_sha256: &str) -> Result<bool> {
        let touched = run!(self, "DELETE FROM invitations WHERE token_sha256 = $1", token_sha256)?;
        Ok(touched == 1)
    }

    /// Whether this officer has signed in here before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_browser(&mut self, token_sha256: &str, officer: OfficerId) -> Result<bool> {
        let row = one!(
            self,
            (Text<OfficerId>,),
            "SELECT officer_id FROM known_browsers WHERE token_sha256 = $1 AND officer_id = $2",
            token_sha256,
            officer.to_string(),
        )?;
        Ok(row.is_some())
    }

    /// Remembers a browser as this officer's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn know_browser(
        &mut self,
        token_sha256: &str,
        officer: OfficerId,
        at: DateTime<Utc>,
        forget_before: DateTime<Utc>,
    ) -> Result<()> {
        run!(self, "DELETE FROM known_browsers WHERE seen_at < $1", ms(forget_before))?;
        run!(
            self,
            "INSERT INTO known_browsers (token_sha256, officer_id, seen_at) VALUES ($1, $2, $3)
             ON CONFLICT (token_sha256) DO UPDATE SET officer_id = excluded.officer_id, seen_at = excluded.seen_at",
            token_sha256,
            officer.to_string(),
            ms(at),
        )?;
        Ok(())
    }
}
