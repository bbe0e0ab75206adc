//! What a visit found: recorded by the clerk with a sealed picture and statement, checked by a second person.

use super::{
    Service, ServiceError,
    pictures::keep,
    record::Grounds,
    views::{VisitCheckForm, VisitDone, VisitEvidence, VisitRecordForm},
    visits::{ending, held, of_visit, stale, visit_view},
};
use crate::{
    clock::china_date,
    domain::{
        audit::Action,
        confirmation::Channel,
        contact::{ContactAttempt, ContactChannel, ContactOutcome},
        ids::{ContactAttemptId, OfficerId, VisitId},
        signal::SignalKind,
        visit::{Visit, VisitCheck, VisitOutcome, VisitState},
    },
    storage::VisitEnd,
    vault::Kind,
};
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Longest statement, characters.
const STATEMENT_CHARS_MAX: usize = 2_000;

impl Service {
    /// Takes what a visit found, from the clerk who made it. Whom the clerk met waits for a second person; nobody at home is a contact attempt and
    /// the visit stays; what is said about a death becomes a signal, which stops nothing.
    ///
    /// # Errors
    /// `stale_version`, `statement_missing`, `card_not_seen`, `photo_missing`, `too_long`, `too_large`, `unreadable_picture`, `not_yours`.
    pub async fn record_visit(
        &self,
        clerk: OfficerId,
        id: VisitId,
        form: VisitRecordForm,
        photo: Option<Vec<u8>>,
    ) -> Result<VisitDone, ServiceError> {
        sound(&form, photo.is_some())?;
        let kept = match photo {
            Some(file) => Some(keep(file).await?),
            None => None,
        };
        let at = self.now();
        let mut tx = self.db.write().await?;
        let mut visit = held(&mut tx, id).await?;
        if visit.clerk_id.is_some_and(|of| of != clerk) {
            let detail = "another clerk has this visit";
            return Err(ServiceError::conflict("not_yours", detail));
        }
        if visit.version != form.version || visit.state.is_closed() {
            return Err(stale());
        }
        if let Some(outcome) = contact(form.outcome, visit.channel) {
            tx.keep_contact_attempts(&[attempt(&visit, clerk, outcome, at)]).await?;
        }
        let detail = json!({ "outcome": form.outcome, "assistance": form.assistance });
        tx.add_audit(&of_visit(at, clerk, Action::VisitRecorded, id, detail)).await?;
        let whom = visit.beneficiary_id;
        let state = match form.outcome {
            VisitOutcome::NotHome => {
                if !tx.assign_visit((id, visit.version), clerk, china_date(at)).await? {
                    return Err(stale());
                }
                VisitState::Assigned
            }
            VisitOutcome::Met => {
                let key = self.data_key(&mut tx, whom).await?;
                let statement = serde_json::to_vec(&form)?;
                let mut digest = Sha256::new();
                if let Some(kept) = &kept {
                    digest.update(Sha256::digest(&kept.jpeg));
                }
                digest.update(Sha256::digest(&statement));
                let name = id.to_string();
                let sealed_photo = match &kept {
                    Some(kept) => Some(key.seal(Kind::VisitPhoto, &name, &kept.jpeg)?),
                    None => None,
                };
                let sealed = key.seal(Kind::VisitStatement, &name, &statement)?;
                visit.state = VisitState::Recorded;
                visit.clerk_id = Some(clerk);
                (visit.visited_at, visit.outcome) = (Some(at), Some(form.outcome));
                visit.assistance = form.assistance;
                visit.evidence_sha256 = Some(hex::encode(digest.finalize()));
                if !tx.record_visit(&visit, sealed_photo.as_deref(), &sealed).await? {
                    return Err(stale());
                }
                VisitState::Recorded
            }
            outcome => {
                let end = ending(VisitState::Closed, outcome, at);
                if !tx.end_visit((id, visit.version), &end).await? {
                    return Err(stale());
                }
                VisitState::Closed
            }
        };
        if form.outcome == VisitOutcome::SaidToHaveDied {
            let what = SignalKind::DeathSignal;
            self.note_signal(&mut tx, (whom, what), "home_visit", None, at).await?;
        }
        tx.commit().await?;
        Ok(VisitDone { state, receipt_number: None, due_on: None })
    }

    /// What a visit brought, for the second person. The look is an audit event.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when nothing is recorded.
    pub async fn visit_evidence(
        &self,
        officer: OfficerId,
        id: VisitId,
    ) -> Result<VisitEvidence, ServiceError> {
        let (photo, statement, visit) = self.look_at(officer, id, "statement").await?;
        let form: VisitRecordForm = serde_json::from_slice(&statement)?;
        let mut tx = self.db.read().await?;
        let visit = visit_view(&mut tx, &visit).await?;
        Ok(VisitEvidence {
            visit,
            statement: form.statement,
            card_seen: form.card_seen,
            has_photo: photo.is_some(),
        })
    }

