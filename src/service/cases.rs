//! What every case shares: its number, its promise, and what may be done with it.

use super::{Service, ServiceError, beneficiary};
use crate::{
    clock::china_date,
    domain::{
        case::{AskAgainBecause, Case, CaseKind, CaseStatus, Disposition, RefuseBecause},
        confirmation::Channel,
        ids::{BeneficiaryId, CaseId, OfficerId},
        queue::{Lane, Urgency, harm, risk},
        role::{Act, Role, reach},
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
        let whose = beneficiary(tx, beneficiary_id).await?;
        let urgency = Urgency {
            answer_on: china_date(case.answer_by),
            harm: harm(china_date(at), whose.due_on),
            away: false,
            risk: risk(&case.reasons),
            opened_at: at,
        };
        Ok(NewCase {
            case,
            number,
            link_id: None,
            wish: None,
            wish_phone: None,
            urgency,
            claim: None,
            snoozed_until: DateTime::UNIX_EPOCH,
            for_officer: None,
            online_until: DateTime::UNIX_EPOCH,
            proposal: None,
            before: None,
        })
    }

    /// Whether a second officer has to agree: to every refusal; to a confirmation with attack or data reasons, against a face
    /// that the comparison put far away, or of what the machine has not seen at all; and to anything but a confirmation where
    /// the machine had confirmed, whichever way it leads.
    ///
    /// `live`: the officer saw the person in a live call, and whether the machine saw another face there.
    pub(super) fn needs_four_eyes(
        &self,
        case: &Case,
        disposition: &Disposition,
        live: Option<bool>,
    ) -> bool {
        let grave = |r: &Reason| {
            matches!(r.group(), ReasonGroup::Attack | ReasonGroup::Data) || *r == Reason::FarBelow
        };
        let machine_confirmed = case.reasons == [Reason::RandomSample];
        match disposition {
            Disposition::Refuse { .. } => true,
            Disposition::Confirm => {
                let unseen = case.kind != CaseKind::FlaggedCall;
                let doubtful = live.unwrap_or(unseen) || case.reasons.iter().any(grave);
                self.settings.console.four_eyes && doubtful
            }
            Disposition::AskAgain { .. }
            | Disposition::CallBack { .. }
            | Disposition::Visit { .. }
            | Disposition::Mail { .. } => self.settings.console.four_eyes && machine_confirmed,
            Disposition::PassOn { .. } | Disposition::Escalate { .. } | Disposition::Approve => {
                false
            }
        }
    }
}

/// The channel by which a case confirms where it stands: only what an officer can look at in it. A call back leads to a new link; a form
/// is keyed by two people; a visit, and whoever comes to the counter, is recorded with a picture and checked by somebody else.
pub(super) fn channel_of(status: CaseStatus, kind: CaseKind) -> Option<Channel> {
    match (status, kind) {
        (CaseStatus::ToVisit | CaseStatus::ToMail, _) => None,
        (_, CaseKind::FlaggedCall | CaseKind::Photo) => Some(Channel::Review),
        _ => None,
    }
}

/// The act that a decision about a case is.
pub(super) fn act_of(case: &Case, disposition: &Disposition) -> Act {
    let on_site =
        matches!(Lane::of(case.kind, case.status, &case.reasons), Lane::Visit | Lane::Mail)
            || matches!(
                case.kind,
                CaseKind::Appointment | CaseKind::HomeVisit | CaseKind::PaperForm
            );
    match disposition {
        Disposition::Approve => Act::Approve,
        Disposition::Confirm if case.status == CaseStatus::ToApprove => Act::Approve,
        Disposition::Refuse { .. } => Act::Refuse,
        // Disagreeing with a colleague's proposal is the approver's.
        _ if case.status == CaseStatus::ToApprove => Act::Claim,
        _ if on_site => Act::DisposeOnSite,
        _ => Act::Dispose,
    }
}

/// What an officer may do with a case now, as named in [`super::views::CaseView::may`].
pub(super) fn may(case: &Case, officer: OfficerId, roles: &[Role]) -> Vec<&'static str> {
    let own = case.officer_id == Some(officer);
    let allowed = |disposition: &Disposition| {
        let act = act_of(case, disposition);
        // A proposal is its proposer's; anything else about a case belongs to nobody.
        reach(roles, act).covers(own && act == Act::Approve)
    };
    let escalated = case.status == CaseStatus::Escalated && !roles.contains(&Role::Supervisor);
    if case.status.is_closed() || escalated {
        return Vec::new();
    }
    let note = String::new;
    let mut may = Vec::new();
    if case.status == CaseStatus::ToApprove {
        if !own && allowed(&Disposition::Approve) {
            may.push("approve");
        }
    } else if channel_of(case.status, case.kind).is_some() && allowed(&Disposition::Confirm) {
        may.push("confirm");
    }
    let because = AskAgainBecause::NotSure;
    if allowed(&Disposition::AskAgain { because }) {
        may.push("ask_again");
    }
    if allowed(&Disposition::PassOn { note: note() }) {
        may.push("pass_on");
    }
    if case.status != CaseStatus::ToApprove && allowed(&Disposition::CallBack { note: note() }) {
        let here = Lane::of(case.kind, case.status, &case.reasons);
        let ways = [("call_back", Lane::CallBack), ("visit", Lane::Visit), ("mail", Lane::Mail)];
        may.extend(ways.into_iter().filter(|(_, lane)| *lane != here).map(|(word, _)| word));
        if case.status != CaseStatus::Escalated {
            may.push("escalate");
        }
        let refuse = Disposition::Refuse { because: RefuseBecause::OtherGround, text: note() };
        if allowed(&refuse) {
            may.push("refuse");
        }
        if reach(roles, Act::CallLive).at_all() {
            may.push("live_call");
        }
    }
    may
}
