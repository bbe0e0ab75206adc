//! One row: each field checked by itself and against the id number. Faults never repeat what the field holds.

use super::{
    RosterFault,
    table::{Column, Places},
};
use crate::{
    domain::beneficiary::{IdNumber, Sex},
    service::phone::is_phone,
};
use chrono::NaiveDate;

const NAME_CHARS_MAX: usize = 60;
const RESIDENCE_CHARS_MAX: usize = 200;
const PHOTO_CHARS_MAX: usize = 200;

/// A good row.
#[derive(Clone, PartialEq)]
pub(super) struct Person {
    pub row: usize,
    pub name: String,
    pub id_number: IdNumber,
    pub id_number_column: String,
    pub birth_on: NaiveDate,
    pub phone: Option<String>,
    pub residence: Option<String>,
    pub last_confirmed_on: Option<NaiveDate>,
    /// Column and file name.
    pub photo: Option<(String, String)>,
}

/// Collects the faults of a row.
struct Row<'a> {
    record: &'a csv::StringRecord,
    places: &'a Places,
    number: usize,
    faults: Vec<RosterFault>,
}

impl Row<'_> {
    /// The field, unless it is empty or the column is not there.
    fn field(&self, column: Column) -> Option<&str> {
        let (at, _) = self.places.get(&column)?;
        self.record
            .get(*at)
            .map(|f| f.trim_matches(['\u{3000}', '\t', '\'']))
            .filter(|f| !f.is_empty())
    }

    fn title(&self, column: Column) -> String {
        self.places.get(&column).map(|(_, title)| title.clone()).unwrap_or_default()
    }

    fn fault(&mut self, column: Column, what: &str, fix: &str) {
        self.faults.push(RosterFault {
            row: self.number,
            column: self.title(column),
            what: what.to_owned(),
            fix: fix.to_owned(),
        });
    }

    fn text(&mut self, column: Column, chars_max: usize) -> Option<String> {
        let text = self.field(column)?.to_owned();
        if text.chars().count() > chars_max || text.chars().any(char::is_control) {
            let what = format!("longer than {chars_max} characters, or with control characters");
            self.fault(column, &what, "shorten it to one line");
            return None;
        }
        Some(text)
    }

    fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let read = date(self.field(column)?);
        if read.is_none() {
            self.fault(column, "is not a date", "write it like 1940-03-15");
        }
        read
    }
}

/// Reads a row.
pub(super) fn read_row(
    record: &csv::StringRecord,
    places: &Places,
    number: usize,
    today: NaiveDate,
) -> Result<Person, Vec<RosterFault>> {
    let mut row = Row { record, places, number, faults: Vec::new() };
    let name = row.text(Column::Name, NAME_CHARS_MAX);
    if name.is_none() && row.field(Column::Name).is_none() {
        row.fault(Column::Name, "is empty", "give the full name");
    }
    let id_number = id_number(&mut row);
    let birth_on = birth(&mut row, id_number.as_ref());
    check_sex(&mut row, id_number.as_ref());
    let phone = phone(&mut row);
    let residence = row.text(Column::Residence, RESIDENCE_CHARS_MAX);
    let last_confirmed_on = row.date(Column::LastConfirmedOn);
    if last_confirmed_on.is_some_and(|d| d > today || birth_on.is_some_and(|b| d <= b)) {
        row.fault(
            Column::LastConfirmedOn,
            "lies in the future or before birth",
            "correct the date",
        );
    }
    let photo = photo(&mut row);
    match (name, id_number, birth_on) {
        (Some(name), Some(id_number), Some(birth_on)) if row.faults.is_empty() => Ok(Person {
            row: row.number,
            name,
            id_number,
            id_number_column: row.title(Column::IdNumber),
            birth_on,
            phone,
            residence,
            last_confirmed_on,
            photo,
        }),
        _ => Err(row.faults),
    }
}

fn id_number(row: &mut Row<'_>) -> Option<IdNumber> {
    let Some(text) = row.field(Column::IdNumber) else {
        row.fault(Column::IdNumber, "is empty", "give the 18 characters of the identity card");
        return None;
    };
    match IdNumber::parse(text) {
        Ok(number) => Some(number),
        Err(error) => {
            let fix =
                "compare it with the identity card; in a spreadsheet store the column as text";
            row.fault(Column::IdNumber, &error.to_string(), fix);
            None
        }
    }
}

fn birth(row: &mut Row<'_>, number: Option<&IdNumber>) -> Option<NaiveDate> {
    let inside = number.and_then(IdNumber::birth_date);
    let given = row.date(Column::BirthOn);
    if given.is_some() && inside.is_some() && given != inside {
        let fix = "compare both with the identity card";
        row.fault(Column::BirthOn, "is not the birth date in the id number", fix);
    }
    inside
}

fn check_sex(row: &mut Row<'_>, number: Option<&IdNumber>) {
    let Some(text) = row.field(Column::Sex) else { return };
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
    let phone = row.field(Column::Phone)?.to_owned();
    if is_phone(&phone) {
        return Some(phone);
    }
    row.fault(Column::Phone, "is not a telephone number", "digits, spaces, + and - only");
    None
}

/// The photograph's file name: inside the folder given, never a way out of it.
fn photo(row: &mut Row<'_>) -> Option<(String, String)> {
    let name = row.text(Column::Photo, PHOTO_CHARS_MAX)?;
    if name.contains(['/', '\\']) || name.starts_with('.') {
        row.fault(Column::Photo, "is not a plain file name", "give the name without a folder");
        return None;
    }
    Some((row.title(Column::Photo), name))
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
