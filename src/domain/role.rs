//! Who may do what at the console: one table of role × act. Nothing that is not in it is allowed.

use super::ids::OfficerId;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What somebody at the bureau is there for. One person may hold several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reviews cases.
    Officer,
    /// Approves what an officer decided.
    Approver,
    /// Decides about visits, appointments and forms at a township station.
    StationClerk,
    /// Approves, looks after officers, changes policy.
    Supervisor,
    /// Takes the continuation file to the paying bank.
    PaymentClerk,
    /// Reads what was done.
    Auditor,
}

/// What can be asked of the console. Every route of it names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// One's own desk: who am I, sign out, own sessions and passkeys, prove again who one is.
    OwnDesk,
    /// See the lanes.
    SeeQueue,
    /// Open a case: names, reasons, findings.
    SeeCase,
    /// Look at a face.
    SeeFace,
    /// Take the next case, keep it, give it back, put it off, hand it over.
    Claim,
    /// Decide about a call or a photograph.
    Dispose,
    /// Decide about a visit, an appointment, a form.
    DisposeOnSite,
    /// Ring a person and talk with them by video.
    CallLive,
    /// Propose to refuse a confirmation.
    Refuse,
    /// Agree to what another officer decided.
    Approve,
    /// See who works here, with their roles and sessions.
    SeeOfficers,
    /// Invite somebody, or an officer anew.
    Invite,
    /// Give and take roles.
    SetRoles,
    /// End somebody's sessions.
    RevokeSessions,
    /// Propose a changed policy or scheme: shares of the sample, limits of the decision, terms of the cycle.
    ProposePolicy,
    /// Agree to a changed policy or scheme.
    ApprovePolicy,
    /// See how well officers and machine decide: samples, checks, error rates, the policy in force.
    SeeQuality,
    /// Put a case of known truth into the queue.
    SeedCase,
    /// See figures about the service.
    SeeStatistics,
    /// Read the audit.
    SeeAudit,
    /// Take a case out of the house, for a court.
    ExportCase,
    /// Take the continuation file.
    TakeContinuationFile,
    /// See the county's figures: due by month, confirmed by channel, overdue by township.
    SeeCounty,
    /// Search the roster, see due lists and a person's whole history.
    SeePeople,
    /// Investigate what became of somebody, and propose to stop or end a benefit.
    ProposeStop,
    /// Run batches and see how far they are.
    RunBatches,
    /// Import the roster, count due dates, send notices.
    KeepRoster,
}

/// How far an act reaches: about oneself (one's own sessions, one's own decision), about others, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Not at all.
    Never,
    /// What is one's own.
    Own,
    /// What is another's.
    Others,
    /// Both.
    All,
}

impl Role {
    /// All roles, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Officer,
        Self::Approver,
        Self::StationClerk,
        Self::Supervisor,
        Self::PaymentClerk,
        Self::Auditor,
    ];

    /// Whether a password alone is too little for this role: it decides about people, or about who decides.
    pub const fn decides(self) -> bool {
        !matches!(self, Self::PaymentClerk | Self::Auditor)
    }

    /// The table.
    #[allow(clippy::match_same_arms, clippy::unnested_or_patterns)] // in the order of the acts
    pub const fn reach(self, act: Act) -> Reach {
        use {Act as A, Reach as R, Role as W};
        match (act, self) {
            (A::OwnDesk, _) | (A::RevokeSessions, W::Officer | W::Approver) => R::Own,
            (A::RevokeSessions, W::StationClerk | W::PaymentClerk | W::Auditor) => R::Own,
            (A::RevokeSessions | A::SeeOfficers | A::Invite, W::Supervisor) => R::All,
            // Nobody raises themselves, and nobody approves their own.
            (A::SetRoles | A::Approve, W::Supervisor) | (A::Approve, W::Approver) => R::Others,
            (A::ApprovePolicy, W::Supervisor) => R::Others,
            (A::SeedCase, W::Supervisor)
            | (A::SeeQuality | A::ExportCase, W::Supervisor | W::Auditor) => R::All,
            (
                A::SeeQueue | A::SeeCase,
                W::Officer | W::Approver | W::StationClerk | W::Supervisor | W::Auditor,
            )
            | (A::SeeFace, W::Officer | W::Approver | W::StationClerk | W::Supervisor)
            | (A::Claim, W::Officer | W::Approver | W::StationClerk | W::Supervisor)
            | (A::Dispose | A::CallLive | A::Refuse, W::Officer | W::Supervisor)
            | (A::DisposeOnSite, W::Officer | W::StationClerk | W::Supervisor)
            | (A::SeeStatistics, W::Supervisor | W::Auditor)
            | (A::SeeAudit, W::Supervisor | W::Auditor)
            | (A::TakeContinuationFile, W::PaymentClerk) => R::All,
            (A::SeeOfficers, W::Auditor) | (A::SeeCounty, _) => R::All,
            (
                A::SeePeople,
                W::Officer | W::Approver | W::StationClerk | W::Supervisor | W::Auditor,
            )
            | (A::ProposeStop, W::Officer | W::Supervisor)
            | (A::RunBatches, W::Supervisor | W::PaymentClerk)
            | (A::ProposePolicy | A::KeepRoster, W::Supervisor) => R::All,
            (
                A::SeeQueue
                | A::SeeCase
                | A::SeeFace
                | A::Claim
                | A::Dispose
                | A::DisposeOnSite
                | A::CallLive
                | A::Refuse
                | A::Approve
                | A::SeeOfficers
                | A::Invite
                | A::SetRoles
                | A::ProposePolicy
                | A::ApprovePolicy
                | A::SeeQuality
                | A::SeedCase
                | A::SeeStatistics
                | A::SeeAudit
                | A::ExportCase
                | A::TakeContinuationFile
                | A::SeePeople
                | A::ProposeStop
                | A::RunBatches
                | A::KeepRoster,
                _,
            ) => R::Never,
        }
    }
}

