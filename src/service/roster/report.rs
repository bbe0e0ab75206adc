//! An import told line by line, for a report file. Personal data stands in it.

use super::{
    RosterReport,
    compare::{Compared, Field},
};
use crate::domain::name::name_of;
use std::{collections::BTreeMap, io::Write};

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RosterOutcome {
    /// It has faults.
    Fault,
    /// A new person.
    New,
    /// A known person with something new.
    Changed,
    /// Somebody of the records who is not in the file.
    Gone,
}

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterLine {
    /// Line of the file; 0 for the file as a whole and for people who are not in it.
    pub line: u64,
    /// What became of it.
    pub outcome: RosterOutcome,
    /// Column of the fault, or the fields that changed.
    pub column: String,
    /// What is wrong.
    pub what: String,
    /// How to put it right.
    pub fix: String,
    /// The row, or id number and name.
    pub row: Vec<String>,
}

impl RosterReport {
    /// Fills [`Self::lines`].
    pub(super) fn tell(
        &mut self,
        compared: &Compared,
        bad_rows: &BTreeMap<u64, Vec<String>>,
        every_line: bool,
    ) {
        self.faults.sort_by_key(|fault| fault.line);
        let line = |line, outcome, column: String, id_number: &str, name: &str| {
            let row = vec![id_number.to_owned(), name.to_owned()];
            RosterLine { line, outcome, column, what: String::new(), fix: String::new(), row }
        };
        let people = compared.new.iter().chain(compared.changed.iter().map(|c| &c.person));
        let at_fault: std::collections::BTreeSet<u64> =
            self.faults.iter().map(|f| f.line).collect();
        let of_people: BTreeMap<u64, Vec<String>> = people
            .filter(|p| at_fault.contains(&p.line))
            .map(|p| (p.line, vec![p.id_number.expose().to_owned(), p.name.clone()]))
            .collect();
        self.lines.extend(self.faults.iter().map(|fault| {
            RosterLine {
                line: fault.line,
                outcome: RosterOutcome::Fault,
                column: fault.column.clone(),
                what: fault.what.clone(),
                fix: fault.fix.clone(),
                row: bad_rows
                    .get(&fault.line)
                    .or_else(|| of_people.get(&fault.line))
                    .cloned()
                    .unwrap_or_default(),
            }
        }));
        if !every_line {
            return;
        }
        for new in &compared.new {
            let (number, name) = (new.id_number.expose(), &new.name);
            self.lines.push(line(new.line, RosterOutcome::New, String::new(), number, name));
        }
        for changed in &compared.changed {
            let (person, fields) = (&changed.person, words(&changed.fields));
            let (number, name) = (person.id_number.expose(), &person.name);
            self.lines.push(line(person.line, RosterOutcome::Changed, fields, number, name));
        }
        for gone in &compared.gone {
            let (number, name) = (gone.id_number.expose(), &gone.name);
            self.lines.push(line(0, RosterOutcome::Gone, String::new(), number, name));
        }
        self.lines.sort_by_key(|line| (line.outcome == RosterOutcome::Gone, line.line));
    }

    /// Writes the lines as CSV (UTF-8 with a byte-order mark, as spreadsheets want it).
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_csv(&self, mut out: impl Write) -> std::io::Result<()> {
        out.write_all(b"\xef\xbb\xbf")?;
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(out);
        csv.write_record(["line", "outcome", "column", "what", "fix", "row"])?;
        for line in &self.lines {
            let number = line.line.to_string();
            let outcome = name_of(&line.outcome).unwrap_or_default();
            let told =
                [&number, &outcome, &line.column, &line.what, &line.fix].map(|f| harmless(f));
            csv.write_record(told.into_iter().chain(line.row.iter().map(|f| harmless(f))))?;
        }
        csv.flush()
    }
}

/// The names of the fields that changed.
pub(super) fn words(fields: &[Field]) -> String {
    let names: Vec<String> = fields.iter().filter_map(name_of).collect();
    names.join(" ")
}

/// A field that no spreadsheet takes for a formula.
pub(super) fn harmless(field: &str) -> String {
    match field.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{field}"),
        _ => field.to_owned(),
    }
}
