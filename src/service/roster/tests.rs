//! Reading: good files of every kind, bad ones, and bytes that are no files at all. Area 990000 belongs to nobody; the numbers are
//! made up and their check characters computed.

use super::{
    Progress, RosterFile,
    archive::{Archive, ArchiveError, Limits},
    row::Person,
    table::{self, CSV_BYTES_MAX, Table},
};
use crate::domain::beneficiary::IdNumber;
use chrono::NaiveDate;
use proptest::prelude::*;
use std::{
    io::{Cursor, Write},
    sync::Arc,
};
use zip::{ZipWriter, write::SimpleFileOptions};

const HEADER: &str = "姓名,身份证号,出生日期,性别,电话,现居住地,上次认证日期,照片\n";

fn number(digits: &str) -> String {
    format!("{digits}{}", IdNumber::check_character(digits).unwrap())
}

/// Somebody who does not exist, as a line.
fn good() -> String {
    let number = number("99000019400315002");
    format!("王秀兰,{number},1940-03-15,女,138 0000 0000,上海市,2025/11/3,a.jpg\n")
}

fn read(file: impl Into<Vec<u8>>) -> Table {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let quiet: Progress = Arc::new(|_, _, _| ());
    table::read(RosterFile::from_bytes(file), today, &["urban_rural_resident".into()], &quiet)
}

fn faults(file: impl Into<Vec<u8>>) -> Vec<String> {
    read(file).faults.iter().map(ToString::to_string).collect()
}

fn people(file: impl Into<Vec<u8>>) -> Vec<Person> {
    let table = read(file);
    assert!(table.faults.is_empty(), "{:?}", table.faults);
    table.people
}

#[test]
fn encodings_and_line_ends_read_alike() {
    let text = format!("{HEADER}{}", good());
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    let bom = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let mut files = vec![text.clone().into_bytes(), gb.into_owned(), bom];
    files.push(text.replace('\n', "\r\n").into_bytes());
    files.push(text.replace('\n', "\r").into_bytes());
    files.push(text.replacen('\n', "\r\n\r\n", 1).into_bytes());
    files.push(text.trim_end().into());
    files.push(text.replace(',', "\t").into_bytes());
    for file in files {
        let people = people(file);
        assert_eq!(people.len(), 1);
        assert_eq!(people[0].name, "王秀兰");
        assert_eq!(people[0].last_confirmed_on, NaiveDate::from_ymd_opt(2025, 11, 3));
        assert_eq!(people[0].photo.as_deref(), Some("a.jpg"));
    }
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let other = good().replace("990000194003150", "990000194003151");
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("{HEADER}\n{}\"王\n\",x,,,,,,\n\n{other}", good()).replace('\n', end);
        let lines: Vec<u64> = read(text).faults.iter().map(|f| f.line).collect();
        assert!(lines.contains(&4) && lines.contains(&7), "{end:?}: {lines:?}");
        assert!(!lines.contains(&3) && !lines.contains(&5), "{end:?}: {lines:?}");
    }
}

#[test]
fn every_fault_of_every_row_is_told_without_what_it_says() {
    let text = format!(
        "{HEADER},12345,1940-13-15,x,abc,上海市,2030-01-01,../a.jpg\n{}{}",
        good(),
        good().replace("1940-03-15", "1941-03-15").replace('女', "男"),
    );
    let table = read(text);
    let at = |line: u64| -> Vec<&str> {
        table.faults.iter().filter(|f| f.line == line).map(|f| f.column.as_str()).collect()
    };
    let all = ["姓名", "身份证号", "出生日期", "性别", "电话", "上次认证日期", "照片"];
    assert_eq!(at(2), all, "{:?}", table.faults);
    assert_eq!(at(3), Vec::<&str>::new());
    assert_eq!(at(4), ["出生日期", "性别"]);
    for fault in &table.faults {
        let told = fault.to_string();
        assert!(!told.contains("12345") && !told.contains('王'), "personal data: {told}");
    }
    assert_eq!(table.faults[1].shape, "99999");
    assert_eq!(table.bad_rows[&2][1], "12345", "the report has the row");
}

#[test]
fn old_numbers_become_new_ones() {
    let text = "name,id_number\nLi Wei,990000400315002\nLi Min,990000990315998\n";
    let people = people(text);
    let new: Vec<&str> = people.iter().map(|p| p.id_number.expose()).collect();
    assert_eq!(new, [number("99000018990315998"), number("99000019400315002")]);
    assert_eq!(people[1].id_number_given.as_deref(), Some("990000400315002"));
    assert_eq!(people[1].birth_on, NaiveDate::from_ymd_opt(1940, 3, 15).unwrap());
    assert!(faults("name,id_number\nLi Wei,990000401315002\n")[0].contains("impossible"));
}

