//! Was it one face throughout? The track of the face from frame to frame, and second faces.

use super::repeat::{Pictures, Still};
use crate::domain::{
    evidence::{Continuity, MarkKind, Probe},
    finding::{CallMs, FaceBox, FrameFindings},
};

/// A face that is away for longer than this, ms, was lost: shorter gaps are misses of the detector.
const LOST_MS: CallMs = 400;
/// Face widths that a face may move between two frames: at once (a jerk of a hand-held phone), and more for each second.
const LEAP_WIDTHS: f32 = 0.5;
const LEAP_WIDTHS_PER_S: f32 = 2.5;
/// The same for the ratio of its widths.
const LEAP_RATIO: f32 = 1.5;
const LEAP_RATIO_PER_S: f32 = 1.0;
/// After a longer gap, ms, two places are not compared: anything may have happened, and `losses` says so.
const COMPARED_MS: CallMs = 1500;
/// Probes whose heads point further apart than this, degrees, are not compared with each other.
const LIKE_POSE_DEG: f32 = 20.0;
/// A second face must stay for so many frames to be marked.
const SECOND_FACE_FRAMES: u32 = 3;

/// What is followed over the whole call.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    last: Option<(CallMs, FaceBox)>,
    lost: bool,
    losses: u32,
    jumps: u32,
    frames: u32,
    second_frames: u32,
    second_run: u32,
    still: Still,
    pictures: Pictures,
}

impl Track {
    /// A frame; marks for the timeline. `excused`: the face may leave (it was asked to turn).
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs, excused: bool) -> Vec<MarkKind> {
        let mut marks = Vec::new();
        self.frames = self.frames.saturating_add(1);
        self.still.frame(frame, at_ms);
        self.pictures.frame(frame, at_ms);
        self.second_run = if frame.faces > 1 { self.second_run.saturating_add(1) } else { 0 };
        self.second_frames = self.second_frames.saturating_add(u32::from(frame.faces > 1));
        if self.second_run == SECOND_FACE_FRAMES {
            marks.push(MarkKind::SecondFace);
        }
        match (&frame.face, self.last) {
            (None, Some((at, _))) if !self.lost && at_ms.saturating_sub(at) > LOST_MS => {
                self.lost = true;
                marks.push(MarkKind::FaceLost);
            }
            (None, _) => {}
            (Some(face), before) => {
                let bounds = face.detection.bounds;
                if before.is_none() || self.lost {
                    marks.push(MarkKind::FaceFound);
                }
                if self.lost && !excused {
                    self.losses = self.losses.saturating_add(1);
                }
                if before.is_some_and(|(at, b)| leaps(&b, &bounds, at_ms.saturating_sub(at))) {
                    self.jumps = self.jumps.saturating_add(1);
                }
                self.lost = false;
                self.last = Some((at_ms, bounds));
            }
        }
        marks
    }

    /// Time without a face at `at_ms`, when there was one before.
    pub fn without_face_ms(&self, at_ms: CallMs) -> Option<CallMs> {
        self.last.map(|(at, _)| at_ms.saturating_sub(at))
    }

    /// The summary.
    pub fn conclude(&self, probes: &[Probe]) -> Continuity {
        #[allow(clippy::cast_precision_loss)]
        let share = |part: u32, all: u32| part as f32 / all.max(1) as f32;
        Continuity {
            least_self_comparison: least_self_comparison(probes),
            losses: self.losses,
            jumps: self.jumps,
            second_face_share: share(self.second_frames, self.frames),
            repeated_ms: self.pictures.repeated_ms(),
            frozen_ms: self.still.longest_ms(),
        }
    }
}

fn leaps(from: &FaceBox, to: &FaceBox, after_ms: CallMs) -> bool {
    if after_ms > COMPARED_MS || from.iou(to) > 0.5 {
        return false;
    }
    #[allow(clippy::cast_precision_loss)]
    let seconds = after_ms as f32 / 1000.0;
    let width = from.width.max(to.width).max(1.0);
    let centre = |b: &FaceBox| (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let ((ax, ay), (bx, by)) = (centre(from), centre(to));
    let moved = (ax - bx).hypot(ay - by) / width;
    let ratio = width / from.width.min(to.width).max(1.0);
    moved > LEAP_WIDTHS + LEAP_WIDTHS_PER_S * seconds
        || ratio > LEAP_RATIO + LEAP_RATIO_PER_S * seconds
}

/// Between probes of like pose: one person's profile and full face may be as unlike as two people's full faces.
fn least_self_comparison(probes: &[Probe]) -> Option<f32> {
    let pairs = probes.iter().enumerate().flat_map(|(i, a)| {
        let alike = probes[..i].iter().filter(move |b| like_pose(a, b));
        alike.filter_map(move |b| a.embedding.compare(&b.embedding).map(|s| s.0))
    });
    pairs.reduce(f32::min)
}

/// Poses that are not known are taken for alike.
fn like_pose(a: &Probe, b: &Probe) -> bool {
    a.pose.zip(b.pose).is_none_or(|(a, b)| {
        (a.yaw_deg - b.yaw_deg).abs() <= LIKE_POSE_DEG
            && (a.pitch_deg - b.pitch_deg).abs() <= LIKE_POSE_DEG
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        finding::HeadPose,
        fixtures::{embedding, frame, probe, without_face},
    };

    #[test]
    fn a_turned_head_is_not_another_person_and_another_person_is() {
        let at = |seq, cosine: f32, yaw_deg| Probe {
            pose: Some(HeadPose { yaw_deg, pitch_deg: 0.0, roll_deg: 0.0 }),
            ..probe(seq, embedding(cosine))
        };
        let turned = [at(0, 1.0, 0.0), at(1, 0.2, 32.0), at(2, 0.9, 4.0)];
        assert!(least_self_comparison(&turned).unwrap() > 0.85);
        let swapped = [at(0, 1.0, 0.0), at(1, 0.2, 32.0), at(2, 0.2, 4.0)];
        assert!(least_self_comparison(&swapped).unwrap() < 0.3);
    }

    fn moved(seq: u64, at_ms: u64, x: f32) -> FrameFindings {
        let mut f = frame(seq, at_ms, None);
        f.face.as_mut().unwrap().detection.bounds.x = x;
        f
    }

    #[test]
    fn a_cut_to_another_place_is_a_jump_and_a_moving_head_is_not() {
        let mut track = Track::default();
        for (i, x) in [100.0, 130.0, 170.0, 210.0, 400.0_f32].into_iter().enumerate() {
            track.frame(&moved(i as u64, i as u64 * 70, x), i as u64 * 70, false);
        }
        assert_eq!(track.conclude(&[]).jumps, 1);
    }

    #[test]
    fn the_same_leap_at_two_frames_a_second_is_a_movement() {
        let mut track = Track::default();
        for (i, x) in [100.0, 300.0, 100.0_f32].into_iter().enumerate() {
            track.frame(&moved(i as u64, i as u64 * 500, x), i as u64 * 500, false);
        }
        assert_eq!(track.conclude(&[]).jumps, 0);
    }

    #[test]
    fn losses_are_counted_when_the_face_comes_back() {
        let mut track = Track::default();
        let mut marks = Vec::new();
        for i in 0..40_u64 {
            let at = i * 100;
            let away = (10..20).contains(&i) || i == 30;
            let f = if away { without_face(i, at) } else { frame(i, at, None) };
            marks.extend(track.frame(&f, at, false));
        }
        assert_eq!(track.conclude(&[]).losses, 1);
        assert_eq!(marks, [MarkKind::FaceFound, MarkKind::FaceLost, MarkKind::FaceFound]);
    }
}