    /// The picture taken at a visit, as JPEG. The look is an audit event.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn visit_photo(
        &self,
        officer: OfficerId,
        id: VisitId,
    ) -> Result<Vec<u8>, ServiceError> {
        let (photo, _, _) = self.look_at(officer, id, "photo").await?;
        photo.ok_or(ServiceError::NotFound("picture"))
    }

    /// A second person agrees, and the visit confirms; or somebody goes again.
    ///
    /// # Errors
    /// `stale_version`, `own_case` for the clerk who made the visit, `nothing_recorded`.
    pub async fn check_visit(
        &self,
        officer: OfficerId,
        id: VisitId,
        form: VisitCheckForm,
    ) -> Result<VisitDone, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let visit = held(&mut tx, id).await?;
        if visit.state != VisitState::Recorded {
            let detail = "nothing is recorded that could be checked";
            return Err(ServiceError::conflict("nothing_recorded", detail));
        }
        if visit.version != form.version {
            return Err(stale());
        }
        if visit.clerk_id == Some(officer) {
            let detail = "you made this visit yourself; a second person checks it";
            return Err(ServiceError::conflict("own_case", detail));
        }
        if form.check == VisitCheck::GoAgain {
            if !tx.ask_visit_again((id, visit.version)).await? {
                return Err(stale());
            }
            let detail = json!({ "check": form.check });
            tx.add_audit(&of_visit(at, officer, Action::VisitAsked, id, detail)).await?;
            tx.commit().await?;
            return Ok(VisitDone { state: VisitState::Asked, receipt_number: None, due_on: None });
        }
        let grounds = Grounds {
            channel: visit.channel,
            link_id: None,
            call_id: None,
            case_id: None,
            officer_id: Some(officer),
            evidence_sha256: visit.evidence_sha256.clone(),
            policy_version: None,
        };
        let alive_on = china_date(visit.visited_at.unwrap_or(at));
        let made =
            self.record_evidence(&mut tx, visit.beneficiary_id, grounds, alive_on, at).await?;
        tx.set_assistance(made.id, visit.assistance).await?;
        tx.settle_on_site(visit.beneficiary_id).await?;
        let end = VisitEnd {
            checked_by: Some(officer),
            confirmation_id: Some(made.id),
            ..ending(VisitState::Confirmed, VisitOutcome::Met, at)
        };
        if !tx.end_visit((id, visit.version), &end).await? {
            return Err(stale());
        }
        let detail = json!({ "confirmation_id": made.id });
        tx.add_audit(&of_visit(at, officer, Action::VisitConfirmed, id, detail)).await?;
        tx.commit().await?;
        Ok(VisitDone {
            state: VisitState::Confirmed,
            receipt_number: Some(made.receipt_number),
            due_on: Some(made.due_on),
        })
    }

    async fn look_at(
        &self,
        officer: OfficerId,
        id: VisitId,
        what: &str,
    ) -> Result<(Option<Vec<u8>>, Vec<u8>, Visit), ServiceError> {
        let mut tx = self.db.write().await?;
        let visit = tx.visit(id).await?.ok_or(ServiceError::NotFound("visit"))?;
        let (photo, statement) = tx.visit_evidence(id).await?;
        let statement = statement.ok_or(ServiceError::NotFound("record of this visit"))?;
        let key = self.data_key(&mut tx, visit.beneficiary_id).await?;
        let name = id.to_string();
        let statement = key.open(Kind::VisitStatement, &name, &statement)?.to_vec();
        let photo = match photo {
            Some(sealed) => Some(key.open(Kind::VisitPhoto, &name, &sealed)?.to_vec()),
            None => None,
        };
        let detail = json!({ "what": what });
        tx.add_audit(&of_visit(self.now(), officer, Action::VisitViewed, id, detail)).await?;
        tx.commit().await?;
        Ok((photo, statement, visit))
    }
}

fn sound(form: &VisitRecordForm, photo: bool) -> Result<(), ServiceError> {
    if form.statement.chars().count() > STATEMENT_CHARS_MAX {
        let detail = format!("statement: at most {STATEMENT_CHARS_MAX} characters");
        return Err(ServiceError::unacceptable("too_long", detail));
    }
    let refused = match form.outcome {
        VisitOutcome::Called => Some(("bad_outcome", "a call tells its outcome itself")),
        VisitOutcome::Met if form.statement.trim().is_empty() => {
            Some(("statement_missing", "statement: say what you saw and heard"))
        }
        VisitOutcome::Met if !form.card_seen => {
            Some(("card_not_seen", "card_seen: compare face and identity card"))
        }
        VisitOutcome::Met if !photo => {
            Some(("photo_missing", "a picture of the person, taken now, is needed"))
        }
        _ => None,
    };
    refused.map_or(Ok(()), |(code, detail)| Err(ServiceError::unacceptable(code, detail)))
}

/// What a home visit was as a contact attempt.
fn contact(outcome: VisitOutcome, channel: Channel) -> Option<ContactOutcome> {
    match (channel, outcome) {
        (Channel::HomeVisit, VisitOutcome::NotHome) => Some(ContactOutcome::NoAnswer),
        (Channel::HomeVisit, VisitOutcome::Met | VisitOutcome::Declined) => {
            Some(ContactOutcome::Reached)
        }
        (Channel::HomeVisit, VisitOutcome::Moved) => Some(ContactOutcome::Undeliverable),
        _ => None,
    }
}

fn attempt(
    visit: &Visit,
    by: OfficerId,
    outcome: ContactOutcome,
    at: DateTime<Utc>,
) -> ContactAttempt {
    ContactAttempt {
        id: ContactAttemptId::new(),
        beneficiary_id: visit.beneficiary_id,
        channel: ContactChannel::HomeVisit,
        outcome,
        attempted_at: at,
        attempted_on: china_date(at),
        notice_id: None,
        officer_id: Some(by),
    }
}
