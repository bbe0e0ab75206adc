//! Twenty years of references, simulated: a cohort whose faces age keeps its pass rate when references are renewed, and an impostor never
//! becomes the person on file. The faces are made up: vectors that drift, with noise in every picture. `docs/ACCURACY.md` says what that
//! is worth.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // small numbers drawn and counted

use crate::domain_fixtures as good;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use jianmian::{
    config::Settings,
    decision,
    domain::{
        evidence::ReferenceTemplate,
        ids::{OfficerId, ReferenceId},
        renewal::{Held, ReferenceStanding, RenewalRules, Seen},
        score::Embedding,
        verdict::Reason,
    },
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const YEARS: u32 = 20;
const DIMENSIONS: usize = 128;
/// Accepting score, and that of far apart, as in `models/manifest.toml`.
const ACCEPT_FROM: f32 = 0.62;
const FAR_BELOW: f32 = 0.36;
/// Variance of a picture's noise over that of the person: two pictures of one day score 1 / (1 + this) on average, 0.77.
const NOISE: f32 = 0.3;
/// It differs from picture to picture by this much (standard deviation of its logarithm).
const NOISE_VARIES: f32 = 0.35;
/// Cosine of a face with itself a year later: 0.77 of today are 0.60 after ten years.
const YEAR: f32 = 0.975;
/// Officers, and how often one of them takes somebody else for the person: strangers, and relatives.
const OFFICERS: u32 = 6;
const FOOLED: [f64; 2] = [0.05, 0.3];

struct Chance(ChaCha8Rng);

impl Chance {
    fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    fn normal(&mut self) -> f32 {
        let (u, v) = (self.uniform().max(1e-12), self.uniform() * std::f64::consts::TAU);
        ((-2.0 * u.ln()).sqrt() * v.cos()) as f32
    }

    fn face(&mut self) -> Vec<f32> {
        unit((0..DIMENSIONS).map(|_| self.normal()).collect())
    }

    fn officer(&mut self) -> OfficerId {
        OfficerId(uuid::Uuid::from_u128(u128::from(self.0.next_u32() % OFFICERS)))
    }

    /// A face whose cosine to `face` is `cosine` on average.
    fn like(&mut self, face: &[f32], cosine: f32) -> Vec<f32> {
        let other = self.face();
        let rest = (1.0 - cosine * cosine).sqrt();
        unit(face.iter().zip(&other).map(|(a, b)| cosine * a + rest * b).collect())
    }

    /// A picture of a face.
    fn picture(&mut self, face: &[f32]) -> Embedding {
        let noise = NOISE * (NOISE_VARIES * self.normal()).exp();
        let size = (noise / DIMENSIONS as f32).sqrt();
        Embedding::from_raw(face.iter().map(|v| v + size * self.normal()).collect()).unwrap()
    }
}

fn unit(values: Vec<f32>) -> Vec<f32> {
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.into_iter().map(|v| v / norm).collect()
}

/// A person's file.
struct File {
    references: Vec<(Held<ReferenceId>, Embedding, bool)>,
}

fn day(year: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026 + i32::try_from(year).unwrap(), 6, 1).unwrap()
}

fn at(year: u32) -> DateTime<Utc> {
    day(year).and_hms_opt(8, 0, 0).unwrap().and_utc()
}

impl File {
    /// Enrolled in person in year 0.
    fn of(face: &[f32], chance: &mut Chance) -> Self {
        let embedding = chance.picture(face);
        Self { references: vec![(new(0, ReferenceStanding::InUse, None), embedding, false)] }
    }

    /// Score of a call, by the very function that decides.
    fn score(&self, probe: &Embedding, year: u32) -> f32 {
        let mut evidence = good::evidence();
        evidence.opened_at = at(year);
        evidence.liveness.probes = vec![good::probe(0, probe.clone())];
        let in_use =
            |r: &&(Held<ReferenceId>, Embedding, bool)| r.0.standing == ReferenceStanding::InUse;
        evidence.references = self
            .references
            .iter()
            .filter(in_use)
            .map(|(held, embedding, _)| ReferenceTemplate {
                id: held.key,
                taken_on: Some(held.taken_on),
                embedding: embedding.clone(),
            })
            .collect();
        decision::fused_comparison(&evidence).unwrap().0
    }

