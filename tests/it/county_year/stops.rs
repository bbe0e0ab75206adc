//! What the bureau does about those whose grace has passed, and about those who are said to be dead.

use super::{
    bureau::Bureau,
    people::{Fate, People},
};
use chrono::Days;
use jianmian::{
    domain::{
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        ids::BeneficiaryId,
        investigation::InvestigationFinding,
        proposal::ProposalKind,
    },
    service::{ServiceError, due::Lane},
};
use rand_chacha::rand_core::Rng;

impl Bureau<'_> {
    /// Everybody whose grace has passed is looked into.
    pub async fn look_into(&mut self, people: &People) {
        for row in self.list(Lane::PastGrace, self.today, self.today).await {
            if !self.in_work.contains(&row.id) {
                let channel = ContactChannel::HomeVisit;
                let at_home = matches!(
                    people.all[self.index[&row.id]].fate,
                    Fate::Confirms(..) | Fate::AtHome
                );
                let outcome =
                    if at_home { ContactOutcome::Reached } else { ContactOutcome::NoAnswer };
                let visit = self.attempt(row.id, channel, outcome);
                self.keep(&[visit]).await;
                self.investigate(row.id).await;
            }
        }
    }

    pub async fn investigate(&mut self, of: BeneficiaryId) {
        if self.in_work.insert(of) {
            let id = self.stage.service.open_investigation(self.officers[2], of).await.unwrap();
            self.investigations.entry(self.today + Days::new(5)).or_default().push((of, id));
        }
    }

    /// Investigations end with what is true, and lead to what follows from it.
    pub async fn close_investigations(&mut self, people: &People) {
        let service = &self.stage.service;
        let [reviewer, _, visitor] = self.officers;
        for (of, id) in self.investigations.remove(&self.today).unwrap_or_default() {
            let person = &people.all[self.index[&of]];
            let (finding, seen) = match person.fate {
                Fate::Dies(on) if on <= self.today => (InvestigationFinding::Deceased, false),
                Fate::Vanished => (InvestigationFinding::NotFound, false),
                Fate::Returns(on) if on > self.today => (InvestigationFinding::NotFound, false),
                _ => (InvestigationFinding::Alive, true),
            };
            service
                .close_investigation(visitor, id, finding, "asked the neighbours")
                .await
                .unwrap();
            if seen {
                let here = self.seen(person, Channel::HomeVisit);
                self.record(&[here]).await;
                self.in_work.remove(&of);
                continue;
            }
            let proposed = match finding {
                InvestigationFinding::Deceased => service.propose_end(reviewer, id).await,
                _ => service.propose_stop(reviewer, id).await,
            };
            match proposed {
                Ok(proposal) => {
                    self.proposals.entry(self.today + Days::new(2)).or_default().push(proposal.id);
                }
                // Not enough contacts, or nothing overdue any more: it is tried again later.
                Err(ServiceError::Conflict { .. }) => {
                    self.refused += 1;
                    self.in_work.remove(&of);
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    /// The second person decides; the first one tries and may not.
    pub async fn decide(&mut self, people: &mut People) {
        let service = &self.stage.service;
        let [reviewer, approver, visitor] = self.officers;
        for id in self.proposals.remove(&self.today).unwrap_or_default() {
            for alone in [reviewer, visitor] {
                let refused = service.decide_proposal(alone, id, true).await.unwrap_err();
                assert!(
                    matches!(
                        refused,
                        ServiceError::Conflict {
                            code: "own_case"
                                | "closed"
                                | "not_overdue"
                                | "benefit_status"
                                | "investigation_missing",
                            ..
                        }
                    ),
                    "{refused:?}"
                );
            }
            match service.decide_proposal(approver, id, true).await {
                Ok(p)
                    if people.rng.next_u32().is_multiple_of(10)
                        && p.kind == ProposalKind::Suspend =>
                {
                    self.slow.push(id);
                }
                Ok(_) => {}
                Err(ServiceError::Conflict { .. }) => self.refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}
