//! The screen light against the simulator: how often a genuine answer is seen, and how often anything else is.
//! `JIANMIAN_LIGHT_CALLS=2000` measures with so many calls a row and prints the table of `docs/liveness.md`.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use super::liveness_simulator::{Answer, Chance, Scene, Simulated, call, policy};
use jianmian::domain::{
    challenge::Prompt,
    evidence::{CaptureEnd, LightOutcome, TurnOutcome},
};
use std::collections::BTreeMap;

fn calls() -> u64 {
    std::env::var("JIANMIAN_LIGHT_CALLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

fn name(outcome: &LightOutcome) -> &'static str {
    match outcome {
        LightOutcome::Seen(_) => "seen",
        LightOutcome::Inconclusive(_) => "inconclusive",
        LightOutcome::Mismatch(_) => "mismatch",
        LightOutcome::Late(_) => "late",
        LightOutcome::Flat(_) => "flat",
    }
}

/// Shares of the outcomes over many calls, printed as a line of the table.
fn shares(
    title: &str,
    row: u64,
    change: impl Fn(&mut Scene, &mut Chance),
) -> BTreeMap<&'static str, f64> {
    let mut found = BTreeMap::new();
    let n = calls();
    let mut lengths = Vec::new();
    for i in 0..n {
        let mut chance = Chance::new(row * 1_000_003 + i);
        let mut scene = Scene::ordinary(&mut chance);
        change(&mut scene, &mut chance);
        let seed = chance.seed();
        let done = call(&scene, seed, &mut chance);
        *found.entry(name(&done.evidence.light)).or_insert(0.0) += 1.0 / n as f64;
        lengths.push(done.ended_ms);
    }
    lengths.sort_unstable();
    let of = |k: &str| 100.0 * found.get(k).copied().unwrap_or(0.0);
    println!(
        "| {title} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
        of("seen"),
        of("inconclusive"),
        of("flat"),
        of("late"),
        of("mismatch"),
        lengths[lengths.len() / 2] as f64 / 1000.0
    );
    found
}

fn of(found: &BTreeMap<&'static str, f64>, name: &str) -> f64 {
    found.get(name).copied().unwrap_or(0.0)
}

/// The colours of another call, from its own prompts, begun at the same moment.
fn another_call(chance: &mut Chance) -> Vec<(u64, jianmian::domain::challenge::ScreenColour)> {
    let scene = Scene::ordinary(chance);
    let seed = chance.seed();
    let Simulated { prompts, .. } = call(&scene, seed, chance);
    prompts
        .into_iter()
        .filter_map(|(at, prompt)| match prompt {
            Prompt::Light { colour, .. } => Some((at, colour)),
            _ => None,
        })
        .collect()
}

#[test]
fn genuine_answers_are_seen_in_rooms() {
    for (share, least) in
        [(0.01, 0.0), (0.02, 0.4), (0.03, 0.7), (0.05, 0.9), (0.1, 0.95), (0.25, 0.95)]
    {
        let title = format!("genuine, screen {:.0} % of the light", share * 100.0);
        let found = shares(&title, 1, |s, _| s.share = share);
        assert!(of(&found, "seen") >= least, "{title}: {found:?}");
        assert!(of(&found, "mismatch") <= 0.01, "{title}: {found:?}");
        assert!(of(&found, "late") <= 0.01, "{title}: {found:?}");
    }
}

#[test]
fn genuine_answers_survive_poor_lines() {
    let found = shares("genuine, 5 %, 5 frames a second", 2, |s, _| s.frames_per_second = 5.0);
    assert!(of(&found, "seen") >= 0.85, "{found:?}");
    let found =
        shares("genuine, 5 %, 3 frames a second (stills)", 3, |s, _| s.frames_per_second = 3.0);
    assert!(of(&found, "seen") >= 0.7, "{found:?}");
    let found = shares("genuine, 5 %, no acknowledgement at all", 4, |s, _| s.acks_lost = 1.0);
    assert!(of(&found, "seen") >= 0.85, "{found:?}");
    let found = shares("genuine, 5 %, a third of the frames lost", 5, |s, _| s.frames_lost = 0.33);
    assert!(of(&found, "seen") >= 0.85, "{found:?}");
    let found =
        shares("genuine, 5 %, 250-600 ms ways", 6, |s, c| s.way_ms = c.between(250.0, 600.0));
    assert!(of(&found, "seen") >= 0.8, "{found:?}");
    let found = shares("genuine, 5 %, twice the movement", 7, |s, _| s.movement *= 2.0);
    assert!(of(&found, "seen") >= 0.6, "{found:?}");
}

