//! The roster: all rows or none.

use super::stage::{Stage, painted, token_of};
use jianmian::{
    domain::beneficiary::IdNumber,
    service::{RosterReport, ServiceError},
};

async fn import(stage: &Stage, csv: &str, dry_run: bool) -> RosterReport {
    let photos = |name: &str| match name {
        "green.jpg" => Ok(painted(40, 200, 40)),
        "black.jpg" => Ok(painted(0, 0, 0)),
        "white.jpg" => Ok(painted(255, 255, 255)),
        "dark.jpg" => Ok(painted(30, 30, 30)),
        "garbage.jpg" => Ok(b"\xff\xd8\xff\xe0 truncated".to_vec()),
        _ => Err("there is no such file".to_owned()),
    };
    stage.service.roster_import(csv.as_bytes(), &photos, dry_run, &|_, _| ()).await.unwrap()
}

pub async fn all_rows_or_none(stage: &Stage) {
    let numbers: Vec<IdNumber> = (0..8).map(|_| stage.number()).collect();
    let line = |n: usize, photo: &str| format!("张三,{},{photo}\n", numbers[n].expose());
    let good = format!("姓名,身份证号,照片\n{}{}", line(0, "green.jpg"), line(1, ""));
    let known = async |n: usize| {
        let found = stage.tx().await.beneficiary_of_number(&numbers[n]).await.unwrap();
        found.is_some()
    };
    let tried = import(stage, &good, true).await;
    assert_eq!((tried.rows, tried.photos, tried.imported), (2, 1, false));
    assert_eq!(tried.faults, vec![]);
    assert!(!known(0).await, "a dry run writes nothing");

    let bad = format!(
        "姓名,身份证号,照片\n{}{}{}{}{}{}{}",
        line(2, "green.jpg"),
        line(3, "black.jpg"),
        line(4, "white.jpg"),
        line(5, "dark.jpg"),
        line(6, "garbage.jpg"),
        line(7, "missing.jpg"),
        line(2, ""),
    );
    let refused = import(stage, &bad, false).await;
    let told: Vec<(usize, &str)> =
        refused.faults.iter().map(|f| (f.row, f.column.as_str())).collect();
    let photo = |row| (row, "照片");
    let expected = [photo(3), photo(4), photo(5), photo(6), photo(7), (8, "身份证号")];
    assert_eq!(told, expected, "{:#?}", refused.faults);
    let words: Vec<&str> = refused.faults.iter().map(|f| f.what.as_str()).collect();
    for (word, fault) in ["no face", "more than one", "too dark", "cannot be read", "no such file"]
        .iter()
        .zip(&words)
    {
        assert!(fault.contains(word), "{fault}");
    }
    assert!(!refused.imported && !known(2).await, "one fault, nothing taken");

    assert!(import(stage, &good, false).await.imported);
    assert!(known(0).await && known(1).await);
    let again = import(stage, &good, false).await;
    assert_eq!(again.faults.len(), 2);
    assert!(again.faults[0].what.contains("already"), "{}", again.faults[0]);
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
