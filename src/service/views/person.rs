//! A person with their whole history, proposals, schemes.

use super::{BeneficiaryView, ReferenceView};
use crate::{
    domain::{
        assistance::{AskedBy, Assistance, CareFlag},
        beneficiary::BenefitStatus,
        case::{CaseKind, CaseStatus},
        confirmation::Channel,
        contact::{ContactChannel, ContactOutcome},
        due::{Dates, Phase},
        ids::{
            BeneficiaryId, CaseId, ConfirmationId, InvestigationId, LinkId, PaperFormId,
            ProposalId, SpecialCareId, VisitId,
        },
        investigation::InvestigationFinding,
        notice::{NoticeChannel, NoticeKind, NoticeStatus},
        paper_form::FormState,
        proposal::{Arrears, ProposalKind, ProposalState},
        scheme::Scheme,
        visit::{VisitOutcome, VisitState},
    },
    service::Told,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A person: `GET /api/console/people/{id}`.
#[derive(Clone, Debug, Serialize)]
pub struct PersonView {
    /// Who.
    pub person: BeneficiaryView,
    /// An e-mail address is known.
    pub has_email: bool,
    /// Benefit status.
    pub status: BenefitStatus,
    /// Where the period stands.
    pub phase: Phase,
    /// Its dates.
    pub dates: Dates,
    /// The terms that count it.
    pub terms: Scheme,
    /// What is stored is what follows from the events.
    pub agrees: bool,
    /// Events with what each did, oldest first.
    pub events: Vec<Told>,
    /// Confirmations, newest first.
    pub confirmations: Vec<PersonConfirmation>,
    /// References, newest first.
    pub references: Vec<ReferenceView>,
    /// Links, newest first.
    pub links: Vec<LinkOfView>,
    /// Notices, newest first.
    pub notices: Vec<NoticeView>,
    /// Contact attempts, newest first.
    pub contacts: Vec<ContactView>,
    /// Entries of the special-care register that hold.
    pub care: Vec<CareOfView>,
    /// Visits, newest first.
    pub visits: Vec<VisitOfView>,
    /// Forms, newest first.
    pub forms: Vec<FormOfView>,
    /// Appointments, latest first.
    pub appointments: Vec<AppointmentOfView>,
    /// Cases, newest first.
    pub cases: Vec<CaseOfView>,
    /// Investigations, newest first.
    pub investigations: Vec<InvestigationView>,
    /// Proposals, newest first.
    pub proposals: Vec<ProposalView>,
    /// What a stop would need, step by step.
    pub stop_steps: Vec<StopStep>,
}

/// A confirmation with who acted.
#[derive(Clone, Debug, Serialize)]
pub struct PersonConfirmation {
    /// Id.
    pub id: ConfirmationId,
    /// Channel.
    pub channel: Channel,
    /// Seen alive on.
    pub alive_on: NaiveDate,
    /// Recorded.
    pub confirmed_at: DateTime<Utc>,
    /// Held until.
    pub due_on: NaiveDate,
    /// Receipt.
    pub receipt_number: String,
    /// Who acted; none: the service by its policy.
    pub officer: Option<String>,
    /// How the person was helped.
    pub assistance: Option<Assistance>,
    /// Policy that it was decided by.
    pub policy_version: Option<String>,
}

/// A link.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LinkOfView {
    /// Id.
    pub id: LinkId,
    /// Made.
    pub made_at: DateTime<Utc>,
    /// Works until.
    pub expires_at: DateTime<Utc>,
    /// First opened.
    pub opened_at: Option<DateTime<Utc>>,
}

/// A notice and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeView {
    /// Kind.
    pub kind: NoticeKind,
    /// Channel.
    pub channel: NoticeChannel,
    /// Where it stands.
    pub status: NoticeStatus,
    /// Day of the schedule; 0 where there is none.
    pub day: u32,
    /// Written down.
    pub planned_at: DateTime<Utc>,
    /// Deliveries tried.
    pub attempts: u32,
    /// Channels given up before.
    pub given_up: Vec<NoticeChannel>,
}

/// A contact attempt.
#[derive(Clone, Debug, Serialize)]
pub struct ContactView {
    /// Channel.
    pub channel: ContactChannel,
    /// Outcome.
    pub outcome: ContactOutcome,
    /// When.
    pub attempted_at: DateTime<Utc>,
    /// Officer; none: the service.
    pub officer: Option<String>,
    /// It could have reached the person.
    pub counts: bool,
}

/// An entry of the special-care register.
#[derive(Clone, Debug, Serialize)]
pub struct CareOfView {
    /// Id.
    pub entry_id: SpecialCareId,
    /// Why.
    pub flag: CareFlag,
    /// In words.
    pub reason: String,
    /// Since.
    pub since_on: NaiveDate,
    /// Looked at again.
    pub review_on: NaiveDate,
    /// Who asked.
    pub asked_by: AskedBy,
    /// Version.
    pub version: i64,
}

