//! Quality of a face image, 0 to 100.
//!
//! Each property is a number from 0 (useless) to 1 (nothing to wish for); the score is
//! `100 * sqrt(worst * mean)`: one bad property cannot be made up for by the others, and improving any of them helps.
//! A property below one half is an issue.

use super::{covered, tensor::Planar};
use crate::{
    domain::{
        finding::{Detection, FaceQuality, HeadPose, QualityIssue},
        score::QualityScore,
    },
    frame::Picture,
};

/// From 0 to 1 between two values; the first may be the larger one.
pub(super) struct Ramp(pub f32, pub f32);

/// Distance between the eyes, px: comparison suffers below about 30 (the crop is enlarged more than its 35 px).
const SIZE: Ramp = Ramp(16.0, 48.0);
/// Height of the box over the height of the picture.
const CLOSENESS: Ramp = Ramp(1.1, 0.9);
/// Share of the box that lies inside the picture.
const INSIDE: Ramp = Ramp(0.7, 0.98);
/// Mean luma of the face. A judgement, not measured.
const DARK: Ramp = Ramp(25.0, 75.0);
/// Mean luma of the face: washed out.
const BRIGHT: Ramp = Ramp(250.0, 205.0);
/// Natural logarithm of the variance of the Laplacian in the crop of 112 px.
const SHARPNESS: Ramp = Ramp(2.0, 5.0);
/// Turn to either side, degrees.
const TURN: Ramp = Ramp(50.0, 20.0);
/// Nod from `PITCH_AT_REST`, degrees.
const NOD: Ramp = Ramp(45.0, 20.0);
/// Pitch of an upright head in the mesh's axes, degrees.
const PITCH_AT_REST: f32 = 5.0;
impl Ramp {
    pub(super) fn at(&self, value: f32) -> f32 {
        ((value - self.0) / (self.1 - self.0)).clamp(0.0, 1.0)
    }
}

/// Judges the largest face; `aligned` is its crop of 112 px.
pub(super) fn judge(
    picture: &Picture,
    face: &Detection,
    pose: Option<HeadPose>,
    aligned: &Planar,
) -> FaceQuality {
    let luma = luma(aligned);
    let brightness = mean(&luma, aligned.width, 28..84, 40..100);
    let sharpness = laplacian_variance(&luma, aligned.width);
    let [left, right, ..] = face.keypoints;
    let eye_distance_px = (right.x - left.x).hypot(right.y - left.y);
    let turned = pose
        .map_or(1.0, |p| TURN.at(p.yaw_deg.abs()).min(NOD.at((p.pitch_deg - PITCH_AT_REST).abs())));
    let properties = [
        (QualityIssue::TooFar, SIZE.at(eye_distance_px)),
        (QualityIssue::TooClose, CLOSENESS.at(face.bounds.height / picture.height() as f32)),
        (QualityIssue::OffCentre, INSIDE.at(share_inside(picture, face))),
        (QualityIssue::TooDark, DARK.at(brightness)),
        (QualityIssue::TooBright, BRIGHT.at(brightness)),
        (QualityIssue::Blurred, SHARPNESS.at(sharpness.max(f32::MIN_POSITIVE).ln())),
        (QualityIssue::Turned, turned),
        (QualityIssue::Covered, covered::uncovered(aligned)),
    ];
    let (score, issues) = fuse(properties);
    FaceQuality { score, issues, brightness, sharpness, eye_distance_px }
}

fn fuse(mut properties: [(QualityIssue, f32); 8]) -> (QualityScore, Vec<QualityIssue>) {
    properties.sort_by(|a, b| a.1.total_cmp(&b.1));
    let worst = properties[0].1;
    let mean = properties.iter().map(|p| p.1).sum::<f32>() / properties.len() as f32;
    let issues = properties.iter().filter(|p| p.1 < 0.5).map(|p| p.0).collect();
    (QualityScore::new(100.0 * (worst * mean).sqrt()), issues)
}

/// ITU-R BT.601 luma of a planar picture.
pub(super) fn luma(planar: &Planar) -> Vec<f32> {
    let [red, green, blue] = planar.rgb();
    red.iter().zip(green).zip(blue).map(|((r, g), b)| 0.299 * r + 0.587 * g + 0.114 * b).collect()
}

fn share_inside(picture: &Picture, face: &Detection) -> f32 {
    let b = face.bounds;
    let overlap =
        |start: f32, side: f32, most: f32| ((start + side).min(most) - start.max(0.0)).max(0.0);
    let inside = overlap(b.x, b.width, picture.width() as f32)
        * overlap(b.y, b.height, picture.height() as f32);
    if b.area() > 0.0 { inside / b.area() } else { 0.0 }
}

