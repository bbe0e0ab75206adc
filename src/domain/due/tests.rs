//! The laws of periods: nobody loses a day, outages count once, the past stays as it is.

use super::*;
use crate::domain::scheme::{Anchor, Scheme, SchemeState, tests::terms as scheme};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn on(n: u32) -> NaiveDate {
    plus(day("2024-01-01"), n)
}

fn version(number: u32, from: NaiveDate, terms: Scheme) -> SchemeVersion {
    SchemeVersion {
        version: number,
        terms,
        effective_from: from,
        state: SchemeState::Approved,
        proposed_at: from.and_hms_opt(0, 0, 0).unwrap().and_utc(),
        proposer_id: None,
        decided_at: None,
        approver_id: None,
    }
}

fn outage(from: NaiveDate, days: u32) -> OutageDays {
    OutageDays { from_on: from, until_on: plus(from, days - 1), added_at: DateTime::UNIX_EPOCH }
}

fn book() -> SchemeBook {
    SchemeBook::new(vec![version(1, day("1900-01-01"), scheme())])
}

fn counting<'a>(book: &'a SchemeBook, outages: &'a Outages) -> Counting<'a> {
    Counting { scheme: "urban_rural_resident", birth_on: day("1940-02-29"), book, outages }
}

fn beginning() -> Beginning {
    Beginning {
        added_on: day("2023-09-01"),
        last_confirmed_on: Some(day("2023-06-10")),
        due_on: day("2024-06-30"),
    }
}

#[test]
fn the_dates_of_a_period() {
    use Phase::{Confirmed, Due, InGrace, PastGrace};
    let (book, none) = (book(), Outages::default());
    let dates = counting(&book, &none).first(beginning()).unwrap();
    let told = [
        dates.period_from,
        dates.cycle_due_on,
        dates.due_on,
        dates.notify_from,
        dates.call_from,
        dates.grace_until,
    ];
    let expected =
        ["2023-06-10", "2024-06-30", "2024-06-30", "2024-04-01", "2024-06-24", "2024-08-29"];
    assert_eq!(told.map(|d| d.to_string()), expected);
    let phases: Vec<Phase> =
        ["2024-03-31", "2024-04-01", "2024-06-30", "2024-07-01", "2024-08-29", "2024-08-30"]
            .map(|d| dates.phase(day(d)))
            .into();
    assert_eq!(phases, [Confirmed, Due, Due, InGrace, InGrace, PastGrace]);
}

#[test]
fn somebody_never_confirmed_keeps_the_date_of_the_roster() {
    let (book, none) = (book(), Outages::default());
    let new = Beginning { last_confirmed_on: None, ..beginning() };
    let dates = counting(&book, &none).first(new).unwrap();
    assert_eq!((dates.period_from, dates.due_on), (day("2023-09-01"), day("2024-06-30")));
}

#[test]
fn an_outage_extends_what_runs_and_counts_once() {
    let book = book();
    let until = |outages: Vec<OutageDays>| {
        let outages = Outages::new(outages);
        counting(&book, &outages).first(beginning()).unwrap().due_on.to_string()
    };
    let may = outage(day("2024-05-10"), 3);
    assert_eq!(until(vec![may]), "2024-07-03");
    assert_eq!(until(vec![may, may]), "2024-07-03", "the same outage again");
    assert_eq!(until(vec![may, outage(day("2024-05-12"), 2)]), "2024-07-04", "one day more");
    assert_eq!(
        until(vec![outage(day("2023-06-01"), 10)]),
        "2024-06-30",
        "before and on the day of the confirmation"
    );
    assert_eq!(until(vec![outage(day("2023-06-09"), 3)]), "2024-07-01", "only the day after it");
    assert_eq!(
        until(vec![outage(day("2024-08-29"), 5)]),
        "2024-07-05",
        "on the last day of the grace"
    );
    assert_eq!(until(vec![outage(day("2024-08-30"), 5)]), "2024-06-30", "after the grace");
    assert_eq!(
        until(vec![may, outage(day("2024-09-01"), 1)]),
        "2024-07-04",
        "in the grace that the first one extended"
    );
}

