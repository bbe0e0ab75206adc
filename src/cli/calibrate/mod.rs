//! `jianmian calibrate`: from an evaluation, or from the county's own confirmed calls, to a signed calibration.

mod county;

use crate::{
    analysis::Engine,
    app::calibration as files,
    clock::SystemClock,
    config::Settings,
    domain::{calibration::Calibration, finding::PackStamp},
    evaluation::{About, Comparison, Sample, calibrate},
    service::Service,
};
use anyhow::{Context, ensure};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What to make a calibration from.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Options {
    /// Folder of `jianmian evaluate verification`; may be given several times.
    #[arg(long, value_name = "DIR", required_unless_present = "from_county")]
    from: Vec<PathBuf>,
    /// The county's own calls that an officer confirmed, with all people compared with one another.
    #[arg(long, conflicts_with = "from")]
    pub from_county: bool,
    /// Group columns of the evaluation's list; else those that its report has.
    #[arg(long, value_name = "COLUMN,COLUMN", value_delimiter = ',')]
    group: Vec<String>,
    /// Where the calibration is written; else where this installation looks for its own.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Key that signs, 64 hex digits; made when there is none. Else the county's own.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Version; else pack and date.
    #[arg(long)]
    version: Option<String>,
    /// A line about where the pictures come from; may be given several times.
    #[arg(long, value_name = "TEXT")]
    source: Vec<String>,
    /// A line about what the calibration does not cover; may be given several times.
    #[arg(long, value_name = "TEXT")]
    limit: Vec<String>,
}

const HELP: &str = "Scores become: one threshold for everybody (set by the worst group with enough data), what it proves, and what each score says.
Automatic confirmation stays locked unless at least 30,000 comparisons of different people prove a false-match rate of at most 1 in 10,000.

Examples:
  jianmian calibrate --from report              from `jianmian evaluate verification --out report`
  jianmian --config county.toml calibrate --from-county";

/// Comparisons and where they are from.
pub struct Material {
    /// Comparisons.
    pub samples: Vec<Sample>,
    /// Embedder they were made with.
    pub embedder_sha256: String,
    /// One line each.
    pub sources: Vec<String>,
}

/// From evaluations.
///
/// # Errors
/// When they cannot be read, or were made with another embedder than the one in use.
pub fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let engine = Engine::start(&settings.models)?;
    let material = from_evaluations(options)?;
    finish(options, settings, engine.pack(), material)
}

/// From the county's own calls.
///
/// # Errors
/// When there are too few of them, or no usable models.
pub async fn run_county(
    options: &Options,
    settings: &Settings,
    service: &Service,
) -> anyhow::Result<ExitCode> {
    let engine = Engine::start(&settings.models)?;
    let embedder = engine.pack().models.iter().find(|m| m.role == "embedder");
    let sha256 = embedder.map(|m| m.sha256.clone()).unwrap_or_default();
    let material = county::material(service, &sha256).await?;
    finish(options, settings, engine.pack(), material)?;
    Ok(ExitCode::SUCCESS)
}

/// Calibrates, writes, and says what came of it.
///
/// # Errors
/// When there is too little, the embedder is another, or a file cannot be written.
pub fn finish(
    options: &Options,
    settings: &Settings,
    pack: &PackStamp,
    material: Material,
) -> anyhow::Result<()> {
    let embedder = pack.models.iter().find(|m| m.role == "embedder").map(|m| m.sha256.clone());
    ensure!(
        embedder.as_ref() == Some(&material.embedder_sha256),
        "the scores were made with another embedder than that of pack `{}` in use",
        pack.name
    );
    let today = SystemClock::shared().today();
    let about = About {
        version: options.version.clone().unwrap_or_else(|| format!("{}-{today}", pack.name)),
        pack: pack.name.clone(),
        embedder_sha256: material.embedder_sha256,
        made_on: today,
        sources: [material.sources, options.source.clone()].concat(),
        limits: options.limit.clone(),
    };
    let calibration = calibrate(&material.samples, about)?;
    let file = options.out.clone().unwrap_or_else(|| files::county_file(settings, &pack.name));
    let key = options.key.clone().unwrap_or_else(|| files::county_key(settings));
    let public = files::write(&file, &calibration, &key)?;
    for line in told(&calibration) {
        println!("{line}");
    }
    println!("{} signed by {public}", file.display());
    Ok(())
}

