//! Presentations whose truth is known: attacks taken for bona fide (APCER) by instrument, and bona fide ones taken for attacks.

use super::{
    rate::Rate,
    verification::{Acquisition, Bar, Times},
};
use crate::domain::attack::{AttackScore, Cue};
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
    /// All signs together, light and response time left out.
    pub attack_score: AttackScore,
    /// A clip, with signs over time.
    pub clip: bool,
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
    /// The same by all signs together, where the policy has a limit for them.
    pub by_attack_score: Option<ByScore>,
}

/// Errors of the attack score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByScore {
    /// From this score on a presentation counts as an attack.
    pub doubt_from: f32,
    /// Clips among the presentations.
    pub clips: u64,
    /// Single pictures among them: few signs.
    pub pictures: u64,
    /// Attacks below the limit, by instrument.
    pub apcer: Vec<InstrumentRow>,
    /// Bona fide presentations at or above it.
    pub bpcer: InstrumentRow,
    /// The same by kind.
    pub bpcer_by_kind: Vec<InstrumentRow>,
    /// What each sign adds.
    pub cues: Vec<CueRow>,
}

/// What one sign adds to the attack score, on average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CueRow {
    /// Sign.
    pub cue: Cue,
    /// Attacks in which it was measured.
    pub attacks: u64,
    /// Mean of what it adds there.
    pub adds_in_attacks: Option<f64>,
    /// Bona fide presentations in which it was measured.
    pub bona_fide: u64,
    /// Mean of what it adds there.
    pub adds_in_bona_fide: Option<f64>,
}

/// The report on presentations. `doubt_from` is the policy's limit of the attack score.
pub fn attack_report(
    presentations: &[Presentation],
    (pack, threshold, doubt_from): (String, f32, Option<f32>),
    (rows, rows_passed_over): (usize, usize),
    acquisition: Acquisition,
    times: Times,
) -> AttackReport {
    let by_nets = |p: &Presentation| p.score >= threshold;
    let apcer = rows_of(presentations, true, &by_nets);
    let worst = apcer
        .iter()
        .max_by(|a, b| a.rate.rate.unwrap_or(0.0).total_cmp(&b.rate.rate.unwrap_or(0.0)));
    AttackReport {
        pack,
        threshold,
        rows: rows as u64,
        rows_passed_over: rows_passed_over as u64,
        apcer_worst: worst.cloned(),
        apcer,
        bpcer: bpcer(presentations, &by_nets),
        bpcer_by_kind: rows_of(presentations, false, &by_nets),
        acquisition,
        bars: bars(presentations),
        times,
        by_attack_score: doubt_from.map(|doubt_from| by_score(presentations, doubt_from)),
    }
}

/// Whether a presentation passes as bona fide.
type Passes<'a> = &'a dyn Fn(&Presentation) -> bool;

fn by_score(presentations: &[Presentation], doubt_from: f32) -> ByScore {
    let passes = |p: &Presentation| p.attack_score.score < doubt_from;
    let clips = presentations.iter().filter(|p| p.clip).count();
    ByScore {
        doubt_from,
        clips: clips as u64,
        pictures: (presentations.len() - clips) as u64,
        apcer: rows_of(presentations, true, &passes),
        bpcer: bpcer(presentations, &passes),
        bpcer_by_kind: rows_of(presentations, false, &passes),
        cues: Cue::ALL.into_iter().filter_map(|cue| cue_row(presentations, cue)).collect(),
    }
}

fn cue_row(presentations: &[Presentation], cue: Cue) -> Option<CueRow> {
    let adds = |attack: bool| -> (u64, Option<f64>) {
        let all: Vec<f64> = presentations
            .iter()
            .filter(|p| p.attack == attack)
            .filter_map(|p| p.attack_score.parts.iter().find(|part| part.cue == cue))
            .map(|part| f64::from(part.adds))
            .collect();
        let n = all.len();
        (n as u64, (n > 0).then(|| all.iter().sum::<f64>() / n as f64))
    };
    let ((attacks, adds_in_attacks), (bona_fide, adds_in_bona_fide)) = (adds(true), adds(false));
    (attacks + bona_fide > 0).then_some(CueRow {
        cue,
        attacks,
        adds_in_attacks,
        bona_fide,
        adds_in_bona_fide,
    })
}

fn rows_of(presentations: &[Presentation], attack: bool, passes: Passes<'_>) -> Vec<InstrumentRow> {
    let mut by: BTreeMap<&str, Vec<&Presentation>> = BTreeMap::new();
    for p in presentations.iter().filter(|p| p.attack == attack) {
        by.entry(&p.instrument).or_default().push(p);
    }
    by.into_iter().map(|(name, all)| row(name, &all, passes)).collect()
}

fn bpcer(presentations: &[Presentation], passes: Passes<'_>) -> InstrumentRow {
    let bona_fide: Vec<&Presentation> = presentations.iter().filter(|p| !p.attack).collect();
    row("bona fide", &bona_fide, passes)
}

fn row(name: &str, all: &[&Presentation], passes: Passes<'_>) -> InstrumentRow {
    // An attack is missed when it passes; a bona fide presentation is doubted when it does not.
    let wrong = |p: &&&Presentation| p.attack == passes(p);
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
    use crate::domain::attack::Contribution;

    #[test]
    fn the_worst_instrument_is_told_and_people_are_averaged() {
        let p = |score, attack, instrument: &str, subject: &str| Presentation {
            score,
            attack,
            instrument: instrument.into(),
            subject: Some(subject.into()),
            attack_score: AttackScore {
                score: 2.0 - 4.0 * score,
                parts: vec![Contribution { cue: Cue::AttackNets, value: score, adds: 1.0 - score }],
            },
            clip: true,
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
        let report = attack_report(
            &all,
            ("p".into(), 0.5, Some(1.0)),
            (6, 0),
            acquisition,
            Times::of(Vec::new()),
        );
        let worst = report.apcer_worst.unwrap();
        assert_eq!(
            (worst.instrument.as_str(), worst.rate.errors, worst.rate.trials),
            ("phone", 1, 3)
        );
        assert_eq!((worst.by_subject, worst.subjects), (Some(0.5), Some(2)));
        assert_eq!((report.bpcer.rate.errors, report.bpcer.rate.trials), (1, 2));
        let drawn: u64 = report.bars.iter().map(|b| b.genuine + b.impostor).sum();
        assert_eq!(drawn, 6);
        let by_score = report.by_attack_score.unwrap();
        assert_eq!((by_score.clips, by_score.pictures), (6, 0));
        let missed: Vec<u64> = by_score.apcer.iter().map(|row| row.rate.errors).collect();
        assert_eq!(
            missed,
            [1, 1],
            "phone: only that of 0.9 lies below 1; print: 2 - 4 x 0.3 = 0.8"
        );
        assert_eq!(by_score.bpcer.rate.errors, 0);
        let [nets] = &by_score.cues[..] else { panic!("{by_score:?}") };
        assert_eq!((nets.attacks, nets.bona_fide), (4, 2));
        assert!((nets.adds_in_bona_fide.unwrap() - 0.55).abs() < 1e-6);
    }
}
