//! Findings: what analysis saw in one frame. Numbers only, no pictures; everything later in the river works on these.

use super::{
    attack::Surface,
    score::{BonaFideScore, ComparisonScore, Embedding, QualityScore},
};
use serde::{Deserialize, Serialize};

/// When a frame was taken, on the server's monotonic clock, in milliseconds since the call opened.
pub type CallMs = u64;

/// A point in pixels of the frame, origin top left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Pixels from the left.
    pub x: f32,
    /// Pixels from the top.
    pub y: f32,
}

/// A box in pixels of the frame; may reach outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaceBox {
    /// Left edge, px.
    pub x: f32,
    /// Top edge, px.
    pub y: f32,
    /// Width, px.
    pub width: f32,
    /// Height, px.
    pub height: f32,
}

impl FaceBox {
    /// Area, px².
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Intersection over union with another box, 0 to 1.
    pub fn iou(&self, other: &Self) -> f32 {
        let w = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let h = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let inter = w.max(0.0) * h.max(0.0);
        let union = self.area() + other.area() - inter;
        if union > 0.0 { inter / union } else { 0.0 }
    }
}

/// Five keypoints: image-left eye, image-right eye, nose tip, image-left and image-right mouth corner.
pub type Keypoints = [Point; 5];

/// One detected face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Bounding box.
    pub bounds: FaceBox,
    /// Five keypoints.
    pub keypoints: Keypoints,
    /// Detector score, 0 to 1.
    pub score: f32,
}

/// Head pose in degrees. Positive yaw: nose toward image-right. Judge it against the call's own baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadPose {
    /// Turn to the side.
    pub yaw_deg: f32,
    /// Nod.
    pub pitch_deg: f32,
    /// Tilt.
    pub roll_deg: f32,
}

/// Why a face image is not good enough, each with a friendly hint for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityIssue {
    /// The face is too dark.
    TooDark,
    /// The face is too bright (washed out).
    TooBright,
    /// Motion or focus blur.
    Blurred,
    /// The face is too small in the picture.
    TooFar,
    /// The face is larger than the picture.
    TooClose,
    /// The face leaves the picture at an edge.
    OffCentre,
    /// The head is turned away too far for comparison.
    Turned,
    /// Mouth, nose or eyes are covered.
    Covered,
}

/// Quality of the largest face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaceQuality {
    /// The one score, 0 to 100.
    pub score: QualityScore,
    /// What is wrong, worst first; empty when good.
    pub issues: Vec<QualityIssue>,
    /// Mean luma inside the face, 0 to 255.
    pub brightness: f32,
    /// Sharpness: variance of the Laplacian of the aligned 112 px luma crop.
    pub sharpness: f32,
    /// Distance between the eyes, px of the frame.
    pub eye_distance_px: f32,
}

/// Mean colour (linear light is not assumed: values are 8-bit sRGB means, 0 to 255).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanColour {
    /// Red.
    pub r: f32,
    /// Green.
    pub g: f32,
    /// Blue.
    pub b: f32,
}

/// What the largest face showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaceFindings {
    /// Where it is.
    pub detection: Detection,
    /// Head pose; absent when landmarks were not computed or not trusted.
    pub pose: Option<HeadPose>,
    /// Quality.
    pub quality: FaceQuality,
    /// Mean colour of the skin (cheeks, nose, chin region inside the face box).
    pub skin: MeanColour,
    /// Score of the presentation-attack nets (mean of those in the pack); absent when not run or not in the pack.
    pub bona_fide: Option<BonaFideScore>,
    /// Other signs on its surface; measured with every look of the presentation-attack nets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
    /// Embedding; absent when not asked for or quality was below the asked minimum.
    pub embedding: Option<Embedding>,
}

/// A 16x16 luma thumbnail of the whole frame, normalised to mean 0 and variance 1, quantised to i8 (x32).
/// It serves to see repeated or frozen pictures; a face cannot be recognised from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail(pub Vec<i8>);

/// Everything analysis says about one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameFindings {
    /// Sequence number of the decoded frame within the call.
    pub seq: u64,
    /// When it arrived.
    pub at_ms: CallMs,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
    /// Number of faces found (score above the pack's floor and at least 40 % of the largest one's side).
    pub faces: u32,
    /// The largest face.
    pub face: Option<FaceFindings>,
    /// Mean luma of the whole frame, 0 to 255.
    pub brightness: f32,
    /// Mean colour of the background beside the head; absent when the face leaves too little of it (< 4 % of the frame).
    pub background: Option<MeanColour>,
    /// For repetition and stillness.
    pub thumbnail: Thumbnail,
}

/// What to compute for a frame beyond detection and quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// Landmarks and head pose.
    pub pose: bool,
    /// Presentation-attack nets.
    pub bona_fide: bool,
    /// An embedding, if the quality score is at least this.
    pub embedding_from: Option<QualityScore>,
}

impl Want {
    /// Detection and quality only.
    pub const LEAST: Self = Self { pose: false, bona_fide: false, embedding_from: None };
    /// Everything, whatever the quality: for single pictures.
    pub fn everything() -> Self {
        Self { pose: true, bona_fide: true, embedding_from: Some(QualityScore::new(0.0)) }
    }
}

/// A model that took part: what `Evidence` keeps so that a verdict can be traced to exact weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// Role in the pack: `detector`, `landmarks`, `pad`, `embedder`.
    pub role: String,
    /// File name.
    pub name: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

/// The model pack in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackStamp {
    /// Name of the pack in `models/manifest.toml`.
    pub name: String,
    /// A trial pack: never confirms automatically.
    pub trial: bool,
    /// Whether it has presentation-attack nets.
    pub has_pad: bool,
    /// Comparison score from which a comparison counts as a match (of this pack's embedder only).
    pub accept_from: ComparisonScore,
    /// Comparison score below which the two are far apart.
    pub far_below: ComparisonScore,
    /// Bona fide score from which a presentation counts as bona fide.
    pub bona_fide_from: BonaFideScore,
    /// The models.
    pub models: Vec<ModelStamp>,
    /// What is known about its comparison scores; absent when there is no calibration that can be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<super::calibration::Calibration>,
}
