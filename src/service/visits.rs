//! Visits: asked for by a wish on the phone, an officer or the register; listed in the order of the route, and given to a clerk.

use super::{
    Service, ServiceError, beneficiary,
    record::event,
    views::{AssignForm, VisitForm, VisitView},
};
use crate::{
    clock::china_date,
    domain::{
        assistance::AskedBy,
        audit::{Action, Actor, AuditEvent},
        beneficiary::Beneficiary,
        case::OtherWay,
        confirmation::Channel,
        ids::{BeneficiaryId, CaseId, OfficerId, VisitId},
        notice::township_of,
        visit::{Visit, VisitOutcome, VisitState, route_order},
    },
    storage::{Tx, VisitEnd},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

/// Longest address and township, characters.
const ADDRESS_CHARS_MAX: usize = 200;

impl Service {
    /// Asks for a visit, or puts somebody on a station's list of a day. One at a time for each person.
    ///
    /// # Errors
    /// `channel`, `address_missing`, `too_long`, `visit_waits` when one is asked for already, [`ServiceError::NotFound`].
    pub async fn ask_visit(
        &self,
        officer: OfficerId,
        form: VisitForm,
    ) -> Result<VisitId, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(form.beneficiary_id).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let whom = beneficiary(&mut tx, form.beneficiary_id).await?;
        let station = match form.channel {
            Channel::HomeVisit => false,
            Channel::Station => true,
            _ => {
                return Err(ServiceError::unacceptable(
                    "channel",
                    "channel: home_visit or station",
                ));
            }
        };
        let filled =
            |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let address = filled(form.address).or(whom.residence).unwrap_or_default();
        if address.is_empty() && !station {
            let detail = "address: none is registered; say where to go";
            return Err(ServiceError::unacceptable("address_missing", detail));
        }
        let township = filled(form.township).unwrap_or_else(|| township_of(&address));
        if address.chars().count() > ADDRESS_CHARS_MAX
            || township.chars().count() > ADDRESS_CHARS_MAX
        {
            let detail = format!("address, township: at most {ADDRESS_CHARS_MAX} characters");
            return Err(ServiceError::unacceptable("too_long", detail));
        }
        let visit = Visit {
            township,
            planned_on: form.planned_on.or(station.then(|| china_date(at))),
            ..asked(whom.id, form.channel, (form.asked_by, at), address)
        };
        if !tx.add_visit(&visit).await? {
            let detail = "a visit of this person is asked for already";
            return Err(ServiceError::conflict("visit_waits", detail));
        }
        let detail = json!({ "channel": visit.channel, "asked_by": visit.asked_by });
        tx.add_audit(&of_visit(at, officer, Action::VisitAsked, visit.id, detail)).await?;
        tx.commit().await?;
        Ok(visit.id)
    }

    /// Visits that are not closed, of one township or all, of one clerk or all: township after township, in the order of the route.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visits(
        &self,
        township: Option<&str>,
        clerk: Option<OfficerId>,
    ) -> Result<Vec<VisitView>, ServiceError> {
        let mut tx = self.db.read().await?;
        let mut open = tx.open_visits(township, clerk).await?;
        open.sort_by(|a, b| {
            a.township.cmp(&b.township).then_with(|| route_order(&a.address, &b.address))
        });
        let mut views = Vec::with_capacity(open.len());
        for visit in open {
            views.push(visit_view(&mut tx, &visit).await?);
        }
        Ok(views)
    }

    /// Gives a visit to a clerk for a day.
    ///
    /// # Errors
    /// `stale_version`, `past_day`, [`ServiceError::NotFound`].
    pub async fn assign_visit(
        &self,
        officer: OfficerId,
        id: VisitId,
        form: AssignForm,
    ) -> Result<(), ServiceError> {
        let at = self.now();
        if form.planned_on < china_date(at) {
            return Err(ServiceError::unacceptable("past_day", "planned_on: the day is over"));
        }
        let mut tx = self.db.write().await?;
        held(&mut tx, id).await?;
        if !tx.assign_visit((id, form.version), form.clerk_id, form.planned_on).await? {
            return Err(stale());
        }
        let detail = json!({ "clerk_id": form.clerk_id, "planned_on": form.planned_on });
        tx.add_audit(&of_visit(at, officer, Action::VisitAssigned, id, detail)).await?;
        Ok(tx.commit().await?)
    }
}

