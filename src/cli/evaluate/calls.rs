//! `jianmian evaluate calls`.

use super::{
    Bench, Places,
    clip::{ClipFrames, Pace, empty_words},
    journal::Journal,
    look::{Looker, read},
    pad::taken_fps,
    reasons,
    table::Table,
    words, work,
};
use crate::{
    call::{RehearsedLight, rehearse},
    config::Settings,
    decision,
    domain::{
        call::CallRecord, evidence::ReferenceTemplate, finding::Want, ids::ReferenceId,
        verdict::Verdict,
    },
    evaluation::{Acquisition, CallItem, Rate, Times, calls_page, calls_report},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Options of the evaluation of whole calls.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// List of calls (CSV).
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
    /// What answers the screen's light.
    #[arg(long, value_enum, default_value_t = Light::Live)]
    light: Light,
    /// Frames a second of .mjpeg clips, which do not say.
    #[arg(long, default_value_t = 30.0, value_name = "FPS")]
    mjpeg_fps: f32,
    #[command(flatten)]
    places: Places,
}

/// What answers the screen's light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Light {
    /// Nothing: what a recording does.
    None,
    /// Rows that are no attack, simulated: those people did sit before a camera.
    Live,
    /// Every row, simulated: the worst case.
    All,
}

/// What became of one call.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Outcome {
    why: Option<String>,
    score_bits: Option<u32>,
    verdict: String,
    verdict_unlocked: String,
    reasons: Vec<String>,
    frames: u32,
    usable_frames: u32,
    bona_fide_mean: Option<f32>,
    #[serde(default)]
    attack_score: Option<f32>,
    #[serde(default)]
    turned_back: u64,
    ms: f64,
}

/// Runs it.
#[allow(clippy::too_many_lines)] // one list in, one table and one report out
pub(super) fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let list = Table::read(&options.items, options.places.root.as_deref())?;
    let (reference, clip) = (list.need(&["reference"])?, list.need(&["clip"])?);
    let same = list.truth(list.need(&["same"])?)?;
    let attack = list.truth(list.need(&["attack"])?)?;
    let instrument = list.find(&["instrument", "type"]);
    let bench = Bench::open(&options.places, settings)?;
    let mut made_by = bench.made_by("calls");
    made_by["policy"] = serde_json::to_value(&settings.policy)?;
    made_by["pack"] = serde_json::to_value(bench.pack())?;
    let journal = Journal::open(&bench.out.join("journal.jsonl"), &made_by)?;
    let pace = Pace { mjpeg_fps: options.mjpeg_fps, taken_fps: taken_fps(settings) };
    let rows: Vec<usize> = (0..list.rows.len()).collect();
    let outcomes = work::over_all("calls", &rows, |row| {
        let lit = match options.light {
            Light::None => RehearsedLight::None,
            Light::Live if attack[*row] => RehearsedLight::None,
            Light::Live | Light::All => RehearsedLight::Simulated,
        };
        let files = [list.file(*row, reference), list.file(*row, clip)];
        one(&bench, &journal, settings, &files, lit, pace)
    })?;

    let mut items = Vec::new();
    let mut cells = Vec::new();
    for (row, outcome) in outcomes.iter().enumerate() {
        cells.push(cells_of(outcome));
        if outcome.why.is_none() {
            items.push(CallItem {
                same: same[row],
                attack: attack[row],
                instrument: instrument.map(|i| list.rows[row][i].clone()).unwrap_or_default(),
                verdict: outcome.verdict.clone(),
                verdict_unlocked: outcome.verdict_unlocked.clone(),
                reasons: outcome.reasons.clone(),
            });
        }
    }
    list.write_with(&bench.out.join("scores.csv"), &CELLS, &cells)?;
    let failed: Vec<&str> = outcomes.iter().filter_map(|o| o.why.as_deref()).collect();
    let acquisition = Acquisition {
        failures: Rate::of(failed.len(), outcomes.len()),
        reasons: reasons(failed.into_iter()),
    };
    let per_frame = |o: &Outcome| (o.frames > 0).then(|| o.ms / f64::from(o.frames));
    let light = match options.light {
        Light::None => "none",
        Light::Live => "live",
        Light::All => "all",
    };
    let report = calls_report(
        &items,
        (
            bench.pack().name.clone(),
            settings.policy.version.clone(),
            decision::locked(Some(bench.pack()), &settings.policy),
            light.to_owned(),
        ),
        list.rows.len(),
        acquisition,
        Times::of(outcomes.iter().filter_map(per_frame).collect()),
    );
    for kind in &report.kinds {
        println!(
            "{:<16} {} calls: {} confirmed ({} were it not locked), {} to an officer, {} try again",
            kind.kind,
            kind.calls,
            kind.confirmed.errors,
            kind.confirmed_unlocked.errors,
            kind.flagged.errors,
            kind.retry.errors
        );
    }
    println!("wrongly confirmed (were it not locked)  {}", words(&report.wrongly_confirmed));
    bench.write_report(&report, &calls_page(&report))
}

