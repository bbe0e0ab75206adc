//! Alignment: the similarity that carries keypoints to a template, and pictures warped by it.

use super::tensor::Planar;
use crate::{domain::finding::Point, frame::Picture};

/// Five keypoints in a crop of 112 px: the template of ArcFace, by which MobileFaceNet and the compact embedder were trained.
pub(super) const TEMPLATE_112: [Point; 5] = [
    Point { x: 38.2946, y: 51.6963 },
    Point { x: 73.5318, y: 51.5014 },
    Point { x: 56.0252, y: 71.7366 },
    Point { x: 41.5493, y: 92.3655 },
    Point { x: 70.7299, y: 92.2041 },
];

/// A similarity of the plane: turn and scale by the complex number (`re`, `im`), then shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Similarity {
    pub re: f64,
    pub im: f64,
    pub dx: f64,
    pub dy: f64,
}

impl Similarity {
    /// The similarity that carries `from` closest to `to` (least squares; Umeyama's solution in the plane).
    /// `None` when the points of `from` coincide.
    pub fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        let n = from.len().min(to.len()) as f64;
        let mean = |points: &[Point]| {
            let sum =
                points.iter().fold((0.0, 0.0), |s, p| (s.0 + f64::from(p.x), s.1 + f64::from(p.y)));
            (sum.0 / n, sum.1 / n)
        };
        let (mf, mt) = (mean(from), mean(to));
        let (mut re, mut im, mut spread) = (0.0, 0.0, 0.0);
        for (f, t) in from.iter().zip(to) {
            let (fx, fy) = (f64::from(f.x) - mf.0, f64::from(f.y) - mf.1);
            let (tx, ty) = (f64::from(t.x) - mt.0, f64::from(t.y) - mt.1);
            re += fx * tx + fy * ty;
            im += fx * ty - fy * tx;
            spread += fx * fx + fy * fy;
        }
        if spread <= f64::EPSILON || (re == 0.0 && im == 0.0) {
            return None;
        }
        let (re, im) = (re / spread, im / spread);
        Some(Self {
            re,
            im,
            dx: mt.0 - (re * mf.0 - im * mf.1),
            dy: mt.1 - (im * mf.0 + re * mf.1),
        })
    }

    /// The way back.
    pub fn inverse(&self) -> Self {
        let norm = self.re * self.re + self.im * self.im;
        let (re, im) = (self.re / norm, -self.im / norm);
        Self { re, im, dx: -(re * self.dx - im * self.dy), dy: -(im * self.dx + re * self.dy) }
    }

    /// Carries a point.
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.re * x - self.im * y + self.dx, self.im * x + self.re * y + self.dy)
    }
}

/// Bits behind the point of a coordinate, and of the two weights between neighbours. OpenCV, by whose crops the nets were
/// trained, keeps 5 of the latter.
const POSITION_BITS: u32 = 20;
const WEIGHT_BITS: u32 = 6;
const WEIGHT_ONE: u32 = 1 << WEIGHT_BITS;

/// Fills `out` bilinearly, with whole values; `back` carries a pixel of `out` into the picture. Outside of it is black.
pub(super) fn warp(picture: &Picture, back: &Similarity, out: &mut Planar) {
    let width = out.width;
    let size = (picture.width() as usize, picture.height() as usize);
    // far outside is far outside: the cast stops at the ends of i64
    let fixed = |v: f64| (v * f64::from(1 << POSITION_BITS)) as i64;
    let nearest = 1 << (POSITION_BITS - WEIGHT_BITS - 1);
    let step = (fixed(back.re), fixed(back.im));
    let mut row = Row::new(width);
    let [red, green, blue] = out.rgb_mut();
    let rows = red
        .chunks_exact_mut(width)
        .zip(green.chunks_exact_mut(width))
        .zip(blue.chunks_exact_mut(width));
    for (y, ((red, green), blue)) in rows.enumerate() {
        let (x, y) = back.apply(0.0, y as f64);
        let start = (fixed(x).wrapping_add(nearest), fixed(y).wrapping_add(nearest));
        row.gather(picture.rgb(), size, start, step);
        for (shift, plane) in [(0, red), (8, green), (16, blue)] {
            row.mix(shift, plane);
        }
    }
}

