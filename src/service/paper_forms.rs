//! Forms on paper: scanned, keyed by two different people, and confirmed when both read the same and that is enough.

use super::{
    Service, ServiceError, beneficiary,
    pictures::keep,
    record::{Grounds, event},
    views::{FormView, KeyingForm, KeyingView},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::Beneficiary,
        confirmation::{Channel, Confirmation},
        ids::{BeneficiaryId, OfficerId, PaperFormId},
        paper_form::{FormReading, FormRefusal, FormRules, FormState, PaperForm},
    },
    storage::{FormChange, Tx},
    vault::{DataKey, Kind},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Longest name that is keyed, characters.
const NAME_CHARS_MAX: usize = 64;

/// A form that is being keyed.
struct Desk {
    form: PaperForm,
    whom: Beneficiary,
    officer: OfficerId,
    key: DataKey,
    at: DateTime<Utc>,
}

impl Desk {
    fn event(&self, action: Action, detail: serde_json::Value) -> crate::domain::audit::AuditEvent {
        let by = Actor::Officer { id: self.officer };
        event(self.at, by, action, ("paper_form", self.form.id), detail)
    }

    fn seal(&self, nth: &str, reading: &FormReading) -> Result<Vec<u8>, ServiceError> {
        let id = format!("{}/{nth}", self.form.id);
        Ok(self.key.seal(Kind::FormKeying, &id, &serde_json::to_vec(reading)?)?)
    }

    fn open(&self, nth: &str, sealed: &[u8]) -> Result<FormReading, ServiceError> {
        let id = format!("{}/{nth}", self.form.id);
        Ok(serde_json::from_slice(&self.key.open(Kind::FormKeying, &id, sealed)?)?)
    }

    async fn change(&self, tx: &mut Tx, change: &FormChange<'_>) -> Result<(), ServiceError> {
        if tx.change_paper_form((self.form.id, self.form.version), change).await? {
            return Ok(());
        }
        Err(stale())
    }
}

impl Service {
    /// Takes the scan of a form (a picture file) that came back by post or from a consulate. The same scan again is the same form.
    ///
    /// # Errors
    /// `channel`, `too_large`, `unreadable_picture`, [`ServiceError::NotFound`].
    pub async fn receive_form(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
        channel: Channel,
        scan: Vec<u8>,
    ) -> Result<FormView, ServiceError> {
        if !matches!(channel, Channel::Mail | Channel::Consulate) {
            let detail = "channel: a form comes by mail or from a consulate";
            return Err(ServiceError::unacceptable("channel", detail));
        }
        let scan_sha256 = hex::encode(Sha256::digest(&scan));
        let kept = keep(scan).await?;
        let at = self.now();
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(of).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let form = PaperForm {
            id: PaperFormId::new(),
            beneficiary_id: of,
            channel,
            state: FormState::Received,
            received_at: at,
            received_by: officer,
            scan_sha256,
            first_by: None,
            second_by: None,
            refusal: None,
            version: 1,
        };
        let key = self.data_key(&mut tx, of).await?;
        let sealed = key.seal(Kind::FormScan, &form.id.to_string(), &kept.jpeg)?;
        if !tx.add_paper_form(&form, &sealed).await? {
            return Err(ServiceError::conflict("known_already", "this scan was taken already"));
        }
        let by = Actor::Officer { id: officer };
        let detail = json!({ "channel": channel, "scan_sha256": form.scan_sha256 });
        let about = ("paper_form", form.id);
        tx.add_audit(&event(at, by, Action::PaperFormReceived, about, detail)).await?;
        let whom = beneficiary(&mut tx, of).await?;
        tx.commit().await?;
        Ok(form_view(&form, &whom))
    }

