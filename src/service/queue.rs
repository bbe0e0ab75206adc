//! The officers' queue: cases by lane, most urgent first. Officers do not pick.

use super::{
    Service, ServiceError, beneficiary,
    views::{CaseRow, QueueView, ReasonView},
};
use crate::{
    clock::china_date,
    domain::{
        beneficiary::Beneficiary,
        case::{Case, CaseKind, CaseStatus},
        ids::OfficerId,
        verdict::Reason,
    },
    storage::CaseRecord,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

const LANES: [&str; 5] = ["to_review", "to_approve", "call_back", "other", "closed"];
/// Rows of a lane shown at once.
const ROWS_MAX: usize = 100;

impl Service {
    /// One lane of the queue and the number of cases in each.
    ///
    /// # Errors
    /// `unknown_lane`.
    pub async fn queue(&self, officer: OfficerId, lane: &str) -> Result<QueueView, ServiceError> {
        if !LANES.contains(&lane) {
            let detail = format!("lane: one of {}", LANES.join(", "));
            return Err(ServiceError::unacceptable("unknown_lane", detail));
        }
        let now = self.now();
        let mut tx = self.db.read().await?;
        let (waiting, standing) = (tx.waiting_cases().await?, tx.standing_clocks().await?);
        let (closed, closed_count) = tx.closed_cases(100).await?;
        let mut counts: BTreeMap<String, u64> = LANES.map(|l| (l.to_owned(), 0)).into();
        for record in &waiting {
            *counts.entry(lane_of(&record.case).to_owned()).or_default() += 1;
        }
        counts.insert("closed".into(), closed_count);
        let mut shown: Vec<CaseRecord> =
            waiting.into_iter().chain(closed).filter(|r| lane_of(&r.case) == lane).collect();
        // Whoever asked for approval cannot give it: what the officer can do comes first.
        shown.sort_by_key(|r| lane == "to_approve" && r.case.officer_id == Some(officer));
        let mut cases = Vec::new();
        for record in shown.into_iter().take(ROWS_MAX) {
            let whose = beneficiary(&mut tx, record.case.beneficiary_id).await?;
            let stands = standing.contains(&record.case.id);
            cases.push(case_row(&record, &whose, stands, (officer, now)));
        }
        Ok(QueueView { cases, counts })
    }
}

fn lane_of(case: &Case) -> &'static str {
    match (case.status, case.kind) {
        (status, _) if status.is_closed() => "closed",
        (CaseStatus::ToApprove, _) => "to_approve",
        (_, CaseKind::FlaggedCall | CaseKind::Photo) => "to_review",
        (_, CaseKind::CallBack | CaseKind::ConfirmAlive | CaseKind::DataConflict) => "call_back",
        (_, CaseKind::Appointment | CaseKind::PaperForm | CaseKind::HomeVisit) => "other",
    }
}

/// A case as a row.
///
/// A case whose clock `stands` is not late, whatever its promise was. `officer` looks at it `now`.
pub(super) fn case_row(
    record: &CaseRecord,
    whose: &Beneficiary,
    stands: bool,
    (officer, now): (OfficerId, DateTime<Utc>),
) -> CaseRow {
    let case = &record.case;
    let reason = |code: &Reason| ReasonView { code: *code, group: code.group() };
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
    }
}
