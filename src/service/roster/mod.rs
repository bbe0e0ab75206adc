//! Importing the roster: every row is checked, every fault is told, and either all rows are taken or none.

mod row;
mod table;

use super::{Service, ServiceError, enrol::Enrolled, record::event, views::EnrolmentRefused};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::{Beneficiary, BenefitStatus, IdNumber},
        ids::BeneficiaryId,
        scheme::{Scheme, month_end},
    },
    storage::NewReference,
    vault::random,
};
use chrono::{DateTime, Months, NaiveDate, Utc};
use row::Person;
use serde_json::json;
use std::collections::HashMap;

pub use table::ROSTER_BYTES_MAX;

/// Gives the bytes of a photograph named in the roster, or says why it cannot.
pub type PhotoSource<'a> = &'a (dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync);

/// One fault in a roster file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterFault {
    /// Row as a spreadsheet counts it: the header is row 1. 0 for the file as a whole.
    pub row: usize,
    /// Column as the file's header names it; empty for the row as a whole.
    pub column: String,
    /// What is wrong. No personal data.
    pub what: String,
    /// How to put it right.
    pub fix: String,
}

impl std::fmt::Display for RosterFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.row, self.column.as_str()) {
            (0, _) => write!(f, "file: ")?,
            (row, "") => write!(f, "row {row}: ")?,
            (row, column) => write!(f, "row {row}, {column}: ")?,
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterReport {
    /// Rows below the header.
    pub rows: usize,
    /// Photographs among them.
    pub photos: usize,
    /// Everything that is wrong. Anything here: nothing was taken.
    pub faults: Vec<RosterFault>,
    /// The rows were taken.
    pub imported: bool,
}

/// A row ready to be written.
struct Ready {
    beneficiary: Beneficiary,
    salt: [u8; 32],
    reference: Option<NewReference>,
}

impl Service {
    /// Imports a roster file (CSV; UTF-8, with or without a byte-order mark, or GB18030). With `dry_run` everything is checked
    /// and nothing written. `progress` is told (rows done, rows in all).
    ///
    /// # Errors
    /// When database, vault or analysis fail. Faults of the file are in the report.
    pub async fn roster_import(
        &self,
        file: &[u8],
        photos: PhotoSource<'_>,
        dry_run: bool,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<RosterReport, ServiceError> {
        let now = self.now();
        let (people, mut faults, rows) = table::read(file, china_date(now));
        self.find_known(&people, &mut faults).await?;
        let scheme = self.settings.schemes.first();
        let scheme = scheme.ok_or_else(|| ServiceError::broken("there is no scheme"))?;
        let mut ready = Vec::new();
        for (done, person) in people.into_iter().enumerate() {
            progress(done, rows);
            ready.extend(self.make_ready(person, photos, scheme, &mut faults, now).await?);
        }
        progress(rows, rows);
        faults.sort_by_key(|fault| fault.row);
        let photos = ready.iter().filter(|r| r.reference.is_some()).count();
        let imported = faults.is_empty() && !dry_run;
        if imported {
            self.write_roster(&ready, now).await?;
        }
        Ok(RosterReport { rows, photos, faults, imported })
    }

    /// Faults for people who stand in the file twice or in the roster already.
    async fn find_known(
        &self,
        people: &[Person],
        faults: &mut Vec<RosterFault>,
    ) -> Result<(), ServiceError> {
        let mut first: HashMap<&IdNumber, usize> = HashMap::new();
        let mut tx = self.db.read().await?;
        for person in people {
            let column = || person.id_number_column.clone();
            if let Some(row) = first.get(&person.id_number) {
                faults.push(RosterFault {
                    row: person.row,
                    column: column(),
                    what: format!("the same id number stands in row {row}"),
                    fix: "keep one of the two rows".into(),
                });
                continue;
            }
            first.insert(&person.id_number, person.row);
            if tx.beneficiary_of_number(&person.id_number).await?.is_some() {
                faults.push(RosterFault {
                    row: person.row,
                    column: column(),
                    what: "this person is in the roster already".into(),
                    fix: "remove the row".into(),
                });
            }
        }
        Ok(())
    }

    async fn make_ready(
        &self,
        person: Person,
        photos: PhotoSource<'_>,
        scheme: &Scheme,
        faults: &mut Vec<RosterFault>,
        now: DateTime<Utc>,
    ) -> Result<Option<Ready>, ServiceError> {
        let enrolled = match &person.photo {
            None => None,
            Some((column, name)) => match self.enrol_row(photos, name).await? {
                Ok(enrolled) => Some(enrolled),
                Err((what, fix)) => {
                    faults.push(RosterFault { row: person.row, column: column.clone(), what, fix });
                    return Ok(None);
                }
            },
        };
        let salt = random::<32>()?;
        let beneficiary = beneficiary(person, scheme, china_date(now));
        let key = self.vault.data_key(&salt);
        let seal = |e: &Enrolled| e.seal(&key, beneficiary.id, "roster", None, now);
        let reference = enrolled.as_ref().map(seal).transpose()?;
        Ok(Some(Ready { beneficiary, salt, reference }))
    }

    /// The row's photograph, or (what is wrong, how to fix it).
    async fn enrol_row(
        &self,
        photos: PhotoSource<'_>,
        name: &str,
    ) -> Result<Result<Enrolled, (String, String)>, ServiceError> {
        let bytes = match photos(name) {
            Ok(bytes) => bytes,
            Err(what) => {
                return Ok(Err((what, "put the file into the folder given with --photos".into())));
            }
        };
        match self.enrol(bytes).await {
            Ok(enrolled) => Ok(Ok(enrolled)),
            Err(ServiceError::Enrolment(refused)) => Ok(Err(told(&refused))),
            Err(other) => Err(other),
        }
    }

    async fn write_roster(&self, ready: &[Ready], now: DateTime<Utc>) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        for Ready { beneficiary, salt, reference } in ready {
            tx.add_beneficiary(beneficiary, salt, now).await?;
            let Some(reference) = reference else { continue };
            tx.add_reference(reference).await?;
            let about = ("reference", reference.id);
            let detail = json!({ "beneficiary_id": beneficiary.id });
            let by = Actor::Operator;
            tx.add_audit(&event(now, by, Action::ReferenceEnrolled, about, detail)).await?;
        }
        let about = ("roster", now.timestamp_millis());
        let detail = json!({ "rows": ready.len() });
        tx.add_audit(&event(now, Actor::Operator, Action::RosterImported, about, detail)).await?;
        Ok(tx.commit().await?)
    }
}

fn beneficiary(person: Person, scheme: &Scheme, today: NaiveDate) -> Beneficiary {
    let due_on = match person.last_confirmed_on {
        Some(last) => scheme.due_after(last, person.birth_on),
        // Nothing is known of an earlier confirmation: due by the end of next month, so that there is time to ask.
        None => month_end(today.checked_add_months(Months::new(1)).unwrap_or(today)),
    };
    Beneficiary {
        id: BeneficiaryId::new(),
        name: person.name,
        birth_on: person.birth_on,
        sex: person.id_number.sex(),
        id_number: person.id_number,
        phone: person.phone,
        residence: person.residence,
        status: BenefitStatus::Active,
        scheme: scheme.name.clone(),
        last_confirmed_on: person.last_confirmed_on,
        due_on,
    }
}

/// A refused photograph in words: (what, how to fix it).
fn told(refused: &EnrolmentRefused) -> (String, String) {
    let (what, fix) = match refused.code.as_str() {
        "no_face" => ("no face was found in the photograph", "use a frontal portrait"),
        "several_faces" => {
            ("there is more than one face in the photograph", "cut it to the one person")
        }
        "too_small" => ("the face is too small in the photograph", "use a larger scan"),
        "too_dark" => ("the face is too dark", "use a brighter photograph"),
        "too_bright" => ("the face is washed out", "use a photograph with softer light"),
        "blurred" => ("the face is blurred", "use a sharp photograph"),
        "turned" => ("the face is turned away", "use a frontal portrait"),
        "covered" => ("the face is covered", "use a photograph without mask or hat"),
        "unreadable" => {
            ("the photograph cannot be read", "use a JPEG or PNG of at most 8 MiB and 4096 px")
        }
        "no_models" => (
            "there are no models to look at photographs with",
            "install a model pack (see models/manifest.toml), or import without photographs",
        ),
        _ => ("the photograph was refused", "use a frontal portrait"),
    };
    (what.to_owned(), fix.to_owned())
}
