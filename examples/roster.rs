//! A roster of people who do not exist, for measurements.
//!
//! `roster ROWS FILE.csv|FILE.xlsx [ROUND]` writes so many people; the same ones each time. With a ROUND above 0 every
//! twentieth has another telephone and every hundredth is not there, as in next month's file.

use anyhow::{Context, Result, bail};
use chrono::{Days, NaiveDate};
use jianmian::domain::beneficiary::IdNumber;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Birthdays: this many from 1926 on.
const BIRTHDAYS: u32 = 14_600;
const FAMILY_NAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "黄", "赵"];
const GIVEN_NAMES: [&str; 11] =
    ["秀兰", "桂英", "玉兰", "淑珍", "凤英", "建国", "国强", "德明", "志华", "永福", "长林"];
const TITLES: [&str; 7] =
    ["姓名", "身份证号", "出生日期", "性别", "电话", "现居住地", "上次认证日期"];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, path, round @ ..] = arguments.as_slice() else {
        bail!("usage: roster ROWS FILE.csv|FILE.xlsx [ROUND]")
    };
    let rows: u32 = rows.parse()?;
    let round: u32 = round.first().map_or(Ok(0), |r| r.parse())?;
    let people = (0..rows).filter(|n| round == 0 || n % 100 != 99).map(|n| person(n, round));
    let file = BufWriter::new(File::create(path).context("cannot write")?);
    if Path::new(path).extension().is_some_and(|e| e == "xlsx") {
        workbook(file, people)
    } else {
        text(file, people)
    }
}

/// The fields of the n-th person. Area 990000 belongs to nobody.
fn person(n: u32, round: u32) -> Result<[String; 7]> {
    let days = Days::new(u64::from(n.wrapping_mul(7_919) % BIRTHDAYS));
    let born = NaiveDate::from_ymd_opt(1926, 1, 1).and_then(|d| d.checked_add_days(days));
    let born = born.context("no birthday")?;
    let serial = n / BIRTHDAYS;
    let digits = format!("990000{}{serial:03}", born.format("%Y%m%d"));
    let check = IdNumber::check_character(&digits).context("no check character")?;
    let name = FAMILY_NAMES[n as usize % 8].to_owned()
        + GIVEN_NAMES[(n / 8) as usize % 11]
        + GIVEN_NAMES[(n / 88) as usize % 11];
    let phone = if round > 0 && n.is_multiple_of(20) { 20_000_000 + n } else { 10_000_000 + n };
    let confirmed = NaiveDate::from_ymd_opt(2025, 12, 1)
        .and_then(|d| d.checked_add_days(Days::new(u64::from(n % 330))))
        .context("no date")?;
    Ok([
        name,
        format!("{digits}{check}"),
        born.to_string(),
        if serial % 2 == 1 { "男" } else { "女" }.to_owned(),
        format!("0000-{phone}"),
        format!("示范县第{}镇第{}村", n % 27 + 1, n % 311 + 1),
        confirmed.to_string(),
    ])
}

fn text(mut file: impl Write, people: impl Iterator<Item = Result<[String; 7]>>) -> Result<()> {
    writeln!(file, "{}", TITLES.join(","))?;
    for person in people {
        writeln!(file, "{}", person?.join(","))?;
    }
    Ok(file.flush()?)
}

fn workbook(
    file: impl Write + std::io::Seek,
    people: impl Iterator<Item = Result<[String; 7]>>,
) -> Result<()> {
    let mut zip = ZipWriter::new(file);
    let how = SimpleFileOptions::default();
    let ns = "http://schemas.openxmlformats.org";
    for (path, content) in [
        (
            "[Content_Types].xml",
            format!(
                r#"<Types xmlns="{ns}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#
            ),
        ),
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{ns}/package/2006/relationships"><Relationship Id="rId1" Type="{ns}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{ns}/spreadsheetml/2006/main" xmlns:r="{ns}/officeDocument/2006/relationships"><sheets><sheet name="roster" sheetId="1" r:id="rId1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{ns}/package/2006/relationships"><Relationship Id="rId1" Type="{ns}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
            ),
        ),
    ] {
        zip.start_file(path, how)?;
        zip.write_all(content.as_bytes())?;
    }
    zip.start_file("xl/worksheets/sheet1.xml", how)?;
    let mut sheet = BufWriter::new(zip);
    write!(sheet, r#"<worksheet xmlns="{ns}/spreadsheetml/2006/main"><sheetData>"#)?;
    let titles = std::iter::once(Ok(TITLES.map(str::to_owned)));
    for (row, fields) in (1..).zip(titles.chain(people)) {
        write!(sheet, r#"<row r="{row}">"#)?;
        for (column, field) in ('A'..='G').zip(fields?) {
            write!(sheet, r#"<c r="{column}{row}" t="inlineStr"><is><t>{field}</t></is></c>"#)?;
        }
        write!(sheet, "</row>")?;
    }
    write!(sheet, "</sheetData></worksheet>")?;
    let zip = sheet.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    zip.finish()?.flush()?;
    Ok(())
}
