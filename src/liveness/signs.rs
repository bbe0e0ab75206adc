//! Signs of an attack that show only over time: brightness and bands of a filmed screen, a face whose features never move against each
//! other, and a background that moves with the face.

use crate::domain::{
    attack::Signs,
    finding::{CallMs, FrameFindings, HeadPose, Keypoints, Point},
};

/// Least time between two frames kept, ms, and how many.
const KEPT_EVERY_MS: CallMs = 50;
const KEPT_MAX: usize = 400;
/// Two frames further apart than this, ms, are not neighbours.
const NEIGHBOURS_MS: f32 = 220.0;
/// Motion of face and background is compared over about this time, ms.
const MOTION_MS: f32 = 400.0;
/// Measured on fewer frames, a sign says nothing.
const FRAMES_MIN: usize = 12;
/// Side of a thumbnail, cells; and of the head's margin around the face box, box widths.
const SIDE: usize = 16;
const HEAD_MARGIN: f32 = 0.35;
/// Differences between thumbnails below this (thumbnail units; 0.4 is rounding) are noise.
const NOISE: f32 = 0.6;
/// The face must have moved by this much of the picture's width, root mean square, before the background's share in it is told.
const MOVED_MIN: f32 = 0.012;

/// One frame, as far as signs need it.
#[derive(Clone, Debug)]
struct Sample {
    at: f32,
    brightness: f32,
    cells: Vec<f32>,
    /// Mouth corners and nose in the frame of the eyes.
    shape: Option<[f32; 6]>,
    /// Centre of the keypoints, in cells.
    face: Option<Point>,
    /// Head in cells: left, top, right, bottom.
    head: Option<[f32; 4]>,
}

/// Gathers over a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Gatherer {
    samples: Vec<Sample>,
    borders: Vec<f32>,
    moires: Vec<f32>,
}

impl Gatherer {
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs) {
        let surface = frame.face.as_ref().and_then(|f| f.surface);
        self.borders.extend(surface.map(|s| s.border).filter(|v| v.is_finite()));
        self.moires.extend(surface.and_then(|s| s.moire).filter(|v| v.is_finite()));
        let due = super::light::ms(at_ms.saturating_sub(KEPT_EVERY_MS));
        if self.samples.len() < KEPT_MAX && self.samples.last().is_none_or(|s| s.at <= due) {
            self.samples.push(Sample::new(frame, at_ms));
        }
    }

    /// What was measured.
    pub fn conclude(&self) -> Signs {
        Signs {
            border: median(self.borders.clone()),
            moire: median(self.moires.clone()),
            flicker: self.flicker(),
            bands: self.bands(),
            face_motion: self.face_motion(),
            shared_motion: self.shared_motion(),
        }
    }

    /// Neighbours in time.
    fn pairs(&self) -> impl Iterator<Item = (&Sample, &Sample)> {
        self.samples
            .windows(2)
            .map(|w| (&w[0], &w[1]))
            .filter(|(a, b)| b.at - a.at <= NEIGHBOURS_MS)
    }

    /// How far the brightness of a frame lies from that between its neighbours, median, per cent.
    fn flicker(&self) -> Option<f32> {
        let near = |a: &Sample, b: &Sample| b.at - a.at <= NEIGHBOURS_MS;
        let swings: Vec<f32> = self
            .samples
            .windows(3)
            .filter(|w| near(&w[0], &w[1]) && near(&w[1], &w[2]) && w[1].brightness > 1.0)
            .map(|w| {
                let share = (w[1].at - w[0].at) / (w[2].at - w[0].at).max(1.0);
                let between = w[0].brightness + share * (w[2].brightness - w[0].brightness);
                100.0 * (w[1].brightness - between).abs() / w[1].brightness
            })
            .filter(|v| v.is_finite())
            .collect();
        enough(swings).and_then(median)
    }

    /// Of what changed from frame to frame, the share that changed in whole rows (or columns) alike, median.
    fn bands(&self) -> Option<f32> {
        let shares: Vec<f32> = self
            .pairs()
            .filter(|(a, b)| a.cells.len() == SIDE * SIDE && b.cells.len() == SIDE * SIDE)
            .filter_map(|(a, b)| in_rows(&a.cells, &b.cells))
            .collect();
        enough(shares).and_then(median)
    }

    /// Robust spread of mouth and nose in the frame of the eyes, hundredths of the distance between the eyes.
    fn face_motion(&self) -> Option<f32> {
        let shapes: Vec<[f32; 6]> = self.samples.iter().filter_map(|s| s.shape).collect();
        let shapes = enough(shapes)?;
        let spreads = (0..6).map(|i| {
            let mut values: Vec<f32> = shapes.iter().map(|s| s[i]).collect();
            values.sort_by(f32::total_cmp);
            let n = values.len();
            // from the 10th to the 90th of a hundred: 2.56 standard deviations of a bell curve
            (values[n - 1 - n / 10] - values[n / 10]) / 2.56
        });
        let squares: f32 = spreads.map(|s| s * s).sum();
        Some(100.0 * (squares / 6.0).sqrt())
    }

    /// The background's way as a share of the face's, by least squares over all movements.
    fn shared_motion(&self) -> Option<f32> {
        let (mut both, mut own, mut n) = (0.0_f32, 0.0_f32, 0_usize);
        for (i, a) in self.samples.iter().enumerate() {
            let later = self.samples[i..].iter().find(|b| b.at - a.at >= MOTION_MS);
            let Some(b) = later.filter(|b| b.at - a.at <= MOTION_MS + NEIGHBOURS_MS) else {
                continue;
            };
            let (Some(from), Some(to)) = (a.face, b.face) else { continue };
            let Some(shift) = background_shift(a, b) else { continue };
            let way = Point { x: to.x - from.x, y: to.y - from.y };
            // A background that seems to move by more than two cells was not followed.
            if shift.x.hypot(shift.y) > 2.0 || !way.x.is_finite() || !way.y.is_finite() {
                continue;
            }
            both += way.x * shift.x + way.y * shift.y;
            own += way.x * way.x + way.y * way.y;
            n += 1;
        }
        #[allow(clippy::cast_precision_loss)] // at most KEPT_MAX
        let moved = (own / n.max(1) as f32).sqrt() / SIDE as f32;
        (n >= FRAMES_MIN && moved >= MOVED_MIN).then(|| (both / own).clamp(-1.0, 2.0))
    }
}

