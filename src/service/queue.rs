//! The officers' queue: cases by lane, most urgent first; the next one on one key, claimed for five minutes at a time.

use super::{
    Service, ServiceError, beneficiary,
    record::event,
    seeds::personas,
    views::{CaseRow, ClaimView, PutOffForm, QueueView, ReasonView},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::Beneficiary,
        case::CaseStatus,
        ids::{CaseId, OfficerId},
        name::{from_name, name_of},
        queue::{LEASE, Lane},
        role::{Act, Role, reach},
        verdict::Reason,
    },
    storage::{CaseRecord, NoteRow, Offer, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Rows of a lane shown at once.
const ROWS_MAX: i64 = 100;
/// Cases that one look for the next one considers: more officers at the same moment than this look again.
const CANDIDATES: i64 = 64;
const LOOKS_MAX: u32 = 8;
/// Longest time for which a case is put off: the legal deadline goes on.
const PUT_OFF_MAX: TimeDelta = TimeDelta::days(14);
const REASON_CHARS_MAX: usize = 500;

impl Service {
    /// One lane of the queue and the number of cases in each.
    ///
    /// # Errors
    /// `unknown_lane`.
    pub async fn queue(&self, officer: OfficerId, lane: &str) -> Result<QueueView, ServiceError> {
        let lane = lane_named(lane)?;
        let now = self.now();
        let mut tx = self.db.read().await?;
        let standing = tx.standing_clocks().await?;
        let live = tx.live_cases().await?;
        let mut counts: BTreeMap<String, u64> =
            Lane::ALL.iter().filter_map(name_of).map(|name| (name, 0)).collect();
        for (lane, count) in tx.lane_counts(now).await? {
            counts.insert(name_of(&lane).unwrap_or_default(), count);
        }
        let mut shown = tx.lane(lane, now, ROWS_MAX).await?;
        // Whoever asked for approval cannot give it: what the officer can do comes first.
        shown.sort_by_key(|r| lane == Lane::ToApprove && r.case.officer_id == Some(officer));
        let names = tx.officer_names().await?;
        let personas = personas(&mut tx).await?;
        let mut cases = Vec::new();
        for record in shown {
            let mut whose = beneficiary(&mut tx, record.case.beneficiary_id).await?;
            if let Some(persona) = personas.get(&record.case.id) {
                whose = persona.shown(record.case.id, &whose);
            }
            let stands = standing.contains(&record.case.id);
            let mut row = case_row(&record, &whose, &names, (stands, officer, now));
            row.live = live_word(&live, row.id);
            cases.push(row);
        }
        Ok(QueueView { cases, counts })
    }

    /// Claims the most urgent case that the officer may be offered, of one lane or of all; `None` when there is none. Whatever
    /// else the officer held goes back.
    ///
    /// # Errors
    /// `unknown_lane`, `not_allowed`.
    pub async fn next(
        &self,
        officer: OfficerId,
        lane: Option<&str>,
    ) -> Result<Option<ClaimView>, ServiceError> {
        let lane = lane.map(lane_named).transpose()?;
        for _ in 0..LOOKS_MAX {
            let now = self.now();
            let mut tx = self.db.read().await?;
            let roles = self.may(&mut tx, officer, Act::Claim, None).await?;
            let offer = offer_to(&roles, lane);
            let offered = tx.offered(officer, &offer, now, CANDIDATES).await?;
            drop(tx);
            if offered.is_empty() {
                return Ok(None);
            }
            // Officers of this machine who look at the same moment do not run for the same case.
            for id in offered {
                let Some(_running) = self.running.enter(id) else { continue };
                let mut tx = self.db.write().await?;
                if !tx.claim(id, officer, offer.escalated, (now, now + LEASE)).await? {
                    continue;
                }
                tx.return_claims(officer, Some(id)).await?;
                let view = self.claimed(&mut tx, officer, id, now).await?;
                tx.commit().await?;
                self.news.tell();
                return Ok(Some(view));
            }
        }
        Ok(None)
    }

    async fn claimed(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        id: CaseId,
        now: DateTime<Utc>,
    ) -> Result<ClaimView, ServiceError> {
        let by = Actor::Officer { id: officer };
        tx.add_audit(&event(now, by, Action::CaseClaimed, ("case", id), json!({}))).await?;
        let record = tx.case(id).await?.ok_or(ServiceError::NotFound("case"))?;
        let lane = Lane::of(record.case.kind, record.case.status, &record.case.reasons);
        Ok(ClaimView { case_id: id, lane, until: now + LEASE })
    }

    /// Claims one case that the officer opened by hand.
    ///
    /// # Errors
    /// `claimed` when a colleague holds it, `not_offered` when it waits, is another's or is closed.
    pub async fn claim(&self, officer: OfficerId, id: CaseId) -> Result<ClaimView, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let roles = self.may(&mut tx, officer, Act::Claim, None).await?;
        let record = tx.case(id).await?.ok_or(ServiceError::NotFound("case"))?;
        let escalated = roles.contains(&Role::Supervisor);
        if !tx.claim(id, officer, escalated, (now, now + LEASE)).await? {
            refuse_claimed(&record, officer, now)?;
            return Err(ServiceError::conflict(
                "not_offered",
                "this case is not yours to take now",
            ));
        }
        tx.return_claims(officer, Some(id)).await?;
        let view = self.claimed(&mut tx, officer, id, now).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(view)
    }

    /// The officer is still at the case: the claim holds five minutes from now.
    ///
    /// # Errors
    /// `claim_lost` when it ended meanwhile.
    pub async fn keep_claim(
        &self,
        officer: OfficerId,
        id: CaseId,
    ) -> Result<DateTime<Utc>, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if !tx.keep_claim(id, officer, (now, now + LEASE)).await? {
            return Err(ServiceError::conflict("claim_lost", "your claim on this case has ended"));
        }
        tx.commit().await?;
        Ok(now + LEASE)
    }

    /// Gives a case back undecided. Giving back what one does not hold is no fault.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back(&self, officer: OfficerId, id: CaseId) -> Result<(), ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if tx.keep_claim(id, officer, (now, now)).await? {
            let by = Actor::Officer { id: officer };
            tx.add_audit(&event(now, by, Action::CaseReturned, ("case", id), json!({}))).await?;
        }
        tx.commit().await?;
        self.news.tell();
        Ok(())
    }

    /// Puts a case off, or hands it over to a colleague, with the reason. The legal deadline goes on.
    ///
    /// # Errors
    /// `note_missing`, `too_long`, `bad_time`, `claimed`, `stale_version`, [`ServiceError::NotFound`].
    pub async fn put_off(
        &self,
        officer: OfficerId,
        id: CaseId,
        form: PutOffForm,
    ) -> Result<(), ServiceError> {
        let note = noted(&form.because)?;
        let now = self.now();
        let until = form.until.unwrap_or(now);
        if until - now > PUT_OFF_MAX || (form.until.is_some() && until <= now) {
            return Err(ServiceError::unacceptable("bad_time", "until: within the next 14 days"));
        }
        let mut tx = self.db.write().await?;
        self.may(&mut tx, officer, Act::Claim, None).await?;
        let record = tx.case(id).await?.ok_or(ServiceError::NotFound("case"))?;
        refuse_claimed(&record, officer, now)?;
        if let Some(other) = form.to
            && tx.officer(other).await?.is_none_or(|o| o.roles.is_empty())
        {
            return Err(ServiceError::NotFound("officer"));
        }
        if !tx.put_off((id, form.version), until, form.to).await? {
            let detail = "somebody else changed the case; look at it again";
            return Err(ServiceError::conflict("stale_version", detail));
        }
        let action = if form.to.is_some() { Action::CaseHandedOver } else { Action::CaseSnoozed };
        let by = Actor::Officer { id: officer };
        let put = event(now, by, action, ("case", id), json!({ "to": form.to, "until": until }));
        tx.add_audit(&put).await?;
        tx.add_note(id, &NoteRow { audit_id: put.id, note }).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(())
    }
}

