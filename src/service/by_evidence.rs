//! Confirming people by evidence that comes in batches: forms, visits, stations, consulates, matched data.

use super::{
    Service, ServiceError,
    record::{Grounds, event},
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        confirmation::{Channel, Confirmation},
        ids::{BeneficiaryId, OfficerId},
    },
};
use chrono::NaiveDate;
use serde_json::json;

/// Evidence from elsewhere that somebody was alive on a day.
#[derive(Clone, Debug)]
pub struct EvidenceOfLife {
    /// Who.
    pub beneficiary_id: BeneficiaryId,
    /// By which way it came.
    pub channel: Channel,
    /// The day.
    pub alive_on: NaiveDate,
    /// SHA-256 of it, hex.
    pub evidence_sha256: Option<String>,
    /// The officer who took it.
    pub officer_id: Option<OfficerId>,
}

impl Service {
    /// Confirms people by evidence, all of it in one transaction. What is recorded already (same person, channel and day) is left out,
    /// so that a batch can be run again. The new confirmations.
    ///
    /// # Errors
    /// `channel` for a channel that has its own way; `alive_on` for a day in the future; [`ServiceError::NotFound`]. Then nothing of it
    /// is recorded.
    pub async fn confirm_by_evidence(
        &self,
        evidence: &[EvidenceOfLife],
    ) -> Result<Vec<Confirmation>, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let mut recorded = Vec::new();
        for one in evidence {
            if matches!(
                one.channel,
                Channel::VideoAuto | Channel::VideoOfficer | Channel::Review | Channel::Import
            ) {
                let detail = "a call is confirmed by its own record, and earlier history is imported, not by evidence from elsewhere";
                return Err(ServiceError::unacceptable("channel", detail));
            }
            if one.alive_on > china_date(at) {
                return Err(ServiceError::unacceptable("alive_on", "the day lies in the future"));
            }
            if !tx.hold_beneficiary(one.beneficiary_id).await? {
                return Err(ServiceError::NotFound("beneficiary"));
            }
            let known = tx.confirmations(one.beneficiary_id).await?;
            if known.iter().any(|c| c.channel == one.channel && c.period_from == one.alive_on) {
                continue;
            }
            let grounds = Grounds {
                channel: one.channel,
                link_id: None,
                call_id: None,
                case_id: None,
                officer_id: one.officer_id,
                evidence_sha256: one.evidence_sha256.clone(),
                policy_version: None,
            };
            let whom = one.beneficiary_id;
            let made = self.record_evidence(&mut tx, whom, grounds, one.alive_on, at).await?;
            let by = one.officer_id.map_or(Actor::Service, |id| Actor::Officer { id });
            let detail = json!({ "confirmation_id": made.id, "channel": made.channel });
            let about = ("beneficiary", whom);
            tx.add_audit(&event(at, by, Action::EvidenceRecorded, about, detail)).await?;
            recorded.push(made);
        }
        tx.commit().await?;
        Ok(recorded)
    }
}