impl Act {
    /// All acts, in the order of the table.
    pub const ALL: [Self; 27] = [
        Self::OwnDesk,
        Self::SeeQueue,
        Self::SeeCase,
        Self::SeeFace,
        Self::Claim,
        Self::Dispose,
        Self::DisposeOnSite,
        Self::CallLive,
        Self::Refuse,
        Self::Approve,
        Self::SeeOfficers,
        Self::Invite,
        Self::SetRoles,
        Self::RevokeSessions,
        Self::ProposePolicy,
        Self::ApprovePolicy,
        Self::SeeQuality,
        Self::SeedCase,
        Self::SeeStatistics,
        Self::SeeAudit,
        Self::ExportCase,
        Self::TakeContinuationFile,
        Self::SeeCounty,
        Self::SeePeople,
        Self::ProposeStop,
        Self::RunBatches,
        Self::KeepRoster,
    ];

    /// Decisions that hurt when somebody else sits at an open desk: whoever takes them has shown within
    /// [`PROOF_MINUTES`] who they are.
    pub const fn wants_proof(self) -> bool {
        matches!(
            self,
            Self::Refuse
                | Self::SetRoles
                | Self::Invite
                | Self::ProposePolicy
                | Self::ApprovePolicy
                | Self::ProposeStop
                | Self::ExportCase
        )
    }
}

/// How long a proof of who one is holds for decisions that hurt, minutes.
pub const PROOF_MINUTES: i64 = 5;

impl Reach {
    /// Whether the act may be done at all.
    pub const fn at_all(self) -> bool {
        !matches!(self, Self::Never)
    }

    /// Whether the act may be done to what is `own`, or another's.
    pub const fn covers(self, own: bool) -> bool {
        match self {
            Self::Never => false,
            Self::Own => own,
            Self::Others => !own,
            Self::All => true,
        }
    }

    const fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, reach) | (reach, Self::Never) => reach,
            (Self::Own, Self::Own) => Self::Own,
            (Self::Others, Self::Others) => Self::Others,
            _ => Self::All,
        }
    }
}

/// How far an act reaches for somebody with these roles.
pub fn reach(roles: &[Role], act: Act) -> Reach {
    roles.iter().fold(Reach::Never, |reach, role| reach.with(role.reach(act)))
}

/// Whether somebody with these roles may do `act` about what belongs to `whose`.
pub fn allows(roles: &[Role], act: Act, who: OfficerId, whose: Option<OfficerId>) -> bool {
    reach(roles, act).covers(whose == Some(who))
}

/// The table as it stands in `docs/ROLES.md`.
pub fn table() -> String {
    let name = |value: &dyn Fn() -> Option<String>| value().unwrap_or_default();
    let mut text = String::from("| act |");
    for role in Role::ALL {
        let _ = write!(text, " {} |", name(&|| super::name::name_of(&role)));
    }
    text.push_str(" proof anew |\n|---|");
    text.push_str(&"---|".repeat(Role::ALL.len() + 1));
    for act in Act::ALL {
        let _ = write!(text, "\n| {} |", name(&|| super::name::name_of(&act)));
        for role in Role::ALL {
            let cell = match role.reach(act) {
                Reach::Never => "–",
                Reach::Own => "own",
                Reach::Others => "others'",
                Reach::All => "yes",
            };
            let _ = write!(text, " {cell} |");
        }
        text.push_str(if act.wants_proof() { " yes |" } else { " |" });
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_the_table() {
        let document = include_str!("../../docs/ROLES.md");
        let table = table();
        assert!(document.contains(&table), "docs/ROLES.md must hold this table:\n{table}");
    }

    #[test]
    fn all_acts_and_roles_are_listed_once() {
        let mut acts = Act::ALL.to_vec();
        acts.sort();
        acts.dedup();
        assert_eq!(acts.len(), Act::KeepRoster as usize + 1);
        let mut roles = Role::ALL.to_vec();
        roles.sort();
        roles.dedup();
        assert_eq!(roles.len(), Role::Auditor as usize + 1);
    }

    #[test]
    fn nobody_raises_themselves_or_approves_their_own_whatever_roles_they_hold() {
        let all = Role::ALL;
        for act in [Act::Approve, Act::SetRoles, Act::ApprovePolicy] {
            assert_eq!(reach(&all, act), Reach::Others, "{act:?}");
        }
        let me = OfficerId::new();
        assert!(!allows(&all, Act::Approve, me, Some(me)));
        assert!(allows(&all, Act::Approve, me, Some(OfficerId::new())));
        assert!(Act::ALL.iter().all(|act| !reach(&[], *act).at_all()), "no role, no act");
    }

    #[test]
    fn roles_add_up() {
        let both = [Role::Officer, Role::Supervisor];
        assert_eq!(reach(&both, Act::RevokeSessions), Reach::All);
        assert_eq!(reach(&both, Act::Dispose), Reach::All);
        assert_eq!(reach(&[Role::Auditor], Act::SeeFace), Reach::Never);
    }
}
