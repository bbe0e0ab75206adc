//! A thousand made-up worlds of scores whose truth is known: what a calibration says about them must hold.

use super::{
    calibrate::{Proven, Sample, prove},
    verification::Comparison,
};
use crate::domain::calibration::{Calibration, FMR_MAX};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const WORLDS: u64 = 1_000;
/// People of a world: in so few no lock opens, because comparisons that share people count for less.
const PEOPLE: (f64, f64) = (150.0, 330.0);
/// Larger worlds, in which a lock can open at all; fewer of them, for their size.
const LARGE_WORLDS: u64 = 24;
const MANY_PEOPLE: (f64, f64) = (700.0, 900.0);

/// Chance of one world.
struct Chance(ChaCha8Rng);

impl Chance {
    fn uniform(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Two bell-curve numbers (Box and Muller).
    fn normals(&mut self) -> [f64; 2] {
        let (u, v) = (self.uniform(1e-10, 1.0), self.uniform(0.0, std::f64::consts::TAU));
        let r = (-2.0 * u.ln()).sqrt();
        [r * v.cos(), r * v.sin()]
    }
}

/// Upper tail of the bell curve (Abramowitz and Stegun 26.2.17 is too rough here: the continued fraction of Laplace).
fn tail(z: f64) -> f64 {
    if z < 1.5 {
        // Simpson's rule from z to 9
        let (n, h) = (2000_u32, (9.0 - z) / 2000.0);
        let f = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let inner: f64 =
            (1..n).map(|i| f(z + h * f64::from(i)) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        return h / 3.0 * (f(z) + inner + f(9.0));
    }
    let fraction = (1..60_u32).rev().fold(z, |below, k| z + f64::from(k) / below);
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() / fraction
}

/// The score above the mean, in standard deviations, that one in 1,000 reaches; and that 11 in 1,000 reach: the planted bias.
const Z_1: f64 = 3.090_232;
const Z_11: f64 = 2.290_368;

/// A world: people, their impostor scores, and the truth.
struct World {
    samples: Vec<Sample>,
    mean: f64,
    spread: f64,
    shift: f64,
    /// Share of comparisons within the group.
    share: f64,
    planted: bool,
}

impl World {
    fn draw(seed: u64, (fewest, most): (f64, f64)) -> Self {
        let mut chance = Chance(ChaCha8Rng::seed_from_u64(seed));
        let people = chance.uniform(fewest, most) as u32;
        let group = (f64::from(people) * chance.uniform(0.4, 0.7)) as u32;
        let spread = chance.uniform(0.07, 0.12);
        // How much of the spread belongs to people and not to pairs: some are like many.
        let personal = spread * chance.uniform(0.0, 0.15);
        let single = (spread * spread - 2.0 * personal * personal).sqrt();
        let planted = seed % 2 == 1;
        let shift = if planted { (Z_1 - Z_11) * spread } else { 0.0 };
        let mean = chance.uniform(0.0, 0.1);
        let own: Vec<f64> = (0..people).map(|_| personal * chance.normals()[0]).collect();
        let (mut samples, mut within, mut spare) = (Vec::new(), 0_u32, None);
        for a in 0..people {
            for b in 0..a {
                let z = spare.take().unwrap_or_else(|| {
                    let [z, other] = chance.normals();
                    spare = Some(other);
                    z
                });
                let both = a < group && b < group;
                within += u32::from(both);
                let score = mean
                    + if both { shift } else { 0.0 }
                    + own[a as usize]
                    + own[b as usize]
                    + single * z;
                let comparison =
                    Comparison { score: score as f32, same: false, people: Some((a, b)) };
                let groups = if both { vec!["age 80 and older".to_owned()] } else { Vec::new() };
                samples.push(Sample { comparison, groups, years: None });
            }
        }
        let share = f64::from(within) / samples.len() as f64;
        Self { samples, mean, spread, shift, share, planted }
    }

    /// The true false-match rates at a threshold: of all, and of the group.
    fn truth(&self, threshold: f32) -> (f64, f64) {
        let z = (f64::from(threshold) - self.mean) / self.spread;
        let (rest, group) = (tail(z), tail(z - self.shift / self.spread));
        (self.share * group + (1.0 - self.share) * rest, group)
    }
}

fn opens(proven: &Proven) -> bool {
    let calibration = Calibration {
        accept_from: proven.threshold,
        overall: proven.overall,
        groups: proven.groups.clone(),
        ..crate::domain::fixtures::calibration()
    };
    calibration.locks().is_empty()
}

#[derive(Default)]
struct Tally {
    held: u64,
    held_for_group: u64,
    opened: u64,
    opened_wrongly: u64,
    planted: u64,
    found: u64,
    false_alarms: u64,
}

fn tally(seeds: impl Iterator<Item = u64>, people: (f64, f64)) -> Tally {
    let mut t = Tally::default();
    for seed in seeds {
        let world = World::draw(seed, people);
        let proven = prove(&world.samples);
        let (all, group) = world.truth(proven.threshold);
        let told = &proven.groups[0];
        t.held += u64::from(proven.overall.fmr_high >= all);
        t.held_for_group += u64::from(told.proof.fmr_high >= group);
        if opens(&proven) {
            t.opened += 1;
            t.opened_wrongly += u64::from(all > FMR_MAX || group > FMR_MAX);
        }
        if world.planted {
            t.planted += 1;
            t.found += u64::from(told.worse);
        } else {
            t.false_alarms += u64::from(told.worse);
        }
    }
    t
}

#[test]
fn the_tail_is_that_of_the_bell_curve() {
    for (z, p) in [(0.0, 0.5), (1.0, 0.158_655_25), (Z_1, 1e-3), (Z_11, 1.1e-2), (3.719_016, 1e-4)]
    {
        assert!((tail(z) - p).abs() < 2e-3 * p, "{z}: {}", tail(z));
    }
}

/// Draws the worlds on all cores.
fn draw_all(worlds: u64, people: (f64, f64)) -> impl Fn(fn(&Tally) -> u64) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let parts: Vec<Tally> = std::thread::scope(|scope| {
        let part =
            |i| scope.spawn(move || tally((0..worlds).filter(move |w| w % threads == i), people));
        let running: Vec<_> = (0..threads).map(part).collect();
        running.into_iter().map(|r| r.join().unwrap()).collect()
    });
    move |of| parts.iter().map(of).sum()
}

#[test]
fn what_a_calibration_says_holds_in_a_thousand_worlds() {
    let sum = draw_all(WORLDS, PEOPLE);
    let (held, held_for_group) = (sum(|t| t.held), sum(|t| t.held_for_group));
    let (planted, found) = (sum(|t| t.planted), sum(|t| t.found));
    println!(
        "bound holds in {held}, for the group in {held_for_group} of {WORLDS}; lock opens in {}; \
         planted bias found in {found} of {planted}; false alarms {}",
        sum(|t| t.opened),
        sum(|t| t.false_alarms)
    );
    assert!(held >= WORLDS * 95 / 100 && held_for_group >= WORLDS * 95 / 100);
    assert_eq!(sum(|t| t.opened_wrongly), 0, "the lock opened wrongly");
    assert_eq!((planted, found), (WORLDS / 2, planted), "a planted bias was not found");
}

#[test]
fn the_lock_opens_where_there_is_enough_and_never_wrongly() {
    let sum = draw_all(LARGE_WORLDS, MANY_PEOPLE);
    let (opened, wrongly) = (sum(|t| t.opened), sum(|t| t.opened_wrongly));
    println!("lock opens in {opened} of {LARGE_WORLDS}, wrongly in {wrongly}");
    assert!(opened > 0, "a lock that never opens proves nothing");
    assert_eq!(wrongly, 0, "the lock opened wrongly");
    assert_eq!(sum(|t| t.found), sum(|t| t.planted), "a planted bias was not found");
}
