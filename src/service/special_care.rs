//! The special-care register (台账): who needs care, why, since when, and when that is looked at again; and the visits that follow.

use super::{
    Service, ServiceError, beneficiary,
    record::event,
    views::{CareForm, CareView, VisitForm},
};
use crate::{
    clock::china_date,
    domain::{
        assistance::{AskedBy, SpecialCare},
        audit::{Action, Actor},
        confirmation::Channel,
        ids::{OfficerId, SpecialCareId, VisitId},
        name::name_of,
        notice::township_of,
    },
};
use chrono::{Days, NaiveDate};
use serde_json::json;

/// Longest reason, characters.
const REASON_CHARS_MAX: usize = 200;

impl Service {
    /// Enters somebody in the register.
    ///
    /// # Errors
    /// `reason_missing`, `too_long`, `bad_days`, `known_already`, [`ServiceError::NotFound`].
    pub async fn enter_special_care(
        &self,
        officer: OfficerId,
        form: CareForm,
    ) -> Result<SpecialCareId, ServiceError> {
        let at = self.now();
        let reason = form.reason.trim().to_owned();
        if reason.is_empty() {
            return Err(ServiceError::unacceptable("reason_missing", "reason: say why"));
        }
        if reason.chars().count() > REASON_CHARS_MAX {
            let detail = format!("reason: at most {REASON_CHARS_MAX} characters");
            return Err(ServiceError::unacceptable("too_long", detail));
        }
        if form.since_on > china_date(at) || form.review_on <= china_date(at) {
            let detail = "since_on lies in the past, review_on in the future";
            return Err(ServiceError::unacceptable("bad_days", detail));
        }
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(form.beneficiary_id).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let new = SpecialCare {
            id: SpecialCareId::new(),
            beneficiary_id: form.beneficiary_id,
            flag: form.flag,
            reason,
            since_on: form.since_on,
            review_on: form.review_on,
            asked_by: form.asked_by,
            entered_at: at,
            entered_by: officer,
            ended_at: None,
            version: 1,
        };
        if !tx.enter_special_care(&new).await? {
            let detail = "this person is in the register with this flag already";
            return Err(ServiceError::conflict("known_already", detail));
        }
        let by = Actor::Officer { id: officer };
        let detail =
            json!({ "flag": new.flag, "asked_by": new.asked_by, "review_on": new.review_on });
        let about = ("special_care", new.id);
        tx.add_audit(&event(at, by, Action::SpecialCareEntered, about, detail)).await?;
        tx.commit().await?;
        Ok(new.id)
    }

    /// The register, what is to be reviewed first standing first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn special_care(&self) -> Result<Vec<CareView>, ServiceError> {
        let today = china_date(self.now());
        let mut tx = self.db.read().await?;
        let mut views = Vec::new();
        for entry in tx.special_care().await? {
            let whom = beneficiary(&mut tx, entry.beneficiary_id).await?;
            views.push(CareView {
                entry_id: entry.id,
                beneficiary_id: whom.id,
                name: whom.name,
                township: township_of(whom.residence.as_deref().unwrap_or_default()),
                flag: entry.flag,
                reason: entry.reason,
                since_on: entry.since_on,
                review_on: entry.review_on,
                review_due: entry.review_on <= today,
                asked_by: entry.asked_by,
                due_on: whom.due_on,
                version: entry.version,
            });
        }
        Ok(views)
    }

    /// The register as CSV (UTF-8). A cell that a spreadsheet could take for a formula is disarmed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn special_care_csv(&self) -> Result<String, ServiceError> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let head = [
            "beneficiary_id",
            "name",
            "township",
            "flag",
            "reason",
            "since_on",
            "review_on",
            "asked_by",
            "due_on",
        ];
        csv.write_record(head).map_err(ServiceError::internal)?;
        for entry in self.special_care().await? {
            let cells = [
                entry.beneficiary_id.to_string(),
                plain(&entry.name),
                plain(&entry.township),
                name_of(&entry.flag).unwrap_or_default(),
                plain(&entry.reason),
                entry.since_on.to_string(),
                entry.review_on.to_string(),
                name_of(&entry.asked_by).unwrap_or_default(),
                entry.due_on.to_string(),
            ];
            csv.write_record(&cells).map_err(ServiceError::internal)?;
        }
        let bytes = csv.into_inner().map_err(|e| ServiceError::broken(e.to_string()))?;
        String::from_utf8(bytes).map_err(ServiceError::internal)
    }

    /// It was looked at again and still holds, until `review_on`; or it has ended (none).
    ///
    /// # Errors
    /// `stale_version`, `bad_days`, [`ServiceError::NotFound`].
    pub async fn review_special_care(
        &self,
        officer: OfficerId,
        (id, version): (SpecialCareId, i64),
        review_on: Option<NaiveDate>,
    ) -> Result<(), ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let known = tx.special_care_entry(id).await?.ok_or(ServiceError::NotFound("entry"))?;
        tx.hold_beneficiary(known.beneficiary_id).await?;
        if review_on.is_some_and(|on| on <= china_date(at)) {
            return Err(ServiceError::unacceptable("bad_days", "review_on lies in the future"));
        }
        let (done, action) = match review_on {
            Some(on) => {
                (tx.review_special_care((id, version), on).await?, Action::SpecialCareReviewed)
            }
            None => {
                (tx.end_special_care((id, version), officer, at).await?, Action::SpecialCareEnded)
            }
        };
        if !done {
            let detail = "somebody else changed the entry; look at it again";
            return Err(ServiceError::conflict("stale_version", detail));
        }
        let by = Actor::Officer { id: officer };
        let detail = json!({ "review_on": review_on });
        tx.add_audit(&event(at, by, action, ("special_care", id), detail)).await?;
        Ok(tx.commit().await?)
    }

    /// Asks for a home visit for everybody in the register whose confirmation is due within `days`, unless one is asked for already or no
    /// address is known. The new visits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visits_from_register(
        &self,
        officer: OfficerId,
        days: u32,
    ) -> Result<Vec<VisitId>, ServiceError> {
        let until = china_date(self.now()) + Days::new(u64::from(days));
        let mut people: Vec<_> =
            self.special_care().await?.into_iter().filter(|e| e.due_on <= until).collect();
        people.sort_by_key(|e| e.beneficiary_id);
        people.dedup_by_key(|e| e.beneficiary_id);
        let mut made = Vec::new();
        for one in people {
            let form = VisitForm {
                beneficiary_id: one.beneficiary_id,
                channel: Channel::HomeVisit,
                asked_by: AskedBy::Bureau,
                address: None,
                township: None,
                planned_on: None,
            };
            match self.ask_visit(officer, form).await {
                Ok(id) => made.push(id),
                // One is asked for, or nobody knows where to go: the register still shows them.
                Err(
                    ServiceError::Conflict { code: "visit_waits", .. }
                    | ServiceError::Unacceptable { code: "address_missing", .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }
}

/// A cell that no spreadsheet takes for a formula.
pub(super) fn plain(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if risky { format!("'{text}") } else { text.to_owned() }
}
