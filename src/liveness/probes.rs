//! Which frames are worth an embedding or a look by the presentation-attack nets, and what came of it.

use super::signs::rough_pose;
use crate::domain::{
    evidence::Probe,
    finding::{CallMs, FrameFindings},
    score::{BonaFideScore, QualityScore},
};

/// The capture is cut into segments of, ms; each gives one probe, so that probes are spread in time.
const SEGMENT_MS: CallMs = 1200;
/// Most probes of a call: the budget of embeddings.
const PROBES_MAX: usize = 12;
/// The asked quality falls within a segment from the best seen lately to this floor.
const QUALITY_FLOOR: f32 = 20.0;
/// A segment begins by asking for the best seen lately less this.
const QUALITY_SLACK: f32 = 4.0;
/// Share of a segment after which any usable frame is taken.
const PATIENCE: f32 = 0.6;
/// How fast "the best seen lately" fades, quality points a frame.
const BEST_FADES: f32 = 0.5;
/// Most looks by the presentation-attack nets, and the time between two, ms: 16 over a passive capture of 7 s.
const LOOKS_MAX: usize = 16;
const LOOK_EVERY_MS: CallMs = 400;

/// Everything collected for comparison and presentation-attack detection.
#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    taken: Vec<Probe>,
    /// The best of the unusable frames: better than nothing for the officer, never beside usable ones.
    spare: Option<Probe>,
    bona_fide: Vec<BonaFideScore>,
    looked_ms: Option<CallMs>,
    segment_ms: CallMs,
    segment_done: bool,
    best: Option<f32>,
    face_usable: bool,
}

impl Probes {
    /// A frame. Says whether a probe was taken.
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs, usable: bool) -> bool {
        self.face_usable = usable;
        let Some(face) = &frame.face else { return false };
        let quality = f32::from(face.quality.score.get());
        self.best = Some(self.best.map_or(quality, |b| (b - BEST_FADES).max(quality)));
        if let Some(score) = face.bona_fide.filter(|s| usable && s.0.is_finite()) {
            self.bona_fide.push(score);
            self.looked_ms = Some(at_ms);
        }
        let Some(embedding) = face.embedding.clone() else { return false };
        let quality = face.quality.score;
        let pose = face.pose.or_else(|| rough_pose(&face.detection.keypoints));
        self.take(Probe { seq: frame.seq, at_ms: frame.at_ms, quality, pose, embedding }, usable)
    }

    fn take(&mut self, probe: Probe, usable: bool) -> bool {
        self.segment_done = true;
        if !usable {
            let better = self.spare.as_ref().is_none_or(|s| s.quality < probe.quality);
            if better {
                self.spare = Some(probe);
            }
            return better && self.taken.is_empty();
        }
        let room = self.taken.len() < PROBES_MAX;
        if room {
            self.taken.push(probe);
        }
        room
    }

    /// Cuts the time into segments.
    pub fn time(&mut self, now: CallMs) {
        if now.saturating_sub(self.segment_ms) >= SEGMENT_MS {
            self.new_segment(now);
        }
    }

    /// One more probe from here on (after the light, after the turn: was it the same face to the end?).
    pub fn new_segment(&mut self, now: CallMs) {
        self.segment_ms = now;
        self.segment_done = false;
    }

    /// A probe was taken since the segment began.
    pub fn segment_done(&self) -> bool {
        self.segment_done
    }

    /// Whether the presentation-attack nets should look at the next frame.
    pub fn wants_look(&self, now: CallMs) -> bool {
        self.face_usable
            && self.bona_fide.len() < LOOKS_MAX
            && self.looked_ms.is_none_or(|at| now.saturating_sub(at) >= LOOK_EVERY_MS)
    }

    /// From which quality an embedding of the next frame is wanted.
    pub fn wants_embedding_from(&self, now: CallMs) -> Option<QualityScore> {
        let best = self.best.filter(|_| !self.segment_done && self.taken.len() < PROBES_MAX)?;
        #[allow(clippy::cast_precision_loss)]
        let waited = (now.saturating_sub(self.segment_ms) as f32 / SEGMENT_MS as f32) / PATIENCE;
        let start = (best - QUALITY_SLACK).max(QUALITY_FLOOR);
        let ask = start - (start - QUALITY_FLOOR) * waited.clamp(0.0, 1.0);
        // Until a face is usable only a late frame of a segment is taken: something for the officer to see.
        (self.face_usable || waited >= 1.0).then(|| QualityScore::new(ask))
    }

    pub fn bona_fide(&self) -> &[BonaFideScore] {
        &self.bona_fide
    }

    /// Probes, best first; of equals the earlier.
    pub fn best_first(&self) -> Vec<Probe> {
        let mut probes = self.taken.clone();
        if probes.is_empty() {
            probes.extend(self.spare.clone());
        }
        probes.sort_by_key(|p| std::cmp::Reverse(p.quality));
        probes
    }
}
