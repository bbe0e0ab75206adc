//! Signing in with a password (and a one-time code), sessions, and showing anew who one is.

use super::{
    Service, ServiceError,
    officers::{not_allowed, sign_in_name},
    passwords::{Counted, FORGET_AFTER, PASSWORD_BYTES_MAX},
    record::event,
    token::{Token, sha256_hex},
    views::{OfficerView, PasswordForm, ProofForm, SessionView},
};
use crate::{
    credential::code,
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
        role::{Act, PROOF_MINUTES, Role, reach},
    },
    storage::{OfficerRow, SessionRow, Tx, Way},
    vault::Kind,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// A session ends after a working day, however busy.
const SESSION_MAX: TimeDelta = TimeDelta::hours(12);
/// The idle time is renewed at most this often: not every request needs a write.
const RENEW_AFTER: TimeDelta = TimeDelta::minutes(1);
/// A browser is known for so long after it was last used to sign in.
const BROWSER_KNOWN: TimeDelta = TimeDelta::days(90);

/// Where somebody signs in from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The network of their address: guesses are counted by it.
    pub network: String,
    /// Token of a browser in which somebody has signed in before.
    pub browser_token: Option<String>,
    /// Browser and system in a few words, for the list of sessions.
    pub browser: String,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Token for the cookie.
    pub session_token: String,
    /// Token by which this browser is known from now on.
    pub browser_token: String,
    /// Who.
    pub officer: OfficerView,
}

