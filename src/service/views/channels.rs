//! Forms, visits, stations, the special-care register, matched data.

use crate::domain::{
    assistance::{AskedBy, Assistance, CareFlag},
    confirmation::Channel,
    data_match::MatchFound,
    ids::{BeneficiaryId, OfficerId, PaperFormId, SpecialCareId, VisitId},
    paper_form::{FormField, FormReading, FormRefusal, FormState, NextWay},
    visit::{VisitCheck, VisitOutcome, VisitState},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A form that came back.
#[derive(Clone, Debug, Serialize)]
pub struct FormView {
    /// Id.
    pub form_id: PaperFormId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Name in the roster.
    pub name: String,
    /// `mail` or `consulate`.
    pub channel: Channel,
    /// Where it stands.
    pub state: FormState,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// Who keyed it first.
    pub first_by: Option<OfficerId>,
    /// Who keyed it second.
    pub second_by: Option<OfficerId>,
    /// Names what a decision saw.
    pub version: i64,
}

/// Whose a form is that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormOwner {
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Last four characters of the id number, to be compared with the paper.
    pub id_number_tail: String,
}

/// `POST /api/console/forms/{id}/key`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyingForm {
    /// The version that was looked at.
    pub version: i64,
    /// What stands on it.
    pub reading: FormReading,
}

/// What became of a keying.
#[derive(Clone, Debug, Serialize)]
pub struct KeyingView {
    /// Where the form stands now.
    pub state: FormState,
    /// In what the two readings differ; never what the other read.
    pub differences: Vec<FormField>,
    /// Why it was refused.
    pub refusal: Option<FormRefusal>,
    /// What is offered instead.
    pub next_way: Option<NextWay>,
    /// Receipt of the confirmation.
    pub receipt_number: Option<String>,
    /// Until when it holds.
    pub due_on: Option<NaiveDate>,
}

/// `POST /api/console/visits/ask`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitForm {
    /// Whom.
    pub beneficiary_id: BeneficiaryId,
    /// `home_visit` or `station`.
    pub channel: Channel,
    /// Who asks for it.
    pub asked_by: AskedBy,
    /// Where to; the registered residence when absent.
    #[serde(default)]
    pub address: Option<String>,
    /// Township of the list; read from the address when absent.
    #[serde(default)]
    pub township: Option<String>,
    /// For which day; at a station today when absent.
    #[serde(default)]
    pub planned_on: Option<NaiveDate>,
}

/// `POST /api/console/visits/{id}/assign`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignForm {
    /// The version that was looked at.
    pub version: i64,
    /// To whom.
    pub clerk_id: OfficerId,
    /// For which day.
    pub planned_on: NaiveDate,
}

/// What the clerk says about a visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitRecordForm {
    /// The version that was looked at.
    pub version: i64,
    /// What it found.
    pub outcome: VisitOutcome,
    /// How the person was helped.
    #[serde(default)]
    pub assistance: Option<Assistance>,
    /// What the clerk saw and heard, in words; with `met` it is needed.
    #[serde(default)]
    pub statement: String,
    /// With `met`: the clerk compared face and identity card.
    #[serde(default)]
    pub card_seen: bool,
}

/// `POST /api/console/visits/{id}/check`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitCheckForm {
    /// The version that was looked at.
    pub version: i64,
    /// What the second person says.
    pub check: VisitCheck,
}

/// A visit on a list.
#[derive(Clone, Debug, Serialize)]
pub struct VisitView {
    /// Id.
    pub visit_id: VisitId,
    /// Whom.
    pub beneficiary_id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Due date.
    pub due_on: NaiveDate,
    /// `home_visit` or `station`.
    pub channel: Channel,
    /// Who asked for it.
    pub asked_by: AskedBy,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Township.
    pub township: String,
    /// Where to.
    pub address: String,
    /// Where it stands.
    pub state: VisitState,
    /// For which day.
    pub planned_on: Option<NaiveDate>,
    /// Whose it is.
    pub clerk_id: Option<OfficerId>,
    /// What it found.
    pub outcome: Option<VisitOutcome>,
    /// A call on the clerk's device is open.
    pub in_call: bool,
    /// The person is confirmed since the visit was asked for, by whatever way.
    pub confirmed: bool,
    /// Names what a decision saw.
    pub version: i64,
}

/// What a second person looks at, with the picture under its own address.
#[derive(Clone, Debug, Serialize)]
pub struct VisitEvidence {
    /// The visit.
    pub visit: VisitView,
    /// What the clerk wrote.
    pub statement: String,
    /// The clerk compared face and identity card.
    pub card_seen: bool,
    /// There is a picture.
    pub has_photo: bool,
}

/// What became of a visit.
#[derive(Clone, Debug, Serialize)]
pub struct VisitDone {
    /// Where it stands now.
    pub state: VisitState,
    /// Receipt of the confirmation.
    pub receipt_number: Option<String>,
    /// Until when it holds.
    pub due_on: Option<NaiveDate>,
}

/// `POST /api/console/special-care/enter`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareForm {
    /// Who.
    pub beneficiary_id: BeneficiaryId,
    /// Why.
    pub flag: CareFlag,
    /// In words.
    pub reason: String,
    /// Since when it is so.
    pub since_on: NaiveDate,
    /// When it is looked at again.
    pub review_on: NaiveDate,
    /// Who asks for it.
    pub asked_by: AskedBy,
}

/// An entry of the register.
#[derive(Clone, Debug, Serialize)]
pub struct CareView {
    /// Id.
    pub entry_id: SpecialCareId,
    /// Who.
    pub beneficiary_id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Township, as far as the residence tells.
    pub township: String,
    /// Why.
    pub flag: CareFlag,
    /// In words.
    pub reason: String,
    /// Since when it is so.
    pub since_on: NaiveDate,
    /// When it is looked at again.
    pub review_on: NaiveDate,
    /// That day is here.
    pub review_due: bool,
    /// Who asked for it.
    pub asked_by: AskedBy,
    /// Due date of the confirmation.
    pub due_on: NaiveDate,
    /// Names what a decision saw.
    pub version: i64,
}

/// What an evidence file brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EvidenceReport {
    /// Lines with events.
    pub events: usize,
    /// How many of them were what.
    pub found: BTreeMap<MatchFound, usize>,
    /// Every event with its line and what it was worth, in order of the file.
    pub lines: Vec<(u64, MatchFound)>,
    /// Everything that is wrong, with the line. Anything here: nothing was taken.
    pub faults: Vec<String>,
    /// Cases opened about conflicts.
    pub cases: usize,
    /// The events were taken.
    pub imported: bool,
}