/// Columns that are added to the list.
const CELLS: [&str; 9] = [
    "score",
    "status",
    "verdict",
    "verdict_unlocked",
    "reasons",
    "bona_fide",
    "usable_frames",
    "attack_score",
    "frames_backwards",
];

fn cells_of(outcome: &Outcome) -> Vec<String> {
    let score = outcome.score_bits.map(|b| f32::from_bits(b).to_string()).unwrap_or_default();
    let status = match &outcome.why {
        Some(why) => format!("failure_to_acquire: {why}"),
        None => "ok".to_owned(),
    };
    vec![
        score,
        status,
        outcome.verdict.clone(),
        outcome.verdict_unlocked.clone(),
        outcome.reasons.join(" "),
        outcome.bona_fide_mean.map(|m| m.to_string()).unwrap_or_default(),
        outcome.usable_frames.to_string(),
        outcome.attack_score.map(|s| s.to_string()).unwrap_or_default(),
        outcome.turned_back.to_string(),
    ]
}

fn one(
    bench: &Bench,
    journal: &Journal,
    settings: &Settings,
    [reference, clip]: &[PathBuf; 2],
    light: RehearsedLight,
    pace: Pace,
) -> anyhow::Result<Outcome> {
    let failed = |why: String| Ok(Outcome { why: Some(why), ..Outcome::default() });
    let (picture, video) = match (read(reference), read(clip)) {
        (Ok(picture), Ok(video)) => (picture, video),
        (Err(why), _) => return failed(format!("reference: {why}")),
        (_, Err(why)) => return failed(format!("clip: {why}")),
    };
    let mut digest = Sha256::new();
    digest.update(Sha256::digest(&picture));
    digest.update(Sha256::digest(&video));
    digest.update(format!("{light:?} {}", pace.mjpeg_fps));
    let seed: [u8; 32] = digest.finalize().into();
    let key = hex::encode(seed);
    drop((picture, video));
    if let Some(known) = journal.get(&key)
        && let Ok(outcome) = serde_json::from_value(known)
    {
        return Ok(outcome);
    }
    let want = Want::everything();
    let looker = Looker { engine: &bench.engine, journal, clock: bench.clock.clone(), want };
    let look = looker.look(reference)?;
    let Some(face) = look.face() else {
        return failed(format!("reference: {}", look.why().unwrap_or_default()));
    };
    let template = ReferenceTemplate {
        id: ReferenceId::new(),
        taken_on: None,
        embedding: face.embedding.clone(),
    };
    match call(bench, settings, template, clip, (seed, light, pace)) {
        Ok(outcome) => {
            journal.add(&key, &serde_json::to_value(&outcome)?)?;
            Ok(outcome)
        }
        Err(why) => failed(format!("clip: {why}")),
    }
}

/// The same seed for the same files: the plan of a call is drawn once and for all.
fn call(
    bench: &Bench,
    settings: &Settings,
    template: ReferenceTemplate,
    clip: &Path,
    (seed, light, pace): ([u8; 32], RehearsedLight, Pace),
) -> Result<Outcome, String> {
    let begun = bench.clock.monotonic();
    let brief = super::brief_of(bench, &settings.policy, vec![template], seed);
    let mut frames = ClipFrames::open(clip, pace)?.there_and_back();
    let record =
        rehearse(&bench.engine, brief, frames.by_ref(), light).map_err(|e| e.to_string())?;
    if record.evidence.liveness.frames == 0 {
        return Err(empty_words(&frames));
    }
    let ms = bench.clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0;
    Ok(Outcome { turned_back: frames.turned_back, ..outcome(&record, ms) })
}

fn outcome(record: &CallRecord, ms: f64) -> Outcome {
    let seen = &record.evidence.liveness;
    let unlocked = decision::decide_unlocked(&record.evidence, &record.brief.policy);
    #[allow(clippy::cast_precision_loss)] // a few scores a call
    let mean = (!seen.bona_fide.is_empty())
        .then(|| seen.bona_fide.iter().map(|s| s.0).sum::<f32>() / seen.bona_fide.len() as f32);
    Outcome {
        why: None,
        score_bits: record.decision.comparison.map(|s| s.0.to_bits()),
        verdict: name(&record.decision.verdict).to_owned(),
        verdict_unlocked: name(&unlocked.verdict).to_owned(),
        reasons: match &unlocked.verdict {
            Verdict::Flagged { reasons } => reasons.iter().map(|r| r.name()).collect(),
            _ => Vec::new(),
        },
        frames: seen.frames,
        usable_frames: seen.usable_frames,
        bona_fide_mean: mean,
        attack_score: record.decision.attack.as_ref().map(|a| a.score),
        turned_back: 0,
        ms,
    }
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Confirmed => "confirmed",
        Verdict::Flagged { .. } => "flagged",
        Verdict::Retry { .. } => "retry",
    }
}
