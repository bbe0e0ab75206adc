//! A township station: the clerk is signed in on the station's device and helps one person after the other. Each call runs on a link of its own,
//! which ends with the call, so that nothing of the former person can be reached from this device any more.

use super::{
    CONSENT_VERSION, Service, ServiceError,
    views::{NewLink, VisitDone, VisitView},
    visits::{ending, held, is_for, of_visit, stale, visit_view},
};
use crate::{
    clock::china_date,
    domain::{
        assistance::Assistance,
        audit::{Action, Actor},
        helper::Helper,
        ids::{OfficerId, VisitId},
        visit::{VisitOutcome, VisitState},
    },
    storage::ConsentRow,
};
use chrono::TimeDelta;
use serde_json::json;

/// How long a link on a clerk's device works, minutes: one call with its repeats.
const LINK_MINUTES: i64 = 45;

impl Service {
    /// Today's people of a station, those left over first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn station_list(&self, township: &str) -> Result<Vec<VisitView>, ServiceError> {
        let today = china_date(self.now());
        let mut tx = self.db.read().await?;
        let mut views = Vec::new();
        for visit in tx.open_visits(Some(township), None).await? {
            if is_for(&visit, today) {
                views.push(visit_view(&mut tx, &visit).await?);
            }
        }
        Ok(views)
    }

    /// Begins a call on the clerk's device, at a station or at somebody's home, in assisted mode: the clerk is the helper and has said that the
    /// person was asked and agrees. The link opens the page of the call, works for three quarters of an hour, and replaces a former one.
    ///
    /// # Errors
    /// `own_consent_missing`, `not_yours`, `closed`, [`ServiceError::NotFound`].
    pub async fn start_clerk_call(
        &self,
        clerk: OfficerId,
        id: VisitId,
        (language, own_consent): (&str, bool),
    ) -> Result<NewLink, ServiceError> {
        if !matches!(language, "zh" | "en") {
            return Err(ServiceError::unacceptable("bad_language", "language must be zh or en"));
        }
        if !own_consent {
            let detail = "own_consent: the person's own consent is needed; a clerk cannot give it";
            return Err(ServiceError::unacceptable("own_consent_missing", detail));
        }
        let at = self.now();
        let mut tx = self.db.write().await?;
        let visit = held(&mut tx, id).await?;
        if !matches!(visit.state, VisitState::Asked | VisitState::Assigned) {
            return Err(ServiceError::conflict("closed", "there is nothing to do any more"));
        }
        if visit.clerk_id.is_some_and(|of| of != clerk) {
            return Err(ServiceError::conflict("not_yours", "another clerk has this visit"));
        }
        if let Some(former) = visit.link_id {
            tx.end_link(former, at).await?;
        }
        let by = Actor::Officer { id: clerk };
        let mut link = self.make_link(&mut tx, visit.beneficiary_id, by, at).await?;
        link.expires_at = at + TimeDelta::minutes(LINK_MINUTES);
        tx.end_link(link.link_id, link.expires_at).await?;
        tx.set_link_channel(link.link_id, visit.channel).await?;
        let consent = ConsentRow {
            version: CONSENT_VERSION.to_owned(),
            assisted: true,
            helper: Some(Helper::StationClerk),
            own_consent: Some(true),
            // A clerk asks on the way; a picture to keep is asked for on one's own phone.
            keep_picture: false,
        };
        tx.add_consent(link.link_id, &consent, language, at).await?;
        tx.set_visit_link(id, clerk, Some(link.link_id)).await?;
        let detail = json!({ "link_id": link.link_id });
        tx.add_audit(&of_visit(at, clerk, Action::StationCallStarted, id, detail)).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// The next person, please: ends the link of the former one at once. Whom the call confirmed leaves the list.
    ///
    /// # Errors
    /// `stale_version`, [`ServiceError::NotFound`].
    pub async fn end_clerk_call(
        &self,
        clerk: OfficerId,
        id: VisitId,
    ) -> Result<VisitDone, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let visit = held(&mut tx, id).await?;
        let mut done = VisitDone { state: visit.state, receipt_number: None, due_on: None };
        let Some(link_id) = visit.link_id else { return Ok(done) };
        if visit.state.is_closed() {
            return Ok(done);
        }
        let link = tx.link(link_id).await?.ok_or(ServiceError::NotFound("link"))?;
        tx.end_link(link_id, at).await?;
        let made = tx.confirmation_of(visit.beneficiary_id, link_id, link.made_at).await?;
        if let Some(made) = made {
            tx.set_assistance(made.id, Some(Assistance::Assisted)).await?;
            tx.settle_on_site(visit.beneficiary_id).await?;
            let end = ending(VisitState::Closed, VisitOutcome::Called, at);
            if !tx.end_visit((id, visit.version), &end).await? {
                return Err(stale());
            }
            done = VisitDone {
                state: VisitState::Closed,
                receipt_number: Some(made.receipt_number),
                due_on: Some(made.due_on),
            };
        } else {
            tx.set_visit_link(id, visit.clerk_id.unwrap_or(clerk), None).await?;
            done.state = VisitState::Assigned;
        }
        let detail = json!({ "link_id": link_id, "state": done.state });
        tx.add_audit(&of_visit(at, clerk, Action::StationCallEnded, id, detail)).await?;
        tx.commit().await?;
        Ok(done)
    }
}