impl Service {
    /// Signs an officer in with password and, where there is one, code.
    ///
    /// # Errors
    /// [`ServiceError::SignInRefused`] for a wrong name, password or code alike; `code_needed`; `second_factor_missing` when a
    /// password alone is too little for the officer's roles; [`ServiceError::SlowDown`] after too many tries.
    pub async fn sign_in(
        &self,
        form: &PasswordForm,
        source: &Source,
    ) -> Result<NewSession, ServiceError> {
        let long = form.password.len() > PASSWORD_BYTES_MAX;
        let Some(name) = sign_in_name(&form.name).filter(|_| !long) else {
            return Err(ServiceError::SignInRefused);
        };
        let now = self.now();
        let mut tx = self.db.read().await?;
        let officer = tx.officer_of_name(&name).await?;
        let counted = match (&officer, &source.browser_token) {
            (Some(officer), Some(token))
                if tx.knows_browser(&sha256_hex(token.as_bytes()), officer.id).await? =>
            {
                Counted::known(token)
            }
            _ => Counted::stranger(&name, &source.network),
        };
        drop(tx);
        self.count_try(&counted, now).await?;
        let right = self.is_password(&form.password, officer.as_ref(), &counted).await?;
        let mut tx = self.db.write().await?;
        let officer = officer.filter(|o| right && !o.roles.is_empty());
        let way = match &officer {
            Some(officer) => self.second_factor(&mut tx, officer, &form.code, now).await?,
            None => None,
        };
        let (Some(officer), Some(way)) = (officer, way) else {
            let about = ("sign_in_name", sha256_hex(name.as_bytes()));
            let refused = event(now, Actor::Service, Action::SignInRefused, about, json!({}));
            tx.add_audit(&refused).await?;
            tx.commit().await?;
            return Err(ServiceError::SignInRefused);
        };
        self.forgive(&mut tx, &counted).await?;
        let session = self.open_session(&mut tx, &officer, way, source).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// How the officer showed who they are beyond the password; `None` when the code is wrong.
    async fn second_factor(
        &self,
        tx: &mut Tx,
        officer: &OfficerRow,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Way>, ServiceError> {
        if officer.sealed_code_secret.is_some() {
            if code.trim().is_empty() {
                return Err(ServiceError::CodeNeeded);
            }
            let right = self.take_code(tx, officer, code, now).await?;
            return Ok(right.then_some(Way::PasswordAndCode));
        }
        let decides = officer.roles.iter().any(|role| role.decides());
        if decides && !self.settings.console.danger_password_only {
            return Err(ServiceError::SecondFactorMissing);
        }
        Ok(Some(Way::Password))
    }

    async fn take_code(
        &self,
        tx: &mut Tx,
        officer: &OfficerRow,
        typed: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ServiceError> {
        let Some(sealed) = &officer.sealed_code_secret else { return Ok(false) };
        let secret = self.open_code_secret(officer.id, sealed)?;
        match code::step_of(&secret, typed, now.timestamp(), officer.code_step) {
            Some(step) => Ok(tx.use_code(officer.id, step).await?),
            None => Ok(false),
        }
    }

    pub(super) fn open_code_secret(
        &self,
        officer: OfficerId,
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, ServiceError> {
        let key = self.vault.data_key(officer.0.as_bytes());
        Ok(key.open(Kind::CodeSecret, &officer.to_string(), sealed)?)
    }

    /// Opens a session for somebody who has shown who they are.
    pub(super) async fn open_session(
        &self,
        tx: &mut Tx,
        officer: &OfficerRow,
        way: Way,
        source: &Source,
    ) -> Result<NewSession, ServiceError> {
        let now = self.now();
        tx.drop_sign_in_failures_before(now - FORGET_AFTER).await?;
        tx.drop_sessions_before(now - SESSION_MAX).await?;
        let (session, browser) = (Token::draw()?, Token::draw()?);
        tx.add_session(&session.sha256, officer.id, (way, &source.browser), now).await?;
        tx.know_browser(&browser.sha256, officer.id, now, now - BROWSER_KNOWN).await?;
        let by = Actor::Officer { id: officer.id };
        let detail = json!({ "way": way });
        tx.add_audit(&event(now, by, Action::SignedIn, ("officer", officer.id), detail)).await?;
        let row = SessionRow {
            token_sha256: session.sha256,
            officer_id: officer.id,
            name: officer.name.clone(),
            roles: officer.roles.clone(),
            signed_in_at: now,
            seen_at: now,
            proved_at: now,
            way,
            browser: source.browser.clone(),
        };
        Ok(NewSession {
            session_token: session.plain,
            browser_token: browser.plain,
            officer: self.officer_view(&row),
        })
    }

    /// The officer of a session token; renews its idle time.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] when there is no such session or its time is over.
    pub async fn officer(&self, session_token: &str) -> Result<OfficerView, ServiceError> {
        let (hash, now) = (sha256_hex(session_token.as_bytes()), self.now());
        let session = self.db.read().await?.session(&hash).await?;
        let session = session.filter(|s| self.holds(s, now)).ok_or(ServiceError::SignedOut)?;
        if now - session.seen_at > RENEW_AFTER {
            let mut tx = self.db.write().await?;
            tx.touch_session(&hash, now).await?;
            tx.commit().await?;
        }
        Ok(self.officer_view(&session))
    }

    fn holds(&self, session: &SessionRow, now: DateTime<Utc>) -> bool {
        let idle_max = TimeDelta::minutes(i64::from(self.settings.console.idle_minutes));
        now - session.seen_at <= idle_max && now - session.signed_in_at <= SESSION_MAX
    }

    /// Whether whoever proved who they are at `proved_at` did so lately enough for a decision that hurts.
    ///
    /// # Errors
    /// [`ServiceError::ProofNeeded`].
    pub fn wants_proof(&self, proved_at: DateTime<Utc>) -> Result<(), ServiceError> {
        let fresh = self.now() - proved_at <= TimeDelta::minutes(PROOF_MINUTES);
        fresh.then_some(()).ok_or(ServiceError::ProofNeeded)
    }

    /// Shows anew who one is, with password and code.
    ///
    /// # Errors
    /// As [`Service::sign_in`]; [`ServiceError::SignedOut`].
    pub async fn prove(&self, session_token: &str, form: &ProofForm) -> Result<(), ServiceError> {
        let (hash, now) = (sha256_hex(session_token.as_bytes()), self.now());
        let mut tx = self.db.read().await?;
        let session = tx.session(&hash).await?.ok_or(ServiceError::SignedOut)?;
        let officer = tx.officer(session.officer_id).await?.ok_or(ServiceError::SignedOut)?;
        drop(tx);
        let counted = Counted::known(session_token);
        self.count_try(&counted, now).await?;
        if form.password.len() > PASSWORD_BYTES_MAX
            || !self.is_password(&form.password, Some(&officer), &counted).await?
        {
            return Err(ServiceError::SignInRefused);
        }
        let mut tx = self.db.write().await?;
        let way = self.second_factor(&mut tx, &officer, &form.code, now).await?;
        let way = way.ok_or(ServiceError::SignInRefused)?;
        self.forgive(&mut tx, &counted).await?;
        self.note_proof(&mut tx, &hash, officer.id, way).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn note_proof(
        &self,
        tx: &mut Tx,
        session_sha256: &str,
        officer: OfficerId,
        way: Way,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        tx.prove_session(session_sha256, now).await?;
        let by = Actor::Officer { id: officer };
        let detail = json!({ "way": way });
        tx.add_audit(&event(now, by, Action::ProvedAnew, ("officer", officer), detail)).await?;
        Ok(())
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

    /// The open sessions of an officer; `here` is the one that asks.
    ///
    /// # Errors
    /// `not_allowed` for another's without the right.
    pub async fn sessions(
        &self,
        by: OfficerId,
        of: OfficerId,
        here: &str,
    ) -> Result<Vec<SessionView>, ServiceError> {
        let mut tx = self.db.read().await?;
        if by != of {
            self.may(&mut tx, by, Act::SeeOfficers, Some(of)).await?;
        }
        let (here, now) = (sha256_hex(here.as_bytes()), self.now());
        let rows = tx.sessions_of(of).await?;
        let open = rows.into_iter().filter(|row| self.holds(row, now));
        Ok(open
            .map(|row| SessionView {
                here: row.token_sha256 == here,
                id: row.token_sha256,
                signed_in_at: row.signed_in_at,
                seen_at: row.seen_at,
                way: row.way,
                browser: row.browser,
            })
            .collect())
    }

    /// Ends one session, or with `id` none all but `here`.
    ///
    /// # Errors
    /// `not_allowed` for another's without the right; [`ServiceError::NotFound`].
    pub async fn revoke(
        &self,
        by: OfficerId,
        of: OfficerId,
        id: Option<&str>,
        here: &str,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let roles = tx.officer(by).await?.ok_or(ServiceError::SignedOut)?.roles;
        if !reach(&roles, Act::RevokeSessions).covers(by == of) {
            return Err(not_allowed(Act::RevokeSessions));
        }
        match id {
            Some(id) => {
                let theirs = tx.sessions_of(of).await?.iter().any(|s| s.token_sha256 == id);
                if !theirs {
                    return Err(ServiceError::NotFound("session"));
                }
                tx.end_session(id).await?;
            }
            None => {
                tx.end_sessions_of(of, &sha256_hex(here.as_bytes())).await?;
            }
        }
        let actor = Actor::Officer { id: by };
        let all = json!({ "all": id.is_none() });
        let ended = event(self.now(), actor, Action::SessionEnded, ("officer", of), all);
        tx.add_audit(&ended).await?;
        Ok(tx.commit().await?)
    }

    fn officer_view(&self, session: &SessionRow) -> OfficerView {
        let roles: Vec<Role> = session.roles.clone();
        OfficerView {
            id: session.officer_id,
            name: session.name.clone(),
            acts: Act::ALL.into_iter().filter(|act| reach(&roles, *act).at_all()).collect(),
            roles,
            way: session.way,
            proved_at: session.proved_at,
            idle_minutes: self.settings.console.idle_minutes,
            county: self.county(),
            trial: self.trial(),
            unproven: self.unproven(),
        }
    }
}