/// Whether a case's person is in a live call, as a row of the queue says it.
pub(super) fn live_word(live: &[(CaseId, bool)], case: CaseId) -> Option<&'static str> {
    let (_, officer) = live.iter().find(|(of, _)| *of == case)?;
    Some(if *officer { "talking" } else { "waiting" })
}

/// Refuses when a colleague holds the case.
pub(super) fn refuse_claimed(
    record: &CaseRecord,
    officer: OfficerId,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    match record.claim {
        Some((by, until)) if by != officer && until > now => {
            Err(ServiceError::conflict("claimed", "a colleague is at this case now"))
        }
        _ => Ok(()),
    }
}

/// A reason in words.
pub(super) fn noted(text: &str) -> Result<String, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::unacceptable("note_missing", "note: say for whom or why"));
    }
    if text.chars().count() > REASON_CHARS_MAX {
        let detail = format!("note: at most {REASON_CHARS_MAX} characters");
        return Err(ServiceError::unacceptable("too_long", detail));
    }
    Ok(text.to_owned())
}

/// What may be offered to somebody with these roles: what they may decide, and what they may approve.
fn offer_to(roles: &[Role], wished: Option<Lane>) -> Offer {
    let may = |act| reach(roles, act).at_all();
    let theirs = |lane: &Lane| match lane {
        Lane::Live | Lane::Closed => false,
        Lane::ToApprove => may(Act::Approve),
        Lane::Visit | Lane::Mail => may(Act::DisposeOnSite),
        Lane::ToReview | Lane::CallBack | Lane::Sample => may(Act::Dispose),
    };
    let live = wished == Some(Lane::Live);
    let wished = if live { Some(Lane::CallBack) } else { wished };
    let lanes = Lane::ALL.into_iter().filter(theirs);
    let lanes = lanes.filter(|lane| wished.is_none_or(|wished| wished == *lane)).collect();
    Offer { lanes, live, escalated: roles.contains(&Role::Supervisor) }
}

