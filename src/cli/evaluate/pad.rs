//! `jianmian evaluate pad`.

use super::{
    Bench, Places,
    clip::{ClipFrames, Pace, empty_words, is_clip},
    journal::Journal,
    reasons,
    table::Table,
    words, work,
};
use crate::{
    call::{RehearsedLight, rehearse},
    config::Settings,
    decision,
    domain::{
        attack::{AttackScore, Cue},
        evidence::{LightOutcome, LivenessEvidence, TurnOutcome},
        finding::{FaceFindings, Want},
        name::name_of,
        policy::Policy,
    },
    evaluation::{Acquisition, Presentation, Rate, Times, attack_page, attack_report},
    frame::{Frame, Picture},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Looks at a clip by the attack nets: so many at most, one every so many ms, as in a call.
const LOOKS_MAX: usize = 16;
const LOOK_EVERY_MS: u64 = 400;
/// Seed of every rehearsal: nothing here depends on what is drawn.
const SEED: [u8; 32] = [7; 32];

/// Options of the evaluation of attack detection.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// List of presentations (CSV).
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
    /// Frames a second of .mjpeg clips, which do not say.
    #[arg(long, default_value_t = 30.0, value_name = "FPS")]
    mjpeg_fps: f32,
    #[command(flatten)]
    places: Places,
}

/// What the nets say about one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Looked {
    /// Mean bona fide score over its frames, as bits; absent on a failure.
    score_bits: Option<u32>,
    /// Frames with a score.
    frames: usize,
    /// Why there is no score.
    why: Option<String>,
    /// Time of each analysis, ms.
    ms: Vec<f64>,
    /// All signs together, light and response time left out.
    #[serde(default)]
    attack_score: AttackScore,
}

impl Looked {
    fn failure(why: impl Into<String>) -> Self {
        Self {
            score_bits: None,
            frames: 0,
            why: Some(why.into()),
            ms: Vec::new(),
            attack_score: AttackScore::default(),
        }
    }
}

/// Runs it.
pub(super) fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let list = Table::read(&options.items, options.places.root.as_deref())?;
    let (path, label) = (list.need(&["path"])?, list.need(&["label"])?);
    let instrument = list.need(&["instrument", "type"])?;
    let subject = list.find(&["subject", "identity"]);
    let bench = Bench::open(&options.places, settings)?;
    anyhow::ensure!(
        bench.pack().has_pad,
        "pack `{}` has no presentation-attack nets: there is nothing to evaluate",
        bench.pack().name
    );
    let mut made_by = bench.made_by("pad");
    made_by["policy"] = serde_json::to_value(&settings.policy)?;
    let journal = Journal::open(&bench.out.join("journal.jsonl"), &made_by)?;
    let rows: Vec<usize> = (0..list.rows.len()).collect();
    let pace = Pace { mjpeg_fps: options.mjpeg_fps, taken_fps: taken_fps(settings) };
    let looked = work::over_all("items", &rows, |row| match truth(&list.rows[*row][label]) {
        Some(_) => look(&bench, &journal, &list.file(*row, path), pace, &settings.policy).map(Some),
        None => Ok(None),
    })?;

    let mut presentations = Vec::new();
    let mut cells = Vec::new();
    for (row, looked) in list.rows.iter().zip(&looked) {
        let Some(looked) = looked else {
            cells.push(with_signs(
                String::new(),
                format!("not_counted: label `{}`", row[label]),
                None,
            ));
            continue;
        };
        match (looked.score_bits, &looked.why) {
            (Some(bits), _) => {
                let score = f32::from_bits(bits);
                let told = Some(&looked.attack_score);
                cells.push(with_signs(score.to_string(), "ok".into(), told));
                presentations.push(Presentation {
                    score,
                    attack: truth(&row[label]) == Some(true),
                    instrument: row[instrument].clone(),
                    subject: subject.map(|s| row[s].clone()).filter(|s| !s.is_empty()),
                    attack_score: looked.attack_score.clone(),
                    clip: is_clip(Path::new(&row[path])),
                });
            }
            (None, why) => {
                let why = why.as_deref().unwrap_or("no score");
                cells.push(with_signs(String::new(), format!("failure_to_acquire: {why}"), None));
            }
        }
    }
    let cues: Vec<String> = Cue::ALL.iter().filter_map(name_of).collect();
    let names: Vec<&str> = ["score", "status", "attack_score"]
        .into_iter()
        .chain(cues.iter().map(String::as_str))
        .collect();
    list.write_with(&bench.out.join("scores.csv"), &names, &cells)?;
    let counted: Vec<&Looked> = looked.iter().flatten().collect();
    let failures: Vec<&str> = counted.iter().filter_map(|l| l.why.as_deref()).collect();
    let acquisition = Acquisition {
        failures: Rate::of(failures.len(), counted.len()),
        reasons: reasons(failures.into_iter()),
    };
    let times = Times::of(counted.iter().flat_map(|l| l.ms.iter().copied()).collect());
    let report = attack_report(
        &presentations,
        (
            bench.pack().name.clone(),
            bench.pack().bona_fide_from.0,
            settings.policy.attack.doubt_from,
        ),
        (list.rows.len(), list.rows.len() - counted.len()),
        acquisition,
        times,
    );
    for row in &report.apcer {
        println!("APCER {:<20} {}", row.instrument, words(&row.rate));
    }
    println!("BPCER {:<20} {}", "all", words(&report.bpcer.rate));
    println!("failure to acquire   {}", words(&report.acquisition.failures));
    bench.write_report(&report, &attack_page(&report))
}

