//! Whole calls whose truth is known: what became of genuine callers, of other people, and of attacks.

use super::{
    rate::Rate,
    verification::{Acquisition, Times},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallItem {
    /// The person of the reference calls.
    pub same: bool,
    /// With an attack.
    pub attack: bool,
    /// Instrument, or kind.
    pub instrument: String,
    /// `confirmed`, `flagged` or `retry`.
    pub verdict: String,
    /// The verdict, were automatic confirmation not locked.
    pub verdict_unlocked: String,
    /// Reasons of a flagged call.
    pub reasons: Vec<String>,
}

/// What became of one kind of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRow {
    /// `genuine`, `impostor`, or an instrument.
    pub kind: String,
    /// Calls.
    pub calls: u64,
    /// Confirmed automatically.
    pub confirmed: Rate,
    /// Confirmed automatically, were automatic confirmation not locked.
    pub confirmed_unlocked: Rate,
    /// Sent to an officer.
    pub flagged: Rate,
    /// Asked to try again.
    pub retry: Rate,
    /// Reasons, how often each.
    pub reasons: BTreeMap<String, u64>,
}

/// Everything about an evaluation of whole calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallsReport {
    /// Pack.
    pub pack: String,
    /// Policy version.
    pub policy_version: String,
    /// Whether automatic confirmation is locked for this pack and policy.
    pub locked: bool,
    /// What answered the screen light: `none`, `live` or `all`.
    pub light: String,
    /// Rows of the list.
    pub rows: u64,
    /// By kind.
    pub kinds: Vec<CallRow>,
    /// Wrongly confirmed: another person or an attack, were automatic confirmation not locked.
    pub wrongly_confirmed: Rate,
    /// Failures to acquire.
    pub acquisition: Acquisition,
    /// Times.
    pub times: Times,
}

/// The table of kinds, genuine callers first.
pub fn calls_report(
    items: &[CallItem],
    (pack, policy_version, locked, light): (String, String, bool, String),
    rows: usize,
    acquisition: Acquisition,
    times: Times,
) -> CallsReport {
    let mut by: BTreeMap<(u8, &str), Vec<&CallItem>> = BTreeMap::new();
    for item in items {
        let key = match (item.attack, item.same) {
            (false, true) => (0, "genuine"),
            (false, false) => (1, "impostor"),
            (true, _) => (2, item.instrument.as_str()),
        };
        by.entry(key).or_default().push(item);
    }
    let wrong: Vec<_> = items.iter().filter(|i| i.attack || !i.same).collect();
    let confirmed = wrong.iter().filter(|i| i.verdict_unlocked == "confirmed").count();
    CallsReport {
        pack,
        policy_version,
        locked,
        light,
        rows: rows as u64,
        kinds: by.into_iter().map(|((_, kind), all)| row(kind, &all)).collect(),
        wrongly_confirmed: Rate::of(confirmed, wrong.len()),
        acquisition,
        times,
    }
}

fn row(kind: &str, all: &[&CallItem]) -> CallRow {
    let share = |which: &dyn Fn(&CallItem) -> bool| {
        Rate::of(all.iter().filter(|i| which(i)).count(), all.len())
    };
    let mut reasons = BTreeMap::new();
    for reason in all.iter().flat_map(|i| &i.reasons) {
        *reasons.entry(reason.clone()).or_default() += 1;
    }
    CallRow {
        kind: kind.to_owned(),
        calls: all.len() as u64,
        confirmed: share(&|i| i.verdict == "confirmed"),
        confirmed_unlocked: share(&|i| i.verdict_unlocked == "confirmed"),
        flagged: share(&|i| i.verdict == "flagged"),
        retry: share(&|i| i.verdict == "retry"),
        reasons,
    }
}
