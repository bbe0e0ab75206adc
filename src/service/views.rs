//! What the use cases hand to the door: plain data, serialised as it stands. This file is the JSON contract of the
//! HTTP API (`docs/API.md` shows the routes).

mod appointments;
mod audit;
mod channels;
mod county;
mod disposition;
mod enrolment;
mod live_calls;
mod person;
mod quality;
mod receipts;
mod statistics;

pub use super::desk_views::*;
pub use appointments::{
    AppointmentCloseForm, AppointmentView, AppointmentsView, BookingForm, DayAppointment, DayHours,
    HoursForm, SlotView, StaffBookingForm,
};
pub use audit::{AuditForm, AuditPage, AuditPlace, AuditRowView, ChainView};
pub use channels::{
    AssignForm, CareForm, CareView, EvidenceReport, FormOwner, FormView, KeyingForm, KeyingView,
    VisitCheckForm, VisitDone, VisitEvidence, VisitForm, VisitRecordForm, VisitView,
};
pub use county::*;
pub use disposition::{DispositionForm, DispositionView, NewLink};
pub use enrolment::{DemoEnrolled, EnrolmentRefused, PhoneLink};
pub use live_calls::{
    LiveCallLine, LiveCallView, LiveInvitation, LiveLinkSent, LiveProtocolView, LiveResultForm,
    LiveStillView, OpenedLive,
};
pub use person::*;
pub use quality::{
    CheckView, MeasuredRate, OfficerChecks, PolicyChangeForm, PolicyChangeView, PolicyDecisionForm,
    PolicyView, QualityView, SampleBand, SeedForm,
};
pub use receipts::{
    CertificateCheck, CertificateKey, CertificateStanding, CertificateText, CertificateView,
};

pub use statistics::{ChannelCount, DeadlineView, LaneAge, OfficerLoad, StatisticsView, StepCount};

use crate::domain::{
    attack::AttackScore,
    case::{CaseKind, CaseStatus},
    confirmation::Channel,
    evidence::{LightOutcome, Mark, Transport, TurnOutcome},
    finding::{CallMs, HeadPose},
    helper::Helper,
    ids::{BeneficiaryId, CallId, CaseId, ReferenceId, StillId},
    verdict::{Reason, ReasonGroup, ScoreMeaning, Verdict},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// First screen of the phone page: `GET /api/phone/link`.
#[allow(clippy::struct_excessive_bools)] // independent facts, as the page reads them
#[derive(Clone, Debug, Serialize)]
pub struct LinkView {
    /// What the page shows.
    pub state: LinkState,
    /// County.
    pub county: CountyView,
    /// Masked name ("王**").
    pub addressee: String,
    /// Until when the confirmation is due.
    pub due_on: NaiveDate,
    /// Last confirmation, when known.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Consent to face processing was given on this link.
    pub consented: bool,
    /// Somebody else holds the phone, as that consent says.
    pub assisted: bool,
    /// Version of the consent text that is in force.
    pub consent_version: String,
    /// An open case on this link, when there is one.
    pub case: Option<CitizenCase>,
    /// The models in use are for trial: say so on the screen.
    pub trial: bool,
    /// Seconds until the next try is possible (too many tries); 0 now.
    pub wait_seconds: u64,
    /// No more tries this cycle: offer a person.
    pub tries_used_up: bool,
    /// A live call: whether an officer rings, and the word that the officer says first.
    pub live: LiveInvitation,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountyView {
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Telephone.
    pub phone: String,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The call can be made.
    Ready,
    /// This link already led to a confirmation: nothing to do.
    Confirmed,
    /// An officer is looking at it.
    WithOfficer,
}

/// A case in the citizen's words.
#[derive(Clone, Debug, Serialize)]
pub struct CitizenCase {
    /// Case number.
    pub case_number: String,
    /// Kind.
    pub kind: CaseKind,
    /// Until when the bureau answers.
    pub answer_by: DateTime<Utc>,
}

/// `POST /api/phone/consent`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentForm {
    /// Version of the text that was shown.
    pub consent_version: String,
    /// Language it was shown in: `zh` or `en`.
    pub language: String,
    /// Somebody else holds the phone.
    pub assisted: bool,
    /// What the helper says to be to the beneficiary; needed with `assisted`.
    #[serde(default)]
    pub helper: Option<Helper>,
    /// The helper declares that the beneficiary was asked and agrees in person; needed with `assisted`.
    #[serde(default)]
    pub own_consent: Option<bool>,
    /// A picture of the call may be kept to compare with in later years: a choice of its own.
    #[serde(default)]
    pub keep_picture: bool,
}

/// `POST /api/phone/calls` → 201.
#[derive(Clone, Debug, Serialize)]
pub struct OpenedCall {
    /// Call.
    pub call_id: CallId,
    /// Token of this call alone, for the WebSocket (`Sec-WebSocket-Protocol: jianmian.v1, <token>`).
    pub call_token: String,
    /// Path of the WebSocket.
    pub ws_path: String,
    /// Pictures a second to send.
    pub frames_per_second: u32,
    /// Milliseconds until the page goes on with still frames.
    pub stills_after_ms: u64,
    /// Largest still frame, bytes.
    pub still_bytes_max: usize,
}

/// `POST /api/phone/other-way`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherWayForm {
    /// Which.
    pub way: crate::domain::case::OtherWay,
    /// Telephone to call, when it differs from the roster's.
    #[serde(default)]
    pub phone: Option<String>,
    /// Wish (time of day, dialect, …), at most 500 characters.
    #[serde(default)]
    pub wish: Option<String>,
    /// Why, when the browser or camera was the cause.
    #[serde(default)]
    pub because: Option<Reason>,
}

