//! The bureau's work of a year, through the use cases alone.

use super::{
    paying::Paying,
    people::{Fate, People, Person, first_day, instant},
};
use crate::storage_story::stage::{Stage, conclusion};
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use jianmian::{
    domain::{
        audit::Actor,
        confirmation::Channel,
        contact::{ContactAttempt, ContactChannel, ContactOutcome},
        ids::{BeneficiaryId, ContactAttemptId, InvestigationId, OfficerId, ProposalId},
        role::Role,
        signal::{SignalKind, SignalState},
        verdict::Verdict,
    },
    service::{
        EvidenceOfLife, RosterOptions, ServiceError, SignalForm,
        due::{DUE_PAGE_MAX, DueAsk, DuePerson, Lane},
    },
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// People whose confirmation is a call, with link, consent and evidence: each costs what thirty others cost.
const CALLS: usize = 150;

/// What the bureau remembers, beside its records.
pub struct Bureau<'a> {
    pub stage: &'a Stage,
    pub today: NaiveDate,
    pub officers: [OfficerId; 3],
    pub index: HashMap<BeneficiaryId, usize>,
    called: HashMap<BeneficiaryId, NaiveDate>,
    pub investigations: BTreeMap<NaiveDate, Vec<(BeneficiaryId, InvestigationId)>>,
    pub in_work: HashSet<BeneficiaryId>,
    pub proposals: BTreeMap<NaiveDate, Vec<ProposalId>>,
    /// Approved stops that the paying side has not heard of being withdrawn.
    pub slow: Vec<ProposalId>,
    calls: usize,
    pub paying: Paying,
    /// For the totals: what was recorded.
    pub confirmations: usize,
    pub attempts: usize,
    pub signals: usize,
    pub refused: usize,
}

impl<'a> Bureau<'a> {
    /// Imports the roster, and gives every person their id.
    pub async fn open(stage: &'a Stage, people: &mut People) -> Self {
        let photos = |_: &str| Err("there are none".to_owned());
        let roster = people.roster();
        let report = stage.import(roster, &photos, &RosterOptions::by(Actor::Operator)).await;
        assert!(report.imported(), "{:?}", report.faults.first());
        let counted = stage.service.count_dates(&|_| ()).await.unwrap();
        assert_eq!(usize::try_from(counted).unwrap(), people.all.len());
        let officers = [
            stage.officer("reviewer").await,
            stage.officer("approver").await,
            stage.officer("visitor").await,
        ];
        let mut bureau = Self {
            stage,
            today: first_day(),
            officers,
            index: HashMap::new(),
            called: HashMap::new(),
            investigations: BTreeMap::new(),
            in_work: HashSet::new(),
            proposals: BTreeMap::new(),
            slow: Vec::new(),
            calls: 0,
            paying: Paying::default(),
            confirmations: 0,
            attempts: 0,
            signals: 0,
            refused: 0,
        };
        let by_name: HashMap<String, usize> =
            people.all.iter().enumerate().map(|(n, p)| (p.name.clone(), n)).collect();
        for row in bureau
            .list(Lane::DueBetween, first_day() - Days::new(400), first_day() + Days::new(900))
            .await
        {
            let n = by_name[&row.name];
            people.all[n].id = row.id;
            bureau.index.insert(row.id, n);
        }
        assert_eq!(bureau.index.len(), people.all.len());
        bureau
    }

    /// One day.
    pub async fn day(&mut self, people: &mut People) {
        self.rules().await;
        self.confirm(people).await;
        self.signals(people).await;
        self.notices(people).await;
        if self.today.weekday() == Weekday::Mon {
            self.call(people).await;
            self.look_into(people).await;
        }
        self.close_investigations(people).await;
        self.decide(people).await;
        if self.today == self.today.with_day(1).unwrap() + Months::new(1) - Days::new(1) {
            self.paying_side().await;
        }
        self.today = self.today + Days::new(1);
    }

