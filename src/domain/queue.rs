//! The officers' queue: in which lane a case waits, and which case comes next.

use super::{
    case::{CaseKind, CaseStatus},
    verdict::{Reason, ReasonGroup},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A lane of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Somebody wants to speak to an officer and has the page open now.
    Live,
    /// Calls and photographs that the machine did not confirm.
    ToReview,
    /// What another officer decided and a second one must see.
    ToApprove,
    /// Somebody wants to be called.
    CallBack,
    /// Home visits and appointments.
    Visit,
    /// Paper forms.
    Mail,
    /// Automatic passes that are looked at all the same.
    Sample,
    /// Decided.
    Closed,
}

impl Lane {
    /// All lanes, in the order of the day.
    pub const ALL: [Self; 8] = [
        Self::Live,
        Self::ToReview,
        Self::ToApprove,
        Self::CallBack,
        Self::Visit,
        Self::Mail,
        Self::Sample,
        Self::Closed,
    ];

    /// The lane of a case, whoever is online.
    pub fn of(kind: CaseKind, status: CaseStatus, reasons: &[Reason]) -> Self {
        match (status, kind) {
            (status, _) if status.is_closed() => Self::Closed,
            (CaseStatus::ToCallBack, _) => Self::CallBack,
            (CaseStatus::ToVisit, _) => Self::Visit,
            (CaseStatus::ToMail, _) => Self::Mail,
            (CaseStatus::ToApprove, _) => Self::ToApprove,
            (_, CaseKind::FlaggedCall) if reasons == [Reason::RandomSample] => Self::Sample,
            (_, CaseKind::FlaggedCall | CaseKind::Photo) => Self::ToReview,
            (_, CaseKind::CallBack | CaseKind::ConfirmAlive | CaseKind::DataConflict) => {
                Self::CallBack
            }
            (_, CaseKind::Appointment | CaseKind::HomeVisit) => Self::Visit,
            (_, CaseKind::PaperForm) => Self::Mail,
        }
    }
}

/// How long a claim holds without a sign of life of the officer (DOMAIN §7).
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// How long somebody counts as online after the page was last heard.
pub const ONLINE: TimeDelta = TimeDelta::seconds(60);

/// Which case comes first: the field that stands first decides first (DOMAIN §7: legal deadline, harm if late, person online
/// now, risk); then the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    /// Day of the legal deadline. Days, not minutes: among cases of one day the other grounds decide.
    pub answer_on: NaiveDate,
    /// What a late answer does: 0 the payment is at stake already, up to 3 no harm soon.
    pub harm: u8,
    /// Nobody has the page open now.
    pub away: bool,
    /// 0 signs of fraud or of death, 1 a doubtful comparison, 2 anything else.
    pub risk: u8,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

/// Harm of a late answer by the days left until the confirmation is due: after it the payment can be cut off.
pub fn harm(today: NaiveDate, due_on: NaiveDate) -> u8 {
    match (due_on - today).num_days() {
        ..=7 => 0,
        8..=30 => 1,
        31..=90 => 2,
        _ => 3,
    }
}

/// Risk by the gravest reason.
pub fn risk(reasons: &[Reason]) -> u8 {
    let of = |reason: &Reason| match reason.group() {
        ReasonGroup::Attack | ReasonGroup::Data => 0,
        ReasonGroup::Match | ReasonGroup::People => 1,
        _ => 2,
    };
    reasons.iter().map(of).min().unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urgency(answer_on: &str, harm: u8, away: bool, risk: u8, opened_at: &str) -> Urgency {
        let opened_at = opened_at.parse().unwrap();
        Urgency { answer_on: answer_on.parse().unwrap(), harm, away, risk, opened_at }
    }

    #[test]
    fn deadline_then_harm_then_who_is_there_then_risk_then_age() {
        let early = "2026-11-23T02:00:00Z";
        let sorted = [
            urgency("2026-11-24", 3, true, 2, "2026-11-23T09:00:00Z"),
            urgency("2026-11-25", 0, true, 2, early),
            urgency("2026-11-25", 1, false, 2, early),
            urgency("2026-11-25", 1, true, 0, early),
            urgency("2026-11-25", 1, true, 1, early),
            urgency("2026-11-25", 1, true, 1, "2026-11-23T03:00:00Z"),
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        shuffled.sort();
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn harm_grows_towards_the_due_date() {
        let day = |text: &str| text.parse().unwrap();
        let of = |due: &str| harm(day("2026-11-25"), day(due));
        assert_eq!(
            [
                of("2026-10-31"),
                of("2026-12-02"),
                of("2026-12-03"),
                of("2027-01-31"),
                of("2027-11-30")
            ],
            [0, 0, 1, 2, 3]
        );
    }

    #[test]
    fn risk_is_that_of_the_gravest_reason() {
        assert_eq!(risk(&[Reason::TooDark, Reason::FlatSurface]), 0);
        assert_eq!(risk(&[Reason::BelowAccept, Reason::TooDark]), 1);
        assert_eq!(risk(&[]), 2);
    }

    #[test]
    fn lanes_follow_kind_and_status() {
        use {CaseKind as K, CaseStatus as S};
        let sample = [Reason::RandomSample];
        assert_eq!(Lane::of(K::FlaggedCall, S::Open, &sample), Lane::Sample);
        assert_eq!(Lane::of(K::FlaggedCall, S::ToApprove, &sample), Lane::ToApprove);
        assert_eq!(Lane::of(K::FlaggedCall, S::PassedOn, &[Reason::TooDark]), Lane::ToReview);
        assert_eq!(Lane::of(K::PaperForm, S::Open, &[]), Lane::Mail);
        assert_eq!(Lane::of(K::HomeVisit, S::Confirmed, &[]), Lane::Closed);
    }
}