/// The visit that follows from a wish on the phone; none when another way was chosen, or one is asked for already.
pub(super) async fn wished(
    tx: &mut Tx,
    whom: &Beneficiary,
    (way, wish, case_id): (OtherWay, Option<&str>, CaseId),
    asked_by: AskedBy,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let channel = match way {
        OtherWay::HomeVisit => Channel::HomeVisit,
        OtherWay::Station => Channel::Station,
        OtherWay::Person | OtherWay::Appointment | OtherWay::PaperForm => return Ok(()),
    };
    let address: String = wish
        .or(whom.residence.as_deref())
        .unwrap_or_default()
        .chars()
        .take(ADDRESS_CHARS_MAX)
        .collect();
    let visit = Visit {
        case_id: Some(case_id),
        township: township_of(&address),
        ..asked(whom.id, channel, (asked_by, at), address)
    };
    // A second wish adds nothing: the case that was opened tells of it.
    tx.add_visit(&visit).await?;
    Ok(())
}

fn asked(
    of: BeneficiaryId,
    channel: Channel,
    (asked_by, asked_at): (AskedBy, DateTime<Utc>),
    address: String,
) -> Visit {
    Visit {
        id: VisitId::new(),
        beneficiary_id: of,
        channel,
        asked_by,
        asked_at,
        case_id: None,
        township: String::new(),
        address,
        state: VisitState::Asked,
        planned_on: None,
        clerk_id: None,
        link_id: None,
        visited_at: None,
        outcome: None,
        assistance: None,
        evidence_sha256: None,
        version: 1,
    }
}

pub(super) fn ending(state: VisitState, outcome: VisitOutcome, at: DateTime<Utc>) -> VisitEnd {
    VisitEnd { state, outcome: Some(outcome), checked_by: None, confirmation_id: None, at }
}

pub(super) fn of_visit(
    at: DateTime<Utc>,
    officer: OfficerId,
    action: Action,
    id: VisitId,
    detail: serde_json::Value,
) -> AuditEvent {
    event(at, Actor::Officer { id: officer }, action, ("visit", id), detail)
}

/// A visit with its person held.
pub(super) async fn held(tx: &mut Tx, id: VisitId) -> Result<Visit, ServiceError> {
    let known = tx.visit(id).await?.ok_or(ServiceError::NotFound("visit"))?;
    tx.hold_beneficiary(known.beneficiary_id).await?;
    tx.visit(id).await?.ok_or(ServiceError::NotFound("visit"))
}

pub(super) async fn visit_view(tx: &mut Tx, visit: &Visit) -> Result<VisitView, ServiceError> {
    let whom = beneficiary(tx, visit.beneficiary_id).await?;
    Ok(VisitView {
        visit_id: visit.id,
        beneficiary_id: whom.id,
        confirmed: confirmed_since(tx, whom.id, visit.asked_at).await?,
        name: whom.name,
        phone: whom.phone,
        due_on: whom.due_on,
        channel: visit.channel,
        asked_by: visit.asked_by,
        asked_at: visit.asked_at,
        township: visit.township.clone(),
        address: visit.address.clone(),
        state: visit.state,
        planned_on: visit.planned_on,
        clerk_id: visit.clerk_id,
        outcome: visit.outcome,
        in_call: visit.link_id.is_some(),
        version: visit.version,
    })
}

async fn confirmed_since(
    tx: &mut Tx,
    of: BeneficiaryId,
    since: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    Ok(tx.confirmations(of).await?.iter().any(|c| c.confirmed_at >= since))
}

pub(super) fn stale() -> ServiceError {
    ServiceError::conflict("stale_version", "somebody else changed the visit; look at it again")
}

/// Whether a visit belongs on the list of a station on a day: planned for it, or left over.
pub(super) fn is_for(visit: &Visit, on: NaiveDate) -> bool {
    visit.channel == Channel::Station && visit.planned_on.is_none_or(|planned| planned <= on)
}
