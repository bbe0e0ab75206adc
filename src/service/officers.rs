//! Officers: added at the command line, signed in with a password, seen by a session token.

use super::{
    Service, ServiceError,
    record::event,
    token::{Token, sha256_hex},
    views::OfficerView,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
    },
    storage::OfficerRow,
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Argon2id memory, KiB, and passes: OWASP's first choice (19 MiB, t=2, p=1).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Passwords looked at at the same time (each takes `MEMORY_KIB`).
pub(super) const PASSWORDS_AT_ONCE: usize = 2;
/// Shortest password (NIST SP 800-63B: at least 8; single factor here, so more).
const PASSWORD_CHARS_MIN: usize = 12;
const PASSWORD_BYTES_MAX: usize = 256;
const NAME_CHARS_MAX: usize = 64;
/// Wrong passwords in a row that cost nothing.
const FREE_TRIES: i64 = 5;
/// Longest wait after a wrong password, s. Bounded, so that nobody can lock an officer out for ever.
const WAIT_MAX_S: i64 = 60;
/// After this time wrong passwords are forgotten.
const FORGET_AFTER: TimeDelta = TimeDelta::minutes(15);
/// A session ends after a working day, however busy.
const SESSION_MAX: TimeDelta = TimeDelta::hours(12);
/// The idle time is renewed at most this often: not every request needs a write.
const RENEW_AFTER: TimeDelta = TimeDelta::minutes(1);

