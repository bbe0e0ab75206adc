//! The way of a case as data: from where, by which decision, to where, and whether two must agree. `docs/CASES.md` shows the same as
//! a picture and a test holds it against this.

use super::{
    case::{AskAgainBecause, CaseKind, CaseStatus, Disposition, RefuseBecause},
    name::name_of,
    queue::Lane,
};
use std::fmt::Write as _;

/// Who has to agree to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// One officer decides.
    One,
    /// Two, where the machine saw an attack, data or a face far away, or had decided otherwise.
    TwoWhenGrave,
    /// Two, always.
    Two,
}

impl Disposition {
    /// Where a case goes by it; an approval goes where the proposal goes.
    pub const fn leads_to(&self) -> CaseStatus {
        match self {
            Self::Confirm | Self::Approve => CaseStatus::Confirmed,
            Self::AskAgain { .. } => CaseStatus::AskedAgain,
            Self::PassOn { .. } => CaseStatus::PassedOn,
            Self::CallBack { .. } => CaseStatus::ToCallBack,
            Self::Visit { .. } => CaseStatus::ToVisit,
            Self::Mail { .. } => CaseStatus::ToMail,
            Self::Escalate { .. } => CaseStatus::Escalated,
            Self::Refuse { .. } => CaseStatus::Refused,
        }
    }

    /// Who has to agree to it.
    pub const fn agreed(&self) -> Agreed {
        match self {
            Self::Refuse { .. } => Agreed::Two,
            Self::Confirm
            | Self::AskAgain { .. }
            | Self::CallBack { .. }
            | Self::Visit { .. }
            | Self::Mail { .. } => Agreed::TwoWhenGrave,
            Self::PassOn { .. } | Self::Escalate { .. } | Self::Approve => Agreed::One,
        }
    }

    /// One of each that a case can be decided by, in the order of the console.
    pub fn examples() -> [Self; 8] {
        let note = String::new;
        [
            Self::Confirm,
            Self::AskAgain { because: AskAgainBecause::NotSure },
            Self::PassOn { note: note() },
            Self::CallBack { note: note() },
            Self::Visit { note: note() },
            Self::Mail { note: note() },
            Self::Escalate { note: note() },
            Self::Refuse { because: RefuseBecause::OtherGround, text: note() },
        ]
    }

    /// Its stable name.
    pub fn name(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value["disposition"].as_str().unwrap_or_default().to_owned()
    }
}

const KINDS: [CaseKind; 8] = [
    CaseKind::FlaggedCall,
    CaseKind::Photo,
    CaseKind::CallBack,
    CaseKind::Appointment,
    CaseKind::PaperForm,
    CaseKind::HomeVisit,
    CaseKind::ConfirmAlive,
    CaseKind::DataConflict,
];

/// The picture, as Mermaid draws it: where cases come from, where they wait, and how they end.
pub fn picture() -> String {
    let word = |status: CaseStatus| name_of(&status).unwrap_or_default();
    let lane = |lane: Lane| name_of(&lane).unwrap_or_default();
    let mut text = String::from("```mermaid\nflowchart LR\n");
    for kind in KINDS {
        let kind_word = name_of(&kind).unwrap_or_default();
        let waits = lane(Lane::of(kind, CaseStatus::Open, &[]));
        let _ = writeln!(text, "  {kind_word}([{kind_word}]) --> {waits}");
    }
    let _ = writeln!(text, "  random_sample([random_sample]) --> sample");
    for disposition in Disposition::examples() {
        let (name, to) = (disposition.name(), disposition.leads_to());
        let arrow = match disposition.agreed() {
            Agreed::One => "-->",
            Agreed::TwoWhenGrave => "-.->",
            Agreed::Two => "==>",
        };
        let _ = writeln!(text, "  officer{{officer}} {arrow}|{name}| {}", word(to));
    }
    for waits in [Lane::ToReview, Lane::CallBack, Lane::Visit, Lane::Mail, Lane::Sample] {
        let _ = writeln!(text, "  {} --> officer", lane(waits));
    }
    for (status, waits) in [
        (CaseStatus::PassedOn, Lane::ToReview),
        (CaseStatus::ToCallBack, Lane::CallBack),
        (CaseStatus::ToVisit, Lane::Visit),
        (CaseStatus::ToMail, Lane::Mail),
    ] {
        let _ = writeln!(text, "  {} --> {}", word(status), lane(waits));
    }
    let _ = writeln!(text, "  escalated --> supervisor{{supervisor}} --> officer");
    text.push_str("```\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_the_data() {
        let document = include_str!("../../docs/CASES.md");
        let picture = picture();
        assert!(document.contains(&picture), "docs/CASES.md must hold this picture:\n{picture}");
    }

    #[test]
    fn what_moves_a_case_to_a_lane_leads_to_that_lane() {
        for (disposition, lane) in [
            (Disposition::CallBack { note: String::new() }, Lane::CallBack),
            (Disposition::Visit { note: String::new() }, Lane::Visit),
            (Disposition::Mail { note: String::new() }, Lane::Mail),
        ] {
            let status = disposition.leads_to();
            assert!(KINDS.iter().all(|kind| Lane::of(*kind, status, &[]) == lane));
        }
        let ends = Disposition::examples().into_iter().filter(|d| d.leads_to().is_closed());
        let ends: Vec<String> = ends.map(|d| d.name()).collect();
        assert_eq!(ends, ["confirm", "ask_again", "refuse"], "nothing else ends a case");
    }
}