fn enough<T>(values: Vec<T>) -> Option<Vec<T>> {
    (values.len() >= FRAMES_MIN).then_some(values)
}

fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Sample {
    #[allow(clippy::cast_precision_loss)] // sides of pictures
    fn new(frame: &FrameFindings, at_ms: CallMs) -> Self {
        let (w, h) = (frame.width_px.max(1) as f32, frame.height_px.max(1) as f32);
        let cell = |p: Point| Point { x: p.x / w * SIDE as f32, y: p.y / h * SIDE as f32 };
        let detection = frame.face.as_ref().map(|f| f.detection);
        let face = detection.map(|d| {
            let sum = d.keypoints.iter().fold((0.0, 0.0), |s, p| (s.0 + p.x, s.1 + p.y));
            cell(Point { x: sum.0 / 5.0, y: sum.1 / 5.0 })
        });
        let head = detection.map(|d| {
            let b = d.bounds;
            let margin = HEAD_MARGIN * b.width;
            let first = cell(Point { x: b.x - margin, y: b.y - margin });
            // The body under the head is near, too: down to the lower edge.
            [first.x, first.y, (b.x + b.width + margin) / w * SIDE as f32, SIDE as f32]
        });
        Self {
            at: super::light::ms(at_ms),
            brightness: frame.brightness,
            cells: frame.thumbnail.0.iter().map(|v| f32::from(*v)).collect(),
            shape: detection.and_then(|d| shape(&d.keypoints)),
            face: face.filter(|p| p.x.is_finite() && p.y.is_finite()),
            head,
        }
    }

    /// Whether a cell is background.
    #[allow(clippy::cast_precision_loss)] // cells
    fn behind(&self, x: usize, y: usize) -> bool {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        self.head.is_some_and(|[left, top, right, _]| x < left || x > right || y < top)
    }
}

