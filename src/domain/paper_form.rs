//! Forms on paper: posted back, or sent by a consulate. Two different people key each from its scan, without seeing what the other read; only
//! when both read the same, and what they read is enough, does it confirm.

use super::{
    assistance::Assistance,
    confirmation::Channel,
    ids::{BeneficiaryId, OfficerId, PaperFormId},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// How the person signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormSignature {
    /// By their own hand.
    Own,
    /// By thumbprint, with a witness who signed.
    Thumbprint,
    /// Somebody else signed for them.
    Other,
    /// Nobody.
    Missing,
}

/// What stands on a form, as one person read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormReading {
    /// Name as written.
    pub name: String,
    /// Id number as written, without spaces, `X` large.
    pub id_number: String,
    /// Date beside the signature.
    pub signed_on: NaiveDate,
    /// Signature.
    pub signature: FormSignature,
    /// Somebody confirms by stamp that the person was there: a consulate, a village committee, a hospital.
    pub stamp: bool,
    /// How the person was helped to fill it in.
    pub assistance: Option<Assistance>,
}

/// What two readings can differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FormField {
    Name,
    IdNumber,
    SignedOn,
    Signature,
    Stamp,
    Assistance,
}

impl FormReading {
    /// The same, as it is compared: without spaces, the check character large.
    #[must_use]
    pub fn tidy(mut self) -> Self {
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        self.name = bare(&self.name);
        self.id_number = bare(&self.id_number).to_uppercase();
        self
    }

    /// In what two readings differ.
    pub fn differences(&self, other: &Self) -> Vec<FormField> {
        [
            (self.name != other.name, FormField::Name),
            (self.id_number != other.id_number, FormField::IdNumber),
            (self.signed_on != other.signed_on, FormField::SignedOn),
            (self.signature != other.signature, FormField::Signature),
            (self.stamp != other.stamp, FormField::Stamp),
            (self.assistance != other.assistance, FormField::Assistance),
        ]
        .into_iter()
        .filter_map(|(differs, field)| differs.then_some(field))
        .collect()
    }
}

/// Why a form does not confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormRefusal {
    /// Name or id number are another's, or not those of the roster.
    OtherPerson,
    /// Nobody signed.
    NotSigned,
    /// Somebody else signed; that says nothing about the person.
    SignedByOther,
    /// A form from a consulate without its stamp.
    StampMissing,
    /// Signed too long before it came in.
    TooOld,
    /// The date lies after the day it came in.
    DateInFuture,
    /// The scan cannot be read.
    Unreadable,
}

/// What is offered instead, so that no refusal is a dead end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextWay {
    /// A fresh form is posted.
    NewForm,
    /// The same paper is scanned again.
    ScanAgain,
    /// An officer calls and finds a way.
    Call,
    /// Somebody visits.
    HomeVisit,
}

impl FormRefusal {
    /// What is offered instead.
    pub const fn next_way(self) -> NextWay {
        match self {
            Self::OtherPerson => NextWay::Call,
            Self::NotSigned | Self::StampMissing | Self::TooOld | Self::DateInFuture => {
                NextWay::NewForm
            }
            Self::SignedByOther => NextWay::HomeVisit,
            Self::Unreadable => NextWay::ScanAgain,
        }
    }
}

/// What a form is held against.
#[derive(Clone, Copy, Debug)]
pub struct FormRules<'a> {
    /// Name in the roster.
    pub name: &'a str,
    /// Id number in the roster.
    pub id_number: &'a str,
    /// By which channel it came.
    pub channel: Channel,
    /// The day it came in.
    pub received_on: NaiveDate,
    /// Oldest signature that counts, days before that.
    pub signed_max_days: u32,
}