/// The cells of a row: score, status, attack score, and the value of each sign.
fn with_signs(score: String, status: String, told: Option<&AttackScore>) -> Vec<String> {
    let value = |cue: &Cue| {
        let part = told?.parts.iter().find(|part| part.cue == *cue);
        part.map(|part| part.value.to_string())
    };
    let together = told.map(|t| t.score.to_string()).unwrap_or_default();
    let signs = Cue::ALL.iter().map(|cue| value(cue).unwrap_or_default());
    [score, status, together].into_iter().chain(signs).collect()
}

/// `true` for an attack; absent for another label.
fn truth(label: &str) -> Option<bool> {
    match label.to_ascii_lowercase().as_str() {
        "attack" => Some(true),
        "bona_fide" | "bona fide" | "bonafide" => Some(false),
        _ => None,
    }
}

/// Frames a second that a call takes.
pub(super) fn taken_fps(settings: &Settings) -> f32 {
    f32::from(u16::try_from(settings.media.frames_per_second).unwrap_or(15))
}

fn look(
    bench: &Bench,
    journal: &Journal,
    path: &Path,
    pace: Pace,
    policy: &Policy,
) -> anyhow::Result<Looked> {
    let bytes = match super::look::read(path) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Looked::failure(why)),
    };
    let clip = is_clip(path);
    let key = format!(
        "{} {}",
        hex::encode(Sha256::digest(&bytes)),
        if clip { pace.mjpeg_fps } else { 0.0 }
    );
    if let Some(known) = journal.get(&key)
        && let Ok(looked) = serde_json::from_value(known)
    {
        return Ok(looked);
    }
    let looked = if clip {
        look_at_clip(bench, path, pace, policy)
    } else {
        look_at_picture(bench, &bytes, policy)
    };
    match looked {
        Ok(looked) => {
            journal.add(&key, &serde_json::to_value(&looked)?)?;
            Ok(looked)
        }
        Err(why) => Ok(Looked::failure(why)),
    }
}

fn look_at_picture(bench: &Bench, bytes: &[u8], policy: &Policy) -> Result<Looked, String> {
    let picture = std::panic::catch_unwind(|| Picture::decode(bytes))
        .map_err(|_| "the picture breaks its decoder".to_owned())?
        .map_err(|e| e.to_string())?;
    let frame = Frame { seq: 0, at_ms: 0, picture: Arc::new(picture) };
    let (looked, face) = looks(bench, std::iter::once(frame))?;
    let seen = LivenessEvidence::of_still(face.as_ref(), None);
    Ok(Looked { attack_score: decision::attack_score(&seen, policy), ..looked })
}

/// The nets as often as in a call, whatever becomes of the call; and the signs over time, by a rehearsal of it.
fn look_at_clip(bench: &Bench, path: &Path, pace: Pace, policy: &Policy) -> Result<Looked, String> {
    let mut frames = ClipFrames::open(path, pace)?;
    let mut due = 0;
    let mut some = false;
    let chosen = frames.by_ref().filter(|frame| {
        some = true;
        let take = frame.at_ms >= due;
        if take {
            due = frame.at_ms + LOOK_EVERY_MS;
        }
        take
    });
    let (looked, _) = looks(bench, chosen.take(LOOKS_MAX))?;
    if !some {
        return Err(empty_words(&frames));
    }
    let brief = super::brief_of(bench, policy, Vec::new(), SEED);
    let frames = ClipFrames::open(path, pace)?;
    let record = rehearse(&bench.engine, brief, frames, RehearsedLight::None);
    let mut seen = record.map_err(|e| e.to_string())?.evidence.liveness;
    // A recording answers nobody; what the light and the turn happened to say is left out.
    seen.light = LightOutcome::Inconclusive(None);
    seen.turn = TurnOutcome::NotAsked;
    Ok(Looked { attack_score: decision::attack_score(&seen, policy), ..looked })
}

fn looks(
    bench: &Bench,
    frames: impl Iterator<Item = Frame>,
) -> Result<(Looked, Option<FaceFindings>), String> {
    let want = Want { pose: false, bona_fide: true, embedding_from: None };
    let (mut scores, mut ms, mut last) = (Vec::new(), Vec::new(), None);
    for frame in frames {
        let begun = bench.clock.monotonic();
        let findings = bench.engine.analyse_blocking(&frame, want).map_err(|e| e.to_string())?;
        ms.push(bench.clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0);
        if let Some(face) = findings.face {
            scores.extend(face.bona_fide.map(|s| s.0));
            last = Some(face);
        }
    }
    if scores.is_empty() {
        return Ok((Looked { ms, ..Looked::failure("no face found") }, None));
    }
    #[allow(clippy::cast_precision_loss)] // at most LOOKS_MAX
    let mean = scores.iter().sum::<f32>() / scores.len() as f32;
    let looked = Looked {
        score_bits: Some(mean.to_bits()),
        frames: scores.len(),
        why: None,
        ms,
        attack_score: AttackScore::default(),
    };
    Ok((looked, last))
}
