//! A person with their whole history, and what an officer can do from there. Every look is an audit event.

use super::{
    PreviewOf, Service, ServiceError, beneficiary,
    case_view::{beneficiary_view, reference_view},
    proposal_view::proposal_view,
    record::event,
    rules::Rules,
    views::{
        AppointmentOfView, CareOfView, CaseOfView, ContactView, FormOfView, InvestigationView,
        LinkOfView, LookBecause, NewLink, NoticeView, PersonConfirmation, PersonView, StopNeed,
        StopStep, VisitOfView,
    },
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::Beneficiary,
        contact::ContactCount,
        due::{Dates, Phase},
        ids::{BeneficiaryId, OfficerId, ReferenceId},
        investigation::{Investigation, InvestigationFinding},
        notice::{NoticeChannel, NoticeKind},
        proposal::{Proposal, ProposalKind, ProposalState},
        scheme::{FIRST_DAY, Scheme},
    },
    storage::Tx,
    vault::Kind,
};
use chrono::NaiveDate;
use serde_json::json;
use std::collections::HashMap;

/// Names of officers.
pub(super) type Names = HashMap<OfficerId, String>;

impl Service {
    /// Everything about a person.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn person(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
    ) -> Result<PersonView, ServiceError> {
        // Before the look is written down: the account is counted on its own snapshot.
        let explained = self.explain(of).await?;
        let mut tx = self.db.write().await?;
        let whom = beneficiary(&mut tx, of).await?;
        let names = tx.officer_names().await?;
        let rules = Rules::read(&mut tx).await?;
        let terms = rules.terms(&whom.scheme, &explained.dates)?.clone();
        let by = Actor::Officer { id: officer };
        let about = ("beneficiary", of);
        tx.add_audit(&event(self.now(), by, Action::PersonViewed, about, json!({}))).await?;
        let investigations = tx.investigations(of).await?;
        let proposals = tx.proposals_of(of).await?;
        let steps = self
            .stop_steps(&mut tx, &whom, (&explained.dates, &terms), &investigations, &proposals)
            .await?;
        let mut view = PersonView {
            has_email: tx.email_of(of).await?.is_some(),
            status: explained.status,
            phase: explained.phase,
            dates: explained.dates,
            terms,
            agrees: explained.agrees,
            events: explained.events,
            confirmations: confirmations(&mut tx, of, &names).await?,
            references: tx.references(of).await?.into_iter().map(reference_view).collect(),
            links: Vec::new(),
            notices: Vec::new(),
            contacts: Vec::new(),
            care: Vec::new(),
            visits: Vec::new(),
            forms: Vec::new(),
            appointments: Vec::new(),
            cases: Vec::new(),
            investigations: investigations
                .iter()
                .rev()
                .map(|i| investigation_view(i, &names))
                .collect(),
            proposals: proposals
                .iter()
                .rev()
                .map(|p| proposal_view(p, &whom, &investigations, &names, officer))
                .collect(),
            stop_steps: steps,
            person: beneficiary_view(&whom),
        };
        told(&mut tx, of, &names, &mut view).await?;
        registers(&mut tx, of, &names, &mut view).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn stop_steps(
        &self,
        tx: &mut Tx,
        whom: &Beneficiary,
        (dates, terms): (&Dates, &Scheme),
        investigations: &[Investigation],
        proposals: &[Proposal],
    ) -> Result<Vec<StopStep>, ServiceError> {
        let today = china_date(self.now());
        let attempts = tx.contact_attempts(whom.id, dates.notify_from).await?;
        let count = ContactCount::of(&attempts, dates.notify_from, today);
        Ok(steps(dates, terms, count, (investigations, proposals), today))
    }

    /// A reference photograph, JPEG, looked at outside of a case for a stated reason.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when there is no such photograph of this person.
    pub async fn persons_face(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
        reference: ReferenceId,
        because: LookBecause,
    ) -> Result<Vec<u8>, ServiceError> {
        let mut tx = self.db.write().await?;
        let found = tx.reference_photo(reference).await?.filter(|(whose, _)| *whose == of);
        let (whose, sealed) = found.ok_or(ServiceError::NotFound("reference"))?;
        let key = self.data_key(&mut tx, whose).await?;
        let jpeg = key.open(Kind::ReferencePhoto, &reference.to_string(), &sealed)?;
        let by = Actor::Officer { id: officer };
        let detail = json!({ "beneficiary_id": of, "because": because });
        let about = ("reference", reference);
        tx.add_audit(&event(self.now(), by, Action::FaceViewed, about, detail)).await?;
        tx.commit().await?;
        Ok(jpeg.to_vec())
    }

    /// Makes a link for a person; it is shown this once.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn link_for(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
    ) -> Result<NewLink, ServiceError> {
        let mut tx = self.db.write().await?;
        if !tx.hold_beneficiary(of).await? {
            return Err(ServiceError::NotFound("beneficiary"));
        }
        let by = Actor::Officer { id: officer };
        let link = self.make_link(&mut tx, of, by, self.now()).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// The letter of the period that runs, PDF, with the person's own link and code where the period has one. Printing it is an audit event,
    /// and no contact attempt: whoever posts it says so.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], `not_printable`.
    pub async fn letter_for(
        &self,
        officer: OfficerId,
        of: BeneficiaryId,
    ) -> Result<Vec<u8>, ServiceError> {
        let preview = PreviewOf {
            who: of.to_string(),
            kind: NoticeKind::Due,
            channel: NoticeChannel::Letter,
            language: None,
        };
        let pdf = self.preview_notice(&preview).await?.pdf.unwrap_or_default();
        let mut tx = self.db.write().await?;
        let by = Actor::Officer { id: officer };
        let about = ("beneficiary", of);
        tx.add_audit(&event(self.now(), by, Action::LetterPreviewed, about, json!({}))).await?;
        tx.commit().await?;
        Ok(pdf)
    }
}

