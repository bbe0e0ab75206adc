//! What the file says against what the records say: new, changed, unchanged, gone.

use super::{Progress, RosterFault, RosterOptions, RosterReport, Step, row::Person};
use crate::{
    domain::beneficiary::IdNumber,
    service::{Service, ServiceError},
    storage::RosterRecord,
};
use std::collections::HashMap;

/// People read from the records at once.
const PAGE: i64 = 5_000;

/// A field in which file and records differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    Name,
    Phone,
    Residence,
    LastConfirmedOn,
    /// Was marked as gone and is in the file again.
    Returned,
    /// A photograph that is not enrolled yet.
    Photo,
}

/// Somebody of whom the file says something else.
pub(super) struct Change {
    pub person: Person,
    pub record: RosterRecord,
    pub fields: Vec<Field>,
}

/// The file beside the records.
#[derive(Default)]
pub(super) struct Compared {
    pub new: Vec<Person>,
    pub changed: Vec<Change>,
    /// Those who name a photograph: whether it is enrolled is seen later.
    pub unchanged: Vec<(Person, RosterRecord)>,
    pub gone: Vec<RosterRecord>,
}

impl Service {
    /// Compares people (in order of their id numbers) with the records.
    pub(super) async fn compare(
        &self,
        people: Vec<Person>,
        options: &RosterOptions,
        report: &mut RosterReport,
        progress: &Progress,
    ) -> Result<Compared, ServiceError> {
        let all = people.len() as u64;
        let mut people = people.into_iter().peekable();
        let mut compared = Compared::default();
        let mut after = String::new();
        let mut tx = self.db.read().await?;
        loop {
            let page = tx.roster_page(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            last.id_number.expose().clone_into(&mut after);
            for record in page {
                while let Some(new) = people.next_if(|p| p.id_number < record.id_number) {
                    compared.new.push(new);
                }
                match people.next_if(|p| p.id_number == record.id_number) {
                    Some(person) => compared.known(person, record, options, report),
                    None if record.gone_at.is_none() => compared.gone.push(record),
                    None => {}
                }
            }
            progress(Step::Records, all - people.len() as u64, all);
        }
        compared.new.extend(people);
        compared.other_numbers(options, &mut report.faults);
        report.new = compared.new.len() as u64;
        report.changed = compared.changed.len() as u64;
        report.gone = compared.gone.len() as u64;
        Ok(compared)
    }
}

impl Compared {
    fn known(
        &mut self,
        person: Person,
        record: RosterRecord,
        options: &RosterOptions,
        report: &mut RosterReport,
    ) {
        let mut fields = Vec::new();
        if person.name != record.name {
            if !options.settled.contains(&person.line) && share_nothing(&person.name, &record.name)
            {
                let what = "the records know another name under this id number";
                let fix = "two people with one number? compare with the papers, correct the row, or name the line as settled";
                report.faults.push(RosterFault::to_settle(person.line, what, fix));
            }
            fields.push(Field::Name);
        }
        // An empty field says nothing: what is known stays.
        if person.phone.is_some() && person.phone != record.phone {
            fields.push(Field::Phone);
        }
        if person.residence.is_some() && person.residence != record.residence {
            fields.push(Field::Residence);
        }
        // History from before this program: as soon as a confirmation is in the records, they know better.
        if !record.confirmed && person.last_confirmed_on > record.last_confirmed_on {
            fields.push(Field::LastConfirmedOn);
        }
        if person.scheme.as_ref().is_some_and(|scheme| *scheme != record.scheme) {
            let what = "the records have this person under another scheme";
            let fix =
                "a roster does not move people between schemes: correct the row, or leave it empty";
            report.faults.push(RosterFault::new(person.line, "", "", what, fix));
        }
        if record.gone_at.is_some() {
            fields.push(Field::Returned);
        }
        if !fields.is_empty() {
            self.changed.push(Change { person, record, fields });
            return;
        }
        report.unchanged += 1;
        if person.photo.is_some() {
            self.unchanged.push((person, record));
        }
    }

    /// Faults for new people who look like somebody who is gone: then the number changed, and which one is right a person must
    /// tell.
    fn other_numbers(&self, options: &RosterOptions, faults: &mut Vec<RosterFault>) {
        let mut new: HashMap<&str, Vec<&Person>> = HashMap::new();
        for person in &self.new {
            new.entry(&person.name).or_default().push(person);
        }
        for gone in &self.gone {
            let Some(same_name) = new.get(gone.name.as_str()) else { continue };
            for person in same_name.iter().filter(|p| !options.settled.contains(&p.line)) {
                let phone = person.phone.is_some() && person.phone == gone.phone;
                if phone
                    || person.birth_on == gone.birth_on
                    || near(&person.id_number, &gone.id_number)
                {
                    let what = "the records know this person under another id number";
                    let fix = "compare with the papers and correct the number, or name the line as settled when it is somebody else";
                    faults.push(RosterFault::to_settle(person.line, what, fix));
                }
            }
        }
    }
}

/// Two names without a common character. A corrected name keeps one at least; another person rarely does.
fn share_nothing(a: &str, b: &str) -> bool {
    !a.chars().any(|c| b.contains(c))
}

/// Two numbers that differ in at most two places before the check character: mistyped or swapped digits.
fn near(a: &IdNumber, b: &IdNumber) -> bool {
    let pairs = a.expose().bytes().zip(b.expose().bytes()).take(17);
    pairs.filter(|(a, b)| a != b).count() <= 2
}
