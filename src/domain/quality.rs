//! Quality control: which automatic passes an officer looks at all the same, cases whose truth is known, and changes of policy by
//! two people.

use super::{
    case::Disposition,
    confirmation::Channel,
    ids::{OfficerId, PolicyChangeId},
    policy::Policy,
    scheme::SchemeState,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Age in bands, as statistics and samples tell people apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// Below 60.
    #[serde(rename = "under_60")]
    Under60,
    /// 60 to 69.
    #[serde(rename = "60_69")]
    From60,
    /// 70 to 79.
    #[serde(rename = "70_79")]
    From70,
    /// 80 to 89.
    #[serde(rename = "80_89")]
    From80,
    /// 90 and older.
    #[serde(rename = "90_over")]
    From90,
}

impl AgeBand {
    /// All bands, the young first.
    pub const ALL: [Self; 5] =
        [Self::Under60, Self::From60, Self::From70, Self::From80, Self::From90];

    /// The band of an age in years.
    pub const fn of(years: u32) -> Self {
        match years {
            ..=59 => Self::Under60,
            60..=69 => Self::From60,
            70..=79 => Self::From70,
            80..=89 => Self::From80,
            _ => Self::From90,
        }
    }
}

/// A share of 10,000.
pub const WHOLE: u32 = 10_000;

/// Another share for some passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareFor {
    /// Passes by this channel.
    pub channel: Channel,
    /// Of people of this age.
    pub age_band: AgeBand,
    /// Of 10,000.
    pub share: u32,
}

/// How many of the automatic passes an officer looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingRule {
    /// Of 10,000, where nothing else is said.
    pub share: u32,
    /// Where something else is said.
    #[serde(default)]
    pub shares: Vec<ShareFor>,
}

impl SamplingRule {
    /// The share for a pass.
    pub fn share_of(&self, channel: Channel, age_band: AgeBand) -> u32 {
        let other = |s: &&ShareFor| s.channel == channel && s.age_band == age_band;
        self.shares.iter().find(other).map_or(self.share, |s| s.share)
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for share in self.shares.iter().map(|s| s.share).chain([self.share]) {
            if share > WHOLE {
                faults.push(format!("share: {share} of {WHOLE} is more than all"));
            }
        }
        // Only a call leaves a picture to look at.
        if self.shares.iter().any(|s| s.channel != Channel::VideoAuto) {
            faults
                .push("shares: of video_auto only; other ways pass nothing without people".into());
        }
        for (nth, one) in self.shares.iter().enumerate() {
            let twin = |s: &ShareFor| s.channel == one.channel && s.age_band == one.age_band;
            if self.shares[..nth].iter().any(twin) {
                faults.push("shares: an age band stands there twice".into());
            }
        }
        faults
    }
}

/// Whether a value, even over all 64-bit numbers, falls into a share of 10,000.
pub fn drawn(value: u64, share: u32) -> bool {
    u128::from(value) * u128::from(WHOLE) < u128::from(share) << 64
}

/// One draw, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// By which channel it passed.
    pub channel: Channel,
    /// Age of the person.
    pub age_band: AgeBand,
    /// Version of the rule; 0: the settings.
    pub rule_version: u32,
    /// Of 10,000.
    pub share: u32,
    /// What was drawn.
    pub value: u64,
    /// An officer looks at it.
    pub drawn: bool,
}

/// What is changed by two people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "terms", rename_all = "snake_case")]
pub enum Terms {
    /// How many automatic passes are looked at.
    Sampling(SamplingRule),
    /// The limits of the decision.
    Decision(Box<Policy>),
}

/// Kinds of [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsKind {
    /// Of [`Terms::Sampling`].
    Sampling,
    /// Of [`Terms::Decision`].
    Decision,
}

impl Terms {
    /// Which kind.
    pub const fn kind(&self) -> TermsKind {
        match self {
            Self::Sampling(_) => TermsKind::Sampling,
            Self::Decision(_) => TermsKind::Decision,
        }
    }

    /// What is wrong with them.
    pub fn faults(&self) -> Vec<String> {
        match self {
            Self::Sampling(rule) => rule.faults(),
            Self::Decision(policy) => policy.faults(),
        }
    }
}

/// A change of policy: proposed by one, decided about by another, in force from a day on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// Id.
    pub id: PolicyChangeId,
    /// Counts the changes of a kind, from 1.
    pub version: u32,
    /// What will hold.
    #[serde(flatten)]
    pub terms: Terms,
    /// From which day on.
    pub effective_from: NaiveDate,
    /// Why, in the proposer's words.
    pub reason: String,
    /// Where it stands.
    pub state: SchemeState,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
    /// By whom.
    pub proposer_id: OfficerId,
    /// When it was decided about.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub approver_id: Option<OfficerId>,
}

