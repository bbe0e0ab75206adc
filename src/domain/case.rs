//! Cases: what waits for a verification officer.

use super::{
    ids::{BeneficiaryId, CallId, CaseId, LiveCallId, OfficerId},
    verdict::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why there is a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// A call that the machine flagged.
    FlaggedCall,
    /// A photograph sent instead of a call.
    Photo,
    /// The person wants to speak to somebody.
    CallBack,
    /// The person wants an appointment.
    Appointment,
    /// The person wants the paper form.
    PaperForm,
    /// The person wants a home visit.
    HomeVisit,
    /// Somebody says that the person died: see them alive, or find out, on the same day.
    ConfirmAlive,
    /// Data about the person contradict each other.
    DataConflict,
}

/// What the person chose instead of a video call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherWay {
    /// An officer calls back.
    Person,
    /// An appointment.
    Appointment,
    /// The paper form by post.
    PaperForm,
    /// A home visit.
    HomeVisit,
    /// A township station, where somebody helps.
    Station,
}

impl From<OtherWay> for CaseKind {
    fn from(way: OtherWay) -> Self {
        match way {
            OtherWay::Person => Self::CallBack,
            OtherWay::Appointment | OtherWay::Station => Self::Appointment,
            OtherWay::PaperForm => Self::PaperForm,
            OtherWay::HomeVisit => Self::HomeVisit,
        }
    }
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Waits for an officer.
    Open,
    /// Passed on: waits for another officer.
    PassedOn,
    /// A reviewer confirmed, but four eyes are needed: waits for a different approver.
    ToApprove,
    /// Closed: confirmed.
    Confirmed,
    /// Closed: the person was asked again (a new link was made).
    AskedAgain,
    /// Closed: what it asked was settled in another way.
    Settled,
    /// The person is to be called.
    ToCallBack,
    /// Somebody visits the person.
    ToVisit,
    /// The person gets a form by post.
    ToMail,
    /// Waits for a supervisor.
    Escalated,
    /// Closed: this confirmation was refused, by two officers.
    Refused,
}

impl CaseStatus {
    /// Nothing waits any more.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Confirmed | Self::AskedAgain | Self::Settled | Self::Refused)
    }
}

/// What an officer does with a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "disposition", rename_all = "snake_case")]
pub enum Disposition {
    /// The person is alive and is who they claim to be.
    Confirm,
    /// Ask the person again, with a reason that becomes plain text for them.
    AskAgain {
        /// Why.
        because: AskAgainBecause,
    },
    /// Pass on to another officer.
    PassOn {
        /// For whom or why.
        note: String,
    },
    /// Agree to what another officer proposed.
    Approve,
    /// Call the person.
    CallBack {
        /// What to ask or when; may be empty.
        note: String,
    },
    /// Visit the person.
    Visit {
        /// What the visitor should know; may be empty.
        note: String,
    },
    /// Send the form by post.
    Mail {
        /// What to send or where; may be empty.
        note: String,
    },
    /// Ask a supervisor.
    Escalate {
        /// Why.
        note: String,
    },
    /// Refuse this confirmation; a second officer must agree. No benefit is stopped by it.
    Refuse {
        /// Why.
        because: RefuseBecause,
        /// In the officer's words, for the person and for the second officer.
        text: String,
    },
}

/// What a second officer is asked to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What was decided.
    #[serde(flatten)]
    pub disposition: Disposition,
    /// Where the case stood: a confirmation after a visit is one by a visit.
    pub from: CaseStatus,
    /// The live call that it rests on: then it is one by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_call_id: Option<LiveCallId>,
}

/// Where a case stood before a move that its officer may still take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Status.
    pub status: CaseStatus,
    /// Who had moved it there.
    pub officer_id: Option<OfficerId>,
    /// What was proposed.
    pub proposal: Option<Proposal>,
    /// Until when it may be taken back.
    pub until: DateTime<Utc>,
}

/// Why a confirmation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefuseBecause {
    /// Somebody else than the person.
    NotThePerson,
    /// A picture, a recording, a mask.
    Deception,
    /// The person has died, by an official record.
    Died,
    /// Something else, said in the text.
    OtherGround,
}

/// Why a person is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskAgainBecause {
    /// Too dark.
    TooDark,
    /// Blurred.
    Blurred,
    /// Covered.
    Covered,
    /// Not sure that it is the same person.
    NotSure,
    /// Somebody else was in the picture.
    OtherPerson,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Id.
    pub id: CaseId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Why.
    pub kind: CaseKind,
    /// Where it stands.
    pub status: CaseStatus,
    /// The call.
    pub call_id: Option<CallId>,
    /// Reasons, most serious first.
    pub reasons: Vec<Reason>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Until when the bureau promised an answer.
    pub answer_by: DateTime<Utc>,
    /// Who closed or passed it on last.
    pub officer_id: Option<OfficerId>,
    /// Counts changes: a decision names the version it saw, so that two officers cannot both win.
    pub version: i64,
}