/// What one row is mixed from: gathered first, so that the arithmetic is done in vectors.
struct Row {
    /// Four pixels each, red in the low byte: above left and right, below left and right.
    around: [Vec<u32>; 4],
    /// Weights of the farther neighbours, along and down.
    weights: [Vec<u32>; 2],
}

impl Row {
    fn new(width: usize) -> Self {
        let zeros = || vec![0; width];
        Self { around: std::array::from_fn(|_| zeros()), weights: [zeros(), zeros()] }
    }

    /// Takes the pixels about `width` places, from `start` on by `step`, in fixed point.
    fn gather(
        &mut self,
        rgb: &[u8],
        size: (usize, usize),
        (mut x, mut y): (i64, i64),
        (across, down): (i64, i64),
    ) {
        let [a, b, c, d] = &mut self.around;
        let [along, downward] = &mut self.weights;
        let around = a.iter_mut().zip(b).zip(c.iter_mut().zip(d));
        for (((a, b), (c, d)), (wx, wy)) in around.zip(along.iter_mut().zip(downward)) {
            let (left, top) = (x >> POSITION_BITS, y >> POSITION_BITS);
            let (above, below) =
                inside(rgb, size, left, top).unwrap_or_else(|| at_the_edge(rgb, size, left, top));
            (*a, *b) = (above as u32, (above >> 24) as u32);
            (*c, *d) = (below as u32, (below >> 24) as u32);
            (*wx, *wy) = (weight(x), weight(y));
            (x, y) = (x.wrapping_add(across), y.wrapping_add(down));
        }
    }

    /// Mixes the channel that lies `shift` bits up, to whole values.
    fn mix(&self, shift: u32, plane: &mut [f32]) {
        const HALF: u32 = 1 << (2 * WEIGHT_BITS - 1);
        let [a, b, c, d] = &self.around;
        let [along, down] = &self.weights;
        let around = a.iter().zip(b).zip(c.iter().zip(d));
        let level = |v: u32| v >> shift & 0xff;
        for ((v, ((a, b), (c, d))), (wx, wy)) in
            plane.iter_mut().zip(around).zip(along.iter().zip(down))
        {
            let above = level(*a) * (WEIGHT_ONE - wx) + level(*b) * wx;
            let below = level(*c) * (WEIGHT_ONE - wx) + level(*d) * wx;
            let sum = above * (WEIGHT_ONE - wy) + below * wy + HALF;
            *v = (sum >> (2 * WEIGHT_BITS)) as i32 as f32;
        }
    }
}

/// The weight of the farther neighbour.
fn weight(position: i64) -> u32 {
    (position >> (POSITION_BITS - WEIGHT_BITS)) as u32 & (WEIGHT_ONE - 1)
}

/// Two neighbouring pixels above and two below, from the low byte on; `None` near an edge and outside.
fn inside(rgb: &[u8], (w, h): (usize, usize), left: i64, top: i64) -> Option<(u64, u64)> {
    let (left, top) = (usize::try_from(left).ok()?, usize::try_from(top).ok()?);
    if left + 1 >= w || top + 1 >= h {
        return None;
    }
    let at = (top * w + left) * 3;
    let above = rgb.get(at..)?.first_chunk()?;
    let below = rgb.get(at + w * 3..)?.first_chunk()?;
    Some((u64::from_le_bytes(*above), u64::from_le_bytes(*below)))
}

fn at_the_edge(rgb: &[u8], (w, h): (usize, usize), left: i64, top: i64) -> (u64, u64) {
    let pixel = |x: i64, y: i64| -> u64 {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < w && y < h => {
                let at = (y * w + x) * 3;
                u64::from(rgb[at]) | u64::from(rgb[at + 1]) << 8 | u64::from(rgb[at + 2]) << 16
            }
            _ => 0,
        }
    };
    let (right, bottom) = (left.wrapping_add(1), top.wrapping_add(1));
    let pair = |y: i64| pixel(left, y) | pixel(right, y) << 24;
    (pair(top), pair(bottom))
}

