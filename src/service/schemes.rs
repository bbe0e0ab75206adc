//! Schemes: their versions, and how two people change them. A change begins on a day in the future and never touches a period that runs.

use super::{Service, ServiceError, record::event, views::SchemeView};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
        role::Act,
        scheme::{FIRST_DAY, Scheme, SchemeState, SchemeVersion},
    },
    storage::Tx,
};
use chrono::NaiveDate;
use serde_json::json;

impl Service {
    /// Records the settings' schemes as version 1 where none of their name is known. What is known stays as it is.
    pub(super) async fn seed_schemes(&self, tx: &mut Tx) -> Result<(), ServiceError> {
        for terms in &self.settings.schemes {
            let first = SchemeVersion {
                version: 1,
                terms: terms.clone(),
                effective_from: FIRST_DAY,
                state: SchemeState::Approved,
                proposed_at: self.now(),
                proposer_id: None,
                decided_at: None,
                approver_id: None,
            };
            tx.keep_scheme(&first).await?;
        }
        Ok(())
    }

    /// All versions of all schemes, by the day from which they hold.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schemes(&self) -> Result<Vec<SchemeVersion>, ServiceError> {
        Ok(self.db.read().await?.schemes().await?.versions().to_vec())
    }

    /// The same with the names of who acted, what is in force today, and how many people each counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scheme_views(&self, officer: OfficerId) -> Result<Vec<SchemeView>, ServiceError> {
        let today = china_date(self.now());
        let mut tx = self.db.read().await?;
        let book = tx.schemes().await?;
        let names = tx.officer_names().await?;
        let counts = tx.people_by_scheme().await?;
        let name = |id: Option<OfficerId>| id.and_then(|id| names.get(&id).cloned());
        let view = |v: &SchemeVersion| SchemeView {
            proposer: name(v.proposer_id),
            approver: name(v.approver_id),
            in_force: book.at(&v.terms.name, today).is_some_and(|now| now.version == v.version),
            own: v.proposer_id == Some(officer),
            people: counts
                .iter()
                .find(|(name, version, _)| *name == v.terms.name && *version == v.version)
                .map_or(0, |(_, _, people)| *people),
            version: v.clone(),
        };
        Ok(book.versions().iter().map(view).collect())
    }

    /// Proposes new terms from a day on. Terms of a new name are a new scheme.
    ///
    /// # Errors
    /// `not_allowed`, `scheme_faults`, `effective_date` (it must lie in the future and after every approved version), `proposal_waits`.
    pub async fn propose_scheme(
        &self,
        officer: OfficerId,
        terms: Scheme,
        effective_from: NaiveDate,
    ) -> Result<SchemeVersion, ServiceError> {
        let faults: Vec<String> =
            terms.faults().into_iter().map(|(field, what)| format!("{field}: {what}")).collect();
        if !faults.is_empty() {
            return Err(ServiceError::unacceptable("scheme_faults", faults.join("; ")));
        }
        let at = self.now();
        let mut tx = self.db.write().await?;
        self.may(&mut tx, officer, Act::ProposePolicy, None).await?;
        let book = tx.schemes().await?;
        self.refuse_date(effective_from, book.newest_from(&terms.name))?;
        let mut own = book.versions().iter().filter(|v| v.terms.name == terms.name);
        if own.clone().any(|v| v.state == SchemeState::Proposed) {
            return Err(ServiceError::conflict(
                "proposal_waits",
                "a change of this scheme waits for approval already; decide about it first",
            ));
        }
        let number = own.by_ref().map(|v| v.version).max().unwrap_or(0) + 1;
        let new = SchemeVersion {
            // A new scheme begins with version 2: version 1 is what came from the settings, without people.
            version: number.max(2),
            terms,
            effective_from,
            state: SchemeState::Proposed,
            proposed_at: at,
            proposer_id: Some(officer),
            decided_at: None,
            approver_id: None,
        };
        if !tx.keep_scheme(&new).await? {
            return Err(stale());
        }
        let by = Actor::Officer { id: officer };
        let detail = json!({ "version": new.version, "effective_from": effective_from });
        let about = ("scheme", &new.terms.name);
        tx.add_audit(&event(at, by, Action::SchemeProposed, about, detail)).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Approves or rejects a proposed version.
    ///
    /// # Errors
    /// `not_allowed`, `own_case` for the proposer, `closed` when it does not wait, `effective_date` when its day has come meanwhile.
    pub async fn decide_scheme(
        &self,
        officer: OfficerId,
        (name, version): (&str, u32),
        approve: bool,
    ) -> Result<SchemeVersion, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        self.may(&mut tx, officer, Act::ApprovePolicy, None).await?;
        let book = tx.schemes().await?;
        let waiting =
            book.version(name, version).ok_or(ServiceError::NotFound("scheme version"))?;
        if waiting.state != SchemeState::Proposed {
            return Err(ServiceError::conflict("closed", "this version was decided about already"));
        }
        if waiting.proposer_id == Some(officer) {
            return Err(ServiceError::conflict(
                "own_case",
                "you proposed this change yourself; a second person decides about it",
            ));
        }
        let (to, action) = if approve {
            self.refuse_date(waiting.effective_from, book.newest_from(name))?;
            (SchemeState::Approved, Action::SchemeApproved)
        } else {
            (SchemeState::Rejected, Action::SchemeRejected)
        };
        if !tx.decide_scheme((name, version), to, officer, at).await? {
            return Err(stale());
        }
        let by = Actor::Officer { id: officer };
        let detail = json!({ "version": version });
        tx.add_audit(&event(at, by, action, ("scheme", name), detail)).await?;
        let decided = tx.schemes().await?.version(name, version).cloned();
        tx.commit().await?;
        decided.ok_or(ServiceError::NotFound("scheme version"))
    }

    fn refuse_date(&self, from: NaiveDate, newest: Option<NaiveDate>) -> Result<(), ServiceError> {
        let today = china_date(self.now());
        let after = newest.map_or(today, |newest| newest.max(today));
        if from > after {
            return Ok(());
        }
        let detail = format!(
            "the day from which it holds must be after {after}: a change never rewrites the past"
        );
        Err(ServiceError::unacceptable("effective_date", detail))
    }
}

fn stale() -> ServiceError {
    ServiceError::conflict("stale_version", "somebody else changed the scheme; look at it again")
}