impl Service {
    /// Adds an officer.
    ///
    /// # Errors
    /// `bad_name`, `weak_password`, `name_taken`.
    pub async fn add_officer(&self, name: &str, password: &str) -> Result<OfficerId, ServiceError> {
        let name = sign_in_name(name).ok_or_else(|| {
            let detail = format!("name: 1 to {NAME_CHARS_MAX} letters, digits, . - or _");
            ServiceError::unacceptable("bad_name", detail)
        })?;
        if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
            let detail = format!("password: {PASSWORD_CHARS_MIN} characters or more");
            return Err(ServiceError::unacceptable("weak_password", detail));
        }
        let password_hash = self.hash(password.to_owned()).await?;
        let officer = OfficerRow { id: OfficerId::new(), name, password_hash };
        let (mut tx, now) = (self.db.write().await?, self.now());
        tx.add_officer(&officer, now).await.map_err(ServiceError::from).map_err(|error| {
            if error.is_taken() {
                ServiceError::conflict("name_taken", "there is an officer of this name already")
            } else {
                error
            }
        })?;
        let about = ("officer", officer.id);
        tx.add_audit(&event(now, Actor::Operator, Action::OfficerAdded, about, json!({}))).await?;
        tx.commit().await?;
        Ok(officer.id)
    }

    /// Makes sure that there is an officer of this name; an existing one keeps the password they have.
    ///
    /// # Errors
    /// As [`Service::add_officer`].
    pub async fn ensure_officer(&self, name: &str, password: &str) -> Result<(), ServiceError> {
        match self.add_officer(name, password).await {
            Err(ServiceError::Conflict { code: "name_taken", .. }) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Signs an officer in. Returns the session token for the cookie.
    ///
    /// # Errors
    /// [`ServiceError::SignInRefused`] for a wrong name or password alike, [`ServiceError::SlowDown`] after too many.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
    ) -> Result<(String, OfficerView), ServiceError> {
        let Some(name) = sign_in_name(name).filter(|_| password.len() <= PASSWORD_BYTES_MAX) else {
            return Err(ServiceError::SignInRefused);
        };
        let name_sha256 = sha256_hex(name.as_bytes());
        let now = self.now();
        self.count_try(&name_sha256, now).await?;
        let officer = self.db.read().await?.officer_of_name(&name).await?;
        let right = self.verify(password.to_owned(), officer.as_ref()).await?;
        let mut tx = self.db.write().await?;
        let Some(officer) = officer.filter(|_| right) else {
            let about = ("sign_in_name", &name_sha256);
            let refused = event(now, Actor::Service, Action::SignInRefused, about, json!({}));
            tx.add_audit(&refused).await?;
            tx.commit().await?;
            return Err(ServiceError::SignInRefused);
        };
        let token = Token::draw()?;
        tx.clear_sign_in_failures(&name_sha256).await?;
        tx.drop_sign_in_failures_before(now - FORGET_AFTER).await?;
        tx.drop_sessions_before(now - SESSION_MAX).await?;
        tx.add_session(&token.sha256, officer.id, now).await?;
        let by = Actor::Officer { id: officer.id };
        let about = ("officer", officer.id);
        tx.add_audit(&event(now, by, Action::SignedIn, about, json!({}))).await?;
        tx.commit().await?;
        Ok((token.plain, self.officer_view(officer.id, officer.name)))
    }

    /// Counts a try before its password is looked at, or refuses it.
    async fn count_try(&self, name_sha256: &str, now: DateTime<Utc>) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let before = tx.sign_in_failures(name_sha256).await?;
        let mut counted = 0;
        if let Some((failures, last_at)) = before {
            if now - last_at > FORGET_AFTER {
                tx.clear_sign_in_failures(name_sha256).await?;
            } else {
                let left = last_at + wait_after(failures) - now;
                if left > TimeDelta::zero() {
                    let retry_after_s = u64::try_from(left.num_seconds() + 1).unwrap_or(1);
                    return Err(ServiceError::SlowDown { retry_after_s });
                }
                counted = failures;
            }
        }
        if !tx.count_sign_in_try(name_sha256, counted, now).await? {
            return Err(ServiceError::SlowDown { retry_after_s: 1 });
        }
        Ok(tx.commit().await?)
    }

    /// The officer of a session token; renews its idle time.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] when there is no such session or its time is over.
    pub async fn officer(&self, session_token: &str) -> Result<OfficerView, ServiceError> {
        let (hash, now) = (sha256_hex(session_token.as_bytes()), self.now());
        let session = self.db.read().await?.session(&hash).await?;
        let session = session.ok_or(ServiceError::SignedOut)?;
        let idle_max = TimeDelta::minutes(i64::from(self.settings.console.idle_minutes));
        if now - session.seen_at > idle_max || now - session.signed_in_at > SESSION_MAX {
            return Err(ServiceError::SignedOut);
        }
        if now - session.seen_at > RENEW_AFTER {
            let mut tx = self.db.write().await?;
            tx.touch_session(&hash, now).await?;
            tx.commit().await?;
        }
        Ok(self.officer_view(session.officer_id, session.name))
    }

    /// Ends a session. Ending one that is over is no fault.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, session_token: &str) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        if let Some(id) = tx.end_session(&sha256_hex(session_token.as_bytes())).await? {
            let by = Actor::Officer { id };
            let about = ("officer", id);
            tx.add_audit(&event(self.now(), by, Action::SignedOut, about, json!({}))).await?;
        }
        Ok(tx.commit().await?)
    }

    fn officer_view(&self, id: OfficerId, name: String) -> OfficerView {
        let idle_minutes = self.settings.console.idle_minutes;
        OfficerView { id, name, county: self.county(), trial: self.trial(), idle_minutes }
    }

    async fn hash(&self, password: String) -> Result<String, ServiceError> {
        let _place = self.password_places.acquire().await.map_err(ServiceError::internal)?;
        let work =
            move || argon2id().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        let hash = tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)?;
        hash.map_err(|e| ServiceError::broken(format!("a password could not be hashed: {e}")))
    }

    /// Whether the password is the officer's. Without an officer the same work is done, so that time tells nobody which names
    /// there are.
    async fn verify(
        &self,
        password: String,
        officer: Option<&OfficerRow>,
    ) -> Result<bool, ServiceError> {
        let Some(stored) = officer.map(|o| o.password_hash.clone()) else {
            self.hash(password).await?;
            return Ok(false);
        };
        let _place = self.password_places.acquire().await.map_err(ServiceError::internal)?;
        let work = move || -> Result<bool, String> {
            let hash = PasswordHash::new(&stored).map_err(|e| e.to_string())?;
            Ok(argon2id().verify_password(password.as_bytes(), &hash).is_ok())
        };
        let right = tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)?;
        right.map_err(|e| ServiceError::broken(format!("a stored password hash is damaged: {e}")))
    }
}

/// How long the next try must wait after so many wrong ones: 1, 2, 4, … seconds.
fn wait_after(failures: i64) -> TimeDelta {
    let doublings = failures - FREE_TRIES;
    if doublings < 0 {
        return TimeDelta::zero();
    }
    TimeDelta::seconds(if doublings >= 6 { WAIT_MAX_S } else { 1 << doublings })
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A sign-in name in its one form; `None` when it cannot be one.
fn sign_in_name(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    (fits && plain).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        let waits: Vec<i64> =
            [0, 4, 5, 6, 10, 11, 5_000].map(|n| wait_after(n).num_seconds()).into();
        assert_eq!(waits, [0, 0, 1, 2, 32, 60, 60]);
    }

    #[test]
    fn passwords_are_argon2id_of_owasp_strength() {
        let hash = argon2id().hash_password(b"correct horse battery").unwrap().to_string();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn names_have_one_form() {
        assert_eq!(sign_in_name(" Li.Wei ").as_deref(), Some("li.wei"));
        assert_eq!(sign_in_name("王芳").as_deref(), Some("王芳"));
        assert!(sign_in_name("").is_none() && sign_in_name("a b").is_none());
        assert!(sign_in_name(&"a".repeat(65)).is_none());
    }
}
