//! The laws of due dates, over random dates and terms.

use super::*;
use proptest::prelude::*;

/// The first scheme of `config/default.toml`.
pub(crate) fn terms() -> Scheme {
    let table: toml::Table = toml::from_str(include_str!("../../config/default.toml")).unwrap();
    table["schemes"][0].clone().try_into().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Any day from 1930 to 2099.
fn days() -> impl Strategy<Value = NaiveDate> {
    (0_u64..62_000).prop_map(|n| day("1930-01-01") + Days::new(n))
}

#[test]
fn confirmed_in_june_2023_due_by_the_end_of_june_2024() {
    for confirmed in ["2023-06-01", "2023-06-15", "2023-06-30"] {
        assert_eq!(terms().due_after(day(confirmed), day("1940-03-03")), day("2024-06-30"));
    }
    let exact = Scheme { month_end: false, ..terms() };
    assert_eq!(exact.due_after(day("2023-06-15"), day("1940-03-03")), day("2024-06-15"));
    assert_eq!(exact.due_after(day("2024-02-29"), day("1940-03-03")), day("2025-02-28"));
    assert_eq!(
        terms().due_after(day("2023-02-28"), day("1940-03-03")),
        day("2024-02-29"),
        "leap year"
    );
    let half = Scheme { cycle_months: 6, month_end: false, ..terms() };
    assert_eq!(
        half.due_after(day("2026-08-31"), day("1940-03-03")),
        day("2027-02-28"),
        "month end"
    );
}

#[test]
fn a_birthday_on_29_february_never_drifts() {
    let birthday = Scheme { anchor: Anchor::Birthday, month_end: false, ..terms() };
    let born = day("1940-02-29");
    let mut confirmed = day("2026-02-20");
    let mut dues = Vec::new();
    for _ in 0..6 {
        confirmed = birthday.due_after(confirmed, born);
        dues.push(confirmed.to_string());
    }
    let expected =
        ["2027-02-28", "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"];
    assert_eq!(dues, expected);
}

#[test]
fn fixed_days_stay_where_they_are() {
    let birthday = Scheme { anchor: Anchor::Birthday, ..terms() };
    let born = day("1945-06-15");
    for (confirmed, due) in [
        ("2026-02-01", "2026-06-30"), // long before: it holds until this year's day
        ("2026-04-01", "2027-06-30"), // 90 days before: it is this year's confirmation
        ("2026-06-10", "2027-06-30"),
        ("2026-07-05", "2027-06-30"), // late: the day does not move
        ("2026-12-24", "2027-06-30"),
    ] {
        assert_eq!(birthday.due_after(day(confirmed), born), day(due), "{confirmed}");
    }
    let calendar = Scheme {
        anchor: Anchor::Calendar,
        anchor_on: Some(day("2024-08-31")),
        cycle_months: 6,
        month_end: false,
        early_days: 30,
        ..terms()
    };
    let mut confirmed = day("2026-01-10");
    let mut dues = Vec::new();
    for _ in 0..4 {
        confirmed = calendar.due_after(confirmed, born);
        dues.push(confirmed.to_string());
    }
    assert_eq!(dues, ["2026-02-28", "2026-08-31", "2027-02-28", "2027-08-31"]);
    assert_eq!(
        calendar.due_after(day("2001-05-05"), born),
        day("2024-08-31"),
        "before its first day"
    );
}

proptest! {
    #[test]
    fn a_due_date_from_the_last_confirmation_is_one_cycle_later(confirmed in days(), cycle in 1_u32..=60, month_end_too: bool) {
        let terms = Scheme { cycle_months: cycle, month_end: month_end_too, ..terms() };
        let due = terms.due_after(confirmed, day("1940-01-01"));
        let months = (due.year() - confirmed.year()) * 12 + due.month().cast_signed() - confirmed.month().cast_signed();
        prop_assert_eq!(months, cycle.cast_signed());
        if month_end_too {
            prop_assert_eq!(due.succ_opt().unwrap().day(), 1);
        } else {
            prop_assert!(due.day() == confirmed.day() || (due.day() < confirmed.day() && due.succ_opt().unwrap().day() == 1));
        }
    }

    #[test]
    fn fixed_days_come_within_a_cycle_and_the_early_days(
        confirmed in days(), born in days(), cycle in 1_u32..=60, early in 0_u32..=27, month_end_too: bool,
    ) {
        prop_assume!(born < confirmed);
        let terms = Scheme { anchor: Anchor::Birthday, cycle_months: cycle, early_days: early, month_end: month_end_too, ..terms() };
        let due = terms.due_after(confirmed, born);
        prop_assert!(due > confirmed + Days::new(early.into()));
        // The day before it in the cycle would have been too early.
        let longest = confirmed + Days::new(early.into()) + Months::new(cycle) + Days::new(31);
        prop_assert!(due <= longest, "{} {} {}", confirmed, born, due);
        prop_assert!(month_end_too || due.day() == born.day() || due.succ_opt().unwrap().day() == 1);
    }

    #[test]
    fn a_later_confirmation_never_comes_due_earlier(a in days(), b in days(), born in days(), anchor in 0_usize..3, cycle in 1_u32..=60, month_end_too: bool) {
        let anchor = [Anchor::LastConfirmation, Anchor::Birthday, Anchor::Calendar][anchor];
        let terms = Scheme { anchor, anchor_on: Some(day("1990-10-31")), cycle_months: cycle, early_days: 20, month_end: month_end_too, ..terms() };
        let (first, second) = (a.min(b), a.max(b));
        prop_assert!(terms.due_after(first, born) <= terms.due_after(second, born));
    }
}

#[test]
fn faults_are_told_with_their_field() {
    assert!(terms().faults().is_empty());
    let bad = Scheme {
        name: "Urban Rural".into(),
        cycle_months: 0,
        anchor: Anchor::Calendar,
        early_days: 400,
        grace_days: 500,
        notice_days: vec![7, 30],
        contact_attempts_min: 0,
        channels_min: 9,
        ..terms()
    };
    let fields: Vec<&str> = bad.faults().into_iter().map(|(field, _)| field).collect();
    let all = [
        "name",
        "cycle_months",
        "anchor_on",
        "early_days",
        "grace_days",
        "notice_days",
        "contact_attempts_min",
        "channels_min",
    ];
    assert_eq!(fields, all);
}

#[test]
fn the_version_in_force_on_the_day_counts() {
    let version = |version, from: &str, state| SchemeVersion {
        version,
        terms: Scheme { cycle_months: 12 * version, ..terms() },
        effective_from: day(from),
        state,
        proposed_at: day(from).and_hms_opt(0, 0, 0).unwrap().and_utc(),
        proposer_id: None,
        decided_at: None,
        approver_id: None,
    };
    let book = SchemeBook::new(vec![
        version(3, "2027-06-01", SchemeState::Proposed),
        version(2, "2027-01-01", SchemeState::Approved),
        version(1, "1900-01-01", SchemeState::Approved),
    ]);
    let at = |on: &str| book.at("urban_rural_resident", day(on)).map(|v| v.version);
    assert_eq!([at("2026-12-31"), at("2027-01-01"), at("2030-01-01")], [Some(1), Some(2), Some(2)]);
    assert_eq!(at("1899-12-31"), None);
    assert!(book.at("other", day("2027-01-01")).is_none());
    assert_eq!(book.newest_from("urban_rural_resident"), Some(day("2027-01-01")));
}