#[cfg(test)]
mod tests {
    use super::super::tensor::Order;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fit_finds_the_similarity_that_made_the_points(
            scale in 0.1f64..4.0, angle in -3.0f64..3.0, dx in -200.0f64..200.0, dy in -200.0f64..200.0,
        ) {
            let truth = Similarity { re: scale * angle.cos(), im: scale * angle.sin(), dx, dy };
            let to: Vec<Point> = TEMPLATE_112
                .iter()
                .map(|p| {
                    let (x, y) = truth.apply(f64::from(p.x), f64::from(p.y));
                    Point { x: x as f32, y: y as f32 }
                })
                .collect();
            let found = Similarity::fit(&TEMPLATE_112, &to).unwrap();
            prop_assert!((found.re - truth.re).abs() < 1e-4 && (found.im - truth.im).abs() < 1e-4);
            let (x, y) = found.inverse().apply(f64::from(to[2].x), f64::from(to[2].y));
            prop_assert!((x - 56.0252).abs() < 1e-2 && (y - 71.7366).abs() < 1e-2);
        }
    }

    #[test]
    fn coinciding_points_have_no_similarity() {
        assert_eq!(Similarity::fit(&[Point { x: 3.0, y: 3.0 }; 5], &TEMPLATE_112), None);
    }

    #[test]
    fn warping_is_bilinear() {
        let (w, h) = (40_usize, 30_usize);
        let value = |x: usize, y: usize, c: usize| ((x * 37 + y * 91 + c * 50 + x * y) % 256) as u8;
        let rgb =
            (0..h).flat_map(|y| (0..w).flat_map(move |x| (0..3).map(move |c| value(x, y, c))));
        let picture = Picture::from_rgb(w as u32, h as u32, rgb.collect()).unwrap();
        let back = Similarity { re: 0.31, im: 0.12, dx: 9.7, dy: 3.3 };
        let mut out = Planar::new(48, 40, Order::Rgb);
        warp(&picture, &back, &mut out);
        for (i, &got) in out.rgb()[1].iter().enumerate() {
            let (x, y) = back.apply((i % 48) as f64, (i / 48) as f64);
            let (fx, fy) = (x.fract(), y.fract());
            let at = |dx: usize, dy: usize| f64::from(value(x as usize + dx, y as usize + dy, 1));
            let above = at(0, 0) * (1.0 - fx) + at(1, 0) * fx;
            let below = at(0, 1) * (1.0 - fx) + at(1, 1) * fx;
            let exact = above * (1.0 - fy) + below * fy;
            // half a step of 1/64 in both directions between pixels up to 255 apart
            assert!((f64::from(got) - exact).abs() < 4.6, "{i}: {got} {exact}");
        }
    }

    #[test]
    fn a_picture_carried_out_of_sight_is_black() {
        let picture = Picture::from_rgb(8, 8, vec![200; 192]).unwrap();
        let mut out = Planar::new(16, 16, Order::Rgb);
        for far in [1e4, -1e4, 1e15, -1e300, f64::INFINITY] {
            warp(&picture, &Similarity { re: 1.0, im: 0.5, dx: far, dy: far }, &mut out);
            assert!(out.data.iter().all(|v| *v == 0.0), "{far}");
        }
    }

    #[test]
    fn warping_shifts_by_parts_of_a_pixel_and_is_black_outside() {
        let rgb = [[0u8, 0, 0], [100, 50, 20], [200, 100, 40]].concat();
        let picture = Picture::from_rgb(3, 1, rgb).unwrap();
        let back = Similarity { re: 1.0, im: 0.0, dx: 0.5, dy: 0.0 };
        let mut out = Planar::new(4, 2, Order::Bgr);
        warp(&picture, &back, &mut out);
        assert_eq!(&out.rgb()[0][..4], [50.0, 150.0, 100.0, 0.0]);
        assert_eq!(&out.data[..4], [10.0, 30.0, 20.0, 0.0], "blue plane first");
        assert_eq!(&out.rgb()[0][4..], [0.0; 4]);
    }
}
