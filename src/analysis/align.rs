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

/// Fills `out` bilinearly; `back` carries a pixel of `out` into the picture. Outside of the picture is black.
pub(super) fn warp(picture: &Picture, back: &Similarity, out: &mut Planar) {
    let (width, height) = (out.width, out.height);
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let rgb = picture.rgb();
    let [red, green, blue] = out.rgb_mut();
    for y in 0..height {
        for x in 0..width {
            let (sx, sy) = back.apply(x as f64, y as f64);
            let (sx, sy) = (sx.clamp(-2.0, w as f64 + 1.0), sy.clamp(-2.0, h as f64 + 1.0));
            let (left, top) = (floor(sx), floor(sy));
            let (along, down) = ((sx - left as f64) as f32, (sy - top as f64) as f32);
            let inside = left >= 0 && top >= 0 && left + 1 < w as i64 && top + 1 < h as i64;
            let mixed = if inside {
                let at = (top as usize * w + left as usize) * 3;
                mix(&rgb[at..at + 6], &rgb[at + w * 3..at + w * 3 + 6], along, down)
            } else {
                let (above, below) = at_the_edge(rgb, (w, h), left, top);
                mix(&above, &below, along, down)
            };
            let at = y * width + x;
            red[at] = mixed[0];
            green[at] = mixed[1];
            blue[at] = mixed[2];
        }
    }
}

fn floor(value: f64) -> i64 {
    let cut = value as i64;
    cut - i64::from(value < cut as f64)
}

/// Mixes two pixels above and two below, to whole values.
fn mix(above: &[u8], below: &[u8], along: f32, down: f32) -> [f32; 3] {
    std::array::from_fn(|c| {
        let (a, b) = (f32::from(above[c]), f32::from(above[c + 3]));
        let (d, e) = (f32::from(below[c]), f32::from(below[c + 3]));
        let top = a + (b - a) * along;
        (top + (d + (e - d) * along - top) * down + 0.5) as i32 as f32
    })
}

fn at_the_edge(rgb: &[u8], (w, h): (usize, usize), left: i64, top: i64) -> ([u8; 6], [u8; 6]) {
    let pixel = |x: i64, y: i64| -> [u8; 3] {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < w && y < h => {
                let at = (y * w + x) * 3;
                [rgb[at], rgb[at + 1], rgb[at + 2]]
            }
            _ => [0; 3],
        }
    };
    let pair = |y: i64| {
        let (a, b) = (pixel(left, y), pixel(left + 1, y));
        [a[0], a[1], a[2], b[0], b[1], b[2]]
    };
    (pair(top), pair(top + 1))
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
