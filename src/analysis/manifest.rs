//! `models/manifest.toml`: packs, and the files they are made of.

use super::error::AnalysisError;
use serde::Deserialize;
use std::path::Path;

/// The whole manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Packs, in any order.
    #[serde(rename = "pack")]
    pub packs: Vec<Pack>,
    /// Model files, in any order.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// A set of models that work together, with thresholds that belong to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Name in settings and evidence.
    pub name: String,
    /// One sentence for people.
    pub about: String,
    /// `auto` takes the complete pack of the highest rank.
    pub rank: u32,
    /// A trial pack never confirms automatically.
    pub trial: bool,
    /// Comparison score from which a comparison is a match.
    pub accept_from: f32,
    /// Comparison score below which the two are far apart.
    pub far_below: f32,
    /// Bona fide score from which a presentation counts as bona fide.
    pub bona_fide_from: f32,
    /// File name of the detector.
    pub detector: String,
    /// File name of the landmark net; without one the pose is estimated from the detector's five keypoints.
    pub landmarks: Option<String>,
    /// File names of the presentation-attack nets; their scores are averaged.
    #[serde(default)]
    pub pad: Vec<String>,
    /// File name of the embedder.
    pub embedder: String,
    /// Model card, relative to the manifest.
    pub card: Option<String>,
    /// Calibration of its comparison scores, relative to the manifest; its signature stands beside it.
    pub calibration: Option<String>,
}

impl Pack {
    /// Role and file name of each model of the pack.
    pub fn files(&self) -> Vec<(&'static str, &str)> {
        let mut files = vec![("detector", self.detector.as_str())];
        files.extend(self.landmarks.as_deref().map(|f| ("landmarks", f)));
        files.extend(self.pad.iter().map(|f| ("pad", f.as_str())));
        files.push(("embedder", self.embedder.as_str()));
        files
    }
}

/// One model file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// File name; also its key within the manifest.
    pub file: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Licence, SPDX.
    pub licence: String,
    /// Who made it.
    pub origin: String,
    /// Addresses it can be had from; empty when it must be converted or is part of the clone.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What must be said about obtaining it.
    #[serde(default)]
    pub note: String,
    /// How pictures become tensors and tensors become findings.
    #[serde(rename = "preparation")]
    pub kind: Kind,
    /// Shape of the input, NCHW; for a net with free height and width the shape of the self-test.
    pub input: [usize; 4],
    /// Golden numbers of the self-test, one entry an output.
    pub golden: Vec<Golden>,
}

/// How a net is fed and read. The name says which; the code of each stands in the file of its role.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// YuNet: detector with free height and width.
    Yunet,
    /// The project's own detector.
    CompactDetector,
    /// Face mesh of 478 points.
    FaceMesh,
    /// MiniFASNet: presentation attacks, on the box enlarged by `crop`.
    Minifasnet {
        /// Side of the crop over side of the box.
        crop: f32,
    },
    /// MobileFaceNet: embedder, 112 px.
    Mobilefacenet,
    /// face-reidentification-retail-0095: embedder, 128 px.
    #[serde(rename = "retail-0095")]
    Retail0095,
    /// The project's own embedder, 112 px.
    CompactEmbedder,
}

/// What an output must be on the synthetic picture.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Name of the output.
    pub output: String,
    /// Root of the mean square of all its numbers.
    pub rms: f32,
    /// Its numbers at the first, second, third and last quarter point.
    pub at: [f32; 4],
}

impl Manifest {
    /// Reads and checks `manifest.toml` in `dir`.
    ///
    /// # Errors
    /// When it cannot be read, is not valid, or a pack names a model that is not listed or of another role.
    pub fn read(dir: &Path) -> Result<Self, AnalysisError> {
        let path = dir.join("manifest.toml");
        let fault = |message: String| AnalysisError::Manifest { path: path.clone(), message };
        let text = std::fs::read_to_string(&path).map_err(|e| fault(e.to_string()))?;
        let manifest: Self = toml::from_str(&text).map_err(|e| fault(e.to_string()))?;
        manifest.check().map_err(fault)?;
        Ok(manifest)
    }

    /// The model with this file name.
    pub fn model(&self, file: &str) -> Option<&Model> {
        self.models.iter().find(|m| m.file == file)
    }

    fn check(&self) -> Result<(), String> {
        for pack in &self.packs {
            for (role, file) in pack.files() {
                let model = self.model(file).ok_or_else(|| {
                    format!("pack `{}` names {file}, which is not listed", pack.name)
                })?;
                if model.kind.role() != role {
                    return Err(format!("pack `{}`: {file} is no {role}", pack.name));
                }
            }
            if !(pack.far_below < pack.accept_from && pack.accept_from <= 1.0) {
                return Err(format!("pack `{}`: far_below must be below accept_from", pack.name));
            }
        }
        for model in &self.models {
            if model.sha256.len() != 64 || model.golden.is_empty() {
                return Err(format!("{} needs a SHA-256 and golden numbers", model.file));
            }
            if Path::new(&model.file).components().count() != 1 {
                return Err(format!("{} must be a plain file name", model.file));
            }
        }
        Ok(())
    }
}

impl Kind {
    /// Role in a pack.
    pub fn role(self) -> &'static str {
        match self {
            Self::Yunet | Self::CompactDetector => "detector",
            Self::FaceMesh => "landmarks",
            Self::Minifasnet { .. } => "pad",
            Self::Mobilefacenet | Self::Retail0095 | Self::CompactEmbedder => "embedder",
        }
    }
}