/// What a stop needs, and what of it is there. The types of [`crate::domain::stop`] decide; this only says how far it is.
fn steps(
    dates: &Dates,
    terms: &Scheme,
    count: ContactCount,
    (investigations, proposals): (&[Investigation], &[Proposal]),
    today: NaiveDate,
) -> Vec<StopStep> {
    let phase = dates.phase(today);
    let plain = |what, done| StopStep { what, done, have: None, need: None };
    let counted = |what, have: u32, need: u32| StopStep {
        what,
        done: have >= need,
        have: Some(have),
        need: Some(need),
    };
    let found_nobody = investigations.iter().any(|i| {
        china_date(i.opened_at) > dates.due_on
            && i.end.as_ref().is_some_and(|e| e.finding == InvestigationFinding::NotFound)
    });
    let stop = proposals.iter().rev().find(|p| p.kind != ProposalKind::Resume);
    let proposed =
        stop.is_some_and(|p| matches!(p.state, ProposalState::Proposed | ProposalState::Approved));
    let approved = stop.is_some_and(|p| p.state == ProposalState::Approved);
    vec![
        plain(StopNeed::Overdue, phase >= Phase::InGrace),
        plain(StopNeed::PastGrace, phase == Phase::PastGrace),
        counted(StopNeed::Attempts, count.attempts, terms.contact_attempts_min),
        counted(StopNeed::Channels, count.channels, terms.channels_min),
        plain(StopNeed::Investigation, found_nobody),
        plain(StopNeed::Proposal, proposed),
        plain(StopNeed::Approval, approved),
    ]
}

async fn confirmations(
    tx: &mut Tx,
    of: BeneficiaryId,
    names: &Names,
) -> Result<Vec<PersonConfirmation>, ServiceError> {
    let helped: HashMap<_, _> = tx.assistance_of(of).await?.into_iter().collect();
    let view = |c: crate::domain::confirmation::Confirmation| PersonConfirmation {
        assistance: helped.get(&c.id).copied(),
        id: c.id,
        channel: c.channel,
        alive_on: c.period_from,
        confirmed_at: c.confirmed_at,
        due_on: c.due_on,
        receipt_number: c.receipt_number,
        officer: c.officer_id.and_then(|id| names.get(&id).cloned()),
        policy_version: c.policy_version,
    };
    Ok(tx.confirmations(of).await?.into_iter().map(view).collect())
}

/// Links, notices, and attempts to reach the person.
async fn told(
    tx: &mut Tx,
    of: BeneficiaryId,
    names: &Names,
    view: &mut PersonView,
) -> Result<(), ServiceError> {
    for link in tx.links_of(of).await? {
        view.links.push(LinkOfView {
            id: link.id,
            made_at: link.made_at,
            expires_at: link.expires_at,
            opened_at: link.opened_at,
        });
    }
    for notice in tx.notices_of(of).await? {
        view.notices.push(NoticeView {
            kind: notice.kind,
            channel: notice.channel,
            status: notice.status,
            day: notice.day,
            planned_at: notice.planned_at,
            attempts: notice.attempts,
            given_up: notice.given_up,
        });
    }
    for attempt in tx.contact_attempts(of, FIRST_DAY).await?.into_iter().rev() {
        view.contacts.push(ContactView {
            channel: attempt.channel,
            outcome: attempt.outcome,
            attempted_at: attempt.attempted_at,
            officer: attempt.officer_id.and_then(|id| names.get(&id).cloned()),
            counts: attempt.outcome.counts(),
        });
    }
    Ok(())
}

/// Care, visits, forms, appointments, cases.
async fn registers(
    tx: &mut Tx,
    of: BeneficiaryId,
    names: &Names,
    view: &mut PersonView,
) -> Result<(), ServiceError> {
    for entry in tx.special_care_of(of).await? {
        view.care.push(CareOfView {
            entry_id: entry.id,
            flag: entry.flag,
            reason: entry.reason,
            since_on: entry.since_on,
            review_on: entry.review_on,
            asked_by: entry.asked_by,
            version: entry.version,
        });
    }
    for (visit_id, channel, state, asked_at, clerk, outcome) in tx.visits_of(of).await? {
        let clerk = clerk.and_then(|id| names.get(&id).cloned());
        view.visits.push(VisitOfView { visit_id, channel, state, asked_at, clerk, outcome });
    }
    for (form_id, channel, state, received_at) in tx.forms_of(of).await? {
        view.forms.push(FormOfView { form_id, channel, state, received_at });
    }
    for (_, way, state, starts_at) in tx.appointments_of(of).await? {
        view.appointments.push(AppointmentOfView { way, state, starts_at });
    }
    for (id, case_number, kind, status, opened_at) in tx.cases_of(of).await? {
        view.cases.push(CaseOfView { id, case_number, kind, status, opened_at });
    }
    Ok(())
}

pub(super) fn investigation_view(of: &Investigation, names: &Names) -> InvestigationView {
    let name = |id: &OfficerId| names.get(id).cloned().unwrap_or_default();
    let end = of.end.as_ref();
    InvestigationView {
        id: of.id,
        opened_at: of.opened_at,
        opened_by: name(&of.opened_by),
        closed_at: end.map(|e| e.closed_at),
        closed_by: end.map(|e| name(&e.closed_by)),
        finding: end.map(|e| e.finding),
        report: end.map(|e| e.report.clone()),
    }
}
