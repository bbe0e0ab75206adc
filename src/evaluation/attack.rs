//! Presentations whose truth is known: attacks taken for bona fide (APCER) by instrument, and bona fide ones taken for attacks.

use super::{
    rate::Rate,
    verification::{Acquisition, Bar, Times},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Width of a bar of the score picture.
const BAR: f32 = 0.05;

/// One presentation with a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Presentation {
    /// Bona fide score.
    pub score: f32,
    /// Attack or not.
    pub attack: bool,
    /// Instrument of an attack, kind of a bona fide presentation.
    pub instrument: String,
    /// Who is presented, when known.
    pub subject: Option<String>,
}

/// Errors of one instrument or kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstrumentRow {
    /// Name.
    pub instrument: String,
    /// Share that the threshold decides wrongly.
    pub rate: Rate,
    /// Mean over subjects of their own rates; pictures of one person are not independent. Absent when people are not known.
    pub by_subject: Option<f64>,
    /// Distinct subjects, where known.
    pub subjects: Option<u64>,
}

/// Everything about an evaluation of attack detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackReport {
    /// Pack.
    pub pack: String,
    /// Score from which a presentation counts as bona fide.
    pub threshold: f32,
    /// Rows of the list.
    pub rows: u64,
    /// Rows with another label than the two.
    pub rows_passed_over: u64,
    /// Attacks taken for bona fide, by instrument.
    pub apcer: Vec<InstrumentRow>,
    /// The worst instrument, which is the figure to quote.
    pub apcer_worst: Option<InstrumentRow>,
    /// Bona fide presentations taken for attacks.
    pub bpcer: InstrumentRow,
    /// The same by kind.
    pub bpcer_by_kind: Vec<InstrumentRow>,
    /// Failures to acquire.
    pub acquisition: Acquisition,
    /// Score picture: `genuine` are bona fide presentations, `impostor` attacks.
    pub bars: Vec<Bar>,
    /// Times.
    pub times: Times,
}

/// The report on presentations.
pub fn attack_report(
    presentations: &[Presentation],
    (pack, threshold): (String, f32),
    (rows, rows_passed_over): (usize, usize),
    acquisition: Acquisition,
    times: Times,
) -> AttackReport {
    let rows_of = |attack: bool| -> Vec<InstrumentRow> {
        let mut by: BTreeMap<&str, Vec<&Presentation>> = BTreeMap::new();
        for p in presentations.iter().filter(|p| p.attack == attack) {
            by.entry(&p.instrument).or_default().push(p);
        }
        by.into_iter().map(|(name, all)| row(name, &all, threshold)).collect()
    };
    let apcer = rows_of(true);
    let worst = apcer
        .iter()
        .max_by(|a, b| a.rate.rate.unwrap_or(0.0).total_cmp(&b.rate.rate.unwrap_or(0.0)));
    let bona_fide: Vec<&Presentation> = presentations.iter().filter(|p| !p.attack).collect();
    AttackReport {
        pack,
        threshold,
        rows: rows as u64,
        rows_passed_over: rows_passed_over as u64,
        apcer_worst: worst.cloned(),
        apcer,
        bpcer: row("bona fide", &bona_fide, threshold),
        bpcer_by_kind: rows_of(false),
        acquisition,
        bars: bars(presentations),
        times,
    }
}

fn row(name: &str, all: &[&Presentation], threshold: f32) -> InstrumentRow {
    // An attack is missed from the threshold on; a bona fide presentation is doubted below it.
    let wrong = |p: &&&Presentation| p.attack == (p.score >= threshold);
    let mut people: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for p in all {
        if let Some(subject) = &p.subject {
            let (errors, trials) = people.entry(subject).or_default();
            *errors += usize::from(wrong(&p));
            *trials += 1;
        }
    }
    let known = !people.is_empty() && all.iter().all(|p| p.subject.is_some());
    let mean = people.values().map(|(k, n)| *k as f64 / *n as f64).sum::<f64>();
    InstrumentRow {
        instrument: name.to_owned(),
        rate: Rate::of(all.iter().filter(wrong).count(), all.len()),
        by_subject: known.then(|| mean / people.len() as f64),
        subjects: known.then_some(people.len() as u64),
    }
}

fn bars(presentations: &[Presentation]) -> Vec<Bar> {
    (0..20_u8)
        .map(|i| {
            let from = f32::from(i) * BAR;
            let here = |p: &&Presentation| {
                let bar = (p.score / BAR).floor().clamp(0.0, 19.0);
                (bar - f32::from(i)).abs() < 0.5
            };
            let count = |attack: bool| {
                presentations.iter().filter(|p| p.attack == attack).filter(here).count() as u64
            };
            Bar { from, genuine: count(false), impostor: count(true) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_instrument_is_told_and_people_are_averaged() {
        let p = |score, attack, instrument: &str, subject: &str| Presentation {
            score,
            attack,
            instrument: instrument.into(),
            subject: Some(subject.into()),
        };
        let all = [
            p(0.9, true, "phone", "a"),
            p(0.1, true, "phone", "b"),
            p(0.2, true, "phone", "b"),
            p(0.3, true, "print", "a"),
            p(0.5, false, "live", "a"),
            p(0.4, false, "live", "b"),
        ];
        let acquisition = Acquisition { failures: Rate::of(0, 6), reasons: BTreeMap::new() };
        let report =
            attack_report(&all, ("p".into(), 0.5), (6, 0), acquisition, Times::of(Vec::new()));
        let worst = report.apcer_worst.unwrap();
        assert_eq!(
            (worst.instrument.as_str(), worst.rate.errors, worst.rate.trials),
            ("phone", 1, 3)
        );
        assert_eq!((worst.by_subject, worst.subjects), (Some(0.5), Some(2)));
        assert_eq!((report.bpcer.rate.errors, report.bpcer.rate.trials), (1, 2));
        let drawn: u64 = report.bars.iter().map(|b| b.genuine + b.impostor).sum();
        assert_eq!(drawn, 6);
    }
}
