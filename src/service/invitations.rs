//! Invitations: how an officer sets up signing in, with a passkey or with a password and one-time codes.

use super::{
    Service, ServiceError,
    passkeys::Purpose,
    passwords::acceptable,
    record::event,
    sign_in::{NewSession, Source},
    token::sha256_hex,
    views::{InvitationView, PasskeyMade, PasswordChoice, RegistrationOptions},
};
use crate::{
    credential::code,
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
    },
    storage::{InvitationRow, OfficerRow, Tx, Way},
    vault::{Kind, random},
};
use serde_json::json;

impl Service {
    /// What an invitation's page shows. The secret of one-time codes is drawn at the first look and stays the same.
    ///
    /// # Errors
    /// `invitation_unknown`.
    pub async fn invitation(&self, token: &str) -> Result<InvitationView, ServiceError> {
        let hash = sha256_hex(token.as_bytes());
        let mut tx = self.db.write().await?;
        let (invitation, officer) = self.invited(&mut tx, &hash).await?;
        let secret = if let Some(sealed) = &invitation.sealed_code_secret {
            self.open_code_secret(officer.id, sealed)?
        } else {
            let secret = random::<{ code::SECRET_BYTES }>()?;
            let key = self.vault.data_key(officer.id.0.as_bytes());
            let sealed = key.seal(Kind::CodeSecret, &officer.id.to_string(), &secret)?;
            if !tx.set_invitation_secret(&hash, &sealed).await? {
                return Err(ServiceError::conflict("again", "opened twice at once; try again"));
            }
            secret.to_vec().into()
        };
        tx.commit().await?;
        Ok(InvitationView {
            otpauth: code::otpauth(&self.settings.county.name_zh, &officer.name, &secret),
            code_secret: code::base32(&secret),
            name: officer.name,
            roles: officer.roles,
            expires_at: invitation.expires_at,
            county: self.county(),
        })
    }

    async fn invited(
        &self,
        tx: &mut Tx,
        token_sha256: &str,
    ) -> Result<(InvitationRow, OfficerRow), ServiceError> {
        let invitation = tx.invitation(token_sha256).await?;
        let invitation = invitation.filter(|i| i.expires_at >= self.now());
        let invitation = invitation.ok_or(ServiceError::InvitationUnknown)?;
        let officer = tx.officer(invitation.officer_id).await?;
        Ok((invitation, officer.ok_or(ServiceError::InvitationUnknown)?))
    }

    /// Accepts an invitation with a password and one-time codes, and signs in. What the officer had before is gone.
    ///
    /// # Errors
    /// `invitation_unknown`, `weak_password`, `wrong_code`.
    pub async fn accept_with_password(
        &self,
        token: &str,
        choice: &PasswordChoice,
        source: &Source,
    ) -> Result<NewSession, ServiceError> {
        acceptable(&choice.password)?;
        let hash = sha256_hex(token.as_bytes());
        let found = self.invited(&mut self.db.read().await?, &hash).await;
        found?; // nobody without an invitation has passwords hashed here
        let password_hash = self.hash(choice.password.clone()).await?;
        let mut tx = self.db.write().await?;
        let (invitation, officer) = self.invited(&mut tx, &hash).await?;
        let wrong = || ServiceError::unacceptable("wrong_code", "code: not the one of this moment");
        let sealed = invitation.sealed_code_secret.ok_or_else(wrong)?;
        let secret = self.open_code_secret(officer.id, &sealed)?;
        let step = code::step_of(&secret, &choice.code, self.now().timestamp(), 0);
        let step = step.ok_or_else(wrong)?;
        self.settle(&mut tx, &hash, officer.id, "password_and_code").await?;
        tx.set_password(officer.id, &password_hash, Some(&sealed), step).await?;
        let session = self.open_session(&mut tx, &officer, Way::PasswordAndCode, source).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// What a browser needs to make a passkey for an invitation.
    ///
    /// # Errors
    /// `invitation_unknown`, `passkeys_elsewhere`.
    pub async fn invitation_options(
        &self,
        host: &str,
        token: &str,
    ) -> Result<RegistrationOptions, ServiceError> {
        let hash = sha256_hex(token.as_bytes());
        let (_, officer) = self.invited(&mut self.db.read().await?, &hash).await?;
        self.registration(host, &officer, Purpose::Accept(&hash), Vec::new())
    }

    /// Accepts an invitation with a passkey, and signs in. What the officer had before is gone.
    ///
    /// # Errors
    /// `invitation_unknown`, `passkey_refused`.
    pub async fn accept_with_passkey(
        &self,
        host: &str,
        token: &str,
        made: &PasskeyMade,
        source: &Source,
    ) -> Result<NewSession, ServiceError> {
        let hash = sha256_hex(token.as_bytes());
        let mut tx = self.db.write().await?;
        let (_, officer) = self.invited(&mut tx, &hash).await?;
        self.settle(&mut tx, &hash, officer.id, "passkey").await?;
        tx.set_password(officer.id, "", None, 0).await?;
        self.keep_passkey(&mut tx, host, officer.id, made, Purpose::Accept(&hash)).await?;
        let session = self.open_session(&mut tx, &officer, Way::Passkey, source).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Uses up the invitation and ends what was before.
    async fn settle(
        &self,
        tx: &mut Tx,
        hash: &str,
        officer: OfficerId,
        way: &str,
    ) -> Result<(), ServiceError> {
        if !tx.use_invitation(hash).await? {
            return Err(ServiceError::InvitationUnknown);
        }
        tx.drop_passkeys(officer).await?;
        tx.end_sessions_of(officer, "").await?;
        let by = Actor::Officer { id: officer };
        let detail = json!({ "way": way });
        let set = event(self.now(), by, Action::CredentialSet, ("officer", officer), detail);
        Ok(tx.add_audit(&set).await?)
    }
}
