//! One row: each field checked by itself and against the id number. Faults never repeat what the field holds.

use super::{
    RosterFault,
    columns::{Column, Places},
    rows::{Cell, TableRow},
};
use crate::{
    domain::beneficiary::{IdNumber, IdNumberError, Sex},
    service::phone::is_phone,
};
use chrono::NaiveDate;

const NAME_CHARS_MAX: usize = 60;
const RESIDENCE_CHARS_MAX: usize = 200;
const PHOTO_CHARS_MAX: usize = 200;
/// Digits that a number of a spreadsheet keeps; the others become zeros.
const NUMBER_DIGITS_MAX: usize = 15;

/// A good row.
#[derive(Clone, PartialEq)]
pub(super) struct Person {
    pub line: u64,
    pub name: String,
    pub id_number: IdNumber,
    /// The number of 15 digits, when the file has that.
    pub id_number_given: Option<String>,
    pub birth_on: NaiveDate,
    pub phone: Option<String>,
    pub residence: Option<String>,
    pub last_confirmed_on: Option<NaiveDate>,
    pub scheme: Option<String>,
    /// File name of the photograph.
    pub photo: Option<String>,
}

/// What rows are checked against.
pub(super) struct Rules<'a> {
    pub places: &'a Places,
    pub today: NaiveDate,
    /// Names of the schemes in use.
    pub schemes: &'a [String],
    /// Every row has as many fields as the header: so it is in text, while sheets leave out empty cells at the end.
    pub exact: bool,
}

/// Collects the faults of a row.
struct Row<'a> {
    raw: &'a TableRow,
    places: &'a Places,
    faults: Vec<RosterFault>,
}

impl Row<'_> {
    /// The field, unless it is empty, refused, or its column is not there.
    fn field(&self, column: Column) -> Option<&str> {
        let cell = self.raw.cells.get(self.places.at(column)?)?;
        match cell {
            Cell::Text(text) | Cell::Number(text) => Some(plain(text)).filter(|f| !f.is_empty()),
            Cell::Formula | Cell::Error => None,
        }
    }

    fn fault(&mut self, column: Column, what: &str, fix: &str) {
        let value = self.field(column).unwrap_or_default();
        let title = self.places.title(column);
        let fault = RosterFault::new(self.raw.line, title, value, what, fix);
        self.faults.push(fault);
    }

    /// Faults of cells that are no plain values. They are spoken of once, and are not called empty as well.
    fn refuse_formulas(&mut self) {
        for (column, at) in self.places.columns() {
            let what = match self.raw.cells.get(at) {
                Some(Cell::Formula) => "is a formula; what it once came to is not trusted",
                Some(Cell::Error) => "is an error of the spreadsheet",
                Some(Cell::Text(text)) if is_formula(plain(text), column) => {
                    "begins like a formula of a spreadsheet"
                }
                _ => continue,
            };
            self.fault(column, what, "replace it by its plain value, stored as text");
        }
    }

    fn refused(&self, column: Column) -> bool {
        let title = self.places.title(column);
        self.faults.iter().any(|fault| fault.column == title)
    }

    fn text(&mut self, column: Column, chars_max: usize) -> Option<String> {
        let text = self.field(column).filter(|_| !self.refused(column))?.to_owned();
        if text.chars().count() > chars_max || text.chars().any(char::is_control) {
            let what = format!("longer than {chars_max} characters, or with control characters");
            self.fault(column, &what, "shorten it to one line");
            return None;
        }
        Some(text)
    }

    fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let read = date(self.field(column).filter(|_| !self.refused(column))?);
        if read.is_none() {
            self.fault(column, "is not a date", "write it like 1940-03-15");
        }
        read
    }
}

/// Without the signs that programs put around text to keep it text.
fn plain(text: &str) -> &str {
    text.trim().trim_matches(['\u{3000}', '\t', '\'']).trim()
}

/// Spreadsheets compute text that begins so, and other people will open what we hand on. A telephone may begin with +.
fn is_formula(text: &str, column: Column) -> bool {
    text.starts_with(['=', '+', '@', '-', '\u{ff1d}', '\u{ff0b}', '\u{ff20}'])
        && text.chars().nth(1).is_some()
        && !(column == Column::Phone && is_phone(text))
}

/// Reads a row.
pub(super) fn read_row(row: &TableRow, rules: &Rules<'_>) -> Result<Person, Vec<RosterFault>> {
    let mut row = Row { raw: row, places: rules.places, faults: Vec::new() };
    row.refuse_formulas();
    let name = row.text(Column::Name, NAME_CHARS_MAX);
    if row.field(Column::Name).is_none() && !row.refused(Column::Name) {
        row.fault(Column::Name, "is empty", "give the full name");
    }
    let id_number = id_number(&mut row);
    let birth_on = birth(&mut row, id_number.as_ref(), rules.today);
    check_sex(&mut row, id_number.as_ref());
    let phone = phone(&mut row);
    let residence = row.text(Column::Residence, RESIDENCE_CHARS_MAX);
    let last_confirmed_on = row.date(Column::LastConfirmedOn);
    if last_confirmed_on.is_some_and(|d| d > rules.today || birth_on.is_some_and(|b| d <= b)) {
        let what = "lies in the future or before birth";
        row.fault(Column::LastConfirmedOn, what, "correct the date");
    }
    let scheme = scheme(&mut row, rules.schemes);
    let photo = photo(&mut row);
    match (name, id_number, birth_on) {
        (Some(name), Some(id_number), Some(birth_on)) if row.faults.is_empty() => Ok(Person {
            line: row.raw.line,
            name,
            id_number_given: row.field(Column::IdNumber).filter(|n| n.len() == 15).map(Into::into),
            id_number,
            birth_on,
            phone,
            residence,
            last_confirmed_on,
            scheme,
            photo,
        }),
        _ => Err(row.faults),
    }
}

