//! Links: making one, and finding out where one stands.

use super::{
    Service, ServiceError,
    attempts::{Allowance, allowance},
    beneficiary,
    record::event,
    token::sha256_hex,
    views::NewLink,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        beneficiary::{Beneficiary, IdNumber},
        case::CaseKind,
        confirmation::Confirmation,
        ids::{BeneficiaryId, LinkId},
    },
    storage::{CaseRecord, ConsentRow, LinkRow, Tx},
    vault::Vault,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Days, Utc};
use serde_json::json;
use std::net::IpAddr;

/// Everything that decides what a link leads to now.
#[derive(Debug)]
pub(super) struct Standing {
    pub link: LinkRow,
    pub beneficiary: Beneficiary,
    /// Confirmed by any way since the link was made.
    pub confirmed: Option<Confirmation>,
    /// Cases of this link that wait for an officer, newest first.
    pub cases: Vec<CaseRecord>,
    pub consent: Option<ConsentRow>,
    pub allowance: Allowance,
}

impl Standing {
    /// The case for which no further call is wanted: an officer has pictures to look at.
    pub(super) fn under_review(&self) -> Option<&CaseRecord> {
        self.cases.iter().find(|c| matches!(c.case.kind, CaseKind::FlaggedCall | CaseKind::Photo))
    }

    /// Refuses when there is nothing to do any more, or an officer is at it.
    pub(super) fn refuse_when_done(&self) -> Result<(), ServiceError> {
        if self.confirmed.is_some() {
            return Err(ServiceError::conflict(
                "already_confirmed",
                "the confirmation is recorded already; there is nothing to do",
            ));
        }
        match self.under_review() {
            Some(case) => Err(ServiceError::conflict(
                "with_officer",
                format!("an officer is looking at case {}", case.number),
            )),
            None => Ok(()),
        }
    }

    /// Refuses without a consent to the text in force.
    pub(super) fn refuse_without_consent(&self) -> Result<&ConsentRow, ServiceError> {
        match &self.consent {
            Some(consent) if consent.version == super::CONSENT_VERSION => Ok(consent),
            _ => Err(ServiceError::conflict(
                "consent_missing",
                "face processing needs the person's consent first",
            )),
        }
    }
}

/// Token and short code of a link. Both are derived by the vault from the link's id and the salt of the person's keys, so that the same
/// link can be sent again, printed again, or found by its code, while only hashes are stored; and both are gone when the salt is.
pub(super) struct LinkSecrets {
    /// 256 bits, base64url.
    pub token: String,
    /// Number of the short code.
    pub number: u64,
}

impl LinkSecrets {
    pub(super) fn derive(vault: &Vault, salt: &[u8], link: LinkId) -> Self {
        let name = link.to_string();
        let code = vault.secret("link code", salt, &name);
        let number = code.iter().take(8).fold(0, |n, byte| (n << 8) | u64::from(*byte));
        let token = URL_SAFE_NO_PAD.encode(*vault.secret("link token", salt, &name));
        Self { token, number }
    }

    pub(super) fn token_sha256(&self) -> String {
        sha256_hex(self.token.as_bytes())
    }
}

/// The beneficiary named by id or id number.
pub(super) async fn named(tx: &mut Tx, who: &str) -> Result<Beneficiary, ServiceError> {
    let found = if let Ok(id) = who.parse::<BeneficiaryId>() {
        tx.beneficiary(id).await?
    } else if let Ok(number) = IdNumber::parse(who) {
        tx.beneficiary_of_number(&number).await?
    } else {
        None
    };
    found.ok_or(ServiceError::NotFound("beneficiary"))
}

/// What is stored of a short code. It has 45 bits, few enough to try them all: the hash is keyed by the vault.
pub(super) fn code_hash(vault: &Vault, code: &str) -> String {
    hex::encode(*vault.secret("link code hash", b"", code))
}

impl Service {
    /// Makes a link for the beneficiary named by id or id number.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such beneficiary.
    pub async fn new_link(&self, who: &str) -> Result<NewLink, ServiceError> {
        let mut tx = self.db.write().await?;
        let found = named(&mut tx, who).await?;
        let link = self.make_link(&mut tx, found.id, Actor::Operator, self.now()).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// Makes a link inside a transaction.
    pub(super) async fn make_link(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<NewLink, ServiceError> {
        let salt = tx.seal_salt(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        let expires_at = at + Days::new(u64::from(self.settings.links.days));
        let link = LinkRow { id: LinkId::new(), beneficiary_id: of, made_at: at, expires_at };
        let secrets = LinkSecrets::derive(&self.vault, &salt, link.id);
        tx.add_link(&link, &secrets.token_sha256()).await?;
        let about = ("link", link.id);
        tx.add_audit(&event(at, by, Action::LinkMade, about, json!({ "beneficiary_id": of })))
            .await?;
        let url = format!("{}/p/{}", self.public_url(), secrets.token);
        Ok(NewLink { link_id: link.id, url, expires_at })
    }

    /// Where citizens find this service, without a slash at the end.
    pub(super) fn public_url(&self) -> String {
        let server = &self.settings.server;
        if !server.public_url.is_empty() {
            return server.public_url.trim_end_matches('/').to_owned();
        }
        // Derived for a trial on this machine: browsers give camera access to localhost without TLS.
        match server.listen.ip() {
            ip @ IpAddr::V4(_) if !ip.is_unspecified() => format!("http://{}", server.listen),
            _ => format!("http://localhost:{}", server.listen.port()),
        }
    }

    /// Where the link of a token stands.
    pub(super) async fn standing(
        &self,
        tx: &mut Tx,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Standing, ServiceError> {
        let link = link(tx, token, now).await?;
        self.standing_of(tx, link, now).await
    }

    /// The same inside a writing transaction, with the beneficiary held so that it stays true.
    pub(super) async fn held_standing(
        &self,
        tx: &mut Tx,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Standing, ServiceError> {
        let link = link(tx, token, now).await?;
        tx.hold_beneficiary(link.beneficiary_id).await?;
        self.standing_of(tx, link, now).await
    }

    async fn standing_of(
        &self,
        tx: &mut Tx,
        link: LinkRow,
        now: DateTime<Utc>,
    ) -> Result<Standing, ServiceError> {
        let who = link.beneficiary_id;
        let from = tx.attempts_from(who).await?.unwrap_or(link.made_at);
        let ends = tx.attempts(who, from).await?;
        Ok(Standing {
            beneficiary: beneficiary(tx, who).await?,
            confirmed: tx.confirmation_of(who, link.id, link.made_at).await?,
            cases: tx.waiting_cases_of_link(link.id).await?,
            consent: tx.last_consent(link.id).await?,
            allowance: allowance(&self.settings.calls, &ends, now),
            link,
        })
    }
}

/// The link of a token, when it still works.
async fn link(tx: &mut Tx, token: &str, now: DateTime<Utc>) -> Result<LinkRow, ServiceError> {
    let link = tx.link_of_token(&sha256_hex(token.as_bytes())).await?;
    let link = link.ok_or(ServiceError::LinkUnknown)?;
    if link.expires_at <= now { Err(ServiceError::LinkExpired) } else { Ok(link) }
}