/// A visit.
#[derive(Clone, Debug, Serialize)]
pub struct VisitOfView {
    /// Id.
    pub visit_id: VisitId,
    /// `home_visit` or `station`.
    pub channel: Channel,
    /// Where it stands.
    pub state: VisitState,
    /// Asked for.
    pub asked_at: DateTime<Utc>,
    /// Whose it is.
    pub clerk: Option<String>,
    /// What it found.
    pub outcome: Option<VisitOutcome>,
}

/// A form.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FormOfView {
    /// Id.
    pub form_id: PaperFormId,
    /// `mail` or `consulate`.
    pub channel: Channel,
    /// Where it stands.
    pub state: FormState,
    /// Came in.
    pub received_at: DateTime<Utc>,
}

/// An appointment.
#[derive(Clone, Debug, Serialize)]
pub struct AppointmentOfView {
    /// Way.
    pub way: String,
    /// Where it stands.
    pub state: String,
    /// Begins.
    pub starts_at: DateTime<Utc>,
}

/// A case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseOfView {
    /// Id.
    pub id: CaseId,
    /// Number.
    pub case_number: String,
    /// Kind.
    pub kind: CaseKind,
    /// Status.
    pub status: CaseStatus,
    /// Opened.
    pub opened_at: DateTime<Utc>,
}

/// An investigation.
#[derive(Clone, Debug, Serialize)]
pub struct InvestigationView {
    /// Id.
    pub id: InvestigationId,
    /// Opened.
    pub opened_at: DateTime<Utc>,
    /// By whom.
    pub opened_by: String,
    /// Closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// By whom.
    pub closed_by: Option<String>,
    /// What it found.
    pub finding: Option<InvestigationFinding>,
    /// How. May be personal data.
    pub report: Option<String>,
}

/// A proposal to the paying side.
#[derive(Clone, Debug, Serialize)]
pub struct ProposalView {
    /// Id.
    pub id: ProposalId,
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// What is proposed.
    pub kind: ProposalKind,
    /// Where it stands.
    pub state: ProposalState,
    /// Due date when it was proposed.
    pub due_on: NaiveDate,
    /// Contact attempts that counted.
    pub attempts: u32,
    /// On so many channels.
    pub channels: u32,
    /// Proposed.
    pub proposed_at: DateTime<Utc>,
    /// By whom.
    pub reviewer: Option<String>,
    /// This officer proposed it: somebody else decides.
    pub own: bool,
    /// Decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub approver: Option<String>,
    /// First month without payment, or paid again.
    pub from_month: Option<String>,
    /// Months paid after a resumption.
    pub arrears: Option<Arrears>,
    /// The investigation that it rests on.
    pub investigation: Option<InvestigationView>,
}

/// Something that a stop needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StopStep {
    /// What.
    pub what: StopNeed,
    /// It is there.
    pub done: bool,
    /// How much there is, where it is counted.
    pub have: Option<u32>,
    /// How much is needed.
    pub need: Option<u32>,
}

/// What a stop needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopNeed {
    /// The due date has passed.
    Overdue,
    /// The grace has passed.
    PastGrace,
    /// Contact attempts.
    Attempts,
    /// Channels among them.
    Channels,
    /// A closed investigation, opened since the due date, that found nobody.
    Investigation,
    /// A reviewer proposes.
    Proposal,
    /// Somebody else approves.
    Approval,
}

/// `POST /api/console/people/{id}/investigate/close`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvestigationForm {
    /// Which.
    pub investigation_id: InvestigationId,
    /// What it found.
    pub finding: InvestigationFinding,
    /// How.
    pub report: String,
}

/// `POST /api/console/people/{id}/contact`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactForm {
    /// By which way.
    pub channel: ContactChannel,
    /// What became of it.
    pub outcome: ContactOutcome,
}

/// `POST /api/console/people/{id}/propose`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeForm {
    /// `suspend` or `end`.
    pub kind: ProposalKind,
    /// On which investigation it rests.
    pub investigation_id: InvestigationId,
}

/// `POST /api/console/schemes/propose`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeForm {
    /// New terms.
    pub terms: Scheme,
    /// First day on which a period that begins is counted by them.
    pub effective_from: NaiveDate,
}

/// `POST /api/console/schemes/decide`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeDecision {
    /// Name of the scheme.
    pub name: String,
    /// Number of the version.
    pub version: u32,
    /// Yes or no.
    pub approve: bool,
}

/// A version of a scheme with who acted: `GET /api/console/schemes`.
#[derive(Clone, Debug, Serialize)]
pub struct SchemeView {
    /// The version.
    #[serde(flatten)]
    pub version: crate::domain::scheme::SchemeVersion,
    /// Who proposed it.
    pub proposer: Option<String>,
    /// Who decided.
    pub approver: Option<String>,
    /// It counts periods that begin today.
    pub in_force: bool,
    /// This officer proposed it: somebody else decides.
    pub own: bool,
    /// People whose period it counts.
    pub people: u64,
}

/// Why an officer looks at a face outside of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookBecause {
    /// Somebody is on the telephone or at the window.
    PersonAsks,
    /// Whether the photograph on file is any good.
    CheckReference,
    /// To know whom to visit.
    PrepareVisit,
}