impl FormRules<'_> {
    /// Why a form with this reading does not confirm; none when it does.
    pub fn refusal(&self, reading: &FormReading) -> Option<FormRefusal> {
        let oldest = self.received_on.checked_sub_days(Days::new(u64::from(self.signed_max_days)));
        if reading.id_number != self.id_number || reading.name != self.name {
            return Some(FormRefusal::OtherPerson);
        }
        match reading.signature {
            FormSignature::Missing => return Some(FormRefusal::NotSigned),
            FormSignature::Other => return Some(FormRefusal::SignedByOther),
            FormSignature::Own | FormSignature::Thumbprint => {}
        }
        if self.channel == Channel::Consulate && !reading.stamp {
            return Some(FormRefusal::StampMissing);
        }
        if reading.signed_on > self.received_on {
            return Some(FormRefusal::DateInFuture);
        }
        oldest.is_some_and(|oldest| reading.signed_on < oldest).then_some(FormRefusal::TooOld)
    }
}

/// Where a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormState {
    /// Scanned; nobody has keyed it.
    Received,
    /// Keyed by one person; waits for another.
    Keyed,
    /// The two read different things: both look again.
    Differs,
    /// Confirmed.
    Confirmed,
    /// Refused, with the next way.
    Refused,
}

impl FormState {
    /// Nothing is left to do.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Refused)
    }
}

/// A form.
#[derive(Clone, Debug)]
pub struct PaperForm {
    /// Id.
    pub id: PaperFormId,
    /// Whose.
    pub beneficiary_id: BeneficiaryId,
    /// `mail` or `consulate`.
    pub channel: Channel,
    /// Where it stands.
    pub state: FormState,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// Who scanned it.
    pub received_by: OfficerId,
    /// SHA-256 of the scan, hex.
    pub scan_sha256: String,
    /// Who keyed it first.
    pub first_by: Option<OfficerId>,
    /// Who keyed it second: somebody else.
    pub second_by: Option<OfficerId>,
    /// Why it was refused.
    pub refusal: Option<FormRefusal>,
    /// Counts changes.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn reading() -> FormReading {
        FormReading {
            name: " 王 秀兰".into(),
            id_number: "990000 19400301 000x".into(),
            signed_on: day("2026-11-10"),
            signature: FormSignature::Own,
            stamp: false,
            assistance: None,
        }
        .tidy()
    }

    fn rules(channel: Channel) -> FormRules<'static> {
        FormRules {
            name: "王秀兰",
            id_number: "99000019400301000X",
            channel,
            received_on: day("2026-11-23"),
            signed_max_days: 60,
        }
    }

    #[test]
    fn spaces_and_a_small_x_make_no_difference() {
        assert_eq!(rules(Channel::Mail).refusal(&reading()), None);
        let other = FormReading { stamp: true, signed_on: day("2026-11-11"), ..reading() };
        assert_eq!(reading().differences(&other), [FormField::SignedOn, FormField::Stamp]);
        assert!(reading().differences(&reading()).is_empty());
    }

    #[test]
    fn every_refusal_has_its_cause_and_leads_somewhere() {
        use FormRefusal as R;
        let with = |change: fn(&mut FormReading)| {
            let mut reading = reading();
            change(&mut reading);
            rules(Channel::Mail).refusal(&reading)
        };
        assert_eq!(with(|r| r.name = "王秀".into()), Some(R::OtherPerson));
        assert_eq!(with(|r| r.id_number.push('1')), Some(R::OtherPerson));
        assert_eq!(with(|r| r.signature = FormSignature::Missing), Some(R::NotSigned));
        assert_eq!(with(|r| r.signature = FormSignature::Other), Some(R::SignedByOther));
        assert_eq!(with(|r| r.signature = FormSignature::Thumbprint), None);
        assert_eq!(with(|r| r.signed_on = day("2026-11-24")), Some(R::DateInFuture));
        assert_eq!(with(|r| r.signed_on = day("2026-09-24")), None, "60 days before");
        assert_eq!(with(|r| r.signed_on = day("2026-09-23")), Some(R::TooOld));
        assert_eq!(rules(Channel::Consulate).refusal(&reading()), Some(R::StampMissing));
        assert_eq!(R::SignedByOther.next_way(), NextWay::HomeVisit);
    }
}
