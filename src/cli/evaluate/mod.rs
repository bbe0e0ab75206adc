//! `jianmian evaluate`: how good is it, on pictures, clips and calls whose truth is known, through the pipeline that serves calls.

mod all_pairs;
mod calls;
mod clip;
mod journal;
mod look;
mod pad;
mod table;
mod verification;
mod work;

pub(super) use table::Table;

use crate::{
    analysis::Engine,
    app::calibration,
    clock::SystemClock,
    config::Settings,
    domain::{
        call::CallBrief,
        evidence::ReferenceTemplate,
        finding::PackStamp,
        ids::{BeneficiaryId, CallId},
        policy::Policy,
    },
    evaluation::Rate,
};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What to evaluate.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Comparisons of two pictures: false-match and false non-match rates, by group.
    #[command(after_help = VERIFICATION_HELP)]
    Verification(verification::Options),
    /// Presentation attacks: what is missed, by instrument, and who is doubted.
    #[command(after_help = PAD_HELP)]
    Pad(pad::Options),
    /// Whole calls from recorded clips, with liveness and decision.
    #[command(after_help = CALLS_HELP)]
    Calls(calls::Options),
}

const VERIFICATION_HELP: &str = "Columns of --pairs: path_a, path_b, same (1 or 0); any others are kept, and those with few values become group
columns. Identities (columns identity_a and identity_b, or --identities) make the intervals honest where people occur twice.
Columns of --images: path, identity; any others. Every picture is compared with every other.

A run that was stopped goes on where it was: give the same --out again.

Examples:
  jianmian evaluate verification --pairs pairs.csv --out report
  jianmian evaluate verification --pairs pairs.csv --out report --group age_band,sex
  jianmian evaluate verification --images images.csv --out report";

const PAD_HELP: &str = "Columns: path (picture or clip), label (bona_fide or attack), instrument (or type); subject where known; any others are kept.
Rows with another label are passed over and counted. Clips other than .mjpeg need ffmpeg.

Example:
  jianmian evaluate pad --items items.csv --out report";

const CALLS_HELP: &str = "Columns: reference (picture), clip, same (1 or 0), attack (1 or 0), instrument; any others are kept.
A recording does not answer the screen's light. --light live (the default) puts the answer in by arithmetic for rows that are no attack, --light
all for every row (the worst case: an attacker who can answer it). Both are simulations and are called so in the report. With --light none
liveness stays inconclusive unless the head happens to turn as asked. A clip that is shorter than a call is played on backwards, once.

Example:
  jianmian evaluate calls --items calls.csv --out report";

/// Where results go and lists start from.
#[derive(Clone, Debug, clap::Args)]
struct Places {
    /// Folder for scores.csv, report.json, report.html and the journal of what is done (which holds embeddings: keep it private).
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder that relative paths start from; else that of the list.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs an evaluation.
///
/// # Errors
/// When the models or the list cannot be used, or the results cannot be written. Pictures that cannot be used are results.
pub fn run(command: &Command, settings: &Settings) -> anyhow::Result<()> {
    match command {
        Command::Verification(options) => verification::run(options, settings),
        Command::Pad(options) => pad::run(options, settings),
        Command::Calls(options) => calls::run(options, settings),
    }
}

/// What every evaluation works with.
struct Bench {
    engine: Engine,
    clock: crate::clock::SharedClock,
    out: PathBuf,
}

impl Bench {
    fn open(places: &Places, settings: &Settings) -> anyhow::Result<Self> {
        let engine = calibration::calibrated(Engine::start(&settings.models)?, settings);
        std::fs::create_dir_all(&places.out)
            .with_context(|| format!("{} cannot be made", places.out.display()))?;
        let pack = engine.pack();
        println!("pack {}{}", pack.name, if pack.trial { " (trial)" } else { "" });
        Ok(Self { engine, clock: SystemClock::shared(), out: places.out.clone() })
    }

    fn pack(&self) -> &PackStamp {
        self.engine.pack()
    }

    fn sha256_of(&self, role: &str) -> String {
        let of_role = self.pack().models.iter().find(|m| m.role == role);
        of_role.map(|m| m.sha256.clone()).unwrap_or_default()
    }

    /// SHA-256 of every model, by role: what results depend on.
    fn made_by(&self, command: &str) -> serde_json::Value {
        let models: BTreeMap<String, String> = self
            .pack()
            .models
            .iter()
            .map(|m| (format!("{} {}", m.role, m.name), m.sha256.clone()))
            .collect();
        serde_json::json!({ "format": 1, "command": command, "models": models })
    }

    fn write_report<R: serde::Serialize>(&self, report: &R, page: &str) -> anyhow::Result<()> {
        let mut json = serde_json::to_string_pretty(report)?;
        json.push('\n');
        write_whole(&self.out.join("report.json"), &json)?;
        write_whole(&self.out.join("report.html"), page)?;
        println!("{}", self.out.join("report.html").display());
        Ok(())
    }
}

/// Writes a file whole or not at all.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// A rate as a line for the terminal.
fn words(rate: &Rate) -> String {
    match rate.rate {
        None => "none tried".into(),
        Some(share) => format!(
            "{:.3} % ({} of {}; 95 %: {:.3} to {:.3} %)",
            share * 100.0,
            rate.errors,
            rate.trials,
            rate.low * 100.0,
            rate.high * 100.0
        ),
    }
}

/// A call that is rehearsed from a clip.
fn brief_of(
    bench: &Bench,
    policy: &Policy,
    references: Vec<ReferenceTemplate>,
    seed: [u8; 32],
) -> CallBrief {
    CallBrief {
        call_id: CallId::new(),
        beneficiary_id: BeneficiaryId::new(),
        opened_at: bench.clock.now(),
        references,
        policy: policy.clone(),
        seed,
        assisted: false,
        helper: None,
        attempt: 1,
        retries_before: 0,
        standing: Vec::new(),
    }
}

/// Counts reasons of failures.
fn reasons<'a>(whys: impl Iterator<Item = &'a str>) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for why in whys {
        *counted.entry(why.to_owned()).or_default() += 1;
    }
    counted
}