    /// A call that an officer confirmed; `foreign` when it shows somebody else.
    fn confirmed(
        &mut self,
        rules: &RenewalRules,
        (probe, year, foreign): (&Embedding, u32, bool),
        (officer, reasons): (OfficerId, &[Reason]),
    ) {
        let held: Vec<Held<ReferenceId>> = self
            .references
            .iter()
            .map(|(h, e, _)| Held { score: e.compare(probe).map(|s| s.0), ..h.clone() })
            .collect();
        let seen = Seen {
            at: at(year),
            taken_on: day(year),
            officer,
            consent: true,
            reasons,
            accept_from: ACCEPT_FROM,
            far_below: FAR_BELOW,
            quality: 80,
        };
        let renewal = rules.after(&seen, &held);
        if renewal.keep {
            let kept = new(year, ReferenceStanding::OnProbation, Some(officer));
            self.references.push((kept, probe.clone(), foreign));
        }
        for (h, _, _) in &mut self.references {
            if renewal.prove == Some(h.key) {
                h.standing = ReferenceStanding::InUse;
            }
        }
        self.references.retain(|(h, _, _)| !renewal.retire.contains(&h.key));
    }

    fn foreign_in_use(&self) -> bool {
        self.references
            .iter()
            .any(|(h, _, foreign)| *foreign && h.standing == ReferenceStanding::InUse)
    }
}

fn new(year: u32, standing: ReferenceStanding, kept_by: Option<OfficerId>) -> Held<ReferenceId> {
    Held {
        key: ReferenceId::new(),
        taken_on: day(year),
        standing,
        enrolled_at: at(year),
        kept_by,
        score: None,
    }
}

/// How the calls of a cohort come to an officer.
#[derive(Clone, Copy, PartialEq)]
enum Looks {
    /// References are not renewed.
    Never,
    /// Automatic confirmation is locked: all of them.
    All,
    /// Those that are drawn.
    Drawn,
}

/// Share of calls of the last five years that the machine would find alike.
fn cohort(people: u32, looks: Looks) -> f64 {
    let settings = Settings::defaults();
    let rules = &settings.references;
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(11));
    let (mut passed, mut calls) = (0, 0);
    for _ in 0..people {
        let mut face = chance.face();
        let mut file = File::of(&face, &mut chance);
        for year in 1..=YEARS {
            face = chance.like(&face, YEAR);
            let probe = chance.picture(&face);
            let pass = file.score(&probe, year) >= ACCEPT_FROM;
            if year > YEARS - 5 {
                calls += 1;
                passed += u32::from(pass);
            }
            let due = rules.is_due(
                &file.references.iter().map(|(h, _, _)| h.clone()).collect::<Vec<_>>(),
                day(year),
            );
            let waits = file
                .references
                .iter()
                .any(|(h, _, _)| h.standing == ReferenceStanding::OnProbation);
            let sample = if due || waits {
                rules.sample_when_due
            } else {
                f64::from(settings.calls.random_sample)
            };
            // Of ten calls one is looked at for daylight or the like; whatever is not alike is looked at anyway.
            let reasons = match (pass, chance.uniform()) {
                (false, _) => &[Reason::BelowAccept],
                (true, _) if looks == Looks::All => &[Reason::AccuracyUnproven],
                (true, u) if u < 0.1 => &[Reason::LivenessInconclusive],
                (true, u) if u < 0.1 + sample => &[Reason::RandomSample],
                (true, _) => continue,
            };
            if looks != Looks::Never {
                let officer = chance.officer();
                file.confirmed(rules, (&probe, year, false), (officer, reasons));
            }
        }
        assert!(
            file.references
                .iter()
                .filter(|(h, _, _)| h.standing == ReferenceStanding::InUse)
                .count()
                <= rules.in_use_max
        );
    }
    f64::from(passed) / f64::from(calls)
}

