//! Finding the files of a pack by their SHA-256, and testing what was loaded.

use super::{
    error::AnalysisError,
    manifest::{Manifest, Model, Pack},
    tensor::{Net, Planar, Run},
};
use crate::{
    config::Models,
    domain::{
        finding::{ModelStamp, PackStamp},
        score::{BonaFideScore, ComparisonScore},
    },
};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// How far a number may be from its golden one, as a share of the output's root mean square: processors round
/// differently (about 1e-5), another model or another normalisation is off by far more.
const TOLERANCE: f32 = 0.01;
/// The same for outputs that are nearly nothing, where only rounding is left.
const ABSOLUTE: f32 = 1e-4;

/// The files of one pack, read and with checked hashes.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub pack: Pack,
    pub models: Vec<(Model, Vec<u8>)>,
}

/// What became of the search for one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Here, with the right hash.
    Found(PathBuf),
    /// Nowhere.
    Missing,
    /// A file of this name is not the one.
    Refused {
        /// Where it is.
        path: PathBuf,
        /// Why it is refused.
        why: String,
    },
}

impl Parts {
    /// Reads all files of a pack.
    ///
    /// # Errors
    /// One sentence that names everything that is missing or refused.
    pub fn read(manifest: &Manifest, pack: &Pack, folders: &[PathBuf]) -> Result<Self, String> {
        let (mut models, mut missing, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (_, file) in pack.files() {
            let Some(model) = manifest.model(file) else { continue };
            match find(model, folders) {
                (Place::Found(_), bytes) => models.push((model.clone(), bytes)),
                (Place::Missing, _) => missing.push(file),
                (Place::Refused { path, why }, _) => {
                    refused.push(format!("{} is refused: {why}", path.display()));
                }
            }
        }
        if missing.is_empty() && refused.is_empty() {
            return Ok(Self { pack: pack.clone(), models });
        }
        let mut faults = refused;
        if !missing.is_empty() {
            faults.push(format!("missing {}", missing.join(", ")));
        }
        Err(format!("pack `{}`: {}", pack.name, faults.join(", ")))
    }

    /// What goes into the evidence.
    pub fn stamp(&self) -> PackStamp {
        PackStamp {
            name: self.pack.name.clone(),
            trial: self.pack.trial,
            has_pad: !self.pack.pad.is_empty(),
            accept_from: ComparisonScore(self.pack.accept_from),
            far_below: ComparisonScore(self.pack.far_below),
            bona_fide_from: BonaFideScore(self.pack.bona_fide_from),
            models: self
                .models
                .iter()
                .map(|(model, _)| ModelStamp {
                    role: model.kind.role().to_owned(),
                    name: model.file.clone(),
                    sha256: model.sha256.clone(),
                })
                .collect(),
            calibration: None,
        }
    }
}

/// The folders in which files are looked for: those of the settings, `fetched`, the model folder and those in it.
pub fn folders(settings: &Models) -> Vec<PathBuf> {
    let mut folders = settings.search.clone();
    folders.push(settings.dir.join("fetched"));
    folders.push(settings.dir.clone());
    let mut inside: Vec<PathBuf> = entries(&settings.dir).filter(|path| path.is_dir()).collect();
    inside.sort();
    folders.extend(inside);
    let mut unique: Vec<PathBuf> = Vec::new();
    for folder in folders {
        if !unique.contains(&folder) {
            unique.push(folder);
        }
    }
    unique
}

/// Looks for a model: by its name first, then by size and hash under any name.
pub fn locate(model: &Model, folders: &[PathBuf]) -> Place {
    find(model, folders).0
}

fn find(model: &Model, folders: &[PathBuf]) -> (Place, Vec<u8>) {
    let mut refused = None;
    for path in folders.iter().map(|folder| folder.join(&model.file)).filter(|p| p.is_file()) {
        match read_checked(model, &path) {
            Ok(bytes) => return (Place::Found(path), bytes),
            Err(why) => refused = refused.or(Some(Place::Refused { path, why })),
        }
    }
    for path in folders.iter().flat_map(|folder| entries(folder)) {
        let same_size = path.metadata().is_ok_and(|m| m.is_file() && m.len() == model.bytes);
        if same_size && let Ok(bytes) = read_checked(model, &path) {
            return (Place::Found(path), bytes);
        }
    }
    (refused.unwrap_or(Place::Missing), Vec::new())
}

fn read_checked(model: &Model, path: &Path) -> Result<Vec<u8>, String> {
    let length = path.metadata().map_err(|e| e.to_string())?.len();
    if length != model.bytes {
        return Err(format!("it has {length} bytes instead of {}", model.bytes));
    }
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    check_hash(model, &bytes)?;
    Ok(bytes)
}

/// Compares the SHA-256 of `bytes` with the manifest's.
///
/// # Errors
/// A sentence with both hashes when they differ.
pub fn check_hash(model: &Model, bytes: &[u8]) -> Result<(), String> {
    let actual = hex::encode(Sha256::digest(bytes));
    if actual == model.sha256 {
        return Ok(());
    }
    Err(format!("its SHA-256 is {actual}, the manifest says {}", model.sha256))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// Runs the net on the synthetic picture and compares with the golden numbers of the manifest.
pub(super) fn self_test(net: &mut Net, model: &Model) -> Result<(), AnalysisError> {
    let fault = |message: String| AnalysisError::Model { file: model.file.clone(), message };
    let input = synthetic(model);
    let run = Run::new().map_err(|e| fault(e.to_string()))?;
    let outputs = net.run(model.input, &input.data, &run)?;
    for golden in &model.golden {
        let numbers = outputs.get(&golden.output)?;
        let rms = (numbers.iter().map(|v| v * v).sum::<f32>() / numbers.len().max(1) as f32).sqrt();
        let last = numbers.len().saturating_sub(1);
        let at = [0, last / 3, last * 2 / 3, last].map(|i| numbers.get(i).copied().unwrap_or(0.0));
        let off = golden
            .at
            .iter()
            .zip(at)
            .map(|(want, got)| (want - got).abs())
            .fold((golden.rms - rms).abs(), f32::max);
        let allowed = TOLERANCE * golden.rms + ABSOLUTE;
        if off > allowed {
            return Err(fault(format!(
                "self-test failed: output `{}` is off by {off} where at most {allowed} is allowed",
                golden.output,
            )));
        }
    }
    Ok(())
}

/// A picture made by a formula of whole numbers, prepared as a real one is for this net.
fn synthetic(model: &Model) -> Planar {
    let [_, _, height, width] = model.input;
    let mut planar = Planar::new(width, height, model.kind.order());
    let wave = |t: usize| (t % 510).abs_diff(255);
    for (c, plane) in planar.rgb_mut().into_iter().enumerate() {
        for (i, v) in plane.iter_mut().enumerate() {
            let (x, y) = (i % width, i / width);
            *v = usize::midpoint(wave(x * 5 + c * 40), wave(y * 3 + x * y / 16)) as f32;
        }
    }
    planar.normalise(model.kind);
    planar
}
