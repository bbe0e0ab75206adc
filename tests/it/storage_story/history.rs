//! Earlier history: where a person's account begins, told to nobody, and never against them.

use super::{
    county::{approved_stop, seen, status, three, today},
    stage::Stage,
};
use jianmian::{
    domain::{
        audit::Actor,
        beneficiary::{BenefitStatus, IdNumber},
        confirmation::Channel,
        proposal::ProposalKind,
    },
    service::{Explanation, HistoryFound, HistoryReport, RosterOptions},
};

async fn import(stage: &Stage, file: &[u8], dry_run: bool) -> HistoryReport {
    stage.service.history_import(file, dry_run, &|_, _| ()).await.unwrap()
}

async fn explained(stage: &Stage, number: &IdNumber) -> Explanation {
    let whom = stage.tx().await.beneficiary_of_number(number).await.unwrap().unwrap();
    let explained = stage.service.explain(whom.id).await.unwrap();
    assert!(explained.agrees, "{explained:#?}");
    explained
}

async fn due(stage: &Stage, number: &IdNumber) -> String {
    explained(stage, number).await.dates.due_on.to_string()
}

/// How many lines are recorded, known already, not in the roster, of another name.
fn counts(report: &HistoryReport) -> [usize; 4] {
    use HistoryFound::{KnownAlready, NameDiffers, NotInRoster, Recorded};
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    [Recorded, KnownAlready, NotInRoster, NameDiffers]
        .map(|found| report.found.get(&found).copied().unwrap_or(0))
}

pub async fn history_begins_the_account(stage: &Stage) {
    let [new, known, stranger] = [stage.number(), stage.number(), stage.number()];
    let roster = |later: &str| {
        format!(
            "姓名,身份证号,上次认证日期\n张三,{},{later}\n李四,{},2025-12-03\n",
            new.expose(),
            known.expose()
        )
    };
    stage.add_people(&roster("")).await;
    stage.service.count_dates(&|_| ()).await.unwrap();
    let history = format!(
        "身份证号,姓名,认证日期\n{0},张三,2024-05-10\n{0},张三,2026-03-05\n{1},李四,2023-02-01\n{1},李四,2023-02-01\n{1},李五,2024-02-01\n{2},王五,2024-02-01\n",
        new.expose(),
        known.expose(),
        stranger.expose()
    );
    let (history, _, _) = encoding_rs::GB18030.encode(&history);
    let before = due(stage, &new).await;
    let tried = import(stage, &history, true).await;
    assert_eq!((counts(&tried), tried.later_due, tried.imported), ([3, 1, 1, 1], 1, false));
    assert_eq!(due(stage, &new).await, before, "a dry run writes nothing");
    let taken = import(stage, &history, false).await;
    assert_eq!((counts(&taken), taken.later_due, taken.imported), ([3, 1, 1, 1], 1, true));
    assert_eq!(taken.lines[4], (6, HistoryFound::NameDiffers));
    assert_eq!(due(stage, &new).await, "2027-03-31", "from what was last");
    assert_eq!(due(stage, &known).await, "2026-12-31", "older than the roster");
    let again = import(stage, &history, false).await;
    assert_eq!((counts(&again), again.later_due), ([0, 4, 1, 1], 0), "the same file again");

    let whom = stage.tx().await.beneficiary_of_number(&new).await.unwrap().unwrap();
    assert_eq!(whom.last_confirmed_on.unwrap().to_string(), "2026-03-05");
    let held: Vec<(String, String)> = stage
        .tx()
        .await
        .confirmations(whom.id)
        .await
        .unwrap()
        .iter()
        .map(|c| (c.period_from.to_string(), c.due_on.to_string()))
        .collect();
    let pair = |from: &str, until: &str| (from.to_owned(), until.to_owned());
    assert_eq!(held, [pair("2026-03-05", "2027-03-31"), pair("2024-05-10", "2025-05-31")]);
    let exported = stage.service.export_continuation(&|_| ()).await.unwrap();
    assert!(exported.files.is_empty(), "nobody is told");
    let later = stage
        .import(
            roster("2026-06-01"),
            &|_| Err(String::new()),
            &RosterOptions { settled: [2, 3].into(), ..RosterOptions::by(Actor::Operator) },
        )
        .await;
    assert_eq!((later.changed, later.unchanged), (1, 1), "the roster may know better still");
    stage.service.count_dates(&|_| ()).await.unwrap();
    assert_eq!(due(stage, &new).await, "2027-06-30");
    seen(stage, whom.id, Channel::Station).await;
    let ours = due(stage, &new).await;
    let more = format!("id_number,name,confirmed_on\n{},张三,2026-08-01\n", new.expose());
    assert_eq!(counts(&import(stage, more.as_bytes(), false).await), [1, 0, 0, 0]);
    assert_eq!(due(stage, &new).await, ours, "what was confirmed here holds");
}

/// Faults name their lines, and one of them takes the whole file.
pub async fn a_file_of_history_is_taken_whole(stage: &Stage) {
    let number = stage.number();
    stage.add_people(&format!("姓名,身份证号\n张三,{}\n", number.expose())).await;
    let today = today(stage);
    let line = |day: &str| format!("{},张三,{day}\n", number.expose());
    let file = format!(
        "id_number,name,confirmed_on\n{}{}{}{}",
        line("2024-05-10"),
        line(&today.to_string()),
        line("1930-01-01"),
        line("2024-06-01"),
    );
    let report = import(stage, file.as_bytes(), false).await;
    let told: Vec<&str> = report.faults.iter().map(|f| f.split(':').next().unwrap()).collect();
    assert_eq!((told, report.imported), (vec!["line 3", "line 4"], false), "{:?}", report.faults);
    let whom = stage.tx().await.beneficiary_of_number(&number).await.unwrap().unwrap();
    assert!(stage.tx().await.confirmations(whom.id).await.unwrap().is_empty());
    for bad in ["", "id_number,name\n", "id_number,name,confirmed_on\n1,张三,2024-05-10\n"] {
        assert_eq!(import(stage, bad.as_bytes(), false).await.faults.len(), 1, "{bad}");
    }
}

/// Somebody is stopped because the roster did not know of their last confirmation; the county's books do.
pub async fn history_lifts_a_stop_that_it_shows_wrong(stage: &Stage) {
    let (who, stop) = approved_stop(stage, three(stage).await).await;
    stage.service.acknowledge_proposal(stop).await.unwrap();
    assert_eq!(status(stage, who).await, BenefitStatus::Suspended);
    let whom = stage.tx().await.beneficiary(who).await.unwrap().unwrap();
    let file = |day: &str| {
        format!("id_number,name,confirmed_on\n{},{},{day}\n", whom.id_number.expose(), whom.name)
    };
    import(stage, file("2026-02-10").as_bytes(), false).await;
    assert_eq!(status(stage, who).await, BenefitStatus::Suspended, "that was due as well by now");
    let report = import(stage, file("2026-06-10").as_bytes(), false).await;
    assert_eq!((counts(&report), report.later_due), ([1, 0, 0, 0], 1));
    assert_eq!(status(stage, who).await, BenefitStatus::Active);
    let last = stage.tx().await.proposals_of(who).await.unwrap().pop().unwrap();
    assert_eq!(last.kind, ProposalKind::Resume);
    assert!(explained(stage, &whom.id_number).await.agrees);
}
