//! Single pictures through the engine, each distinct one once.

use super::journal::Journal;
use crate::{
    analysis::Engine,
    clock::SharedClock,
    domain::{
        finding::{FrameFindings, HeadPose, Want},
        score::{Embedding, QualityScore},
    },
    frame::{Frame, Picture},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};

/// Largest picture file that is read, bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What became of one picture.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Face(Face),
    /// Why there is no face to compare.
    Failure(String),
}

/// The largest face of a picture, as far as comparison needs it.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub embedding: Embedding,
    pub quality: QualityScore,
    pub pose: Option<HeadPose>,
    pub bona_fide: Option<f32>,
}

/// A picture with the time its analysis took, ms.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub seen: Seen,
    pub ms: Option<f64>,
}

impl Look {
    fn failure(why: impl Into<String>) -> Self {
        Self { seen: Seen::Failure(why.into()), ms: None }
    }

    pub fn face(&self) -> Option<&Face> {
        match &self.seen {
            Seen::Face(face) => Some(face),
            Seen::Failure(_) => None,
        }
    }

    pub fn why(&self) -> Option<&str> {
        match &self.seen {
            Seen::Face(_) => None,
            Seen::Failure(why) => Some(why),
        }
    }
}

/// Looks at pictures; what was seen before is taken from the journal.
pub(super) struct Looker<'a> {
    pub engine: &'a Engine,
    pub journal: &'a Journal,
    pub clock: SharedClock,
    pub want: Want,
}

impl Looker<'_> {
    /// A picture file. A picture that cannot be used is a result like any other; only a journal that cannot be written is an error.
    pub fn look(&self, path: &Path) -> anyhow::Result<Look> {
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(why) => return Ok(Look::failure(why)),
        };
        let key = hex::encode(Sha256::digest(&bytes));
        if let Some(look) = self.journal.get(&key).and_then(|value| from_json(&value)) {
            return Ok(look);
        }
        let look = match self.analyse(&bytes) {
            Ok(look) => look,
            Err(why) => return Ok(Look::failure(why)),
        };
        self.journal.add(&key, &to_json(&look))?;
        Ok(look)
    }

    fn analyse(&self, bytes: &[u8]) -> Result<Look, String> {
        let begun = self.clock.monotonic();
        let picture = match std::panic::catch_unwind(|| Picture::decode(bytes)) {
            Ok(picture) => picture.map_err(|e| e.to_string())?,
            Err(_) => return Err("the picture breaks its decoder".into()),
        };
        let frame = Frame { seq: 0, at_ms: 0, picture: Arc::new(picture) };
        let findings =
            self.engine.analyse_blocking(&frame, self.want).map_err(|e| e.to_string())?;
        let ms = self.clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0;
        Ok(Look { seen: seen(findings), ms: Some(ms) })
    }
}

/// Reads a file within limits.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map_err(|e| format!("cannot be opened ({e})"))?.len();
    if length > FILE_BYTES_MAX {
        return Err(format!("has {length} bytes, more than {FILE_BYTES_MAX}"));
    }
    std::fs::read(path).map_err(|e| format!("cannot be read ({e})"))
}

fn seen(findings: FrameFindings) -> Seen {
    let Some(face) = findings.face else { return Seen::Failure("no face found".into()) };
    match face.embedding {
        Some(embedding) => Seen::Face(Face {
            embedding,
            quality: face.quality.score,
            pose: face.pose,
            bona_fide: face.bona_fide.map(|s| s.0),
        }),
        None => Seen::Failure("the face gives no embedding".into()),
    }
}

fn to_json(look: &Look) -> Value {
    match &look.seen {
        Seen::Failure(why) => json!({ "failure": why, "ms": look.ms }),
        Seen::Face(face) => {
            let bytes: Vec<u8> =
                face.embedding.as_slice().iter().flat_map(|v| v.to_le_bytes()).collect();
            json!({
                "embedding": STANDARD.encode(bytes),
                "quality": face.quality,
                "pose": face.pose,
                "bona_fide_bits": face.bona_fide.map(f32::to_bits),
                "ms": look.ms,
            })
        }
    }
}

fn from_json(value: &Value) -> Option<Look> {
    let ms = value["ms"].as_f64();
    if let Some(why) = value["failure"].as_str() {
        return Some(Look { seen: Seen::Failure(why.to_owned()), ms });
    }
    let bytes = STANDARD.decode(value["embedding"].as_str()?).ok()?;
    let values = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    Some(Look {
        seen: Seen::Face(Face {
            embedding: Embedding::from_unit(values)?,
            quality: serde_json::from_value(value["quality"].clone()).ok()?,
            pose: serde_json::from_value(value["pose"].clone()).ok()?,
            bona_fide: value["bona_fide_bits"]
                .as_u64()
                .and_then(|b| u32::try_from(b).ok())
                .map(f32::from_bits),
        }),
        ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_read_back_to_the_last_bit() {
        let values: Vec<f32> = (1..=128_u8).map(|i| (f32::from(i) * 0.37).sin()).collect();
        let face = Face {
            embedding: Embedding::from_raw(values).unwrap(),
            quality: QualityScore::new(73.0),
            pose: Some(HeadPose { yaw_deg: 0.1, pitch_deg: -7.3, roll_deg: 1.7 }),
            bona_fide: Some(0.1 + 0.2),
        };
        let look = Look { seen: Seen::Face(face.clone()), ms: Some(12.3456) };
        let text = to_json(&look).to_string();
        let again = from_json(&serde_json::from_str(&text).unwrap()).unwrap();
        let read = again.face().unwrap();
        assert_eq!(read.embedding, face.embedding);
        assert_eq!((read.quality, read.bona_fide), (face.quality, face.bona_fide));
        let failed = to_json(&Look { seen: Seen::Failure("no face found".into()), ms: Some(1.0) });
        assert_eq!(from_json(&failed).unwrap().why(), Some("no face found"));
    }
}
