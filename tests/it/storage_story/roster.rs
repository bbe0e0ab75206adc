//! The roster: all rows or none, the same file twice, what changed, who is gone, and photographs in bulk.

use super::stage::{Stage, painted, token_of};
use jianmian::{
    domain::{audit::Actor, beneficiary::IdNumber},
    service::{
        PhotoOutcome, PhotosOptions, PhotosReport, Progress, RosterOptions, RosterReport,
        ServiceError,
    },
};
use std::{fmt::Write as _, sync::Arc};

fn by_operator() -> RosterOptions {
    RosterOptions::by(Actor::Operator)
}

async fn import(stage: &Stage, csv: &str, options: &RosterOptions) -> RosterReport {
    let photos = |name: &str| match name {
        "green.jpg" => Ok(painted(40, 200, 40)),
        "black.jpg" => Ok(painted(0, 0, 0)),
        "white.jpg" => Ok(painted(255, 255, 255)),
        "dark.jpg" => Ok(painted(30, 30, 30)),
        "garbage.jpg" => Ok(b"\xff\xd8\xff\xe0 truncated".to_vec()),
        _ => Err("there is no such file".to_owned()),
    };
    stage.import(csv, &photos, options).await
}

/// New, changed, unchanged, gone.
fn counts(report: &RosterReport) -> [u64; 4] {
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    [report.new, report.changed, report.unchanged, report.gone]
}

