//! `jianmian analyze`: the pipeline of a call on single pictures, one JSON line a frame.

use crate::{
    analysis::Engine,
    config::Settings,
    domain::{
        finding::{FaceFindings, FrameFindings, Want},
        score::{ComparisonScore, Embedding},
    },
    frame::{Frame, Picture},
};
use anyhow::Context;
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Largest picture file that is read, bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Compare pictures with a reference photograph.
#[derive(Clone, Debug, clap::Args)]
pub struct AnalyzeArgs {
    /// Photograph of the person who is expected.
    #[arg(long, value_name = "REF.jpg")]
    pub reference: PathBuf,
    /// Pictures to look at (JPEG, PNG, BMP).
    #[arg(required = true, value_name = "FRAME.jpg")]
    pub frames: Vec<PathBuf>,
}

/// Prints one JSON line a frame and a last one with the fused comparison score.
///
/// # Errors
/// When analysis cannot start, or none of the frames could be analysed.
pub fn run(args: &AnalyzeArgs, settings: &Settings) -> anyhow::Result<()> {
    let engine = Engine::start(&settings.models)?;
    report(args, &engine, &mut std::io::stdout().lock())
}

/// [`run`] with an engine that has been started, into any writer.
///
/// # Errors
/// When nothing can be written, or none of the frames could be analysed.
pub fn report(args: &AnalyzeArgs, engine: &Engine, out: &mut impl Write) -> anyhow::Result<()> {
    let reference = match analyse(engine, &args.reference) {
        Ok(findings) => findings.face.and_then(|face| face.embedding),
        Err(e) => {
            writeln!(out, "{}", fault(&args.reference, &e))?;
            None
        }
    };
    let mut embeddings = Vec::new();
    let mut analysed = 0u32;
    for path in &args.frames {
        let line = match analyse(engine, path) {
            Ok(findings) => {
                analysed += 1;
                let line = line(path, &findings, reference.as_ref(), engine);
                embeddings.extend(findings.face.and_then(|face| face.embedding));
                line
            }
            Err(e) => fault(path, &e),
        };
        writeln!(out, "{line}")?;
    }
    let fused = Embedding::mean(&embeddings)
        .zip(reference.as_ref())
        .and_then(|(mean, reference)| mean.compare(reference));
    let mut reasons = match_reasons(fused, engine);
    if reference.is_none() {
        reasons.push("reference_missing");
    }
    let last = json!({
        "comparison_score": fused,
        "frames": analysed,
        "faces": embeddings.len(),
        "pack": engine.pack().name,
        "trial": engine.pack().trial,
        "reasons": reasons,
    });
    writeln!(out, "{last}")?;
    anyhow::ensure!(analysed > 0, "none of the {} frames could be analysed", args.frames.len());
    Ok(())
}

fn analyse(engine: &Engine, path: &Path) -> anyhow::Result<FrameFindings> {
    let bytes = std::fs::metadata(path).context("cannot be opened")?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "has {bytes} bytes, more than {FILE_BYTES_MAX}");
    let picture = Picture::decode(&std::fs::read(path).context("cannot be read")?)?;
    let frame = Frame { seq: 0, at_ms: 0, picture: Arc::new(picture) };
    Ok(engine.analyse_blocking(&frame, Want::everything())?)
}

fn fault(path: &Path, error: &anyhow::Error) -> Value {
    json!({ "path": path.display().to_string(), "error": format!("{error:#}") })
}

fn line(
    path: &Path,
    findings: &FrameFindings,
    reference: Option<&Embedding>,
    engine: &Engine,
) -> Value {
    let face = findings.face.as_ref();
    let score = face
        .and_then(|f| f.embedding.as_ref())
        .zip(reference)
        .and_then(|(probe, reference)| probe.compare(reference));
    json!({
        "path": path.display().to_string(),
        "face": face.map(|f| f.detection.bounds),
        "pose": face.and_then(|f| f.pose),
        "quality": face.map(|f| f.quality.score),
        "bona_fide_score": face.and_then(|f| f.bona_fide),
        "comparison_score": score,
        "reasons": reasons(findings, face, score, engine),
    })
}

fn reasons(
    findings: &FrameFindings,
    face: Option<&FaceFindings>,
    score: Option<ComparisonScore>,
    engine: &Engine,
) -> Vec<Value> {
    let Some(face) = face else { return vec![json!("no_face")] };
    let mut reasons: Vec<Value> = face.quality.issues.iter().map(|issue| json!(issue)).collect();
    if findings.faces > 1 {
        reasons.push(json!("second_face"));
    }
    if face.bona_fide.is_some_and(|s| s < engine.pack().bona_fide_from) {
        reasons.push(json!("flat_surface"));
    }
    reasons.extend(match_reasons(score, engine).into_iter().map(|r| json!(r)));
    reasons
}

fn match_reasons(score: Option<ComparisonScore>, engine: &Engine) -> Vec<&'static str> {
    match score {
        Some(s) if s < engine.pack().far_below => vec!["far_below"],
        Some(s) if s < engine.pack().accept_from => vec!["below_accept"],
        _ => Vec::new(),
    }
}
