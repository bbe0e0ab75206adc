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
/// Least time between two thumbnails kept, ms, and how many: at least the first 16 s.
const KEPT_EVERY_MS: CallMs = 80;
const KEPT_MAX: usize = 200;
/// A loop is at least this long, ms (shorter likenesses happen), and a run of it must last as long to be told.
const RUN_MIN_MS: f32 = 1000.0;
/// Motion is measured over about so many ms.
const MOTION_MS: f32 = 400.0;
/// Root-mean-square difference (thumbnail units, 32 = one standard deviation of the picture) that rounding alone makes of two
/// equal pictures; it is taken out of every difference.
const ROUNDING: f32 = 0.4;
/// Motion below which nothing can be told.
const MOTION_MIN: f32 = 0.9;
/// The likeness of a repetition, as a share of the motion; and the likeness that noise allows at rest.
const LIKENESS: f32 = 0.25;
const LIKENESS_AT_REST: f32 = 0.3;
/// Two pictures further apart than this, ms, are not joined by a line.
const JOINED_MS: f32 = 300.0;
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

/// What light can make of a picture: brighter, stronger, and both on the face alone.
const LIT: usize = 4;

/// One picture, ready to be compared: itself, and an orthonormal basis of everything light could make of it.
#[derive(Clone, Debug)]
struct Picture {
    at: f32,
    cells: Vec<f32>,
    lit: [Vec<f32>; LIT],
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

    fn lit_of(&self, other: &Self) -> [f32; LIT] {
        std::array::from_fn(|i| dot(&self.lit[i], &other.cells))
    }
}

/// Gram-Schmidt; what adds nothing becomes zero.
fn orthonormal(mut columns: [Vec<f32>; LIT]) -> [Vec<f32>; LIT] {
    for i in 0..LIT {
        let (before, rest) = columns.split_at_mut(i);
        let column = &mut rest[0];
        let whole = dot(column, column).sqrt();
        for b in before.iter() {
            let share = dot(b, column);
            column.iter_mut().zip(b).for_each(|(v, c)| *v -= share * c);
        }
        let norm = dot(column, column).sqrt();
        let scale = if norm > 1e-3 * whole.max(1e-3) { 1.0 / norm } else { 0.0 };
        for v in column {
            *v *= scale;
        }
    }
    columns
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
        let table = Table::new(&self.0);
        let motion: Vec<f32> = (0..self.0.len()).map(|i| table.motion(i)).collect();
        let span = self.0.last().map_or(0.0, |p| p.at) - self.0.first().map_or(0.0, |p| p.at);
        let mut longest = 0.0_f32;
        let mut length = RUN_MIN_MS;
        while length <= (span - RUN_MIN_MS).min(LENGTH_MAX_MS) {
            longest = longest.max(table.longest_run(length, &motion));
            length += LENGTH_STEP_MS;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        if longest >= RUN_MIN_MS { longest as u32 } else { 0 }
    }
}

/// Inner products of all pictures, so that any two are compared with a handful of multiplications.
struct Table<'a> {
    pictures: &'a [Picture],
    /// Picture `j` in the light of picture `i`.
    lit: Vec<Vec<[f32; LIT]>>,
    energy: Vec<f32>,
    /// Picture `j` with the next one.
    beside: Vec<f32>,
}

impl<'a> Table<'a> {
    fn new(pictures: &'a [Picture]) -> Self {
        Self {
            pictures,
            lit: pictures.iter().map(|a| pictures.iter().map(|b| a.lit_of(b)).collect()).collect(),
            energy: pictures.iter().map(|p| dot(&p.cells, &p.cells)).collect(),
            beside: pictures.windows(2).map(|w| dot(&w[0].cells, &w[1].cells)).collect(),
        }
    }

    /// Root mean square of what light cannot explain of picture `j` beside picture `i`.
    fn unlike(&self, i: usize, j: usize) -> f32 {
        let lit = &self.lit[i][j];
        per_cell(self.energy[j] - dot(lit, lit))
    }

    /// The same for the best picture on the line between `j` and the next: a loop does not repeat in step with the camera.
    fn unlike_between(&self, i: usize, j: usize) -> f32 {
        let (here, next) = (&self.lit[i][j], &self.lit[i][j + 1]);
        let first = self.energy[j] - dot(here, here);
        let second = self.energy[j + 1] - dot(next, next);
        let both = self.beside[j] - dot(here, next);
        let share = ((first - both) / (first + second - 2.0 * both).max(1e-3)).clamp(0.0, 1.0);
        let rest = 1.0 - share;
        per_cell(rest * rest * first + share * share * second + 2.0 * rest * share * both)
    }

    /// How much the picture moves about frame `i`: the smaller of the change since and until about [`MOTION_MS`].
    fn motion(&self, i: usize) -> f32 {
        let at = |j: usize| self.pictures[j].at;
        let before = (0..i).rev().find(|j| at(i) - at(*j) >= MOTION_MS);
        let after = (i..self.pictures.len()).find(|j| at(*j) - at(i) >= MOTION_MS);
        match (before.map(|j| self.unlike(i, j)), after.map(|j| self.unlike(i, j))) {
            (Some(b), Some(a)) => b.min(a),
            (one, other) => one.or(other).unwrap_or(0.0),
        }
    }

    /// The longest moving run that comes again after `length` ms.
    fn longest_run(&self, length: f32, motion: &[f32]) -> f32 {
        let mut longest = 0.0_f32;
        let mut run = Run::default();
        let mut next = 0;
        for (i, here) in self.pictures.iter().enumerate() {
            while self.pictures.get(next).is_some_and(|p| p.at < here.at + length) {
                next += 1;
            }
            // The pictures about the due time, and their neighbours: the line's delay wavers.
            let lines = next.saturating_sub(2)..(next + 1).min(self.pictures.len() - 1);
            let again = lines
                .filter(|j| *j > i && self.pictures[j + 1].at - self.pictures[*j].at <= JOINED_MS)
                .map(|j| self.unlike_between(i, j))
                .reduce(f32::min);
            run.next(here.at, motion[i], again);
            longest = longest.max(run.lasts());
            if next >= self.pictures.len() {
                break;
            }
        }
        longest
    }
}

/// Root mean square over the cells, rounding taken out.
#[allow(clippy::cast_precision_loss)]
fn per_cell(sum_of_squares: f32) -> f32 {
    (sum_of_squares / (SIDE * SIDE) as f32 - ROUNDING * ROUNDING).max(0.0).sqrt()
}

/// A run of pictures that were all seen again.
#[derive(Default)]
struct Run {
    from: Option<f32>,
    until: f32,
    motion: f32,
    unlike: f32,
    pictures: f32,
    misses: u32,
}

impl Run {
    fn next(&mut self, at: f32, motion: f32, unlike: Option<f32>) {
        let like = unlike.filter(|d| *d <= (LIKENESS * motion).max(LIKENESS_AT_REST));
        let Some(unlike) = like else {
            self.misses += 1;
            if self.misses > MISSES {
                *self = Self::default();
            }
            return;
        };
        self.from.get_or_insert(at);
        self.until = at;
        self.motion += motion;
        self.unlike += unlike;
        self.pictures += 1.0;
        self.misses = 0;
    }

    /// Its length, ms; 0 while it does not move enough to prove anything.
    fn lasts(&self) -> f32 {
        let moves = self.motion >= MOTION_MIN * self.pictures;
        match self.from {
            Some(from) if moves && self.unlike <= LIKENESS * self.motion => self.until - from,
            _ => 0.0,
        }
    }
}
