//! Proposals to the paying side as officers see them.

use super::{
    Service, ServiceError, beneficiary,
    person::{Names, investigation_view},
    views::ProposalView,
};
use crate::domain::{
    beneficiary::Beneficiary,
    ids::OfficerId,
    investigation::Investigation,
    proposal::{Proposal, ProposalState},
};

/// Proposals on a page.
const PROPOSALS_SHOWN: i64 = 200;

impl Service {
    /// Proposals in a state with what they rest on, newest first, for an officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposal_views(
        &self,
        officer: OfficerId,
        state: ProposalState,
    ) -> Result<Vec<ProposalView>, ServiceError> {
        let mut tx = self.db.read().await?;
        let names = tx.officer_names().await?;
        let mut views = Vec::new();
        for proposal in tx.newest_proposals(state, PROPOSALS_SHOWN).await? {
            let whom = beneficiary(&mut tx, proposal.beneficiary_id).await?;
            let found = match proposal.investigation_id {
                Some(id) => tx.investigation(id).await?,
                None => None,
            };
            let found: Vec<Investigation> = found.into_iter().collect();
            views.push(proposal_view(&proposal, &whom, &found, &names, officer));
        }
        Ok(views)
    }
}

/// A proposal as an officer sees it.
pub(super) fn proposal_view(
    p: &Proposal,
    whom: &Beneficiary,
    investigations: &[Investigation],
    names: &Names,
    officer: OfficerId,
) -> ProposalView {
    let name = |id: Option<OfficerId>| id.and_then(|id| names.get(&id).cloned());
    let found = investigations.iter().find(|i| Some(i.id) == p.investigation_id);
    ProposalView {
        id: p.id,
        beneficiary_id: whom.id,
        name: whom.name.clone(),
        kind: p.kind,
        state: p.state,
        due_on: p.due_on,
        attempts: p.contacts.attempts,
        channels: p.contacts.channels,
        proposed_at: p.proposed_at,
        reviewer: name(p.reviewer_id),
        own: p.reviewer_id == Some(officer),
        decided_at: p.decided_at,
        approver: name(p.approver_id),
        from_month: p.from_month.map(|month| month.to_string()),
        arrears: p.arrears,
        investigation: found.map(|i| investigation_view(i, names)),
    }
}