/// A calibration in words.
pub fn told(c: &Calibration) -> Vec<String> {
    let proof = |p: &crate::domain::calibration::Proof| {
        format!(
            "{} of {} impostor comparisons reach it, which count for {:.0}; false-match rate at most {:.5} (95 %)",
            p.errors, p.impostors, p.counted, p.fmr_high
        )
    };
    let carried = if c.extrapolated { ", carried on beyond the sample" } else { "" };
    let mut lines = vec![
        format!("calibration {} of {}", c.version, c.made_on),
        format!(
            "accepts from {:.4} (set by {}{carried}){}; far below {:.2}",
            c.accept_from,
            c.set_by,
            if c.locks().is_empty() { "" } else { "; while locked, the pack's own line" },
            c.far_below
        ),
        format!("all: {}", proof(&c.overall)),
    ];
    for group in &c.groups {
        let worse = if group.worse { "; MORE THAN A QUARTER WORSE than the rest" } else { "" };
        let ratio = group.ratio.map_or(String::new(), |r| format!("; {r:.1} times the rest"));
        lines.push(format!("{}: {}{ratio}{worse}", group.name, proof(&group.proof)));
    }
    for age in &c.photo_age {
        lines.push(format!(
            "photographs of {} to {} years: {} of {} genuine comparisons fall below it ({:.1} to {:.1} %)",
            age.years_from, age.years_below, age.below, age.genuine, age.fnmr_low * 100.0, age.fnmr_high * 100.0
        ));
    }
    lines.extend(c.limits.iter().map(|l| format!("limit: {l}")));
    let locks = c.locks();
    lines.push(if locks.is_empty() {
        "automatic confirmation: OPEN, the evidence suffices".to_owned()
    } else {
        format!("automatic confirmation: LOCKED; {}", files::lock_words(&locks).join("; "))
    });
    lines
}

fn from_evaluations(options: &Options) -> anyhow::Result<Material> {
    let mut material =
        Material { samples: Vec::new(), embedder_sha256: String::new(), sources: Vec::new() };
    let mut numbers = HashMap::new();
    for folder in &options.from {
        let report = report(folder)?;
        let embedder = report["embedder_sha256"].as_str().unwrap_or_default().to_owned();
        ensure!(!embedder.is_empty(), "{} is no evaluation of comparisons", folder.display());
        ensure!(
            material.embedder_sha256.is_empty() || material.embedder_sha256 == embedder,
            "{} was made with another embedder than the others",
            folder.display()
        );
        material.embedder_sha256 = embedder;
        let columns: Vec<String> = if options.group.is_empty() {
            let groups = report["groups"].as_array().into_iter().flatten();
            groups.filter_map(|g| Some(g["column"].as_str()?.to_owned())).collect()
        } else {
            options.group.clone()
        };
        let before = material.samples.len();
        samples(&folder.join("scores.csv"), &columns, &mut numbers, &mut material.samples)?;
        let more = &material.samples[before..];
        let genuine = more.iter().filter(|s| s.comparison.same).count();
        let impostor = more.len() - genuine;
        material.sources.push(format!("{genuine} genuine and {impostor} impostor comparisons"));
    }
    Ok(material)
}

fn report(folder: &Path) -> anyhow::Result<serde_json::Value> {
    let path = folder.join("report.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// Reads the rows with a score. Pairs of `mixed` people belong to no group.
fn samples(
    path: &Path,
    columns: &[String],
    numbers: &mut HashMap<String, u32>,
    into: &mut Vec<Sample>,
) -> anyhow::Result<()> {
    let table = super::evaluate::Table::read(path, None)?;
    let (same, score) = (table.need(&["same"])?, table.need(&["score"])?);
    let truth = table.truth(same)?;
    let people =
        table.find(&["identity_a", "subject_a"]).zip(table.find(&["identity_b", "subject_b"]));
    let years = table.find(&["years_between", "age_gap_years"]);
    let groups: Vec<usize> = columns.iter().filter_map(|c| table.find(&[c.as_str()])).collect();
    let mut number = |name: &str| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(name.to_owned()).or_insert(next)
    };
    for (row, cells) in table.rows.iter().enumerate() {
        let Ok(score) = cells[score].parse::<f32>() else { continue };
        let people = people
            .filter(|(a, b)| !cells[*a].is_empty() && !cells[*b].is_empty())
            .map(|(a, b)| (number(&cells[a]), number(&cells[b])));
        let group = |column: &usize| {
            let value = table.group_value(row, *column);
            (!value.is_empty() && value != "mixed")
                .then(|| format!("{} {value}", table.header[*column]))
        };
        into.push(Sample {
            comparison: Comparison { score, same: truth[row], people },
            groups: groups.iter().filter_map(group).collect(),
            years: years.and_then(|y| cells[y].parse().ok()),
        });
    }
    Ok(())
}
