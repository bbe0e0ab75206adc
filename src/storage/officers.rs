//! Officers.

use super::{
    Result, Tx,
    columns::{At, Count, Json, Text, json, ms},
};
use crate::domain::{ids::OfficerId, role::Role};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// An officer.
#[derive(Clone)]
pub struct OfficerRow {
    /// Id.
    pub id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// Roles; none: may not sign in.
    pub roles: Vec<Role>,
    /// Argon2id, PHC string; empty: no password.
    pub password_hash: String,
    /// Sealed secret of one-time codes.
    pub sealed_code_secret: Option<Vec<u8>>,
    /// The last step whose code was used.
    pub code_step: i64,
    /// Added.
    pub added_at: DateTime<Utc>,
}

impl std::fmt::Debug for OfficerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfficerRow").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct Row {
    id: Text<OfficerId>,
    name: String,
    roles: Json<Vec<Role>>,
    password_hash: String,
    sealed_code_secret: Option<Vec<u8>>,
    code_step: i64,
    added_at: At,
}

impl From<Row> for OfficerRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            roles: row.roles.0,
            password_hash: row.password_hash,
            sealed_code_secret: row.sealed_code_secret,
            code_step: row.code_step,
            added_at: row.added_at.0,
        }
    }
}

/// An officer in the list.
#[derive(Clone, Debug)]
pub struct OfficerListed {
    /// The officer.
    pub officer: OfficerRow,
    /// Passkeys they have.
    pub passkeys: u32,
    /// Sessions that are open.
    pub sessions: u32,
}

impl Tx {
    /// Adds an officer.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the name is in use.
    pub async fn add_officer(&mut self, officer: &OfficerRow) -> Result<()> {
        run!(
            self,
            "INSERT INTO officers (id, name, roles, password_hash, added_at) VALUES ($1, $2, $3, $4, $5)",
            officer.id.to_string(),
            &officer.name,
            json(&officer.roles)?,
            &officer.password_hash,
            ms(officer.added_at),
        )?;
        Ok(())
    }

    /// The officer of that sign-in name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officer_of_name(&mut self, name: &str) -> Result<Option<OfficerRow>> {
        let row = one!(self, Row, "SELECT * FROM officers WHERE name = $1", name)?;
        Ok(row.map(OfficerRow::from))
    }

    /// An officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officer(&mut self, id: OfficerId) -> Result<Option<OfficerRow>> {
        let row = one!(self, Row, "SELECT * FROM officers WHERE id = $1", id.to_string())?;
        Ok(row.map(OfficerRow::from))
    }

    /// All officers, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officers(&mut self) -> Result<Vec<OfficerListed>> {
        let rows = all!(self, Row, "SELECT * FROM officers ORDER BY name")?;
        let counted = |rows: Vec<(Text<OfficerId>, Count<u32>)>| {
            let pairs = rows.into_iter().map(|(id, count)| (id.0, count.0));
            pairs.collect::<std::collections::HashMap<_, _>>()
        };
        let passkeys = counted(all!(
            self,
            (Text<OfficerId>, Count<u32>),
            "SELECT officer_id, COUNT(*) FROM passkeys GROUP BY officer_id"
        )?);
        let sessions = counted(all!(
            self,
            (Text<OfficerId>, Count<u32>),
            "SELECT officer_id, COUNT(*) FROM sessions GROUP BY officer_id"
        )?);
        let listed = |row: Row| {
            let officer = OfficerRow::from(row);
            let of = |counts: &std::collections::HashMap<OfficerId, u32>| {
                counts.get(&officer.id).copied().unwrap_or(0)
            };
            OfficerListed { passkeys: of(&passkeys), sessions: of(&sessions), officer }
        };
        Ok(rows.into_iter().map(listed).collect())
    }

    /// Names of all officers by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officer_names(&mut self) -> Result<std::collections::HashMap<OfficerId, String>> {
        let rows = all!(self, (Text<OfficerId>, String), "SELECT id, name FROM officers")?;
        Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
    }

    /// Gives an officer these roles and no others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_roles(&mut self, id: OfficerId, roles: &[Role]) -> Result<()> {
        let roles = json(&roles)?;
        run!(self, "UPDATE officers SET roles = $2 WHERE id = $1", id.to_string(), roles)?;
        Ok(())
    }

    /// Gives an officer a password and one-time codes in place of what they had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(
        &mut self,
        id: OfficerId,
        password_hash: &str,
        sealed_code_secret: Option<&[u8]>,
        code_step: i64,
    ) -> Result<()> {
        run!(
            self,
            "UPDATE officers SET password_hash = $2, sealed_code_secret = $3, code_step = $4 WHERE id = $1",
            id.to_string(),
            password_hash,
            sealed_code_secret,
            code_step,
        )?;
        Ok(())
    }

    /// Uses up a code. False when it, or a later one, was used meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_code(&mut self, id: OfficerId, step: i64) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE officers SET code_step = $2 WHERE id = $1 AND code_step < $2",
            id.to_string(),
            step,
        )?;
        Ok(touched == 1)
    }
}
