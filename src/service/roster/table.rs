//! From bytes to rows: encoding, header, limits.

use super::{
    RosterFault,
    row::{Person, read_row},
};
use chrono::NaiveDate;
use std::collections::HashMap;

/// Largest roster file, bytes.
pub const ROSTER_BYTES_MAX: usize = 32 << 20;
/// Most rows in a file.
pub const ROWS_MAX: usize = 100_000;
/// Most photographs in a file: they are held in memory, sealed, until all rows are known to be good.
pub const PHOTOS_MAX: usize = 5_000;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Name,
    IdNumber,
    BirthOn,
    Sex,
    Phone,
    Residence,
    LastConfirmedOn,
    Photo,
}

const HEADERS: [(Column, &str, &str); 8] = [
    (Column::Name, "姓名", "name"),
    (Column::IdNumber, "身份证号", "id_number"),
    (Column::BirthOn, "出生日期", "birth_on"),
    (Column::Sex, "性别", "sex"),
    (Column::Phone, "电话", "phone"),
    (Column::Residence, "现居住地", "residence"),
    (Column::LastConfirmedOn, "上次认证日期", "last_confirmed_on"),
    (Column::Photo, "照片", "photo"),
];

/// Where each column stands and how the file calls it.
pub(super) type Places = HashMap<Column, (usize, String)>;

/// Reads a file: the people in good rows, the faults of the others, and how many rows there are.
pub(super) fn read(file: &[u8], today: NaiveDate) -> (Vec<Person>, Vec<RosterFault>, usize) {
    let text = match decode(file) {
        Ok(text) => text,
        Err(fault) => return (Vec::new(), vec![*fault], 0),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(e)) => return (Vec::new(), vec![damaged(1, &e)], 0),
        None => {
            let fix = "give a header and one row for each person";
            return (Vec::new(), vec![of_file("the file is empty", fix)], 0);
        }
    };
    let (places, mut faults) = places(&header);
    if !faults.is_empty() {
        return (Vec::new(), faults, records.count());
    }
    let (mut people, mut rows, mut photos) = (Vec::new(), 0, 0);
    for (record, row) in records.zip(2..) {
        rows += 1;
        match record {
            Ok(record) if record.iter().all(str::is_empty) => {}
            Ok(record) if record.len() != header.len() => faults.push(RosterFault {
                row,
                column: String::new(),
                what: format!("{} fields where the header has {}", record.len(), header.len()),
                fix: "check the commas; text with a comma stands in double quotes".into(),
            }),
            Ok(record) => match read_row(&record, &places, row, today) {
                Ok(person) => {
                    photos += usize::from(person.photo.is_some());
                    people.push(person);
                }
                Err(found) => faults.extend(found),
            },
            Err(e) => faults.push(damaged(row, &e)),
        }
    }
    if rows > ROWS_MAX || photos > PHOTOS_MAX {
        let what = format!("more than {ROWS_MAX} rows or {PHOTOS_MAX} photographs");
        return (Vec::new(), vec![of_file(&what, "split the file")], rows);
    }
    (people, faults, rows)
}

fn decode(file: &[u8]) -> Result<String, Box<RosterFault>> {
    if file.len() > ROSTER_BYTES_MAX {
        let what = format!("more than {} MiB", ROSTER_BYTES_MAX >> 20);
        return Err(Box::new(of_file(&what, "split the file")));
    }
    let bytes = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, damaged) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    if damaged {
        let what = "the text is neither UTF-8 nor GB18030";
        return Err(Box::new(of_file(what, "save the table as CSV UTF-8")));
    }
    Ok(text.into_owned())
}

fn places(header: &csv::StringRecord) -> (Places, Vec<RosterFault>) {
    let (mut places, mut faults) = (Places::new(), Vec::new());
    for (at, title) in header.iter().enumerate() {
        let known =
            HEADERS.iter().find(|(_, zh, en)| title == *zh || title.eq_ignore_ascii_case(en));
        let problem = match known {
            None => Some("an unknown column"),
            Some((column, ..)) => places
                .insert(*column, (at, title.to_owned()))
                .map(|_| "a column that stands there twice"),
        };
        if let Some(what) = problem {
            let names: Vec<&str> = HEADERS.iter().map(|(_, zh, _)| *zh).collect();
            faults.push(RosterFault {
                row: 1,
                column: title.to_owned(),
                what: what.to_owned(),
                fix: format!("known columns: {}", names.join(", ")),
            });
        }
    }
    for (column, zh, en) in &HEADERS[..2] {
        if !places.contains_key(column) {
            let what = format!("column {zh} ({en}) is missing");
            faults.push(RosterFault {
                row: 1,
                column: String::new(),
                what,
                fix: "add it to the header".into(),
            });
        }
    }
    (places, faults)
}

