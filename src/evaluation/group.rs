//! Rates by group, and the rule that no group may be more than a quarter worse.

use super::{
    rate::{Rate, lower_bound, upper_bound},
    verification::{Comparison, Scores},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// NIST SP 800-63A-4: no group more than 25 % worse than all together.
pub const WORSE_MAX: f64 = 1.25;

/// What can be said of a group beside all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// At most a quarter worse, shown with 95 % confidence.
    Within,
    /// More than a quarter worse, shown with 95 % confidence.
    Worse,
    /// The sample is too small to say either.
    Unclear,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Value of the group column.
    pub value: String,
    /// Rows without a score.
    pub rows_failed: u64,
    /// False-match rate at the common threshold.
    pub fmr: Rate,
    /// Times the false-match rate of all together.
    pub fmr_ratio: Option<f64>,
    /// By the rule.
    pub fmr_finding: Finding,
    /// False non-match rate at the common threshold.
    pub fnmr: Rate,
    /// Times the false non-match rate of all together.
    pub fnmr_ratio: Option<f64>,
    /// By the rule.
    pub fnmr_finding: Finding,
}

/// The groups of one column, at one threshold for everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grouping {
    /// The column.
    pub column: String,
    /// The common threshold.
    pub threshold: f32,
    /// What it is.
    pub threshold_name: String,
    /// All together.
    pub all_fmr: Rate,
    /// All together.
    pub all_fnmr: Rate,
    /// Groups, in order of their names.
    pub groups: Vec<Group>,
}

/// By the quarter rule, at one-sided 95 %. Nothing can be said where all together made no error.
pub fn finding(group: &Rate, all: &Rate) -> Finding {
    let Some(all) = all.rate.filter(|r| *r > 0.0) else { return Finding::Unclear };
    if group.trials == 0 {
        return Finding::Unclear;
    }
    let (k, n) = (group.errors as f64, group.trials as f64);
    if lower_bound(k, n, 0.95) > WORSE_MAX * all {
        Finding::Worse
    } else if upper_bound(k, n, 0.95) <= WORSE_MAX * all {
        Finding::Within
    } else {
        Finding::Unclear
    }
}

/// Rows of one column: its value and the comparison, which is absent for a failure to acquire.
pub fn grouping_of<'a>(
    column: &str,
    rows: impl IntoIterator<Item = (&'a str, Option<Comparison>)>,
    (threshold, threshold_name): (f32, &str),
) -> Grouping {
    let mut by_value: BTreeMap<&str, (Vec<Comparison>, u64)> = BTreeMap::new();
    let mut all = Vec::new();
    for (value, comparison) in rows {
        all.extend(comparison);
        if value.is_empty() {
            continue; // not told: no group
        }
        let (comparisons, failed) = by_value.entry(value).or_default();
        match comparison {
            Some(c) => comparisons.push(c),
            None => *failed += 1,
        }
    }
    let all = Scores::of(&all);
    let (all_fmr, all_fnmr) = (all.fmr(threshold), all.fnmr(threshold));
    let ratio = |group: &Rate, all: &Rate| Some(group.rate? / all.rate.filter(|r| *r > 0.0)?);
    let groups = by_value
        .into_iter()
        .map(|(value, (comparisons, rows_failed))| {
            let scores = Scores::of(&comparisons);
            let (fmr, fnmr) = (scores.fmr(threshold), scores.fnmr(threshold));
            Group {
                value: value.to_owned(),
                rows_failed,
                fmr_ratio: ratio(&fmr, &all_fmr),
                fmr_finding: finding(&fmr, &all_fmr),
                fnmr_ratio: ratio(&fnmr, &all_fnmr),
                fnmr_finding: finding(&fnmr, &all_fnmr),
                fmr,
                fnmr,
            }
        })
        .collect();
    Grouping {
        column: column.to_owned(),
        threshold,
        threshold_name: threshold_name.to_owned(),
        all_fmr,
        all_fnmr,
        groups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_worse_within_or_unclear() {
        let all = Rate::of(100, 100_000);
        assert_eq!(finding(&Rate::of(33, 3_000), &all), Finding::Worse);
        assert_eq!(finding(&Rate::of(40, 50_000), &all), Finding::Within);
        assert_eq!(finding(&Rate::of(0, 50), &all), Finding::Unclear);
        assert_eq!(finding(&Rate::of(0, 0), &all), Finding::Unclear);
        assert_eq!(finding(&Rate::of(1, 50), &Rate::of(0, 1000)), Finding::Unclear);
    }

    #[test]
    fn rows_are_counted_where_they_belong() {
        let c = |score: f32, same| Some(Comparison { score, same, people: None });
        let rows = [
            ("old", c(0.9, true)),
            ("old", c(0.8, false)),
            ("young", c(0.1, false)),
            ("young", c(0.2, true)),
            ("young", None),
            ("", c(0.1, true)),
        ];
        let table = grouping_of("age", rows, (0.5, "t"));
        let [old, young] = &table.groups[..] else { panic!("{table:?}") };
        assert_eq!((old.value.as_str(), old.fmr.errors, old.fnmr.errors), ("old", 1, 0));
        assert_eq!((young.fmr.errors, young.fnmr.errors, young.rows_failed), (0, 1, 1));
        assert_eq!(old.fmr_ratio, Some(2.0));
        assert_eq!(table.all_fnmr.trials, 3, "who is in no group counts with all");
    }
}