fn mean(
    values: &[f32],
    stride: usize,
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
) -> f32 {
    let count = columns.len() * rows.len();
    let sum: f32 =
        rows.flat_map(|y| &values[y * stride + columns.start..y * stride + columns.end]).sum();
    sum / count as f32
}

/// Variance of the four-neighbour Laplacian over the inner face, hair and background left out.
fn laplacian_variance(luma: &[f32], side: usize) -> f32 {
    let inner = side / 8..side - side / 8;
    let (mut sum, mut squares, mut count) = (0f32, 0f32, 0f32);
    for y in inner.clone() {
        let row = &luma[y * side..][..side];
        let (above, below) = (&luma[(y - 1) * side..][..side], &luma[(y + 1) * side..][..side]);
        for x in inner.clone() {
            let value = above[x] + below[x] + row[x - 1] + row[x + 1] - 4.0 * row[x];
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    squares / count - (sum / count) * (sum / count)
}

#[cfg(test)]
mod tests {
    use super::super::tensor::Order;
    use super::*;
    use crate::domain::finding::{FaceBox, Point};

    fn aligned(at: impl Fn(usize, usize) -> [f32; 3]) -> Planar {
        let mut planar = Planar::new(112, 112, Order::Rgb);
        let [r, g, b] = planar.rgb_mut();
        for i in 0..112 * 112 {
            [r[i], g[i], b[i]] = at(i % 112, i / 112);
        }
        planar
    }

    fn skin(x: usize, y: usize) -> [f32; 3] {
        let texture = if (x / 2 + y / 2).is_multiple_of(2) { 12.0 } else { -12.0 };
        [170.0 + texture, 130.0 + texture, 110.0 + texture]
    }

    fn face(x: f32, eyes: f32) -> Detection {
        let p = |x: f32, y: f32| Point { x, y };
        Detection {
            bounds: FaceBox { x, y: 100.0, width: 160.0, height: 200.0 },
            keypoints: [
                p(250.0, 170.0),
                p(250.0 + eyes, 170.0),
                p(0.0, 0.0),
                p(0.0, 0.0),
                p(0.0, 0.0),
            ],
            score: 0.9,
        }
    }

    fn judged(face: &Detection, yaw: f32, aligned: &Planar) -> FaceQuality {
        let picture = Picture::from_rgb(640, 480, vec![0; 640 * 480 * 3]).unwrap();
        let pose = HeadPose { yaw_deg: yaw, pitch_deg: 5.0, roll_deg: 0.0 };
        judge(&picture, face, Some(pose), aligned)
    }

    #[test]
    fn a_good_face_has_no_issue() {
        let q = judged(&face(220.0, 80.0), 3.0, &aligned(skin));
        assert!(q.issues.is_empty() && q.score.get() >= 90, "{q:?}");
        assert!((q.eye_distance_px - 80.0).abs() < 1e-3);
    }

    #[test]
    fn each_fault_is_named_and_lowers_the_score() {
        let good = aligned(skin);
        let dark = aligned(|x, y| skin(x, y).map(|v| v * 0.2));
        let washed = aligned(|x, y| skin(x, y).map(|v| 235.0 + v * 0.08));
        let flat = aligned(|_, _| [170.0, 130.0, 110.0]);
        let mask = aligned(|x, y| if y > 80 { [120.0, 170.0, 235.0] } else { skin(x, y) });
        let at = face(220.0, 80.0);
        let cases = [
            (QualityIssue::TooDark, judged(&at, 0.0, &dark)),
            (QualityIssue::TooBright, judged(&at, 0.0, &washed)),
            (QualityIssue::Blurred, judged(&at, 0.0, &flat)),
            (QualityIssue::Covered, judged(&at, 0.0, &mask)),
            (QualityIssue::Turned, judged(&at, -44.0, &good)),
            (QualityIssue::TooFar, judged(&face(220.0, 20.0), 0.0, &good)),
            (QualityIssue::OffCentre, judged(&face(-60.0, 80.0), 0.0, &good)),
        ];
        for (issue, quality) in cases {
            assert!(quality.issues.contains(&issue), "{issue:?}: {quality:?}");
            assert!(quality.score.get() < 70, "{issue:?}: {quality:?}");
        }
    }

    #[test]
    fn the_worst_issue_comes_first() {
        let dark = aligned(|x, y| skin(x, y).map(|v| v * 0.3));
        let q = judged(&face(220.0, 17.0), 0.0, &dark);
        assert_eq!(q.issues.first(), Some(&QualityIssue::TooFar), "{q:?}");
        assert!(q.issues.contains(&QualityIssue::TooDark));
    }
}
