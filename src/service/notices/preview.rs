//! What a notice would say to a person now, with real data and without sending anything.

use crate::{
    domain::{
        case::AskAgainBecause,
        ids::NoticeId,
        notice::{Notice, NoticeChannel, NoticeKind, NoticeStatus},
    },
    notice::{NoticeError, compose::compose, letter::print, template::Language},
    service::{Service, ServiceError, links::named},
};
use serde::Serialize;
use serde_json::json;

/// What is to be seen.
#[derive(Clone, Debug)]
pub struct PreviewOf {
    /// Id or id number of the person.
    pub who: String,
    /// Kind.
    pub kind: NoticeKind,
    /// Channel.
    pub channel: NoticeChannel,
    /// Language; that of the settings when absent.
    pub language: Option<Language>,
}

/// How it looks.
#[derive(Clone, Debug, Serialize)]
pub struct NoticePreview {
    /// To whom it would go.
    pub to: Option<String>,
    /// Subject of an e-mail.
    pub subject: Option<String>,
    /// Text.
    pub text: String,
    /// A letter as PDF.
    #[serde(skip)]
    pub pdf: Option<Vec<u8>>,
}

impl Service {
    /// Shows a notice. No link is made for it: where the person has none in this period, its place is shown.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `no_text` for a call; `not_printable` with the reason; `no_font`.
    pub async fn preview_notice(&self, of: &PreviewOf) -> Result<NoticePreview, ServiceError> {
        let mut tx = self.db.read().await?;
        let whom = named(&mut tx, &of.who).await?;
        let language = of.language.unwrap_or_else(|| self.notice_language());
        let at = self.now();
        let occasion = tx.period_from(whom.id).await?.map(|d| d.to_string()).unwrap_or_default();
        let link_id = tx.notice_link(whom.id, &occasion).await?;
        let detail = match of.kind {
            NoticeKind::Due => json!({}),
            NoticeKind::Receipt => {
                let last = tx.confirmations(whom.id).await?.into_iter().next();
                let number = last.map_or_else(|| "--- --- --- ---".into(), |c| c.receipt_number);
                json!({ "receipt_number": number, "due_on": whom.due_on })
            }
            NoticeKind::CaseResult => json!({ "because": AskAgainBecause::TooDark }),
            NoticeKind::Appointment => json!({ "at": at, "place": self.settings.county.name_zh }),
            NoticeKind::LiveCall => json!({ "word": "荷花 小桥 (lotus bridge)" }),
        };
        let notice = Notice {
            id: NoticeId::new(),
            beneficiary_id: whom.id,
            kind: of.kind,
            occasion,
            day: 0,
            turn: 0,
            channel: of.channel,
            status: NoticeStatus::Planned,
            link_id,
            planned_on: crate::clock::china_date(at),
            planned_at: at,
            next_at: at,
            attempts: 0,
            given_up: Vec::new(),
            batch_id: None,
            detail,
            version: 0,
        };
        let (mut facts, link) = self.facts(&mut tx, &notice, &whom, language, at).await?;
        if link.is_none() {
            let until = crate::notice::compose::date(whom.due_on, language);
            facts = facts.with("url", format!("{}/p/…", self.public_url())).with("until", until);
        }
        let composed = compose(of.kind, of.channel, language, &facts).map_err(|error| {
            let code = if error == NoticeError::NoTemplate { "no_text" } else { "not_printable" };
            ServiceError::unacceptable(code, error.to_string())
        })?;
        let to = match of.channel {
            NoticeChannel::Sms | NoticeChannel::Call => whom.phone.clone(),
            NoticeChannel::Email => tx.email_of(whom.id).await?,
            NoticeChannel::Letter => whom.residence.clone(),
        };
        let pdf =
            if of.channel == NoticeChannel::Letter {
                let letter = self.letter(&whom, composed.text.clone(), link, language);
                let faces = self.typefaces()?;
                let printed = print(&[letter], &faces.0, &faces.1, "preview");
                Some(printed.map_err(|f| {
                    ServiceError::unacceptable("not_printable", f.error.to_string())
                })?)
            } else {
                None
            };
        Ok(NoticePreview { to, subject: composed.subject, text: composed.text, pdf })
    }
}
