//! Passkeys: challenges that are ours and used once, registering, signing in, showing anew who one is.

use super::{
    Service, ServiceError,
    record::event,
    sign_in::{NewSession, Source},
    token::sha256_hex,
    views::{PasskeyMade, PasskeyOptions, PasskeySigned, RegistrationOptions},
};
use crate::{
    credential::{
        CredentialError,
        passkey::{self, ALGORITHMS, Signed, Site},
    },
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
    },
    storage::{OfficerRow, PasskeyRow, Tx, Way},
    vault::random,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How long a challenge holds: a person looks for a key and a finger.
const CHALLENGE_HOLDS: TimeDelta = TimeDelta::minutes(5);
/// Random part, expiry (seconds since 1970) and mark of a challenge, bytes.
const NONCE_BYTES: usize = 16;
const EXPIRY_BYTES: usize = 8;
const MARK_BYTES: usize = 32;
/// Passkeys of one officer.
const PASSKEYS_MAX: usize = 10;

/// What a challenge was drawn for. One drawn for one thing is worth nothing for another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    SignIn,
    Prove(OfficerId),
    /// By the hash of the invitation's token.
    Accept(&'a str),
    Add(OfficerId),
}

impl Purpose<'_> {
    fn name(self) -> String {
        match self {
            Self::SignIn => "sign_in".into(),
            Self::Prove(officer) => format!("prove {officer}"),
            Self::Accept(invitation) => format!("accept {invitation}"),
            Self::Add(officer) => format!("add {officer}"),
        }
    }
}

impl Service {
    /// The site at which passkeys are made and used, when the console was opened at `host`.
    ///
    /// # Errors
    /// `passkeys_elsewhere`: passkeys belong to a name; opened by number they cannot be used.
    pub fn passkey_site(&self, host: &str) -> Result<Site, ServiceError> {
        let public = self.public_url();
        let name = |authority: &str| authority.split(':').next().unwrap_or_default().to_owned();
        if let Some((scheme, authority)) = public.split_once("://")
            && authority == host
            && (scheme == "https" || name(host) == "localhost")
            && host.parse::<std::net::SocketAddr>().is_err()
            && host.parse::<std::net::IpAddr>().is_err()
        {
            return Ok(Site { origin: format!("{scheme}://{authority}"), id: name(host) });
        }
        if name(host) == "localhost" {
            return Ok(Site { origin: format!("http://{host}"), id: name(host) });
        }
        let detail = format!(
            "passkeys belong to a name, not to a number: open the console at {public}/console"
        );
        Err(ServiceError::unacceptable("passkeys_elsewhere", detail))
    }

    /// What a browser needs to sign in with a passkey.
    ///
    /// # Errors
    /// `passkeys_elsewhere`.
    pub fn passkey_options(&self, host: &str) -> Result<PasskeyOptions, ServiceError> {
        self.options(host, Purpose::SignIn, Vec::new())
    }

    /// What a browser needs so that a signed-in officer shows anew who they are.
    ///
    /// # Errors
    /// `passkeys_elsewhere`; `no_passkey`.
    pub async fn proof_options(
        &self,
        host: &str,
        officer: OfficerId,
    ) -> Result<PasskeyOptions, ServiceError> {
        let allow = self.db.read().await?.passkey_ids(officer).await?;
        if allow.is_empty() {
            return Err(ServiceError::conflict("no_passkey", "no passkey is registered for you"));
        }
        self.options(host, Purpose::Prove(officer), allow)
    }

    fn options(
        &self,
        host: &str,
        purpose: Purpose<'_>,
        allow: Vec<String>,
    ) -> Result<PasskeyOptions, ServiceError> {
        let rp_id = self.passkey_site(host)?.id;
        Ok(PasskeyOptions { challenge: self.draw_challenge(purpose)?, rp_id, allow })
    }

