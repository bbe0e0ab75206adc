//! What a county's own calls know about its scores: calls that an officer confirmed, as evidence without pictures.

use super::{Service, ServiceError, beneficiary, calls::open_record};
use crate::domain::{beneficiary::Sex, case::CaseStatus, evidence::Evidence, queue::Lane};
use chrono::NaiveDate;

/// A call after which an officer confirmed: on both sides the same person, by a human's eyes.
#[derive(Clone, Debug)]
pub struct ConfirmedCall {
    /// Day of birth of the beneficiary.
    pub birth_on: NaiveDate,
    /// Sex.
    pub sex: Sex,
    /// What the call showed. It holds embeddings: it stays in memory.
    pub evidence: Evidence,
}

impl Service {
    /// The newest calls that an officer confirmed, at most `limit`, each with references and probes. Automatic confirmations are not
    /// among them: what the machine decided cannot show how well it decides.
    ///
    /// # Errors
    /// When the database or the vault fails.
    pub async fn confirmed_calls(&self, limit: usize) -> Result<Vec<ConfirmedCall>, ServiceError> {
        let mut tx = self.db.read().await?;
        let cases = tx.lane(Lane::Closed, self.now(), i64::MAX).await?;
        let mut found = Vec::new();
        for case in cases.into_iter().filter(|c| c.case.status == CaseStatus::Confirmed) {
            let Some(call) = case.case.call_id else { continue };
            let Some(sealed) = tx.call(call).await?.and_then(|row| row.sealed_record) else {
                continue; // its evidence was deleted in time
            };
            let whose = beneficiary(&mut tx, case.case.beneficiary_id).await?;
            let key = self.data_key(&mut tx, whose.id).await?;
            let evidence = open_record(&key, call, &sealed)?.evidence;
            if evidence.references.is_empty() || evidence.liveness.probes.is_empty() {
                continue;
            }
            found.push(ConfirmedCall { birth_on: whose.birth_on, sex: whose.sex, evidence });
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }
}