    /// A change of the scheme in spring; an outage in winter, two that overlap in summer.
    async fn rules(&mut self) {
        let service = &self.stage.service;
        let since = (self.today - first_day()).num_days();
        if since == 100 {
            let reviewer = self.stage.officer_as("chief", Role::Supervisor).await;
            let approver = self.stage.officer_as("deputy", Role::Supervisor).await;
            let mut terms = service.schemes().await.unwrap()[0].terms.clone();
            terms.grace_days = 45;
            terms.cycle_months = 6;
            let from = self.today + Days::new(60);
            let past =
                service.propose_scheme(reviewer, terms.clone(), self.today).await.unwrap_err();
            assert!(matches!(past, ServiceError::Unacceptable { code: "effective_date", .. }));
            let version = service.propose_scheme(reviewer, terms, from).await.unwrap();
            let key = (version.terms.name.as_str(), version.version);
            let own = service.decide_scheme(reviewer, key, true).await.unwrap_err();
            assert!(matches!(own, ServiceError::Conflict { code: "own_case", .. }));
            service.decide_scheme(approver, key, true).await.unwrap();
        }
        for (day, length, back) in [(60, 2, 2), (220, 3, 3), (221, 2, 2)] {
            if since == day {
                let days =
                    (self.today - Days::new(back), self.today - Days::new(back + 1 - length));
                service.add_outage(None, days, "power failure", &|_| ()).await.unwrap();
                let again = service.add_outage(None, days, "power failure", &|_| ()).await.unwrap();
                assert_eq!(again, 0, "the same outage again");
            }
        }
    }

    /// Everybody whose day it is comes, by their channel; the first ones by a call.
    async fn confirm(&mut self, people: &People) {
        let mut evidence = Vec::new();
        for person in &people.all {
            let channel = match person.fate {
                Fate::Confirms(on, channel) if on == self.today => channel,
                Fate::Returns(on) if on == self.today => Channel::Station,
                _ => continue,
            };
            if self.calls < CALLS && channel == Channel::Mail {
                self.calls += 1;
                self.by_call(person).await;
            } else {
                evidence.push(self.seen(person, channel));
            }
        }
        self.record(&evidence).await;
    }

    pub fn seen(&self, person: &Person, channel: Channel) -> EvidenceOfLife {
        // A form in the post and matched data are some days old when they are recorded.
        let age = if matches!(channel, Channel::Mail | Channel::DataMatch) { 3 } else { 0 };
        EvidenceOfLife {
            beneficiary_id: person.id,
            channel,
            alive_on: self.today - Days::new(age),
            evidence_sha256: None,
            officer_id: Some(self.officers[2]),
        }
    }

    pub async fn record(&mut self, evidence: &[EvidenceOfLife]) {
        let service = &self.stage.service;
        for chunk in evidence.chunks(500) {
            self.confirmations += service.confirm_by_evidence(chunk).await.unwrap().len();
        }
        // A batch that is run again after a kill records nothing twice.
        if let Some(one) = evidence.first() {
            assert!(
                service.confirm_by_evidence(std::slice::from_ref(one)).await.unwrap().is_empty()
            );
            let tomorrow = EvidenceOfLife { alive_on: self.today + Days::new(1), ..one.clone() };
            assert!(
                service.confirm_by_evidence(&[tomorrow]).await.is_err(),
                "wrong data: a day in the future"
            );
        }
    }

    async fn by_call(&mut self, person: &Person) {
        let token = self.stage.link(&person.id.to_string()).await;
        self.stage.consent(&token).await.unwrap();
        let (_, brief) = self.stage.call(&token).await;
        self.stage.service.conclude(conclusion(brief, Verdict::Confirmed)).await.unwrap();
        self.confirmations += 1;
    }

