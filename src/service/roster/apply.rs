//! Writing what a file says: one transaction with its record and its audit events.

use super::{
    PhotoSource, Progress, RosterFault, RosterOptions, RosterReport, Step,
    compare::{Change, Compared, Field},
    row::Person,
};
use crate::{
    clock::china_date,
    domain::{
        audit::Action,
        beneficiary::{Beneficiary, BenefitStatus},
        ids::{BeneficiaryId, RosterImportId},
        scheme::{SchemeBook, month_end},
    },
    service::{Service, ServiceError, enrol::Enrolled, record::event, views::EnrolmentRefused},
    storage::{NewRosterImport, ROSTER_ROWS_AT_ONCE, RosterChange, RosterRecord, Tx},
    vault::random,
};
use chrono::{DateTime, Months, NaiveDate, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How an import is written.
pub(super) struct Writing<'a> {
    pub options: &'a RosterOptions,
    pub now: DateTime<Utc>,
    pub book: &'a SchemeBook,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

/// Photographs by the line that names them.
pub(super) type Pictures = HashMap<u64, Enrolled>;

impl Service {
    /// Enrols the photographs that the file names, but for those that are enrolled already.
    pub(super) async fn enrol_named(
        &self,
        compared: &mut Compared,
        photos: PhotoSource<'_>,
        report: &mut RosterReport,
        progress: &Progress,
    ) -> Result<Pictures, ServiceError> {
        let unchanged = std::mem::take(&mut compared.unchanged);
        let new = compared.new.iter().map(|person| (person, None));
        let changed = compared.changed.iter().map(|c| (&c.person, Some(c.record.id)));
        let same = unchanged.iter().map(|(person, record)| (person, Some(record.id)));
        let naming: Vec<(&Person, Option<BeneficiaryId>)> =
            new.chain(changed).chain(same).filter(|(p, _)| p.photo.is_some()).collect();
        let all = naming.len() as u64;
        let mut pictures = Pictures::new();
        for (done, (person, known)) in (1..).zip(naming) {
            let Some(name) = &person.photo else { continue };
            match self.enrol_row(photos, name, known).await? {
                Ok(Some(enrolled)) => {
                    pictures.insert(person.line, enrolled);
                }
                Ok(None) => {}
                Err((what, fix)) => {
                    report.faults.push(RosterFault::new(person.line, "照片", "", &what, &fix));
                }
            }
            progress(Step::Photos, done, all);
        }
        for (person, record) in unchanged {
            if pictures.contains_key(&person.line) {
                report.unchanged -= 1;
                report.changed += 1;
                compared.changed.push(Change { person, record, fields: vec![Field::Photo] });
            }
        }
        report.photos = pictures.len() as u64;
        Ok(pictures)
    }

    /// The row's photograph; none when it is enrolled already; or (what is wrong, how to fix it).
    async fn enrol_row(
        &self,
        photos: PhotoSource<'_>,
        name: &str,
        known: Option<BeneficiaryId>,
    ) -> Result<Result<Option<Enrolled>, (String, String)>, ServiceError> {
        let bytes = match photos(name) {
            Ok(bytes) => bytes,
            Err(what) => {
                return Ok(Err((what, "put the file into the folder given with --photos".into())));
            }
        };
        if let Some(id) = known {
            let sha256 = hex::encode(Sha256::digest(&bytes));
            if self.db.read().await?.has_reference_of(id, &sha256).await? {
                return Ok(Ok(None));
            }
        }
        match self.enrol(bytes).await {
            Ok(enrolled) => Ok(Ok(Some(enrolled))),
            Err(ServiceError::Enrolment(refused)) => Ok(Err(told(&refused))),
            Err(other) => Err(other),
        }
    }

    /// Writes everything, or nothing.
    pub(super) async fn apply(
        &self,
        writing: &Writing<'_>,
        compared: &Compared,
        pictures: &Pictures,
        report: &RosterReport,
        progress: &Progress,
    ) -> Result<RosterImportId, ServiceError> {
        let import_id = RosterImportId::new();
        let Writing { options, now, sha256, .. } = writing;
        let marked = if options.mark_gone { compared.gone.as_slice() } else { &[] };
        let counts = [
            report.rows,
            report.new,
            report.changed,
            report.unchanged,
            report.gone,
            marked.len() as u64,
            report.photos,
        ];
        let mut tx = self.db.write().await?;
        let (by, file_sha256) = (options.by, sha256.clone());
        tx.add_roster_import(&NewRosterImport { id: import_id, at: *now, by, file_sha256, counts })
            .await?;
        let all = (compared.new.len() + compared.changed.len() + marked.len()) as u64;
        let mut history = Vec::new();
        let mut done = 0;
        for people in compared.new.chunks(ROSTER_ROWS_AT_ONCE) {
            self.add_people(&mut tx, people, pictures, writing, &mut history).await?;
            done += people.len() as u64;
            progress(Step::Writing, done, all);
        }
        for changes in compared.changed.chunks(ROSTER_ROWS_AT_ONCE) {
            self.change_people(&mut tx, changes, pictures, writing, &mut history).await?;
            done += changes.len() as u64;
            progress(Step::Writing, done, all);
        }
        for people in marked.chunks(ROSTER_ROWS_AT_ONCE) {
            all_touched(tx.mark_gone(people, *now).await?, people.len())?;
            history.extend(people.iter().map(|p| change(p.id, "gone", None, Map::new())));
            done += people.len() as u64;
            progress(Step::Writing, done, all);
        }
        for changes in history.chunks(ROSTER_ROWS_AT_ONCE) {
            tx.add_roster_changes(import_id, changes).await?;
        }
        let [people, added, changed, unchanged, gone, marked, photos] = counts;
        let detail = json!({
            "file_sha256": sha256, "people": people, "added": added, "changed": changed,
            "unchanged": unchanged, "gone": gone, "marked": marked, "photos": photos,
        });
        let about = ("roster", import_id);
        tx.add_audit(&event(*now, options.by, Action::RosterImported, about, detail)).await?;
        if marked > 0 {
            let detail = json!({ "marked": marked });
            tx.add_audit(&event(*now, options.by, Action::RosterGoneMarked, about, detail)).await?;
        }
        tx.commit().await?;
        Ok(import_id)
    }

    async fn add_people(
        &self,
        tx: &mut Tx,
        people: &[Person],
        pictures: &Pictures,
        writing: &Writing<'_>,
        history: &mut Vec<RosterChange>,
    ) -> Result<(), ServiceError> {
        let mut ready = Vec::with_capacity(people.len());
        for person in people {
            let beneficiary = self.beneficiary_of(person, writing)?;
            if let Some(given) = &person.id_number_given {
                history.push(change(beneficiary.id, "added", Some(given.clone()), Map::new()));
            }
            ready.push((beneficiary, random::<32>()?));
        }
        let rows: Vec<(&Beneficiary, &[u8])> =
            ready.iter().map(|(b, salt)| (b, salt.as_slice())).collect();
        tx.add_beneficiaries(&rows, writing.now).await.map_err(|error| stale(error.into()))?;
        for (person, (beneficiary, salt)) in people.iter().zip(&ready) {
            if let Some(picture) = pictures.get(&person.line) {
                self.add_picture(tx, beneficiary.id, salt, picture, writing).await?;
            }
        }
        Ok(())
    }

    async fn change_people(
        &self,
        tx: &mut Tx,
        changes: &[Change],
        pictures: &Pictures,
        writing: &Writing<'_>,
        history: &mut Vec<RosterChange>,
    ) -> Result<(), ServiceError> {
        let mut ready = Vec::with_capacity(changes.len());
        for changed in changes {
            let Change { person, record, fields } = changed;
            ready.push(writing.brought_up_to_date(changed)?);
            let given = person.id_number_given.clone();
            history.push(change(record.id, "changed", given, replaced(record, fields)));
        }
        all_touched(tx.update_roster(&ready).await?, ready.len())?;
        for Change { person, record, .. } in changes {
            if let Some(picture) = pictures.get(&person.line) {
                let salt = tx.seal_salt(record.id).await?;
                let salt = salt.ok_or(ServiceError::NotFound("beneficiary"))?;
                self.add_picture(tx, record.id, &salt, picture, writing).await?;
            }
        }
        Ok(())
    }

    async fn add_picture(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        salt: &[u8],
        picture: &Enrolled,
        writing: &Writing<'_>,
    ) -> Result<(), ServiceError> {
        let key = self.vault.data_key(salt);
        let reference = picture.seal(&key, of, "roster", None, writing.now)?;
        tx.add_reference(&reference).await?;
        let about = ("reference", reference.id);
        let detail = json!({ "beneficiary_id": of });
        let by = writing.options.by;
        tx.add_audit(&event(writing.now, by, Action::ReferenceEnrolled, about, detail)).await?;
        Ok(())
    }

    fn beneficiary_of(
        &self,
        person: &Person,
        writing: &Writing<'_>,
    ) -> Result<Beneficiary, ServiceError> {
        let scheme = match (&person.scheme, self.settings.schemes.first()) {
            (Some(name), _) => name,
            (None, Some(first)) => &first.name,
            (None, None) => return Err(ServiceError::broken("there is no scheme")),
        };
        let today = china_date(writing.now);
        let due_on = match person.last_confirmed_on {
            Some(last) => writing.due_after(scheme, last, person.birth_on)?,
            // Nothing is known of an earlier confirmation: due by the end of next month, so that there is time to ask.
            None => month_end(today.checked_add_months(Months::new(1)).unwrap_or(today)),
        };
        Ok(Beneficiary {
            id: BeneficiaryId::new(),
            name: person.name.clone(),
            birth_on: person.birth_on,
            sex: person.id_number.sex(),
            id_number: person.id_number.clone(),
            phone: person.phone.clone(),
            residence: person.residence.clone(),
            status: BenefitStatus::Active,
            scheme: scheme.clone(),
            last_confirmed_on: person.last_confirmed_on,
            due_on,
        })
    }
}

impl Writing<'_> {
    fn due_after(
        &self,
        scheme: &str,
        confirmed_on: NaiveDate,
        birth_on: NaiveDate,
    ) -> Result<NaiveDate, ServiceError> {
        let version = self.book.at(scheme, confirmed_on);
        let version = version.ok_or_else(|| ServiceError::broken("a scheme has no version"))?;
        Ok(version.terms.due_after(confirmed_on, birth_on))
    }

    /// The person as the file has them, and whether their dates begin anew.
    fn brought_up_to_date(&self, change: &Change) -> Result<(RosterRecord, bool), ServiceError> {
        let Change { person, record, fields } = change;
        let mut after = record.clone();
        after.name.clone_from(&person.name);
        after.phone = person.phone.clone().or(after.phone);
        after.residence = person.residence.clone().or(after.residence);
        let dated = fields.contains(&Field::LastConfirmedOn);
        if let Some(last) = person.last_confirmed_on.filter(|_| dated) {
            after.last_confirmed_on = Some(last);
            after.due_on = self.due_after(&after.scheme, last, after.birth_on)?;
        }
        Ok((after, dated))
    }
}

