//! What the phone page asks for, besides calls: the first screen, consent, another way.

use super::{
    Service, ServiceError,
    links::Standing,
    record::event,
    views::{CitizenCase, ConsentForm, LinkState, LinkView, OtherWayForm},
    visits::wished,
};
use crate::{
    domain::{
        assistance::AskedBy,
        audit::{Action, Actor},
        case::CaseKind,
        helper::Helper,
        ids::LinkId,
        queue::ONLINE,
        verdict::{Reason, ReasonGroup},
    },
    storage::{CaseRecord, ConsentRow},
};
use serde_json::json;

/// Version of the consent text in force (the text is in `web/shared/locales`). Whoever changes the text gives it a new version:
/// consents to the old one then no longer count.
pub const CONSENT_VERSION: &str = "2026-11-2";

/// Longest wish, characters (`docs/API.md`).
const WISH_CHARS_MAX: usize = 500;
/// Longest telephone number, characters: 15 digits (ITU-T E.164) and separators.
pub(super) const PHONE_CHARS_MAX: usize = 24;

impl Service {
    /// Where a link leads to now.
    ///
    /// # Errors
    /// [`ServiceError::LinkUnknown`], [`ServiceError::LinkExpired`].
    pub async fn link_view(&self, token: &str) -> Result<LinkView, ServiceError> {
        let now = self.now();
        let standing = self.standing(&mut self.db.read().await?, token, now).await?;
        let state = if standing.confirmed.is_some() {
            LinkState::Confirmed
        } else if standing.under_review().is_some() {
            LinkState::WithOfficer
        } else {
            LinkState::Ready
        };
        let case = standing.under_review().or(standing.cases.first());
        // The page is for the person: a full disk keeps nobody from it.
        if let Err(error) = self.note_opened(standing.link.id).await {
            tracing::warn!(%error, "that a link was opened could not be kept");
        }
        // Whoever waits for an officer with the page open comes before others of the same day.
        if case.is_some_and(|c| c.online_until < now + ONLINE / 2) {
            let mut tx = self.db.write().await?;
            tx.seen_online(standing.link.id, now + ONLINE).await?;
            tx.commit().await?;
            self.news.tell();
        }
        Ok(LinkView {
            state,
            county: self.county(),
            addressee: standing.beneficiary.masked_name(),
            due_on: standing.beneficiary.due_on,
            last_confirmed_on: standing.beneficiary.last_confirmed_on,
            consented: standing.refuse_without_consent().is_ok(),
            assisted: standing.consent.as_ref().is_some_and(|c| c.assisted),
            consent_version: CONSENT_VERSION.to_owned(),
            case: case.map(citizen_case),
            trial: self.trial(),
            wait_seconds: standing.allowance.wait_seconds,
            tries_used_up: standing.allowance.used_up,
        })
    }

