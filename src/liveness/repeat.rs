//! Pictures that stand still or come twice.
//!
//! Frozen: a camera's noise changes every picture; only a file or a stopped stream gives exactly the same one for seconds.
//! Repeated: a run of *moving* pictures comes again. A still person is no loop: what comes again must differ from itself a
//! few hundred milliseconds earlier far more than from its earlier appearance. Light does not matter: a change of brightness
//! of the whole picture and of the face box are fitted and taken out before two pictures are compared.

use crate::domain::finding::{CallMs, FrameFindings, MeanColour};

/// Skin means nearer than this (of 255) count as equal; sensor noise moves the mean of a few thousand pixels further.
const SAME_COLOUR: f32 = 0.01;
/// Side of a thumbnail, cells.
const SIDE: usize = 16;
/// Least time between two thumbnails kept, ms, and how many: 12 pictures a second for half a minute.
const KEPT_EVERY_MS: CallMs = 80;
const KEPT_MAX: usize = 360;
/// A loop is at least this long, ms (shorter likenesses happen), and a run of it must last as long to be told.
const RUN_MIN_MS: f32 = 1000.0;
/// Motion is measured over about so many ms.
const MOTION_MS: f32 = 400.0;
/// Root-mean-square motion (thumbnail units, 32 = one standard deviation of the picture) below which nothing can be told:
/// rounding alone gives 0.4.
const MOTION_MIN: f32 = 1.6;
/// The likeness of a repetition, as a share of the motion.
const LIKENESS: f32 = 0.3;
/// Two pictures of a loop may be this far out of step, ms: the camera's pace is not a divisor of the loop's length.
const OUT_OF_STEP_MS: f32 = 55.0;
/// Loop lengths are tried in steps of, ms.
const LENGTH_STEP_MS: f32 = 50.0;
/// Longest loop length tried, ms: no call shows a longer one twice.
const LENGTH_MAX_MS: f32 = 60_000.0;
/// So many pictures in a run may fail to match (dropped frames, a colour fading).
const MISSES: u32 = 2;

/// Follows runs of exactly equal pictures.
#[derive(Clone, Debug, Default)]
pub(super) struct Still {
    last: Option<(Vec<i8>, MeanColour)>,
    since_ms: CallMs,
    longest_ms: CallMs,
}

impl Still {
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs) {
        let Some(face) = &frame.face else {
            self.last = None;
            return;
        };
        let same = self.last.as_ref().is_some_and(|(thumbnail, skin)| {
            *thumbnail == frame.thumbnail.0 && !thumbnail.is_empty() && equal(skin, &face.skin)
        });
        if same {
            self.longest_ms = self.longest_ms.max(at_ms.saturating_sub(self.since_ms));
        } else {
            self.since_ms = at_ms;
            self.last = Some((frame.thumbnail.0.clone(), face.skin));
        }
    }

    pub fn longest_ms(&self) -> u32 {
        u32::try_from(self.longest_ms).unwrap_or(u32::MAX)
    }
}

fn equal(a: &MeanColour, b: &MeanColour) -> bool {
    let near = |a: f32, b: f32| (a - b).abs() <= SAME_COLOUR;
    near(a.r, b.r) && near(a.g, b.g) && near(a.b, b.b)
}

/// One picture, ready to be compared: itself, and an orthonormal basis of everything light could make of it.
#[derive(Clone, Debug)]
struct Picture {
    at: f32,
    cells: Vec<f32>,
    lit: Vec<Vec<f32>>,
}

impl Picture {
    fn new(frame: &FrameFindings, at_ms: CallMs) -> Option<Self> {
        let cells: Vec<f32> = frame.thumbnail.0.iter().map(|v| f32::from(*v)).collect();
        let bounds = frame.face.as_ref()?.detection.bounds;
        if cells.len() != SIDE * SIDE || frame.width_px == 0 || frame.height_px == 0 {
            return None;
        }
        #[allow(clippy::cast_precision_loss)]
        let inside = |cell: usize, from: f32, length: f32, side_px: u32| {
            let centre = (cell as f32 + 0.5) / SIDE as f32 * side_px as f32;
            centre >= from && centre < from + length
        };
        let on_face: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| {
                let across = inside(i % SIDE, bounds.x, bounds.width, frame.width_px);
                let down = inside(i / SIDE, bounds.y, bounds.height, frame.height_px);
                f32::from(u8::from(across && down))
            })
            .collect();
        let face_cells = cells.iter().zip(&on_face).map(|(c, f)| c * f).collect();
        let lit = orthonormal([vec![1.0; cells.len()], cells.clone(), on_face, face_cells]);
        Some(Self { at: super::light::ms(at_ms), cells, lit })
    }

    /// Root mean square of what light cannot explain of the other picture.
    #[allow(clippy::cast_precision_loss)]
    fn unlike(&self, other: &Self) -> f32 {
        let mut left = dot(&other.cells, &other.cells);
        for column in &self.lit {
            left -= dot(column, &other.cells).powi(2);
        }
        (left.max(0.0) / self.cells.len() as f32).sqrt()
    }
}