/// A slow server: pictures arrive as ever, but only three to five a second are looked at, each up to a second late.
#[test]
fn a_slow_server_accuses_nobody() {
    for (row, share) in [(21, 0.01), (22, 0.03), (23, 0.05), (24, 0.1), (25, 0.25)] {
        let title =
            format!("genuine, {:.0} %, 3-5 looked at a second, 0.3-1 s late", share * 100.0);
        let found = shares(&title, row, |s, c| {
            s.share = share;
            s.frames_per_second = c.between(3.0, 5.0);
            s.analysis_ms = c.between(300.0, 650.0);
            s.way_ms = c.between(15.0, 300.0);
        });
        assert!(of(&found, "mismatch") + of(&found, "late") < 1e-9, "{title}: {found:?}");
        assert!(share < 0.05 || of(&found, "seen") >= 0.8, "{title}: {found:?}");
    }
}

/// However late the findings come, what was seen is judged by when it was taken.
#[test]
fn late_findings_change_no_judgement() {
    let outcomes = |analysis_ms: f32| {
        shares("genuine, 5 %, findings late", 26, |s, _| s.analysis_ms = analysis_ms)
    };
    let (soon, late) = (outcomes(30.0), outcomes(700.0));
    assert!(of(&late, "seen") >= of(&soon, "seen") - 0.1, "{soon:?} {late:?}");
    assert!(of(&late, "late") < 1e-9, "{late:?}");
}

#[test]
fn what_does_not_answer_is_not_seen() {
    let found = shares("recording, no answer", 11, |s, _| s.answer = Answer::Nothing);
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("recording, no answer, four times the movement", 12, |s, _| {
        s.answer = Answer::Nothing;
        s.movement *= 4.0;
    });
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("recording of another call, 5 %", 13, |s, c| {
        s.answer = Answer::Recorded(another_call(c));
    });
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("recording of another call, 10 %", 14, |s, c| {
        s.share = 0.1;
        s.answer = Answer::Recorded(another_call(c));
    });
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("recording of another call, 25 %", 18, |s, c| {
        s.share = 0.25;
        s.answer = Answer::Recorded(another_call(c));
    });
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("recording of another call, 10 %, 4 looked at a second", 19, |s, c| {
        s.share = 0.1;
        s.frames_per_second = 4.0;
        s.answer = Answer::Recorded(another_call(c));
    });
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("relay, 1.2 s late, 5 %", 15, |s, _| s.answer = Answer::Late(1200.0));
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("relay, 2.5 s late, 5 %", 16, |s, _| s.answer = Answer::Late(2500.0));
    assert!(of(&found, "seen") <= 0.03, "{found:?}");
    let found = shares("whole picture tinted alike, 5 %", 17, |s, _| s.answer = Answer::Uniform);
    assert!(of(&found, "seen") <= 0.03 && of(&found, "flat") >= 0.8, "{found:?}");
}

#[test]
fn a_passive_call_is_short_and_a_turn_makes_daylight_good() {
    let mut chance = Chance::new(5);
    let mut scene = Scene::ordinary(&mut chance);
    scene.share = 0.08;
    let done = call(&scene, chance.seed(), &mut chance);
    assert!(matches!(done.evidence.light, LightOutcome::Seen(_)), "{:?}", done.evidence.light);
    assert_eq!(done.evidence.turn, TurnOutcome::NotAsked);
    assert_eq!(done.evidence.end, CaptureEnd::Complete);
    assert!((6000..8400).contains(&done.ended_ms), "{}", done.ended_ms);
    assert!((4..=12).contains(&done.evidence.probes.len()));
    assert!(done.evidence.bona_fide.len() >= 10);

    scene.answer = Answer::Nothing;
    scene.turns = Some(0.9);
    let done = call(&scene, chance.seed(), &mut chance);
    assert!(matches!(done.evidence.turn, TurnOutcome::Seen { .. }), "{:?}", done.evidence.turn);
    assert!(done.ended_ms < 17_000, "{}", done.ended_ms);

    scene.turns = None;
    let done = call(&scene, chance.seed(), &mut chance);
    assert_eq!(done.evidence.turn, TurnOutcome::Skipped);
}

#[test]
fn loops_are_found_and_people_are_not_loops() {
    let limit = policy().repeated_ms_max;
    let (mut found, mut wrong) = (0, 0);
    let n = calls();
    for i in 0..n {
        let mut chance = Chance::new(77_000 + i);
        let mut scene = Scene::ordinary(&mut chance);
        scene.share = chance.between(0.0, 0.1);
        scene.pictures = true;
        let seed = chance.seed();
        let w = call(&scene, seed, &mut chance).evidence.continuity.repeated_ms;
        wrong += u64::from(w > limit);
        scene.looped_ms = Some(chance.between(1500.0, 3000.0) as u64);
        let looped = call(&scene, seed, &mut chance).evidence.continuity;
        found += u64::from(looped.repeated_ms > limit);
        assert_eq!(looped.frozen_ms, 0);
    }
    println!(
        "| loops of 1.5-3 s found | {found} of {n} |; people taken for loops | {wrong} of {n} |"
    );
    assert!(found * 10 >= n * 6, "{found} of {n}");
    assert!(wrong * 50 <= n, "{wrong} of {n}");
}