fn lane_named(name: &str) -> Result<Lane, ServiceError> {
    from_name(name).ok_or_else(|| {
        let names: Vec<String> = Lane::ALL.iter().filter_map(name_of).collect();
        ServiceError::unacceptable("unknown_lane", format!("lane: one of {}", names.join(", ")))
    })
}

/// A case as a row.
///
/// A case whose clock `stands` is not late, whatever its promise was. `officer` looks at it `now`.
pub(super) fn case_row(
    record: &CaseRecord,
    whose: &Beneficiary,
    names: &HashMap<OfficerId, String>,
    (stands, officer, now): (bool, OfficerId, DateTime<Utc>),
) -> CaseRow {
    let case = &record.case;
    let reason = |code: &Reason| ReasonView { code: *code, group: code.group() };
    let held = record.claim.filter(|(_, until)| *until > now);
    CaseRow {
        id: case.id,
        case_number: record.number.clone(),
        kind: case.kind,
        status: case.status,
        beneficiary_name: whose.name.clone(),
        age: china_date(now).years_since(whose.birth_on).unwrap_or(0),
        reasons: case.reasons.iter().map(reason).collect(),
        opened_at: case.opened_at,
        answer_by: case.answer_by,
        due_on: whose.due_on,
        late: !case.status.is_closed() && !stands && now > case.answer_by,
        own: case.status == CaseStatus::ToApprove && case.officer_id == Some(officer),
        claimed_by: held.and_then(|(by, _)| names.get(&by).cloned()),
        online: record.online_until > now,
        snoozed_until: (record.snoozed_until > now).then_some(record.snoozed_until),
        live: None,
    }
}