fn of_file(what: &str, fix: &str) -> RosterFault {
    RosterFault { row: 0, column: String::new(), what: what.to_owned(), fix: fix.to_owned() }
}

/// The reader's own words could repeat the row's text: they are not shown.
fn damaged(row: usize, _error: &csv::Error) -> RosterFault {
    RosterFault {
        row,
        column: String::new(),
        what: "the row cannot be read".into(),
        fix: "check its quotes".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Area 990000 belongs to nobody; the numbers are made up and their check characters computed.
    const HEADER: &str = "姓名,身份证号,出生日期,性别,电话,现居住地,上次认证日期,照片\n";
    const GOOD: &str =
        "王秀兰,990000194003150021,1940-03-15,女,138 0000 0000,上海市,2025/11/3,a.jpg\n";

    fn number(digits: &str) -> String {
        let check = crate::domain::beneficiary::IdNumber::check_character(digits).unwrap();
        format!("{digits}{check}")
    }

    fn good() -> String {
        GOOD.replace("990000194003150021", &number("99000019400315002"))
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    fn faults(text: &str) -> Vec<(usize, String, String)> {
        let (_, faults, _) = read(text.as_bytes(), today());
        faults.into_iter().map(|f| (f.row, f.column, f.what)).collect()
    }

    #[test]
    fn utf8_bom_and_gb18030_read_alike() {
        let text = format!("{HEADER}{}", good());
        let (gb, _, _) = encoding_rs::GB18030.encode(&text);
        let bom = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        for file in [text.as_bytes(), &gb, &bom] {
            let (people, faults, rows) = read(file, today());
            assert_eq!((faults, rows), (vec![], 1));
            assert_eq!(people[0].name, "王秀兰");
            assert_eq!(people[0].last_confirmed_on, NaiveDate::from_ymd_opt(2025, 11, 3));
            assert_eq!(people[0].photo, Some(("照片".into(), "a.jpg".into())));
        }
        assert!(gb.as_ref() != text.as_bytes());
    }

    #[test]
    fn english_headers_and_least_columns_do() {
        let text = format!("Name,ID_NUMBER\nLi Wei,{}\n", number("99000019400315001"));
        let (people, faults, _) = read(text.as_bytes(), today());
        assert_eq!(faults, vec![]);
        assert_eq!(people[0].birth_on, NaiveDate::from_ymd_opt(1940, 3, 15).unwrap());
    }

    #[test]
    fn every_fault_of_every_row_is_told() {
        let text = format!(
            "{HEADER},12345,1940-13-15,x,abc,上海市,2030-01-01,../a.jpg\n{}{}",
            good(),
            good().replace("1940-03-15", "1941-03-15").replace("女", "男"),
        );
        let found = faults(&text);
        let at = |row: usize| -> Vec<&str> {
            found.iter().filter(|f| f.0 == row).map(|f| f.1.as_str()).collect()
        };
        assert_eq!(
            at(2),
            ["姓名", "身份证号", "出生日期", "性别", "电话", "上次认证日期", "照片"],
            "{found:?}"
        );
        assert_eq!(at(3), Vec::<&str>::new());
        assert_eq!(at(4), ["出生日期", "性别"]);
        for (_, _, what) in &found {
            assert!(!what.contains("12345") && !what.contains("王"), "personal data: {what}");
        }
    }

    #[test]
    fn a_broken_file_is_told_as_such() {
        assert_eq!(faults("")[0].0, 0);
        assert_eq!(faults("姓名,电话,什么\n").len(), 2);
        assert_eq!(faults(&format!("{HEADER}a,b\n"))[0].0, 2);
        let (_, faults, _) = read(b"\xff\xff\xff", today());
        assert!(faults[0].what.contains("GB18030"), "{faults:?}");
    }
}