#[test]
fn a_change_of_the_scheme_never_moves_a_period_that_runs() {
    let shorter = Scheme { cycle_months: 6, grace_days: 10, ..scheme() };
    let changed = SchemeBook::new(vec![
        version(1, day("1900-01-01"), scheme()),
        version(2, day("2024-06-01"), shorter),
    ]);
    let none = Outages::default();
    let counting = counting(&changed, &none);
    let runs = counting.first(beginning()).unwrap();
    assert_eq!(
        (runs.due_on, runs.grace_until, runs.scheme_version),
        (day("2024-06-30"), day("2024-08-29"), 1)
    );
    let before = counting.next(&runs, day("2024-05-31")).unwrap();
    assert_eq!((before.due_on, before.scheme_version), (day("2025-05-31"), 1));
    let after = counting.next(&runs, day("2024-06-01")).unwrap();
    assert_eq!((after.due_on, after.scheme_version), (day("2024-12-31"), 2));
    assert_eq!(after.grace_until, day("2025-01-10"));
}

fn scheme_of(anchor: usize, cycle: u32, month_end: bool) -> Scheme {
    let anchor = [Anchor::LastConfirmation, Anchor::Birthday, Anchor::Calendar][anchor];
    let anchor_on = (anchor == Anchor::Calendar).then(|| day("2020-10-31"));
    Scheme { anchor, anchor_on, cycle_months: cycle, month_end, early_days: 20, ..scheme() }
}

proptest! {
    /// Renewing on any day, in any order of schemes, with any outages: what holds never becomes shorter.
    #[test]
    fn early_renewal_never_shortens(
        steps in prop::collection::vec(0_u32..1_200, 1..8), outages in prop::collection::vec((0_u32..1_200, 1_u32..20), 0..5),
        anchors in (0_usize..3, 0_usize..3), cycles in (1_u32..=24, 1_u32..=24), month_end: bool, changed in 0_u32..1_200,
    ) {
        let book = SchemeBook::new(vec![
            version(1, day("1900-01-01"), scheme_of(anchors.0, cycles.0, month_end)),
            version(2, on(changed), scheme_of(anchors.1, cycles.1, !month_end)),
        ]);
        let outages = Outages::new(outages.into_iter().map(|(from, days)| outage(on(from), days)));
        let counting = counting(&book, &outages);
        let mut runs = counting.first(beginning()).unwrap();
        for step in steps {
            let next = counting.next(&runs, on(step)).unwrap();
            prop_assert!(next.due_on >= runs.due_on && next.period_from >= runs.period_from);
            prop_assert!(next.cycle_due_on <= next.due_on && next.due_on <= next.grace_until);
            prop_assert!(next.notify_from <= next.call_from);
            prop_assert_eq!(counting.again(next.period_from, next.cycle_due_on).unwrap(), next, "counted again it is the same");
            runs = next;
        }
    }

    /// Another outage never takes a day, and gives no more than its own days.
    #[test]
    fn outages_extend_by_their_days(
        before in prop::collection::vec((0_u32..500, 1_u32..20), 0..5), from in 0_u32..500, days in 1_u32..20,
    ) {
        let book = book();
        let mut recorded: Vec<OutageDays> = before.into_iter().map(|(from, days)| outage(on(from), days)).collect();
        let due = |recorded: &[OutageDays]| {
            let outages = Outages::new(recorded.to_vec());
            counting(&book, &outages).first(beginning()).unwrap()
        };
        let without = due(&recorded);
        let added = outage(on(from), days);
        let apart = recorded.iter().all(|o| o.until_on < added.from_on || o.from_on > added.until_on);
        recorded.push(added);
        let with = due(&recorded);
        let longer = (with.due_on - without.due_on).num_days();
        prop_assert!(longer >= 0);
        prop_assert_eq!((with.grace_until - with.due_on).num_days(), 60);
        if apart && added.from_on <= without.due_on {
            // In time: by exactly its days, unless it brings a later outage into the grace.
            prop_assert!(longer >= i64::from(days));
        }
    }
}