    /// Forms that wait for somebody, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_forms(&self) -> Result<Vec<FormView>, ServiceError> {
        let mut tx = self.db.read().await?;
        let mut views = Vec::new();
        for form in tx.open_paper_forms().await? {
            let whom = beneficiary(&mut tx, form.beneficiary_id).await?;
            views.push(form_view(&form, &whom));
        }
        Ok(views)
    }

    /// The scan of a form, as JPEG. Every look is an audit event.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn form_scan(
        &self,
        officer: OfficerId,
        id: PaperFormId,
    ) -> Result<Vec<u8>, ServiceError> {
        let mut tx = self.db.write().await?;
        let form = tx.paper_form(id).await?.ok_or(ServiceError::NotFound("form"))?;
        let sealed = tx.form_scan(id).await?.ok_or(ServiceError::NotFound("form"))?;
        let key = self.data_key(&mut tx, form.beneficiary_id).await?;
        let scan = key.open(Kind::FormScan, &id.to_string(), &sealed)?.to_vec();
        let by = Actor::Officer { id: officer };
        let looked = event(self.now(), by, Action::PaperFormViewed, ("paper_form", id), json!({}));
        tx.add_audit(&looked).await?;
        tx.commit().await?;
        Ok(scan)
    }

    /// Keys what stands on a form. The second person keys without seeing the first one's; what differs is named, and either may key their own
    /// again. When both agree the form confirms, or is refused with the next way.
    ///
    /// # Errors
    /// `stale_version`, `closed`, `same_person` (a third person, or the first as second), `too_long`.
    pub async fn key_form(
        &self,
        officer: OfficerId,
        id: PaperFormId,
        form: KeyingForm,
    ) -> Result<KeyingView, ServiceError> {
        let reading = form.reading.tidy();
        if reading.name.chars().count() > NAME_CHARS_MAX || reading.id_number.len() > 24 {
            return Err(ServiceError::unacceptable("too_long", "name or id number is too long"));
        }
        let mut tx = self.db.write().await?;
        let desk = self.desk(&mut tx, officer, id, form.version).await?;
        let (first, second) = tx.form_keyings(id).await?;
        let own = desk.form.first_by == Some(officer) || desk.form.second_by == Some(officer);
        let place = match (desk.form.first_by, desk.form.second_by) {
            (None, _) => "first",
            (Some(by), _) if by == officer => "first",
            (Some(_), None) => "second",
            (Some(_), Some(by)) if by == officer => "second",
            _ => {
                let detail =
                    "two people have keyed this form; what differs is theirs to look at again";
                return Err(ServiceError::conflict("same_person", detail));
            }
        };
        let sealed = desk.seal(place, &reading)?;
        let other = match (place, first, second) {
            ("first", _, Some(second)) => Some(desk.open("second", &second)?),
            ("second", Some(first), _) => Some(desk.open("first", &first)?),
            _ => None,
        };
        let mut change = FormChange {
            state: FormState::Keyed,
            first: (place == "first").then_some((sealed.as_slice(), officer)),
            second: (place == "second").then_some((sealed.as_slice(), officer)),
            refusal: None,
            confirmation_id: None,
            at: desk.at,
        };
        let Some(other) = other else {
            desk.change(&mut tx, &change).await?;
            tx.add_audit(&desk.event(Action::PaperFormKeyed, json!({ "again": own }))).await?;
            tx.commit().await?;
            return Ok(keyed(FormState::Keyed));
        };
        let differences = reading.differences(&other);
        if !differences.is_empty() {
            change.state = FormState::Differs;
            desk.change(&mut tx, &change).await?;
            let detail = json!({ "again": own, "differences": differences });
            tx.add_audit(&desk.event(Action::PaperFormKeyed, detail)).await?;
            tx.commit().await?;
            return Ok(KeyingView { differences, ..keyed(FormState::Differs) });
        }
        let view = self.agreed(&mut tx, &desk, &reading, change).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Refuses a form that nobody can read, with the next way.
    ///
    /// # Errors
    /// `stale_version`, `closed`.
    pub async fn refuse_form(
        &self,
        officer: OfficerId,
        id: PaperFormId,
        version: i64,
    ) -> Result<KeyingView, ServiceError> {
        let mut tx = self.db.write().await?;
        let desk = self.desk(&mut tx, officer, id, version).await?;
        let change = FormChange {
            state: FormState::Refused,
            first: None,
            second: None,
            refusal: Some(FormRefusal::Unreadable),
            confirmation_id: None,
            at: desk.at,
        };
        let view = refuse(&mut tx, &desk, change, FormRefusal::Unreadable).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Both read the same.
    async fn agreed(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        reading: &FormReading,
        mut change: FormChange<'_>,
    ) -> Result<KeyingView, ServiceError> {
        let rules = FormRules {
            name: &desk.whom.name,
            id_number: desk.whom.id_number.expose(),
            channel: desk.form.channel,
            received_on: china_date(desk.form.received_at),
            signed_max_days: self.settings.paper_forms.signed_max_days,
        };
        if let Some(refusal) = rules.refusal(reading) {
            change.refusal = Some(refusal);
            return refuse(tx, desk, change, refusal).await;
        }
        let grounds = Grounds {
            channel: desk.form.channel,
            link_id: None,
            call_id: None,
            case_id: None,
            officer_id: Some(desk.officer),
            evidence_sha256: Some(desk.form.scan_sha256.clone()),
            policy_version: None,
        };
        // The signature says that the person was alive on its day: the period begins then.
        let made: Confirmation =
            self.record_evidence(tx, desk.whom.id, grounds, reading.signed_on, desk.at).await?;
        tx.set_assistance(made.id, reading.assistance).await?;
        tx.settle_on_site(desk.whom.id).await?;
        (change.state, change.confirmation_id) = (FormState::Confirmed, Some(made.id));
        desk.change(tx, &change).await?;
        let detail = json!({ "confirmation_id": made.id, "channel": made.channel });
        tx.add_audit(&desk.event(Action::PaperFormConfirmed, detail)).await?;
        Ok(KeyingView {
            receipt_number: Some(made.receipt_number),
            due_on: Some(made.due_on),
            ..keyed(FormState::Confirmed)
        })
    }

    async fn desk(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        id: PaperFormId,
        version: i64,
    ) -> Result<Desk, ServiceError> {
        let known = tx.paper_form(id).await?.ok_or(ServiceError::NotFound("form"))?;
        tx.hold_beneficiary(known.beneficiary_id).await?;
        let form = tx.paper_form(id).await?.ok_or(ServiceError::NotFound("form"))?;
        if form.state.is_closed() {
            return Err(ServiceError::conflict("closed", "the form is closed already"));
        }
        if form.version != version {
            return Err(stale());
        }
        let key = self.data_key(tx, form.beneficiary_id).await?;
        let whom = beneficiary(tx, form.beneficiary_id).await?;
        Ok(Desk { form, whom, officer, key, at: self.now() })
    }
}

async fn refuse(
    tx: &mut Tx,
    desk: &Desk,
    mut change: FormChange<'_>,
    refusal: FormRefusal,
) -> Result<KeyingView, ServiceError> {
    change.state = FormState::Refused;
    desk.change(tx, &change).await?;
    let detail = json!({ "refusal": refusal, "next_way": refusal.next_way() });
    tx.add_audit(&desk.event(Action::PaperFormRefused, detail)).await?;
    Ok(KeyingView {
        refusal: Some(refusal),
        next_way: Some(refusal.next_way()),
        ..keyed(FormState::Refused)
    })
}

fn keyed(state: FormState) -> KeyingView {
    KeyingView {
        state,
        differences: Vec::new(),
        refusal: None,
        next_way: None,
        receipt_number: None,
        due_on: None,
    }
}

fn form_view(form: &PaperForm, whom: &Beneficiary) -> FormView {
    FormView {
        form_id: form.id,
        beneficiary_id: whom.id,
        name: whom.name.clone(),
        channel: form.channel,
        state: form.state,
        received_at: form.received_at,
        first_by: form.first_by,
        second_by: form.second_by,
        version: form.version,
    }
}

fn stale() -> ServiceError {
    ServiceError::conflict("stale_version", "somebody else changed the form; look at it again")
}
