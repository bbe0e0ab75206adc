//! What a notice says: facts from the records, the link derived by the vault, the composed text.

use crate::{
    clock::china_date,
    domain::{
        beneficiary::Beneficiary,
        ids::{BeneficiaryId, LinkId},
        name::from_name,
        notice::{Notice, NoticeKind, NoticeStatus},
    },
    ledger::short_code,
    notice::{
        compose::{because, county_facts, date, moment, qr_words},
        letter::Letter,
        template::{Facts, Language},
    },
    service::{Service, ServiceError, links::LinkSecrets},
    storage::Tx,
};
use chrono::{DateTime, NaiveDate, Utc};

/// The link that a notice carries.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    pub url: String,
    pub code: String,
    pub until: NaiveDate,
}

impl Service {
    pub(super) fn notice_language(&self) -> Language {
        from_name(&self.settings.notices.language).unwrap_or(Language::Zh)
    }

    /// Token and short code of a link, derived anew each time: neither is stored.
    pub(super) async fn carried_link(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        link: LinkId,
    ) -> Result<Carried, ServiceError> {
        let salt = tx.seal_salt(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        let secrets = LinkSecrets::derive(&self.vault, &salt, link);
        let row = tx.link(link).await?.ok_or(ServiceError::NotFound("link"))?;
        Ok(Carried {
            url: format!("{}/p/{}", self.public_url(), secrets.token),
            code: short_code(secrets.number),
            until: china_date(row.expires_at),
        })
    }

    /// Everything that the template of a notice may ask for.
    pub(super) async fn facts(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        whom: &Beneficiary,
        language: Language,
        at: DateTime<Utc>,
    ) -> Result<(Facts, Option<Carried>), ServiceError> {
        let settings = &self.settings;
        let mut facts = county_facts(&settings.county, &settings.notices, language, china_date(at))
            .with("name", &whom.name);
        let link = match notice.link_id {
            Some(id) => Some(self.carried_link(tx, whom.id, id).await?),
            None => None,
        };
        if let Some(link) = &link {
            facts = facts.with("url", &link.url).with("until", date(link.until, language));
        }
        let text = |name: &str| notice.detail[name].as_str().unwrap_or_default().to_owned();
        facts = match notice.kind {
            NoticeKind::Due => {
                let months = self.cycle_months(tx, whom).await?;
                facts
                    .with("due_on", date(whom.due_on, language))
                    .with("cycle_months", months.to_string())
            }
            NoticeKind::Receipt => {
                let due = text("due_on").parse::<NaiveDate>();
                let due = due.map(|day| date(day, language)).unwrap_or_default();
                facts.with("receipt_number", text("receipt_number")).with("due_on", due)
            }
            NoticeKind::CaseResult => {
                let why = from_name(&text("because")).map(|why| because(why, language));
                facts.with("why", why.unwrap_or_default())
            }
            NoticeKind::Appointment => {
                let at = text("at").parse().map(|at| moment(at, language)).unwrap_or_default();
                facts.with("at", at).with("place", text("place"))
            }
            NoticeKind::LiveCall => facts.with("word", text("word")),
        };
        Ok((facts, link))
    }

    /// A letter from its filled template.
    pub(super) fn letter(
        &self,
        whom: &Beneficiary,
        text: String,
        link: Option<Carried>,
        language: Language,
    ) -> Letter {
        let (county, settings) = (&self.settings.county, &self.settings.notices.letter);
        let link = link.unwrap_or_else(|| Carried {
            url: self.public_url(),
            code: String::new(),
            until: NaiveDate::default(),
        });
        let url = self.public_url();
        let host = url.trim_start_matches("https://").trim_start_matches("http://");
        let name = match language {
            Language::Zh => format!("{} 收", whom.name),
            Language::En => whom.name.clone(),
        };
        let (office, hours) = match language {
            Language::Zh => (&county.name_zh, &settings.hours_zh),
            Language::En => (&county.name_en, &settings.hours_en),
        };
        Letter {
            address: vec![whom.residence.clone().unwrap_or_default(), name],
            text,
            url: link.url,
            site: format!("{host}/k"),
            code: link.code,
            qr_words: qr_words(language).map(String::from),
            sender: settings.sender_zh.clone(),
            office: vec![office.clone(), county.phone.clone(), hours.clone()],
        }
    }

    /// Whether a notice is still wanted: of a confirmation that was done meanwhile nobody is reminded.
    pub(super) async fn still_wanted(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        whom: &Beneficiary,
    ) -> Result<bool, ServiceError> {
        if notice.kind == NoticeKind::Appointment {
            let booked = tx.booked_of(whom.id).await?;
            return Ok(booked.is_some_and(|a| a.id.to_string() == notice.occasion));
        }
        if notice.kind == NoticeKind::LiveCall {
            let call = tx.live_call_with(whom.id).await?;
            return Ok(call.is_some_and(|call| notice.occasion.starts_with(&call.id.to_string())));
        }
        if notice.kind != NoticeKind::Due {
            return Ok(true);
        }
        let period = tx.period_from(whom.id).await?.map(|day| day.to_string());
        let active = whom.status == crate::domain::beneficiary::BenefitStatus::Active;
        Ok(active && period.as_deref() == Some(&notice.occasion))
    }
}

/// Statuses in which a notice waits for its carrier.
pub(super) fn waits(status: NoticeStatus) -> bool {
    matches!(status, NoticeStatus::Planned | NoticeStatus::Claimed | NoticeStatus::Batched)
}
