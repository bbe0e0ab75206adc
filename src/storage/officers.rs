//! Officers.

use super::{
    Result, Tx,
    columns::{Text, ms},
};
use crate::domain::ids::OfficerId;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// An officer.
#[derive(Clone)]
pub struct OfficerRow {
    /// Id.
    pub id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
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
    password_hash: String,
}

impl From<Row> for OfficerRow {
    fn from(row: Row) -> Self {
        Self { id: row.id.0, name: row.name, password_hash: row.password_hash }
    }
}

impl Tx {
    /// Adds an officer.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the name is in use.
    pub async fn add_officer(&mut self, officer: &OfficerRow, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "INSERT INTO officers (id, name, password_hash, added_at) VALUES ($1, $2, $3, $4)",
            officer.id.to_string(),
            &officer.name,
            &officer.password_hash,
            ms(at),
        )?;
        Ok(())
    }

    /// The officer of that sign-in name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officer_of_name(&mut self, name: &str) -> Result<Option<OfficerRow>> {
        let row =
            one!(self, Row, "SELECT id, name, password_hash FROM officers WHERE name = $1", name)?;
        Ok(row.map(OfficerRow::from))
    }

    /// Names of all officers by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officer_names(&mut self) -> Result<std::collections::HashMap<OfficerId, String>> {
        let rows = all!(self, (Text<OfficerId>, String), "SELECT id, name FROM officers")?;
        Ok(rows.into_iter().map(|(id, name)| (id.0, name)).collect())
    }
}
