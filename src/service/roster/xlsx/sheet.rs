//! Rows of a sheet.

use super::{
    super::rows::{COLUMNS_MAX, Cell, ROW_BYTES_MAX, Sink, TableRow},
    strings::Strings,
    xml::{Found, Part, PartError, attribute},
};
use chrono::{Days, NaiveDate};
use std::io::Read;

/// What the cells of a sheet point to.
pub(super) struct Meaning<'a> {
    pub strings: &'a Strings,
    pub dates: &'a [bool],
    pub from_1904: bool,
}

/// A cell that is being read.
#[derive(Default)]
struct Open {
    column: usize,
    kind: String,
    style: usize,
    value: String,
    formula: bool,
    /// Inside `v` or `t`.
    depth: u32,
    /// Inside a pronunciation.
    reading: u32,
}

/// Gives every row that holds something.
pub(super) fn each_row(
    mut part: Part<impl Read>,
    meaning: &Meaning<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), PartError> {
    let mut row = TableRow { line: 0, cells: Vec::new() };
    let (mut cell, mut in_data, mut bytes) = (Open::default(), false, 0);
    let mut column = 0;
    while let Some(found) = part.next()? {
        match found {
            Found::Open { name, tag } => match name.as_str() {
                "sheetData" => in_data = true,
                "row" if in_data => {
                    let told = attribute(&tag, "r").and_then(|r| r.parse().ok());
                    row.line = told.unwrap_or(row.line.saturating_add(1));
                    row.cells.clear();
                    (column, bytes) = (0, 0);
                }
                "c" if in_data => {
                    let told = attribute(&tag, "r").and_then(|r| column_of(&r));
                    cell = Open {
                        column: told.unwrap_or(column),
                        kind: attribute(&tag, "t").unwrap_or_default(),
                        style: attribute(&tag, "s").and_then(|s| s.parse().ok()).unwrap_or(0),
                        ..Open::default()
                    };
                    column = cell.column.saturating_add(1);
                }
                "f" => cell.formula = true,
                "v" | "t" => cell.depth += 1,
                "rPh" => cell.reading += 1,
                _ => {}
            },
            Found::Text(text) if cell.depth > 0 && cell.reading == 0 => {
                if cell.value.len() + text.len() > ROW_BYTES_MAX {
                    return Err(too_long(row.line));
                }
                cell.value.push_str(&text);
            }
            Found::Text(_) => {}
            Found::Close(name) => match name.as_str() {
                "v" | "t" => cell.depth = cell.depth.saturating_sub(1),
                "rPh" => cell.reading = cell.reading.saturating_sub(1),
                "c" if in_data => {
                    bytes += put(&mut row, std::mem::take(&mut cell), meaning)?;
                    if bytes > ROW_BYTES_MAX {
                        return Err(too_long(row.line));
                    }
                }
                "row" if in_data && !row.is_empty() => {
                    let full = TableRow { line: row.line, cells: std::mem::take(&mut row.cells) };
                    if sink(full).is_break() {
                        return Ok(());
                    }
                }
                "sheetData" => return Ok(()),
                _ => {}
            },
        }
    }
    Err(PartError::Lacking("the end of the sheet"))
}

fn too_long(line: u64) -> PartError {
    PartError::Excess { part: format!("row {line}") }
}

/// Puts a cell into its row; how many bytes it holds.
fn put(row: &mut TableRow, cell: Open, meaning: &Meaning<'_>) -> Result<usize, PartError> {
    let column = cell.column;
    if cell.shared(meaning).is_some_and(|text| text.len() > ROW_BYTES_MAX) {
        return Err(too_long(row.line));
    }
    let Some(cell) = cell.read(meaning) else { return Ok(0) };
    if column >= COLUMNS_MAX {
        return Err(too_long(row.line));
    }
    let bytes = cell.shown().len();
    if row.cells.len() <= column {
        row.cells.resize(column + 1, Cell::Text(String::new()));
    }
    row.cells[column] = cell;
    Ok(bytes)
}

impl Open {
    /// The shared text that it points to.
    fn shared<'a>(&self, meaning: &Meaning<'a>) -> Option<&'a str> {
        let index = (self.kind == "s").then(|| self.value.trim().parse().ok())??;
        meaning.strings.get(index)
    }

    /// What the cell holds; none when it is empty.
    fn read(self, meaning: &Meaning<'_>) -> Option<Cell> {
        if self.formula {
            return Some(Cell::Formula);
        }
        if self.value.is_empty() {
            return None;
        }
        Some(match self.kind.as_str() {
            "s" => match self.shared(meaning) {
                Some(text) => Cell::Text(text.to_owned()),
                None => Cell::Error,
            },
            "str" | "inlineStr" => Cell::Text(self.value),
            "d" => Cell::Text(self.value.split('T').next().unwrap_or_default().to_owned()),
            "b" | "n" | "" => {
                let shows_date = meaning.dates.get(self.style).copied().unwrap_or(false);
                let day = shows_date.then(|| day(&self.value, meaning.from_1904)).flatten();
                match day {
                    Some(day) => Cell::Text(day.to_string()),
                    None => Cell::Number(self.value),
                }
            }
            _ => Cell::Error, // "e", and what is not known
        })
    }
}

/// The day of a serial number. Counting from 1900, spreadsheets have a 29 February 1900, which never was.
fn day(serial: &str, from_1904: bool) -> Option<NaiveDate> {
    let serial: f64 = serial.trim().parse().ok()?;
    if !(1.0..2_958_466.0).contains(&serial) {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range was just checked
    let days = serial as u64;
    let (year, month, first) = match (from_1904, days) {
        (true, _) => (1904, 1, 1),
        (false, 0..60) => (1899, 12, 31),
        (false, 60) => return None,
        (false, _) => (1899, 12, 30),
    };
    NaiveDate::from_ymd_opt(year, month, first)?.checked_add_days(Days::new(days))
}

/// The column of a cell's name, from 0: `AB12` is 27.
fn column_of(name: &str) -> Option<usize> {
    let mut column = 0_usize;
    for letter in name.bytes().take_while(u8::is_ascii_alphabetic) {
        let digit = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        column = column.checked_mul(26)?.checked_add(digit)?;
    }
    column.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_serials() {
        assert_eq!(
            (column_of("A1"), column_of("AB12"), column_of("12")),
            (Some(0), Some(27), None)
        );
        assert_eq!(column_of(&"Z".repeat(40)), None);
        let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        assert_eq!(day("14685", false), date(1940, 3, 15));
        assert_eq!(day("14685.75", false), date(1940, 3, 15));
        assert_eq!(day("59", false), date(1900, 2, 28));
        assert_eq!((day("60", false), day("-1", false), day("x", false)), (None, None, None));
        assert_eq!(day("13223", true), date(1940, 3, 15));
        assert_eq!(day("1e300", false), None);
    }
}