#[test]
fn a_cohort_keeps_its_pass_rate_for_twenty_years() {
    let (without, all) = (cohort(600, Looks::Never), cohort(600, Looks::All));
    let drawn = cohort(600, Looks::Drawn);
    let fresh = {
        let mut chance = Chance(ChaCha8Rng::seed_from_u64(12));
        let passes = (0..5_000).filter(|_| {
            let face = chance.face();
            let file = File::of(&face, &mut chance);
            let later = chance.like(&face, YEAR);
            file.score(&chance.picture(&later), 1) >= ACCEPT_FROM
        });
        f64::from(u32::try_from(passes.count()).unwrap()) / 5_000.0
    };
    println!(
        "pass rate in the first year {fresh:.3}; in the last five of twenty: without renewal {without:.3}, \
         every call looked at {all:.3}, those drawn {drawn:.3}"
    );
    assert!(without < fresh - 0.3, "without renewal there would be nothing to show");
    assert!(all > fresh - 0.03, "renewal keeps it");
    assert!(drawn > fresh - 0.1, "and nearly so when calls confirm by themselves");
}

/// The person is gone; somebody else calls once a year, and officers err.
fn poisoned(impostors: u32, likeness: fn(&mut Chance) -> f32, fooled: f64) -> (u32, u32) {
    let settings = Settings::defaults();
    let rules = &settings.references;
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(13));
    let (mut on_probation, mut in_use) = (0, 0);
    for _ in 0..impostors {
        let face = chance.face();
        let mut file = File::of(&face, &mut chance);
        let cosine = likeness(&mut chance);
        let mut other = chance.like(&face, cosine);
        for year in 1..=YEARS {
            other = chance.like(&other, YEAR);
            let probe = chance.picture(&other);
            if chance.uniform() >= fooled {
                continue; // the officer sees that it is somebody else
            }
            // Nothing but what an attacker would like best: the machine found no fault but daylight.
            let officer = chance.officer();
            file.confirmed(rules, (&probe, year, true), (officer, &[Reason::LivenessInconclusive]));
        }
        on_probation += u32::from(file.references.iter().any(|(_, _, foreign)| *foreign));
        in_use += u32::from(file.foreign_in_use());
    }
    (on_probation, in_use)
}

#[test]
fn an_impostor_never_becomes_the_person_on_file() {
    let strangers = poisoned(10_000, |c| 0.1 + 0.15 * c.normal(), FOOLED[0]);
    println!(
        "10,000 strangers, 20 calls each: kept on probation {}, in use {}",
        strangers.0, strangers.1
    );
    assert_eq!(strangers.1, 0);
    let relatives = poisoned(10_000, |c| (0.3 + 0.35 * c.uniform()) as f32, FOOLED[1]);
    println!(
        "10,000 relatives, 20 calls each: kept on probation {}, in use {}",
        relatives.0, relatives.1
    );
    assert_eq!(relatives.1, 0);
}

#[test]
fn an_automatic_confirmation_keeps_nothing() {
    // There is one way into the rules: the use case of an officer's confirmation.
    let source = |path: &str| std::fs::read_to_string(crate::pipeline::root().join(path)).unwrap();
    let calls = |text: &str| text.matches(".renew_references(").count();
    let dir = std::fs::read_dir(crate::pipeline::root().join("src/service")).unwrap();
    let mut found = Vec::new();
    for entry in
        dir.filter_map(Result::ok).filter(|e| e.path().extension().is_some_and(|x| x == "rs"))
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let n = calls(&source(&format!("src/service/{name}")));
        found.extend((n > 0).then_some((name, n)));
    }
    assert_eq!(found, [("dispose.rs".to_owned(), 1)]);
    assert_eq!(day(0).year(), 2026);
    assert_eq!(at(1) - at(0), TimeDelta::days(365));
}