#[test]
fn who_stands_there_twice_is_told_once_and_is_in_the_report() {
    let new = number("99000019400315002");
    let table = read(format!("name,id_number\nLi Wei,{new}\nLi Min,990000400315002\n"));
    assert_eq!((table.people.len(), table.faults.len()), (1, 1));
    assert!(table.faults[0].to_string().starts_with("line 3: the same id number stands in line 2"));
    assert_eq!(table.bad_rows[&3], [new, "Li Min".to_owned()]);
}

#[test]
fn formulas_and_cut_numbers_are_refused() {
    let row =
        |name: &str, id: &str, phone: &str| format!("name,id_number,phone\n{name},{id},{phone}\n");
    let good = number("99000019400315002");
    for (name, id, phone) in [
        ("=1+1", good.as_str(), ""),
        ("@SUM(A1)", &good, ""),
        ("+王", &good, ""),
        ("-2", &good, ""),
        ("'=1", &good, ""),
        ("王", &format!("\"=\"\"{good}\"\"\""), ""),
        ("王", &good, "+A1"),
    ] {
        let found = faults(row(name, id, phone));
        assert_eq!(found.len(), 1, "{name} {id} {phone}: {found:?}");
        assert!(found[0].contains("formula"), "{found:?}");
    }
    assert!(faults(row("王", "9.90000194003150E+17", ""))[0].contains("digits are lost"));
    assert_eq!(people(row("王", &format!("\t{good}"), "+86 138 0000 0000")).len(), 1);
}

#[test]
fn broken_files_are_told_as_such() {
    assert!(faults("")[0].contains("empty"));
    assert!(faults("\n\n")[0].contains("empty"));
    assert_eq!(faults("姓名,电话,什么\n").len(), 2);
    assert!(faults(format!("{HEADER}a,b\n"))[0].starts_with("line 2: 2 fields"));
    assert!(faults(format!("{HEADER}{}\u{0}", good()))[0].contains("neither text"));
    assert!(faults(b"a,\xff\xff\xff".to_vec())[0].contains("GB18030"));
    assert!(faults(b"\xff\xfea\0".to_vec())[0].contains("UTF-16"));
    assert!(faults(b"\xd0\xcf\x11\xe0".to_vec())[0].contains(".xls"));
    let open = format!("{HEADER}\"{}{}", good(), "x".repeat(200_000));
    assert!(faults(open)[0].starts_with("line 2: the row that begins here"));
    assert!(faults(",".repeat(1_000))[0].contains("columns"));
    let table = read(format!("{HEADER}{}", "王,1,,,,,,\n".repeat(200_000)));
    assert!(table.faults.last().unwrap().what.contains("the rest was not read"));
}

#[test]
fn a_file_of_a_gigabyte_is_refused_before_it_is_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(HEADER.as_bytes()).unwrap();
    file.as_file().set_len(1 << 30).unwrap(); // a hole: it takes no room
    let read_bytes = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let seen = Arc::clone(&read_bytes);
    let progress: Progress =
        Arc::new(move |_, done, _| seen.store(done, std::sync::atomic::Ordering::Relaxed));
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let table = table::read(RosterFile::open(file.path()).unwrap(), today, &[], &progress);
    assert!(
        table.faults[0].what.contains(&format!("{} MiB", CSV_BYTES_MAX >> 20)),
        "{:?}",
        table.faults
    );
    assert_eq!(read_bytes.load(std::sync::atomic::Ordering::Relaxed), 0);
    assert!(RosterFile::open(std::path::Path::new("/")).is_err());
}

