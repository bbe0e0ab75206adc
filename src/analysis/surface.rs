//! Signs that a face is a picture of a face: straight edges on both sides of it, and the grid of a screen in it.

use crate::{
    domain::{attack::Surface, finding::FaceBox},
    frame::Picture,
};
use std::ops::{Range, RangeInclusive};

/// Change of luma across an edge of a screen or of paper, at least (of 255, over two px).
const EDGE: f32 = 10.0;
/// How far from the face edges are looked for, face widths (or heights); nearer than the second number there is hair.
const EDGES_WITHIN: f32 = 2.0;
const EDGES_BEYOND: f32 = 0.12;
/// An edge must run along this much of the face's side, at least.
const EDGE_ALONG: f32 = 0.9;
/// It may lean by so much.
const LEANING: [f32; 5] = [-0.12, -0.06, 0.0, 0.06, 0.12];
/// Side of the patch whose spectrum is looked at, px of the picture as it came.
const PATCH: usize = 128;
/// Frequencies below and above which nothing is looked for, cycles a patch: the face itself, and the corners.
const RADII: (usize, usize) = (18, 62);
/// A peak stands out of this neighbourhood (half side), without its own lobe.
const AROUND: usize = 5;
const LOBE: usize = 2;

/// Measures both. `luma` is that of the picture as the detector saw it, `stride` px a row, `shown` the part of it that is picture; `bounds`
/// in px of the picture.
pub(super) fn of(
    picture: &Picture,
    bounds: &FaceBox,
    (luma, stride): (&[f32], usize),
    shown: (usize, usize),
) -> Surface {
    let k = shown.0 as f32 / picture.width() as f32;
    let small = FaceBox {
        x: bounds.x * k,
        y: bounds.y * k,
        width: bounds.width * k,
        height: bounds.height * k,
    };
    Surface { border: border(luma, stride, shown, &small), moire: moire(picture, bounds) }
}

/// The weaker of two opposite edges, the stronger pair of the two: a door frame has one side, a screen two.
fn border(luma: &[f32], stride: usize, (width, height): (usize, usize), face: &FaceBox) -> f32 {
    let at = |x: usize, y: usize| luma[y * stride + x];
    let columns = Span::of(face.x, face.width, width);
    let rows = Span::of(face.y, face.height, height);
    let sides = Steps::of(&columns, &rows, |x, y| at(x + 1, y) - at(x - 1, y));
    let ends = Steps::of(&rows, &columns, |y, x| at(x, y + 1) - at(x, y - 1));
    let pair = |steps: &Steps, towards: &Span| {
        steps.straightest(&towards.before).min(steps.straightest(&towards.after))
    };
    pair(&sides, &columns).max(pair(&ends, &rows))
}

/// One direction: the face in it, and where edges are looked for before and after the face.
struct Span {
    from: f32,
    length: f32,
    most: usize,
    before: RangeInclusive<usize>,
    after: RangeInclusive<usize>,
}

impl Span {
    fn of(from: f32, length: f32, most: usize) -> Self {
        let clip = |v: f32| v.clamp(1.0, (most.max(3) - 2) as f32) as usize;
        let (near, far) = (EDGES_BEYOND * length, EDGES_WITHIN * length);
        let end = from + length;
        Self {
            from,
            length,
            most,
            before: clip(from - far)..=clip(from - near),
            after: clip(end + near)..=clip(end + far),
        }
    }

    /// Where an edge may run along the face.
    fn run(&self) -> Range<usize> {
        let clip = |v: f32| v.clamp(1.0, (self.most.max(3) - 2) as f32) as usize;
        clip(self.from - 0.2 * self.length)..clip(self.from + 1.2 * self.length)
    }
}

/// Where luma steps up and where down across one direction, a row for each place along the other: counting along lines is then adding rows.
struct Steps {
    run: Range<usize>,
    /// The run is long enough beside the face, and the picture wide enough to step in.
    holds: bool,
    most: usize,
    up: Vec<u8>,
    down: Vec<u8>,
}