/// Nose and mouth corners where the eyes lie at (0, 0) and (1, 0): place, size and roll fall out.
fn shape(keypoints: &Keypoints) -> Option<[f32; 6]> {
    let [left, right, rest @ ..] = keypoints;
    let (ex, ey) = (right.x - left.x, right.y - left.y);
    let size = ex * ex + ey * ey;
    if !size.is_finite() || size < 1.0 {
        return None;
    }
    let mut shape = [0.0; 6];
    for (i, p) in rest.iter().enumerate() {
        let (dx, dy) = (p.x - left.x, p.y - left.y);
        shape[2 * i] = (dx * ex + dy * ey) / size;
        shape[2 * i + 1] = (dy * ex - dx * ey) / size;
    }
    shape.iter().all(|v| v.is_finite()).then_some(shape)
}

/// The turn of a head from its keypoints alone, for want of a better: the tip of the nose stands half an eye distance before the eyes.
pub(super) fn rough_pose(keypoints: &Keypoints) -> Option<HeadPose> {
    let nose = shape(keypoints)?[0] - 0.5;
    Some(HeadPose { yaw_deg: nose.atan2(0.5).to_degrees(), pitch_deg: 0.0, roll_deg: 0.0 })
}

/// Share of a change that whole rows have in common, less that of whole columns (or the other way about). `None` when nothing changed.
#[allow(clippy::cast_precision_loss)] // cells
fn in_rows(a: &[f32], b: &[f32]) -> Option<f32> {
    let change: Vec<f32> = a.iter().zip(b).map(|(a, b)| b - a).collect();
    let n = change.len() as f32;
    let mean = change.iter().sum::<f32>() / n;
    let total: f32 = change.iter().map(|v| (v - mean).powi(2)).sum();
    if (total / n).sqrt() < NOISE {
        return None;
    }
    let lines = |of: &dyn Fn(usize, usize) -> usize| -> f32 {
        (0..SIDE)
            .map(|i| {
                let line = (0..SIDE).map(|j| change[of(i, j)] - mean).sum::<f32>();
                line * line / SIDE as f32
            })
            .sum()
    };
    let rows = lines(&|i, j| i * SIDE + j);
    let columns = lines(&|i, j| j * SIDE + i);
    Some((rows - columns).abs() / total)
}

/// How far the cells beside the head moved, in cells: one step of Lucas and Kanade's method, a change of brightness taken out.
/// `None` where there is too little background, or nothing in it to follow.
fn background_shift(a: &Sample, b: &Sample) -> Option<Point> {
    if a.cells.len() != SIDE * SIDE || b.cells.len() != SIDE * SIDE {
        return None;
    }
    let slope = |s: &Sample, i: usize, step: usize| (s.cells[i + step] - s.cells[i - step]) / 2.0;
    let (mut rows, mut sums) = (Vec::new(), [0.0_f32; 3]);
    for y in 1..SIDE - 1 {
        for x in 1..SIDE - 1 {
            if !a.behind(x, y) || !b.behind(x, y) {
                continue;
            }
            let i = y * SIDE + x;
            let gx = f32::midpoint(slope(a, i, 1), slope(b, i, 1));
            let gy = f32::midpoint(slope(a, i, SIDE), slope(b, i, SIDE));
            let row = [gx, gy, a.cells[i] - b.cells[i]];
            sums.iter_mut().zip(row).for_each(|(s, v)| *s += v);
            rows.push(row);
        }
    }
    #[allow(clippy::cast_precision_loss)] // cells
    let n = rows.len() as f32;
    if n < 20.0 {
        return None;
    }
    let [mut xx, mut xy, mut yy, mut xd, mut yd] = [0.0_f32; 5];
    for row in rows {
        let [gx, gy, d] = [row[0] - sums[0] / n, row[1] - sums[1] / n, row[2] - sums[2] / n];
        xx += gx * gx;
        xy += gx * gy;
        yy += gy * gy;
        xd += gx * d;
        yd += gy * d;
    }
    let determinant = xx * yy - xy * xy;
    // Both directions must have something to hold on to: two units a cell, on average.
    let weakest = determinant / (xx + yy).max(1e-6);
    (weakest > 4.0 * n).then(|| Point {
        x: (yy * xd - xy * yd) / determinant,
        y: (xx * yd - xy * xd) / determinant,
    })
}

#[cfg(test)]
mod tests;
