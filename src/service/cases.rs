//! What every case shares: its number, its promise, and what may be done with it.

use super::{Service, ServiceError};
use crate::{
    clock::china_date,
    domain::{
        case::{Case, CaseKind, CaseStatus},
        confirmation::Channel,
        ids::{BeneficiaryId, CaseId, OfficerId},
        verdict::{Reason, ReasonGroup},
    },
    storage::{NewCase, Tx},
};
use chrono::{DateTime, Datelike, Utc};

impl Service {
    /// A new open case with its number and promise; not stored yet.
    pub(super) async fn case_about(
        &self,
        tx: &mut Tx,
        beneficiary_id: BeneficiaryId,
        kind: CaseKind,
        reasons: Vec<Reason>,
        at: DateTime<Utc>,
    ) -> Result<NewCase, ServiceError> {
        let year = china_date(at).year();
        let count = tx.next(&format!("case-{year}")).await?;
        let case = Case {
            id: CaseId::new(),
            beneficiary_id,
            kind,
            status: CaseStatus::Open,
            call_id: None,
            reasons,
            opened_at: at,
            answer_by: self.answer_by(tx, kind, at).await?,
            officer_id: None,
            version: 1,
        };
        // Digits only: it is read out on the telephone.
        let number = format!("{year}-{count:05}");
        Ok(NewCase { case, number, link_id: None, wish: None, wish_phone: None })
    }

    /// Whether a second officer has to agree to a confirmation: attack or data reasons, an officer's word against a face that
    /// the comparison put far away, and everything the machine has not seen at all.
    pub(super) fn needs_four_eyes(&self, case: &Case) -> bool {
        let grave = |r: &Reason| {
            matches!(r.group(), ReasonGroup::Attack | ReasonGroup::Data) || *r == Reason::FarBelow
        };
        self.settings.console.four_eyes
            && (case.kind != CaseKind::FlaggedCall || case.reasons.iter().any(grave))
    }
}

/// The channel by which a case of this kind confirms. A call back alone confirms nobody: it leads to a new link.
pub(super) fn channel_of(kind: CaseKind) -> Option<Channel> {
    match kind {
        CaseKind::FlaggedCall | CaseKind::Photo => Some(Channel::Review),
        CaseKind::Appointment => Some(Channel::Station),
        CaseKind::PaperForm => Some(Channel::Mail),
        CaseKind::HomeVisit => Some(Channel::HomeVisit),
        CaseKind::CallBack | CaseKind::ConfirmAlive | CaseKind::DataConflict => None,
    }
}

/// What an officer may do with a case now, as named in [`super::views::CaseView::may`].
pub(super) fn may(case: &Case, officer: OfficerId) -> Vec<&'static str> {
    let confirm = match case.status {
        status if status.is_closed() => return Vec::new(),
        CaseStatus::ToApprove => (case.officer_id != Some(officer)).then_some("approve"),
        _ => channel_of(case.kind).map(|_| "confirm"),
    };
    confirm.into_iter().chain(["ask_again", "pass_on"]).collect()
}