fn id_number(row: &mut Row<'_>) -> Option<IdNumber> {
    if row.refused(Column::IdNumber) {
        return None;
    }
    let Some(text) = row.field(Column::IdNumber) else {
        row.fault(Column::IdNumber, "is empty", "give the 18 characters of the identity card");
        return None;
    };
    let cell = row.places.at(Column::IdNumber).and_then(|at| row.raw.cells.get(at));
    let cut = match cell {
        Some(Cell::Number(number)) => {
            number.len() > NUMBER_DIGITS_MAX || !number.bytes().all(|b| b.is_ascii_digit())
        }
        // as spreadsheets write large numbers into CSV
        _ => text.contains(['e', 'E']) && text.parse::<f64>().is_ok(),
    };
    if cut {
        let what = "was stored as a number: its last digits are lost";
        row.fault(Column::IdNumber, what, "store the column as text and fill it in again");
        return None;
    }
    match IdNumber::parse_any(text) {
        Ok(number) => Some(number),
        Err(error) => {
            let fix = match error {
                IdNumberError::Length => "in a spreadsheet store the column as text",
                _ => "compare it with the identity card",
            };
            row.fault(Column::IdNumber, &error.to_string(), fix);
            None
        }
    }
}

fn birth(row: &mut Row<'_>, number: Option<&IdNumber>, today: NaiveDate) -> Option<NaiveDate> {
    let inside = number.and_then(IdNumber::birth_date);
    let given = row.date(Column::BirthOn);
    if given.is_some() && inside.is_some() && given != inside {
        let fix = "compare both with the identity card";
        row.fault(Column::BirthOn, "is not the birth date in the id number", fix);
    }
    if inside.is_some_and(|birth| birth > today) {
        let what = "contains a birth date in the future";
        row.fault(Column::IdNumber, what, "compare it with the identity card");
    }
    inside
}

fn check_sex(row: &mut Row<'_>, number: Option<&IdNumber>) {
    let Some(text) = row.field(Column::Sex).filter(|_| !row.refused(Column::Sex)) else { return };
    let given = match text.to_lowercase().as_str() {
        "女" | "female" | "f" => Sex::Female,
        "男" | "male" | "m" => Sex::Male,
        _ => return row.fault(Column::Sex, "is not known", "write 男 or 女 (male or female)"),
    };
    if number.is_some_and(|n| n.sex() != given) {
        let fix = "compare both with the identity card";
        row.fault(Column::Sex, "is not the sex in the id number", fix);
    }
}

fn phone(row: &mut Row<'_>) -> Option<String> {
    let phone = row.field(Column::Phone).filter(|_| !row.refused(Column::Phone))?.to_owned();
    if is_phone(&phone) {
        return Some(phone);
    }
    row.fault(Column::Phone, "is not a telephone number", "digits, spaces, + and - only");
    None
}

fn scheme(row: &mut Row<'_>, schemes: &[String]) -> Option<String> {
    let name = row.field(Column::Scheme).filter(|_| !row.refused(Column::Scheme))?.to_owned();
    if schemes.contains(&name) {
        return Some(name);
    }
    let fix = format!("one of: {}", schemes.join(", "));
    row.fault(Column::Scheme, "is not a scheme of the settings", &fix);
    None
}

/// The photograph's file name: inside the folder given, never a way out of it.
fn photo(row: &mut Row<'_>) -> Option<String> {
    let name = row.text(Column::Photo, PHOTO_CHARS_MAX)?;
    if name.contains(['/', '\\']) || name.starts_with('.') {
        row.fault(Column::Photo, "is not a plain file name", "give the name without a folder");
        return None;
    }
    Some(name)
}

/// `1940-03-15`, `1940/3/15`, `1940.3.15`, `19400315`, `1940年3月15日`.
fn date(text: &str) -> Option<NaiveDate> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    }
    let parts: Vec<&str> =
        text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).map(str::trim).collect();
    match parts[..] {
        [year, month, day] if year.len() == 4 => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_counties_write_them() {
        let day = NaiveDate::from_ymd_opt(1940, 3, 15);
        for text in ["1940-03-15", "1940/3/15", "1940.3.15", "19400315", "1940年3月15日"] {
            assert_eq!(date(text), day, "{text}");
        }
        for text in ["15.3.1940", "40-03-15", "1940-02-30", "1940-3", "昨天", "194003"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