    /// Keeps when the page of a link was opened first: who was told and never opened it is called.
    async fn note_opened(&self, link: LinkId) -> Result<(), ServiceError> {
        if self.db.read().await?.is_link_opened(link).await? {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        tx.link_opened(link, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Records a consent to face processing.
    ///
    /// # Errors
    /// `consent_outdated` when another text was shown than the one in force; `helper_missing` and `own_consent_missing` when
    /// somebody helps and does not say who, or does not say that the beneficiary agrees.
    pub async fn consent(&self, token: &str, form: ConsentForm) -> Result<(), ServiceError> {
        if !matches!(form.language.as_str(), "zh" | "en") {
            return Err(ServiceError::unacceptable("bad_language", "language must be zh or en"));
        }
        let (helper, own_consent) = helped(&form)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        if form.consent_version != CONSENT_VERSION {
            return Err(ServiceError::conflict(
                "consent_outdated",
                format!("the consent text in force is version {CONSENT_VERSION}; show it again"),
            ));
        }
        let consent = ConsentRow {
            version: form.consent_version,
            assisted: form.assisted,
            helper,
            own_consent,
            keep_picture: form.keep_picture,
        };
        tx.add_consent(standing.link.id, &consent, &form.language, now).await?;
        let detail = json!({
            "consent_version": consent.version,
            "assisted": consent.assisted,
            "helper": consent.helper,
            "own_consent": consent.own_consent,
            "keep_picture": consent.keep_picture,
        });
        let about = ("link", standing.link.id);
        tx.add_audit(&event(now, Actor::Citizen, Action::ConsentGiven, about, detail)).await?;
        Ok(tx.commit().await?)
    }

    /// Opens a case for another way than a video call. Asking twice for the same gives the same case.
    ///
    /// # Errors
    /// `too_long`, `bad_phone`, `bad_reason` when the form is not acceptable.
    pub async fn other_way(
        &self,
        token: &str,
        form: OtherWayForm,
    ) -> Result<CitizenCase, ServiceError> {
        let (wish, wish_phone) = checked(&form)?;
        let now = self.now();
        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        let kind = CaseKind::from(form.way);
        if let Some(case) = standing.cases.iter().find(|c| c.case.kind == kind) {
            return Ok(citizen_case(case));
        }
        let reasons = form.because.into_iter().chain([Reason::AskedForPerson]).collect();
        let mut new = self.case_about(&mut tx, standing.beneficiary.id, kind, reasons, now).await?;
        new.link_id = Some(standing.link.id);
        // Whoever asks has the page open at this moment.
        new.online_until = now + ONLINE;
        (new.wish, new.wish_phone) = (wish, wish_phone);
        tx.open_case(&new).await?;
        let asked_by = if standing.consent.as_ref().is_some_and(|c| c.assisted) {
            AskedBy::Family
        } else {
            AskedBy::Person
        };
        let wish = (form.way, new.wish.as_deref(), new.case.id);
        wished(&mut tx, &standing.beneficiary, wish, asked_by, now).await?;
        let detail = json!({ "kind": kind });
        let about = ("case", new.case.id);
        tx.add_audit(&event(now, Actor::Citizen, Action::OtherWayChosen, about, detail)).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(citizen_case(&new))
    }
}

impl Standing {
    /// Refuses while a pause lasts, or when the cycle's attempts are used up.
    pub(super) fn refuse_too_many(
        &self,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), ServiceError> {
        let retry_after_s = if self.allowance.used_up {
            // Never again on this link, unless an officer asks again: until its end.
            u64::try_from((self.link.expires_at - now).num_seconds()).unwrap_or(0).max(1)
        } else {
            self.allowance.wait_seconds
        };
        if retry_after_s > 0 { Err(ServiceError::TooManyTries { retry_after_s }) } else { Ok(()) }
    }
}

/// A case in the citizen's words.
pub(super) fn citizen_case(case: &CaseRecord) -> CitizenCase {
    CitizenCase {
        case_number: case.number.clone(),
        kind: case.case.kind,
        answer_by: case.case.answer_by,
    }
}

fn checked(form: &OtherWayForm) -> Result<(Option<String>, Option<String>), ServiceError> {
    let filled = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let (wish, phone) = (filled(&form.wish), filled(&form.phone));
    if wish.as_ref().is_some_and(|w| w.chars().count() > WISH_CHARS_MAX) {
        let detail = format!("wish: at most {WISH_CHARS_MAX} characters");
        return Err(ServiceError::unacceptable("too_long", detail));
    }
    if phone.as_deref().is_some_and(|p| !is_phone(p)) {
        return Err(ServiceError::unacceptable(
            "bad_phone",
            "phone: digits, spaces, + and - only, at least 5 digits",
        ));
    }
    // Whatever the browser says, it can only excuse itself, not accuse anybody.
    let excuse = |r: &Reason| *r == Reason::OurFault || r.group() == ReasonGroup::Network;
    if form.because.as_ref().is_some_and(|r| !excuse(r)) {
        return Err(ServiceError::unacceptable(
            "bad_reason",
            "because: only reasons of browser, camera or line",
        ));
    }
    Ok((wish, phone))
}

/// What the helper declares; nothing when nobody helps.
fn helped(form: &ConsentForm) -> Result<(Option<Helper>, Option<bool>), ServiceError> {
    if !form.assisted {
        return Ok((None, None));
    }
    if form.helper.is_none() {
        return Err(ServiceError::unacceptable(
            "helper_missing",
            "helper: whoever holds the phone says what they are to the beneficiary",
        ));
    }
    if form.own_consent != Some(true) {
        return Err(ServiceError::unacceptable(
            "own_consent_missing",
            "own_consent: the beneficiary's own consent is needed; a helper cannot give it",
        ));
    }
    Ok((form.helper, form.own_consent))
}

/// A telephone number as people write it.
pub(super) fn is_phone(text: &str) -> bool {
    text.len() <= PHONE_CHARS_MAX
        && text.bytes().all(|b| b.is_ascii_digit() || b"+- ()".contains(&b))
        && text.bytes().filter(u8::is_ascii_digit).count() >= 5
}