/// A workbook with this sheet and these shared texts.
fn workbook(rows: &str, strings: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    pack(&[
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="old" r:id="rId1" state="hidden"/><sheet name="a" r:id="rId2"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Target="worksheets/none.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#,
        ),
        ("xl/sharedStrings.xml", &format!("<sst>{strings}</sst>")),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn pack(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const STRINGS: &str = "<si><t>姓名</t></si><si><r><t>身份</t></r><r><t>证号</t></r><rPh><t>x</t></rPh></si><si><t>出生日期</t></si><si><t>A &amp; 王</t></si>";
const TITLES: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>"#;

fn sheet(name: &str, id: &str, birth: &str) -> Vec<u8> {
    workbook(&format!(r#"{TITLES}<row r="5">{name}{id}{birth}<c r="ZZ5" s="1"/></row>"#), STRINGS)
}

#[test]
fn a_workbook_reads_like_text() {
    let id =
        format!(r#"<c r="B5" t="inlineStr"><is><t>{}</t></is></c>"#, number("99000019400315002"));
    let name = r#"<c r="A5" t="s"><v>3</v></c>"#;
    let people = people(sheet(name, &id, r#"<c r="C5" s="1"><v>14685</v></c>"#));
    assert_eq!((people[0].name.as_str(), people[0].line), ("A & 王", 5));
    assert_eq!(people[0].id_number.expose(), number("99000019400315002"));

    let formula = r#"<c r="C5" s="1"><f>A1+1</f><v>14685</v></c>"#;
    let cut = r#"<c r="B5"><v>9.9000019400315008E+17</v></c>"#;
    for (id, birth, what) in [
        (id.as_str(), formula, "is a formula"),
        (&id, r#"<c r="C5" t="e"><v>#REF!</v></c>"#, "error of the spreadsheet"),
        (&id, r#"<c r="C5" s="1"><v>60</v></c>"#, "not a date"),
        (cut, "", "last digits are lost"),
        (r#"<c r="B5"><v>990000194003150000</v></c>"#, "", "last digits are lost"),
        (r#"<c r="B5" t="s"><v>99</v></c>"#, "", "error of the spreadsheet"),
    ] {
        let found = faults(sheet(name, id, birth));
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        assert!(found[0].starts_with("line 5") && found[0].contains(what), "{found:?}");
    }
}

#[test]
fn damaged_and_swollen_workbooks_are_refused() {
    let name = r#"<c r="A5" t="s"><v>3</v></c>"#;
    let whole = sheet(name, "", "");
    for cut in [4, 30, whole.len() / 2, whole.len() - 1] {
        assert!(faults(&whole[..cut])[0].contains("cannot be read"), "{cut}");
    }
    assert!(faults(pack(&[("a.txt", "")]))[0].contains("missing"));
    let entity = workbook(TITLES, "<si><t>&bomb;</t></si>");
    assert!(faults(entity)[0].contains("damaged"));
    let deep = workbook(&"<row>".repeat(1_000), "");
    assert!(faults(deep)[0].contains("damaged"));
    // 1 GiB of nothing in about a megabyte
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    let nothing = vec![b' '; 1 << 20];
    (0..64).for_each(|_| zip.write_all(&nothing).unwrap());
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert!(faults(bomb)[0].contains("larger than any roster"));
    let long = workbook(TITLES, &format!("<si><t>{}</t></si>", "x".repeat(3 << 20)));
    assert!(faults(long)[0].contains("larger than any roster"));
    let strings = format!("<si><t>{}</t></si>", "x".repeat(100_000));
    let wide = workbook(r#"<row><c t="s"><v>0</v></c></row>"#, &strings);
    assert!(faults(wide)[0].contains("larger than any roster"));
}

#[test]
fn an_archive_that_lies_about_its_size_is_refused() {
    let whole = pack(&[("a", "b")]);
    let open = |bytes: Vec<u8>| {
        let limits = Limits { entries_max: 10, directory_bytes_max: 1 << 10 };
        Archive::open(Box::new(Cursor::new(bytes)), limits)
    };
    assert!(open(whole.clone()).is_ok());
    let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
    assert!(matches!(open(pack(&many)), Err(ArchiveError::TooMany { .. })));
    let end = whole.len() - 22;
    let mut lying = whole.clone();
    lying[end + 8..end + 12].copy_from_slice(&[9, 0, 9, 0]); // nine entries where there is one
    assert!(matches!(open(lying), Err(ArchiveError::Damaged)));
    let twice = [whole.clone(), whole[end..].to_vec()].concat();
    assert!(matches!(open(twice), Err(ArchiveError::Damaged)), "two ends");
    // a small entry that says so, and is not
    let mut archive = open(pack(&[("a", &"b".repeat(2_000))])).unwrap();
    assert!(matches!(archive.read(0, 1_000), Err(ArchiveError::TooLarge { .. })));
    assert_eq!(archive.read(0, 2_000).unwrap().len(), 2_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..4_000)) {
        let table = read(bytes);
        prop_assert!(!table.faults.is_empty());
    }

    #[test]
    fn random_text_never_panics(text in "[,;\t\"'=+@\r\n0-9X王a-c]{0,600}") {
        let _ = read(format!("{HEADER}{text}"));
    }

    #[test]
    fn a_damaged_text_never_panics(at in 0_usize..180, byte in any::<u8>()) {
        let mut file = format!("{HEADER}{}", good()).into_bytes();
        let at = at % file.len();
        file[at] = byte;
        prop_assert!(read(file).people.len() <= 1);
    }

    #[test]
    fn a_damaged_workbook_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut file = sheet(r#"<c r="A5" t="s"><v>3</v></c>"#, "", "");
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if !whole {
            file.truncate(cut.index(file.len()));
        }
        let _ = read(file);
    }

    #[test]
    fn strange_xml_never_panics(rows in "(<row>|<row r=\"[0-9]{1,30}\">|<c>|<c r=\"[A-Z]{0,9}1\" t=\"s\">|<v>|[0-9.eE-]{0,9}|</v>|</c>|</row>|<f/>|<t>|</t>|<rPh>|</rPh>|&#[0-9]{1,8};|&lt;|<!--|]]>|<!\\[CDATA\\[){0,40}") {
        let _ = read(workbook(&format!("{TITLES}{rows}"), &format!("{STRINGS}{rows}")));
    }
}
