//! What decided and what sealed: a policy version always means the same limits, a database always the same vault keys.

use super::{
    Result, Tx,
    columns::{Json, json, ms},
};
use crate::domain::policy::Policy;
use chrono::{DateTime, Utc};

impl Tx {
    /// Records a policy under its version unless that version is known; the policy that stands there now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_policy(&mut self, policy: &Policy, at: DateTime<Utc>) -> Result<Policy> {
        run!(
            self,
            "INSERT INTO policies (version, policy, first_used_at) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING",
            &policy.version,
            json(policy)?,
            ms(at),
        )?;
        let row = one!(
            self,
            (Json<Policy>,),
            "SELECT policy FROM policies WHERE version = $1",
            &policy.version
        )?;
        Ok(row.map_or_else(|| policy.clone(), |row| row.0.0))
    }

    /// Records the vault key in use when none is recorded yet; whether it is among the recorded ones now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn know_vault_key(&mut self, key_id: &str, at: DateTime<Utc>) -> Result<bool> {
        let known = all!(self, (String,), "SELECT key_id FROM vault_keys")?;
        if known.is_empty() {
            run!(
                self,
                "INSERT INTO vault_keys (key_id, first_used_at) VALUES ($1, $2) ON CONFLICT (key_id) DO NOTHING",
                key_id,
                ms(at),
            )?;
            return Ok(true);
        }
        Ok(known.iter().any(|row| row.0 == key_id))
    }
}