    /// Signs in with a passkey.
    ///
    /// # Errors
    /// [`ServiceError::SignInRefused`] whatever is wrong.
    pub async fn passkey_sign_in(
        &self,
        host: &str,
        signed: &PasskeySigned,
        source: &Source,
    ) -> Result<NewSession, ServiceError> {
        let mut tx = self.db.write().await?;
        let officer = self.signed_by(&mut tx, host, signed, Purpose::SignIn).await?;
        if officer.roles.is_empty() {
            return Err(ServiceError::SignInRefused);
        }
        let session = self.open_session(&mut tx, &officer, Way::Passkey, source).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Shows anew who one is, with a passkey.
    ///
    /// # Errors
    /// [`ServiceError::SignInRefused`] whatever is wrong.
    pub async fn prove_by_passkey(
        &self,
        host: &str,
        (officer, session_token): (OfficerId, &str),
        signed: &PasskeySigned,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let found = self.signed_by(&mut tx, host, signed, Purpose::Prove(officer)).await?;
        if found.id != officer {
            return Err(ServiceError::SignInRefused);
        }
        let session = sha256_hex(session_token.as_bytes());
        self.note_proof(&mut tx, &session, officer, Way::Passkey).await?;
        Ok(tx.commit().await?)
    }

    /// Whose passkey signed. Why one is refused is logged and not told.
    async fn signed_by(
        &self,
        tx: &mut Tx,
        host: &str,
        signed: &PasskeySigned,
        purpose: Purpose<'_>,
    ) -> Result<OfficerRow, ServiceError> {
        let site = self.passkey_site(host)?;
        let refused = |why: &dyn std::fmt::Display| {
            tracing::info!(reason = %why, "a passkey was refused");
            ServiceError::SignInRefused
        };
        let client_data = decoded(&signed.client_data)?;
        self.take_challenge(tx, &client_data, purpose).await?;
        let Some(passkey) = tx.passkey(&signed.id).await? else {
            return Err(refused(&"not registered here"));
        };
        let (data, signature) = (decoded(&signed.authenticator_data)?, decoded(&signed.signature)?);
        let proof =
            Signed { client_data: &client_data, authenticator_data: &data, signature: &signature };
        let counts = passkey::verify(&site, proof, &passkey.public_key, passkey.sign_count)
            .map_err(|error| refused(&error))?;
        if let Some(handle) = &signed.user_handle
            && decoded(handle)? != passkey.officer_id.0.as_bytes()
        {
            return Err(refused(&"another's"));
        }
        if !tx.use_passkey(&passkey.id, passkey.sign_count, counts, self.now()).await? {
            return Err(refused(&CredentialError::Copied));
        }
        tx.officer(passkey.officer_id).await?.ok_or(ServiceError::SignInRefused)
    }

    /// What a browser needs to make a further passkey for a signed-in officer.
    ///
    /// # Errors
    /// `passkeys_elsewhere`, `too_many_passkeys`.
    pub async fn another_options(
        &self,
        host: &str,
        officer: OfficerId,
    ) -> Result<RegistrationOptions, ServiceError> {
        let mut tx = self.db.read().await?;
        let known = tx.passkey_ids(officer).await?;
        let officer = tx.officer(officer).await?.ok_or(ServiceError::SignedOut)?;
        if known.len() >= PASSKEYS_MAX {
            return Err(ServiceError::conflict("too_many_passkeys", "ten passkeys are the most"));
        }
        self.registration(host, &officer, Purpose::Add(officer.id), known)
    }

    /// Keeps a further passkey of a signed-in officer.
    ///
    /// # Errors
    /// `passkey_refused`.
    pub async fn add_passkey(
        &self,
        host: &str,
        officer: OfficerId,
        made: &PasskeyMade,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        self.keep_passkey(&mut tx, host, officer, made, Purpose::Add(officer)).await?;
        let by = Actor::Officer { id: officer };
        let detail = json!({ "way": "passkey" });
        let set = event(self.now(), by, Action::CredentialSet, ("officer", officer), detail);
        tx.add_audit(&set).await?;
        Ok(tx.commit().await?)
    }

    pub(super) fn registration(
        &self,
        host: &str,
        officer: &OfficerRow,
        purpose: Purpose<'_>,
        exclude: Vec<String>,
    ) -> Result<RegistrationOptions, ServiceError> {
        Ok(RegistrationOptions {
            challenge: self.draw_challenge(purpose)?,
            rp_id: self.passkey_site(host)?.id,
            rp_name: self.settings.county.name_zh.clone(),
            user_handle: URL_SAFE_NO_PAD.encode(officer.id.0.as_bytes()),
            user_name: officer.name.clone(),
            algorithms: ALGORITHMS,
            exclude,
        })
    }

    pub(super) async fn keep_passkey(
        &self,
        tx: &mut Tx,
        host: &str,
        officer: OfficerId,
        made: &PasskeyMade,
        purpose: Purpose<'_>,
    ) -> Result<(), ServiceError> {
        let site = self.passkey_site(host)?;
        let refused = |why: &dyn std::fmt::Display| {
            ServiceError::unacceptable("passkey_refused", format!("the passkey was refused: {why}"))
        };
        let client_data = decoded(&made.client_data)?;
        self.take_challenge(tx, &client_data, purpose).await?;
        let made = passkey::register(&site, &client_data, &decoded(&made.attestation)?)
            .map_err(|error| refused(&error))?;
        let row = PasskeyRow {
            id: URL_SAFE_NO_PAD.encode(&made.id),
            officer_id: officer,
            public_key: made.public_key,
            sign_count: made.sign_count,
            added_at: self.now(),
        };
        let kept = tx.add_passkey(&row).await.map_err(ServiceError::from);
        kept.map_err(|e| if e.is_taken() { refused(&"it is registered already") } else { e })
    }

    /// A challenge that carries its own proof: random part, expiry, and a mark that only our key makes. Drawing one writes
    /// nothing, so that nobody fills our tables by asking.
    fn draw_challenge(&self, purpose: Purpose<'_>) -> Result<String, ServiceError> {
        let mut bytes = random::<NONCE_BYTES>()?.to_vec();
        let until = (self.now() + CHALLENGE_HOLDS).timestamp();
        bytes.extend(until.to_be_bytes());
        let mark = self.mark(&bytes, purpose);
        bytes.extend(mark);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn mark(&self, bytes: &[u8], purpose: Purpose<'_>) -> [u8; MARK_BYTES] {
        let key = self.vault.challenge_key();
        let mut mac = Hmac::<Sha256>::new(&(*key).into());
        mac.update(bytes);
        mac.update(purpose.name().as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Uses up the challenge that was signed.
    async fn take_challenge(
        &self,
        tx: &mut Tx,
        client_data: &[u8],
        purpose: Purpose<'_>,
    ) -> Result<(), ServiceError> {
        let text = passkey::challenge(client_data).map_err(|_| ServiceError::SignInRefused)?;
        let bytes = URL_SAFE_NO_PAD.decode(&text).map_err(|_| ServiceError::SignInRefused)?;
        let until = self.ours(&bytes, purpose).ok_or(ServiceError::SignInRefused)?;
        let now = self.now();
        if until < now || !tx.use_challenge(&sha256_hex(&bytes), now, until).await? {
            return Err(ServiceError::SignInRefused);
        }
        Ok(())
    }

    /// Until when a challenge of ours holds.
    fn ours(&self, bytes: &[u8], purpose: Purpose<'_>) -> Option<DateTime<Utc>> {
        let (body, mark) = bytes.split_at_checked(NONCE_BYTES + EXPIRY_BYTES)?;
        let same = bool::from(self.mark(body, purpose).ct_eq(mark));
        let until = i64::from_be_bytes(body[NONCE_BYTES..].try_into().ok()?);
        same.then(|| DateTime::from_timestamp(until, 0)).flatten()
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, ServiceError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| {
        ServiceError::unacceptable("malformed", "base64url without padding is expected")
    })
}
