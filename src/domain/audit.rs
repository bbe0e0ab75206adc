//! Audit events, written in the same transaction as what they tell of.

use super::ids::{AuditId, OfficerId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", rename_all = "snake_case")]
pub enum Actor {
    /// The citizen (or a helper) with the link.
    Citizen,
    /// The service by its policy.
    Service,
    /// An officer.
    Officer {
        /// Which.
        id: OfficerId,
    },
    /// Somebody at the command line of the server.
    Operator,
}

/// What was done. Stable names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Action {
    RosterImported,
    RosterGoneMarked,
    CalendarImported,
    SchemeProposed,
    SchemeApproved,
    SchemeRejected,
    OutageAdded,
    SignalReceived,
    SignalSettled,
    EvidenceRecorded,
    InvestigationOpened,
    InvestigationClosed,
    ProposalMade,
    ProposalApproved,
    ProposalRejected,
    ProposalWithdrawn,
    ProposalAcknowledged,
    BenefitResumed,
    ClockStopped,
    ClockRestarted,
    ReferenceEnrolled,
    LinkMade,
    ConsentGiven,
    CallOpened,
    CallConfirmed,
    CallFlagged,
    CallRetry,
    CallInterrupted,
    OtherWayChosen,
    PhotoReceived,
    SignedIn,
    SignInRefused,
    SignedOut,
    OfficerAdded,
    OfficerInvited,
    CredentialSet,
    ProvedAnew,
    RolesChanged,
    SessionEnded,
    CaseViewed,
    FaceViewed,
    CaseConfirmed,
    CaseApprovalAsked,
    CaseAskedAgain,
    CasePassedOn,
    NoticesPlanned,
    LettersPrinted,
    EmailRecorded,
    ContinuationExported,
    ContinuationAnswered,
    FeedTokenMade,
    FeedTokenRevoked,
    FeedRead,
    CaseClaimed,
    CaseReturned,
    CaseSnoozed,
    CaseHandedOver,
    CaseRefusalAsked,
    CaseRefused,
    CaseToCallBack,
    CaseToVisit,
    CaseToMail,
    CaseEscalated,
    CaseTakenBack,
    LiveCallOpened,
    LiveCallTaken,
    LiveCallLinkSent,
    LiveCallConcluded,
    LiveCallEnded,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentClosed,
    AppointmentHoursSet,
    PaperFormReceived,
    PaperFormKeyed,
    PaperFormConfirmed,
    PaperFormRefused,
    PaperFormViewed,
    VisitAsked,
    VisitAssigned,
    VisitRecorded,
    VisitViewed,
    VisitConfirmed,
    VisitClosed,
    StationCallStarted,
    StationCallEnded,
    SpecialCareEntered,
    SpecialCareReviewed,
    SpecialCareEnded,
    EvidenceImported,
    ReferencesRenewed,
    PersonViewed,
    LetterPreviewed,
    BatchStarted,
    BatchEnded,
    ContinuationTaken,
    CaseSeeded,
    SeedAnswered,
    PolicyProposed,
    PolicyApproved,
    PolicyRejected,
    CaseExported,
    AuditRead,
    AuditSealed,
}

/// One audit event. `detail` holds ids, versions and digests only: no personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// Kind of the thing acted on: `beneficiary`, `case`, `call`, …
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// More.
    pub detail: serde_json::Value,
}