pub async fn all_rows_or_none(stage: &Stage) {
    let numbers: Vec<IdNumber> = (0..8).map(|_| stage.number()).collect();
    let line = |n: usize, photo: &str| format!("张三,{},{photo}\n", numbers[n].expose());
    let good = format!("姓名,身份证号,照片\n{}{}", line(0, "green.jpg"), line(1, ""));
    let known = async |n: usize| {
        let found = stage.tx().await.beneficiary_of_number(&numbers[n]).await.unwrap();
        found.is_some()
    };
    let dry = RosterOptions { dry_run: true, ..by_operator() };
    let tried = import(stage, &good, &dry).await;
    assert_eq!((tried.rows, tried.photos, tried.imported()), (2, 1, false));
    assert_eq!(counts(&tried), [2, 0, 0, 0]);
    assert!(!known(0).await, "a dry run writes nothing");

    let mut bad = "姓名,身份证号,照片\n".to_owned();
    let photos = ["green.jpg", "black.jpg", "white.jpg", "dark.jpg", "garbage.jpg", "missing.jpg"];
    for (n, photo) in (2..).zip(photos) {
        bad += &line(n, photo);
    }
    bad += &line(2, "");
    let refused = import(stage, &bad, &by_operator()).await;
    let told: Vec<(u64, &str)> =
        refused.faults.iter().map(|f| (f.line, f.column.as_str())).collect();
    let photo = |line| (line, "照片");
    let expected = [photo(3), photo(4), photo(5), photo(6), photo(7), (8, "")];
    assert_eq!(told, expected, "{:#?}", refused.faults);
    for (word, fault) in
        ["no face", "more than one", "too dark", "cannot be read", "no such file", "line 2"]
            .iter()
            .zip(&refused.faults)
    {
        assert!(fault.what.contains(word), "{fault}");
    }
    assert!(!refused.imported() && !known(2).await, "one fault, nothing taken");
    let mut written = Vec::new();
    refused.write_csv(&mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    assert_eq!(written.lines().count(), 7, "{written}");
    assert!(written.contains(numbers[3].expose()), "the report names whom it is about");

    assert!(import(stage, &good, &by_operator()).await.imported());
    assert!(known(0).await && known(1).await);
    let again = import(stage, &good, &by_operator()).await;
    assert_eq!((counts(&again), again.photos), ([0, 0, 2, 0], 0), "the same file changes nothing");
    let imports = stage.tx().await.roster_imports().await.unwrap();
    assert_eq!(imports.len(), 2, "{imports:?}");
    let id = imports[0].0.to_string();
    let told = stage.tx().await.audit_of("roster", &id).await.unwrap();
    assert_eq!(told[0].detail["added"], 2);
}

pub async fn a_second_file_updates(stage: &Stage) {
    let numbers: Vec<IdNumber> = (0..5).map(|_| stage.number()).collect();
    let id = async |n: usize| {
        stage.tx().await.beneficiary_of_number(&numbers[n]).await.unwrap().unwrap()
    };
    let mut first = "姓名,身份证号,电话,现居住地,上次认证日期\n".to_owned();
    for (name, n) in ["王秀兰", "李建国", "张桂英", "赵永福"].iter().zip(0..) {
        let number: &IdNumber = &numbers[n];
        let _ = writeln!(first, "{name},{},12345{n},甲镇,2025-12-03", number.expose());
    }
    assert_eq!(counts(&import(stage, &first, &by_operator()).await), [4, 0, 0, 0]);
    let header = "姓名,身份证号,电话,现居住地,上次认证日期\n";
    // a corrected name, a new telephone, empty fields, an older and a newer date; the fourth is not in the file
    let second = format!(
        "{header}王秀蘭,{},123450,,2025-01-01\n李建国,{},999999,甲镇,2026-01-05\n张桂英,{},,,\n",
        numbers[0].expose(),
        numbers[1].expose(),
        numbers[2].expose(),
    );
    let every_line = RosterOptions { every_line: true, ..by_operator() };
    let report = import(stage, &second, &every_line).await;
    assert_eq!(counts(&report), [0, 2, 1, 1]);
    let lines: Vec<String> =
        report.lines.iter().map(|l| format!("{:?} {} {}", l.outcome, l.line, l.column)).collect();
    assert_eq!(lines, ["Changed 2 name", "Changed 3 phone last_confirmed_on", "Gone 0 "]);
    let (first_one, second_one) = (id(0).await, id(1).await);
    assert_eq!((first_one.name.as_str(), first_one.residence.as_deref()), ("王秀蘭", Some("甲镇")));
    assert_eq!(first_one.last_confirmed_on.unwrap().to_string(), "2025-12-03");
    assert_eq!(
        second_one.due_on.to_string(),
        "2027-01-31",
        "the date moved by the file moves the due date"
    );
    let history = stage.tx().await.roster_changes(second_one.id).await.unwrap();
    assert!(history[0].4.contains("123451"), "what was replaced is kept: {history:?}");
    assert_eq!(counts(&import(stage, &second, &by_operator()).await), [0, 0, 3, 1]);

    // nobody is marked unless it is asked for, and a mark goes away when the person comes back
    let mark = RosterOptions { mark_gone: true, ..by_operator() };
    assert_eq!(counts(&import(stage, &second, &mark).await), [0, 0, 3, 1]);
    assert_eq!(counts(&import(stage, &second, &mark).await), [0, 0, 3, 0], "marked once");
    let kinds = async |n: usize| -> Vec<String> {
        let changes = stage.tx().await.roster_changes(id(n).await.id).await.unwrap();
        changes.into_iter().map(|change| change.2).collect()
    };
    assert_eq!(kinds(3).await, ["gone"]);
    assert_eq!(
        counts(&import(stage, &first, &by_operator()).await)[1],
        3,
        "name, phone and the one who returned"
    );
    assert_eq!(kinds(3).await, ["gone", "changed"]);
}

pub async fn numbers_that_a_person_must_look_at(stage: &Stage) {
    let (known, other) = (stage.number(), stage.number());
    let file = |name: &str, number: &str| format!("name,id_number,phone\n{name},{number},123456\n");
    assert!(import(stage, &file("王秀兰", known.expose()), &by_operator()).await.imported());
    let report = import(stage, &file("李建国", known.expose()), &by_operator()).await;
    assert!(report.faults[0].what.contains("another name"), "{:?}", report.faults);
    let report = import(stage, &file("王秀兰", other.expose()), &by_operator()).await;
    assert!(report.faults[0].what.contains("another id number"), "{:?}", report.faults);
    let settled = RosterOptions { settled: [2].into(), ..by_operator() };
    assert_eq!(counts(&import(stage, &file("王秀兰", other.expose()), &settled).await)[0], 1);
    assert_eq!(counts(&import(stage, &file("李建国", known.expose()), &settled).await)[1], 1);
    let scheme = format!("name,id_number,scheme\n李建国,{},{{}}\n", known.expose());
    let fault = import(stage, &scheme.replace("{}", "of_others"), &by_operator()).await;
    assert!(fault.faults[0].what.contains("not a scheme"), "{:?}", fault.faults);
    let own = import(stage, &scheme.replace("{}", "urban_rural_resident"), &by_operator()).await;
    assert_eq!(counts(&own)[2], 1);
    // an old number of 15 digits is the same person, and is kept as it was given
    let new = stage.number();
    let old = format!("{}{}", &new.expose()[..6], &new.expose()[8..17]);
    assert_eq!(counts(&import(stage, &file("赵永福", &old), &by_operator()).await)[0], 1);
    let id = stage.tx().await.beneficiary_of_number(&new).await.unwrap().unwrap().id;
    assert_eq!(stage.tx().await.roster_changes(id).await.unwrap()[0].3, Some(old));
    assert_eq!(counts(&import(stage, &file("赵永福", new.expose()), &by_operator()).await)[2], 1);
}

async fn photos(stage: &Stage, from: &std::path::Path, dry_run: bool) -> PhotosReport {
    let quiet = Arc::new(|_, _, _| ()) as Progress;
    let options = PhotosOptions { dry_run, by: Actor::Operator };
    stage.service.roster_photos(from, options, &quiet).await.unwrap()
}

pub async fn photographs_in_bulk(stage: &Stage) {
    let numbers: Vec<IdNumber> = (0..4).map(|_| stage.number()).collect();
    let mut roster = "name,id_number\n".to_owned();
    for (number, name) in numbers.iter().zip(["王秀兰", "李建国", "张桂英"]) {
        let _ = writeln!(roster, "{name},{}", number.expose());
    }
    assert!(import(stage, &roster, &by_operator()).await.imported());
    let dir = tempfile::tempdir().unwrap();
    let n = |at: usize| numbers[at].expose();
    let files = [
        (format!("{}.jpg", n(0)), painted(40, 200, 40)),
        (format!("town/{}_a.jpg", n(1)), painted(200, 40, 40)),
        (format!("{}.jpg", n(2)), painted(0, 0, 0)),
        (format!("{}.jpg", n(3)), painted(40, 40, 200)),
        ("me.jpg".to_owned(), painted(40, 40, 200)),
        (format!("z/{}.jpg", n(0)), painted(40, 210, 40)),
        ("Thumbs.db".to_owned(), vec![0; 10]),
    ];
    for (name, bytes) in &files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let tried = photos(stage, dir.path(), true).await;
    assert_eq!((tried.files.len(), tried.enrolled, tried.known), (6, 2, 0), "{tried:?}");
    let done = photos(stage, dir.path(), false).await;
    assert_eq!((done.enrolled, done.known), (2, 0));
    let refused: Vec<String> = done.refused().map(ToString::to_string).collect();
    for (word, file) in ["no face", "nobody", "no id number", "same person"].iter().zip(&refused) {
        assert!(file.contains(word), "{file}");
    }
    let again = photos(stage, dir.path(), false).await;
    assert_eq!((again.enrolled, again.known), (0, 2), "what is enrolled is skipped");
    let id = stage.tx().await.beneficiary_of_number(&numbers[1]).await.unwrap().unwrap().id;
    assert_eq!(stage.tx().await.references(id).await.unwrap().len(), 1);

    let zipped = dir.path().join("photos.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&zipped).unwrap());
    let how = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [
        (format!("{}.jpg", n(0)), painted(40, 200, 40)),
        (format!("{}.jpg", n(2)), painted(90, 200, 90)),
        (format!("../{}.jpg", n(1)), painted(90, 200, 90)),
        (format!("{}.png", n(3)), vec![0; 9 << 20]),
    ] {
        zip.start_file(name, how).unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    zip.finish().unwrap();
    let done = photos(stage, &zipped, false).await;
    assert_eq!((done.enrolled, done.known), (1, 1), "{done:?}");
    let refused: Vec<String> = done.refused().map(ToString::to_string).collect();
    assert!(refused[0].contains("leads out") && refused[1].contains("8 MiB"), "{refused:?}");
    assert!(matches!(done.files[0].outcome, PhotoOutcome::Known));
    let whole = std::fs::read(&zipped).unwrap();
    std::fs::write(&zipped, &whole[..whole.len() / 2]).unwrap();
    let quiet = Arc::new(|_, _, _| ()) as Progress;
    let options = PhotosOptions { dry_run: false, by: Actor::Operator };
    let fault = stage.service.roster_photos(&zipped, options, &quiet).await.unwrap_err();
    assert!(fault.to_string().contains("cut off"), "{fault}");
}

pub async fn demonstration_people_belong_to_nobody(stage: &Stage) {
    let (name, link) = stage.service.demo_enrol(painted(40, 200, 40)).await.unwrap();
    let view = stage.service.link_view(&token_of(&link.url)).await.unwrap();
    assert_eq!(view.addressee.chars().next(), name.chars().next());
    let refused = stage.service.demo_enrol(painted(0, 0, 0)).await.unwrap_err();
    assert!(matches!(&refused, ServiceError::Enrolment(r) if r.code == "no_face"), "{refused:?}");
    let mut settings = stage.settings.clone();
    settings.demo.danger_enabled = false;
    let closed = stage.again(&settings).await;
    assert!(closed.demo_enrol(painted(40, 200, 40)).await.is_err());
}
