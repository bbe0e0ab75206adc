//! Scores, each with its direction in its type: none can be compared with another kind by mistake.

use serde::{Deserialize, Serialize};

/// Cosine similarity of two face embeddings, -1 to 1; **higher is more alike** (ISO/IEC 2382-37 comparison score).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComparisonScore(pub f32);

/// Score of a presentation-attack detector, 0 to 1; **higher is more likely a bona fide presentation** (ISO/IEC 30107-1).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BonaFideScore(pub f32);

/// Face image quality, 0 to 100; **higher is better** (range of ISO/IEC 29794-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QualityScore(u8);

impl QualityScore {
    /// Clamps to 0..=100; not a number becomes 0.
    pub fn new(value: f32) -> Self {
        if value.is_nan() {
            return Self(0);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Self(value.clamp(0.0, 100.0).round() as u8)
    }

    /// The value, 0 to 100.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A face embedding, L2-normalised. Biometric data: it is never logged, printed or sent to a phone.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Normalises `values` to unit length. `None` when empty, not finite, or of zero length.
    pub fn from_raw(values: Vec<f32>) -> Option<Self> {
        let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        if values.is_empty() || !norm.is_finite() || norm <= f32::EPSILON {
            return None;
        }
        Some(Self(values.into_iter().map(|v| v / norm).collect()))
    }

    /// A vector that was made unit length before, bit by bit as it was kept. `None` when it is not of unit length.
    pub fn from_unit(values: Vec<f32>) -> Option<Self> {
        let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        ((norm - 1.0).abs() < 1e-3).then_some(Self(values))
    }

    /// The unit vector.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Cosine similarity. `None` when the dimensions differ (two different embedders).
    pub fn compare(&self, other: &Self) -> Option<ComparisonScore> {
        (self.0.len() == other.0.len())
            .then(|| ComparisonScore(self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum::<f32>()))
    }

    /// Normalised mean of several embeddings. `None` when there are none or their dimensions differ.
    pub fn mean<'a>(embeddings: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut sum: Vec<f32> = Vec::new();
        for e in embeddings {
            if sum.is_empty() {
                sum = vec![0.0; e.0.len()];
            }
            if sum.len() != e.0.len() {
                return None;
            }
            sum.iter_mut().zip(&e.0).for_each(|(s, v)| *s += v);
        }
        Self::from_raw(sum)
    }
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Embedding([redacted; {}])", self.0.len())
    }
}
