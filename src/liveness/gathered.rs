//! What a capture gathers whatever its stage: counts, issues, marks, the track of the face, probes and scores.

use super::{continuity::Track, probes::Probes, signs::Gatherer};
use crate::domain::{
    evidence::{CaptureEnd, LightOutcome, LivenessEvidence, Mark, MarkKind, TurnOutcome},
    finding::{CallMs, FrameFindings, QualityIssue},
};
use std::collections::BTreeMap;

/// Most marks of a timeline; more would not be looked at.
const MARKS_MAX: usize = 240;
/// Weight of the newest interval in the smoothed one.
const NEWEST: f32 = 0.2;

#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    pub probes: Probes,
    track: Track,
    signs: Gatherer,
    frames: u32,
    usable: u32,
    first_ms: Option<CallMs>,
    last_ms: CallMs,
    interval_ms: f32,
    issues: BTreeMap<QualityIssue, u32>,
    marks: Vec<Mark>,
}

impl Gathered {
    /// A frame. Says whether its face can be used: one that has no quality issue.
    pub fn frame(
        &mut self,
        frame: &FrameFindings,
        at_ms: CallMs,
        excused: bool,
        flat_below: f32,
    ) -> bool {
        self.frames = self.frames.saturating_add(1);
        if self.first_ms.is_some() {
            let interval = super::light::ms(at_ms.saturating_sub(self.last_ms));
            self.interval_ms += NEWEST * (interval.min(2000.0) - self.interval_ms);
        }
        self.first_ms.get_or_insert(at_ms);
        self.last_ms = at_ms;
        let usable = frame.face.as_ref().is_some_and(|f| f.quality.issues.is_empty());
        self.usable = self.usable.saturating_add(u32::from(usable));
        self.signs.frame(frame, at_ms);
        for kind in self.track.frame(frame, at_ms, excused) {
            self.mark(at_ms, kind);
        }
        if let Some(face) = frame.face.as_ref().filter(|_| !excused) {
            for issue in &face.quality.issues {
                *self.issues.entry(*issue).or_default() += 1;
            }
        }
        if frame.face.as_ref().and_then(|f| f.bona_fide).is_some_and(|s| s.0 < flat_below) {
            self.mark(at_ms, MarkKind::Doubt);
        }
        if self.probes.frame(frame, at_ms, usable) {
            self.mark(at_ms, MarkKind::Probe);
        }
        usable
    }

    pub fn mark(&mut self, at_ms: CallMs, kind: MarkKind) {
        if self.marks.len() < MARKS_MAX {
            self.marks.push(Mark { at_ms, kind });
        }
    }

    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Smoothed time between two frames, ms.
    pub fn interval_ms(&self) -> f32 {
        self.interval_ms
    }

    pub fn without_face_ms(&self, now: CallMs) -> Option<CallMs> {
        self.track.without_face_ms(now)
    }

    pub fn conclude(
        &self,
        end: CaptureEnd,
        light: LightOutcome,
        turn: TurnOutcome,
        wants_signs: bool,
    ) -> LivenessEvidence {
        let probes = self.probes.best_first();
        let mut issues: Vec<(QualityIssue, u32)> =
            self.issues.iter().map(|(i, n)| (*i, *n)).collect();
        issues.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        LivenessEvidence {
            end,
            frames: self.frames,
            usable_frames: self.usable,
            duration_ms: self.last_ms - self.first_ms.unwrap_or(self.last_ms),
            continuity: self.track.conclude(&probes),
            probes,
            bona_fide: self.probes.bona_fide().to_vec(),
            light,
            turn,
            issues: issues.into_iter().map(|(issue, _)| issue).collect(),
            marks: self.marks.clone(),
            signs: wants_signs.then(|| self.signs.conclude()),
        }
    }
}