fn orthonormal<const N: usize>(columns: [Vec<f32>; N]) -> Vec<Vec<f32>> {
    let mut basis: Vec<Vec<f32>> = Vec::with_capacity(N);
    for mut column in columns {
        let before = dot(&column, &column).sqrt();
        for b in &basis {
            let share = dot(b, &column);
            column.iter_mut().zip(b).for_each(|(v, c)| *v -= share * c);
        }
        let norm = dot(&column, &column).sqrt();
        if norm > 1e-3 * before.max(1e-3) {
            for v in &mut column {
                *v /= norm;
            }
            basis.push(column);
        }
    }
    basis
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The pictures of a call, thinned out.
#[derive(Clone, Debug, Default)]
pub(super) struct Pictures(Vec<Picture>);

impl Pictures {
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs) {
        let due = super::light::ms(at_ms.saturating_sub(KEPT_EVERY_MS));
        if self.0.len() < KEPT_MAX && self.0.last().is_none_or(|p| p.at <= due) {
            self.0.extend(Picture::new(frame, at_ms));
        }
    }

    /// Length of the longest run that was seen before, ms; 0 when none lasts a second.
    pub fn repeated_ms(&self) -> u32 {
        let motion: Vec<f32> = (0..self.0.len()).map(|i| self.motion(i)).collect();
        let span = match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => last.at - first.at,
            _ => 0.0,
        };
        let moving = motion.iter().filter(|m| **m >= MOTION_MIN).count();
        if moving < 4 {
            return 0;
        }
        let mut longest = 0.0_f32;
        let mut length = RUN_MIN_MS;
        while length <= (span - RUN_MIN_MS).min(LENGTH_MAX_MS) {
            longest = longest.max(self.longest_run(length, &motion));
            length += LENGTH_STEP_MS;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        if longest >= RUN_MIN_MS { longest as u32 } else { 0 }
    }

    /// How much the picture moves about frame `i`: the smaller of the change since and until about [`MOTION_MS`].
    fn motion(&self, i: usize) -> f32 {
        let here = &self.0[i];
        let away = |other: Option<&Picture>| other.map(|p| here.unlike(p));
        let before = self.0[..i].iter().rev().find(|p| here.at - p.at >= MOTION_MS);
        let after = self.0[i..].iter().find(|p| p.at - here.at >= MOTION_MS);
        match (away(before), away(after)) {
            (Some(b), Some(a)) => b.min(a),
            (one, other) => one.or(other).unwrap_or(0.0),
        }
    }

    /// The longest run that comes again after `length` ms.
    fn longest_run(&self, length: f32, motion: &[f32]) -> f32 {
        let (mut longest, mut start, mut misses) = (0.0_f32, None, 0);
        let mut first = 0;
        for (i, here) in self.0.iter().enumerate() {
            let due = here.at + length;
            while self.0.get(first).is_some_and(|p| p.at < due - OUT_OF_STEP_MS) {
                first += 1;
            }
            let again = self.0[first..]
                .iter()
                .take_while(|p| p.at <= due + OUT_OF_STEP_MS)
                .map(|p| here.unlike(p))
                .reduce(f32::min);
            let matches =
                again.is_some_and(|d| motion[i] >= MOTION_MIN && d <= LIKENESS * motion[i]);
            if matches {
                let from = *start.get_or_insert(here.at);
                longest = longest.max(here.at - from);
                misses = 0;
            } else {
                misses += 1;
                if misses > MISSES {
                    start = None;
                }
            }
        }
        longest
    }
}
