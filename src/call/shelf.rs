//! The shelf of stills: a small filmstrip of the whole call and the pictures behind the probes.

use crate::{
    domain::{
        call::CapturedStill,
        evidence::Probe,
        finding::{CallMs, FrameFindings},
    },
    frame::{Frame, Picture},
};
use std::sync::Arc;

/// Time between two frames of the filmstrip, ms.
const FILMSTRIP_STEP_MS: CallMs = 500;
/// Frames in the filmstrip; a longer call is thinned out to every second one.
const FILMSTRIP_MAX: usize = 32;
/// Longest side of a frame in the filmstrip, px.
const FILMSTRIP_SIDE_PX: u32 = 240;
/// Longest side of a probe kept as evidence, px.
const PROBE_SIDE_PX: u32 = 800;
/// Probe pictures kept as evidence: enough to look at, few enough to keep little.
const PROBES_MAX: usize = 3;
/// Pictures held in memory for probes until the end of the call (about 1 MB each).
const HELD_MAX: usize = 12;
const JPEG_QUALITY_FILMSTRIP: u8 = 70;
const JPEG_QUALITY_PROBE: u8 = 88;

struct Held {
    at_ms: CallMs,
    picture: Arc<Picture>,
    findings: FrameFindings,
}

/// Pictures kept during a call; nothing is on disk before it concludes.
#[derive(Default)]
pub(super) struct Shelf {
    filmstrip: Vec<CapturedStill>,
    step_ms: Option<CallMs>,
    held: Vec<Held>,
}

impl Shelf {
    /// Offers an analysed frame.
    pub(super) fn offer(&mut self, frame: &Frame, findings: &FrameFindings) {
        self.offer_unseen(frame, Some(findings));
        if findings.face.as_ref().is_some_and(|f| f.embedding.is_some()) {
            if self.held.len() == HELD_MAX {
                self.drop_worst();
            }
            self.held.push(Held {
                at_ms: frame.at_ms,
                picture: Arc::clone(&frame.picture),
                findings: findings.clone(),
            });
        }
    }

    /// Offers a frame to the filmstrip alone (also when no model could look at it).
    pub(super) fn offer_unseen(&mut self, frame: &Frame, findings: Option<&FrameFindings>) {
        let step = *self.step_ms.get_or_insert(FILMSTRIP_STEP_MS);
        if self.filmstrip.last().is_some_and(|last| frame.at_ms < last.at_ms + step) {
            return;
        }
        if self.filmstrip.len() >= FILMSTRIP_MAX {
            let mut n = 0;
            self.filmstrip.retain(|_| {
                n += 1;
                n % 2 == 1
            });
            self.step_ms = Some(step * 2);
        }
        if let Some(still) = still(
            frame.seq,
            frame.at_ms,
            &frame.picture,
            findings,
            Size { side_px: FILMSTRIP_SIDE_PX, jpeg_quality: JPEG_QUALITY_FILMSTRIP, probe: false },
        ) {
            self.filmstrip.push(still);
        }
    }

    fn drop_worst(&mut self) {
        let worst = self
            .held
            .iter()
            .enumerate()
            .min_by_key(|(_, h)| h.findings.face.as_ref().map(|f| f.quality.score))
            .map(|(i, _)| i);
        if let Some(worst) = worst {
            self.held.swap_remove(worst);
        }
    }

    /// The stills of the call in order of time: the filmstrip and the best probes.
    pub(super) fn finish(self, probes: &[Probe]) -> Vec<CapturedStill> {
        let mut stills = self.filmstrip;
        let best = probes
            .iter()
            .filter_map(|p| self.held.iter().find(|h| h.findings.seq == p.seq))
            .take(PROBES_MAX);
        let size = Size { side_px: PROBE_SIDE_PX, jpeg_quality: JPEG_QUALITY_PROBE, probe: true };
        stills.extend(
            best.filter_map(|h| {
                still(h.findings.seq, h.at_ms, &h.picture, Some(&h.findings), size)
            }),
        );
        stills.sort_by_key(|s| (s.at_ms, s.probe));
        stills
    }
}

#[derive(Clone, Copy)]
struct Size {
    side_px: u32,
    jpeg_quality: u8,
    probe: bool,
}

fn still(
    seq: u64,
    at_ms: CallMs,
    picture: &Picture,
    findings: Option<&FrameFindings>,
    size: Size,
) -> Option<CapturedStill> {
    let jpeg = picture.to_jpeg(size.side_px, size.jpeg_quality).ok()?;
    let longest = picture.width().max(picture.height());
    #[allow(clippy::cast_precision_loss)] // sides are at most 4096
    let scale = if longest > size.side_px { size.side_px as f32 / longest as f32 } else { 1.0 };
    let face = findings.and_then(|f| f.face.as_ref());
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let scaled = |px: u32| (px as f32 * scale).round().max(1.0) as u32;
    Some(CapturedStill {
        seq,
        at_ms,
        probe: size.probe,
        jpeg,
        width_px: scaled(picture.width()),
        height_px: scaled(picture.height()),
        eyes: face.map(|f| {
            let [left, right, ..] = f.detection.keypoints;
            [[left.x * scale, left.y * scale], [right.x * scale, right.y * scale]]
        }),
        quality: face.map(|f| f.quality.score),
    })
}
