//! Taking back one's own last move of a case.

use super::{
    Service, ServiceError,
    queue::refuse_claimed,
    sitting::{Sitting, stale, view},
    views::DispositionView,
};
use crate::{
    domain::{
        audit::Action,
        ids::{CaseId, OfficerId},
    },
    storage::Moved,
};
use serde_json::json;

impl Service {
    /// Takes back one's own last move of a case, as long as a lease and while nobody has touched the case since. What closed it
    /// (a confirmation, a new link, a refusal by two) stays.
    ///
    /// # Errors
    /// `nothing_to_undo`, `stale_version`, `claimed`, [`ServiceError::NotFound`].
    pub async fn undo(
        &self,
        officer: OfficerId,
        case: CaseId,
        version: i64,
    ) -> Result<DispositionView, ServiceError> {
        let mut tx = self.db.write().await?;
        let sitting = Sitting::of(&mut tx, officer, case, self.now()).await?;
        if sitting.record.case.version != version {
            return Err(stale());
        }
        refuse_claimed(&sitting.record, officer, sitting.at)?;
        let own = sitting.record.case.officer_id == Some(officer);
        let before = sitting.record.before.clone().filter(|b| own && b.until >= sitting.at);
        let before = before.ok_or_else(|| {
            ServiceError::conflict("nothing_to_undo", "there is nothing of yours to take back")
        })?;
        let moved = Moved {
            to: before.status,
            officer_id: before.officer_id,
            proposal: before.proposal,
            before: None,
        };
        sitting.move_to(&mut tx, moved).await?;
        tx.add_audit(&sitting.event(Action::CaseTakenBack, before.status, json!({}))).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(view(before.status))
    }
}