    async fn signals(&mut self, people: &People) {
        for person in &people.all {
            let died = matches!(person.fate, Fate::Dies(on) if on + Days::new(20) == self.today)
                && person.number.expose().as_bytes()[10] % 3 > 0;
            let kind = if died || person.said_dead == Some(self.today) {
                SignalKind::DeathSignal
            } else if person.conflict == Some(self.today) {
                SignalKind::DataConflict
            } else {
                continue;
            };
            let source = if died { "civil_affairs" } else { "family" };
            let form = SignalForm {
                beneficiary_id: person.id,
                kind,
                source: source.into(),
                event_on: Some(self.today),
            };
            let service = &self.stage.service;
            assert!(service.take_signal(form.clone()).await.unwrap().is_some());
            assert!(service.take_signal(form).await.unwrap().is_none(), "the same word again");
            self.signals += 1;
            match kind {
                SignalKind::DataConflict => {
                    service
                        .settle_data_conflict(self.officers[0], person.id, SignalState::Cleared)
                        .await
                        .unwrap();
                }
                SignalKind::DeathSignal if person.dead(self.today) => {
                    self.investigate(person.id).await;
                }
                // Somebody goes there on the same day and sees the person alive, unless nobody is at home.
                SignalKind::DeathSignal => {
                    if !matches!(person.fate, Fate::Vanished | Fate::Returns(_)) {
                        let here = self.seen(person, Channel::HomeVisit);
                        self.record(&[here]).await;
                    }
                }
            }
        }
    }

    /// What is sent on the days of the scheme; the channel changes.
    async fn notices(&mut self, people: &People) {
        let channels = [
            (90, ContactChannel::Sms),
            (60, ContactChannel::Letter),
            (30, ContactChannel::Sms),
            (7, ContactChannel::Letter),
        ];
        let mut attempts = Vec::new();
        for (days, channel) in channels {
            let due = self.today + Days::new(days);
            for row in self.list(Lane::DueBetween, due, due).await {
                let wrong = people.all[self.index[&row.id]].wrong_address;
                let outcome =
                    if wrong { ContactOutcome::Undeliverable } else { ContactOutcome::Sent };
                attempts.push(self.attempt(row.id, channel, outcome));
            }
        }
        self.keep(&attempts).await;
    }

    async fn call(&mut self, people: &People) {
        let mut attempts = Vec::new();
        for row in self.list(Lane::ToCall, self.today, self.today).await {
            let waited =
                self.called.get(&row.id).is_none_or(|last| (self.today - *last).num_days() >= 28);
            if !waited {
                continue;
            }
            self.called.insert(row.id, self.today);
            let person = &people.all[self.index[&row.id]];
            let outcome = match person.fate {
                _ if person.wrong_address => ContactOutcome::Undeliverable,
                Fate::Confirms(..) => ContactOutcome::Reached,
                _ => ContactOutcome::NoAnswer,
            };
            attempts.push(self.attempt(row.id, ContactChannel::PhoneCall, outcome));
        }
        self.keep(&attempts).await;
    }

    pub fn attempt(
        &self,
        of: BeneficiaryId,
        channel: ContactChannel,
        outcome: ContactOutcome,
    ) -> ContactAttempt {
        ContactAttempt {
            id: ContactAttemptId::new(),
            beneficiary_id: of,
            channel,
            outcome,
            attempted_at: instant(self.today),
            attempted_on: self.today,
            notice_id: None,
            officer_id: None,
        }
    }

    pub async fn keep(&mut self, attempts: &[ContactAttempt]) {
        self.attempts += attempts.len();
        self.stage.service.record_contacts(attempts).await.unwrap();
    }

    /// A whole list, by pages.
    pub async fn list(&self, lane: Lane, on: NaiveDate, until: NaiveDate) -> Vec<DuePerson> {
        let mut ask = DueAsk { lane, on, until, after: None, limit: DUE_PAGE_MAX };
        let mut people = Vec::new();
        loop {
            let page = self.stage.service.due_list(ask).await.unwrap();
            people.extend(page.people);
            ask.after = page.next;
            if ask.after.is_none() {
                return people;
            }
        }
    }
}