impl Steps {
    fn of(towards: &Span, along: &Span, change: impl Fn(usize, usize) -> f32) -> Self {
        let (run, most) = (along.run(), towards.most);
        let holds = run.len() as f32 >= EDGE_ALONG * along.length && most > 2;
        let mut steps = Self {
            up: vec![0; run.len() * most],
            down: vec![0; run.len() * most],
            run,
            holds,
            most,
        };
        if holds {
            let rows = steps.up.chunks_exact_mut(most).zip(steps.down.chunks_exact_mut(most));
            for (step, (up, down)) in steps.run.clone().zip(rows) {
                for place in 1..=most - 2 {
                    let by = change(place, step);
                    up[place] = u8::from(by > EDGE);
                    down[place] = u8::from(by < -EDGE);
                }
            }
        }
        steps
    }

    /// Share of the run along which the best straight line that starts in the zone changes to one side, 0 to 1.
    fn straightest(&self, zone: &RangeInclusive<usize>) -> f32 {
        if !self.holds || zone.end() <= zone.start() {
            return 0.0;
        }
        let middle = f64::midpoint(self.run.start as f64, self.run.end as f64) as f32;
        let (mut up, mut down) = (vec![0_u16; self.most], vec![0_u16; self.most]);
        let mut best = 0;
        for lean in LEANING {
            up.fill(0);
            down.fill(0);
            for (nth, step) in self.run.clone().enumerate() {
                let shift = (lean * (step as f32 - middle)).floor() as isize;
                // of the lines that start in the zone, those that are inside the picture here
                let from = zone.start().saturating_add_signed(shift).max(1);
                let to = (zone.end().saturating_add_signed(shift) + 1).min(self.most - 1);
                if from >= to {
                    continue;
                }
                let (lines, row) = (from.wrapping_add_signed(-shift), nth * self.most);
                let add = |sums: &mut [u16], rows: &[u8]| {
                    for (sum, value) in sums[lines..].iter_mut().zip(&rows[row + from..row + to]) {
                        *sum += u16::from(*value);
                    }
                };
                add(&mut up, &self.up);
                add(&mut down, &self.down);
            }
            best = up.iter().chain(&down).copied().fold(best, u16::max);
        }
        f32::from(best) / self.run.len() as f32
    }
}

/// How far the strongest isolated peak of the spectrum stands above its surroundings, decades. `None` when the face is smaller than the
/// patch: enlarging would make a spectrum of its own.
fn moire(picture: &Picture, bounds: &FaceBox) -> Option<f32> {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    if w < PATCH || h < PATCH || bounds.width.min(bounds.height) < 0.75 * PATCH as f32 {
        return None;
    }
    let start = |from: f32, length: f32, most: usize| {
        (from + length / 2.0 - PATCH as f32 / 2.0).clamp(0.0, (most - PATCH) as f32) as usize
    };
    let (left, top) = (start(bounds.x, bounds.width, w), start(bounds.y, bounds.height, h));
    let mut patch: Vec<f32> = (0..PATCH * PATCH)
        .map(|i| {
            let at = ((top + i / PATCH) * w + left + i % PATCH) * 3;
            let [r, g, b] = [0, 1, 2].map(|c| f32::from(picture.rgb()[at + c]));
            0.299 * r + 0.587 * g + 0.114 * b
        })
        .collect();
    let mean = patch.iter().sum::<f32>() / patch.len() as f32;
    let window: Vec<f32> = (0..PATCH)
        .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / PATCH as f32).cos())
        .collect();
    for (i, v) in patch.iter_mut().enumerate() {
        *v = (*v - mean) * window[i / PATCH] * window[i % PATCH];
    }
    Some(peak(&power(&patch)))
}

