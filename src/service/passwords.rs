//! Passwords: Argon2id, a few at a time, and a throttle that slows guessing without keeping anybody out.
//!
//! Tries are counted by name and network, and (more patiently) by name. A browser in which the officer has signed in before
//! is counted by itself and has a place of its own, and a passkey is not counted at all: whoever guesses elsewhere, however
//! often, costs the officer nothing.

use super::{Service, ServiceError, token::sha256_hex};
use crate::storage::OfficerRow;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;

/// Argon2id memory, KiB, and passes: OWASP's first choice (19 MiB, t=2, p=1).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Passwords of strangers looked at at the same time (each takes `MEMORY_KIB`), and how many wait for it.
const STRANGERS_AT_ONCE: usize = 2;
const STRANGERS_WAITING: usize = 64;
/// Shortest password (NIST SP 800-63B: at least 8, 15 when it is the only factor).
const PASSWORD_CHARS_MIN: usize = 12;
pub(super) const PASSWORD_BYTES_MAX: usize = 256;
/// Wrong tries in a row that cost nothing: from one network, and for one name over all networks.
const FREE_TRIES: i64 = 5;
const FREE_TRIES_OF_NAME: i64 = 50;
/// Longest wait after a wrong password, s. Bounded, so that nobody can lock an officer out for ever.
const WAIT_MAX_S: i64 = 60;
/// After this time wrong passwords are forgotten.
pub(super) const FORGET_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Places at which passwords are looked at.
#[derive(Debug)]
pub(super) struct PasswordPlaces {
    strangers: Semaphore,
    waiting: Semaphore,
    known: Semaphore,
}

impl Default for PasswordPlaces {
    fn default() -> Self {
        Self {
            strangers: Semaphore::new(STRANGERS_AT_ONCE),
            waiting: Semaphore::new(STRANGERS_WAITING),
            known: Semaphore::new(1),
        }
    }
}

/// Under what a try is counted, and how many are free.
pub(super) struct Counted {
    keys: Vec<(String, i64)>,
    known: bool,
}

impl Counted {
    /// A stranger: by name and network, and by name.
    pub(super) fn stranger(name: &str, network: &str) -> Self {
        let here = sha256_hex(format!("name and network|{name}|{network}").as_bytes());
        let anywhere = sha256_hex(format!("name|{name}").as_bytes());
        Self { keys: vec![(here, FREE_TRIES), (anywhere, FREE_TRIES_OF_NAME)], known: false }
    }

    /// A browser or session that this officer has used before: by itself.
    pub(super) fn known(token: &str) -> Self {
        let here = sha256_hex(format!("known|{token}").as_bytes());
        Self { keys: vec![(here, FREE_TRIES)], known: true }
    }
}

impl Service {
    /// Counts a try before its password is looked at, or refuses it.
    pub(super) async fn count_try(
        &self,
        counted: &Counted,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        for (key, free) in &counted.keys {
            let mut failures = 0;
            if let Some((before, last_at)) = tx.sign_in_failures(key).await? {
                if now - last_at > FORGET_AFTER {
                    tx.clear_sign_in_failures(key).await?;
                } else {
                    let left = last_at + wait_after(before, *free) - now;
                    if left > TimeDelta::zero() {
                        let retry_after_s = u64::try_from(left.num_seconds() + 1).unwrap_or(1);
                        return Err(ServiceError::SlowDown { retry_after_s });
                    }
                    failures = before;
                }
            }
            if !tx.count_sign_in_try(key, failures, now).await? {
                return Err(ServiceError::SlowDown { retry_after_s: 1 });
            }
        }
        Ok(tx.commit().await?)
    }

    /// Forgets the tries of somebody who showed who they are.
    pub(super) async fn forgive(
        &self,
        tx: &mut crate::storage::Tx,
        counted: &Counted,
    ) -> Result<(), ServiceError> {
        for (key, _) in &counted.keys {
            tx.clear_sign_in_failures(key).await?;
        }
        Ok(())
    }

    /// Hashes a new password.
    pub(super) async fn hash(&self, password: String) -> Result<String, ServiceError> {
        let work =
            move || argon2id().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        let hash = tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)?;
        hash.map_err(|e| ServiceError::broken(format!("a password could not be hashed: {e}")))
    }

    /// Whether the password is the officer's. Without an officer, or one without a password, the same work is done, so that
    /// time tells nobody which names there are.
    pub(super) async fn is_password(
        &self,
        password: &str,
        officer: Option<&OfficerRow>,
        counted: &Counted,
    ) -> Result<bool, ServiceError> {
        let places = &self.password_places;
        let _waiting = if counted.known {
            None
        } else {
            let full = |_| ServiceError::SlowDown { retry_after_s: 2 };
            Some(places.waiting.try_acquire().map_err(full)?)
        };
        let place = if counted.known { &places.known } else { &places.strangers };
        let _place = place.acquire().await.map_err(ServiceError::internal)?;
        let password = password.to_owned();
        let stored = officer.map(|o| o.password_hash.clone()).filter(|hash| !hash.is_empty());
        let Some(stored) = stored else {
            self.hash(password).await?;
            return Ok(false);
        };
        let work = move || -> Result<bool, String> {
            let hash = PasswordHash::new(&stored).map_err(|e| e.to_string())?;
            Ok(argon2id().verify_password(password.as_bytes(), &hash).is_ok())
        };
        let right = tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)?;
        right.map_err(|e| ServiceError::broken(format!("a stored password hash is damaged: {e}")))
    }
}

/// Whether a new password is long enough and not too long.
pub(super) fn acceptable(password: &str) -> Result<(), ServiceError> {
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        let detail = format!("password: {PASSWORD_CHARS_MIN} characters or more");
        return Err(ServiceError::unacceptable("weak_password", detail));
    }
    Ok(())
}

/// How long the next try must wait after so many wrong ones: 1, 2, 4, … seconds.
fn wait_after(failures: i64, free: i64) -> TimeDelta {
    let doublings = failures - free;
    if doublings < 0 {
        return TimeDelta::zero();
    }
    TimeDelta::seconds(if doublings >= 6 { WAIT_MAX_S } else { 1 << doublings })
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        let waits: Vec<i64> =
            [0, 4, 5, 6, 10, 11, 5_000].map(|n| wait_after(n, FREE_TRIES).num_seconds()).into();
        assert_eq!(waits, [0, 0, 1, 2, 32, 60, 60]);
    }

    #[test]
    fn passwords_are_argon2id_of_owasp_strength() {
        let hash = argon2id().hash_password(b"correct horse battery").unwrap().to_string();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
}
