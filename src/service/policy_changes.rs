//! Changes of policy: the share of automatic passes that are looked at, and the limits of the decision. One proposes, another
//! approves, and a change holds from a day in the future on. Until the first one the settings decide.

use super::{
    Service, ServiceError,
    quality::per_whole,
    queue::noted,
    record::event,
    views::{PolicyChangeForm, PolicyChangeView, PolicyView},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        ids::{OfficerId, PolicyChangeId},
        policy::Policy,
        quality::{PolicyChange, SamplingRule, Terms, TermsKind, in_force},
        role::Act,
        scheme::SchemeState,
    },
    storage::Tx,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

impl Service {
    /// The policy that decides calls now.
    pub(super) async fn policy_in_force(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<Policy, ServiceError> {
        let changes = tx.policy_changes().await?;
        let holds = in_force(&changes, TermsKind::Decision, china_date(now));
        Ok(match holds.map(|change| &change.terms) {
            Some(Terms::Decision(policy)) => (**policy).clone(),
            _ => self.settings.policy.clone(),
        })
    }

    /// The rule that draws samples now, and its version; 0: the settings.
    pub(super) async fn sampling_in_force(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<(u32, SamplingRule), ServiceError> {
        let changes = tx.policy_changes().await?;
        let holds = in_force(&changes, TermsKind::Sampling, china_date(now));
        Ok(match holds.map(|change| (change.version, &change.terms)) {
            Some((version, Terms::Sampling(rule))) => (version, rule.clone()),
            _ => (0, self.sampling_of_settings()),
        })
    }

    fn sampling_of_settings(&self) -> SamplingRule {
        let share = per_whole(f64::from(self.settings.calls.random_sample));
        SamplingRule { share, shares: Vec::new() }
    }

    /// What holds now, and every change that was proposed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_view(&self, officer: OfficerId) -> Result<PolicyView, ServiceError> {
        let now = self.now();
        let mut tx = self.db.read().await?;
        let (sampling_version, sampling) = self.sampling_in_force(&mut tx, now).await?;
        let decision = self.policy_in_force(&mut tx, now).await?;
        let names = tx.officer_names().await?;
        let name = |id: OfficerId| names.get(&id).cloned().unwrap_or_default();
        let view = |change: PolicyChange| PolicyChangeView {
            own: change.proposer_id == officer,
            proposer: name(change.proposer_id),
            approver: change.approver_id.map(name),
            change,
        };
        let changes = tx.policy_changes().await?.into_iter().rev().map(view).collect();
        Ok(PolicyView { today: china_date(now), sampling_version, sampling, decision, changes })
    }

    /// Proposes a change.
    ///
    /// # Errors
    /// `note_missing`, `too_long`, `policy_faults`, `effective_date` (it must lie in the future and after every approved one),
    /// `proposal_waits`, `nothing_changed`, `not_allowed`.
    pub async fn propose_policy(
        &self,
        officer: OfficerId,
        form: PolicyChangeForm,
    ) -> Result<PolicyChangeId, ServiceError> {
        let (reason, now) = (noted(&form.reason)?, self.now());
        let mut tx = self.db.write().await?;
        self.may(&mut tx, officer, Act::ProposePolicy, None).await?;
        let changes = tx.policy_changes().await?;
        let kind = form.terms.kind();
        let version = 1 + changes.iter().filter(|c| c.terms.kind() == kind).count();
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        let terms = match form.terms {
            Terms::Sampling(rule) => {
                let holds = self.sampling_in_force(&mut tx, now).await?.1;
                (rule != holds).then_some(Terms::Sampling(rule))
            }
            Terms::Decision(mut policy) => {
                let holds = self.policy_in_force(&mut tx, now).await?;
                // A danger is switched on where the program is started, and nowhere else.
                policy.danger_automatic_without_proof = holds.danger_automatic_without_proof;
                policy.version.clone_from(&holds.version);
                let changed = *policy != holds;
                policy.version = format!("{}-c{version}", form.effective_from);
                changed.then_some(Terms::Decision(policy))
            }
        };
        let terms = terms.ok_or_else(|| {
            ServiceError::unacceptable("nothing_changed", "this is what holds already")
        })?;
        let faults = terms.faults();
        if !faults.is_empty() {
            return Err(ServiceError::unacceptable("policy_faults", faults.join("; ")));
        }
        refuse_date(&changes, kind, form.effective_from, china_date(now))?;
        let change = PolicyChange {
            id: PolicyChangeId::new(),
            version,
            terms,
            effective_from: form.effective_from,
            reason,
            state: SchemeState::Proposed,
            proposed_at: now,
            proposer_id: officer,
            decided_at: None,
            approver_id: None,
        };
        tx.add_policy_change(&change).await.map_err(ServiceError::from).map_err(|error| {
            let detail = "a change of this kind waits for a second person already";
            if error.is_taken() { ServiceError::conflict("proposal_waits", detail) } else { error }
        })?;
        let detail = json!({
            "kind": kind,
            "version": version,
            "effective_from": change.effective_from,
        });
        let by = Actor::Officer { id: officer };
        let about = ("policy_change", change.id);
        tx.add_audit(&event(now, by, Action::PolicyProposed, about, detail)).await?;
        tx.commit().await?;
        Ok(change.id)
    }

    /// A second person decides about a change.
    ///
    /// # Errors
    /// `own_case` for the proposer, `closed` when it does not wait, `effective_date` when its day has come meanwhile;
    /// [`ServiceError::NotFound`].
    pub async fn decide_policy(
        &self,
        officer: OfficerId,
        id: PolicyChangeId,
        approve: bool,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let changes = tx.policy_changes().await?;
        let change = changes.iter().find(|c| c.id == id);
        let change = change.ok_or(ServiceError::NotFound("policy change"))?;
        if change.proposer_id == officer {
            let detail = "you proposed this change yourself; a second person decides about it";
            return Err(ServiceError::conflict("own_case", detail));
        }
        self.may(&mut tx, officer, Act::ApprovePolicy, Some(change.proposer_id)).await?;
        let closed = || ServiceError::conflict("closed", "this change was decided about already");
        if change.state != SchemeState::Proposed {
            return Err(closed());
        }
        let (to, action) = if approve {
            refuse_date(&changes, change.terms.kind(), change.effective_from, china_date(now))?;
            (SchemeState::Approved, Action::PolicyApproved)
        } else {
            (SchemeState::Rejected, Action::PolicyRejected)
        };
        if !tx.decide_policy_change(id, to, officer, now).await? {
            return Err(closed());
        }
        if let (Terms::Decision(policy), true) = (&change.terms, approve) {
            tx.record_policy(policy, now).await?;
        }
        let detail = json!({
            "kind": change.terms.kind(),
            "version": change.version,
            "effective_from": change.effective_from,
        });
        let by = Actor::Officer { id: officer };
        tx.add_audit(&event(now, by, action, ("policy_change", id), detail)).await?;
        Ok(tx.commit().await?)
    }
}

/// A change begins on a day in the future and after every approved one: it never rewrites the past.
fn refuse_date(
    changes: &[PolicyChange],
    kind: TermsKind,
    from: NaiveDate,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    let approved = changes
        .iter()
        .filter(|c| c.terms.kind() == kind && c.state == SchemeState::Approved)
        .map(|c| c.effective_from);
    let after = approved.max().map_or(today, |newest| newest.max(today));
    if from > after {
        return Ok(());
    }
    let detail = format!("the day from which it holds must be after {after}");
    Err(ServiceError::unacceptable("effective_date", detail))
}