/// A row of the queue: `GET /api/console/cases?lane=…`.
#[derive(Clone, Debug, Serialize)]
pub struct CaseRow {
    /// Id.
    pub id: CaseId,
    /// Case number as told to the citizen.
    pub case_number: String,
    /// Kind.
    pub kind: CaseKind,
    /// Status.
    pub status: CaseStatus,
    /// Name.
    pub beneficiary_name: String,
    /// Age in years.
    pub age: u32,
    /// Reasons, most serious first.
    pub reasons: Vec<ReasonView>,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// Promised answer.
    pub answer_by: DateTime<Utc>,
    /// Due date of the confirmation.
    pub due_on: NaiveDate,
    /// The promise is broken.
    pub late: bool,
    /// This officer asked for its approval: a colleague has to decide it.
    pub own: bool,
    /// Who is at it now.
    pub claimed_by: Option<String>,
    /// The person has the page open now.
    pub online: bool,
    /// Put off until then.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// `waiting`: the person waits for an officer in a live call; `talking`: an officer is there.
    pub live: Option<&'static str>,
}

/// A reason and its group.
#[derive(Clone, Debug, Serialize)]
pub struct ReasonView {
    /// Stable name; texts are in `web/shared/locales`.
    pub code: Reason,
    /// Group.
    pub group: ReasonGroup,
}

/// The queue.
#[derive(Clone, Debug, Serialize)]
pub struct QueueView {
    /// Cases of the asked lane, most urgent first.
    pub cases: Vec<CaseRow>,
    /// Number of cases by lane: `to_review`, `to_approve`, `call_back`, `other`, `closed`.
    pub counts: std::collections::BTreeMap<String, u64>,
}

/// A case opened by an officer: `GET /api/console/cases/{id}`.
#[derive(Clone, Debug, Serialize)]
pub struct CaseView {
    /// As in the queue.
    #[serde(flatten)]
    pub row: CaseRow,
    /// Version to name in a decision.
    pub version: i64,
    /// What the officer may do now: `confirm`, `ask_again`, `pass_on`, `live_call`; empty when closed. a second officer has `approve`.
    pub may: Vec<String>,
    /// The beneficiary.
    pub beneficiary: BeneficiaryView,
    /// References, newest first.
    pub references: Vec<ReferenceView>,
    /// The call, when there was one.
    pub call: Option<CallView>,
    /// What the citizen wrote (wish, telephone) with another way.
    pub wish: Option<String>,
    /// Telephone the citizen wants to be called on.
    pub wish_phone: Option<String>,
    /// Earlier confirmations, newest first.
    pub confirmations: Vec<ConfirmationView>,
    /// What was done with this case, oldest first.
    pub history: Vec<HistoryView>,
    /// What a second officer is asked to agree to.
    pub proposal: Option<crate::domain::case::Proposal>,
    /// Live calls about this case, newest first.
    pub live_calls: Vec<LiveCallLine>,
}