/// The approved change of a kind that holds on a day; none before the first one.
pub fn in_force(
    changes: &[PolicyChange],
    kind: TermsKind,
    today: NaiveDate,
) -> Option<&PolicyChange> {
    changes
        .iter()
        .filter(|c| c.terms.kind() == kind && c.state == SchemeState::Approved)
        .filter(|c| c.effective_from <= today)
        .max_by_key(|c| (c.effective_from, c.version))
}

/// What is known to be true of a case that was seeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// The call shows the person of the reference.
    SamePerson,
    /// The call shows somebody else than the reference.
    OtherPerson,
    /// The call was a deception, as two officers found.
    Attack,
}

impl Truth {
    /// All.
    pub const ALL: [Self; 3] = [Self::SamePerson, Self::OtherPerson, Self::Attack];

    /// Whether a decision is the right one: who should be confirmed is, and nobody else. `None`: it decides nothing yet.
    pub fn judges(self, disposition: &Disposition) -> Option<bool> {
        let confirmed = match disposition {
            Disposition::Confirm | Disposition::Approve => true,
            Disposition::PassOn { .. } | Disposition::Escalate { .. } => return None,
            Disposition::AskAgain { .. }
            | Disposition::CallBack { .. }
            | Disposition::Visit { .. }
            | Disposition::Mail { .. }
            | Disposition::Refuse { .. } => false,
        };
        Some(confirmed == (self == Self::SamePerson))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fall_into_one_band() {
        use AgeBand as A;
        let of: Vec<AgeBand> = [0, 59, 60, 69, 70, 79, 80, 89, 90, 120].map(AgeBand::of).into();
        let expected = [
            A::Under60,
            A::Under60,
            A::From60,
            A::From60,
            A::From70,
            A::From70,
            A::From80,
            A::From80,
            A::From90,
            A::From90,
        ];
        assert_eq!(of, expected);
        assert_eq!(super::super::name::name_of(&A::From90).unwrap(), "90_over");
    }

    #[test]
    fn shares_draw_what_they_say() {
        assert!(!drawn(0, 0) && !drawn(u64::MAX, 0));
        assert!(drawn(0, WHOLE) && drawn(u64::MAX, WHOLE));
        assert!(drawn(0, 1));
        let limit = u64::MAX / 20;
        assert!(drawn(limit, 500) && !drawn(limit + 20, 500), "5 %: one in twenty");
    }

    #[test]
    fn a_rule_tells_ages_apart_and_refuses_nonsense() {
        let share = |age_band, share| ShareFor { channel: Channel::VideoAuto, age_band, share };
        let rule = SamplingRule { share: 100, shares: vec![share(AgeBand::From90, 2_000)] };
        assert_eq!(rule.faults(), Vec::<String>::new());
        assert_eq!(rule.share_of(Channel::VideoAuto, AgeBand::From90), 2_000);
        assert_eq!(rule.share_of(Channel::VideoAuto, AgeBand::From60), 100);
        let twice = SamplingRule { shares: vec![share(AgeBand::From90, 1); 2], ..rule.clone() };
        assert_eq!(twice.faults().len(), 1);
        let much = SamplingRule { share: WHOLE + 1, ..rule.clone() };
        assert_eq!(much.faults().len(), 1);
        let mail = ShareFor { channel: Channel::Mail, ..rule.shares[0] };
        assert_eq!(SamplingRule { shares: vec![mail], ..rule }.faults().len(), 1);
    }

    #[test]
    fn the_newest_approved_change_that_has_begun_holds() {
        let officer = OfficerId::new();
        let change = |version, from: &str, state| PolicyChange {
            id: PolicyChangeId::new(),
            version,
            terms: Terms::Sampling(SamplingRule { share: version, shares: Vec::new() }),
            effective_from: from.parse().unwrap(),
            reason: "x".into(),
            state,
            proposed_at: DateTime::UNIX_EPOCH,
            proposer_id: officer,
            decided_at: None,
            approver_id: None,
        };
        let changes = [
            change(1, "2026-01-01", SchemeState::Approved),
            change(2, "2026-03-01", SchemeState::Approved),
            change(3, "2026-02-01", SchemeState::Rejected),
            change(4, "2026-02-02", SchemeState::Proposed),
        ];
        let on = |day: &str| {
            in_force(&changes, TermsKind::Sampling, day.parse().unwrap()).map(|c| c.version)
        };
        assert_eq!(on("2025-12-31"), None);
        assert_eq!(on("2026-02-28"), Some(1));
        assert_eq!(on("2026-03-01"), Some(2));
        assert!(in_force(&changes, TermsKind::Decision, "2027-01-01".parse().unwrap()).is_none());
    }

    #[test]
    fn a_check_is_right_when_only_the_person_is_confirmed() {
        let note = String::new;
        let ask = Disposition::Visit { note: note() };
        for truth in Truth::ALL {
            let same = truth == Truth::SamePerson;
            assert_eq!(truth.judges(&Disposition::Confirm), Some(same));
            assert_eq!(truth.judges(&ask), Some(!same));
            assert_eq!(truth.judges(&Disposition::PassOn { note: note() }), None);
        }
    }
}