/// The highest ratio of a peak to the mean of its surroundings, as a power of ten. Frequencies along the axes are passed over: straight
/// edges, and the blocks of JPEG and H.264, lie there.
fn peak(power: &[f32]) -> f32 {
    let sums = sums(power);
    let square = |x: usize, y: usize, half: usize| {
        let at = |x: usize, y: usize| sums[y * (PATCH + 1) + x];
        let (x0, y0, x1, y1) = (x - half, y - half, x + half + 1, y + half + 1);
        let side = (2 * half + 1) as f64;
        (at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0), side * side)
    };
    let centre = PATCH / 2;
    let mut highest = 1.0_f64;
    for y in AROUND..PATCH - AROUND {
        for x in AROUND..=centre {
            let (dx, dy) = (x.abs_diff(centre), y.abs_diff(centre));
            let radius = dx * dx + dy * dy;
            if dx.min(dy) < 3 || radius < RADII.0 * RADII.0 || radius > RADII.1 * RADII.1 {
                continue;
            }
            let (wide, wide_n) = square(x, y, AROUND);
            let (lobe, lobe_n) = square(x, y, LOBE);
            let around = ((wide - lobe) / (wide_n - lobe_n)).max(1e-3);
            highest = highest.max(f64::from(power[y * PATCH + x]) / around);
        }
    }
    highest.log10() as f32
}

/// Sums over everything above and to the left.
fn sums(values: &[f32]) -> Vec<f64> {
    let mut sums = vec![0.0; (PATCH + 1) * (PATCH + 1)];
    for y in 0..PATCH {
        let mut row = 0.0;
        for x in 0..PATCH {
            row += f64::from(values[y * PATCH + x]);
            sums[(y + 1) * (PATCH + 1) + x + 1] = sums[y * (PATCH + 1) + x + 1] + row;
        }
    }
    sums
}

/// Power spectrum, frequency 0 in the middle.
fn power(patch: &[f32]) -> Vec<f32> {
    let mut grid: Vec<Complex> = patch.iter().map(|v| [*v, 0.0]).collect();
    let twiddles: Vec<Complex> = (0..PATCH / 2)
        .map(|k| {
            let angle = -std::f32::consts::TAU * k as f32 / PATCH as f32;
            [angle.cos(), angle.sin()]
        })
        .collect();
    for row in grid.chunks_exact_mut(PATCH) {
        transform(row, &twiddles);
    }
    let mut column = vec![[0.0; 2]; PATCH];
    let mut power = vec![0.0; PATCH * PATCH];
    let shifted = |at: usize| (at + PATCH / 2) % PATCH;
    // what the patch is made of are no complex numbers: the other half mirrors this one
    for x in 0..=PATCH / 2 {
        for (y, v) in column.iter_mut().enumerate() {
            *v = grid[y * PATCH + x];
        }
        transform(&mut column, &twiddles);
        for (y, [re, im]) in column.iter().enumerate() {
            let strength = re * re + im * im;
            power[shifted(y) * PATCH + shifted(x)] = strength;
            power[shifted(PATCH - y) * PATCH + shifted(PATCH - x)] = strength;
        }
    }
    power
}

type Complex = [f32; 2];

/// Fast Fourier transform (Cooley and Tukey), in place.
fn transform(values: &mut [Complex], twiddles: &[Complex]) {
    let n = values.len();
    let mut j = 0;
    for i in 1..n {
        let mut bit = n >> 1;
        while j & bit != 0 {
            j ^= bit;
            bit >>= 1;
        }
        j |= bit;
        if i < j {
            values.swap(i, j);
        }
    }
    let mut length = 2;
    while length <= n {
        let stride = n / length;
        for block in values.chunks_exact_mut(length) {
            let (low, high) = block.split_at_mut(length / 2);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let [wr, wi] = twiddles[k * stride];
                let turned = [b[0] * wr - b[1] * wi, b[0] * wi + b[1] * wr];
                *b = [a[0] - turned[0], a[1] - turned[1]];
                *a = [a[0] + turned[0], a[1] + turned[1]];
            }
        }
        length *= 2;
    }
}

#[cfg(test)]
mod tests;
