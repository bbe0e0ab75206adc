//! What comes back: the gateway's word on delivery, and short codes that people type from a letter.

use super::carry::attempt;
use crate::{
    domain::{
        audit::{Action, Actor},
        contact::ContactOutcome,
        ids::NoticeId,
        notice::NoticeStatus,
    },
    ledger::read_short_code,
    notice::carry::signature,
    service::{
        Service, ServiceError,
        links::{LinkSecrets, code_hash, named},
        record::event,
        token::sha256_hex,
        views::FormOwner,
    },
    storage::NoticeEnd,
};
use serde::Deserialize;
use serde_json::json;

/// The gateway's report on one message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryAnswer {
    /// The id that the message was sent with.
    pub id: NoticeId,
    /// Whether it arrived.
    pub delivered: bool,
    /// A short code when it did not.
    #[serde(default)]
    pub code: String,
}

/// Longest code of a gateway that is kept.
const CODE_CHARS_MAX: usize = 40;

impl Service {
    /// Whether a delivery report was signed by the gateway, lately.
    pub fn gateway_signed(&self, timestamp: &str, body: &[u8], given: &str) -> bool {
        let secret = self.settings.notices.sms.gateway_secret.expose();
        signature::verify(secret, timestamp, body, given, self.now().timestamp())
    }

    /// Writes down whether a message arrived. The same report again changes nothing; one that did not arrive is handed to the next
    /// channel.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn delivery_answer(&self, answer: &DeliveryAnswer) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let notice = tx.notice(answer.id).await?.ok_or(ServiceError::NotFound("notice"))?;
        // A report may come before the run that sent it has written so.
        if !matches!(notice.status, NoticeStatus::Sent | NoticeStatus::Claimed) {
            return Ok(());
        }
        let at = self.now();
        let code: String =
            answer.code.chars().filter(char::is_ascii_graphic).take(CODE_CHARS_MAX).collect();
        let (status, outcome) = if answer.delivered {
            (NoticeStatus::Delivered, ContactOutcome::Delivered)
        } else {
            (NoticeStatus::Failed, ContactOutcome::Undeliverable)
        };
        let failure = (!answer.delivered).then_some(code.as_str());
        let end = NoticeEnd {
            status,
            next_at: notice.next_at,
            attempts: notice.attempts.max(1),
            failure,
            at,
        };
        if tx.end_notice(&notice, &end).await? {
            let attempts: Vec<_> = attempt(&notice, outcome, at).into_iter().collect();
            tx.keep_contact_attempts(&attempts).await?;
            if !answer.delivered {
                self.next_turn(&mut tx, &notice, at).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Where the short code of a letter leads: the path of its link.
    ///
    /// # Errors
    /// `bad_code` when it was mistyped; [`ServiceError::LinkUnknown`]; [`ServiceError::LinkExpired`].
    pub async fn link_of_code(&self, typed: &str) -> Result<String, ServiceError> {
        let code = read_short_code(typed)
            .map_err(|error| ServiceError::unacceptable("bad_code", format!("code: {error}")))?;
        let mut tx = self.db.read().await?;
        let link = tx.link_of_code(&code_hash(&self.vault, &code)).await?;
        let link = link.ok_or(ServiceError::LinkUnknown)?;
        if link.expires_at <= self.now() {
            return Err(ServiceError::LinkExpired);
        }
        let salt = tx.seal_salt(link.beneficiary_id).await?;
        let salt = salt.ok_or(ServiceError::LinkUnknown)?;
        Ok(format!("/p/{}", LinkSecrets::derive(&self.vault, &salt, link.id).token))
    }

    /// Whose a form is that came back: by the short code on it, or by what its QR code says. Also when the link's time is over: post takes long.
    ///
    /// # Errors
    /// `bad_code` when it was mistyped; [`ServiceError::LinkUnknown`].
    pub async fn whose_form(&self, text: &str) -> Result<FormOwner, ServiceError> {
        let text = text.trim();
        let mut tx = self.db.read().await?;
        let link = if let Some((_, token)) = text.rsplit_once("/p/") {
            tx.link_of_token(&sha256_hex(token.as_bytes())).await?
        } else {
            let code = read_short_code(text).map_err(|error| {
                ServiceError::unacceptable("bad_code", format!("code: {error}"))
            })?;
            tx.link_of_code(&code_hash(&self.vault, &code)).await?
        };
        let link = link.ok_or(ServiceError::LinkUnknown)?;
        let whom = crate::service::beneficiary(&mut tx, link.beneficiary_id).await?;
        let number = whom.id_number.expose();
        Ok(FormOwner {
            beneficiary_id: whom.id,
            name: whom.name,
            id_number_tail: number.chars().skip(number.chars().count().saturating_sub(4)).collect(),
        })
    }

    /// Records the e-mail address of a person, or of their representative.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `bad_email`.
    pub async fn record_email(
        &self,
        who: &str,
        email: &str,
        representative: bool,
    ) -> Result<(), ServiceError> {
        let email = email.trim();
        let plain = email.len() <= 254
            && email
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
            && email.chars().all(|c| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(c));
        if !plain {
            return Err(ServiceError::unacceptable(
                "bad_email",
                "email: must be like name@host.example",
            ));
        }
        let mut tx = self.db.write().await?;
        let whom = named(&mut tx, who).await?;
        let belongs_to = if representative { "representative" } else { "self" };
        let at = self.now();
        tx.keep_email(whom.id, email, belongs_to, at).await?;
        let about = ("beneficiary", whom.id);
        let detail = json!({ "belongs_to": belongs_to });
        tx.add_audit(&event(at, Actor::Operator, Action::EmailRecorded, about, detail)).await?;
        Ok(tx.commit().await?)
    }
}