/// A beneficiary for an officer.
#[derive(Clone, Debug, Serialize)]
pub struct BeneficiaryView {
    /// Id.
    pub id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Last four characters of the id number.
    pub id_number_tail: String,
    /// Born.
    pub birth_on: NaiveDate,
    /// Sex.
    pub sex: crate::domain::beneficiary::Sex,
    /// Telephone.
    pub phone: Option<String>,
    /// Residence.
    pub residence: Option<String>,
    /// Due.
    pub due_on: NaiveDate,
    /// Last confirmed.
    pub last_confirmed_on: Option<NaiveDate>,
}

/// A reference photograph.
#[derive(Clone, Debug, Serialize)]
pub struct ReferenceView {
    /// Id; picture at `/api/console/references/{id}/image?case={case id}`.
    pub id: ReferenceId,
    /// Where it came from, e.g. `roster`, `demo`.
    pub source: String,
    /// Taken on.
    pub taken_on: Option<NaiveDate>,
    /// Enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// Eyes in px of the picture, image-left then image-right, to show faces at one scale.
    pub eyes: Option<[[f32; 2]; 2]>,
}

/// A call for an officer.
#[derive(Clone, Debug, Serialize)]
pub struct CallView {
    /// Id.
    pub id: CallId,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// Length, ms.
    pub duration_ms: u64,
    /// Transport.
    pub transport: Transport,
    /// Somebody else held the phone.
    pub assisted: bool,
    /// What the helper says to be to the beneficiary.
    pub helper: Option<Helper>,
    /// Attempt number.
    pub attempt: u32,
    /// What the machine said.
    pub verdict: Verdict,
    /// The comparison in words' terms: `match`, `unsure`, `far`, `not_compared`.
    pub comparison: String,
    /// Fused comparison score and the score from which it counts, for the expert's fold-out.
    pub comparison_score: Option<f32>,
    /// What the score means, for one sentence.
    pub meaning: Option<ScoreMeaning>,
    /// How much speaks for an attack, and by which signs; absent in records from before it was told.
    pub attack: Option<AttackScore>,
    /// Accepting score.
    pub accept_from: Option<f32>,
    /// Screen light.
    pub light: LightOutcome,
    /// Turn.
    pub turn: TurnOutcome,
    /// Pack name.
    pub pack: Option<String>,
    /// Trial pack.
    pub trial: bool,
    /// Policy version.
    pub policy_version: String,
    /// Stills, in order of time; picture at `/api/console/stills/{id}`.
    pub stills: Vec<StillView>,
    /// Timeline marks.
    pub marks: Vec<Mark>,
    /// Pictures that came in each second; empty when not kept.
    pub line: Vec<u32>,
    /// How many a good line brings.
    pub line_full: u32,
}

/// A sealed still frame of a call.
#[derive(Clone, Debug, Serialize)]
pub struct StillView {
    /// Id.
    pub id: StillId,
    /// When, ms since the call opened.
    pub at_ms: CallMs,
    /// One of the best frames (shown large) or a frame of the filmstrip.
    pub probe: bool,
    /// Eyes in px of the picture.
    pub eyes: Option<[[f32; 2]; 2]>,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// Quality, 0 to 100.
    pub quality: Option<u8>,
    /// Pose of the head, when it was among the best frames and measured.
    pub pose: Option<HeadPose>,
}

/// An earlier confirmation.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmationView {
    /// Channel.
    pub channel: Channel,
    /// When.
    pub confirmed_at: DateTime<Utc>,
    /// Held until.
    pub due_on: NaiveDate,
    /// Receipt.
    pub receipt_number: String,
}

/// One line of a case's history.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryView {
    /// When.
    pub at: DateTime<Utc>,
    /// Audit action.
    pub action: crate::domain::audit::Action,
    /// Officer's name, when an officer did it.
    pub officer: Option<String>,
    /// Note.
    pub note: Option<String>,
}