fn change(
    beneficiary_id: BeneficiaryId,
    kind: &'static str,
    id_number_given: Option<String>,
    before: Map<String, Value>,
) -> RosterChange {
    RosterChange { beneficiary_id, kind, id_number_given, before: Value::Object(before) }
}

/// The values that a change replaces.
fn replaced(record: &RosterRecord, fields: &[Field]) -> Map<String, Value> {
    let mut before = Map::new();
    for field in fields {
        let (name, value) = match field {
            Field::Name => ("name", json!(record.name)),
            Field::Phone => ("phone", json!(record.phone)),
            Field::Residence => ("residence", json!(record.residence)),
            Field::LastConfirmedOn => ("last_confirmed_on", json!(record.last_confirmed_on)),
            Field::Returned => ("gone_at", json!(record.gone_at)),
            Field::Photo => continue,
        };
        before.insert(name.to_owned(), value);
    }
    before
}

/// Somebody else changed the records since they were compared.
fn stale(error: ServiceError) -> ServiceError {
    if error.is_taken() { changed_meanwhile() } else { error }
}

fn all_touched(touched: u64, expected: usize) -> Result<(), ServiceError> {
    if touched == expected as u64 { Ok(()) } else { Err(changed_meanwhile()) }
}

fn changed_meanwhile() -> ServiceError {
    let detail = "the records changed while the file was compared with them; nothing was written: import it again";
    ServiceError::conflict("stale_version", detail)
}

/// A refused photograph in words: (what, how to fix it).
pub(super) fn told(refused: &EnrolmentRefused) -> (String, String) {
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
